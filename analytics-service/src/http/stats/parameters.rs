//! From query parameters to a question.

use common::http::ApiError;
use common::kernel::{DateRange, DateRangeError};
use poem_openapi::Enum;

use crate::app::stats::Question;
use crate::domain::comparison::Comparison;
use crate::domain::query::QueryError;
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
    /// The comparison with the range of `first` and `last`, which only `Custom` takes. `places` are the names of the three.
    pub(super) fn with(
        self,
        first: Option<Day>,
        last: Option<Day>,
        places: [&str; 3],
    ) -> Result<Comparison, QueryError> {
        let [with, at_first, at_last] = places;
        let custom = match (first, last) {
            (None, None) => None,
            (Some(first), Some(last)) => Some(ranged(at_last, first, last)?),
            (first, _) => {
                let missing = if first.is_none() { at_first } else { at_last };
                let detail = "name both ends of the range to compare with";
                return Err(QueryError::new(missing, "required", detail.to_owned()));
            }
        };
        match (self, custom) {
            (Self::None, None) => Ok(Comparison::None),
            (Self::PreviousPeriod, None) => Ok(Comparison::PreviousPeriod),
            (Self::PreviousPeriodSameWeekdays, None) => Ok(Comparison::PreviousPeriodSameWeekdays),
            (Self::PreviousYear, None) => Ok(Comparison::PreviousYear),
            (Self::PreviousYearSameWeekdays, None) => Ok(Comparison::PreviousYearSameWeekdays),
            (Self::Custom, Some(range)) => Ok(Comparison::Custom(range)),
            _ => {
                let detail = "a range to compare with goes with `custom`, and only with it";
                Err(QueryError::new(with, "comparison_unclear", detail.to_owned()))
            }
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

/// The range of `first` and `last`; what is wrong with it is at `place`.
pub(super) fn ranged(place: &str, first: Day, last: Day) -> Result<DateRange, QueryError> {
    DateRange::new(first.0, last.0)
        .map_err(|error| QueryError::new(place, range_code(error), error.to_string()))
}

/// The range of the parameters `first` and `last`.
pub(in crate::http) fn range_of(first: Day, last: Day) -> Result<DateRange, ApiError> {
    ranged("last", first, last).map_err(of_parameter)
}

fn of_parameter(error: QueryError) -> ApiError {
    ApiError::invalid_parameter(error.place, error.code, error.detail)
}

/// The comparison of the parameters `compare`, `compare_first` and `compare_last`.
pub(in crate::http) fn comparison(
    compare: Compare,
    first: Option<Day>,
    last: Option<Day>,
) -> Result<Comparison, ApiError> {
    let places = ["compare", "compare_first", "compare_last"];
    compare.with(first, last, places).map_err(of_parameter)
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
    Question::new(property, named(location)?, range, comparison).map_err(|error| {
        ApiError::invalid_parameter("compare", "range_too_long", error.to_string())
    })
}
