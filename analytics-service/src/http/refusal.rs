//! What the use cases' errors look like to a client.

use common::http::ApiError;
use common::jobs::SubmitError;
use poem::http::StatusCode;

use crate::app::reports::ReportError;
use crate::app::stats::StatsError;

impl From<StatsError> for ApiError {
    fn from(error: StatsError) -> Self {
        match error {
            StatsError::PropertyRequired => Self::invalid_parameter(
                "property",
                "required",
                "the tenant has several properties; name one",
            ),
            StatsError::UnknownProperty | StatsError::UnknownLocation => Self::not_found(),
            StatsError::Query(error) => {
                let parameter = match error.place.split('/').next().unwrap_or_default() {
                    "comparison" => "compare",
                    place => place,
                };
                Self::invalid_parameter(parameter, error.code, error.detail)
            }
            StatsError::TooManyBuckets => {
                Self::invalid_parameter("last", "too_many_buckets", error.to_string())
            }
            StatsError::TooManyRows(_) => {
                Self::invalid_parameter("last", "too_many_rows", error.to_string())
            }
            StatsError::TooManyLocations(_) => {
                let code = "too_many_locations";
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, error.to_string())
            }
            StatsError::Settings(_) => Self::internal(error),
            StatsError::Db(error) => error.into(),
        }
    }
}

impl From<ReportError> for ApiError {
    fn from(error: ReportError) -> Self {
        let text = error.to_string();
        match error {
            ReportError::NoProperty => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "no_property", text)
            }
            ReportError::TooLong { .. } => Self::invalid_parameter("last", "range_too_long", text),
            ReportError::RecipientMissing => Self::invalid_field("/recipient", "required", text),
            ReportError::Recipient(_) => Self::invalid_field("/recipient", "invalid", text),
            ReportError::Stats(error) => error.into(),
            ReportError::Db(error) | ReportError::Submit(SubmitError::Db(error)) => error.into(),
            ReportError::Submit(_) | ReportError::Render(_) => Self::internal(error),
        }
    }
}
