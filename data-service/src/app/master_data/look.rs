//! Which files are to be loaded now: new ones that nobody is writing any more.

use std::collections::HashSet;
use std::time::Duration;

use common::jobs::{StepContext, StepError};

use super::source::Source;
use super::{failure, until_stopped};
use crate::adapters::sftp::{Listing, RemoteFile, Skipped};
use crate::domain::file::SkipReason;
use crate::store::source_file::{self, Version};

/// For longer the server need not keep a session for us.
const SHORT_REST: Duration = Duration::from_secs(60);

/// What two looks at the folder showed.
pub(super) struct Look {
    pub(super) ready: Vec<RemoteFile>,
    /// Names of files that changed between the looks.
    pub(super) growing: Vec<String>,
    /// Versions that were dealt with for good, and still lie there.
    pub(super) settled: Vec<RemoteFile>,
}

pub(super) async fn look(context: &StepContext, source: &Source) -> Result<Look, StepError> {
    let listing = folder(context, source).await?;
    let finished: HashSet<String> = match &source.done_suffix {
        Some(suffix) => listing
            .files
            .iter()
            .filter_map(|f| f.name.strip_suffix(suffix.as_str()))
            .map(str::to_owned)
            .collect(),
        None => HashSet::new(),
    };
    let Listing { files, mut skipped } = listing;
    let files = files.into_iter().filter(|file| source.pattern.matches(&file.name)).collect();
    let (settled, unsettled) = by_ledger(context, source, files).await?;
    let (ready, open): (Vec<_>, Vec<_>) =
        unsettled.into_iter().partition(|file| finished.contains(&file.name));
    let mut look = Look { ready, growing: Vec::new(), settled };
    if !open.is_empty() {
        if source.settle > SHORT_REST {
            source.server.pause();
        }
        rest(context, source.settle).await?;
        let again: HashSet<RemoteFile> = folder(context, source).await?.files.into_iter().collect();
        for file in open {
            if again.contains(&file) {
                look.ready.push(file);
            } else {
                skipped.push(Skipped { name: file.name.clone(), reason: SkipReason::StillWritten });
                look.growing.push(file.name);
            }
        }
        // A later file tells a later state.
        look.ready.sort_by(|a, b| (a.modified_at, &a.name).cmp(&(b.modified_at, &b.name)));
    }
    let skipped: Vec<_> =
        skipped.iter().map(|entry| (source.path(&entry.name), entry.reason.as_str())).collect();
    let mut tx = context.fenced().await?;
    source_file::skip(&mut tx, source.feed, &skipped).await?;
    tx.commit().await?;
    Ok(look)
}

/// A long rest is told now and then: a step that reports nothing has stalled.
async fn rest(context: &StepContext, whole: Duration) -> Result<(), StepError> {
    let mut left = whole;
    while !left.is_zero() {
        let piece = left.min(SHORT_REST);
        until_stopped(context, tokio::time::sleep(piece)).await?;
        context.progress().phase("look");
        left -= piece;
    }
    Ok(())
}

async fn folder(context: &StepContext, source: &Source) -> Result<Listing, StepError> {
    until_stopped(context, source.server.list(&source.folder))
        .await?
        .map_err(|error| failure::of_server(&error))
}

/// The versions that the ledger says are done, and the others.
async fn by_ledger(
    context: &StepContext,
    source: &Source,
    files: Vec<RemoteFile>,
) -> Result<(Vec<RemoteFile>, Vec<RemoteFile>), StepError> {
    let versions: Vec<Version> = files.iter().map(version).collect();
    let mut tx = context.fenced().await?;
    let settled: HashSet<Version> =
        source_file::settled(&mut tx, source.feed, &versions).await?.into_iter().collect();
    Ok(files.into_iter().partition(|file| settled.contains(&version(file))))
}

pub(super) fn version(file: &RemoteFile) -> Version {
    Version { path: file.path.clone(), size: file.size, modified_at: file.modified_at }
}
