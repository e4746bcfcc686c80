//! `/tasks/carts`.

use common::auth::Role;
use poem::http::StatusCode;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::support::{Cart, PROPERTY, Rollup, Site, day};

const CARTS: &str = "/analytics/v1/tasks/carts";

/// Alpha with two loaded days, a branch and three customers.
async fn shop(site: &mut Site) {
    let alpha = site.test_db.alpha();
    let mut facts = site.facts(&alpha);
    facts.property(PROPERTY, "UTC").await;
    facts.day("2020-12-21", "", Rollup::default()).await;
    facts.day("2020-12-22", "", Rollup::default()).await;
    facts.location("ZRH", "Zürich", None).await;
    facts.customer("C1", "Muster AG", Some("u1")).await;
    facts.customer("C2", "Twin One", Some("twin")).await;
    facts.customer("C3", "Twin Two", Some("twin")).await;
}

fn carts(answer: &Value) -> &Vec<Value> {
    answer["carts"].as_array().unwrap()
}

#[tokio::test]
async fn only_carts_that_rested_and_were_not_bought_are_listed() {
    let mut site = Site::new().await;
    shop(&mut site).await;
    let alpha = site.test_db.alpha();
    let mut facts = site.facts(&alpha);
    let left = facts.cart(Cart { branch: Some("ZRH"), ..Cart::default() }).await;
    // 23:30 of the last loaded day: within the grace of an hour.
    facts
        .cart(Cart { date: day("2020-12-22"), at: "2020-12-22T23:30:00Z", ..Cart::default() })
        .await;
    facts.cart(Cart { recovered_at: Some("2020-12-22T09:00:00Z"), ..Cart::default() }).await;
    let late = facts
        .cart(Cart {
            at: "2020-12-21T09:00:00Z",
            recovered_at: Some("2020-12-22T09:00:01Z"),
            ..Cart::default()
        })
        .await;
    let viewer = site.viewer().await;
    let answer = site.get(CARTS, &viewer).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(answer.header("cache-control"), "private, no-store");
    let body = answer.json();
    let ids: Vec<&str> = carts(&body).iter().map(|c| c["session_id"].as_str().unwrap()).collect();
    assert_eq!(ids, [left.to_string(), late.to_string()]);
    let cart = &carts(&body)[0];
    assert_eq!(cart["value"], json!({ "amount": "10.00", "currency": "EUR" }));
    assert_eq!(cart["location"], json!({ "code": "ZRH", "name": "Zürich", "kind": "known" }));
    assert_eq!(cart["items"][0]["name"], "Hose clamp");
    assert_eq!(body["meta"]["data_through"], "2020-12-23T00:00:00+00:00");
}

#[tokio::test]
async fn the_tenants_thresholds_decide_at_read() {
    let mut site = Site::new().await;
    shop(&mut site).await;
    let alpha = site.test_db.alpha();
    let mut facts = site.facts(&alpha);
    facts.cart(Cart { recovered_at: Some("2020-12-22T09:00:00Z"), ..Cart::default() }).await;
    let viewer = site.viewer().await;
    assert_eq!(carts(&site.get(CARTS, &viewer).await.json()).len(), 0);
    let document = json!({
        "time_zone": "UTC", "currency": "EUR", "thresholds": { "abandon_window_hours": 12 },
    });
    site.facts(&alpha).settings(document).await;
    assert_eq!(carts(&site.get(CARTS, &viewer).await.json()).len(), 1);
}

