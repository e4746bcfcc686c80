//! Caps and turns.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::jobs::control::{self, Share};
use common::jobs::{NewStep, Registry, StepDone, WorkerOptions};
use common::kernel::TenantId;

use crate::support::{Bench, job, step};

/// What every tenant gets until someone decides otherwise.
const SLOTS: usize = 4;

#[tokio::test]
async fn no_tenant_ever_runs_more_steps_than_it_has_slots() {
    let bench = Bench::new().await;
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let registry = || {
        let (now, most) = (now.clone(), most.clone());
        Registry::new().with(step("busy", move |_| {
            let (now, most) = (now.clone(), most.clone());
            Box::pin(async move {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(30)).await;
                now.fetch_sub(1, Ordering::SeqCst);
                Ok(StepDone::default())
            })
        }))
    };
    let id = bench.submit((0..60).map(|n| NewStep::new("busy").key(n.to_string()))).await;
    let workers: Vec<_> = (0..4).map(|_| bench.start(registry(), bench.options())).collect();
    let job = bench.until_finished(id).await;
    for worker in workers {
        worker.stop().await;
    }
    assert_eq!(job.summary.steps.done, 60);
    assert!(job.steps.iter().all(|step| step.attempts == 1));
    assert_eq!(most.load(Ordering::SeqCst), SLOTS, "work-conserving, and never above the cap");
}

#[tokio::test]
async fn eight_workers_keep_to_the_cap_while_some_of_them_die() {
    let bench = Bench::new().await;
    let registry = || {
        Registry::new().with(step("busy", |_| {
            Box::pin(async {
                tokio::time::sleep(Duration::from_millis(50)).await;
                Ok(StepDone::default())
            })
        }))
    };
    let id = bench
        .submit((0..100).map(|n| NewStep::new("busy").key(n.to_string()).max_attempts(100)))
        .await;
    let mut workers: Vec<_> = (0..8).map(|_| bench.start(registry(), bench.options())).collect();
    let mut owner = bench.owner().await;
    let (mut most, mut looks) = (0, 0);
    loop {
        let (leases, done): (i64, i64) = common::db::sql::query_as(
            "SELECT (SELECT count(*) FROM lease),
                    (SELECT count(*) FROM job_step WHERE state = 'done')",
        )
        .fetch_one(&mut owner)
        .await
        .unwrap();
        most = most.max(leases);
        looks += 1;
        // Dropping one is the in-process form of `kill -9`: its leases run out by themselves.
        if done >= 20 * (9 - i64::try_from(workers.len()).unwrap()) && workers.len() > 5 {
            drop(workers.pop());
        }
        if done == 100 {
            break;
        }
    }
    for worker in workers {
        worker.stop().await;
    }
    assert!(looks > 100, "it was looked at only {looks} times");
    assert!(most <= 4, "{most} leases for {SLOTS} slots");
    let job = bench.until_finished(id).await;
    assert_eq!(job.summary.steps.done, 100, "slots of the dead came back");
}

#[tokio::test]
async fn a_tenant_with_little_work_does_not_wait_for_one_with_much() {
    let bench = Bench::new().await;
    let started: Arc<Mutex<Vec<TenantId>>> = Arc::default();
    let log = started.clone();
    let (alpha, beta) = (bench.alpha.tenant_id(), bench.beta.tenant_id());
    let late = {
        let (db, beta) = (bench.db.clone(), bench.beta.clone());
        move || {
            let (db, beta) = (db.clone(), beta.clone());
            async move {
                let mut tx = db.tenant(&beta).await.unwrap();
                let steps = (0..20).map(|n| NewStep::new("turn").key(n.to_string()));
                common::jobs::submit(&mut tx, job(steps)).await.unwrap();
                tx.commit().await.unwrap();
            }
        }
    };
    let registry = Registry::new().with(step("turn", move |context| {
        let late = late.clone();
        let mut log = log.lock().unwrap();
        log.push(context.scope().tenant_id());
        let tenth = log.len() == 10;
        drop(log);
        Box::pin(async move {
            if tenth {
                late().await;
            }
            Ok(StepDone::default())
        })
    }));
    bench.submit((0..60).map(|n| NewStep::new("turn").key(n.to_string()))).await;
    let options = WorkerOptions { concurrency: 1, ..bench.options() };
    bench.worker(registry, options).run_until_idle().await.unwrap();
    let started = started.lock().unwrap();
    assert_eq!(started.len(), 80);
    assert!(started[..10].iter().all(|tenant| *tenant == alpha), "a lone tenant uses everything");
    assert_eq!(started[10], beta, "the newcomer's turn is the next one");
    let of_beta = started[10..50].iter().filter(|tenant| **tenant == beta).count();
    assert!((16..=20).contains(&of_beta), "they take turns, but beta had {of_beta} of 40");
}

