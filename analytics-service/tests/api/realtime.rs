//! `GET /stats/realtime`.

use std::cmp::Reverse;

use analytics_service::domain::realtime::PAGES;
use analytics_service::store::realtime::{Window, recent};
use common::auth::Role;
use common::db::sql;
use common::kernel::{DateRange, TenantScope};
use poem::http::StatusCode;
use serde_json::json;
use uuid::Uuid;

use crate::support::{PROPERTY, Site, day};

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
           client_key, session_key, page_path, transaction_id, user_pseudo_id)
         VALUES ($1, $3, $2, gen_random_uuid(), $6, $5, $4, $4, '/' || $6,
           CASE WHEN $6 = 'purchase' THEN 'T1' END, $7)",
    )
    .bind(tenant.tenant_id().uuid())
    .bind(PROPERTY)
    .bind(date)
    .bind(key)
    .bind(at.timestamp_micros())
    .bind(name)
    .bind(format!("c{client}"))
    .execute(&mut site.owner)
    .await
    .unwrap();
}

/// An event that a webhook brought.
#[derive(Debug, Clone, Copy, Default)]
struct Live<'l> {
    at: &'l str,
    name: &'l str,
    client: Option<&'l str>,
    session: Option<&'l str>,
    location: Option<&'l str>,
    transaction: Option<&'l str>,
    /// `/live` when it is none.
    page: Option<&'l str>,
}

async fn live(site: &mut Site, tenant: &TenantScope, event: Live<'_>) {
    let at: chrono::DateTime<chrono::Utc> = event.at.parse().unwrap();
    sql::query(
        "INSERT INTO live_event (tenant_id, property_id, event_micros, live_event_id,
           webhook_delivery_id, event_name, client_id, session_id, location, page_path,
           transaction_id)
         VALUES ($1, $2, $3, gen_random_uuid(), gen_random_uuid(), $4, $5, $6, $7, $9, $8)",
    )
    .bind(tenant.tenant_id().uuid())
    .bind(PROPERTY)
    .bind(at.timestamp_micros())
    .bind(event.name)
    .bind(event.client)
    .bind(event.session)
    .bind(event.location)
    .bind(event.transaction)
    .bind(event.page.unwrap_or("/live"))
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

#[tokio::test]
async fn what_webhooks_bring_is_shown_at_once_and_to_its_tenant() {
    let mut site = Site::new().await;
    let (alpha, beta) = (site.test_db.alpha(), site.test_db.beta());
    let viewer = site.viewer().await;
    for tenant in [&alpha, &beta] {
        site.facts(tenant).property(PROPERTY, "Europe/Berlin").await;
    }
    let view = Live { at: "2021-01-05T11:59:00.5Z", name: "page_view", ..Live::default() };
    live(&mut site, &beta, view).await;
    let nothing = site.get(PATH, &viewer).await.json();
    assert_eq!(nothing["meta"]["empty"]["code"], "not_loaded");

    live(&mut site, &alpha, Live { at: "2021-01-05T11:29:00Z", ..view }).await;
    let old = site.get(PATH, &viewer).await.json();
    assert_eq!(old["meta"]["empty"]["code"], "not_recent");
    for seen in 1..=3 {
        live(&mut site, &alpha, Live { client: Some("c1"), ..view }).await;
        let body = site.get(PATH, &viewer).await.json();
        let counts = json!({ "events": seen, "page_views": seen, "users": 1, "purchases": 0 });
        assert_eq!(body["counts"], counts);
        assert_eq!(body["pages"], json!([{ "page": "/live", "counts": counts }]));
        assert_eq!(body["minutes"][29]["counts"], counts);
        let meta = &body["meta"];
        assert_eq!(meta["newest_event_at"], "2021-01-05T12:59:00.500+01:00");
        assert_eq!(meta["newest_webhook_event_at"], meta["newest_event_at"]);
        assert_eq!(meta["newest_loaded_event_at"], json!(null));
    }
}

#[tokio::test]
async fn the_most_viewed_pages_are_named_and_no_others_are_read() {
    let mut site = Site::new().await;
    let alpha = site.test_db.alpha();
    site.facts(&alpha).property(PROPERTY, "Europe/Berlin").await;
    let view = Live { at: "2021-01-05T11:59:00Z", name: "page_view", ..Live::default() };
    // In the order of no language: as many views are ordered by bytes.
    let paths = ["/a", "/B", "/ä", "/b", "/A", "/Z", "/z", "/-", "/é", "/_", "/1", "/10", "/2"];
    let mut viewed: Vec<(usize, &str)> = Vec::new();
    for (at, path) in paths.into_iter().enumerate() {
        let views = 1 + at % 3;
        for _ in 0..views {
            live(&mut site, &alpha, Live { page: Some(path), ..view }).await;
        }
        viewed.push((views, path));
    }
    live(&mut site, &alpha, Live { name: "scroll", ..view }).await;
    viewed.sort_by_key(|(views, path)| (Reverse(*views), *path));
    let most: Vec<_> = viewed.iter().take(PAGES).map(|(_, path)| json!(path)).collect();
    let viewer = site.viewer().await;
    let body = site.get(PATH, &viewer).await.json();
    let pages = body["pages"].as_array().unwrap();
    assert_eq!(pages.iter().map(|page| page["page"].clone()).collect::<Vec<_>>(), most);
    assert_eq!(
        (&body["counts"]["events"], &body["counts"]["page_views"]),
        (&json!(26), &json!(25))
    );

    let window = Window {
        property_id: PROPERTY,
        days: DateRange::single(day("2021-01-05")),
        from: "2021-01-05T11:30:00Z".parse().unwrap(),
        until: "2021-01-05T12:00:00Z".parse().unwrap(),
        location: None,
    };
    let mut tx = site.db.tenant(&alpha).await.unwrap();
    let rows = recent(&mut tx, &window).await.unwrap();
    assert_eq!(rows.iter().filter(|row| row.page.is_some()).count(), PAGES);
    // Beside them the window and its one minute.
    assert_eq!(rows.len(), PAGES + 2);
}

