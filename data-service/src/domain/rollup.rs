//! The day's totals, per location and over all of them, from sessions, purchases and refunds.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use roaring::RoaringBitmap;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Name of the row over all locations; no branch code is empty.
pub const ALL_LOCATIONS: &str = "";
/// What belongs to no branch.
pub const UNASSIGNED: &str = "(unassigned)";

/// A session on the day that is rolled up.
#[derive(Debug, Clone)]
pub struct Session {
    pub branch: Option<String>,
    pub client: u32,
    pub known_user: Option<u32>,
    pub previous_day: Option<NaiveDate>,
    pub events: i64,
    pub page_views: i64,
    pub engagement_msec: i64,
    /// The export's own flag; absent in exports before it was introduced.
    pub day_active: Option<bool>,
    pub first_visit: bool,
    pub session_number: Option<i32>,
    pub engaged: bool,
    pub converted: bool,
    pub cart: bool,
    pub checkout: bool,
}

impl Session {
    /// Whether its client counts as active: by the flag, else by GA4's documented fallback.
    fn active(&self) -> bool {
        self.day_active.unwrap_or(self.engaged || self.first_visit || self.engagement_msec > 0)
    }
}

/// Additive counts of sessions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionCounts {
    pub sessions: i32,
    pub engaged_sessions: i32,
    pub cart_sessions: i32,
    pub checkout_sessions: i32,
    pub converted_sessions: i32,
}

impl SessionCounts {
    fn add(&mut self, session: &Session) {
        self.sessions += 1;
        self.engaged_sessions += i32::from(session.engaged);
        self.cart_sessions += i32::from(session.cart);
        self.checkout_sessions += i32::from(session.checkout);
        self.converted_sessions += i32::from(session.converted);
    }
}

/// Sessions that were active before: they count for a range that begins after that day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumed {
    pub previous_day: NaiveDate,
    #[serde(flatten)]
    pub counts: SessionCounts,
}

/// Five sets of dense numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct People {
    pub all: RoaringBitmap,
    pub active: RoaringBitmap,
    pub new: RoaringBitmap,
    pub returning: RoaringBitmap,
    pub purchasing: RoaringBitmap,
}

impl People {
    fn add(&mut self, number: u32, session: &Session) {
        self.all.insert(number);
        if session.active() {
            self.active.insert(number);
        }
        if session.first_visit {
            self.new.insert(number);
        }
        if session.session_number.is_some_and(|n| n > 1) {
            self.returning.insert(number);
        }
    }
}

/// Money of one currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Takings {
    pub purchases: i32,
    pub gross_revenue: Decimal,
    pub refunds: Decimal,
}

/// The totals of one location on one day.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Totals {
    pub events: i64,
    pub unattributed_events: i64,
    pub page_views: i64,
    pub engagement_msec: i64,
    pub started: SessionCounts,
    resumed: BTreeMap<NaiveDate, SessionCounts>,
    pub purchases: i32,
    pub purchases_without_id: i32,
    pub items_sold: Decimal,
    pub clients: People,
    pub known_users: People,
    pub takings: BTreeMap<String, Takings>,
}

impl Totals {
    #[must_use]
    pub fn resumed(&self) -> Vec<Resumed> {
        self.resumed
            .iter()
            .map(|(&previous_day, &counts)| Resumed { previous_day, counts })
            .collect()
    }
}

/// Events that belong to no session.
#[derive(Debug, Clone)]
pub struct Unattributed {
    pub branch: Option<String>,
    pub events: i64,
    pub page_views: i64,
    pub engagement_msec: i64,
}

/// A purchase that counts.
#[derive(Debug, Clone)]
pub struct Purchase {
    pub branch: Option<String>,
    pub client: Option<u32>,
    pub known_user: Option<u32>,
    pub with_id: bool,
    pub revenue: Option<Decimal>,
    pub currency: String,
    pub quantity: Decimal,
}

/// A refund, dated by itself.
#[derive(Debug, Clone)]
pub struct Refund {
    pub branch: Option<String>,
    pub value: Option<Decimal>,
    pub currency: String,
}