#[tokio::test]
async fn under_contention_turns_follow_the_weights() {
    let bench = Bench::new().await;
    let mut tx = bench.db.tenant(&bench.alpha).await.unwrap();
    control::set_share(&mut tx, Share { slots: Some(8), weight: Some(3.0) }).await.unwrap();
    tx.commit().await.unwrap();
    let started: Arc<Mutex<Vec<TenantId>>> = Arc::default();
    let log = started.clone();
    let registry = Registry::new().with(step("turn", move |context| {
        log.lock().unwrap().push(context.scope().tenant_id());
        Box::pin(async { Ok(StepDone::default()) })
    }));
    let steps = |count: i32| job((0..count).map(|n| NewStep::new("turn").key(n.to_string())));
    for _ in 0..2 {
        bench.submit_as(&bench.alpha, steps(180)).await;
        bench.submit_as(&bench.beta, steps(180)).await;
    }
    // Fewer places than either tenant has slots: there is something to share out.
    let options = WorkerOptions { concurrency: 3, ..bench.options() };
    bench.worker(registry, options).run_until_idle().await.unwrap();
    let started = started.lock().unwrap();
    assert_eq!(started.len(), 720);
    let of_alpha = started[..400].iter().filter(|t| **t == bench.alpha.tenant_id()).count();
    assert!((285..=315).contains(&of_alpha), "alpha had {of_alpha} of 400 turns, not 300");
}

#[tokio::test]
async fn one_step_starts_within_one_claim_beside_ten_thousand() {
    let bench = Bench::new().await;
    let started: Arc<Mutex<Vec<TenantId>>> = Arc::default();
    let log = started.clone();
    let queued = format!(
        "INSERT INTO job_step (tenant_id, step_id, job_id, kind, label, state, run_at)
         SELECT tenant_id, gen_random_uuid(), job_id, 'turn', 'turn', 'ready', now() - interval '1 day'
         FROM job, generate_series(1, 10000) WHERE tenant_id = '{}'",
        bench.alpha.tenant_id()
    );
    bench.submit([NewStep::new("turn")]).await;
    bench.execute(queued).await;
    let (db, beta) = (bench.db.clone(), bench.beta.clone());
    let registry = Registry::new().with(step("turn", move |context| {
        let mut log = log.lock().unwrap();
        log.push(context.scope().tenant_id());
        let fifth = log.len() == 5;
        drop(log);
        let (db, beta) = (db.clone(), beta.clone());
        Box::pin(async move {
            if fifth {
                let mut tx = db.tenant(&beta).await?;
                common::jobs::submit(&mut tx, job([NewStep::new("turn")])).await.unwrap();
                tx.commit().await?;
            }
            Ok(StepDone::default())
        })
    }));
    let options = WorkerOptions { concurrency: 1, ..bench.options() };
    let worker = bench.start(registry, options);
    let of_beta = bench.beta.tenant_id();
    let at = crate::support::until("beta's step", async || {
        started.lock().unwrap().iter().position(|tenant| *tenant == of_beta)
    })
    .await;
    worker.stop().await;
    assert_eq!(at, 5, "the claim after the one that it came with");
}

#[tokio::test]
async fn a_cap_can_be_raised_and_lowered() {
    let bench = Bench::new().await;
    bench.submit([NewStep::new("x")]).await;
    let mut owner = bench.owner().await;
    for slots in [9, 2, 5] {
        let mut tx = bench.db.tenant(&bench.alpha).await.unwrap();
        let share = Share { slots: Some(slots), weight: None };
        control::set_share(&mut tx, share).await.unwrap();
        tx.commit().await.unwrap();
        let count: i64 = common::db::sql::query_scalar("SELECT count(*) FROM tenant_slot")
            .fetch_one(&mut owner)
            .await
            .unwrap();
        assert_eq!(count, i64::from(slots));
    }
}
