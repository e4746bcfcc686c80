//! `GET /stats/funnel`.

use common::db::sql;
use poem::http::StatusCode;
use serde_json::json;
use uuid::Uuid;

use crate::support::{PROPERTY, Site, day};

const DAY: &str = "2020-12-21";

/// An event of a session, at one instant for all of them, with its place in its batch.
async fn event(site: &mut Site, session: u8, name: &str, place: i64) {
    let tenant = site.test_db.alpha().tenant_id().uuid();
    let at: chrono::DateTime<chrono::Utc> = "2020-12-21T10:00:00Z".parse().unwrap();
    // Keys go against the order of the batch.
    let key = Uuid::from_u128((u128::from(session) << 64) + 100 - place.unsigned_abs() as u128);
    sql::query(
        "INSERT INTO event (tenant_id, event_date, property_id, event_key, event_name, event_micros,
           client_key, session_key, batch_page_id, batch_ordering_id, batch_event_index)
         VALUES ($1, $3, $2, $4, $5, $6, $7, $7, 1, 1, $8)",
    )
    .bind(tenant)
    .bind(PROPERTY)
    .bind(day(DAY))
    .bind(key)
    .bind(name)
    .bind(at.timestamp_micros())
    .bind(Uuid::from_u128(session.into()))
    .bind(place)
    .execute(&mut site.owner)
    .await
    .unwrap();
}

#[tokio::test]
async fn steps_of_one_instant_are_in_the_order_of_their_batch() {
    let mut site = Site::new().await;
    let alpha = site.test_db.alpha();
    let mut facts = site.facts(&alpha);
    facts.property(PROPERTY, "UTC").await;
    facts.loaded(day(DAY), "daily").await;
    sql::query("SELECT ensure_event_partition($1)")
        .bind(day(DAY))
        .execute(&mut site.owner)
        .await
        .unwrap();
    for (place, name) in
        ["view_item", "add_to_cart", "begin_checkout", "purchase"].iter().enumerate()
    {
        event(&mut site, 1, name, i64::try_from(place).unwrap()).await;
    }
    // Against the order of the steps.
    event(&mut site, 2, "add_to_cart", 0).await;
    event(&mut site, 2, "view_item", 1).await;
    let viewer = site.viewer().await;
    let path = format!("/analytics/v1/stats/funnel?first={DAY}&last={DAY}");
    let answer = site.get(&path, &viewer).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let steps = answer.json()["steps"].clone();
    let sessions: Vec<_> =
        steps.as_array().unwrap().iter().map(|step| step["sessions"].clone()).collect();
    assert_eq!(sessions, [json!(2), json!(1), json!(1), json!(1)]);
}
