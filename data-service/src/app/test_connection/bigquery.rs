//! The warehouse: reach the API, be let in, see the export's tables.

use std::sync::Arc;

use chrono::TimeDelta;
use common::connection_test::{ConnectionReport, Fault, Step, TestedDataset, Trial};
use common::tenant_config::BigQueryConnection;
use reqwest::Url;

use super::{ConnectionTester, deadline, reach};
use crate::adapters::bigquery::{
    BigQuerySettings, BigQueryWarehouse, ServiceAccountTokens, SystemPause, TokenSource, Warehouse,
    WarehouseError, reach_endpoint,
};

pub const STEPS: &[Step] =
    &[Step::Dns, Step::Tcp, Step::Tls, Step::Auth, Step::Permission, Step::Object];

/// Daily export tables; `events_intraday_` ones come and go.
const EXPORT: &str = "events_";

impl ConnectionTester {
    /// Tries `connection` as an ingestion of `datasets` would.
    pub async fn bigquery(
        &self,
        connection: &BigQueryConnection,
        datasets: &[TestedDataset],
    ) -> ConnectionReport {
        let mut trial = Trial::default();
        // What ended early stands in the report.
        let _ = self.try_bigquery(connection, datasets, &mut trial).await;
        trial.finish(STEPS)
    }

    async fn try_bigquery(
        &self,
        connection: &BigQueryConnection,
        datasets: &[TestedDataset],
        trial: &mut Trial,
    ) -> Option<()> {
        let limit = u64::try_from(deadline(trial).as_millis()).unwrap_or(u64::MAX);
        let settings = BigQuerySettings {
            connect_timeout_ms: limit,
            read_timeout_ms: limit,
            request_timeout_ms: limit,
            ..self.bigquery.clone()
        };
        let (host, port, encrypted) = endpoint(&settings)?;
        // The operator names this host, not the tenant: the guard is for tenants' names.
        let resolving = async {
            let found = tokio::net::lookup_host((host.as_str(), port)).await;
            found
                .map(|addresses| addresses.collect::<Vec<_>>())
                .map_err(|error| Fault::resolving(&host, &error))
        };
        let addresses = trial.step(Step::Dns, resolving).await?;
        trial.step(Step::Tcp, reach(&addresses)).await?;
        if encrypted {
            let reached = async { reach_endpoint(&settings).await.map_err(fault) };
            trial.step(Step::Tls, reached).await?;
        } else {
            trial.skip(Step::Tls, "not_configured", "the operator's endpoint is not encrypted");
        }
        let tokens = trial.step(Step::Auth, log_in(connection, &settings)).await?;
        let until =
            self.clock.now() + TimeDelta::from_std(deadline(trial)).unwrap_or(TimeDelta::zero());
        let warehouse = |project: &str| {
            BigQueryWarehouse::new(
                &settings,
                project,
                tokens.clone(),
                self.clock.clone(),
                Arc::new(SystemPause),
            )
            .map(|warehouse| warehouse.until(until))
            .map_err(fault)
        };
        if datasets.is_empty() {
            let detail = "no property is configured yet, so no dataset is known";
            trial.skip(Step::Permission, "nothing_to_check", detail);
            trial.skip(Step::Object, "nothing_to_check", detail);
            return Some(());
        }
        let mut listed = Vec::new();
        let listing = async {
            for TestedDataset { project, dataset } in datasets {
                let project = project.as_ref().unwrap_or(&connection.settings.project);
                listed.push((dataset, warehouse(project)?.list_tables(dataset).await));
            }
            // What does not exist is a question of the next step.
            match listed.iter().find_map(|(_, tables)| {
                tables.as_ref().err().filter(|error| error.http_status != Some(404))
            }) {
                Some(error) => Err(fault(error.clone())),
                None => Ok(()),
            }
        };
        trial.step(Step::Permission, listing).await?;
        let found = async {
            for (dataset, tables) in listed {
                let tables = tables.map_err(fault)?;
                if !tables.iter().any(|table| table.starts_with(EXPORT)) {
                    let detail = format!("the dataset {dataset} has no table of a GA4 export yet");
                    return Err(Fault::new("not_found", detail));
                }
            }
            Ok(())
        };
        trial.step(Step::Object, found).await
    }
}

/// Host, port and whether it is encrypted. The settings were validated at start.
fn endpoint(settings: &BigQuerySettings) -> Option<(String, u16, bool)> {
    let url = Url::parse(&settings.base_url).ok()?;
    let host = url.host_str()?.trim_matches(['[', ']']).to_owned();
    Some((host, url.port_or_known_default()?, url.scheme() == "https"))
}

async fn log_in(
    connection: &BigQueryConnection,
    settings: &BigQuerySettings,
) -> Result<Arc<ServiceAccountTokens>, Fault> {
    let Some(key) = &connection.service_account_key else {
        return Err(Fault::new("no_key", "no service account key is set"));
    };
    let tokens = ServiceAccountTokens::new(key, settings).await.map_err(fault)?;
    tokens.token(true).await.map_err(fault)?;
    Ok(Arc::new(tokens))
}

/// The sentence is for admins; the detail may name what only the log should hold.
fn fault(error: WarehouseError) -> Fault {
    let code = match error.reason.as_str() {
        "accessDenied" => "access_denied",
        "notFound" => "not_found",
        "authError" => "login_refused",
        "invalidKey" => "key_unreadable",
        "tokenUriNotAllowed" => "blocked_address",
        "timeout" | "deadlineExceeded" => "timeout",
        "connection" => "unreachable",
        "quotaExceeded" | "billingNotEnabled" => "quota",
        "rateLimitExceeded" => "rate_limited",
        _ => "refused",
    };
    Fault::new(code, error.user_sentence)
}