/// The totals of a day, by location.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DayTotals {
    by_location: BTreeMap<String, Totals>,
}

impl DayTotals {
    /// Everything counts twice: for its location and for all.
    fn both(&mut self, branch: Option<&str>, add: impl Fn(&mut Totals)) {
        for location in [branch.unwrap_or(UNASSIGNED), ALL_LOCATIONS] {
            if let Some(totals) = self.by_location.get_mut(location) {
                add(totals);
            } else {
                add(self.by_location.entry(location.to_owned()).or_default());
            }
        }
    }

    pub fn add_session(&mut self, session: &Session) {
        self.both(session.branch.as_deref(), |totals| {
            totals.events += session.events;
            totals.page_views += session.page_views;
            totals.engagement_msec += session.engagement_msec;
            match session.previous_day {
                None => totals.started.add(session),
                Some(day) => totals.resumed.entry(day).or_default().add(session),
            }
            totals.clients.add(session.client, session);
            if let Some(user) = session.known_user {
                totals.known_users.add(user, session);
            }
        });
    }

    pub fn add_unattributed(&mut self, part: &Unattributed) {
        self.both(part.branch.as_deref(), |totals| {
            totals.events += part.events;
            totals.unattributed_events += part.events;
            totals.page_views += part.page_views;
            totals.engagement_msec += part.engagement_msec;
        });
    }

    pub fn add_purchase(&mut self, purchase: &Purchase) {
        self.both(purchase.branch.as_deref(), |totals| {
            totals.purchases += 1;
            totals.purchases_without_id += i32::from(!purchase.with_id);
            totals.items_sold += purchase.quantity;
            if let Some(client) = purchase.client {
                totals.clients.purchasing.insert(client);
            }
            if let Some(user) = purchase.known_user {
                totals.known_users.purchasing.insert(user);
            }
            let takings = totals.takings.entry(purchase.currency.clone()).or_default();
            takings.purchases += 1;
            takings.gross_revenue += purchase.revenue.unwrap_or_default();
        });
    }

    pub fn add_refund(&mut self, refund: &Refund) {
        self.both(refund.branch.as_deref(), |totals| {
            let takings = totals.takings.entry(refund.currency.clone()).or_default();
            takings.refunds += refund.value.unwrap_or_default();
        });
    }

    /// Locations in order, all of them together first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Totals)> {
        self.by_location.iter().map(|(location, totals)| (location.as_str(), totals))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn session(branch: Option<&str>, client: u32) -> Session {
        Session {
            branch: branch.map(str::to_owned),
            client,
            known_user: None,
            previous_day: None,
            events: 3,
            page_views: 2,
            engagement_msec: 0,
            day_active: None,
            first_visit: false,
            session_number: Some(2),
            engaged: true,
            converted: false,
            cart: false,
            checkout: false,
        }
    }

    proptest! {
        #[test]
        fn locations_add_up_to_all_but_clients_do_not(
            sessions in prop::collection::vec((0u8..4, 0u32..6), 1..60)
        ) {
            let mut day = DayTotals::default();
            for (branch, client) in &sessions {
                let branch = (*branch > 0).then(|| format!("B{branch}"));
                day.add_session(&session(branch.as_deref(), *client));
            }
            let all = &day.by_location[ALL_LOCATIONS];
            let parts = || day.iter().filter(|(location, _)| *location != ALL_LOCATIONS);
            prop_assert_eq!(all.started.sessions, parts().map(|(_, t)| t.started.sessions).sum::<i32>());
            prop_assert_eq!(all.events, parts().map(|(_, t)| t.events).sum::<i64>());
            let union = parts().fold(RoaringBitmap::new(), |set, (_, t)| set | &t.clients.all);
            prop_assert_eq!(&all.clients.all, &union);
        }
    }

    #[test]
    fn flag_of_the_export_wins_over_the_fallback() {
        let mut day = DayTotals::default();
        day.add_session(&Session { day_active: Some(false), ..session(None, 1) });
        day.add_session(&session(None, 2));
        let active = &day.by_location[UNASSIGNED].clients.active;
        assert!(!active.contains(1) && active.contains(2));
    }
}
