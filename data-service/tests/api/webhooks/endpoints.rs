//! `/webhook-endpoints`.

use common::auth::Role;
use common::db::sql;
use poem::http::Method;
use serde_json::{Value, json};
use testkit::identity::logged_in;

use super::shop::{ENDPOINTS, PROPERTY, Shop};
use crate::support::{Answer, ORIGIN, Site};

async fn send(
    site: &Site,
    method: Method,
    path: &str,
    cookie: &str,
    tag: Option<&str>,
    body: Option<Value>,
) -> Answer {
    let mut headers = vec![("cookie", cookie), ("origin", ORIGIN)];
    headers.extend(body.as_ref().map(|_| ("content-type", "application/json")));
    headers.extend(tag.map(|tag| ("if-match", tag)));
    site.send(method, path, &headers, body.map(|body| body.to_string())).await
}

#[tokio::test]
async fn an_endpoint_is_made_changed_against_its_version_and_removed() {
    let site = Site::new().await;
    let admin = site.admin().await;
    let shop = Shop::new(&site, "web shop").await;
    let path = format!("{ENDPOINTS}/{}", shop.id);
    assert!(shop.secret.starts_with("whsec_"));
    let shown = site.get(&path, &admin).await;
    assert_eq!((shown.status, shown.header("etag")), (200, shop.tag.as_str()));
    assert_eq!(shown.body["path"], format!("/hooks/{}", shop.id));
    assert_eq!(
        (&shown.body["enabled"], &shown.body["property_id"]),
        (&json!(true), &json!(PROPERTY))
    );

    let patch = async |tag, body| send(&site, Method::PATCH, &path, &admin, tag, Some(body)).await;
    let renamed = json!({ "name": " checkout " });
    assert_eq!(patch(None, renamed.clone()).await.status, 428);
    assert_eq!(patch(Some("\"v9\""), renamed.clone()).await.status, 412);
    let answer = patch(Some(&shop.tag), renamed.clone()).await;
    assert_eq!((answer.status, &answer.body["name"]), (200, &json!("checkout")), "{}", answer.body);
    assert_eq!(patch(Some(&shop.tag), renamed).await.status, 412, "the version has moved on");
    let tag = answer.header("etag").to_owned();
    let off = patch(Some(&tag), json!({ "enabled": false })).await;
    assert_eq!((&off.body["enabled"], &off.body["name"]), (&json!(false), &json!("checkout")));

    Shop::new(&site, "app").await;
    let taken =
        site.post(ENDPOINTS, &admin, &json!({ "name": "app", "property_id": PROPERTY })).await;
    assert_eq!((taken.status, taken.faults()), (409, vec!["/name"]));
    let listed = site.get(ENDPOINTS, &admin).await.body;
    let names: Vec<&str> = listed["webhook_endpoints"]
        .as_array()
        .unwrap()
        .iter()
        .map(|endpoint| endpoint["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["app", "checkout"]);

    let tag = off.header("etag").to_owned();
    let remove = async |tag| send(&site, Method::DELETE, &path, &admin, tag, None).await.status;
    assert_eq!(remove(None).await, 428);
    assert_eq!(remove(Some(&tag)).await, 204);
    assert_eq!(remove(Some(&tag)).await, 404);
    let audited: Vec<String> = sql::query_scalar(
        "SELECT action FROM audit_entry WHERE action LIKE 'webhook_endpoint.%' ORDER BY audit_entry_id",
    )
    .fetch_all(&mut site.owner().await)
    .await
    .unwrap();
    let actions = ["created", "changed", "changed", "created", "removed"];
    assert_eq!(audited, actions.map(|action| format!("webhook_endpoint.{action}")));
}

#[tokio::test]
async fn an_endpoints_secret_is_shown_once_and_sealed() {
    let site = Site::new().await;
    let shop = Shop::new(&site, "web shop").await;
    let admin = site.admin().await;
    let bare = shop.secret.strip_prefix("whsec_").unwrap();
    for path in [ENDPOINTS.to_owned(), format!("{ENDPOINTS}/{}", shop.id)] {
        assert!(!site.get(&path, &admin).await.body.to_string().contains(bare), "{path}");
    }
    let rows: String = sql::query_scalar("SELECT json_agg(w)::text FROM webhook_endpoint w")
        .fetch_one(&mut site.owner().await)
        .await
        .unwrap();
    assert!(rows.contains("web shop") && !rows.contains(bare));
}

#[tokio::test]
async fn only_admins_manage_endpoints_and_bad_ones_are_refused_by_name() {
    let site = Site::new().await;
    let shop = Shop::new(&site, "web shop").await;
    let one = format!("{ENDPOINTS}/{}", shop.id);
    let new = json!({ "name": "x", "property_id": PROPERTY });
    for cookie in [&site.alpha, &site.viewer().await] {
        assert_eq!(site.post(ENDPOINTS, cookie, &new).await.status, 403);
        assert_eq!(site.get(ENDPOINTS, cookie).await.status, 403);
        assert_eq!(site.get(&one, cookie).await.status, 403);
        let path = format!("{one}/rotate-secret");
        assert_eq!(send(&site, Method::POST, &path, cookie, Some("*"), None).await.status, 403);
    }
    let owner = logged_in(&site.test, &site.test.alpha(), Role::Owner).await.unwrap();
    assert_eq!(site.post(ENDPOINTS, &owner, &new).await.status, 201);
    for (body, status, place) in [
        (json!({ "property_id": PROPERTY }), 400, "/name"),
        (json!({ "name": "", "property_id": PROPERTY }), 400, "/name"),
        (json!({ "name": " ", "property_id": PROPERTY }), 422, "/name"),
        (json!({ "name": "y", "property_id": "1" }), 400, "/property_id"),
        (json!({ "name": "y", "property_id": 0 }), 422, "/property_id"),
        (json!({ "name": "y", "property_id": 42 }), 422, "/property_id"),
        (json!({ "name": "y", "property_id": PROPERTY, "secret": "mine" }), 400, "/secret"),
    ] {
        let refused = site.post(ENDPOINTS, &owner, &body).await;
        assert_eq!((refused.status, refused.faults()), (status, vec![place]), "{body}");
    }
}
