//! What stands in for the outside world in the demo. All of it is of development only.

use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono::NaiveDate;
use common::kernel::DateRange;

use super::ports::Ports;
use crate::bigquery::{Dataset, Server, ServiceAccount, TableSource};
use crate::ga4::generator::Generator;
use crate::oidc::{Account, StandIn, StandInOptions};
use crate::smtp::{Protection, SmtpSink};
use crate::sshd::{KeyKind, Sshd};

/// OAuth client that auth-service is at the OpenID stand-in.
pub const CLIENT_ID: &str = "footfall";
pub const CLIENT_SECRET: &str = "development-only";
/// Google project that both tenants' datasets lie in.
pub const PROJECT: &str = "stand-in";

/// All stand-ins, running.
#[derive(Debug)]
pub struct StandIns {
    pub openid: StandIn,
    pub bigquery: Server,
    pub sftp: Sshd,
    pub sftp_key: String,
    /// None where Python's mail server is not installed: reports become files then.
    pub smtp: Option<SmtpSink>,
    smtp_folder: PathBuf,
}

impl StandIns {
    /// # Errors
    /// When one of them cannot be started.
    pub async fn start(
        ports: Ports,
        folder: &Path,
        people: &[&str],
        datasets: Vec<Dataset>,
    ) -> anyhow::Result<Self> {
        let openid = StandIn::start(StandInOptions {
            port: ports.at(8080),
            client_id: CLIENT_ID.to_owned(),
            client_secret: CLIENT_SECRET.to_owned(),
            redirect_uri: format!("http://localhost:{}/auth/v1/callback", ports.at(8003)),
            accounts: people.iter().map(|subject| account(subject)).collect(),
        })
        .await?;
        let key = ServiceAccount::of_process()?;
        let bigquery = Server::start_on(ports.at(8050), datasets, key).await?;
        let sftp = Sshd::start(&folder.join("sftp"), &[KeyKind::Ed25519]).context("SFTP")?;
        let sftp_key = sftp.client_key(KeyKind::Ed25519, "")?;
        let mails = folder.join("smtp");
        let smtp = SmtpSink::start(&mails, ports.at(8025), Protection::None, None)
            .inspect_err(|error| println!("  no SMTP stand-in ({error}): reports become files"))
            .ok();
        Ok(Self { openid, bigquery, sftp, sftp_key, smtp, smtp_folder: mails })
    }

    /// Where messages end up: at the mail server, or where files are written without one.
    #[must_use]
    pub fn mails<'a>(&'a self, without: &'a Path) -> &'a Path {
        if self.smtp.is_some() { &self.smtp_folder } else { without }
    }
}

fn account(subject: &str) -> Account {
    Account {
        subject: subject.to_owned(),
        name: subject.replace('-', " "),
        email: format!("{subject}@example.test"),
    }
}

/// The generated shop.
///
/// # Errors
/// Never, for its constant range.
pub fn shop() -> anyhow::Result<Generator> {
    let days = DateRange::new("2026-03-16".parse()?, "2026-03-29".parse()?)?;
    Ok(Generator { sessions_per_day: 600, ..Generator::new(20_260_316, days) })
}

/// The generated days as a dataset.
#[must_use]
pub fn shop_dataset(name: &str, shop: &Generator) -> Dataset {
    let dataset = Dataset::new(PROJECT, name);
    shop.tables()
        .into_iter()
        .fold(dataset, |dataset, (table, source)| dataset.table(&table, source))
}

/// The days of a folder of Parquet files `events_YYYYMMDD.parquet`; none without such files.
///
/// # Errors
/// When a file cannot be read.
pub fn sample_dataset(name: &str, folder: &Path) -> anyhow::Result<Option<(Dataset, DateRange)>> {
    let mut files: Vec<(NaiveDate, PathBuf)> = std::fs::read_dir(folder.join("ga4-sample"))
        .with_context(|| format!("read {}", folder.display()))?
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let stem = path.file_stem()?.to_str()?.strip_prefix("events_")?;
            let day = NaiveDate::parse_from_str(stem, "%Y%m%d").ok()?;
            (path.extension()? == "parquet").then_some((day, path))
        })
        .collect();
    files.sort();
    let (Some((first, _)), Some((last, _))) = (files.first(), files.last()) else {
        return Ok(None);
    };
    let range = DateRange::new(*first, *last)?;
    let mut dataset = Dataset::new(PROJECT, name);
    for (day, path) in &files {
        let table = format!("events_{}", day.format("%Y%m%d"));
        dataset = dataset.table(&table, TableSource::parquet(path)?);
    }
    Ok(Some((dataset, range)))
}
