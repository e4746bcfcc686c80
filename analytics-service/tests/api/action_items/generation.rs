//! Which items there are after an ingestion.

use analytics_service::domain::action_item::{ActionItem, Kind, id_of, replayed};
use analytics_service::store::action_item;
use chrono::TimeDelta;
use common::db::sql;
use common::kernel::ActionItemId;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ITEMS, generate, outcome, sessions, shop};
use crate::support::{Cart, PROPERTY, Site, day};

async fn only(site: &Site, cookie: &str, session: Uuid) -> Value {
    let page = site.get(ITEMS, cookie).await.json();
    let item = page["action_items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["evidence"]["session_id"] == json!(session));
    let path = item.unwrap_or_else(|| panic!("{page}"))["links"]["self"].as_str().unwrap();
    site.get(path, cookie).await.json()
}

#[tokio::test]
async fn a_cart_becomes_one_item_however_often_it_is_found() {
    let mut site = Site::new().await;
    let alpha = site.test_db.alpha();
    shop(&mut site, &alpha).await;
    let mut facts = site.facts(&alpha);
    let left = facts.cart(Cart { branch: Some("ZRH"), ..Cart::default() }).await;
    facts.cart(Cart { recovered_at: Some("2020-12-22T09:00:00Z"), ..Cart::default() }).await;
    // Within the grace of an hour before the end of the data.
    let at = "2020-12-22T23:30:00Z";
    facts.cart(Cart { date: day("2020-12-22"), at, ..Cart::default() }).await;
    assert_eq!(generate(&site, &alpha).await, outcome(1, 0, 0));
    let viewer = site.viewer().await;
    let made = only(&site, &viewer, left).await;
    let key = format!("{PROPERTY}/{left}");
    let id = id_of(alpha.tenant_id(), Kind::AbandonedCart, &key);
    assert_eq!((&made["id"], &made["key"]), (&json!(id), &json!(key)));
    assert_eq!((&made["status"], &made["version"]), (&json!("incomplete"), &json!(1)));
    assert_eq!(made["title"], "Abandoned cart worth 10.00 EUR");
    assert_eq!(made["location"], json!({ "code": "ZRH", "name": "Zürich", "kind": "known" }));
    assert_eq!(made["evidence"]["value"], json!({ "amount": "10.00", "currency": "EUR" }));
    assert_eq!(made["evidence"]["items"][0]["name"], "Hose clamp");
    let [created] = &made["history"].as_array().unwrap()[..] else { panic!("{made}") };
    assert_eq!((&created["type"], &created["status"]), (&json!("created"), &json!("incomplete")));
    assert_eq!(created["actor"], "service:analytics-service");
    assert!(created["job_id"].is_string() && created["step_id"].is_string(), "{created}");

    // The day is loaded again, and another cart with it.
    site.clock.advance(TimeDelta::days(1));
    let mut facts = site.facts(&alpha);
    facts.loaded(day("2020-12-21"), "daily").await;
    let other = facts.cart(Cart::default()).await;
    assert_eq!(generate(&site, &alpha).await, outcome(1, 0, 1));
    assert_eq!(generate(&site, &alpha).await, outcome(0, 0, 2));
    assert_eq!(only(&site, &viewer, left).await, made, "it is as it was");
    let page = site.get(ITEMS, &viewer).await.json();
    assert_eq!(sessions(&page), [other.to_string(), left.to_string()], "the latest first");
}

#[tokio::test]
async fn an_item_whose_cart_is_gone_is_skipped_with_a_note_unless_somebody_began() {
    let mut site = Site::new().await;
    let alpha = site.test_db.alpha();
    shop(&mut site, &alpha).await;
    let mut carts = Vec::new();
    for _ in 0..5 {
        carts.push(site.facts(&alpha).cart(Cart::default()).await);
    }
    let [bought, emptied, unloaded, begun, left] = carts[..] else { panic!() };
    assert_eq!(generate(&site, &alpha).await, outcome(5, 0, 0));
    sql::query("UPDATE action_item SET status = 'in_progress' WHERE evidence->>'session_id' = $1")
        .bind(begun.to_string())
        .execute(&mut site.owner)
        .await
        .unwrap();
    let bought_at = "2020-12-22T09:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    sql::query("UPDATE cart SET recovered_micros = $2 WHERE session_key = ANY ($1)")
        .bind(vec![bought, begun])
        .bind(bought_at.timestamp_micros())
        .execute(&mut site.owner)
        .await
        .unwrap();
    sql::query("UPDATE cart SET open = false WHERE session_key = $1")
        .bind(emptied)
        .execute(&mut site.owner)
        .await
        .unwrap();
    sql::query("DELETE FROM cart WHERE session_key = $1")
        .bind(unloaded)
        .execute(&mut site.owner)
        .await
        .unwrap();
    site.clock.advance(TimeDelta::days(1));
    assert_eq!(generate(&site, &alpha).await, outcome(0, 3, 1));

    let viewer = site.viewer().await;
    for (session, note) in [
        (bought, "What was in the cart was bought after all, on 2020-12-22 at 09:00."),
        (emptied, "The cart was emptied."),
        (unloaded, "The cart's day was loaded again, without the cart."),
    ] {
        let item = only(&site, &viewer, session).await;
        assert_eq!((&item["status"], &item["note"]), (&json!("skipped"), &json!(note)));
        assert_eq!((&item["version"], &item["closed_at"]), (&json!(2), &item["updated_at"]));
        let history = item["history"].as_array().unwrap();
        let types: Vec<_> = history.iter().map(|event| event["type"].clone()).collect();
        assert_eq!(types, ["created", "skipped"]);
        assert_eq!(history[1]["note"], note);
    }
    for (session, status) in [(begun, "in_progress"), (left, "incomplete")] {
        let item = only(&site, &viewer, session).await;
        assert_eq!((&item["status"], &item["note"]), (&json!(status), &Value::Null));
        assert_eq!(item["history"].as_array().unwrap().len(), 1);
    }
    // What was skipped stays so, also when its cart is there again.
    sql::query("UPDATE cart SET open = true").execute(&mut site.owner).await.unwrap();
    assert_eq!(generate(&site, &alpha).await, outcome(0, 0, 2));
    assert_eq!(only(&site, &viewer, emptied).await["status"], "skipped");
}

#[tokio::test]
async fn carts_of_the_last_seven_complete_days_become_items_by_the_tenants_thresholds() {
    let mut site = Site::new().await;
    let alpha = site.test_db.alpha();
    shop(&mut site, &alpha).await;
    let mut facts = site.facts(&alpha);
    let at = |date: &'static str, at: &'static str| Cart { date: day(date), at, ..Cart::default() };
    let first = facts.cart(at("2020-12-16", "2020-12-16T08:00:00Z")).await;
    facts.cart(at("2020-12-15", "2020-12-15T08:00:00Z")).await;
    let slow = Cart {
        recovered_at: Some("2020-12-18T08:00:00Z"),
        ..at("2020-12-17", "2020-12-17T20:00:00Z")
    };
    let slow = facts.cart(slow).await;
    assert_eq!(generate(&site, &alpha).await, outcome(1, 0, 0));
    let viewer = site.viewer().await;
    assert_eq!(sessions(&site.get(ITEMS, &viewer).await.json()), [first.to_string()]);
    let document = json!({
        "time_zone": "UTC", "currency": "EUR", "thresholds": { "abandon_window_hours": 6 },
    });
    site.facts(&alpha).settings(document).await;
    site.clock.advance(TimeDelta::hours(1));
    assert_eq!(generate(&site, &alpha).await, outcome(1, 0, 1));
    let page = site.get(ITEMS, &viewer).await.json();
    assert_eq!(sessions(&page), [slow.to_string(), first.to_string()]);
}

#[tokio::test]
async fn without_a_complete_day_or_a_property_there_is_nothing_to_do() {
    let mut site = Site::new().await;
    let (alpha, beta) = (site.test_db.alpha(), site.test_db.beta());
    let mut facts = site.facts(&alpha);
    facts.property(PROPERTY, "UTC").await;
    facts.loaded(day("2020-12-21"), "intraday").await;
    facts.cart(Cart::default()).await;
    assert_eq!(generate(&site, &alpha).await, outcome(0, 0, 0));
    assert_eq!(generate(&site, &beta).await, outcome(0, 0, 0));
}

#[tokio::test]
async fn items_are_what_their_events_make_of_them_and_events_are_only_added() {
    let mut site = Site::new().await;
    let alpha = site.test_db.alpha();
    shop(&mut site, &alpha).await;
    let mut facts = site.facts(&alpha);
    for known_user in [None, Some("u1"), Some("u2")] {
        facts.cart(Cart { known_user, customer: Some("C1"), ..Cart::default() }).await;
    }
    generate(&site, &alpha).await;
    site.clock.advance(TimeDelta::days(1));
    sql::query("UPDATE cart SET open = false WHERE session_key = (SELECT min(session_key::text)::uuid FROM cart)")
        .execute(&mut site.owner)
        .await
        .unwrap();
    assert_eq!(generate(&site, &alpha).await, outcome(0, 1, 2));
    let mut tx = site.db.tenant(&alpha).await.unwrap();
    let ids: Vec<Uuid> = sql::query_scalar("SELECT action_item_id FROM action_item")
        .fetch_all(tx.conn())
        .await
        .unwrap();
    assert_eq!(ids.len(), 3);
    for row in action_item::lock(&mut tx, &ids).await.unwrap() {
        let id = ActionItemId::from_uuid(row.action_item_id);
        let history = action_item::history(&mut tx, id).await.unwrap();
        let history: Vec<_> = history.into_iter().map(|(recorded, _)| recorded).collect();
        assert_eq!(replayed(&history), Some(ActionItem::from(row)));
    }
    let refused = sql::query("UPDATE action_item_event SET at = now()").execute(tx.conn()).await;
    assert!(refused.unwrap_err().to_string().contains("permission denied"));
}
