//! Every role of every service ends when it is asked to.

use std::time::Duration;

use testkit::TestDb;

use crate::house::{start, url};

#[tokio::test(flavor = "multi_thread")]
async fn every_role_of_every_service_drains_at_sigterm() {
    let test = TestDb::new().await;
    let http = testkit::dev::client().unwrap();
    for service in ["auth-service", "data-service", "analytics-service"] {
        for role in ["serve", "work"] {
            let process = start(&test, service, role, &[]);
            let ready = http.get(url(&process, "/readyz")).send().await.unwrap();
            let (status, body) = (ready.status(), ready.text().await.unwrap());
            assert_eq!(status.as_u16(), 200, "{service} {role}: {body}");
            assert!(body.contains("database") && body.contains("schema"), "{body}");
            assert_eq!(role == "serve", body.contains("signing_keys"), "{service} {role}: {body}");
            // A connection that stays open holds nothing up.
            let ended = process.terminate(Duration::from_secs(10));
            assert_eq!(ended.status.code(), Some(0), "{service} {role}: {}", ended.log);
        }
    }
}
