//! Counting the entries of a day, for a question that no rollup holds: each entry has its values of the dimensions, so any of
//! them may be asked for together and filtered by.

mod axis;
mod counter;
#[cfg(test)]
mod tests;
mod wanted;

pub use axis::weekday;
pub use counter::Counter;
pub use wanted::Wanted;

use chrono::NaiveDate;
use common::columns::{Numbers, Texts};
use rust_decimal::Decimal;

use crate::domain::query::Dimension;

/// Entries of a day, and what was asked for of them; the rest is empty.
#[derive(Debug)]
pub struct DayColumns<'b> {
    pub date: NaiveDate,
    /// Sessions, groups of events without one, purchases, refunds and searches, in the order of the entries.
    pub entries: [usize; 5],
    pub dimensions: Vec<(Dimension, Texts<'b>)>,
    pub sessions: Option<Sessions<'b>>,
    pub purchases: Option<Purchases<'b>>,
    pub refunds: Option<Refunds<'b>>,
    /// Whether each search found nothing.
    pub failed_searches: Option<Numbers<'b>>,
}

/// Sessions, and after them what belongs to none. Numbers of people are one more than they are, 0 is nobody.
#[derive(Debug)]
pub struct Sessions<'b> {
    pub flags: Numbers<'b>,
    /// Days since the session was active before; 0 when it never was.
    pub away: Numbers<'b>,
    pub client: Option<Numbers<'b>>,
    pub known_user: Option<Numbers<'b>>,
    pub activity: Option<Activity<'b>>,
}

#[derive(Debug)]
pub struct Activity<'b> {
    pub events: Numbers<'b>,
    pub page_views: Numbers<'b>,
    pub engagement_msec: Numbers<'b>,
}

#[derive(Debug)]
pub struct Purchases<'b> {
    pub buyer: Numbers<'b>,
    pub with_id: Numbers<'b>,
    pub currency: Texts<'b>,
    pub revenue: Vec<Decimal>,
    pub quantity: Vec<Decimal>,
}

#[derive(Debug)]
pub struct Refunds<'b> {
    pub currency: Texts<'b>,
    pub value: Vec<Decimal>,
}
