//! Dead letters: what used up its attempts can be run again, under the same ids.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use common::jobs::dead_letter::{self, DeadLetter, DeadLetterFilter, RedriveError};
use common::jobs::{self, ErrorCode, JobState, NewStep, Registry, StepDone, StepError, StepState};
use common::kernel::DeadLetterId;
use serde_json::json;

use crate::support::{Bench, step};

struct Morgue {
    bench: Bench,
    works: Arc<AtomicBool>,
}

impl Morgue {
    async fn new() -> Self {
        Self { bench: Bench::new().await, works: Arc::default() }
    }

    fn registry(&self) -> Registry {
        let kind = |name, code| {
            let works = self.works.clone();
            step(name, move |_| {
                let works = works.load(Ordering::SeqCst);
                Box::pin(async move {
                    let away = StepError::transient(code, "the source is away");
                    if works { Ok(StepDone::default()) } else { Err(away) }
                })
            })
        };
        Registry::new()
            .with(kind("load", ErrorCode::SourceUnavailable))
            .with(kind("send", ErrorCode::DeliveryUnavailable))
            .with(kind("after", ErrorCode::InternalError))
    }

    /// A job that used up its attempts.
    async fn dead(&self, steps: impl IntoIterator<Item = NewStep>) -> jobs::JobView {
        let id = self.bench.submit(steps.into_iter().map(|step| step.max_attempts(2))).await;
        let worker = self.bench.start(self.registry(), self.bench.options());
        let job = self.bench.until_finished(id).await;
        worker.stop().await;
        job
    }

    async fn letters(&self, filter: DeadLetterFilter) -> Vec<DeadLetter> {
        let mut tx = self.bench.db.tenant(&self.bench.alpha).await.unwrap();
        dead_letter::list(&mut tx, &filter, None, 100).await.unwrap()
    }

    async fn open(&self) -> Vec<DeadLetter> {
        self.letters(DeadLetterFilter { open: true, ..DeadLetterFilter::default() }).await
    }

    async fn redrive(&self, id: DeadLetterId) -> Result<common::kernel::JobId, RedriveError> {
        let mut tx = self.bench.db.tenant(&self.bench.alpha).await.unwrap();
        let job = dead_letter::redrive(&mut tx, id).await?;
        tx.commit().await.unwrap();
        Ok(job)
    }
}

#[tokio::test]
async fn a_redriven_step_keeps_its_ids_and_gets_all_its_attempts() {
    let morgue = Morgue::new().await;
    let payload = json!({ "shard": 7 });
    let dead = morgue
        .dead([NewStep::new("load").payload(payload.clone()), NewStep::new("after").needs("load")])
        .await;
    let id = dead.summary.job_id;
    let letter = morgue.open().await.pop().unwrap();
    assert_eq!((letter.step_id, letter.job_id), (dead.steps[0].step_id, Some(id)));
    assert_eq!((letter.kind.as_str(), &letter.payload, letter.attempts), ("load", &payload, 2));
    assert_eq!(letter.error.code, "source_unavailable");

    // It dies again, after as many attempts, and keeps its letter.
    assert_eq!(morgue.redrive(letter.dead_letter_id).await.unwrap(), id);
    assert!(morgue.open().await.is_empty());
    let live = morgue.redrive(letter.dead_letter_id).await;
    assert!(matches!(live, Err(RedriveError::Live)), "{live:?}");
    let worker = morgue.bench.start(morgue.registry(), morgue.bench.options());
    morgue.bench.until_finished(id).await;
    let again = morgue.open().await.pop().unwrap();
    assert_eq!((again.dead_letter_id, again.attempts), (letter.dead_letter_id, 4));
    assert!(again.died_at > letter.died_at && again.created_at == letter.created_at);

    morgue.works.store(true, Ordering::SeqCst);
    morgue.redrive(letter.dead_letter_id).await.unwrap();
    let job = morgue.bench.until_job(id, "success", |job| job.summary.state == JobState::Succeeded);
    let job = job.await;
    worker.stop().await;
    assert!(job.steps.iter().all(|step| step.state == StepState::Done));
    assert_eq!((job.steps[0].step_id, job.steps[0].attempts), (letter.step_id, 5));
    let exceptions = &job.steps[0].exceptions;
    assert!(exceptions.len() == 4 && exceptions.iter().all(|e| e.resolved_at.is_some()));
    let done = morgue.redrive(letter.dead_letter_id).await;
    assert!(matches!(done, Err(RedriveError::Done)), "{done:?}");
    let unknown = morgue.redrive(DeadLetterId::mint()).await;
    assert!(matches!(unknown, Err(RedriveError::NotFound)), "{unknown:?}");
}

#[tokio::test]
async fn many_are_redriven_by_a_filter() {
    let morgue = Morgue::new().await;
    let loads = (0..3).map(|n| NewStep::new("load").key(n.to_string()));
    let job = morgue.dead(loads.chain([NewStep::new("send")])).await.summary.job_id;
    assert_eq!(morgue.open().await.len(), 4);
    let code = Some("source_unavailable".to_owned());
    let filter = DeadLetterFilter { code, ..DeadLetterFilter::default() };
    let mut tx = morgue.bench.db.tenant(&morgue.bench.alpha).await.unwrap();
    let outcomes = dead_letter::redrive_all(&mut tx, &filter, 2).await.unwrap();
    assert_eq!(outcomes.len(), 2, "no more than asked for");
    let outcomes = dead_letter::redrive_all(&mut tx, &filter, 100).await.unwrap();
    assert_eq!(outcomes.len(), 1, "only what is still dead");
    tx.commit().await.unwrap();
    let left = morgue.open().await;
    assert_eq!(left.iter().map(|l| l.kind.as_str()).collect::<Vec<_>>(), ["send"]);
    let ready = |step: &&jobs::StepView| step.state == StepState::Ready;
    assert_eq!(morgue.bench.job(job).await.steps.iter().filter(ready).count(), 3);
    let send = DeadLetterFilter { kind: Some("send".to_owned()), ..DeadLetterFilter::default() };
    assert_eq!(morgue.letters(send).await.len(), 1);
}

#[tokio::test]
async fn a_retried_job_takes_its_dead_letters_with_it() {
    let morgue = Morgue::new().await;
    let job = morgue.dead([NewStep::new("load")]).await.summary.job_id;
    let mut tx = morgue.bench.db.tenant(&morgue.bench.alpha).await.unwrap();
    jobs::control::retry(&mut tx, job).await.unwrap();
    tx.commit().await.unwrap();
    assert!(morgue.open().await.is_empty());
}
