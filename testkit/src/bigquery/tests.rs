//! The stand-in seen by a plain HTTP client, and its cells beside recorded ones.

use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value as Json, json};

use super::*;
use crate::ga4::{Row, Schema, Value};

mod faults;
mod paging;
mod queries;
mod recorded;
mod tokens;

const PROJECT: &str = "shop";
const DATASET: &str = "analytics_1";
const TABLE: &str = "events_20260131";

/// A client holding a token, and the server it talks to.
struct Fixture {
    server: Server,
    client: Client,
    token: String,
}

impl Fixture {
    async fn new(rows: Vec<Row>) -> Self {
        let schema = Schema::from_notation("id:int name tags:record* { key }").unwrap();
        let source = TableSource::rows(schema.into(), rows);
        let dataset = Dataset::new(PROJECT, DATASET).table(TABLE, source);
        let server = Server::start(vec![dataset]).await.unwrap();
        let client = plain_client();
        let token = fetch_token(&server, &client).await;
        Self { server, client, token }
    }

    fn get(&self, path: &str) -> RequestBuilder {
        let url = format!("{}/projects/{PROJECT}/{path}", self.server.base_url());
        self.client.get(url).query(&[("prettyPrint", "false")]).bearer_auth(&self.token)
    }

    fn rows(&self) -> RequestBuilder {
        self.get(&format!("datasets/{DATASET}/tables/{TABLE}/data"))
    }

    async fn json(&self, request: RequestBuilder) -> (StatusCode, Json) {
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    /// Reads pages until there is no token; returns the ids and the rows of each page.
    async fn read_all(&self, query: &[(&str, &str)]) -> (Vec<String>, Vec<usize>) {
        let (mut ids, mut pages, mut token) = (Vec::new(), Vec::new(), None::<String>);
        loop {
            let mut request = self.rows().query(query);
            if let Some(token) = &token {
                request = request.query(&[("pageToken", token)]);
            }
            let (status, page) = self.json(request).await;
            assert_eq!(status, StatusCode::OK, "{page}");
            let rows = page["rows"].as_array().cloned().unwrap_or_default();
            ids.extend(rows.iter().map(|row| row["f"][0]["v"].as_str().unwrap().to_owned()));
            pages.push(rows.len());
            token = page["pageToken"].as_str().map(str::to_owned);
            if token.is_none() {
                return (ids, pages);
            }
        }
    }
}

fn numbered(count: i64) -> Vec<Row> {
    let row = |id| {
        let tag = |key: String| Value::Record(vec![Value::from(key)]);
        let tags = (0..id % 3).map(|tag_id| tag(format!("tag {tag_id}")));
        vec![Value::Int(id), Value::from(format!("row {id}")), Value::List(tags.collect())]
    };
    (0..count).map(row).collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "an outside client of the stand-in, on the loopback interface only"
)]
fn plain_client() -> Client {
    Client::builder().timeout(Duration::from_secs(180)).build().unwrap()
}

const READ: &str = "https://www.googleapis.com/auth/bigquery.readonly";
const JOBS: &str = "https://www.googleapis.com/auth/bigquery";

fn assertion(key: &Json, audience: &str) -> String {
    assertion_for(key, audience, READ)
}

fn assertion_for(key: &Json, audience: &str, scope: &str) -> String {
    let now = jsonwebtoken::get_current_timestamp();
    let claims = json!({
        "iss": key["client_email"],
        "aud": audience,
        "scope": scope,
        "iat": now,
        "exp": now + 3595,
    });
    jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &signing_key(key)).unwrap()
}

fn signing_key(key: &Json) -> EncodingKey {
    let pem = key["private_key"].as_str().unwrap().as_bytes();
    let mut body = pem.split(|byte| *byte == b'\n').filter(|line| !line.starts_with(b"---"));
    let mut der = Vec::new();
    for line in &mut body {
        der.extend_from_slice(line);
    }
    let der = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, der).unwrap();
    // PKCS#8 wraps the PKCS#1 key that the encoder wants behind a header of fixed length.
    EncodingKey::from_rsa_der(&der[26..])
}

async fn token_response(client: &Client, uri: &str, assertion: &str) -> (StatusCode, Json) {
    let form =
        [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion)];
    let response = client.post(uri).form(&form).send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

async fn fetch_token(server: &Server, client: &Client) -> String {
    fetch_token_for(server, client, READ).await
}

async fn fetch_token_for(server: &Server, client: &Client, scope: &str) -> String {
    let key: Json = serde_json::from_str(&server.service_account_key_json()).unwrap();
    let assertion = assertion_for(&key, server.token_uri(), scope);
    let (status, body) = token_response(client, server.token_uri(), &assertion).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body["access_token"].as_str().unwrap().to_owned()
}
