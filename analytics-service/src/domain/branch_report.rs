//! What a branch is told about a period. Holds everything that is rendered, so that the preview
//! and the message are the same bytes.

use chrono_tz::Tz;
use common::kernel::DateRange;

use super::abandoned_cart::AbandonedCart;
use super::freshness::Freshness;
use super::metrics::Metrics;
use super::series::Bucket;

/// Carts that are listed; the others are counted.
pub const LISTED_CARTS: i64 = 15;

/// A quarter: more days make no readable mail.
pub const MAX_DAYS: i64 = 92;

#[derive(Debug, Clone, PartialEq)]
pub struct BranchReport {
    pub tenant: String,
    pub location_code: String,
    pub location_name: String,
    pub range: DateRange,
    pub compared_with: Option<DateRange>,
    pub zone: Tz,
    /// None when no day of the range is loaded.
    pub current: Option<Metrics>,
    pub previous: Option<Metrics>,
    pub days: Vec<Bucket>,
    /// The latest [`LISTED_CARTS`] of `cart_count`.
    pub carts: Vec<AbandonedCart>,
    pub cart_count: i64,
    pub freshness: Freshness,
}
