//! Schedules: every slot once, whoever looks how often, and streaks of failures.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use common::db::sql;
use common::jobs::schedule::{
    self, Alert, MissedPolicy, NewSchedule, OverlapPolicy, Planner, Refusal, ScheduleError,
    ScheduleView, Scheduler, Slot, Slots,
};
use common::jobs::{Class, ErrorCode, NewJob, NewStep, Registry, StepDone, StepError};
use common::kernel::{ManualClock, ScheduleId, SharedClock};
use serde_json::{Value, json};
use testkit::db::ServiceLogin;

use crate::support::{Bench, step};

/// Every schedule is one step; its parameters say how it ends.
struct Plans;

impl Planner for Plans {
    fn service(&self) -> &'static str {
        "test"
    }

    fn kinds(&self) -> Vec<String> {
        vec!["tick".to_owned()]
    }

    fn plan(&self, kind: &str, parameters: &Value, _slot: Slot) -> Result<NewJob, Refusal> {
        if parameters["unreadable"] == true {
            return Err(Refusal("the parameters cannot be read".to_owned()));
        }
        Ok(NewJob {
            kind: kind.to_owned(),
            unique_key: Some(format!("tick:{parameters}")),
            parameters: parameters.clone(),
            requested_by: String::new(),
            steps: vec![NewStep::new("tick").payload(parameters.clone()).max_attempts(1)],
        })
    }

    fn alert(&self, alert: &Alert) -> Option<NewJob> {
        Some(NewJob {
            kind: "alert".to_owned(),
            unique_key: None,
            parameters: json!({ "name": alert.name, "error": alert.error }),
            requested_by: "test".to_owned(),
            steps: vec![NewStep::new("alert")],
        })
    }
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn a_schedule(cron: &str) -> NewSchedule {
    NewSchedule {
        name: format!("{cron} {}", ScheduleId::mint()),
        kind: "tick".to_owned(),
        parameters: json!({}),
        cron: cron.to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        missed: MissedPolicy::Skip,
        overlap: OverlapPolicy::Allow,
        jitter_seconds: 0,
    }
}

struct Watch {
    bench: Bench,
    clock: ManualClock,
    scheduler: Scheduler,
}

impl Watch {
    async fn at(start: &str) -> Self {
        let bench = Bench::new().await;
        let clock = ManualClock::at(utc(start));
        let scheduler = Scheduler::new(bench.db.clone(), shared(&clock), Plans, "test");
        Self { bench, clock, scheduler }
    }

    async fn create(&self, new: &NewSchedule) -> ScheduleId {
        let mut tx = self.bench.db.tenant(&self.bench.alpha).await.unwrap();
        let view = schedule::create(&mut tx, &shared(&self.clock), new).await.unwrap();
        tx.commit().await.unwrap();
        view.schedule_id
    }

    async fn view(&self, id: ScheduleId) -> ScheduleView {
        let mut tx = self.bench.db.tenant(&self.bench.alpha).await.unwrap();
        schedule::show(&mut tx, id).await.unwrap().unwrap()
    }

    /// The slots that became jobs, with how many jobs each.
    async fn runs(&self, id: ScheduleId) -> BTreeMap<DateTime<Utc>, i64> {
        let rows: Vec<(DateTime<Utc>, i64)> = sql::query_as(
            "SELECT r.slot_at, count(*) FROM schedule_run r JOIN job j USING (tenant_id, job_id)
             WHERE r.schedule_id = $1 AND r.outcome = 'submitted' GROUP BY 1",
        )
        .bind(id.uuid())
        .fetch_all(&mut self.bench.owner().await)
        .await
        .unwrap();
        rows.into_iter().collect()
    }

    async fn jobs(&self, kind: &str) -> i64 {
        sql::query_scalar("SELECT count(*) FROM job WHERE kind = $1")
            .bind(kind)
            .fetch_one(&mut self.bench.owner().await)
            .await
            .unwrap()
    }

    /// The clock moves to the next slot, and the run's job ends as the closure says.
    async fn run_once(&self, end: fn() -> Result<StepDone, StepError>) {
        self.clock.advance(TimeDelta::hours(1));
        self.scheduler.tick().await.unwrap();
        let registry = Registry::new()
            .with(step("tick", move |_| Box::pin(async move { end() })))
            .with(step("alert", |_| Box::pin(async { Ok(StepDone::default()) })));
        self.bench.run(registry).await;
        self.scheduler.tick().await.unwrap();
    }
}

fn shared(clock: &ManualClock) -> SharedClock {
    Arc::new(clock.clone())
}

