//! How many statistics answers are computed at once.

use std::time::Duration;

use analytics_service::http::Turns;
use common::auth::Role;
use common::db::sql::Text;
use futures_util::future::join_all;
use poem::http::{Method, StatusCode};
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection, Row};

use crate::support::{PROPERTY, Rollup, Site};

const WAITING: &str = "SELECT count(*) FROM pg_locks
     WHERE relation = 'day_rollup'::regclass AND NOT granted";

const BUSY: &str = "urn:footfall:problem:statistics_busy";

fn overview(last: &str) -> String {
    format!("/analytics/v1/stats/overview?first=2020-12-20&last={last}")
}

#[tokio::test]
async fn answers_wait_for_their_turn_without_a_connection_and_finished_ones_need_none() {
    let mut site = Site::with(Turns::new(1, Duration::from_millis(300))).await;
    let alpha = site.test_db.alpha();
    let analyst = site.login(&alpha, Role::Analyst).await;
    let mut facts = site.facts(&alpha);
    facts.property(PROPERTY, "UTC").await;
    facts.day("2020-12-20", "", Rollup { sessions: 3, ..Rollup::default() }).await;
    let finished = overview("2020-12-20");
    let known = site.get(&finished, &analyst).await;
    assert_eq!(known.status, StatusCode::OK, "{}", known.text);

    // The only turn is taken by an answer that cannot go on.
    let mut owner = PgConnection::connect(site.test_db.owner_url()).await.unwrap();
    let lock = "BEGIN; LOCK TABLE day_rollup IN ACCESS EXCLUSIVE MODE".to_owned();
    owner.execute(Text::trusted(lock)).await.unwrap();
    let others = async {
        let mut waiting = 0;
        while waiting == 0 {
            let row = owner.fetch_one(Text::trusted(WAITING.to_owned())).await.unwrap();
            waiting = row.get::<i64, _>(0);
        }
        // More than there are connections.
        let (day, other) = (overview("2020-12-22"), overview("2020-12-23"));
        for answer in join_all((0..40).map(|_| site.get(&day, &analyst))).await {
            assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.text);
            assert_eq!(answer.json()["type"], BUSY, "{}", answer.text);
            assert_eq!(answer.header("retry-after"), "2");
        }
        let range = "first=2020-12-20&last=2020-12-21";
        for path in [
            format!("stats/series?{range}"),
            format!("stats/locations?{range}"),
            format!("stats/breakdown?{range}&dimension=device"),
            format!("stats/funnel?{range}"),
            format!("stats/retention?{range}"),
            "stats/realtime".to_owned(),
            format!("reports/preview?{range}&location=B1"),
        ] {
            let answer = site.get(&format!("/analytics/v1/{path}"), &analyst).await;
            assert_eq!(answer.json()["type"], BUSY, "{path}: {}", answer.text);
        }
        let query = json!({ "first": "2020-12-20", "last": "2020-12-21", "metrics": ["sessions"] });
        let export = json!({ "format": "csv", "query": query });
        for (path, body) in [("query", query), ("export", export)] {
            let answer = site.post(&format!("/analytics/v1/stats/{path}"), &analyst, body).await;
            assert_eq!(answer.json()["type"], BUSY, "{path}: {}", answer.text);
        }
        let again = site.get(&finished, &analyst).await;
        assert_eq!((again.status, &again.text), (StatusCode::OK, &known.text));
        let headers = [("cookie", analyst.as_str()), ("if-none-match", known.header("etag"))];
        let unchanged = site.send(Method::GET, &finished, &headers, None).await;
        assert_eq!(unchanged.status, StatusCode::NOT_MODIFIED);
        let health = site.get("/analytics/v1/health/database", &analyst).await;
        assert_eq!(health.status, StatusCode::OK);

        // It ends while somebody waits.
        let release = async {
            tokio::task::yield_now().await;
            owner.execute(Text::trusted("COMMIT".to_owned())).await.unwrap();
        };
        let (next, ()) = tokio::join!(site.get(&other, &analyst), release);
        assert_eq!(next.status, StatusCode::OK, "{}", next.text);
    };
    let stuck = overview("2020-12-21");
    let (computed, ()) = tokio::join!(site.get(&stuck, &analyst), others);
    assert_eq!(computed.status, StatusCode::OK, "{}", computed.text);
}
