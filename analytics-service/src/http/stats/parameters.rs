//! From query parameters to a question.

use common::http::ApiError;
use common::kernel::{DateRange, DateRangeError};
use poem_openapi::Enum;

use crate::app::stats::Question;
use crate::domain::comparison::Comparison;
use crate::wire::Day;

/// What to compare with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Enum)]
#[oai(rename_all = "snake_case")]
pub(in crate::http) enum Compare {
    /// Nothing.
    #[default]
    None,
    /// The range of equal length that ends the day before.
    PreviousPeriod,
}

impl From<Compare> for Comparison {
    fn from(compare: Compare) -> Self {
        match compare {
            Compare::None => Self::None,
            Compare::PreviousPeriod => Self::PreviousPeriod,
        }
    }
}

/// The stable word for a range that is refused.
pub(in crate::http) const fn range_code(error: DateRangeError) -> &'static str {
    match error {
        DateRangeError::Reversed => "range_reversed",
        DateRangeError::TooLong => "range_too_long",
    }
}

/// The range of `first` and `last`.
pub(in crate::http) fn range_of(first: Day, last: Day) -> Result<DateRange, ApiError> {
    DateRange::new(first.0, last.0)
        .map_err(|error| ApiError::invalid_parameter("last", range_code(error), error.to_string()))
}

pub(in crate::http) fn question(
    property: Option<i64>,
    location: Option<String>,
    range: DateRange,
    compare: Compare,
) -> Result<Question, ApiError> {
    if location.as_deref() == Some("") {
        let detail = "leave it out for all locations together";
        return Err(ApiError::invalid_parameter("location", "empty", detail));
    }
    let question = Question { property_id: property, location, range, comparison: compare.into() };
    if question.window().first() > question.compared_with().map_or(range.first(), |r| r.first()) {
        let detail = "the range and the one before it are more than ten years together";
        return Err(ApiError::invalid_parameter("compare", "range_too_long", detail));
    }
    Ok(question)
}
