//! What clients and operators rely on, as files: a change shows as a difference.
//! `FOOTFALL_UPDATE_SNAPSHOTS=1` writes them anew.

use std::path::Path;

use analytics_service::http::{document, rules::RULES};
use common::auth::assert_rules_cover;
use common::kernel::{Clock, SystemClock};

use poem::http::{Method, StatusCode};
use serde_json::Value;
use testkit::identity::{Identity, assert_roles};

use crate::support::Site;

fn assert_file_holds(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    if std::env::var_os("FOOTFALL_UPDATE_SNAPSHOTS").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, text).unwrap();
    }
    let stored = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(stored == text, "{path} is not what the code serves; write it anew and look at it");
}

#[tokio::test]
async fn the_openapi_document_is_the_one_checked_in() {
    let site = Site::new().await;
    assert_file_holds("docs/openapi/analytics-service.json", &document(&site.services));
}

#[tokio::test]
async fn every_operation_has_a_rule_and_every_rule_an_operation() {
    let site = Site::new().await;
    assert_rules_cover(&document(&site.services), RULES);
}

#[tokio::test]
async fn without_a_credential_every_operation_answers_401() {
    let site = Site::new().await;
    let document: Value = serde_json::from_str(&document(&site.services)).unwrap();
    let mut asked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let id = "01900000-0000-7000-8000-00000000ffff";
            let path = path.replace("{report_run_id}", id).replace("{action_item_id}", id);
            let path = format!("/analytics/v1{path}");
            for headers in [&[][..], &[("authorization", "Bearer not.a.token")]] {
                let answer = site.send(method.clone(), &path, headers, None).await;
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}");
                assert!(answer.header("www-authenticate").starts_with("Bearer"), "{method} {path}");
            }
            asked += 1;
        }
    }
    assert_eq!(asked, RULES.len());
}

#[tokio::test]
async fn each_role_reaches_what_its_rule_says() {
    let site = Site::new().await;
    // Tokens are of today, and so are the sessions.
    site.clock.advance(SystemClock.now() - site.clock.now());
    let test = &site.test_db;
    let identity = Identity::new(test).await;
    assert_roles(&site.client, RULES, &identity, &test.alpha()).await;
}

#[tokio::test]
async fn no_route_of_analytics_service_opens_to_a_forged_credential() {
    Site::new().await.assert_closed().await;
}

#[test]
fn the_configuration_sample_is_the_one_checked_in() {
    let sample = analytics_service::config::sample().unwrap();
    assert_file_holds("docs/config/analytics-service.toml", &sample);
}
