//! One tenant's way through the product by the public API: configure, ingest, read, report.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use common::kernel::DateRange;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::api::Api;
use super::house::House;
use super::services;
use super::stand_ins::PROJECT;
use super::table;

/// A tenant of the demo.
#[derive(Debug)]
pub struct Tenant {
    pub slug: &'static str,
    pub name: &'static str,
    /// Who owns it at the identity provider.
    pub owner: &'static str,
    pub time_zone: &'static str,
    pub currency: &'static str,
    pub property_id: i64,
    pub dataset: &'static str,
    pub range: DateRange,
    /// Whether branches and customers come from files.
    pub master_data: bool,
}

/// What the tour saw.
#[derive(Debug)]
pub struct Seen {
    pub tenant: &'static str,
    pub overview: Value,
    pub ingest: Duration,
    pub emails_sent: u64,
}

impl Tenant {
    /// Creates the tenant; it may exist already.
    ///
    /// # Errors
    /// When the command fails.
    pub fn create(&self, house: &House) -> anyhow::Result<String> {
        let printed = services::run(
            &house.settings,
            "auth-service",
            &[
                "tenant",
                "create",
                "--slug",
                self.slug,
                "--name",
                self.name,
                "--time-zone",
                self.time_zone,
                "--currency",
                self.currency,
                "--owner-subject",
                self.owner,
            ],
        )?;
        printed
            .split(|c: char| !(c.is_ascii_hexdigit() || c == '-'))
            .find(|word| uuid::Uuid::try_parse(word).is_ok())
            .map(str::to_owned)
            .with_context(|| format!("no tenant id in: {printed}"))
    }

    /// Goes through the product and prints what it sees.
    ///
    /// # Errors
    /// At the first step that does not work.
    pub async fn tour(&self, house: &House, quiet: bool) -> anyhow::Result<Seen> {
        let id = self.create(house)?;
        let api = Api::log_in(house.settings.ports, self.owner, &id).await?;
        api.configure(&self.configuration(house)?).await?;
        if self.master_data {
            let job = api.post("/data/v1/jobs", &json!({ "kind": "master_data" })).await?;
            follow(&api, &job, "branches and customers", quiet).await?;
        }
        let begun = Instant::now();
        let job = api.post("/data/v1/jobs", &json!({ "kind": "ingest" })).await?;
        follow(&api, &job, &format!("GA4 export of {}", self.name), quiet).await?;
        let ingest = begun.elapsed();

        let (first, last) = (self.range.first(), self.range.last());
        let query = format!("first={first}&last={last}");
        let overview = api.get(&format!("/analytics/v1/stats/overview?{query}")).await?;
        if !quiet {
            println!("\n{} ({first} to {last})", self.name);
            println!("{}", overview_table(&overview));
            let locations = api.get(&format!("/analytics/v1/stats/locations?{query}")).await?;
            println!("{}", locations_table(&locations));
        }
        let emails_sent = self.report(house, &api, quiet).await?;
        Ok(Seen { tenant: self.slug, overview, ingest, emails_sent })
    }

    /// What is configured for it: its property and its connections.
    ///
    /// # Errors
    /// When a stand-in has no host key.
    pub fn configuration(&self, house: &House) -> anyhow::Result<Value> {
        let stand_ins = &house.stand_ins;
        let mut patch = json!({
            "properties": [{
                "property_id": self.property_id, "dataset": self.dataset,
                "time_zone": self.time_zone,
                "identity": { "branch": "branch", "customer": "customer_id" },
            }],
            "connections": {
                "bigquery": {
                    "project": PROJECT,
                    "service_account_key": stand_ins.bigquery.service_account_key_json(),
                },
            },
        });
        if self.master_data {
            patch["connections"]["sftp"] = json!({
                "host": "127.0.0.1",
                "port": stand_ins.sftp.address().port(),
                "user": stand_ins.sftp.username(),
                "private_key": stand_ins.sftp_key,
                "host_key_fingerprints":
                    [stand_ins.sftp.fingerprint(crate::sshd::KeyKind::Ed25519)?],
                "paths": { "customers": "customers.csv", "locations": "locations.csv" },
            });
        }
        if let Some(smtp) = &stand_ins.smtp {
            patch["connections"]["smtp"] = json!({
                "host": "127.0.0.1", "port": smtp.port(), "tls": "none",
                "from": format!("{} <reports@example.test>", self.slug),
            });
        }
        Ok(patch)
    }

