//! `/reports/preview` and `/report-runs`.

use common::auth::Role;
use common::kernel::TenantScope;
use poem::http::{Method, StatusCode};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::support::{Cart, PROPERTY, Rollup, Site, day};

pub const RUNS: &str = "/analytics/v1/report-runs";
const PREVIEW: &str = "/analytics/v1/reports/preview?location=ZRH&first=2020-12-21&last=2020-12-21";

pub async fn branch(site: &mut Site, tenant: &TenantScope) {
    let mut facts = site.facts(tenant);
    facts.property(PROPERTY, "UTC").await;
    facts.location("ZRH", "Zürich", Some("zrh@example.com")).await;
    facts.location("BSL", "Basel", None).await;
    let numbers = Rollup {
        sessions: 1234,
        purchases: 3,
        revenue: Some(("USD", Decimal::new(125_000, 2))),
        ..Rollup::default()
    };
    facts.day("2020-12-21", "", numbers.clone()).await;
    facts.day("2020-12-21", "ZRH", numbers).await;
    facts.loaded(day("2020-12-22"), "daily").await;
    let item = "<script>alert(1)</script>";
    facts.cart(Cart { branch: Some("ZRH"), item, ..Cart::default() }).await;
}

fn body(recipient: &str) -> Value {
    json!({ "location": "ZRH", "first": "2020-12-21", "last": "2020-12-21", "recipient": recipient })
}

#[tokio::test]
async fn a_preview_shows_the_numbers_in_both_forms_and_escapes_names() {
    let mut site = Site::new().await;
    let alpha = site.test_db.alpha();
    branch(&mut site, &alpha).await;
    let analyst = site.login(&alpha, Role::Analyst).await;
    let html = site.get(PREVIEW, &analyst).await;
    assert_eq!(html.status, StatusCode::OK, "{}", html.text);
    assert!(html.header("content-type").starts_with("text/html"));
    let text = site.get(&format!("{PREVIEW}&format=text"), &analyst).await;
    assert!(text.header("content-type").starts_with("text/plain"));
    for form in [&html, &text] {
        for number in ["1,234", "USD 1,250.00", "Zürich", "EUR 10.00"] {
            assert!(form.text.contains(number), "{number} in {}", form.text);
        }
        assert_eq!(form.header("cache-control"), "private, no-store");
    }
    assert!(!html.text.contains("<script>") && html.text.contains("&lt;script&gt;"));
    // Nothing in it depends on when it is made.
    assert_eq!(site.get(PREVIEW, &analyst).await.text, html.text);
}

#[tokio::test]
async fn a_report_run_is_accepted_with_its_job_and_can_be_followed() {
    let mut site = Site::new().await;
    let alpha = site.test_db.alpha();
    branch(&mut site, &alpha).await;
    let analyst = site.login(&alpha, Role::Analyst).await;
    let accepted = site.post(RUNS, &analyst, body("boss@example.com")).await;
    assert_eq!(accepted.status, StatusCode::ACCEPTED, "{}", accepted.text);
    let location = accepted.header("location").to_owned();
    assert_eq!(location, accepted.json()["links"]["self"]);
    let run = site.get(&location, &analyst).await;
    assert_eq!(run.status, StatusCode::OK, "{}", run.text);
    let run = run.json();
    assert_eq!(run["id"], accepted.json()["id"]);
    assert_eq!(run["job"]["state"], "pending");
    assert_eq!(run["deliveries"], json!([]));
    assert_eq!(run["subject"], "Branch report Zürich, 21 Dec 2020");

    // The same report to the same recipient, still on its way: the same run.
    let again = site.post(RUNS, &analyst, body("boss@example.com")).await;
    assert_eq!(again.json()["id"], accepted.json()["id"]);
    let own = json!({ "location": "ZRH", "first": "2020-12-21", "last": "2020-12-21" });
    let other = site.post(RUNS, &analyst, own).await;
    assert_ne!(other.json()["id"], accepted.json()["id"]);
    let list = site.get(&format!("{RUNS}?limit=1"), &analyst).await.json();
    assert_eq!(list["report_runs"][0]["id"], other.json()["id"]);
    let next = format!("{RUNS}?limit=1&cursor={}", list["next_cursor"].as_str().unwrap());
    let list = site.get(&next, &analyst).await.json();
    assert_eq!(list["report_runs"][0]["id"], accepted.json()["id"]);
    assert_eq!(list["next_cursor"], json!(null));
}

