//! From query parameters to a question.

use common::http::ApiError;
use common::kernel::{DateRange, DateRangeError};
use poem_openapi::Enum;

use crate::app::stats::Question;
use crate::domain::comparison::Comparison;
use crate::wire::Day;

/// What to compare with. Of a range that holds today both sides end at the last full hour of today
/// that is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Enum)]
#[oai(rename_all = "snake_case")]
pub(in crate::http) enum Compare {
    /// Nothing.
    #[default]
    None,
    /// The range of equal length that ends the day before.
    PreviousPeriod,
    /// The latest earlier range of equal length on the same weekdays.
    PreviousPeriodSameWeekdays,
    /// The same dates a year before.
    PreviousYear,
    /// 52 weeks before.
    PreviousYearSameWeekdays,
    /// The range of `compare_first` and `compare_last`.
    Custom,
}

impl Compare {
    /// `custom` is the range of the caller's choice, which only `Custom` takes.
    pub(super) fn with(self, custom: Option<DateRange>) -> Option<Comparison> {
        let comparison = match self {
            Self::None => Comparison::None,
            Self::PreviousPeriod => Comparison::PreviousPeriod,
            Self::PreviousPeriodSameWeekdays => Comparison::PreviousPeriodSameWeekdays,
            Self::PreviousYear => Comparison::PreviousYear,
            Self::PreviousYearSameWeekdays => Comparison::PreviousYearSameWeekdays,
            Self::Custom => return custom.map(Comparison::Custom),
        };
        custom.is_none().then_some(comparison)
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

/// The comparison of the parameters `compare`, `compare_first` and `compare_last`.
pub(in crate::http) fn comparison(
    compare: Compare,
    first: Option<Day>,
    last: Option<Day>,
) -> Result<Comparison, ApiError> {
    let custom = match (first, last) {
        (None, None) => None,
        (Some(first), Some(last)) => Some(DateRange::new(first.0, last.0).map_err(|error| {
            ApiError::invalid_parameter("compare_last", range_code(error), error.to_string())
        })?),
        (first, _) => {
            let missing = if first.is_none() { "compare_first" } else { "compare_last" };
            let detail = "name both ends of the range to compare with";
            return Err(ApiError::invalid_parameter(missing, "required", detail));
        }
    };
    compare.with(custom).ok_or_else(|| {
        let detail = "a range to compare with goes with `custom`, and only with it";
        ApiError::invalid_parameter("compare", "comparison_unclear", detail)
    })
}

/// A location that is named, or none; in the rollups the empty text is all of them together.
pub(in crate::http) fn named(location: Option<String>) -> Result<Option<String>, ApiError> {
    if location.as_deref() == Some("") {
        let detail = "leave it out for all locations together";
        return Err(ApiError::invalid_parameter("location", "empty", detail));
    }
    Ok(location)
}

pub(in crate::http) fn question(
    property: Option<i64>,
    location: Option<String>,
    range: DateRange,
    comparison: Comparison,
) -> Result<Question, ApiError> {
    let location = named(location)?;
    let question = Question { property_id: property, location, range, comparison };
    let compared = question.compared_with();
    if compared.is_none() && comparison != Comparison::None
        || compared.is_some_and(|other| {
            let window = question.window();
            !window.contains(other.first()) || !window.contains(other.last())
        })
    {
        let detail = "the range and the other one are more than ten years together";
        return Err(ApiError::invalid_parameter("compare", "range_too_long", detail));
    }
    Ok(question)
}