    /// Sends the report of the busiest location and waits until it is out.
    async fn report(&self, house: &House, api: &Api, quiet: bool) -> anyhow::Result<u64> {
        let (first, last) = (self.range.first(), self.range.last());
        let locations =
            api.get(&format!("/analytics/v1/stats/locations?first={first}&last={last}")).await?;
        let busiest = locations["locations"]
            .as_array()
            .into_iter()
            .flatten()
            // A branch that has a name, before what belongs to no branch.
            .max_by_key(|row| (row["kind"] == "known", row["sessions"].as_i64()))
            .and_then(|row| row["code"].as_str())
            .unwrap_or("(unassigned)")
            .to_owned();
        let run = api
            .post(
                "/analytics/v1/report-runs",
                &json!({
                    "location": busiest, "first": first, "last": last,
                    "recipient": format!("{}@example.test", self.owner),
                }),
            )
            .await?;
        let link = run["links"]["self"].as_str().context("no link to the report run")?.to_owned();
        let begun = Instant::now();
        loop {
            let status = api.get(&link).await?;
            let deliveries = status["deliveries"].as_array().cloned().unwrap_or_default();
            let out = deliveries
                .iter()
                .filter(|delivery| matches!(delivery["state"].as_str(), Some("sent" | "written")))
                .count() as u64;
            if out > 0 {
                let page = api
                    .get_text(&format!(
                        "/analytics/v1/reports/preview?location={busiest}&first={first}&last={last}&format=html"
                    ))
                    .await?;
                let file = house.mails.join(format!("{}.html", self.slug));
                std::fs::write(&file, page)?;
                if !quiet {
                    println!(
                        "  report of {busiest}: {out} message(s) out, as a page: {}",
                        file.display()
                    );
                }
                return Ok(out);
            }
            if deliveries.iter().any(|delivery| delivery["state"] == "failed")
                || status["job"]["state"] == "failed"
                || begun.elapsed() > Duration::from_secs(60)
            {
                bail!("the report was not sent: {status}");
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Watches a job to its end.
async fn follow(api: &Api, job: &Value, what: &str, quiet: bool) -> anyhow::Result<()> {
    let id = job["id"].as_str().context("no job id")?;
    let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new(0) };
    bar.set_style(ProgressStyle::with_template(
        "  {msg:34} [{bar:30}] {pos:>9}/{len:9} rows {elapsed:>4}",
    )?);
    bar.set_message(what.to_owned());
    let begun = Instant::now();
    loop {
        let job = api.get(&format!("/data/v1/jobs/{id}")).await?;
        let sum = |key: &str| {
            let steps = job["steps"].as_array().into_iter().flatten();
            steps.filter_map(|step| step["progress"][key].as_u64()).sum::<u64>()
        };
        bar.set_length(sum("rows_total"));
        bar.set_position(sum("rows_done"));
        match job["status"].as_str() {
            Some("succeeded" | "succeeded_with_rejects") => {
                bar.finish();
                return Ok(());
            }
            Some("failed" | "cancelled") => bail!("{what}: {job:#}"),
            _ if begun.elapsed() > Duration::from_secs(900) => bail!("{what} takes too long"),
            _ => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        Value::Object(money) if money.contains_key("amount") => format!(
            "{} {}",
            money["amount"].as_str().unwrap_or_default(),
            money["currency"].as_str().unwrap_or_default()
        ),
        Value::Number(number) => number
            .as_f64()
            .filter(|number| number.fract() != 0.0)
            .map_or_else(|| number.to_string(), |number| format!("{number:.4}")),
        other => other.to_string(),
    }
}

fn overview_table(overview: &Value) -> String {
    let metrics = overview["metrics"].as_object().cloned().unwrap_or_default();
    let rows: Vec<Vec<String>> =
        metrics.iter().map(|(name, metric)| vec![name.clone(), shown(&metric["value"])]).collect();
    table::render(&["metric", "value"], &rows)
}

fn locations_table(locations: &Value) -> String {
    let columns = ["sessions", "purchases", "gross_revenue"];
    let rows: Vec<Vec<String>> = locations["locations"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|row| {
            let name = row["name"].as_str().or(row["code"].as_str()).unwrap_or_default();
            let cells = columns.iter().map(|column| shown(&row[column]));
            std::iter::once(name.to_owned()).chain(cells).collect()
        })
        .collect();
    table::render(&["location", "sessions", "purchases", "gross revenue"], &rows)
}