#[tokio::test]
async fn an_idempotency_key_makes_one_run_of_two_requests() {
    let mut site = Site::new().await;
    let alpha = site.test_db.alpha();
    branch(&mut site, &alpha).await;
    let analyst = site.login(&alpha, Role::Analyst).await;
    let send = async |site: &Site, body: Value| {
        let headers = [
            ("cookie", analyst.as_str()),
            ("origin", "http://localhost:8001"),
            ("content-type", "application/json"),
            ("idempotency-key", "monday"),
        ];
        site.send(Method::POST, RUNS, &headers, Some(body.to_string())).await
    };
    let first = send(&site, body("a@example.com")).await;
    let again = send(&site, body("a@example.com")).await;
    assert_eq!((again.status, again.json()), (StatusCode::ACCEPTED, first.json()));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(send(&site, body("b@example.com")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_run_is_its_tenants_alone() {
    let mut site = Site::new().await;
    let (alpha, beta) = (site.test_db.alpha(), site.test_db.beta());
    branch(&mut site, &alpha).await;
    branch(&mut site, &beta).await;
    let analyst = site.login(&alpha, Role::Analyst).await;
    let other = site.login(&beta, Role::Owner).await;
    let own = site.post(RUNS, &analyst, body("a@example.com")).await.header("location").to_owned();
    assert_eq!(site.get(&own, &analyst).await.status, StatusCode::OK);
    let foreign = site.get(&own, &other).await;
    let random = site.get(&format!("{RUNS}/01900000-0000-7000-8000-00000000ffff"), &other).await;
    assert_eq!((foreign.status, random.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    assert_eq!(foreign.json()["detail"], random.json()["detail"]);
    let malformed = site.get(&format!("{RUNS}/not-an-id"), &analyst).await;
    assert_eq!(malformed.status, StatusCode::BAD_REQUEST, "{}", malformed.text);
    assert_eq!(site.get(RUNS, &other).await.json()["report_runs"], json!([]));

    // Ids in bodies and filters.
    site.facts(&beta).location("BETA", "Beta", Some("b@example.com")).await;
    // The empty code means all locations together, which are no branch.
    let nowhere = site.get(&PREVIEW.replace("ZRH", ""), &analyst).await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    for location in ["BETA", "RANDOM"] {
        let mut asked = body("a@example.com");
        asked["location"] = json!(location);
        assert_eq!(site.post(RUNS, &analyst, asked).await.status, StatusCode::NOT_FOUND);
        let path = PREVIEW.replace("ZRH", location);
        assert_eq!(site.get(&path, &analyst).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn reports_refuse_bad_input_by_name_and_viewers_altogether() {
    let mut site = Site::new().await;
    let alpha = site.test_db.alpha();
    branch(&mut site, &alpha).await;
    let analyst = site.login(&alpha, Role::Analyst).await;
    let change = |field: &str, value: Value| {
        let mut body = body("a@example.com");
        body[field] = value;
        body
    };
    let mut without_recipient = change("location", json!("BSL"));
    without_recipient.as_object_mut().unwrap().remove("recipient");
    for (body, status, pointer) in [
        (change("recipient", json!("nobody")), 422, "/recipient"),
        (change("recipient", json!("a@example.com\r\nBcc: b@example.com")), 422, "/recipient"),
        (change("last", json!("2020-12-20")), 422, "/last"),
        (change("first", json!("2020-01-01")), 422, "/last"),
        (change("first", json!("yesterday")), 400, "/first"),
        (change("colour", json!("red")), 400, "/colour"),
        (without_recipient, 422, "/recipient"),
    ] {
        let answer = site.post(RUNS, &analyst, body.clone()).await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.text);
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{body}: {}", answer.text);
    }
    let viewer = site.viewer().await;
    assert_eq!(site.get(PREVIEW, &viewer).await.status, StatusCode::FORBIDDEN);
    assert_eq!(site.post(RUNS, &viewer, body("a@example.com")).await.status, StatusCode::FORBIDDEN);
    let path = PREVIEW.replace("last=2020-12-21", "last=2021-12-21");
    assert_eq!(site.get(&path, &analyst).await.json()["errors"][0]["parameter"], "last");
}

#[tokio::test]
async fn sends_are_counted_by_tenant() {
    let mut site = Site::new().await;
    let (alpha, beta) = (site.test_db.alpha(), site.test_db.beta());
    branch(&mut site, &alpha).await;
    branch(&mut site, &beta).await;
    let analyst = site.login(&alpha, Role::Analyst).await;
    let colleague = site.login(&alpha, Role::Admin).await;
    let other = site.login(&beta, Role::Analyst).await;
    for number in 0..60 {
        let who = if number % 2 == 0 { &analyst } else { &colleague };
        let answer = site.post(RUNS, who, body("a@example.com")).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
        assert_eq!(answer.header("ratelimit-policy"), "\"send\";q=60;w=60");
    }
    let refused = site.post(RUNS, &analyst, body("a@example.com")).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{}", refused.text);
    assert_eq!(refused.header("retry-after"), "1");
    let answer = site.post(RUNS, &other, body("a@example.com")).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
}
