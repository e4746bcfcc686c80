//! A mail server that is tried without a message, and one that is left alone.

use std::sync::Arc;
use std::time::Duration;

use analytics_service::adapters::mail::{MailError, Mailer, SmtpMailer, SmtpOptions, Tls, mailbox};
use chrono::{DateTime, TimeDelta};
use common::connection_test::{Outcome, Step, Trial};
use common::kernel::{ManualClock, Secret};
use common::net::{BreakerSettings, Circuits};
use lettre::Message;
use testkit::canary::MARKER;
use testkit::smtp::{Authority, Login, Protection, SmtpSink};

fn options(port: u16) -> SmtpOptions {
    SmtpOptions {
        host: "localhost".to_owned(),
        port,
        tls: Tls::None,
        user: None,
        password: None,
        extra_root: None,
        timeout: Duration::from_secs(10),
        egress: None,
    }
}

#[tokio::test]
async fn every_step_passes_where_a_message_would() {
    let authority = Authority::new().unwrap();
    let from = mailbox("Shop <reports@example.com>").unwrap();
    for (tls, protection) in [
        (Tls::StartTls, Protection::StartTls(&authority)),
        (Tls::Implicit, Protection::Implicit(&authority)),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let login = Login { user: "footfall", password: MARKER };
        let sink = SmtpSink::start(folder.path(), 0, protection, Some(login)).unwrap();
        let options = SmtpOptions {
            tls,
            user: Some("footfall".to_owned()),
            password: Some(Secret::new(MARKER)),
            extra_root: Some(authority.root.clone().into_bytes()),
            ..options(sink.port())
        };
        let mut trial = Trial::default();
        let passed = SmtpMailer::new(options).check(&from, &mut trial).await;
        let report = trial.finish(SmtpMailer::STEPS);
        assert!(passed.is_some() && report.passed, "{tls:?}: {report:?}");
        let steps: Vec<(Step, Outcome)> =
            report.steps.iter().map(|step| (step.step, step.outcome)).collect();
        let all: Vec<(Step, Outcome)> =
            SmtpMailer::STEPS.iter().map(|step| (*step, Outcome::Passed)).collect();
        assert_eq!(steps, all, "{tls:?}");
        assert_eq!(sink.messages().unwrap(), [], "nothing is sent");
    }
}

#[tokio::test]
async fn a_mail_server_that_does_not_answer_is_left_alone_until_one_try_passes() {
    let clock = ManualClock::at(DateTime::UNIX_EPOCH);
    let settings = BreakerSettings { failures: 2, ..BreakerSettings::default() };
    let servers = Circuits::new("smtp", settings, Arc::new(clock.clone()));
    let circuit = servers.of("mail.example.com:587");
    let folder = tempfile::tempdir().unwrap();
    let sink = SmtpSink::start(folder.path(), 0, Protection::None, None).unwrap();
    // The discard port.
    let away = SmtpMailer::new(options(9)).guarded_by(circuit.clone());
    let good = SmtpMailer::new(options(sink.port())).guarded_by(circuit);
    let message = Message::builder()
        .from(mailbox("reports@example.com").unwrap())
        .to(mailbox("boss@example.com").unwrap())
        .subject("Report")
        .body("Numbers".to_owned())
        .unwrap();
    for _ in 0..2 {
        let error = away.deliver(&message).await.unwrap_err();
        assert!(matches!(error, MailError::Unreachable(_)), "{error:?}");
    }
    for mailer in [&away, &good] {
        let error = mailer.deliver(&message).await.unwrap_err();
        assert!(matches!(error, MailError::CircuitOpen(_)), "{error:?}");
    }
    assert_eq!(sink.messages().unwrap(), []);
    clock.advance(TimeDelta::seconds(10));
    good.deliver(&message).await.unwrap();
    good.deliver(&message).await.unwrap();
    assert_eq!(sink.messages().unwrap().len(), 2);
}
