//! What a request caused bears its ids: the job, the events its steps tell, and the audit trail.

use common::audit::{self, Entry};
use common::db::sql;
use common::events::{Event, publish};
use common::jobs::{NewStep, Registry, StepDone};
use common::kernel::JobId;
use common::telemetry::{TraceContext, with_request_id};
use serde_json::{Value, json};

use crate::support::{Bench, step};

/// Request id and `traceparent` of the job's row, of the event, and the id in the audit trail.
type Ids = (Option<String>, Option<String>);

async fn stored(bench: &Bench, job: JobId) -> (Ids, Value, Option<String>) {
    let mut tx = bench.db.tenant(&bench.alpha).await.unwrap();
    let job = sql::query_as("SELECT request_id, traceparent FROM job WHERE job_id = $1")
        .bind(job.uuid())
        .fetch_one(tx.conn())
        .await
        .unwrap();
    let event = sql::query_scalar("SELECT metadata FROM outbox ORDER BY arrival DESC LIMIT 1");
    let event = event.fetch_one(tx.conn()).await.unwrap();
    let line = "SELECT request_id FROM audit_entry ORDER BY audit_entry_id DESC LIMIT 1";
    let line = sql::query_scalar(line).fetch_one(tx.conn()).await.unwrap();
    (job, event, line)
}

#[tokio::test]
async fn ids_of_a_request_go_into_its_job_events_and_audit_lines() {
    let bench = Bench::new().await;
    let registry = || {
        Registry::new().with(step("tell", |context| {
            Box::pin(async move {
                let mut tx = context.fenced().await?;
                let event = Event {
                    kind: "test.told",
                    schema_version: 1,
                    source: "test",
                    aggregate_type: "test",
                    aggregate_id: context.job_id().to_string(),
                    sequence: 1,
                    actor: "test",
                    payload: json!({}),
                };
                publish(&mut tx, &event).await?;
                audit::record(&mut tx, &Entry::done("service:test", "test.told", "test")).await?;
                Ok(StepDone::with_tx(tx, json!({})))
            })
        }))
    };
    let trace = TraceContext::root();
    let submitted = trace.scope(bench.submit([NewStep::new("tell")]));
    let asked = with_request_id("req-7".into(), submitted).await;
    bench.run(registry()).await;
    let (job, event, line) = stored(&bench, asked).await;
    assert_eq!(job, (Some("req-7".to_owned()), Some(trace.to_string())));
    assert_eq!(event["request_id"], "req-7");
    let told: TraceContext = event["traceparent"].as_str().unwrap().parse().unwrap();
    assert_eq!(told.trace_id(), trace.trace_id());
    assert_ne!(told, trace, "a span of its own");
    assert_eq!(line.as_deref(), Some("req-7"));

    // Nobody asked for this one.
    let own = bench.submit([NewStep::new("tell")]).await;
    bench.run(registry()).await;
    let (job, event, line) = stored(&bench, own).await;
    assert_eq!((job, line), ((None, None), None));
    assert_eq!(event["request_id"], Value::Null);
    let alone: TraceContext = event["traceparent"].as_str().unwrap().parse().unwrap();
    assert_ne!(alone.trace_id(), trace.trace_id());
}