/// Five schedulers look at the same instants of 15 days around a change of the clocks.
async fn every_slot_once(start: &str, cases: &[(&str, usize)]) {
    let watch = Watch::at(start).await;
    let end = utc(start) + TimeDelta::days(15);
    let mut ids = Vec::new();
    for (cron, count) in cases {
        ids.push((watch.create(&a_schedule(cron)).await, *cron, *count));
    }
    let mut schedulers = Vec::new();
    for _ in 0..5 {
        let pool = watch.bench.test.connect(ServiceLogin::Data).await;
        schedulers.push(Scheduler::new(pool, shared(&watch.clock), Plans, "test"));
    }
    let mut now = utc(start);
    while now < end {
        now += TimeDelta::minutes(15);
        watch.clock.advance(TimeDelta::minutes(15));
        let [a, b, c, d, e] = schedulers.as_slice() else { panic!("five") };
        let looked = tokio::join!(a.tick(), b.tick(), c.tick(), d.tick(), e.tick());
        for looked in [looked.0, looked.1, looked.2, looked.3, looked.4] {
            looked.unwrap();
        }
    }
    for (id, cron, count) in ids {
        let slots = Slots::parse(cron, "Europe/Berlin").unwrap();
        let mut expected = slots.upcoming(utc(start), count + 1);
        assert!(expected.pop().is_some_and(|after| after > end), "{cron}: not {count} slots");
        let runs = watch.runs(id).await;
        assert_eq!(runs.keys().copied().collect::<Vec<_>>(), expected, "{cron}");
        assert!(runs.values().all(|jobs| *jobs == 1));
    }
    let jobs = cases.iter().map(|(_, count)| i64::try_from(*count).unwrap()).sum::<i64>();
    assert_eq!(watch.jobs("tick").await, jobs, "no job without its slot");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_schedulers_run_every_slot_once_when_clocks_go_forward() {
    every_slot_once(
        "2026-03-21T23:00:00Z",
        // Each local time once a day; the hour that is missing is one slot at its end.
        &[("30 2 * * *", 15), ("0 3 * * *", 15), ("*/30 1-3 * * *", 89), ("0 0 * * 1", 3)],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_schedulers_run_every_slot_once_when_clocks_go_back() {
    every_slot_once(
        "2026-10-17T22:00:00Z",
        &[("30 2 * * *", 15), ("0 3 * * *", 15), ("*/30 1-3 * * *", 90), ("0 0 * * 1", 2)],
    )
    .await;
}

#[tokio::test]
async fn after_26_hours_of_silence_the_policy_decides() {
    for (missed, runs) in [
        (MissedPolicy::Skip, 0),
        (MissedPolicy::RunOnce, 1),
        (MissedPolicy::CatchUp(5), 5),
        (MissedPolicy::CatchUp(100), 26),
    ] {
        let watch = Watch::at("2026-11-19T00:30:00Z").await;
        let overlap = OverlapPolicy::Skip;
        let id = watch.create(&NewSchedule { missed, overlap, ..a_schedule("0 * * * *") }).await;
        watch.clock.advance(TimeDelta::hours(26));
        watch.scheduler.tick().await.unwrap();
        watch.scheduler.tick().await.unwrap();
        assert_eq!(watch.runs(id).await.len(), runs, "{missed:?}");
        assert_eq!(watch.view(id).await.next_slot_at, Some(utc("2026-11-20T03:00:00Z")));
    }
}

#[tokio::test]
async fn a_slot_is_skipped_while_the_run_before_is_under_way() {
    let watch = Watch::at("2026-11-20T00:00:00Z").await;
    let overlap = OverlapPolicy::Skip;
    let id = watch.create(&NewSchedule { overlap, ..a_schedule("0 * * * *") }).await;
    let allowed = watch.create(&a_schedule("0 * * * *")).await;
    for _ in 0..3 {
        watch.clock.advance(TimeDelta::hours(1));
        watch.scheduler.tick().await.unwrap();
    }
    assert_eq!(watch.runs(id).await.len(), 1);
    assert_eq!(watch.runs(allowed).await.len(), 3);
    let overlapped: i64 =
        sql::query_scalar("SELECT count(*) FROM schedule_run WHERE outcome = 'overlapped'")
            .fetch_one(&mut watch.bench.owner().await)
            .await
            .unwrap();
    assert_eq!(overlapped, 2);
}

#[tokio::test]
async fn admins_are_told_once_per_streak() {
    let watch = Watch::at("2026-11-20T00:00:00Z").await;
    let id = watch.create(&a_schedule("0 * * * *")).await;
    let fails = || Err(StepError::permanent(ErrorCode::SourceNotFound, "the source is gone"));
    for streak in 1..=3 {
        watch.run_once(fails).await;
        let view = watch.view(id).await;
        assert_eq!((view.failure_streak, view.paused_at), (streak, None));
        assert_eq!(view.last_error.unwrap()["code"], "source_not_found");
        assert!(view.notified_at.is_some());
        assert_eq!(watch.jobs("alert").await, 1, "told with the first failure only");
    }
    watch.run_once(|| Ok(StepDone::default())).await;
    let view = watch.view(id).await;
    assert_eq!((view.failure_streak, view.notified_at, view.failing_since), (0, None, None));
    watch.run_once(fails).await;
    assert_eq!(watch.jobs("alert").await, 2, "a new streak is told again");
    let told_by: Vec<(String, String)> = sql::query_as(
        "SELECT metadata->>'source', metadata->>'actor' FROM outbox WHERE type = 'schedule.failed'",
    )
    .fetch_all(&mut watch.bench.owner().await)
    .await
    .unwrap();
    let once = ("test".to_owned(), format!("schedule:{id}"));
    assert_eq!(told_by, [once.clone(), once]);
}

#[tokio::test]
async fn a_failure_that_needs_a_setting_pauses_the_schedule() {
    let watch = Watch::at("2026-11-20T00:00:00Z").await;
    let id = watch.create(&a_schedule("0 * * * *")).await;
    watch
        .run_once(|| {
            Err(StepError::new(Class::Configuration, ErrorCode::ConnectionMissing, "no connection"))
        })
        .await;
    let view = watch.view(id).await;
    assert_eq!((view.failure_streak, view.pause_reason.as_deref()), (1, Some("configuration")));
    watch.run_once(|| Ok(StepDone::default())).await;
    assert_eq!(watch.runs(id).await.len(), 1, "a paused schedule does not run");

    let mut tx = watch.bench.db.tenant(&watch.bench.alpha).await.unwrap();
    schedule::resume(&mut tx, &shared(&watch.clock), id).await.unwrap();
    tx.commit().await.unwrap();
    watch.run_once(|| Ok(StepDone::default())).await;
    assert_eq!(watch.runs(id).await.len(), 2, "and what came meanwhile is nobody's");
    assert_eq!(watch.view(id).await.failure_streak, 0);
}

#[tokio::test]
async fn parameters_that_make_no_job_are_told_like_a_failure() {
    let watch = Watch::at("2026-11-20T00:00:00Z").await;
    let parameters = json!({ "unreadable": true });
    let id = watch.create(&NewSchedule { parameters, ..a_schedule("0 * * * *") }).await;
    watch.run_once(|| Ok(StepDone::default())).await;
    let view = watch.view(id).await;
    assert_eq!((view.failure_streak, view.pause_reason.as_deref()), (1, Some("configuration")));
    assert_eq!((watch.jobs("tick").await, watch.jobs("alert").await), (0, 1));
}

#[tokio::test]
async fn a_tenant_whose_200_schedules_all_fail_keeps_nobody_elses_from_running() {
    let watch = Watch::at("2026-11-20T00:00:00Z").await;
    let (bench, clock) = (&watch.bench, shared(&watch.clock));
    let mut tx = bench.db.tenant(&bench.alpha).await.unwrap();
    for _ in 0..200 {
        schedule::create(&mut tx, &clock, &a_schedule("59 * * * *")).await.unwrap();
    }
    let one_more = schedule::create(&mut tx, &clock, &a_schedule("59 * * * *")).await;
    assert!(matches!(one_more, Err(ScheduleError::TooMany)), "{one_more:?}");
    tx.commit().await.unwrap();
    let mut tx = bench.db.tenant(&bench.beta).await.unwrap();
    let later = schedule::create(&mut tx, &clock, &a_schedule("0 * * * *")).await.unwrap();
    tx.commit().await.unwrap();
    let tenant = bench.alpha.tenant_id();
    let refused = format!("CONSTRAINT not_this_tenant CHECK (tenant_id <> '{tenant}')");
    bench.execute(format!("ALTER TABLE schedule_run ADD {refused}")).await;
    watch.clock.advance(TimeDelta::hours(1));
    watch.scheduler.tick().await.unwrap();
    assert_eq!(watch.runs(later.schedule_id).await.len(), 1);
    assert_eq!(watch.jobs("tick").await, 1);
}

#[tokio::test]
async fn one_of_several_leads_and_another_follows_it() {
    let bench = Bench::new().await;
    let term = std::time::Duration::from_secs(60);
    let (first, second) =
        (common::db::Leader::new("test", term), common::db::Leader::new("test", term));
    assert!(first.lead(&bench.db).await.unwrap());
    assert!(!second.lead(&bench.db).await.unwrap());
    assert!(first.lead(&bench.db).await.unwrap(), "it renews its lead");
    second.resign(&bench.db).await.unwrap();
    assert!(first.lead(&bench.db).await.unwrap(), "nobody resigns for another");
    // The leader died: on database time its term is over.
    bench.execute("UPDATE leader SET expires_at = now() - interval '1 s'".to_owned()).await;
    assert!(second.lead(&bench.db).await.unwrap());
    assert!(!first.lead(&bench.db).await.unwrap());
}
