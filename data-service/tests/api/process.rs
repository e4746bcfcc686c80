//! The real binary: what a signal does to it, and what a crash cannot undo.

use std::process::Command;
use std::time::Duration;

use common::db::sql;
use serde_json::json;
use testkit::db::ServiceLogin;
use testkit::service::ServiceProcess;

use crate::support::Site;

fn start(site: &Site, role: &str) -> ServiceProcess {
    let mut command = Command::new(env!("CARGO_BIN_EXE_data-service"));
    command
        .arg(role)
        .env_remove("FOOTFALL_CONFIG")
        .env("FOOTFALL_DATABASE__URL", site.test.login_url(ServiceLogin::Data))
        .env("FOOTFALL_DATABASE__MAX_CONNECTIONS", "4")
        .env("FOOTFALL_WORKERS__CONCURRENCY", "1")
        .env("FOOTFALL_HTTP__INSECURE_LOOPBACK_COOKIES", "true")
        .env("FOOTFALL_CRYPTO__ACTIVE", "test")
        .env("FOOTFALL_CRYPTO__KEYS__TEST", "Y2FuYXJ5LTJmNmExYzBlOGIxMS1zZWFsaW5nLWtleS0=");
    ServiceProcess::start(command)
}

async fn post_job(process: &ServiceProcess, cookie: &str, day: &str) -> u16 {
    let answer = client()
        .post(format!("http://{}/data/v1/jobs", process.address()))
        .header("Cookie", cookie)
        .header("Origin", "http://localhost:8002")
        .header("Idempotency-Key", day)
        .json(&json!({ "kind": "ingest", "parameters": { "from": day, "to": day } }))
        .send()
        .await
        .unwrap();
    answer.status().as_u16()
}

#[expect(clippy::disallowed_methods, reason = "asks processes of its own")]
fn client() -> reqwest::Client {
    reqwest::Client::new()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_drains_both_roles() {
    let site = Site::new().await;
    for role in ["serve", "work"] {
        let process = start(&site, role);
        let ready = client().get(format!("http://{}/readyz", process.address())).send().await;
        assert_eq!(ready.unwrap().status().as_u16(), 200, "{role}");
        let ended = process.terminate(Duration::from_secs(10));
        assert_eq!(ended.status.code(), Some(0), "{role} after {:?}: {}", ended.took, ended.log);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_survives_a_killed_api() {
    let site = Site::new().await;
    let crashes = 200;
    let first = chrono::NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();
    let days: Vec<String> = first.iter_days().take(crashes).map(|day| day.to_string()).collect();
    let runtime = tokio::runtime::Handle::current();
    std::thread::scope(|scope| {
        for days in days.chunks(crashes / 4) {
            let (site, runtime) = (&site, &runtime);
            scope.spawn(move || {
                for day in days {
                    let process = start(site, "serve");
                    let status = runtime.block_on(post_job(&process, &site.alpha, day));
                    assert_eq!(status, 202, "{day}");
                    // Dropping it is `kill -9`.
                }
            });
        }
    });
    let stored: i64 = sql::query_scalar(
        "SELECT count(DISTINCT job_id) FROM job JOIN job_step USING (tenant_id, job_id)
         WHERE job.kind = 'ingest' AND job.state = 'pending'",
    )
    .fetch_one(&mut site.owner().await)
    .await
    .unwrap();
    assert_eq!(usize::try_from(stored).unwrap(), crashes);
}
