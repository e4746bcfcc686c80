//! Caps and turns.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

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
