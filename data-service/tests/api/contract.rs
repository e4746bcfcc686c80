//! What clients and operators rely on, as files: a change shows as a difference.
//! `FOOTFALL_UPDATE_SNAPSHOTS=1` writes them anew.

use std::path::Path;

use common::auth::assert_rules_cover;
use data_service::http::{document, rules::RULES};
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
    assert_file_holds("docs/openapi/data-service.json", &document(&site.state));
}

#[tokio::test]
async fn every_operation_has_a_rule_and_every_rule_an_operation() {
    let site = Site::new().await;
    assert_rules_cover(&document(&site.state), RULES);
}

#[tokio::test]
async fn each_role_reaches_what_its_rule_says() {
    let site = Site::new().await;
    let test = &site.test;
    let identity = Identity::new(test).await;
    assert_roles(&site.client, RULES, &identity, &test.alpha()).await;
}

#[tokio::test]
async fn no_route_of_data_service_opens_to_a_forged_credential() {
    Site::new().await.assert_closed().await;
}

#[test]
fn the_configuration_sample_is_the_one_checked_in() {
    let sample = data_service::config::sample().unwrap();
    assert_file_holds("docs/config/data-service.toml", &sample);
}
