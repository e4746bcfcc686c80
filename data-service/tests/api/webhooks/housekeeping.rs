//! What the worker does about webhooks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use common::config::CryptoSettings;
use common::crypto::Keyring;
use common::db::sql;
use common::kernel::{Secret, TenantScope};
use data_service::app::webhooks::{
    Claims, Forgotten, Proof, ReceiveError, Rewrapped, forget, receive, rewrap,
};
use testkit::TestDb;
use uuid::Uuid;

use super::shop::view;
use super::{PROPERTY, Shop, stored};
use crate::support::Site;

/// Events and deliveries of this age.
async fn aged(site: &Site, tenant: &TenantScope, rows: i64, age: TimeDelta) {
    let at = site.state.clock.now() - age;
    for text in [
        "INSERT INTO live_event (tenant_id, property_id, event_micros, live_event_id,
           webhook_delivery_id, event_name)
         SELECT $1, $2, (extract(epoch FROM $3::timestamptz) * 1000000)::bigint,
           gen_random_uuid(), gen_random_uuid(), 'x' FROM generate_series(1, $4)",
        "INSERT INTO webhook_delivery (tenant_id, webhook_delivery_id, webhook_endpoint_id,
           webhook_id, received_at, status, events)
         SELECT $1, gen_random_uuid(), gen_random_uuid(), $2::text, $3, 'accepted', 1
         FROM generate_series(1, $4)",
    ] {
        sql::query(text)
            .bind(tenant.tenant_id().uuid())
            .bind(PROPERTY)
            .bind(at)
            .bind(rows)
            .execute(&mut site.owner().await)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn events_are_forgotten_after_two_hours_and_deliveries_after_thirty_days() {
    let site = Site::new().await;
    Shop::new(&site, "web shop").await;
    let (alpha, beta) = (site.test.alpha(), site.test.beta());
    let minute = TimeDelta::minutes(1);
    // More than a round removes in one transaction.
    aged(&site, &alpha, 5_001, TimeDelta::days(30) + minute).await;
    aged(&site, &beta, 1, TimeDelta::days(30) - minute).await;
    aged(&site, &alpha, 1, TimeDelta::hours(2) + minute).await;
    aged(&site, &alpha, 1, TimeDelta::hours(2) - minute).await;
    let now = site.state.clock.now();
    let forgotten = forget(&site.db, now).await.unwrap();
    assert_eq!(forgotten, Forgotten { events: 5_003, deliveries: 5_001 });
    assert_eq!(stored(&site).await, (1, 3));
    assert_eq!(forget(&site.db, now).await.unwrap(), Forgotten::default());
}

/// Another key-encryption key takes over.
fn keyrings() -> (Keyring, Keyring) {
    let mut both: CryptoSettings = TestDb::crypto();
    both.active = "next".to_owned();
    both.keys.insert(both.active.clone(), Secret::new(STANDARD.encode([9; 32])));
    let mut alone = both.clone();
    alone.keys.retain(|id, _| *id == both.active);
    (Keyring::from_settings(&both).unwrap(), Keyring::from_settings(&alone).unwrap())
}

#[tokio::test]
async fn secrets_of_endpoints_move_online_and_open_without_the_old_key() {
    let site = Site::new().await;
    let shop = Shop::new(&site, "web shop").await;
    let (both, alone) = keyrings();
    let body = view(&site).to_string();
    let now = site.state.clock.now().timestamp().to_string();
    let signature = shop.signature("msg_1", &now, &body);
    let claims = Claims {
        id: Some("msg_1"),
        timestamp: Some(&now),
        signature: Some(&signature),
        ..Claims::default()
    };
    let proof = Proof::read(&claims).unwrap();
    let id: Uuid = shop.id.parse().unwrap();
    let received = async |keyring: &Keyring| {
        receive(&site.db, keyring, &site.state.clock, id, &proof, body.as_bytes()).await
    };
    assert!(matches!(received(&alone).await, Err(ReceiveError::Secret(_))));
    assert_eq!(rewrap(&site.db, &alone).await.unwrap(), Rewrapped { moved: 0, failed: 1 });
    assert_eq!(rewrap(&site.db, &both).await.unwrap(), Rewrapped { moved: 1, failed: 0 });
    assert_eq!(rewrap(&site.db, &both).await.unwrap(), Rewrapped::default());
    received(&alone).await.unwrap();
    let version: i64 = sql::query_scalar("SELECT version FROM webhook_endpoint")
        .fetch_one(&mut site.owner().await)
        .await
        .unwrap();
    assert_eq!(version, 1, "nothing that anyone configured has changed");
}
