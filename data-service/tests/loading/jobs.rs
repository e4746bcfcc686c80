//! Whole ingestions of a tenant by jobs: what they cost, how they are stopped, what a broken source does to them.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use common::crypto::Keyring;
use common::db::{Db, DbOptions, sql};
use common::jobs::{self, JobState, JobView, Registry, StepState, Worker, WorkerOptions};
use common::kernel::{Backoff, Clock, DateRange, JobId, Secret, SystemClock, TenantScope};
use common::net::{Breaker, BreakerSettings};
use data_service::adapters::bigquery::SystemPause;
use data_service::app::open_warehouse::Ingestion;
use data_service::app::submit_job::{IngestRequest, JobRequest, submit_job};
use data_service::jobs::{FindShards, LoadShard};
use serde_json::{Value, json};
use testkit::TestDb;
use testkit::bigquery::{Fault, Injection, Paging, Route, Server, TableSource};
use testkit::db::ServiceLogin;
use testkit::ga4::generator::Generator;
use tokio_util::sync::CancellationToken;

use crate::support::{DATASET, PROJECT, PROPERTY, daily, row_hash, serve, settings};

/// Ten megabytes: what a query of a small table is billed.
const LEAST: i64 = 10 << 20;
pub const FIRST: NaiveDate = NaiveDate::from_ymd_opt(2026, 3, 23).unwrap();

pub struct Scene {
    pub test: TestDb,
    pub db: Db,
    pub scope: TenantScope,
    pub server: Server,
    pub shop: Generator,
}

impl Scene {
    pub async fn new(days: u64, bigquery: Value) -> Self {
        let days = DateRange::new(FIRST, FIRST + chrono::Days::new(days - 1)).unwrap();
        let shop = Generator { sessions_per_day: 40, ..Generator::new(3, days) };
        let tables: Vec<_> = days.iter().map(|day| (day, shop.table(day))).collect();
        let server = serve(&tables).await;
        server.set_paging(Paging { max_rows: Some(100), ..Paging::default() });
        let test = TestDb::new().await;
        let db = test.connect(ServiceLogin::Data).await;
        let scope = test.alpha();
        let scene = Self { test, db, scope, server, shop };
        scene.connect(bigquery).await;
        scene
    }

    /// Stores the connection, with these settings besides its project.
    async fn connect(&self, mut bigquery: Value) {
        bigquery["project"] = json!(PROJECT);
        let settings = json!({
            "time_zone": "Europe/Berlin",
            "currency": "EUR",
            "properties": [{
                "property_id": PROPERTY, "dataset": DATASET, "time_zone": "Europe/Berlin",
            }],
        });
        let key = Secret::new(self.server.service_account_key_json());
        self.test.configure(&self.scope, &settings, &bigquery, &key).await;
    }

    fn ingestion(&self) -> Ingestion {
        let clock = Arc::new(SystemClock);
        let mut bigquery = settings(&self.server);
        bigquery.backoff_base_ms = 1;
        bigquery.backoff_cap_ms = 5;
        Ingestion {
            db: self.db.clone(),
            keyring: Arc::new(Keyring::from_settings(&TestDb::crypto()).unwrap()),
            bigquery,
            clock: clock.clone(),
            pause: Arc::new(SystemPause),
            circuit: Breaker::new("bigquery", BreakerSettings::default(), clock),
        }
    }

    async fn submit(&self) -> JobId {
        let mut tx = self.db.tenant(&self.scope).await.unwrap();
        let request = JobRequest::Ingest(IngestRequest::default());
        let submitted = submit_job(&mut tx, &request, "test".to_owned()).await.unwrap();
        tx.commit().await.unwrap();
        submitted.job_id
    }

    async fn show(&self, job: JobId) -> JobView {
        let mut tx = self.db.tenant(&self.scope).await.unwrap();
        jobs::show(&mut tx, job).await.unwrap().unwrap()
    }

