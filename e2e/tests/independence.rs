//! Each service goes on without the others.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

use std::time::Duration;

use e2e::Estate;
use serde_json::json;
use testkit::dev::{Api, Tenant, shop, shop_dataset};

const OWNER: &str = "e2e-owner";

fn tenant() -> Tenant {
    Tenant {
        slug: "e2e",
        name: "End to end",
        owner: OWNER,
        time_zone: "Europe/Berlin",
        currency: "EUR",
        property_id: 1,
        dataset: "analytics_1",
        range: shop().unwrap().days,
        master_data: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn data_and_analytics_start_and_serve_without_auth() {
    let tenant = tenant();
    let dataset = shop_dataset(tenant.dataset, &shop().unwrap());
    let mut estate = Estate::start(&[OWNER], vec![dataset]).await.unwrap();
    let house = &mut estate.house;
    let id = tenant.create(house).unwrap();
    let api = Api::log_in(house.settings.ports, OWNER, &id).await.unwrap();
    api.configure(&tenant.configuration(house).unwrap()).await.unwrap();

    for name in ["auth-service serve", "auth-service work"] {
        house.stop_one(name).await.unwrap();
    }
    assert!(api.get("/auth/v1/me").await.is_err(), "nobody is left to answer");
    for name in [
        "data-service serve",
        "data-service work",
        "analytics-service serve",
        "analytics-service work",
    ] {
        house.restart(name, &[]).await.unwrap();
    }

    let day = tenant.range.first();
    let parameters = json!({ "from": day, "to": day });
    let job = api
        .post("/data/v1/jobs", &json!({ "kind": "ingest", "parameters": parameters }))
        .await
        .unwrap();
    let path = format!("/data/v1/jobs/{}", job["id"].as_str().unwrap());
    while matches!(api.get(&path).await.unwrap()["status"].as_str(), Some("pending" | "running")) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(api.get(&path).await.unwrap()["status"], "succeeded");
    let path = format!("/analytics/v1/stats/overview?first={day}&last={day}");
    let overview = api.get(&path).await.unwrap();
    assert!(overview["metrics"]["events"]["value"].as_i64().unwrap() > 0, "{overview}");
}
