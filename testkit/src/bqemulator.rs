//! A BigQuery written by others (`bqemulator`), as a child process, with tables of ours in it.
//!
//! It speaks the real paths and shapes, and runs real SQL over real tables. Where it is known to differ from BigQuery:
//! every query is done at once, and its answer says of no bytes that they were read or billed; a second job of one name
//! replaces the first instead of 409; fields of records in `selectedFields` are a 500; pages end by number of rows
//! only; a table's `lastModifiedTime` never moves; nobody's token is looked at. Our stand-in (`crate::bigquery`) has these.

use std::fs::File;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use reqwest::Client;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::bigquery::TableSource;
use crate::ga4::ndjson;
use crate::postgres::end_with_parent;
use crate::tools;

/// It imports a database, a compiler and two servers: two seconds on a quiet machine.
const START: Duration = Duration::from_secs(120);

/// Rows of one insertion.
const ROWS: usize = 200;

/// A running emulator, empty at first and forgotten with the value.
#[derive(Debug)]
pub struct BqEmulator {
    child: Child,
    client: Client,
    origin: String,
    folder: TempDir,
}

impl BqEmulator {
    /// # Errors
    /// When it is not installed or does not start; with its log.
    #[expect(clippy::disallowed_methods, reason = "tests fill its tables as any client would")]
    pub async fn start() -> anyhow::Result<Self> {
        let mut command = tools::bqemulator()?;
        let folder = tempfile::tempdir()?;
        let log = File::create(folder.path().join("log"))?;
        command
            .args(["start", "--ephemeral", "--rest-port", "0", "--grpc-port", "0"])
            .args(["--log-level", "info", "--log-format", "json", "--data-dir"])
            .arg(folder.path())
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        end_with_parent(&mut command);
        let child = command.spawn().context("bqemulator does not start")?;
        let client = Client::builder().no_proxy().timeout(START).build()?;
        let mut emulator = Self { child, client, origin: String::new(), folder };
        emulator.origin = emulator.listening().await?;
        Ok(emulator)
    }

    /// For `bigquery.base_url`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("{}/bigquery/v2", self.origin)
    }

    /// Makes a dataset and tables in it.
    ///
    /// # Errors
    /// When it does not take them.
    pub async fn fill(
        &self,
        project: &str,
        dataset: &str,
        tables: &[(String, TableSource)],
    ) -> anyhow::Result<()> {
        let reference = json!({ "projectId": project, "datasetId": dataset });
        let path = format!("projects/{project}/datasets");
        self.post(&path, &json!({ "datasetReference": reference, "location": "EU" })).await?;
        for (table, source) in tables {
            let path = format!("projects/{project}/datasets/{dataset}/tables");
            let mut reference = reference.clone();
            reference["tableId"] = json!(table);
            let schema = source.schema();
            let made = json!({ "tableReference": reference, "schema": schema.to_json() });
            self.post(&path, &made).await?;
            let rows: Vec<_> = source.read()?.collect::<Result<_, _>>()?;
            for some in rows.chunks(ROWS) {
                let rows = some.iter().map(|row| json!({ "json": ndjson::row(schema, row) }));
                let rows = json!({ "rows": rows.collect::<Vec<_>>() });
                let answer = self.post(&format!("{path}/{table}/insertAll"), &rows).await?;
                ensure!(answer["insertErrors"] == json!([]), "{table}: {answer}");
            }
        }
        Ok(())
    }

    async fn post(&self, path: &str, body: &Json) -> anyhow::Result<Json> {
        let url = format!("{}/{path}", self.base_url());
        let answer = self.client.post(&url).json(body).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{url}: {status} {text}\n{}", self.log());
        Ok(serde_json::from_str(&text)?)
    }

    /// It takes a free port and says which in its log.
    async fn listening(&mut self) -> anyhow::Result<String> {
        let begun = Instant::now();
        loop {
            let log = self.log();
            let lines = log.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
            if let Some(line) = lines.into_iter().find(|line| line["event"] == "rest.listen") {
                return Ok(format!("http://127.0.0.1:{}", line["port"]));
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("bqemulator ended, {status}:\n{log}");
            }
            ensure!(begun.elapsed() < START, "bqemulator does not say where it listens:\n{log}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for BqEmulator {
    fn drop(&mut self) {
        // It keeps nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