#[tokio::test]
async fn an_event_that_is_loaded_and_came_by_webhook_counts_once() {
    let mut site = Site::new().await;
    let alpha = site.test_db.alpha();
    let viewer = site.viewer().await;
    site.facts(&alpha).property(PROPERTY, "Europe/Berlin").await;
    event(&mut site, &alpha, "2021-01-05T11:50:10.9Z", "page_view", (1, None)).await;
    event(&mut site, &alpha, "2021-01-05T11:50:20Z", "purchase", (1, None)).await;
    // The loaded purchase, and one of a day before under another number.
    sql::query(
        "INSERT INTO purchase (tenant_id, property_id, date, event_key, transaction_id,
           purchase_micros, quantity, kept)
         SELECT $1, $2, '2021-01-05', gen_random_uuid(), id, 0, 1, true
         FROM unnest(ARRAY['T1', 'T0']) AS id",
    )
    .bind(alpha.tenant_id().uuid())
    .bind(PROPERTY)
    .execute(&mut site.owner)
    .await
    .unwrap();
    let counts = async |site: &Site| site.get(PATH, &viewer).await.json()["counts"].clone();
    let loaded = json!({ "events": 2, "page_views": 1, "users": 1, "purchases": 1 });
    assert_eq!(counts(&site).await, loaded);

    let one = Some("c1");
    let view =
        Live { at: "2021-01-05T11:50:10.1Z", name: "page_view", client: one, ..Live::default() };
    let bought = Live { name: "purchase", transaction: Some("T1"), ..view };
    for same in [
        // The same second; a purchase by its number, whenever and by whomever it was told.
        view,
        bought,
        Live { at: "2021-01-05T11:58:00Z", client: None, ..bought },
        Live { transaction: Some("T0"), ..bought },
    ] {
        live(&mut site, &alpha, same).await;
        assert_eq!(counts(&site).await, loaded, "{same:?}");
    }
    let (mut events, mut users, mut purchases) = (2, 1, 1);
    for (other, person, purchase) in [
        (Live { at: "2021-01-05T11:50:11Z", ..view }, 0, 0),
        (Live { at: "2021-01-05T11:50:09.99Z", ..view }, 0, 0),
        (Live { name: "scroll", ..view }, 0, 0),
        (Live { client: Some("c2"), ..view }, 1, 0),
        // Of nobody in particular, so that nobody can tell.
        (Live { client: None, ..view }, 0, 0),
        (Live { transaction: Some("T2"), ..bought }, 0, 1),
        (Live { transaction: Some("T2"), ..bought }, 0, 0),
        (Live { at: "2021-01-05T11:50:21Z", transaction: None, ..bought }, 0, 1),
    ] {
        live(&mut site, &alpha, other).await;
        (events, users, purchases) = (events + 1, users + person, purchases + purchase);
        let now = counts(&site).await;
        let seen = (&now["events"], &now["users"], &now["purchases"]);
        assert_eq!(seen, (&json!(events), &json!(users), &json!(purchases)), "{other:?}");
    }
    let meta = site.get(PATH, &viewer).await.json()["meta"].clone();
    assert_eq!(meta["newest_loaded_event_at"], "2021-01-05T12:50:20+01:00");
    assert_eq!(meta["newest_webhook_event_at"], "2021-01-05T12:58:00+01:00");
    assert_eq!(meta["newest_event_at"], "2021-01-05T12:58:00+01:00");
}

#[tokio::test]
async fn webhook_events_count_for_the_branch_of_their_session() {
    let mut site = Site::new().await;
    let alpha = site.test_db.alpha();
    let mut facts = site.facts(&alpha);
    facts.property(PROPERTY, "Europe/Berlin").await;
    facts.location("B1", "One", None).await;
    facts.location("B2", "Two", None).await;
    let view = Live { at: "2021-01-05T11:50:00Z", name: "page_view", ..Live::default() };
    let session = Live { client: Some("c1"), session: Some("s1"), ..view };
    for event in [
        // Before the window, and what it was called first.
        Live { at: "2021-01-05T11:20:00Z", location: Some("B2"), ..session },
        session,
        Live { at: "2021-01-05T11:51:00Z", location: Some("B1"), ..session },
        Live { location: Some("B2"), ..view },
        view,
    ] {
        live(&mut site, &alpha, event).await;
    }
    let viewer = site.viewer().await;
    for (location, events) in [("B1", 2), ("B2", 1)] {
        let shown = site.get(&format!("{PATH}?location={location}"), &viewer).await.json();
        assert_eq!(shown["counts"]["events"], events, "{location}");
    }
    assert_eq!(site.get(PATH, &viewer).await.json()["counts"]["events"], 4);
    let member = site.login(&alpha, Role::Viewer).await;
    sql::query("UPDATE membership SET locations = '{B1}'").execute(&mut site.owner).await.unwrap();
    let own = site.get(&format!("{PATH}?location=B1"), &member).await.json();
    assert_eq!(own["counts"]["events"], 2);
    let other = site.get(&format!("{PATH}?location=B2"), &member).await;
    assert!(other.status.is_client_error(), "{}", other.text);
}
