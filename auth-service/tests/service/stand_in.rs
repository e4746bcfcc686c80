//! The whole way of a person in development: the stand-in's button, the real binary, a token.

use std::time::Duration;

use common::kernel::TenantId;
use testkit::TestDb;
use testkit::oidc::{Account, Browser, StandIn, StandInOptions};
use testkit::service::{ServiceProcess, port_in_advance};

use crate::process::command;

fn account(subject: &str) -> Account {
    Account {
        subject: subject.to_owned(),
        name: format!("Person {subject}"),
        email: format!("{subject}@example.com"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_click_leads_to_a_token_for_ones_tenant() {
    let (db, port) = (TestDb::new().await, port_in_advance());
    let public_url = format!("http://127.0.0.1:{port}");
    let stand_in = StandIn::start(StandInOptions {
        port: 0,
        client_id: "footfall".to_owned(),
        client_secret: "development".to_owned(),
        redirect_uri: format!("{public_url}/auth/v1/callback"),
        accounts: vec![account("owner"), account("stranger")],
    })
    .await
    .unwrap();
    let service = || {
        let mut command = command(&db);
        command
            .env("FOOTFALL_OIDC__ISSUER", stand_in.issuer())
            .env("FOOTFALL_OIDC__CLIENT_SECRET", "development")
            .env("FOOTFALL_HTTP__PUBLIC_URL", &public_url)
            .env("FOOTFALL_HTTP__INSECURE_LOOPBACK_COOKIES", "true");
        command
    };
    let created = service()
        .args(["tenant", "create", "--slug", "demo", "--name", "Demo", "--time-zone", "UTC"])
        .args(["--currency", "USD", "--owner-subject", "owner"])
        .output()
        .unwrap();
    let tenant = String::from_utf8_lossy(&created.stdout).trim().to_owned();
    assert!(tenant.parse::<TenantId>().is_ok(), "{}", String::from_utf8_lossy(&created.stderr));
    let mut serve = service();
    serve.arg("serve");
    let process = ServiceProcess::start_at(serve, port);

    let owner = Browser::new(&public_url).unwrap();
    owner.log_in("owner").await.unwrap();
    for wanted in [None, Some(tenant.as_str())] {
        let token = owner.access_token(wanted).await.unwrap();
        assert_eq!(token.split('.').count(), 3);
    }
    let stranger = Browser::new(&public_url).unwrap();
    assert!(stranger.log_in("nobody").await.is_err(), "there is no such button");
    stranger.log_in("stranger").await.unwrap();
    assert!(stranger.access_token(Some(&tenant)).await.is_err(), "not a member");
    owner.log_out().await.unwrap();
    assert_eq!(process.terminate(Duration::from_secs(10)).status.code(), Some(0));
}
