//! `GET /stats/realtime`.

use common::auth::Role;
use common::db::sql;
use common::kernel::TenantScope;
use poem::http::StatusCode;
use serde_json::json;
use uuid::Uuid;

use crate::support::{PROPERTY, Site};

const PATH: &str = "/analytics/v1/stats/realtime";

/// An event of a session in Berlin; the site's clock stands at 2021-01-05T12:00Z.
async fn event(
    site: &mut Site,
    tenant: &TenantScope,
    at: &str,
    name: &str,
    who: (u8, Option<&str>),
) {
    let at: chrono::DateTime<chrono::Utc> = at.parse().unwrap();
    let (client, branch) = who;
    let date = at.with_timezone(&chrono_tz::Europe::Berlin).date_naive();
    let key = Uuid::from_u128(client.into());
    sql::query(
        "WITH partition AS (SELECT ensure_event_partition($3)),
         session AS (
           INSERT INTO session_day (tenant_id, property_id, date, session_key, client_key,
             client_number, ga_session_id, events, page_views, engagement_msec, first_micros,
             last_micros, day_screen_views, day_key_events, day_first_visit, day_checkout,
             day_converted, day_cart_net, engaged, converted, cart, checkout, branch)
           SELECT $1, $2, $3, $4, $4, 1, 1, 1, 1, 0, $5, $5, 0, 0, false, false, false, 0, true,
             false, false, false, $7 FROM partition
           ON CONFLICT (tenant_id, property_id, date, session_key)
           DO UPDATE SET last_micros = greatest(session_day.last_micros, excluded.last_micros))
         SELECT 1",
    )
    .bind(tenant.tenant_id().uuid())
    .bind(PROPERTY)
    .bind(date)
    .bind(key)
    .bind(at.timestamp_micros())
    .bind(name)
    .bind(branch)
    .execute(&mut site.owner)
    .await
    .unwrap();
    sql::query(
        "INSERT INTO event (tenant_id, event_date, property_id, event_key, event_name, event_micros,
           client_key, session_key, page_path, transaction_id)
         VALUES ($1, $3, $2, gen_random_uuid(), $6, $5, $4, $4, '/' || $6,
           CASE WHEN $6 = 'purchase' THEN 'T1' END)",
    )
    .bind(tenant.tenant_id().uuid())
    .bind(PROPERTY)
    .bind(date)
    .bind(key)
    .bind(at.timestamp_micros())
    .bind(name)
    .execute(&mut site.owner)
    .await
    .unwrap();
}

#[tokio::test]
async fn the_last_half_hour_is_shown_minute_by_minute() {
    let mut site = Site::new().await;
    let (alpha, beta) = (site.test_db.alpha(), site.test_db.beta());
    let viewer = site.viewer().await;
    let nothing = site.get(PATH, &viewer).await.json();
    assert_eq!(nothing["meta"]["empty"]["code"], "no_property");

    for tenant in [&alpha, &beta] {
        site.facts(tenant).property(PROPERTY, "Europe/Berlin").await;
    }
    let unloaded = site.get(PATH, &viewer).await.json();
    assert_eq!(unloaded["meta"]["empty"]["code"], "not_loaded");

    event(&mut site, &alpha, "2021-01-05T11:29:59Z", "page_view", (1, Some("B1"))).await;
    let old = site.get(PATH, &viewer).await.json();
    assert_eq!(old["meta"]["empty"]["code"], "not_recent");
    assert_eq!(old["counts"], json!(null), "no data is no zero");

    for (at, name, who) in [
        ("2021-01-05T11:30:00Z", "page_view", (1, Some("B1"))),
        ("2021-01-05T11:59:10Z", "page_view", (2, None)),
        ("2021-01-05T11:59:20Z", "purchase", (2, None)),
        ("2021-01-05T11:59:30Z", "purchase", (2, None)),
        // By a clock that is ahead.
        ("2021-01-05T12:00:00Z", "page_view", (2, None)),
    ] {
        event(&mut site, &alpha, at, name, who).await;
    }
    event(&mut site, &beta, "2021-01-05T11:58:00Z", "page_view", (3, None)).await;
    let answer = site.get(PATH, &viewer).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let body = answer.json();
    let counts = json!({ "events": 4, "page_views": 2, "users": 2, "purchases": 1 });
    assert_eq!(body["counts"], counts);
    let minutes = body["minutes"].as_array().unwrap();
    assert_eq!(minutes.len(), 30);
    assert_eq!(minutes[0]["start"], "2021-01-05T12:30:00+01:00");
    assert_eq!(minutes[0]["counts"]["events"], 1);
    assert_eq!(minutes[1]["counts"]["events"], 0);
    assert_eq!(minutes[29]["counts"]["users"], 1);
    assert_eq!(
        body["pages"],
        json!([{ "page": "/page_view", "counts":
        { "events": 2, "page_views": 2, "users": 2, "purchases": 0 } }])
    );
    assert_eq!(body["meta"]["newest_event_at"], "2021-01-05T13:00:00+01:00");
    assert_eq!(answer.header("cache-control"), "private, no-store");

    site.facts(&alpha).location("B1", "One", None).await;
    let branch = site.get(&format!("{PATH}?location=B1"), &viewer).await.json();
    assert_eq!(branch["counts"]["events"], 1);
    let member = site.login(&alpha, Role::Viewer).await;
    sql::query("UPDATE membership SET locations = '{B1}'").execute(&mut site.owner).await.unwrap();
    let whole = site.get(PATH, &member).await;
    assert_eq!(whole.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", whole.text);
    let own = site.get(&format!("{PATH}?location=B1"), &member).await.json();
    assert_eq!(own["counts"]["events"], 1);
}
