//! The totals of a day: by location, by value of each dimension, and by hour.

mod columns;
mod day;
mod hour;
mod origin;
mod people;
mod session;
mod totals;
mod whole;

pub use columns::{Columns, WrittenColumns};
pub use day::{DayTotals, Purchase, Refund, Search, Sessionless};
pub use hour::{HourPart, HourTotals, SessionSets};
pub use origin::{Dimension, Origin, Place, Value};
pub use people::People;
pub use session::{Activity, Resumed, Session, SessionCounts, Sessions};
pub use totals::{Takings, Totals};
pub use whole::Whole;

/// Name of the row over all locations; no branch code is empty.
pub const ALL_LOCATIONS: &str = "";
/// What belongs to no branch.
pub const UNASSIGNED: &str = "(unassigned)";
/// A dimension without a value, as GA4 writes it.
pub const NOT_SET: &str = "(not set)";
