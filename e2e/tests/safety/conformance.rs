//! The running services against their own OpenAPI documents, by a tool that nobody here wrote.

use std::path::Path;

use reqwest::Method;
use testkit::identity::Role;
use testkit::oidc::{StandIn, StandInOptions};
use testkit::schemathesis::{self, SchemathesisError, Target};
use testkit::service::ServiceProcess;

use crate::house::{House, Tenant, url};

/// Operations that end the caller's own standing: after them everything would be 401, and nothing tested.
const ENDING: &[&str] = &["logout", "endSession"];

fn target<'a>(service: &ServiceProcess, name: &str, token: &'a str) -> Target<'a> {
    Target {
        document: url(service, &format!("/{name}/openapi.json")),
        base: url(service, &format!("/{name}/v1")),
        token,
        without: ENDING,
    }
}

fn empty(folder: &Path, name: &str) -> std::path::PathBuf {
    let path = folder.join(name);
    std::fs::create_dir(&path).unwrap();
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_no_fault_in_any_service() {
    // A login leads to a provider that is there; that it may be away is tested elsewhere.
    let provider = StandIn::start(StandInOptions {
        port: 0,
        client_id: "footfall".to_owned(),
        client_secret: "development-only".to_owned(),
        redirect_uri: "http://localhost:8003/auth/v1/callback".to_owned(),
        accounts: Vec::new(),
    })
    .await
    .unwrap();
    let house = House::with(&[], &[("FOOTFALL_OIDC__ISSUER", provider.issuer())]).await;
    house.admin(Tenant::Alpha).await;
    let owner = house.member(Tenant::Alpha, Role::Owner).await;
    std::thread::scope(|scope| {
        for (service, name) in
            [(&house.auth, "auth"), (&house.data, "data"), (&house.analytics, "analytics")]
        {
            let target = target(service, name, &owner.token);
            let folder = empty(house.folder.path(), name);
            scope.spawn(move || match schemathesis::run(&target, &folder) {
                Ok(report) => println!("{name}: {}", report.lines().last().unwrap_or_default()),
                Err(error) => panic!("{name}: {error}"),
            });
        }
    });
    // To the end it was the owner who asked, and no service broke.
    let me = house.request(Method::GET, "/auth/v1/me").bearer_auth(&owner.token).send().await;
    assert_eq!(me.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_a_planted_fault() {
    let house = House::new().await;
    let owner = house.member(Tenant::Alpha, Role::Owner).await;
    let document = house.http.get(url(&house.data, "/data/openapi.json")).send().await.unwrap();
    let mut document: serde_json::Value = document.json().await.unwrap();
    let availability = document["paths"]["/jobs"]["get"].clone();
    document["paths"] = serde_json::json!({ "/jobs": { "get": availability } });
    document["paths"]["/jobs"]["get"]["responses"].as_object_mut().unwrap().remove("400");
    let folder = empty(house.folder.path(), "planted");
    std::fs::write(folder.join("openapi.json"), document.to_string()).unwrap();
    let target =
        Target { document: "openapi.json".to_owned(), ..target(&house.data, "data", &owner.token) };
    let found = schemathesis::run(&target, &folder).unwrap_err();
    assert!(matches!(found, SchemathesisError::Found(_)), "{found}");
    assert!(found.to_string().contains("Undocumented status code"), "{found}");
}
