//! Queries as jobs, the way BigQuery runs them.

use super::*;

const TEXT: &str = "SELECT `id`, `name` FROM `shop`.`analytics_1`.`events_20260131`";

struct Queries(Fixture);

impl Queries {
    async fn new(rows: i64) -> Self {
        let mut fixture = Fixture::new(numbered(rows)).await;
        fixture.token = fetch_token_for(&fixture.server, &fixture.client, JOBS).await;
        Self(fixture)
    }

    async fn insert(&self, body: &Json) -> (StatusCode, Json) {
        let url = format!("{}/projects/{PROJECT}/jobs", self.0.server.base_url());
        let request = self.0.client.post(url).bearer_auth(&self.0.token);
        self.0.json(request.json(body)).await
    }

    async fn results(&self, job: &str, query: &[(&str, &str)]) -> (StatusCode, Json) {
        self.0.json(self.0.get(&format!("queries/{job}")).query(query)).await
    }
}

fn job(id: &str, text: &str) -> Json {
    json!({
        "jobReference": { "projectId": PROJECT, "jobId": id, "location": "EU" },
        "configuration": { "query": { "query": text, "useLegacySql": false } },
    })
}

#[tokio::test]
async fn a_job_gives_its_rows_by_the_page_and_its_name_is_taken() {
    let queries = Queries::new(25).await;
    let (status, inserted) = queries.insert(&job("one", TEXT)).await;
    assert_eq!((status, &inserted["status"]["state"]), (StatusCode::OK, &json!("RUNNING")));
    let (status, again) = queries.insert(&job("one", TEXT)).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(again["error"]["errors"][0]["reason"], "duplicate");
    let eu = ("location", "EU");
    let (_, page) = queries.results("one", &[eu, ("maxResults", "10")]).await;
    assert_eq!(page["rows"].as_array().unwrap().len(), 10);
    assert_eq!((&page["totalRows"], &page["jobComplete"]), (&json!("25"), &json!(true)));
    assert_eq!(page["rows"][0]["f"].as_array().unwrap().len(), 2, "two columns");
    let token = page["pageToken"].as_str().unwrap();
    let (_, rest) = queries.results("one", &[eu, ("pageToken", token)]).await;
    assert_eq!(rest["rows"].as_array().unwrap().len(), 15);
    let (status, _) = queries.results("one", &[("location", "US")]).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "a job has one location");
}

#[tokio::test]
async fn a_job_costs_ten_megabytes_at_least_and_never_more_than_it_may() {
    let queries = Queries::new(2).await;
    let mut limited = job("one", TEXT);
    limited["configuration"]["query"]["maximumBytesBilled"] = json!("1000");
    let (status, refused) = queries.insert(&limited).await;
    assert_eq!(status, StatusCode::OK, "a failed job comes under a good status");
    assert_eq!(refused["status"]["errorResult"]["reason"], "bytesBilledLimitExceeded");
    assert_eq!(refused["statistics"]["query"]["totalBytesBilled"], "0");
    let (_, run) = queries.insert(&job("two", TEXT)).await;
    assert_eq!(run["statistics"]["query"]["totalBytesBilled"], "10485760");
    let mut judged = job("three", TEXT);
    judged["configuration"]["dryRun"] = json!(true);
    assert_eq!(queries.insert(&judged).await.1["statistics"]["totalBytesProcessed"], "512");
    let (status, _) = queries.results("three", &[("location", "EU")]).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "a dry run leaves no job");
}

#[tokio::test]
async fn what_cannot_be_run_is_refused() {
    let mut queries = Queries::new(1).await;
    let mut legacy = job("one", TEXT);
    legacy["configuration"]["query"]["useLegacySql"] = Json::Null;
    for body in [legacy, job("one", "select 1"), job("one", &TEXT.replace("name", "nothing"))] {
        let (status, answer) = queries.insert(&body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(answer["error"]["errors"][0]["reason"], "invalidQuery");
    }
    let (_, gone) = queries.insert(&job("two", &TEXT.replace("20260131", "20260201"))).await;
    assert_eq!(gone["status"]["errorResult"]["reason"], "notFound");
    queries.0.token = fetch_token(&queries.0.server, &queries.0.client).await;
    let (status, answer) = queries.insert(&job("three", TEXT)).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{answer}");
}

#[tokio::test]
async fn a_cancelled_job_and_one_that_breaks_off_say_so() {
    let queries = Queries::new(1).await;
    let eu = [("location", "EU")];
    for id in ["cancelled", "broken"] {
        queries.insert(&job(id, TEXT)).await;
    }
    queries.0.server.inject(Injection::new(Fault::Unfinished).on(Route::QueryResults));
    assert_eq!(queries.results("cancelled", &eu).await.1["jobComplete"], false);
    let cancel =
        format!("{}/projects/{PROJECT}/jobs/cancelled/cancel", queries.0.server.base_url());
    let cancel = queries.0.client.post(cancel).bearer_auth(&queries.0.token).query(&eu);
    assert_eq!(queries.0.json(cancel.json(&json!({}))).await.0, StatusCode::OK);
    let fault = Fault::JobFails { reason: "backendError", message: "try again" };
    queries.0.server.inject(Injection::new(fault).on(Route::QueryResults).after(1));
    for (id, reason) in [("cancelled", "stopped"), ("broken", "backendError")] {
        let (status, results) = queries.results(id, &eu).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(results["errors"][0]["reason"], reason);
        let (_, job) = queries.0.json(queries.0.get(&format!("jobs/{id}")).query(&eu)).await;
        assert_eq!(job["status"]["errorResult"]["reason"], reason);
        assert_eq!(job["status"]["state"], "DONE");
    }
}
