//! The metric definitions computed the plain way, over all events at once and in memory. Tests hold the product's SQL against
//! it, so it takes no short cut that would need a proof.
//!
//! Every number over a range comes from the same few lists: the events of the range, the sessions having one of them, and the
//! purchases elected over everything loaded.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use common::kernel::DateRange;
use rust_decimal::Decimal;

use super::event::{ClientId, Event, SessionId};

mod carts;
mod identity;
mod metrics;
mod place;
mod purchases;
mod searches;
mod sessions;
mod visitors;

pub use carts::{AbandonRules, Cart};
pub use metrics::{Metrics, Money};
pub use sessions::Session;

/// Where events without a branch are counted.
pub const UNASSIGNED: &str = "(unassigned)";

/// What a tenant configures that changes numbers.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Key of the user property, or event param, that holds the branch code.
    pub branch_key: Option<String>,
    pub customer_key: Option<String>,
    /// Key used for the known user where `user_id` is null.
    pub known_user_key: Option<String>,
    /// Events that make a session engaged when GA4 does not say whether it was.
    pub key_events: Vec<String>,
    /// Currency of money whose event names none.
    pub currency: String,
    /// Names of events that tell of a search without results.
    pub no_results_events: Vec<String>,
    /// Param with the number of results.
    pub result_count_key: Option<String>,
    /// Searches that make a session unconverted, sessions of a repeat visitor, page views of a hot one.
    pub thresholds: [u64; 3],
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            branch_key: Some("branch".to_owned()),
            customer_key: Some("customer_id".to_owned()),
            known_user_key: None,
            key_events: Vec::new(),
            currency: "USD".to_owned(),
            no_results_events: vec!["no_search_results".to_owned()],
            result_count_key: None,
            thresholds: [3, 2, 3],
        }
    }
}

/// All events of one property, ready to be asked.
#[derive(Debug)]
pub struct Oracle {
    settings: Settings,
    /// Without exact duplicates, in the order of their happening.
    events: Vec<Event>,
    /// How many rows were exact duplicates of an event.
    pub duplicates: usize,
    sessions: BTreeMap<SessionId, Session>,
    /// For each event what it counts for, worked out once because every number asks for it.
    owners: Vec<Owner>,
    /// Positions of the purchases that count.
    kept_purchases: BTreeSet<usize>,
    /// Positions of the searches that count, and whether they found nothing.
    searches: BTreeMap<usize, bool>,
}

#[derive(Debug)]
struct Owner {
    session: Option<SessionId>,
    /// The session's branch, or the event's own when it belongs to no session.
    branch: String,
}

impl Oracle {
    /// The events may come in any order.
    pub fn new(events: impl IntoIterator<Item = Event>, settings: Settings) -> Self {
        let (mut events, duplicates) = identity::without_duplicates(events);
        events
            .sort_by(|one, other| one.micros.cmp(&other.micros).then(one.batch.cmp(&other.batch)));
        let sessions = sessions::build(&events, &settings);
        let owners = events.iter().map(|event| owner(event, &sessions, &settings)).collect();
        let kept_purchases = purchases::elect(&events);
        let searches = searches::count(&events, &settings);
        Self { settings, events, duplicates, sessions, owners, kept_purchases, searches }
    }

    /// All locations together.
    pub fn overview(&self, range: DateRange) -> Metrics {
        self.measure(range, None)
    }

    /// One bucket a day, also for days without an event.
    pub fn series(&self, range: DateRange) -> Vec<(NaiveDate, Metrics)> {
        range.iter().map(|day| (day, self.overview(DateRange::single(day)))).collect()
    }

    /// Every branch with an event in the range, and [`UNASSIGNED`] when it has one.
    pub fn locations(&self, range: DateRange) -> BTreeMap<String, Metrics> {
        let owners = self.events.iter().zip(&self.owners);
        let in_range = owners.filter(|(event, _)| range.contains(event.date));
        let branches: BTreeSet<&String> = in_range.map(|(_, owner)| &owner.branch).collect();
        let measured = |branch: &String| (branch.clone(), self.measure(range, Some(branch)));
        branches.into_iter().map(measured).collect()
    }

    /// Clients with a purchase that counts.
    pub fn purchasing_users(&self, range: DateRange) -> u64 {
        let kept = self.kept_purchases.iter().map(|position| &self.events[*position]);
        let clients = kept.filter(|event| range.contains(event.date)).filter_map(Event::client);
        clients.collect::<Clients>().len() as u64
    }

    /// Positions in [`Self::events`] of the purchases that count.
    pub fn kept_purchases(&self) -> impl Iterator<Item = usize> {
        self.kept_purchases.iter().copied()
    }

    pub fn sessions(&self) -> impl Iterator<Item = (&SessionId, &Session)> {
        self.sessions.iter()
    }

    pub fn events(&self) -> &[Event] {
        &self.events
    }

    fn measure(&self, range: DateRange, branch: Option<&str>) -> Metrics {
        let included = |position: &usize| {
            range.contains(self.events[*position].date)
                && branch.is_none_or(|branch| self.owners[*position].branch == branch)
        };
        let positions: Vec<usize> = (0..self.events.len()).filter(included).collect();
        self.measure_events(&positions, |date| range.contains(date))
    }

    /// The metrics of these events; `within` says which days count as the whole range.
    fn measure_events(&self, positions: &[usize], within: impl Fn(NaiveDate) -> bool) -> Metrics {
        let mut metrics = Metrics::default();
        let mut sessions = BTreeSet::new();
        let mut users = metrics::Users::default();
        for position in positions {
            let (event, owner) = (&self.events[*position], &self.owners[*position]);
            metrics.count_event(event, owner.session.is_none());
            if self.kept_purchases.contains(position) {
                metrics.count_purchase(event, &self.settings.currency);
                users.purchasing.extend(event.client());
            }
            if event.name == "refund" {
                metrics.count_refund(event, &self.settings.currency);
            }
            if let Some(failed) = self.searches.get(position) {
                metrics.searches += 1;
                metrics.failed_searches += u64::from(*failed);
            }
            users.count(event, owner.session.as_ref().map(|id| &self.sessions[id]));
            sessions.extend(&owner.session);
        }
        for id in &sessions {
            let session = &self.sessions[*id];
            metrics.count_session(session, within(session.first_date));
            metrics.unconverted_searches += u64::from(self.unconverted(id));
        }
        users.finish(&mut metrics);
        self.count_visitors(positions, &mut metrics);
        metrics
    }
}

fn owner(event: &Event, sessions: &BTreeMap<SessionId, Session>, settings: &Settings) -> Owner {
    let session = event.session();
    let branch = match &session {
        Some(id) => sessions[id].branch.clone(),
        None => event.identity(settings.branch_key.as_deref().unwrap_or_default()),
    };
    Owner { session, branch: branch.unwrap_or_else(|| UNASSIGNED.to_owned()) }
}

/// Clients, counted once each.
type Clients = BTreeSet<ClientId>;

/// An amount for each currency.
type Amounts = BTreeMap<String, Decimal>;

#[cfg(test)]
mod tests;
