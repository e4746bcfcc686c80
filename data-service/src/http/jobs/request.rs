//! The body of `POST /jobs`.

use chrono::NaiveDate;
use common::http::ApiError;
use poem_openapi::{Enum, Object, Union};

use crate::app::submit_job::{BranchReportRequest, IngestRequest, JobRequest};
use crate::http::date_range::{self, Place};
use crate::http::recipient;

/// What to do. `kind` decides which parameters there are.
#[derive(Debug, Union)]
#[oai(discriminator_name = "kind", one_of)]
pub enum NewJob {
    #[oai(mapping = "ingest")]
    Ingest(NewIngest),
    #[oai(mapping = "master_data")]
    MasterData(NewMasterData),
    #[oai(mapping = "nightly")]
    Nightly(NewNightly),
    #[oai(mapping = "branch_report")]
    BranchReport(NewBranchReport),
}

// Each variant names its kind again, because an object refuses fields that it does not have.

/// Loads days of the GA4 export that changed at the source.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct NewIngest {
    pub kind: IngestKind,
    #[oai(default)]
    pub parameters: IngestParameters,
}

/// Loads customers and branches from the tenant's file server.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct NewMasterData {
    pub kind: MasterDataKind,
}

/// Everything that comes every night: changed days, customers and branches.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct NewNightly {
    pub kind: NightlyKind,
}

/// Mails one branch its report.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct NewBranchReport {
    pub kind: BranchReportKind,
    pub parameters: BranchReportParameters,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum IngestKind {
    Ingest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum MasterDataKind {
    MasterData,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum NightlyKind {
    Nightly,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum BranchReportKind {
    BranchReport,
}

/// What is absent means everything there is.
#[derive(Debug, Default, Object)]
#[oai(deny_unknown_fields)]
pub struct IngestParameters {
    /// GA4 property numbers.
    #[oai(default, validator(max_items = "50"))]
    pub properties: Vec<i64>,
    /// First day.
    pub from: Option<NaiveDate>,
    /// Last day.
    pub to: Option<NaiveDate>,
    /// Reads days again that did not change at the source.
    #[oai(default)]
    pub reload: bool,
}

#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct BranchReportParameters {
    /// Branch code.
    #[oai(validator(min_length = 1, max_length = 100))]
    pub location: String,
    /// First day.
    pub first: NaiveDate,
    /// Last day.
    pub last: NaiveDate,
    /// An address to send to instead of the configured ones.
    #[oai(validator(max_length = 254))]
    pub recipient: Option<String>,
}

impl NewJob {
    /// What the schema cannot say.
    pub(super) fn checked(self) -> Result<JobRequest, ApiError> {
        match self {
            Self::Ingest(NewIngest { parameters, .. }) => parameters.checked(),
            Self::MasterData(_) => Ok(JobRequest::MasterData),
            Self::Nightly(_) => Ok(JobRequest::Nightly),
            Self::BranchReport(NewBranchReport { parameters, .. }) => parameters.checked(),
        }
    }
}

impl IngestParameters {
    fn checked(self) -> Result<JobRequest, ApiError> {
        if let Some(index) = self.properties.iter().position(|property| *property <= 0) {
            let pointer = format!("/parameters/properties/{index}");
            let detail = "a GA4 property number is greater than 0";
            return Err(ApiError::invalid_field(pointer, "out_of_range", detail));
        }
        let at = Place::Body("/parameters/to");
        let (first, last) = date_range::open(self.from, self.to, at)?;
        let Self { properties, reload, .. } = self;
        Ok(JobRequest::Ingest(IngestRequest { properties, first, last, reload }))
    }
}

impl BranchReportParameters {
    fn checked(self) -> Result<JobRequest, ApiError> {
        let Self { location, first, last, recipient } = self;
        recipient::check_branch(&location, "/parameters/location")?;
        recipient::check_address(recipient.as_deref(), "/parameters/recipient")?;
        let range = date_range::closed(first, last, Place::Body("/parameters/last"))?;
        Ok(JobRequest::BranchReport(BranchReportRequest { location, range, recipient }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn refused(request: Result<JobRequest, ApiError>) -> (u16, String) {
        let error = request.unwrap_err();
        let pointer = error.problem("", "").errors[0].pointer.clone().unwrap();
        (error.status().as_u16(), pointer)
    }

    #[test]
    fn what_is_wrong_is_named() {
        let ingest = |properties: &[i64], from: &str, to: &str| {
            let properties = properties.to_vec();
            let (from, to) = (Some(day(from)), Some(day(to)));
            refused(IngestParameters { properties, from, to, reload: false }.checked())
        };
        let reversed = ingest(&[], "2020-12-27", "2020-12-21");
        assert_eq!(reversed, (422, "/parameters/to".to_owned()));
        let endless = ingest(&[], "1990-01-01", "2020-12-21");
        assert_eq!(endless, (422, "/parameters/to".to_owned()));
        let negative = ingest(&[1, -4], "2020-12-21", "2020-12-21");
        assert_eq!(negative, (422, "/parameters/properties/1".to_owned()));
    }
}
