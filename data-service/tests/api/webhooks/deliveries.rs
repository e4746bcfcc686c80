//! Deliveries that are taken in, and the list of them.

use chrono::TimeDelta;
use common::db::sql;
use futures_util::future::join_all;
use poem::http::Method;
use serde_json::{Value, json};

use super::shop::{ENDPOINTS, PROPERTY, view};
use super::{Shop, stored};
use crate::support::Site;

#[tokio::test]
async fn a_signed_delivery_is_stored_for_its_tenant_and_property() {
    let site = Site::new().await;
    let shop = Shop::new(&site, "web shop").await;
    let at = site.state.clock.now() - TimeDelta::minutes(5);
    let purchase = json!({
        "event_name": "purchase", "timestamp_micros": at.timestamp_micros(), "client_id": "1.2",
        "session_id": "77", "user_id": "u", "location": "B1", "transaction_id": "T1",
        "page_location": "https://shop.example/done?mail=a%40b", "value": 59.90, "currency": "CHF",
    });
    let answer = shop.deliver(&site, "msg_1", &json!({ "events": [purchase, view(&site)] })).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    assert_eq!((&answer.body["status"], &answer.body["events"]), (&json!("accepted"), &json!(2)));
    let row: Value = sql::query_scalar(
        "SELECT to_jsonb(l) - 'live_event_id' FROM live_event l WHERE event_name = 'purchase'",
    )
    .fetch_one(&mut site.owner().await)
    .await
    .unwrap();
    let expected = json!({
        "tenant_id": site.test.alpha().tenant_id(), "property_id": PROPERTY,
        "event_micros": at.timestamp_micros(), "webhook_delivery_id": answer.body["id"],
        "event_name": "purchase", "client_id": "1.2", "session_id": "77", "user_id": "u",
        "location": "B1", "page_path": "/done", "transaction_id": "T1", "value": 59.9,
        "currency": "CHF",
    });
    assert_eq!(row, expected);
    assert_eq!(stored(&site).await, (2, 1));
    assert_eq!(shop.deliver(&site, "msg_2", &view(&site)).await.status, 202, "one by itself");
    assert_eq!(stored(&site).await, (3, 2));
}

#[tokio::test]
async fn fifty_deliveries_of_one_id_at_once_have_one_effect() {
    let site = Site::new().await;
    let (shop, other) = (Shop::new(&site, "web shop").await, Shop::new(&site, "app").await);
    let body = json!({ "events": [view(&site), view(&site)] });
    let answers = join_all((0..50).map(|_| shop.deliver(&site, "msg_1", &body))).await;
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (202, &answers[0].body));
    }
    assert_eq!(stored(&site).await, (2, 1));
    assert_eq!(shop.deliver(&site, "msg_1", &body).await.body, answers[0].body, "and later");
    assert_eq!(other.deliver(&site, "msg_1", &body).await.status, 202);
    assert_eq!(stored(&site).await, (4, 2), "an id belongs to its endpoint");
}

#[tokio::test]
async fn a_plain_signature_is_enough_and_the_same_request_counts_once() {
    let site = Site::new().await;
    let shop = Shop::new(&site, "web shop").await;
    let (now, body) = (site.state.clock.now().timestamp().to_string(), view(&site).to_string());
    let signature = shop.plain_signature(&now, &body);
    let headers =
        [("content-type", "application/json"), ("x-timestamp", &*now), ("x-signature", &signature)];
    let send = async |path: &str| site.send(Method::POST, path, &headers, Some(body.clone())).await;
    let first = send(&shop.path()).await;
    assert_eq!(first.status, 202, "{}", first.body);
    // The service's own base is as good.
    let again = send(&format!("/data/v1{}", shop.path())).await;
    assert_eq!((again.status, &again.body), (202, &first.body));
    assert_eq!(stored(&site).await, (1, 1));
    let deliveries =
        site.get(&format!("{ENDPOINTS}/{}/deliveries", shop.id), &site.admin().await).await;
    let id = deliveries.body["deliveries"][0]["webhook_id"].as_str().unwrap();
    assert!(id.starts_with("sha256:"), "{id}");
}

