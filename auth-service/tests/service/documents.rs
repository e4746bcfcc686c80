//! The checked-in documents equal what the service serves. `FOOTFALL_UPDATE_SNAPSHOTS=1` writes them anew.

use std::path::{Path, PathBuf};

use auth_service::config::{Config, DESCRIPTIONS};

fn assert_snapshot(file: &str, current: &str) {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(file);
    if std::env::var_os("FOOTFALL_UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, current).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == current,
        "docs/{file} differs from what the code makes; run this test with FOOTFALL_UPDATE_SNAPSHOTS=1 and look at the difference"
    );
}

#[test]
fn the_openapi_document_is_the_served_one() {
    assert_snapshot("openapi/auth-service.json", &auth_service::http::document());
}

#[test]
fn the_configuration_sample_names_every_key() {
    let sample = common::config::sample::<Config>("auth-service", DESCRIPTIONS).unwrap();
    assert_snapshot("config/auth-service.toml", &sample);
}
