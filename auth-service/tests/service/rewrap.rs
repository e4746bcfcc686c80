//! A new key-encryption key takes over while everyone goes on working.

use std::collections::BTreeMap;
use std::sync::Arc;

use auth_service::app::{App, Rewrapped, rewrap};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::db::sql;
use common::kernel::Secret;
use common::tenant_config::TenantConfig;
use serde_json::{Value, json as value};
use testkit::canary::{SEALING_KEY, secret};

use crate::support::{ORIGIN, Service, config, service_without_provider};

/// The service's own key but for its last byte.
fn key(last: u8) -> Secret {
    let mut key = SEALING_KEY;
    key[31] = last;
    Secret::new(STANDARD.encode(key))
}

/// The last byte of the service's own.
const FIRST: u8 = SEALING_KEY[31];

/// The same service with other keys in its configuration.
fn with_keys(service: &Service, keys: &[(&str, u8)], active: &str) -> App {
    let mut config = config("http://127.0.0.1:9");
    config.crypto.keys =
        keys.iter().map(|(id, byte)| ((*id).to_owned(), key(*byte))).collect::<BTreeMap<_, _>>();
    config.crypto.active = active.to_owned();
    App::new(Arc::new(config), service.db.clone(), Arc::new(service.clock.clone())).unwrap()
}

async fn wrapped_by(service: &Service) -> Vec<String> {
    let mut tx = service.db.tenant(&service.test_db.alpha()).await.unwrap();
    let mut ids: Vec<String> = sql::query_scalar(
        "SELECT s.value->'sealed'->>'kek' FROM connection, jsonb_each(secrets) AS s
         UNION ALL SELECT sealed_private->>'kek' FROM signing_key",
    )
    .fetch_all(tx.conn())
    .await
    .unwrap();
    ids.sort();
    ids
}

async fn connections(service: &Service) -> Value {
    let mut tx = service.db.tenant(&service.test_db.alpha()).await.unwrap();
    sql::query_scalar(
        "SELECT jsonb_agg(jsonb_build_array(kind, settings, updated_at) ORDER BY kind) FROM connection",
    )
    .fetch_one(tx.conn())
    .await
    .unwrap()
}

#[tokio::test]
async fn secrets_and_signing_keys_move_online_and_open_without_the_old_key() {
    let service = service_without_provider().await;
    let alpha = service.test_db.alpha();
    let owner = service.person("owner").await;
    service.member(&alpha, &owner, "owner").await;
    service.settings(&alpha).await;
    let body = value!({ "connections": {
        "smtp": { "host": "mail.example.com", "port": 587, "tls": "starttls",
                  "from": "a@example.com", "user": "u", "password": secret("one") },
        "sftp": { "host": "files.example.com", "user": "u", "password": secret("two"),
                  "host_key_fingerprints": ["SHA256:uNiVztksCsDhcc0u9e8BrrJXVGDfd0OqTcnY0pRm6t0"],
                  "paths": { "customers": "c.csv" } },
    } });
    let request = service.client.patch("/auth/v1/tenant/configuration");
    let request = request.header("Cookie", &owner.cookie).header("Origin", ORIGIN);
    let answer = request.header("If-Match", "\"v1\"").body_json(&body).send().await;
    let status = answer.0.status();
    assert!(status.is_success(), "{status} {}", crate::support::json(answer).await);
    let token = service.token(&owner, None).await;
    let (before, shown) = (wrapped_by(&service).await, connections(&service).await);
    assert_eq!(before, ["first", "first", "first"]);

    let both = with_keys(&service, &[("first", FIRST), ("second", 8)], "second");
    assert_eq!(rewrap(&both).await.unwrap(), Rewrapped { moved: 3, failed: 0 });
    assert_eq!(wrapped_by(&service).await, ["second", "second", "second"]);
    assert_eq!(rewrap(&both).await.unwrap(), Rewrapped::default(), "once");
    assert_eq!(connections(&service).await, shown, "nothing else changed");

    // A process with the new key alone opens everything, and signs.
    let new = with_keys(&service, &[("second", 8)], "second");
    let mut tx = service.db.tenant(&alpha).await.unwrap();
    let opened = TenantConfig::load(&mut tx, &new.keyring).await.unwrap();
    let smtp = opened.connections.smtp.unwrap();
    assert_eq!(smtp.password.unwrap().expose(), secret("one"));
    let claims = jsonwebtoken::decode_header(&token).unwrap();
    assert!(claims.kid.is_some());
    service.me(&token).await.assert_status_is_ok();
}

#[tokio::test]
async fn a_value_that_does_not_open_is_counted_and_left_alone() {
    let service = service_without_provider().await;
    let stranger = with_keys(&service, &[("other", 9)], "other");
    assert_eq!(rewrap(&stranger).await.unwrap(), Rewrapped { moved: 0, failed: 1 });
    assert_eq!(wrapped_by(&service).await, ["first"]);
}