#[tokio::test]
async fn deliveries_are_listed_in_pages_with_what_became_of_them() {
    let site = Site::new().await;
    let (shop, other) = (Shop::new(&site, "web shop").await, Shop::new(&site, "app").await);
    let admin = site.admin().await;
    for number in 0..5 {
        shop.deliver(&site, &format!("msg_{number}"), &view(&site)).await;
    }
    let mut bad = view(&site);
    bad["value"] = json!(-1);
    let bad = json!({ "events": [view(&site), bad] });
    assert_eq!(shop.deliver(&site, "msg_5", &bad).await.status, 422);
    other.deliver(&site, "msg_6", &view(&site)).await;

    let path = format!("{ENDPOINTS}/{}/deliveries", shop.id);
    let (mut ids, mut at) = (Vec::new(), format!("{path}?limit=4"));
    loop {
        let page = site.get(&at, &admin).await.body;
        let deliveries = page["deliveries"].as_array().unwrap();
        ids.extend(deliveries.iter().map(|one| one["webhook_id"].as_str().unwrap().to_owned()));
        // One that comes meanwhile is on no later page.
        shop.deliver(&site, &format!("late_{}", ids.len()), &view(&site)).await;
        match page["next_cursor"].as_str() {
            Some(cursor) => at = format!("{path}?limit=4&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(ids, ["msg_5", "msg_4", "msg_3", "msg_2", "msg_1", "msg_0"]);
    assert_eq!(site.get(&format!("{path}?cursor=x"), &admin).await.status, 400);

    let page = site.get(&path, &admin).await.body;
    let refused = &page["deliveries"][2];
    let fault = json!({ "code": "out_of_range", "pointer": "/events/1/value" });
    assert_eq!((&refused["status"], &refused["fault"]), (&json!("refused"), &fault));
    assert_eq!((&refused["events"], &page["deliveries"][3]["events"]), (&json!(0), &json!(1)));
    assert_eq!(shop.deliver(&site, "msg_5", &view(&site)).await.status, 202, "sent again, mended");
}

#[tokio::test]
async fn a_secret_opens_its_own_endpoint_only() {
    let site = Site::new().await;
    let (shop, other) = (Shop::new(&site, "web shop").await, Shop::new(&site, "app").await);
    let stranger = site.stranger().await;
    let new = json!({ "name": "web shop", "property_id": PROPERTY });
    let beta = site.post(ENDPOINTS, &stranger, &new).await;
    let beta = Shop {
        id: beta.body["webhook_endpoint"]["id"].as_str().unwrap().to_owned(),
        secret: beta.body["secret"].as_str().unwrap().to_owned(),
        tag: String::new(),
    };
    for (endpoint, secret) in [(&shop, &other), (&shop, &beta), (&beta, &shop)] {
        let crossed =
            Shop { id: endpoint.id.clone(), secret: secret.secret.clone(), tag: String::new() };
        assert_eq!(crossed.deliver(&site, "msg_1", &view(&site)).await.status, 401);
    }
    assert_eq!(stored(&site).await, (0, 0));
    assert_eq!(beta.deliver(&site, "msg_1", &view(&site)).await.status, 202);
    let tenants: Vec<uuid::Uuid> = sql::query_scalar("SELECT tenant_id FROM live_event")
        .fetch_all(&mut site.owner().await)
        .await
        .unwrap();
    assert_eq!(tenants, [site.test.beta().tenant_id().uuid()]);
    let deliveries = format!("{ENDPOINTS}/{}/deliveries", beta.id);
    assert_eq!(site.get(&deliveries, &site.admin().await).await.status, 404);
    assert_eq!(
        site.get(&deliveries, &stranger).await.body["deliveries"].as_array().unwrap().len(),
        1
    );
}
