//! Days whose complete table does not come: the admins are told when that begins.

use chrono::{Days, NaiveDate};
use common::db::sql;
use common::jobs::JobState;
use data_service::domain::shard::{Shard, ShardKind};
use serde_json::{Value, json};

use crate::jobs::{FIRST, Scene};
use crate::support::{DATASET, PROJECT, PROPERTY, daily};

/// A day so long ago that its complete table should be there.
fn day(number: u64) -> NaiveDate {
    FIRST + Days::new(number)
}

fn streams(scene: &Scene, day: NaiveDate) {
    let table = Shard { date: day, kind: ShardKind::Intraday }.table();
    scene.server.replace(PROJECT, DATASET, &table, scene.shop.intraday_table(day));
}

fn completes(scene: &Scene, day: NaiveDate) {
    scene.server.replace(PROJECT, DATASET, &daily(day).table(), scene.shop.table(day));
    let intraday = Shard { date: day, kind: ShardKind::Intraday };
    scene.server.remove(PROJECT, DATASET, &intraday.table());
}

/// The days that alerts were submitted about, the oldest alert first.
async fn alerts(scene: &Scene) -> Vec<Value> {
    let mut tx = scene.db.tenant(&scene.scope).await.unwrap();
    sql::query_scalar(
        "SELECT payload->'days' FROM job_step
         WHERE kind = 'send_daily_missing_alert' AND (payload->>'property_id')::bigint = $1
         ORDER BY step_id",
    )
    .bind(PROPERTY)
    .fetch_all(tx.conn())
    .await
    .unwrap()
}

async fn look(scene: &Scene) -> u64 {
    let job = scene.ingest().await;
    assert_eq!(job.summary.state, JobState::Succeeded, "{job:?}");
    let outcome = job.steps[0].outcome.clone().unwrap();
    outcome["daily_missing_days"].as_u64().unwrap()
}

#[tokio::test]
async fn the_admins_are_told_once_when_complete_days_stay_away() {
    let scene = Scene::new(1, json!({})).await;
    assert_eq!(look(&scene).await, 0);
    streams(&scene, day(1));
    assert_eq!(look(&scene).await, 1);
    let first = json!([day(1)]);
    assert_eq!(alerts(&scene).await, std::slice::from_ref(&first));
    // Another one joins, and what streamed is gone from the source: still the same streak.
    streams(&scene, day(2));
    let intraday = Shard { date: day(1), kind: ShardKind::Intraday };
    scene.server.remove(PROJECT, DATASET, &intraday.table());
    assert_eq!(look(&scene).await, 2);
    assert_eq!(alerts(&scene).await.len(), 1, "told once");
    for number in [1, 2] {
        completes(&scene, day(number));
    }
    assert_eq!(look(&scene).await, 0);
    streams(&scene, day(3));
    assert_eq!(look(&scene).await, 1);
    assert_eq!(alerts(&scene).await, [first, json!([day(3)])], "a streak of its own");
    let mut tx = scene.db.tenant(&scene.scope).await.unwrap();
    let told: i64 =
        sql::query_scalar("SELECT count(*) FROM outbox WHERE type = 'property.daily_missing'")
            .fetch_one(tx.conn())
            .await
            .unwrap();
    assert_eq!(told, 2, "as an event too");
}
