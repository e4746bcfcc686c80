//! Ranges of days that a client names by their first and last day.

use chrono::NaiveDate;
use common::http::ApiError;
use common::kernel::{DateRange, DateRangeError};

/// Where a range stands in a request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// JSON pointer of its last day.
    Body(&'static str),
    /// Name of the parameter with its last day.
    Query(&'static str),
}

/// Both ends must be given.
pub(super) fn closed(first: NaiveDate, last: NaiveDate, at: Place) -> Result<DateRange, ApiError> {
    DateRange::new(first, last).map_err(|error| {
        let code = match error {
            DateRangeError::Reversed => "range_reversed",
            DateRangeError::TooLong => "range_too_long",
        };
        match at {
            Place::Body(last) => ApiError::invalid_field(last, code, error.to_string()),
            Place::Query(last) => ApiError::invalid_parameter(last, code, error.to_string()),
        }
    })
}

/// Either end may be open.
pub(super) fn open(
    first: Option<NaiveDate>,
    last: Option<NaiveDate>,
    at: Place,
) -> Result<(Option<NaiveDate>, Option<NaiveDate>), ApiError> {
    if let (Some(first), Some(last)) = (first, last) {
        closed(first, last, at)?;
    }
    Ok((first, last))
}
