//! One day, filled fact by fact.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{
    ALL_LOCATIONS, Activity, Columns, Dimension, HourPart, HourTotals, Place, Session, Totals,
    Value,
};

/// Events that belong to no session.
#[derive(Debug, Clone, Default)]
pub struct Sessionless {
    pub place: Place,
    pub client: Option<u32>,
    pub activity: Activity,
}

/// A purchase that counts.
#[derive(Debug, Clone, Default)]
pub struct Purchase {
    pub place: Place,
    /// First instant of its hour, microseconds.
    pub hour: i64,
    pub client: Option<u32>,
    pub with_id: bool,
    pub revenue: Option<Decimal>,
    pub currency: String,
    pub quantity: Decimal,
}

/// A refund, dated by itself.
#[derive(Debug, Clone, Default)]
pub struct Refund {
    pub place: Place,
    pub hour: i64,
    pub value: Option<Decimal>,
    pub currency: String,
}

/// A search that counts.
#[derive(Debug, Clone, Default)]
pub struct Search {
    pub place: Place,
    pub hour: i64,
    pub term: String,
    pub failed: bool,
}

/// The totals of a day, and its entries one by one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DayTotals {
    date: NaiveDate,
    columns: Columns,
    locations: BTreeMap<String, Totals>,
    values: BTreeMap<(Dimension, Value), Totals>,
    hours: BTreeMap<(String, i64), HourTotals>,
    /// How many sessions were added.
    sessions: u32,
}

impl DayTotals {
    /// A day on which nothing happened yet.
    #[must_use]
    pub fn of(date: NaiveDate) -> Self {
        Self { date, ..Self::default() }
    }

    /// Everything counts for its location, for all of them, and for its value of each dimension.
    fn each(&mut self, place: &Place, add: impl Fn(&mut Totals)) {
        for location in locations(place) {
            add(self.locations.entry(location.to_owned()).or_default());
        }
        for key in place.origin.values() {
            add(self.values.entry(key).or_default());
        }
    }

    fn each_hour(&mut self, place: &Place, hour: i64, add: impl Fn(&mut HourTotals)) {
        for location in locations(place) {
            add(self.hours.entry((location.to_owned(), hour)).or_default());
        }
    }

    /// Sessions come in the order of their keys; `hours` are theirs.
    pub fn add_session(&mut self, session: &Session, hours: &[HourPart]) {
        self.columns.add_session(self.date, session);
        self.each(&session.place, |totals| totals.add_session(session, &session.activity, true));
        let (place, first) = (self.sessions, hours.iter().map(|part| part.hour).min());
        for part in hours {
            let at_home = Some(part.hour) == first;
            self.each_hour(&session.place, part.hour, |hour| {
                hour.add(place, session, &part.activity, at_home);
            });
        }
        self.sessions += 1;
    }

    pub fn add_sessionless(&mut self, part: &Sessionless) {
        self.columns.add_sessionless(self.date, part);
        self.each(&part.place, |totals| totals.add_sessionless(part));
    }

    pub fn add_sessionless_hour(&mut self, hour: i64, part: &Sessionless) {
        self.each_hour(&part.place, hour, |totals| totals.totals.add_sessionless(part));
    }

    pub fn add_purchase(&mut self, purchase: &Purchase) {
        self.columns.add_purchase(purchase);
        self.each(&purchase.place, |totals| totals.add_purchase(purchase));
        self.each_hour(&purchase.place, purchase.hour, |hour| hour.totals.add_purchase(purchase));
    }

    pub fn add_refund(&mut self, refund: &Refund) {
        self.columns.add_refund(refund);
        self.each(&refund.place, |totals| totals.add_refund(refund));
        self.each_hour(&refund.place, refund.hour, |hour| hour.totals.add_refund(refund));
    }

