//! What an owner takes along of their tenant.

use common::auth::Role;
use common::db::sql;
use common::kernel::Secret;
use serde_json::{Value, json};
use testkit::canary::{FORMS, MARKER};
use testkit::identity::logged_in;

use crate::support::Site;

const EXPORT: &str = "/data/v1/tenant/export";

/// More than a page of customers, some of everything else, and one row of the other tenant.
async fn stored(site: &Site) {
    let mut owner = site.owner().await;
    let (alpha, beta) = (site.test.alpha().tenant_id().uuid(), site.test.beta().tenant_id().uuid());
    for (tenant, customers) in [(alpha, 1_203), (beta, 1)] {
        sql::query(
            "INSERT INTO customer (tenant_id, code, name, email, extra, row_hash, active)
             SELECT $1, 'C' || n, 'Customer ' || n || ' of ' || $1, n || '@example.com',
                    '{\"tier\": \"gold\"}', gen_random_uuid(), n % 2 = 0
             FROM generate_series(1, $2) n",
        )
        .bind(tenant)
        .bind(customers)
        .execute(&mut owner)
        .await
        .unwrap();
        sql::query(
            "INSERT INTO location (tenant_id, code, name, row_hash)
             SELECT $1, 'B' || n, 'Branch ' || n, gen_random_uuid() FROM generate_series(1, 2) n",
        )
        .bind(tenant)
        .execute(&mut owner)
        .await
        .unwrap();
        sql::query(
            "INSERT INTO source_file (tenant_id, source_file_id, feed, path, size, modified_at, state)
             VALUES ($1, gen_random_uuid(), 'customers', 'out/customers.csv', 7, now(), 'loaded')",
        )
        .bind(tenant)
        .execute(&mut owner)
        .await
        .unwrap();
    }
    let key = Secret::new(json!({ "private_key": MARKER }).to_string());
    let settings = json!({ "time_zone": "Europe/Zurich", "currency": "CHF" });
    site.test.configure(&site.test.alpha(), &settings, &json!({ "project": "shop" }), &key).await;
}

#[tokio::test]
async fn an_owner_exports_master_data_and_schedules_and_no_secret() {
    let site = Site::new().await;
    stored(&site).await;
    let schedule = json!({
        "name": "nightly", "cron": "0 3 * * *", "time_zone": "Europe/Zurich",
        "job": { "kind": "nightly" },
    });
    let made = site.post("/data/v1/schedules", &site.admin().await, &schedule).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let owner = logged_in(&site.test, &site.test.alpha(), Role::Owner).await.unwrap();
    let answer = site.post(EXPORT, &owner, &Value::Null).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    let text = answer.body.as_str().unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str| -> Vec<&Value> {
        lines.iter().filter(|line| line["kind"] == kind).map(|line| &line[kind]).collect()
    };
    let counted = ["location", "customer", "schedule", "file"].map(|kind| of(kind).len());
    assert_eq!(counted, [2, 1_203, 1, 1]);
    assert_eq!(lines.len(), 1_207);
    let codes: std::collections::BTreeSet<_> =
        of("customer").iter().map(|row| row["code"].as_str().unwrap()).collect();
    assert_eq!(codes.len(), 1_203, "each once");
    let customer = of("customer").into_iter().find(|row| row["code"] == "C7").unwrap();
    assert_eq!(customer["email"], "7@example.com");
    assert_eq!(
        (&customer["active"], &customer["extra"]),
        (&json!(false), &json!({"tier": "gold"}))
    );
    assert_eq!(of("schedule")[0]["name"], "nightly");
    assert_eq!(of("file")[0]["path"], "out/customers.csv");
    let beta = site.test.beta().tenant_id().to_string();
    assert!(!text.contains(&beta) && !text.contains("tenant_id"));
    for form in FORMS {
        assert!(!text.contains(form), "{form}");
    }
    let written: Vec<Value> =
        sql::query_scalar("SELECT detail FROM audit_entry WHERE action = 'tenant.exported'")
            .fetch_all(&mut site.owner().await)
            .await
            .unwrap();
    assert_eq!(written, [json!({ "parts": ["location", "customer", "schedule", "file"] })]);
}

#[tokio::test]
async fn exports_of_master_data_are_for_owners_and_counted_by_tenant() {
    let site = Site::new().await;
    assert_eq!(site.post(EXPORT, &site.admin().await, &Value::Null).await.status, 403);
    let cookie = async |scope| logged_in(&site.test, scope, Role::Owner).await.unwrap();
    let (alpha, beta) = (site.test.alpha(), site.test.beta());
    let (one, two, other) = (cookie(&alpha).await, cookie(&alpha).await, cookie(&beta).await);
    for owner in [&one, &two, &one, &two, &one] {
        assert_eq!(site.post(EXPORT, owner, &Value::Null).await.status, 200);
    }
    let refused = site.post(EXPORT, &two, &Value::Null).await;
    assert_eq!(refused.status, 429, "{}", refused.body);
    assert!(!refused.header("retry-after").is_empty());
    assert_eq!(site.post(EXPORT, &other, &Value::Null).await.status, 200);
}
