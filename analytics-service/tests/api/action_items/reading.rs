//! Who reads which items, and how.

use chrono::TimeDelta;
use common::auth::Role;
use common::db::sql;
use poem::http::StatusCode;
use serde_json::{Value, json};

use super::{ITEMS, generate, sessions, shop};
use crate::support::{Cart, PROPERTY, Site};

#[tokio::test]
async fn items_show_the_one_customer_meant_masked_for_viewers_and_leave_a_line_otherwise() {
    let mut site = Site::new().await;
    let alpha = site.test_db.alpha();
    shop(&mut site, &alpha).await;
    let mut facts = site.facts(&alpha);
    facts.customer("C1", "Muster AG", Some("u1")).await;
    facts.customer("C2", "Twin One", Some("twin")).await;
    facts.customer("C3", "Twin Two", Some("twin")).await;
    let by_user = facts.cart(Cart { known_user: Some("u1"), ..Cart::default() }).await;
    let by_code = facts.cart(Cart { customer: Some("C2"), ..Cart::default() }).await;
    let twins = facts.cart(Cart { known_user: Some("twin"), ..Cart::default() }).await;
    generate(&site, &alpha).await;
    let (viewer, analyst) = (site.viewer().await, site.login(&alpha, Role::Analyst).await);
    let answer = site.get(ITEMS, &viewer).await;
    assert_eq!(answer.header("cache-control"), "private, no-store");
    assert!(!answer.text.contains("u1") && !answer.text.contains("twin"), "{}", answer.text);
    let page = answer.json();
    let of = |page: &Value, session: uuid::Uuid| {
        let items = page["action_items"].as_array().unwrap();
        let found = items.iter().find(|i| i["evidence"]["session_id"] == json!(session));
        found.unwrap().clone()
    };
    let contact = of(&page, by_user)["contact"].clone();
    assert_eq!(
        (&contact["name"], &contact["email"]),
        (&json!("Muster AG"), &json!("C***@example.com"))
    );
    assert_eq!(of(&page, by_code)["contact"]["customer_code"], "C2");
    let twins = of(&page, twins);
    assert_eq!((&twins["contact"], &twins["candidates"]), (&Value::Null, &json!(2)));
    let path = of(&page, by_user)["links"]["self"].as_str().unwrap().to_owned();
    let shown = site.get(&path, &viewer).await.json();
    assert_eq!(shown["contact"]["phone"], "***67");
    assert_eq!(lines(&mut site).await, []);

    for path in [ITEMS, path.as_str()] {
        let answer = site.get(path, &analyst).await;
        assert!(answer.text.contains("C1@example.com"), "{path}: {}", answer.text);
    }
    let lines = lines(&mut site).await;
    let [list, show] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!(list.0, format!("GET {ITEMS}"));
    let mut customers = list.1["customers"].as_array().unwrap().clone();
    customers.sort_by_key(Value::to_string);
    assert_eq!(customers, ["C1", "C2"]);
    assert_eq!(*show, (format!("GET {path}"), json!({ "customers": ["C1"] })));
}

async fn lines(site: &mut Site) -> Vec<(String, Value)> {
    sql::query_as(
        "SELECT object, detail FROM audit_entry WHERE action = 'contacts.read'
         ORDER BY at, audit_entry_id",
    )
    .fetch_all(&mut site.owner)
    .await
    .unwrap()
}

#[tokio::test]
async fn items_are_filtered_and_pages_neither_repeat_nor_skip() {
    let mut site = Site::new().await;
    let alpha = site.test_db.alpha();
    shop(&mut site, &alpha).await;
    for number in 0..7 {
        let branch = (number % 2 == 0).then_some("ZRH");
        site.facts(&alpha).cart(Cart { branch, ..Cart::default() }).await;
    }
    generate(&site, &alpha).await;
    let viewer = site.viewer().await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        // All of one instant: the id breaks the tie.
        let page = site.get(&format!("{ITEMS}?limit=3{cursor}"), &viewer).await.json();
        seen.extend(sessions(&page).into_iter().map(str::to_owned));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
        // Later than everything seen: belongs to a page that was already read.
        site.facts(&alpha).cart(Cart::default()).await;
        site.clock.advance(TimeDelta::hours(1));
        generate(&site, &alpha).await;
    }
    let distinct: std::collections::BTreeSet<_> = seen.iter().collect();
    assert_eq!((seen.len(), distinct.len()), (7, 7));

    sql::query("UPDATE cart SET open = false WHERE session_key = $1::text::uuid")
        .bind(&seen[0])
        .execute(&mut site.owner)
        .await
        .unwrap();
    generate(&site, &alpha).await;
    for (query, found) in [
        ("location=ZRH", 4),
        ("location=(unassigned)", 5),
        ("location=NOWHERE", 0),
        ("kind=abandoned_cart", 9),
        ("status=skipped", 1),
        ("status=incomplete", 8),
        ("status=in_progress", 0),
    ] {
        let page = site.get(&format!("{ITEMS}?{query}"), &viewer).await.json();
        assert_eq!(sessions(&page).len(), found, "{query}: {page}");
    }
}

