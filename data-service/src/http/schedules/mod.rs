//! `/data/v1/schedules`: jobs that come again and again.

mod collection;
mod one;
mod pause;
mod request;
mod resource;
mod resume;

pub use collection::Schedules;
pub use one::OneSchedule;
pub use pause::PauseSchedule;
pub use resume::ResumeSchedule;

use common::http::ApiError;
use common::jobs::schedule::{ScheduleError, TimingError};

fn refused(error: ScheduleError) -> ApiError {
    match error {
        ScheduleError::NotFound => ApiError::not_found(),
        ScheduleError::NameTaken => {
            let detail = "another schedule has this name";
            ApiError::conflict("name_taken", detail).pointer("/name", "name_taken", detail)
        }
        ScheduleError::TooMany => ApiError::conflict("too_many_schedules", error.to_string()),
        ScheduleError::Timing(error) => timing(&error),
        ScheduleError::Db(error) => error.into(),
    }
}

/// The position is the one in the cron line, counted from 1.
fn timing(error: &TimingError) -> ApiError {
    let (pointer, code) = match error {
        TimingError::Cron(_) => ("/cron", "malformed"),
        TimingError::Never => ("/cron", "never"),
        TimingError::Zone(_) => ("/time_zone", "unknown_time_zone"),
    };
    ApiError::invalid_field(pointer, code, error.to_string())
}
