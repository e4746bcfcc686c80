//! Accepting a job: which steps each kind of job consists of.

use chrono::NaiveDate;
use common::db::TenantTx;
use common::jobs::{self, NewJob, NewStep, SubmitError, Submitted};
use common::kernel::DateRange;
use serde_json::{Value, json};

/// A job that someone asks for, its parameters checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobRequest {
    Ingest(IngestRequest),
    /// Customers and branches from the tenant's file server.
    MasterData,
    /// Everything that comes every night: changed days, customers and branches, then action items, then the reports that
    /// are due.
    Nightly,
    BranchReport(BranchReportRequest),
}

/// Which days to load. What is absent means everything there is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IngestRequest {
    pub properties: Vec<i64>,
    pub first: Option<NaiveDate>,
    pub last: Option<NaiveDate>,
    /// Reads days again that did not change at the source.
    pub reload: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchReportRequest {
    /// Branch code.
    pub location: String,
    pub range: DateRange,
    /// Instead of the configured ones.
    pub recipient: Option<String>,
}

/// The names of the kinds, as stored and as in the API.
pub const INGEST: &str = "ingest";
pub const MASTER_DATA: &str = "master_data";
pub const NIGHTLY: &str = "nightly";
pub const BRANCH_REPORT: &str = "branch_report";

/// Stores the job in the caller's transaction, or finds the live one that does the same.
///
/// # Errors
/// When the database refuses.
pub async fn submit_job(
    tx: &mut TenantTx,
    request: &JobRequest,
    requested_by: String,
) -> Result<Submitted, SubmitError> {
    jobs::submit(tx, request.job(requested_by)).await
}

impl JobRequest {
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Ingest(_) => INGEST,
            Self::MasterData => MASTER_DATA,
            Self::Nightly => NIGHTLY,
            Self::BranchReport(_) => BRANCH_REPORT,
        }
    }

    /// What the engine is to do for it.
    #[must_use]
    pub fn job(&self, requested_by: String) -> NewJob {
        let parameters = self.parameters();
        NewJob {
            kind: self.kind().to_owned(),
            // The same work asked for twice is done once, as long as the first is under way.
            unique_key: Some(format!("{}:{parameters}", self.kind())),
            steps: self.steps(&parameters),
            parameters,
            requested_by,
        }
    }

    fn parameters(&self) -> Value {
        match self {
            Self::Ingest(ingest) => {
                let mut properties = ingest.properties.clone();
                properties.sort_unstable();
                properties.dedup();
                json!({
                    "properties": properties,
                    "first": ingest.first,
                    "last": ingest.last,
                    "reload": ingest.reload,
                })
            }
            Self::MasterData | Self::Nightly => json!({}),
            Self::BranchReport(report) => json!({
                "location": report.location,
                "first": report.range.first(),
                "last": report.range.last(),
                "recipient": report.recipient,
            }),
        }
    }

    fn steps(&self, parameters: &Value) -> Vec<NewStep> {
        match self {
            Self::Ingest(_) => vec![find_shards(parameters)],
            Self::MasterData => master_data().to_vec(),
            Self::Nightly => {
                let mut steps = vec![find_shards(&json!({}))];
                // A tenant without a file server has no such files.
                let optional = json!({ "optional": true });
                steps.extend(master_data().map(|step| step.payload(optional.clone())));
                let loads = steps.iter().map(|step| step.key.clone()).collect::<Vec<_>>();
                let items = loads.into_iter().fold(action_items(), NewStep::needs);
                let reports = due_reports().needs(items.key.clone());
                steps.extend([items, reports]);
                steps
            }
            Self::BranchReport(report) => vec![
                NewStep::new("send_branch_report")
                    .label(format!("report of branch {}", report.location))
                    .payload(parameters.clone()),
            ],
        }
    }
}

fn find_shards(parameters: &Value) -> NewStep {
    NewStep::new("find_shards").label("find changed days").payload(parameters.clone())
}

/// Run by analytics-service, which has the task lists.
fn action_items() -> NewStep {
    NewStep::new("generate_action_items").label("create action items, skip those without a cause")
}

/// Run by analytics-service, which has the reports.
fn due_reports() -> NewStep {
    NewStep::new("send_due_reports").label("send the reports that are due")
}

fn master_data() -> [NewStep; 2] {
    [
        NewStep::new("load_locations").label("load branches"),
        NewStep::new("load_customers").label("load customers"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(request: &JobRequest) -> Vec<(String, Vec<String>)> {
        let steps = request.job("test".to_owned()).steps;
        steps.into_iter().map(|step| (step.kind, step.needs)).collect()
    }

    #[test]
    fn each_kind_has_its_steps() {
        let ingest = JobRequest::Ingest(IngestRequest::default());
        assert_eq!(kinds(&ingest), [("find_shards".to_owned(), vec![])]);
        let parallel =
            [("load_locations".to_owned(), vec![]), ("load_customers".to_owned(), vec![])];
        assert_eq!(kinds(&JobRequest::MasterData), parallel);
        let loads = ["find_shards", "load_locations", "load_customers"].map(str::to_owned);
        let mut nightly = loads.clone().map(|load| (load, vec![])).to_vec();
        nightly.push(("generate_action_items".to_owned(), loads.to_vec()));
        nightly.push(("send_due_reports".to_owned(), vec!["generate_action_items".to_owned()]));
        assert_eq!(
            kinds(&JobRequest::Nightly),
            nightly,
            "all loads side by side, then the items, then the reports"
        );
    }

    #[test]
    fn the_same_work_has_the_same_key() {
        let request = |properties: &[i64], reload| {
            let properties = properties.to_vec();
            JobRequest::Ingest(IngestRequest { properties, reload, ..IngestRequest::default() })
        };
        let key = |request: JobRequest| request.job("someone".to_owned()).unique_key;
        assert_eq!(key(request(&[2, 1, 2], false)), key(request(&[1, 2], false)));
        assert_ne!(key(request(&[1, 2], false)), key(request(&[1, 2], true)));
        assert_ne!(key(request(&[], false)), key(JobRequest::MasterData));
    }
}
