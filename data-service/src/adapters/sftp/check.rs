//! The way to a listing, step by step, for whoever wants to know how far it goes.

use tokio::sync::mpsc;

use super::line::{Line, Running};
use super::listing::list_blocking;
use super::{Listing, SftpError, SftpTarget, session};

/// How far it got.
#[derive(Debug)]
pub enum Reached {
    /// The server is the one that is pinned.
    HostKey,
    /// It lets the account in.
    Login,
    /// This lies in the folder.
    Folder(Listing),
}

/// A check under way. Dropping it cuts the connection.
#[derive(Debug)]
pub struct Check {
    reached: mpsc::UnboundedReceiver<Reached>,
    running: Running<()>,
}

/// Starts to connect to `target` and list `folder`.
///
/// # Errors
/// When no thread is to be had.
pub fn check(target: &SftpTarget, folder: &str) -> Result<Check, SftpError> {
    let (target, folder) = (target.clone(), folder.to_owned());
    let (tell, reached) = mpsc::unbounded_channel();
    let running = Running::start(move |line| check_blocking(&target, &folder, line, &tell))?;
    Ok(Check { reached, running })
}

impl Check {
    /// Waits for the next step; after the last one there is none.
    ///
    /// # Errors
    /// When that step failed.
    pub async fn next(&mut self) -> Result<Reached, SftpError> {
        if let Some(reached) = self.reached.recv().await {
            return Ok(reached);
        }
        let ended = || SftpError::Broken { during: "working", message: "it ended".to_owned() };
        Err(self.running.result().await.err().unwrap_or_else(ended))
    }
}

fn check_blocking(
    target: &SftpTarget,
    folder: &str,
    line: &Line,
    tell: &mpsc::UnboundedSender<Reached>,
) -> Result<(), SftpError> {
    // Nobody listens any more when telling fails: the line is cut then, and the next step ends.
    let session = session::trusted(target, line)?;
    let _ = tell.send(Reached::HostKey);
    session::log_in(&session, target)?;
    let _ = tell.send(Reached::Login);
    let listing = list_blocking(&session::sftp(&session)?, folder)?;
    let _ = tell.send(Reached::Folder(listing));
    Ok(())
}
