//! A shop that was given an endpoint.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use common::db::sql;
use hmac::{Hmac, Mac};
use poem::http::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::{Answer, Site};

pub const ENDPOINTS: &str = "/data/v1/webhook-endpoints";
pub const PROPERTY: i64 = 123_456_789;

/// An endpoint of alpha's, and the secret it was made with.
pub struct Shop {
    pub id: String,
    pub secret: String,
    pub tag: String,
}

impl Shop {
    pub async fn new(site: &Site, name: &str) -> Self {
        property(site).await;
        let new = json!({ "name": name, "property_id": PROPERTY });
        let made = site.post(ENDPOINTS, &site.admin().await, &new).await;
        assert_eq!(made.status, 201, "{}", made.body);
        Self {
            id: made.body["webhook_endpoint"]["id"].as_str().unwrap().to_owned(),
            secret: made.body["secret"].as_str().unwrap().to_owned(),
            tag: made.header("etag").to_owned(),
        }
    }

    pub fn path(&self) -> String {
        format!("/hooks/{}", self.id)
    }

    /// Its secret's, by Standard Webhooks.
    pub fn signature(&self, id: &str, timestamp: &str, body: &str) -> String {
        let key = STANDARD.decode(self.secret.strip_prefix("whsec_").unwrap()).unwrap();
        let signed = hmac(&key, &format!("{id}.{timestamp}.{body}"));
        format!("v1,{}", STANDARD.encode(signed))
    }

    /// Its secret's, by `X-Signature`.
    pub fn plain_signature(&self, timestamp: &str, body: &str) -> String {
        let signed = hmac(self.secret.as_bytes(), &format!("{timestamp}.{body}"));
        signed.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub async fn deliver(&self, site: &Site, id: &str, body: &Value) -> Answer {
        let (now, body) = (site.state.clock.now().timestamp().to_string(), body.to_string());
        let signature = self.signature(id, &now, &body);
        let headers = [
            ("content-type", "application/json"),
            ("webhook-id", id),
            ("webhook-timestamp", &now),
            ("webhook-signature", &signature),
        ];
        site.send(Method::POST, &self.path(), &headers, Some(body)).await
    }
}

/// What happened a minute before the site's now.
pub fn view(site: &Site) -> Value {
    let at: DateTime<Utc> = site.state.clock.now() - chrono::TimeDelta::minutes(1);
    json!({ "event_name": "page_view", "event_time": at.to_rfc3339(), "client_id": "1.2" })
}

/// Events and accepted deliveries of all tenants.
pub async fn stored(site: &Site) -> (i64, i64) {
    sql::query_as(
        "SELECT (SELECT count(*) FROM live_event),
                (SELECT count(*) FROM webhook_delivery WHERE status = 'accepted')",
    )
    .fetch_one(&mut site.owner().await)
    .await
    .unwrap()
}

/// Both tenants have loaded days of it.
async fn property(site: &Site) {
    for tenant in [site.test.alpha(), site.test.beta()] {
        sql::query(
            "INSERT INTO property (tenant_id, property_id, dataset) VALUES ($1, $2, 'd')
             ON CONFLICT DO NOTHING",
        )
        .bind(tenant.tenant_id().uuid())
        .bind(PROPERTY)
        .execute(&mut site.owner().await)
        .await
        .unwrap();
    }
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}
