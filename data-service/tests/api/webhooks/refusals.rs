//! Deliveries that take no effect.

use common::db::sql;
use poem::http::Method;
use serde_json::json;

use super::shop::{ENDPOINTS, view};
use super::{Shop, stored};
use crate::support::{Answer, ORIGIN, Site};

/// A delivery, good but for what a test changes.
struct Draft {
    path: String,
    media: &'static str,
    id: &'static str,
    timestamp: String,
    signature: Option<String>,
    body: String,
}

impl Draft {
    fn of(site: &Site, shop: &Shop, body: String) -> Self {
        let timestamp = site.state.clock.now().timestamp().to_string();
        let signature = Some(shop.signature("msg_1", &timestamp, &body));
        Self {
            path: shop.path(),
            media: "application/json",
            id: "msg_1",
            timestamp,
            signature,
            body,
        }
    }

    async fn send(self, site: &Site) -> Answer {
        let mut headers = vec![
            ("content-type", self.media),
            ("webhook-id", self.id),
            ("webhook-timestamp", self.timestamp.as_str()),
        ];
        if let Some(signature) = &self.signature {
            headers.push(("webhook-signature", signature));
        }
        site.send(Method::POST, &self.path, &headers, Some(self.body)).await
    }
}

fn code(answer: &Answer) -> &str {
    answer.body["type"].as_str().unwrap().rsplit(':').next().unwrap()
}

#[tokio::test]
async fn whoever_cannot_prove_who_they_are_is_told_why_and_changes_nothing() {
    let site = Site::new().await;
    let shop = Shop::new(&site, "web shop").await;
    let good = || Draft::of(&site, &shop, view(&site).to_string());
    let old = site.state.clock.now().timestamp() - 302;
    let at = |seconds: i64| {
        let timestamp = seconds.to_string();
        let signature = Some(shop.signature("msg_1", &timestamp, &good().body));
        Draft { timestamp, signature, ..good() }
    };
    for (draft, expected) in [
        (Draft { signature: None, ..good() }, "signature_missing"),
        (Draft { signature: Some("v1,?".to_owned()), ..good() }, "signature_malformed"),
        (Draft { signature: Some("v1,aGVsbG8=".to_owned()), ..good() }, "signature_invalid"),
        (Draft { body: good().body + " ", ..good() }, "signature_invalid"),
        (Draft { id: "msg_2", ..good() }, "signature_invalid"),
        (at(old), "timestamp_out_of_range"),
        (at(old + 604), "timestamp_out_of_range"),
        (Draft { timestamp: "soon".to_owned(), ..good() }, "signature_malformed"),
    ] {
        let answer = draft.send(&site).await;
        assert_eq!((answer.status, code(&answer)), (401, expected), "{}", answer.body);
        assert!(!answer.header("www-authenticate").is_empty());
    }
    let rows: i64 = sql::query_scalar("SELECT count(*) FROM webhook_delivery")
        .fetch_one(&mut site.owner().await)
        .await
        .unwrap();
    assert_eq!((rows, stored(&site).await), (0, (0, 0)));
    assert_eq!(good().send(&site).await.status, 202);
}

#[tokio::test]
async fn what_cannot_be_taken_in_is_refused_by_status_and_place() {
    let site = Site::new().await;
    let shop = Shop::new(&site, "web shop").await;
    let of = |body: String| Draft::of(&site, &shop, body);
    let mut huge = view(&site);
    huge["value"] = json!(1e15);
    let none = vec![];
    for (draft, status, places) in [
        (of("{".to_owned()), 400, vec![""]),
        (of("[]".to_owned()), 400, vec![""]),
        (of(String::new()), 400, vec![""]),
        (of(json!({ "event_name": 7 }).to_string()), 400, vec!["/event_name"]),
        (of(json!({ "events": [view(&site), {}] }).to_string()), 400, vec!["/events/1/event_name"]),
        (of(json!({ "events": [view(&site), huge] }).to_string()), 422, vec!["/events/1/value"]),
        (of(json!({ "events": [] }).to_string()), 422, vec!["/events"]),
        (of("\"\\u0000\"".to_owned()), 400, vec![""]),
        (Draft { media: "text/plain", ..of("{}".to_owned()) }, 415, vec!["Content-Type"]),
        (of("x".repeat((1 << 20) + 1)), 413, none.clone()),
        (Draft { path: "/hooks/7".to_owned(), ..of("{}".to_owned()) }, 400, vec!["endpoint_id"]),
        (
            Draft { path: format!("/hooks/{}", uuid::Uuid::now_v7()), ..of("{}".to_owned()) },
            404,
            none.clone(),
        ),
        (Draft { path: "/hooks".to_owned(), ..of("{}".to_owned()) }, 404, none.clone()),
    ] {
        let at = format!("{} {:.60}", draft.path, draft.body);
        let answer = draft.send(&site).await;
        assert_eq!((answer.status, answer.faults()), (status, places), "{at}: {}", answer.body);
    }
    let got = site.get(&shop.path(), "").await;
    assert_eq!((got.status, got.header("allow")), (405, "POST"), "{}", got.body);
    assert_eq!(stored(&site).await, (0, 0));
}

#[tokio::test]
async fn an_endpoint_that_is_off_or_whose_tenant_is_suspended_is_as_good_as_none() {
    let site = Site::new().await;
    let (shop, off) = (Shop::new(&site, "web shop").await, Shop::new(&site, "app").await);
    let admin = site.admin().await;
    let headers = [
        ("cookie", admin.as_str()),
        ("origin", ORIGIN),
        ("content-type", "application/json"),
        ("if-match", &off.tag),
    ];
    let body = Some(json!({ "enabled": false }).to_string());
    let path = format!("{ENDPOINTS}/{}", off.id);
    assert_eq!(site.send(Method::PATCH, &path, &headers, body).await.status, 200);
    let random = Shop { id: uuid::Uuid::now_v7().to_string(), ..Shop::new(&site, "pos").await };
    let unknown = random.deliver(&site, "msg_1", &view(&site)).await;
    let switched_off = off.deliver(&site, "msg_1", &view(&site)).await;
    assert_eq!((unknown.status, switched_off.status), (404, 404));
    assert_eq!(unknown.body["detail"], switched_off.body["detail"]);
    assert_eq!(shop.deliver(&site, "msg_1", &view(&site)).await.status, 202);
    sql::query("UPDATE tenant SET state = 'suspended' WHERE tenant_id = $1")
        .bind(site.test.alpha().tenant_id().uuid())
        .execute(&mut site.owner().await)
        .await
        .unwrap();
    assert_eq!(shop.deliver(&site, "msg_2", &view(&site)).await.status, 404);
    assert_eq!(stored(&site).await, (1, 1));
}