#[tokio::test]
async fn items_refuse_bad_input_by_name_and_belong_to_their_tenant() {
    let mut site = Site::new().await;
    let (alpha, beta) = (site.test_db.alpha(), site.test_db.beta());
    shop(&mut site, &alpha).await;
    for _ in 0..2 {
        site.facts(&alpha).cart(Cart::default()).await;
    }
    site.facts(&beta).property(PROPERTY, "UTC").await;
    generate(&site, &alpha).await;
    let viewer = site.viewer().await;
    let other = site.login(&beta, Role::Owner).await;
    let page = site.get(&format!("{ITEMS}?limit=1"), &viewer).await.json();
    let cursor = page["next_cursor"].as_str().unwrap();
    let item = page["action_items"][0]["links"]["self"].as_str().unwrap();
    for (query, who, status, parameter) in [
        ("limit=0", &viewer, 400, "limit"),
        ("status=lost", &viewer, 400, "status"),
        ("kind=lost", &viewer, 400, "kind"),
        ("location=", &viewer, 422, "location"),
        ("sort=title", &viewer, 400, "sort"),
        (&format!("cursor={cursor}&status=skipped"), &viewer, 400, "cursor"),
        (&format!("cursor={cursor}"), &other, 400, "cursor"),
    ] {
        let answer = site.get(&format!("{ITEMS}?{query}"), who).await;
        assert_eq!(answer.status.as_u16(), status, "{query}: {}", answer.text);
        assert_eq!(answer.json()["errors"][0]["parameter"], parameter, "{query}");
    }
    assert_eq!(site.get(ITEMS, &other).await.json()["action_items"], json!([]));
    let foreign = site.get(item, &other).await;
    let random = site.get(&format!("{ITEMS}/01900000-0000-7000-8000-00000000ffff"), &other).await;
    assert_eq!((foreign.status, random.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    assert_eq!(foreign.json()["detail"], random.json()["detail"]);
    let malformed = site.get(&format!("{ITEMS}/not-an-id"), &viewer).await;
    assert_eq!(malformed.status, StatusCode::BAD_REQUEST, "{}", malformed.text);
}

#[tokio::test]
async fn a_branch_scoped_member_sees_the_items_of_their_branches() {
    let mut site = Site::new().await;
    let alpha = site.test_db.alpha();
    shop(&mut site, &alpha).await;
    let mut facts = site.facts(&alpha);
    let mut carts = Vec::new();
    for branch in [Some("ZRH"), Some("BSL"), None] {
        carts.push(facts.cart(Cart { branch, ..Cart::default() }).await.to_string());
    }
    generate(&site, &alpha).await;
    let member = site.login(&alpha, Role::Analyst).await;
    sql::query("UPDATE membership SET locations = '{ZRH,BRN}'")
        .execute(&mut site.owner)
        .await
        .unwrap();
    let whole = site.viewer().await;
    let all = site.get(ITEMS, &whole).await.json();
    assert_eq!(sessions(&all).len(), 3);
    assert_eq!(sessions(&site.get(ITEMS, &member).await.json()), [carts[0].as_str()]);
    for (location, status) in
        [("ZRH", StatusCode::OK), ("BRN", StatusCode::OK), ("BSL", StatusCode::NOT_FOUND)]
    {
        let answer = site.get(&format!("{ITEMS}?location={location}"), &member).await;
        assert_eq!(answer.status, status, "{location}: {}", answer.text);
    }
    for item in all["action_items"].as_array().unwrap() {
        let answer = site.get(item["links"]["self"].as_str().unwrap(), &member).await;
        let own = item["location"]["code"] == "ZRH";
        let expected = if own { StatusCode::OK } else { StatusCode::NOT_FOUND };
        assert_eq!(answer.status, expected, "{item}");
    }
}
