//! Real processes and a schedule: every slot becomes one job.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use common::db::sql;
use common::jobs::schedule::{self, MissedPolicy, NewSchedule, OverlapPolicy, ScheduleView, Slots};
use common::kernel::{Clock, ManualClock, SharedClock, SystemClock};
use data_service::app::scheduled_job::ScheduledJob;
use serde_json::json;

use crate::scene::Scene;

const CRON: &str = "*/15 * * * *";

/// Made a day ago, and nobody looked since.
async fn forgotten(scene: &Scene, since: DateTime<Utc>) -> ScheduleView {
    let clock: SharedClock = Arc::new(ManualClock::at(since));
    let job = ScheduledJob::Ingest { properties: Vec::new(), last_days: Some(1) };
    let new = NewSchedule {
        name: "forgotten".to_owned(),
        kind: job.kind().to_owned(),
        parameters: json!(job),
        cron: CRON.to_owned(),
        time_zone: "UTC".to_owned(),
        missed: MissedPolicy::CatchUp(1_000),
        overlap: OverlapPolicy::Allow,
        jitter_seconds: 0,
    };
    let mut tx = scene.db.tenant(&scene.test.alpha()).await.unwrap();
    let view = schedule::create(&mut tx, &clock, &new).await.unwrap();
    tx.commit().await.unwrap();
    view
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_processes_run_every_slot_once() {
    let scene = Scene::new(44).await;
    let now = SystemClock.now();
    let since = now - TimeDelta::hours(24);
    let id = forgotten(&scene, since).await.schedule_id;
    let due = Slots::parse(CRON, "UTC").unwrap().upcoming(since, 200);
    let due = due.iter().filter(|slot| **slot <= now).count();
    let first = scene.worker();
    let workers = [scene.worker(), scene.worker()];
    let decided = async || -> (i64, i64, i64) {
        let mut tx = scene.db.tenant(&scene.test.alpha()).await.unwrap();
        sql::query_as(
            "SELECT count(*), count(DISTINCT r.job_id),
                    (SELECT count(*) FROM job WHERE requested_by = 'schedule:' || $1::text)
             FROM schedule_run r WHERE r.schedule_id = $1",
        )
        .bind(id.uuid())
        .fetch_one(tx.conn())
        .await
        .unwrap()
    };
    scene.poll(async || (decided().await.0 > 0).then_some(())).await;
    // Whoever led may be this one: another takes over within the term.
    drop(first);
    scene
        .poll(async || {
            let (runs, ..) = decided().await;
            (runs >= i64::try_from(due).unwrap()).then_some(())
        })
        .await;
    let later = Slots::parse(CRON, "UTC").unwrap().upcoming(since, 200);
    let most = later.iter().filter(|slot| **slot <= SystemClock.now()).count();
    let (runs, jobs, requested) = decided().await;
    assert!((due..=most).contains(&usize::try_from(runs).unwrap()), "{runs} runs of {due} slots");
    assert_eq!((jobs, requested), (runs, runs), "one job a slot, and no other");
    drop(workers);
}
