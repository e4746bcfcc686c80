//! Queries as jobs: `jobs.insert`, `jobs.get`, `jobs.cancel`, `getQueryResults`. A job is done as soon as it is asked about,
//! unless a fault says otherwise.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use poem::http::StatusCode;
use serde_json::{Value as Json, json};

use super::answer::ApiError;
use super::catalogue::{Catalogue, Table};
use super::routes::Call;
use super::statement::{NotUnderstood, Statement};

/// What BigQuery bills at least for a table, and in which steps.
const MEGABYTE: u64 = 1 << 20;
const LEAST_BILLED: u64 = 10 * MEGABYTE;

/// A projection of an export row measures about a quarter of the kilobyte that a whole row does.
const ROW_BYTES: u64 = 256;

/// Why a job failed.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub reason: &'static str,
    pub message: String,
}

#[derive(Debug, Clone)]
pub(super) struct Job {
    id: String,
    project: String,
    location: String,
    pub dataset: String,
    pub table_name: String,
    configuration: Json,
    /// The rows of the result: those of the table as it was when the job came.
    pub result: Option<QueryResult>,
    failure: Option<Failure>,
    processed: u64,
}

#[derive(Debug, Clone)]
pub(super) struct QueryResult {
    pub table: Table,
    /// As in `selectedFields`.
    pub fields: String,
    /// What sets the rows apart from other rows of the same table.
    pub only: String,
}

/// The jobs of all projects, by project and id.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    by_id: Mutex<BTreeMap<(String, String), Job>>,
}

impl Jobs {
    pub(super) fn find(&self, call: &Call) -> Result<Job, ApiError> {
        let id = call.job.clone().unwrap_or_default();
        let not_found = || ApiError::not_found(&format!("Job {}:{id}", call.project));
        let job = self.locked().get(&(call.project.clone(), id.clone())).cloned();
        let job = job.ok_or_else(not_found)?;
        // A job is looked for in one location only.
        let there = call.query("location").unwrap_or("US").eq_ignore_ascii_case(&job.location);
        if there { Ok(job) } else { Err(not_found()) }
    }

    /// Lets the job fail, if it is there.
    pub(super) fn fail(&self, call: &Call, failure: &Failure) {
        let id = call.job.clone().unwrap_or_default();
        if let Some(job) = self.locked().get_mut(&(call.project.clone(), id)) {
            job.failure = Some(failure.clone());
        }
    }

    /// `jobs.insert`; with `failure` the job comes to nothing.
    pub(super) fn insert(
        &self,
        call: &Call,
        catalogue: &Catalogue,
        failure: Option<Failure>,
    ) -> Result<Json, ApiError> {
        let body = call.body.as_ref().ok_or_else(|| invalid("no job".to_owned()))?;
        let configuration = &body["configuration"];
        let statement = statement(configuration)?;
        let key = (statement.project.clone(), statement.dataset.clone());
        let entry = catalogue.dataset(&key);
        let home = entry.map(|entry| entry.location);
        let asked = body["jobReference"]["location"].as_str().map(str::to_owned);
        let location = asked.or_else(|| home.clone()).unwrap_or_else(|| "US".to_owned());
        let id = body["jobReference"]["jobId"].as_str().unwrap_or("job_stand_in").to_owned();
        let mut job = Job {
            id,
            project: call.project.clone(),
            location,
            dataset: statement.dataset.clone(),
            table_name: statement.table.clone(),
            configuration: configuration.clone(),
            result: None,
            failure,
            processed: 0,
        };
        if job.failure.is_none() {
            let elsewhere = home.is_none_or(|home| !home.eq_ignore_ascii_case(&job.location));
            let table = catalogue.table(&key, &statement.table).filter(|_| !elsewhere);
            match table {
                Some(table) => job.run(&statement, table)?,
                None => {
                    let Statement { project, dataset, table, .. } = &statement;
                    let message = format!("Not found: Table {project}:{dataset}.{table}");
                    job.failure = Some(Failure { reason: "notFound", message });
                }
            }
        }
        if configuration["dryRun"] == true {
            return Ok(job.resource(true));
        }
        let mut jobs = self.locked();
        let key = (job.project.clone(), job.id.clone());
        if jobs.contains_key(&key) {
            let message = format!("Already Exists: Job {}:{}.{}", key.0, job.location, key.1);
            return Err(ApiError::new(StatusCode::CONFLICT, "duplicate", message));
        }
        let resource = job.resource(false);
        jobs.insert(key, job);
        Ok(resource)
    }

    pub(super) fn get(&self, call: &Call) -> Result<Json, ApiError> {
        Ok(self.find(call)?.resource(true))
    }

