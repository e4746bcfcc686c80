use super::*;

#[tokio::test]
async fn an_assertion_for_someone_else_or_of_another_key_gets_no_token() {
    let server = Server::start(Vec::new()).await.unwrap();
    let client = plain_client();
    let key: Json = serde_json::from_str(&server.service_account_key_json()).unwrap();
    let elsewhere = assertion(&key, "https://oauth2.googleapis.com/token");
    let good = assertion(&key, server.token_uri());
    let (head, _) = good.rsplit_once('.').unwrap();
    let (_, foreign_signature) = elsewhere.rsplit_once('.').unwrap();
    let forged = format!("{head}.{foreign_signature}");
    for refused in [elsewhere.as_str(), &forged, "no.jwt", ""] {
        let (status, body) = token_response(&client, server.token_uri(), refused).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(body["error"], "invalid_grant");
    }
}

/// yup-oauth2, which gcp-bigquery-client signs with, pads every part.
#[tokio::test]
async fn padded_assertions_are_taken_as_google_takes_them() {
    let server = Server::start(Vec::new()).await.unwrap();
    let key: Json = serde_json::from_str(&server.service_account_key_json()).unwrap();
    let plain = assertion(&key, server.token_uri());
    let pad = |part: &str| format!("{part}{}", "=".repeat((4 - part.len() % 4) % 4));
    let message = plain.split('.').take(2).map(pad).collect::<Vec<_>>().join(".");
    let signature =
        jsonwebtoken::crypto::sign(message.as_bytes(), &signing_key(&key), Algorithm::RS256)
            .unwrap();
    let padded = format!("{message}.{}", pad(&signature));
    assert_ne!(padded, plain);
    let (status, body) = token_response(&plain_client(), server.token_uri(), &padded).await;
    assert_eq!(status, StatusCode::OK, "{body}");
}

#[tokio::test]
async fn without_a_valid_token_nothing_is_told() {
    let fixture = Fixture::new(numbered(1)).await;
    for token in ["", "ya29.invented"] {
        let url = format!("{}/projects/{PROJECT}/datasets", fixture.server.base_url());
        let request = fixture.client.get(url).bearer_auth(token);
        let (status, body) = fixture.json(request).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert_eq!(body["error"]["status"], "UNAUTHENTICATED");
    }
}

#[tokio::test]
async fn a_key_file_survives_a_restart() {
    let server = Server::start(Vec::new()).await.unwrap();
    let key = server.service_account_key_json();
    let read = ServiceAccount::from_key_json(&key).unwrap();
    assert_eq!(read.key_json("stand-in", server.token_uri()), key);
}

#[tokio::test]
async fn a_standalone_server_keeps_its_key_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key.json");
    let mut keys = Vec::new();
    for _ in 0..2 {
        let written = async {
            while !file.exists() || std::fs::read_to_string(&file).unwrap_or_default().is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            ended = run_standalone(0, Vec::new(), &file) => panic!("it ended: {ended:?}"),
            () = written => {}
        }
        let key: Json = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        keys.push(key["private_key"].clone());
    }
    assert!(keys[0].is_string() && keys[0] == keys[1]);
}
