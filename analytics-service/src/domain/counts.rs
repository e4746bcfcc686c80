//! Additive counts of a day, which sum over days and over locations.

use std::ops::AddAssign;

use rust_decimal::Decimal;

/// Counts of whole sessions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SessionCounts {
    pub sessions: i64,
    pub engaged: i64,
    pub cart: i64,
    pub checkout: i64,
    pub converted: i64,
}

impl AddAssign for SessionCounts {
    fn add_assign(&mut self, other: Self) {
        self.sessions += other.sessions;
        self.engaged += other.engaged;
        self.cart += other.cart;
        self.checkout += other.checkout;
        self.converted += other.converted;
    }
}

/// Counts of what happened, dated by the event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ActivityCounts {
    pub events: i64,
    /// Events without client or session.
    pub unattributed_events: i64,
    pub page_views: i64,
    pub engagement_msec: i64,
    /// De-duplicated, over all currencies.
    pub purchases: i64,
    pub purchases_without_id: i64,
    pub items_sold: Decimal,
    pub searches: i64,
    pub failed_searches: i64,
}

impl AddAssign for ActivityCounts {
    fn add_assign(&mut self, other: Self) {
        self.events += other.events;
        self.unattributed_events += other.unattributed_events;
        self.page_views += other.page_views;
        self.engagement_msec += other.engagement_msec;
        self.purchases += other.purchases;
        self.purchases_without_id += other.purchases_without_id;
        self.items_sold = self.items_sold.saturating_add(other.items_sold);
        self.searches += other.searches;
        self.failed_searches += other.failed_searches;
    }
}