    pub(super) fn cancel(&self, call: &Call) -> Result<Json, ApiError> {
        let job = self.find(call)?;
        let message = "Job execution was cancelled: User requested cancellation".to_owned();
        self.fail(call, &Failure { reason: "stopped", message });
        Ok(json!({ "kind": "bigquery#jobCancelResponse", "job": job.resource(false) }))
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<(String, String), Job>> {
        self.by_id.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Job {
    fn run(&mut self, statement: &Statement, mut table: Table) -> Result<(), ApiError> {
        let schema = table.source.schema();
        statement.check(schema).map_err(invalid_query)?;
        let rows = table.source.count().map_err(|error| invalid(error.to_string()))?;
        self.processed = rows * ROW_BYTES;
        let query = &self.configuration["query"];
        let most = query["maximumBytesBilled"].as_str().and_then(|text| text.parse::<u64>().ok());
        if let Some(most) = most.filter(|most| *most < self.billed()) {
            let message = format!(
                "Query exceeded limit for bytes billed: {most}. {} or higher required.",
                self.billed()
            );
            self.failure = Some(Failure { reason: "bytesBilledLimitExceeded", message });
            return Ok(());
        }
        let mut only = String::new();
        if let Some((column, parameter)) = &statement.only {
            let unknown = || invalid_query(NotUnderstood(format!("Unrecognized name: {column}")));
            let value = self.parameter(parameter)?;
            let position = schema.fields.iter().position(|field| field.name == *column);
            only = format!("{column}={value}");
            table.source = table.source.only(position.ok_or_else(unknown)?, value);
        }
        self.result = Some(QueryResult { table, fields: statement.fields.join(","), only });
        Ok(())
    }

    fn parameter(&self, name: &str) -> Result<String, ApiError> {
        let query = &self.configuration["query"];
        let given = query["queryParameters"].as_array().into_iter().flatten();
        let value = given
            .filter(|parameter| parameter["name"] == name && query["parameterMode"] == "NAMED")
            .find_map(|parameter| parameter["parameterValue"]["value"].as_str());
        let missing = || NotUnderstood(format!("Query parameter '{name}' not found"));
        Ok(value.ok_or_else(missing).map_err(invalid_query)?.to_owned())
    }

    fn billed(&self) -> u64 {
        (self.processed.div_ceil(MEGABYTE) * MEGABYTE).max(LEAST_BILLED)
    }

    fn resource(&self, done: bool) -> Json {
        let done = done || self.failure.is_some();
        let billed = if self.failure.is_some() { 0 } else { self.billed() };
        let mut status = json!({ "state": if done { "DONE" } else { "RUNNING" } });
        if self.failure.is_some() {
            status["errorResult"] = self.error();
            status["errors"] = json!([self.error()]);
        }
        json!({
            "kind": "bigquery#job",
            "etag": "stand-in",
            "id": format!("{}:{}.{}", self.project, self.location, self.id),
            "jobReference": self.reference(),
            "configuration": self.configuration,
            "status": status,
            "statistics": {
                "totalBytesProcessed": self.processed.to_string(),
                "query": {
                    "statementType": "SELECT",
                    "totalBytesProcessed": self.processed.to_string(),
                    "totalBytesBilled": billed.to_string(),
                },
            },
        })
    }

    pub(super) fn reference(&self) -> Json {
        json!({ "projectId": self.project, "jobId": self.id, "location": self.location })
    }

    pub(super) fn error(&self) -> Json {
        let failure = self.failure.as_ref();
        json!({
            "reason": failure.map(|failure| failure.reason),
            "message": failure.map(|failure| failure.message.as_str()),
        })
    }

    /// What `getQueryResults` says of a failed job: the error under a good status.
    pub(super) fn failed_results(&self) -> Option<Json> {
        self.failure.as_ref()?;
        Some(json!({
            "kind": "bigquery#getQueryResultsResponse",
            "jobReference": self.reference(),
            "jobComplete": true,
            "errors": [self.error()],
        }))
    }

    /// What `getQueryResults` says of a job that still runs.
    pub(super) fn unfinished_results(&self) -> Json {
        json!({
            "kind": "bigquery#getQueryResultsResponse",
            "jobReference": self.reference(),
            "jobComplete": false,
        })
    }

    pub(super) fn processed(&self) -> u64 {
        self.processed
    }
}

/// The statement of a job's configuration, for whoever needs its table before it runs.
pub(super) fn statement(configuration: &Json) -> Result<Statement, ApiError> {
    let query = &configuration["query"];
    if query["useLegacySql"] != false {
        let message = "Syntax error: legacy SQL, which is the default, is not what you want";
        return Err(invalid_query(NotUnderstood(message.to_owned())));
    }
    let text = query["query"].as_str().unwrap_or_default();
    Statement::parse(text).map_err(invalid_query)
}

fn invalid(message: String) -> ApiError {
    ApiError::invalid(message)
}

fn invalid_query(error: NotUnderstood) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, "invalidQuery", error.0)
}