    pub fn add_search(&mut self, search: &Search) {
        self.columns.add_search(search);
        self.each(&search.place, |totals| totals.add_search(search));
        self.each_hour(&search.place, search.hour, |hour| hour.totals.add_search(search));
        let term = [search.term.clone(), String::new(), String::new()];
        self.values.entry((Dimension::SearchTerm, term)).or_default().add_search(search);
    }

    /// What was sold of one item.
    pub fn add_item(&mut self, item: Value, quantity: Decimal) {
        self.values.entry((Dimension::Item, item)).or_default().items_sold += quantity;
    }

    /// What happened on one page, and by whom.
    pub fn add_page(
        &mut self,
        path: String,
        activity: &Activity,
        clients: impl Iterator<Item = u32>,
    ) {
        let page = [path, String::new(), String::new()];
        let totals = self.values.entry((Dimension::Page, page)).or_default();
        totals.events += activity.events;
        totals.page_views += activity.page_views;
        totals.engagement_msec += activity.engagement_msec;
        totals.clients.all.extend(clients);
    }

    /// The entries one by one.
    #[must_use]
    pub const fn columns(&self) -> &Columns {
        &self.columns
    }

    /// Locations in order, all of them together first.
    pub fn locations(&self) -> impl Iterator<Item = (&str, &Totals)> {
        self.locations.iter().map(|(location, totals)| (location.as_str(), totals))
    }

    pub fn values(&self) -> impl Iterator<Item = (Dimension, &Value, &Totals)> {
        self.values.iter().map(|((dimension, value), totals)| (*dimension, value, totals))
    }

    pub fn hours(&self) -> impl Iterator<Item = (&str, i64, &HourTotals)> {
        self.hours.iter().map(|((location, hour), totals)| (location.as_str(), *hour, totals))
    }
}

fn locations(place: &Place) -> [&str; 2] {
    [place.branch(), ALL_LOCATIONS]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rollup::{Origin, UNASSIGNED};
    use proptest::prelude::*;
    use roaring::RoaringBitmap;

    fn session(branch: Option<&str>, client: u32) -> Session {
        let origin = Origin { session_number: Some(2), ..Origin::default() };
        Session {
            place: Place { branch: branch.map(str::to_owned), origin },
            client,
            activity: Activity { events: 3, page_views: 2, ..Activity::default() },
            engaged: true,
            ..Session::default()
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
                day.add_session(&session(branch.as_deref(), *client), &[]);
            }
            let all = &day.locations[ALL_LOCATIONS];
            let parts = || day.locations().filter(|(location, _)| *location != ALL_LOCATIONS);
            prop_assert_eq!(
                all.sessions.started.sessions,
                parts().map(|(_, t)| t.sessions.started.sessions).sum::<i32>()
            );
            prop_assert_eq!(all.events, parts().map(|(_, t)| t.events).sum::<i64>());
            let union = parts().fold(RoaringBitmap::new(), |set, (_, t)| set | &t.clients.all);
            prop_assert_eq!(&all.clients.all, &union);
        }
    }

    #[test]
    fn flag_of_the_export_wins_over_the_fallback() {
        let mut day = DayTotals::default();
        let mut silent = session(None, 1);
        silent.activity.active = Some(false);
        day.add_session(&silent, &[]);
        day.add_session(&session(None, 2), &[]);
        let active = &day.locations[UNASSIGNED].clients.active;
        assert!(!active.contains(1) && active.contains(2));
    }

    #[test]
    fn a_session_of_two_hours_is_at_home_in_the_first_and_in_the_sets_of_both() {
        let mut day = DayTotals::default();
        let part =
            |hour| HourPart { hour, activity: Activity { events: 1, ..Activity::default() } };
        day.add_session(&session(None, 1), &[part(7), part(6)]);
        let counted: Vec<_> = day
            .hours()
            .filter(|(location, ..)| *location == ALL_LOCATIONS)
            .map(|(_, hour, h)| (hour, h.totals.sessions.started.sessions, h.sessions.all.len()))
            .collect();
        assert_eq!(counted, [(6, 1, 1), (7, 0, 1)]);
    }
}
