//! What adds up: counts, money and people of one row.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;
use rust_decimal::Decimal;

use super::session::Sessions;
use super::{Activity, People, Purchase, Refund, Search, Session, Sessionless};

/// Money of one currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Takings {
    pub purchases: i32,
    pub gross_revenue: Decimal,
    pub refunds: Decimal,
}

/// The totals of one row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Totals {
    pub events: i64,
    pub unattributed_events: i64,
    pub page_views: i64,
    pub engagement_msec: i64,
    pub sessions: Sessions,
    pub purchases: i32,
    pub purchases_without_id: i32,
    pub items_sold: Decimal,
    pub searches: i32,
    pub failed_searches: i32,
    pub clients: People,
    pub known_users: RoaringBitmap,
    pub takings: BTreeMap<String, Takings>,
}

impl Totals {
    fn add_activity(&mut self, activity: &Activity) {
        self.events += activity.events;
        self.page_views += activity.page_views;
        self.engagement_msec += activity.engagement_msec;
    }

    /// The session's part of the row's time. It is counted itself only where it is at home: on a
    /// day once, of the hours in the first.
    pub(super) fn add_session(&mut self, session: &Session, activity: &Activity, at_home: bool) {
        self.add_activity(activity);
        if at_home {
            self.sessions.add(session);
        }
        self.clients.add_in_session(session.client, session, activity);
        if let Some(user) = session.known_user {
            self.known_users.insert(user);
        }
    }

    pub(super) fn add_sessionless(&mut self, part: &Sessionless) {
        self.add_activity(&part.activity);
        self.unattributed_events += part.activity.events;
        if let Some(client) = part.client {
            let active = Session::default().active(&part.activity);
            self.clients.add(client, active, part.activity.first_visit);
        }
    }

    pub(super) fn add_purchase(&mut self, purchase: &Purchase) {
        self.purchases += 1;
        self.purchases_without_id += i32::from(!purchase.with_id);
        self.items_sold += purchase.quantity;
        if let Some(client) = purchase.client {
            self.clients.purchasing.insert(client);
        }
        let takings = self.takings.entry(purchase.currency.clone()).or_default();
        takings.purchases += 1;
        takings.gross_revenue += purchase.revenue.unwrap_or_default();
    }

    pub(super) fn add_refund(&mut self, refund: &Refund) {
        let takings = self.takings.entry(refund.currency.clone()).or_default();
        takings.refunds += refund.value.unwrap_or_default();
    }

    pub(super) fn add_search(&mut self, search: &Search) {
        self.searches += 1;
        self.failed_searches += i32::from(search.failed);
    }
}