#[tokio::test]
async fn a_contact_is_the_one_customer_meant_and_masked_for_viewers() {
    let mut site = Site::new().await;
    shop(&mut site).await;
    let alpha = site.test_db.alpha();
    let mut facts = site.facts(&alpha);
    let at = |at| Cart { at, ..Cart::default() };
    facts.cart(Cart { known_user: Some("u1"), ..at("2020-12-21T10:04:00Z") }).await;
    facts.cart(Cart { customer: Some("C2"), ..at("2020-12-21T10:03:00Z") }).await;
    facts.cart(Cart { known_user: Some("twin"), ..at("2020-12-21T10:02:00Z") }).await;
    facts.cart(at("2020-12-21T10:01:00Z")).await;
    let viewer = site.viewer().await;
    let body = site.get(CARTS, &viewer).await.json();
    let [by_user, by_code, twins, nobody] = &carts(&body)[..] else { panic!("{body}") };
    assert_eq!(by_user["contact"]["name"], "Muster AG");
    assert_eq!(by_user["contact"]["email"], "C***@example.com");
    assert_eq!(by_user["contact"]["phone"], "***67");
    assert_eq!(by_code["contact"]["customer_code"], "C2");
    assert_eq!((&twins["contact"], &twins["candidates"]), (&json!(null), &json!(2)));
    assert_eq!((&nobody["contact"], &nobody["candidates"]), (&json!(null), &json!(0)));

    let analyst = site.login(&alpha, Role::Analyst).await;
    let body = site.get(CARTS, &analyst).await.json();
    assert_eq!(carts(&body)[0]["contact"]["email"], "C1@example.com");
}

#[tokio::test]
async fn pages_neither_repeat_nor_skip_while_carts_arrive() {
    let mut site = Site::new().await;
    shop(&mut site).await;
    let alpha = site.test_db.alpha();
    for _ in 0..7 {
        // All at the same microsecond: the session breaks the tie.
        site.facts(&alpha).cart(Cart::default()).await;
    }
    let viewer = site.viewer().await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = site.get(&format!("{CARTS}?limit=3{cursor}"), &viewer).await.json();
        seen.extend(carts(&page).iter().map(|c| c["session_id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
        // Newer than everything seen: belongs to a page that was already read.
        let newer = Cart { at: "2020-12-21T11:00:00Z", ..Cart::default() };
        site.facts(&alpha).cart(newer).await;
    }
    let distinct: std::collections::BTreeSet<_> = seen.iter().collect();
    assert_eq!((seen.len(), distinct.len()), (7, 7));
}

#[tokio::test]
async fn a_cursor_belongs_to_its_filter_and_tenant() {
    let mut site = Site::new().await;
    shop(&mut site).await;
    let (alpha, beta) = (site.test_db.alpha(), site.test_db.beta());
    for _ in 0..2 {
        site.facts(&alpha).cart(Cart { value: Decimal::ONE, ..Cart::default() }).await;
    }
    site.facts(&beta).property(PROPERTY, "UTC").await;
    let viewer = site.viewer().await;
    let other = site.login(&beta, Role::Owner).await;
    let page = site.get(&format!("{CARTS}?limit=1"), &viewer).await.json();
    let cursor = page["next_cursor"].as_str().unwrap();
    for (path, who) in [
        (format!("{CARTS}?cursor={cursor}&location=ZRH"), &viewer),
        (format!("{CARTS}?cursor={cursor}x"), &viewer),
        (format!("{CARTS}?cursor={cursor}"), &other),
    ] {
        let answer = site.get(&path, who).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}: {}", answer.text);
        assert_eq!(answer.json()["errors"][0]["parameter"], "cursor");
    }
    // Beta has the same property number and no carts.
    assert_eq!(carts(&site.get(CARTS, &other).await.json()).len(), 0);
}

#[tokio::test]
async fn carts_refuse_bad_input_by_name() {
    let mut site = Site::new().await;
    shop(&mut site).await;
    let viewer = site.viewer().await;
    for (query, status, parameter) in [
        ("limit=0", 400, "limit"),
        ("limit=201", 400, "limit"),
        ("first=2020-12-21", 422, "last"),
        ("last=2020-12-21", 422, "first"),
        ("first=2020-12-22&last=2020-12-21", 422, "last"),
        ("location=", 422, "location"),
        ("sort=value", 400, "sort"),
    ] {
        let answer = site.get(&format!("{CARTS}?{query}"), &viewer).await;
        assert_eq!(answer.status.as_u16(), status, "{query}: {}", answer.text);
        assert_eq!(answer.json()["errors"][0]["parameter"], parameter, "{query}");
    }
    let unknown = site.get(&format!("{CARTS}?location=NOWHERE"), &viewer).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}