    /// Works until the job is finished, doing `meanwhile` once beside it.
    async fn work(&self, job: JobId, meanwhile: impl Future<Output = ()>) -> JobView {
        let ingestion = self.ingestion();
        let registry =
            Registry::new().with(FindShards(ingestion.clone())).with(LoadShard(ingestion));
        let options = WorkerOptions {
            poll: Duration::from_millis(20),
            backoff: Backoff { base: Duration::from_millis(1), cap: Duration::from_millis(5) },
            ..WorkerOptions::new("test")
        };
        let url = DbOptions::new(Secret::new(self.test.login_url(ServiceLogin::Data)));
        let worker = Worker::new(self.db.clone(), url, registry, options);
        let stop = CancellationToken::new();
        let watch = async {
            meanwhile.await;
            loop {
                let view = self.show(job).await;
                if view.summary.state.finished() {
                    stop.cancel();
                    return view;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let (worked, view) = tokio::join!(worker.run(stop.clone()), watch);
        worked.unwrap();
        view
    }

    pub async fn ingest(&self) -> JobView {
        let job = self.submit().await;
        self.work(job, async {}).await
    }

    /// Estimated and billed bytes of every query that was granted.
    async fn costs(&self) -> Vec<(i64, Option<i64>)> {
        let mut tx = self.db.tenant(&self.scope).await.unwrap();
        sql::query_as("SELECT estimated_bytes, billed_bytes FROM query_cost ORDER BY reserved_at")
            .fetch_all(tx.conn())
            .await
            .unwrap()
    }

    fn requests(&self, route: Route) -> usize {
        self.server.request_log().iter().filter(|request| request.route == route).count()
    }

    /// Queries that were begun, and those that were only judged.
    fn queries(&self) -> (usize, usize) {
        let log = self.server.request_log().into_iter();
        let inserts: Vec<_> = log.filter(|request| request.route == Route::JobInsert).collect();
        let judged = inserts
            .iter()
            .filter(|request| request.body.as_ref().unwrap()["configuration"]["dryRun"] == true)
            .count();
        (inserts.len() - judged, judged)
    }

    async fn until(&self, route: Route) {
        while self.requests(route) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Puts other rows in the table of a day.
    fn change(&self, day: NaiveDate) {
        let other = Generator { seed: 77, ..self.shop.clone() };
        let rows = other.day(day).collect();
        let source = TableSource::rows(Generator::schema(), rows);
        self.server.replace(PROJECT, DATASET, &daily(day).table(), source);
    }
}

/// The exceptions of all steps.
fn exceptions(job: &JobView) -> Vec<jobs::Exception> {
    job.steps.iter().flat_map(|step| step.exceptions.clone()).collect()
}

fn ended(job: &JobView, state: StepState) -> usize {
    job.steps.iter().filter(|step| step.state == state).count()
}

#[tokio::test]
async fn queries_run_for_a_tenant_that_wants_them_and_their_price_is_recorded() {
    let scene = Scene::new(2, json!({ "read": "query", "location": "EU" })).await;
    let job = scene.ingest().await;
    assert_eq!(job.summary.state, JobState::Succeeded);
    assert_eq!(scene.requests(Route::TableData), 0);
    assert_eq!(scene.queries(), (2, 2));
    assert_eq!(scene.costs().await, [(LEAST, Some(LEAST)); 2]);
    let billed =
        job.steps.iter().filter_map(|step| step.outcome.as_ref()?["billed_bytes"].as_i64());
    assert_eq!(billed.collect::<Vec<_>>(), [LEAST; 2]);
    for request in scene.server.request_log() {
        let Some(body) = request.body else { continue };
        let configuration = &body["configuration"];
        assert_eq!(configuration["labels"]["footfall_job"], job.summary.job_id.to_string());
        let ceiling = configuration["query"]["maximumBytesBilled"].as_str();
        assert_eq!(ceiling.is_some(), configuration["dryRun"] != true);
    }
}

#[tokio::test]
async fn over_the_limit_of_one_query_none_runs() {
    let scene = Scene::new(1, json!({ "read": "query", "max_bytes_per_job": LEAST - 1 })).await;
    let job = scene.ingest().await;
    assert_eq!(job.summary.state, JobState::Failed);
    let told = &exceptions(&job)[0];
    assert_eq!((told.code.as_str(), told.class), ("cost_limit_exceeded", jobs::Class::Permanent));
    assert!(told.message.contains("10485760") && told.message.contains("10485759"), "{told:?}");
    assert_eq!(scene.queries(), (0, 1));
    assert_eq!(scene.costs().await, []);

    scene.connect(json!({ "read": "query", "max_bytes_per_job": LEAST })).await;
    assert_eq!(scene.ingest().await.summary.state, JobState::Succeeded);
}

#[tokio::test]
async fn over_the_budget_of_a_day_no_further_query_runs() {
    let scene = Scene::new(4, json!({ "read": "query", "max_bytes_per_day": 2 * LEAST + 1 })).await;
    let job = scene.ingest().await;
    assert_eq!(job.summary.state, JobState::Failed);
    assert_eq!(scene.queries(), (2, 4), "two fit, whatever runs beside them");
    assert_eq!((ended(&job, StepState::Done), ended(&job, StepState::Failed)), (3, 2));
    for told in exceptions(&job) {
        assert_eq!(told.code, "cost_limit_exceeded", "{told:?}");
        assert!(told.message.contains("20971520 of the 20971521 bytes"), "{}", told.message);
    }
}

#[tokio::test]
async fn a_cancelled_job_cancels_its_query_at_google() {
    let scene = Scene::new(1, json!({ "read": "query" })).await;
    let unfinished = Injection::new(Fault::Unfinished).on(Route::QueryResults).times(usize::MAX);
    scene.server.inject(unfinished);
    let job = scene.submit().await;
    let cancel = async {
        scene.until(Route::QueryResults).await;
        let mut tx = scene.db.tenant(&scene.scope).await.unwrap();
        jobs::cancel(&mut tx, job).await.unwrap();
        tx.commit().await.unwrap();
    };
    let view = scene.work(job, cancel).await;
    assert_eq!(view.summary.state, JobState::Cancelled);
    let took = view.summary.finished_at.unwrap() - view.summary.cancel_requested_at.unwrap();
    assert!(took < TimeDelta::seconds(5), "{took}");
    let log = scene.server.request_log();
    let asked = |route| log.iter().find(|request| request.route == route).unwrap();
    let body = log
        .iter()
        .filter_map(|request| request.body.as_ref()?["jobReference"]["jobId"].as_str())
        .next()
        .unwrap();
    assert!(asked(Route::JobCancel).path.ends_with(&format!("/jobs/{body}/cancel")));
    assert_eq!(asked(Route::JobCancel).status, Some(200));
    let mut tx = scene.db.tenant(&scene.scope).await.unwrap();
    let rows: i64 =
        sql::query_scalar("SELECT count(*) FROM event").fetch_one(tx.conn()).await.unwrap();
    assert_eq!(rows, 0);
}

#[tokio::test]
async fn a_refusal_is_told_at_once_with_reason_status_and_job() {
    let scene = Scene::new(1, json!({ "read": "query" })).await;
    let refused = Injection::new(Fault::access_denied()).on(Route::JobInsert).after(1);
    scene.server.inject(refused);
    let asked_at: DateTime<Utc> = SystemClock.now();
    let job = scene.ingest().await;
    let told = &exceptions(&job)[0];
    assert_eq!((told.code.as_str(), told.class), ("access_denied", jobs::Class::Permanent));
    assert!(told.message.contains("(accessDenied, HTTP 403, job footfall_"), "{}", told.message);
    assert!(told.at - asked_at < TimeDelta::seconds(5), "{}", told.at - asked_at);
    assert_eq!(told.attempt, 1);
}

#[tokio::test]
async fn a_property_that_refuses_keeps_no_other_from_being_loaded() {
    let scene = Scene::new(2, json!({})).await;
    let settings = json!({
        "time_zone": "Europe/Berlin",
        "currency": "EUR",
        "properties": [
            { "property_id": PROPERTY, "dataset": DATASET, "time_zone": "Europe/Berlin" },
            { "property_id": PROPERTY + 1, "dataset": "gone", "time_zone": "Europe/Berlin" },
        ],
    });
    let key = Secret::new(scene.server.service_account_key_json());
    scene.test.configure(&scene.scope, &settings, &json!({ "project": PROJECT }), &key).await;
    let job = scene.ingest().await;
    assert_eq!(job.summary.state, JobState::Failed);
    assert_eq!((ended(&job, StepState::Done), ended(&job, StepState::Failed)), (3, 1), "{job:?}");
    let refused = job.steps.iter().find(|step| step.state == StepState::Failed).unwrap();
    assert_eq!(refused.label, format!("find changed days of property {}", PROPERTY + 1));
    assert_eq!(refused.exceptions[0].code, "source_not_found");
    let found = job.steps.iter().find_map(|step| step.outcome.as_ref()?.get("refused_properties"));
    assert_eq!(found, Some(&json!([PROPERTY + 1])));
}

#[tokio::test]
async fn a_table_that_disappears_while_it_is_read_is_tried_again() {
    let scene = Scene::new(3, json!({})).await;
    let message = "Not found: Table";
    let gone = Fault::Error {
        status: 404,
        reason: "notFound",
        message,
        errors: true,
        retry_after_seconds: None,
    };
    let table = daily(FIRST).table();
    scene.server.inject(Injection::new(gone).on(Route::TableData).table(table).after(1));
    let job = scene.ingest().await;
    assert_eq!(job.summary.state, JobState::Succeeded, "{job:?}");
    let told = exceptions(&job);
    assert_eq!((told.len(), told[0].code.as_str()), (1, "source_changed"), "{told:?}");
    assert!(told[0].resolved_at.is_some());
}

#[tokio::test]
async fn an_extraction_error_never_replaces_good_data() {
    for read in ["list", "query"] {
        let scene = Scene::new(3, json!({ "read": read })).await;
        assert_eq!(scene.ingest().await.summary.state, JobState::Succeeded);
        let good = row_hash(&scene.db, &scene.scope).await;
        let route = if read == "list" { Route::TableData } else { Route::QueryResults };
        let broken = |fault| Injection::new(fault).on(route).after(2).times(usize::MAX);
        for fault in [Fault::access_denied(), Fault::Vanish] {
            scene.change(FIRST);
            scene.server.inject(broken(fault.clone()).table(daily(FIRST).table()));
            let vanishes = matches!(fault, Fault::Vanish);
            let job = scene.ingest().await;
            scene.server.clear_faults();
            if vanishes && read == "query" {
                // The rows of a query outlive their table, but the table is asked again at the end.
                assert_eq!(exceptions(&job)[0].code, "source_changed");
            }
            assert_eq!(job.summary.state, JobState::Failed, "{fault:?} by {read}");
            assert_eq!(row_hash(&scene.db, &scene.scope).await, good, "{fault:?} by {read}");
            let mut tx = scene.db.tenant(&scene.scope).await.unwrap();
            let staged: i64 = sql::query_scalar("SELECT count(*) FROM staging.load")
                .fetch_one(tx.conn())
                .await
                .unwrap();
            assert_eq!(staged, 0, "{fault:?} by {read}");
        }
        scene.change(FIRST);
        assert_eq!(scene.ingest().await.summary.state, JobState::Succeeded);
        assert_ne!(row_hash(&scene.db, &scene.scope).await, good, "new rows are loaded");
    }
}
