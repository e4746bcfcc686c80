//! From configuration to the parts that the roles share.

use std::sync::Arc;
use std::time::Duration;

use common::boot::Running;
use common::crypto::{Keyring, KeyringError};
use common::http::Health;
use common::http::cursor::CursorKey;
use common::jobs::Registry;
use common::net::{BreakerSettings, Circuits, EgressPolicy};

use crate::adapters::mail::{
    EmlMailer, Mailer, MessageError, SmtpMailer, SmtpOptions, Tls, mailbox,
};
use crate::app::reports::{BranchReports, ReportError};
use crate::app::stats::BasisCache;
use crate::app::test_mail::MailTester;
use crate::config::{Config, MailSettings, TlsMode};
use crate::http::{AnswerCache, Limits, Services, Turns};
use crate::jobs::{
    GenerateActionItemsStep, PostOffice, SendBranchReportStep, SendDailyMissingAlertStep,
    SendDueReportsStep, SendScheduleAlertStep, Sender, TellAdmins,
};

/// The newest migration this binary needs.
pub const SCHEMA: &str = "m56_close_load";

/// A configuration that parses and still cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error(transparent)]
    Keys(#[from] KeyringError),
    #[error("mail.from")]
    Sender(#[from] MessageError),
    #[error("mail.ca_file {file} cannot be read")]
    Authority { file: String, source: std::io::Error },
    #[error("crypto.active names no key")]
    NoActiveKey,
    #[error(transparent)]
    Templates(#[from] ReportError),
}

/// What the endpoints share.
pub(super) fn services(running: &Running<Config>) -> Result<Services, Refused> {
    let config = &running.config;
    let key = config.crypto.keys.get(&config.crypto.active).ok_or(Refused::NoActiveKey)?;
    let (cache, basis) = match config.cache.enabled {
        true => (AnswerCache::bounded(config.cache.max_bytes), BasisCache::on()),
        false => (AnswerCache::off(), BasisCache::off()),
    };
    Ok(Services {
        db: running.db.clone(),
        clock: running.clock.clone(),
        cache,
        basis,
        cursor_key: CursorKey::derive(key),
        limits: Limits::new(config.limits, &running.clock),
        turns: turns(config),
        reports: BranchReports::new()?,
        mail_tester: MailTester::new(&config.net),
    })
}

/// A turn that comes after half of the deadline would be too late for the answer.
fn turns(config: &Config) -> Turns {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let connections = config.database.max_connections as usize;
    let patience = Duration::from_millis(config.http.request_deadline_ms / 2);
    Turns::new(config.statistics.answers_at_once(cores, connections), patience)
}

/// The steps of this service.
pub(super) fn steps(running: &Running<Config>) -> Result<Registry, Refused> {
    let config = &running.config;
    let servers = Circuits::new("smtp", BreakerSettings::from(&config.net), running.clock.clone());
    let post_office = Arc::new(PostOffice {
        operator: operator(&config.mail, &servers)?,
        servers,
        keyring: Keyring::from_settings(&config.crypto)?,
        egress: EgressPolicy::new(&config.net),
        timeout: Duration::from_millis(config.mail.timeout_ms),
    });
    let (db, clock) = (running.db.clone(), running.clock.clone());
    let admins =
        TellAdmins { db: db.clone(), clock: clock.clone(), post_office: post_office.clone() };
    Ok(Registry::new()
        .with(SendBranchReportStep {
            db: db.clone(),
            clock: clock.clone(),
            reports: BranchReports::new()?,
            post_office: post_office.clone(),
        })
        .with(GenerateActionItemsStep(clock.clone()))
        .with(SendDueReportsStep { db, clock })
        .with(SendScheduleAlertStep(admins.clone()))
        .with(SendDailyMissingAlertStep(admins)))
}

/// The operator's mail server, or files in its place.
fn operator(settings: &MailSettings, servers: &Circuits) -> Result<Sender, Refused> {
    let from = mailbox(&settings.from)?;
    let mailer: Arc<dyn Mailer> = if settings.host.is_empty() {
        tracing::info!(folder = %settings.folder.display(), "no mail server is configured: messages become .eml files");
        Arc::new(EmlMailer::new(settings.folder.clone()))
    } else {
        let circuit = servers.of(format_args!("{}:{}", settings.host, settings.port));
        Arc::new(SmtpMailer::new(smtp(settings)?).guarded_by(circuit))
    };
    Ok(Sender { mailer, from })
}

fn smtp(settings: &MailSettings) -> Result<SmtpOptions, Refused> {
    let file = &settings.ca_file;
    let extra_root = match file.is_empty() {
        true => None,
        false => Some(
            std::fs::read(file)
                .map_err(|source| Refused::Authority { file: file.clone(), source })?,
        ),
    };
    let login = !settings.user.is_empty();
    Ok(SmtpOptions {
        host: settings.host.clone(),
        port: settings.port,
        tls: match settings.tls {
            TlsMode::None => Tls::None,
            TlsMode::Starttls => Tls::StartTls,
            TlsMode::Implicit => Tls::Implicit,
        },
        user: login.then(|| settings.user.clone()),
        password: login.then(|| settings.password.clone()),
        extra_root,
        timeout: Duration::from_millis(settings.timeout_ms),
        egress: None,
    })
}

/// Ready means that the database answers; workers are not looked at.
pub(super) fn health(running: &Running<Config>) -> Health {
    Health::of_process(running.tasks.shutdown().clone(), &running.db, SCHEMA)
}
