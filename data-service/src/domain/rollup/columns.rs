//! The day entry by entry, column by column, for what no rollup holds: any dimensions together, filtered by any.

use common::columns::{Dictionary, flag, write_decimals, write_numbers};
use rust_decimal::Decimal;

use super::{Place, Purchase, Refund, Search, Session, Sessionless};

/// Dimensions of an entry, in the order of [`Place::values`].
const DIMENSIONS: usize = 10;

/// The place of an entry's value in the dictionary of each dimension.
type Codes = [u32; DIMENSIONS];

/// Entries of the day by kind.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Columns {
    dictionaries: [Dictionary; DIMENSIONS],
    sessions: Vec<(Codes, SessionEntry)>,
    sessionless: Vec<(Codes, SessionEntry)>,
    purchases: Vec<(Codes, PurchaseEntry)>,
    refunds: Vec<(Codes, (u32, Decimal))>,
    searches: Vec<(Codes, bool)>,
    currencies: Dictionary,
}

/// Numbers of clients and known users are one more than the real ones; 0 is none.
#[derive(Debug, Clone, Copy, PartialEq)]
struct SessionEntry {
    flags: i64,
    /// Days since the session was active before; 0 when it never was.
    away: i64,
    client: i64,
    known_user: i64,
    events: i64,
    page_views: i64,
    engagement_msec: i64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct PurchaseEntry {
    buyer: i64,
    with_id: bool,
    currency: u32,
    revenue: Decimal,
    quantity: Decimal,
}

/// The columns of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct WrittenColumns {
    /// Entries of each kind: sessions, groups without one, purchases, refunds, searches.
    pub entries: [i32; 5],
    /// Branch, customer, device, country, city, source, medium, campaign, landing page, visitor.
    pub dimensions: [Vec<u8>; DIMENSIONS],
    /// Flags, days away, client, known user, events, page views, engagement.
    pub activity: [Vec<u8>; 7],
    /// Buyer, whether it has an id, currency, revenue, quantity.
    pub purchases: [Vec<u8>; 5],
    /// Currency and value.
    pub refunds: [Vec<u8>; 2],
    pub failed_searches: Vec<u8>,
}

fn one_more(number: Option<u32>) -> i64 {
    number.map_or(0, |number| i64::from(number) + 1)
}

impl SessionEntry {
    fn of_session(session: &Session, date: chrono::NaiveDate) -> Self {
        let activity = &session.activity;
        let flags = [
            (flag::ENGAGED, session.engaged),
            (flag::CART, session.cart),
            (flag::CHECKOUT, session.checkout),
            (flag::CONVERTED, session.converted),
            (flag::ACTIVE, session.active(activity)),
            (flag::FIRST_VISIT, activity.first_visit),
            (flag::RETURNING, session.returning()),
        ];
        Self {
            flags: flags.iter().filter(|(_, holds)| *holds).map(|(bit, _)| bit).sum(),
            away: session.previous_day.map_or(0, |day| (date - day).num_days()),
            client: one_more(Some(session.client)),
            known_user: one_more(session.known_user),
            events: activity.events,
            page_views: activity.page_views,
            engagement_msec: activity.engagement_msec,
        }
    }
}

impl Columns {
    fn codes(&mut self, place: &Place) -> Codes {
        let mut codes = Codes::default();
        let columns = self.dictionaries.iter_mut().zip(place.values());
        for (code, (dictionary, value)) in codes.iter_mut().zip(columns) {
            *code = dictionary.code(value);
        }
        codes
    }

    pub(super) fn add_session(&mut self, date: chrono::NaiveDate, session: &Session) {
        let codes = self.codes(&session.place);
        self.sessions.push((codes, SessionEntry::of_session(session, date)));
    }

    pub(super) fn add_sessionless(&mut self, date: chrono::NaiveDate, part: &Sessionless) {
        let codes = self.codes(&part.place);
        let alone = Session { activity: part.activity, ..Session::default() };
        let entry = SessionEntry::of_session(&alone, date);
        self.sessionless.push((codes, SessionEntry { client: one_more(part.client), ..entry }));
    }

    pub(super) fn add_purchase(&mut self, purchase: &Purchase) {
        let codes = self.codes(&purchase.place);
        let entry = PurchaseEntry {
            buyer: one_more(purchase.client),
            with_id: purchase.with_id,
            currency: self.currencies.code(&purchase.currency),
            revenue: purchase.revenue.unwrap_or_default(),
            quantity: purchase.quantity,
        };
        self.purchases.push((codes, entry));
    }

    pub(super) fn add_refund(&mut self, refund: &Refund) {
        let codes = self.codes(&refund.place);
        let currency = self.currencies.code(&refund.currency);
        self.refunds.push((codes, (currency, refund.value.unwrap_or_default())));
    }

    pub(super) fn add_search(&mut self, search: &Search) {
        let codes = self.codes(&search.place);
        self.searches.push((codes, search.failed));
    }

    /// The columns as they are stored, in blocks of so many entries of each kind; one when nothing happened.
    pub fn blocks(&self, size: usize) -> impl Iterator<Item = WrittenColumns> + '_ {
        let kinds = [
            self.sessions.len(),
            self.sessionless.len(),
            self.purchases.len(),
            self.refunds.len(),
            self.searches.len(),
        ];
        let blocks = kinds.map(|entries| entries.div_ceil(size)).into_iter().max();
        (0..blocks.unwrap_or_default().max(1)).map(move |block| {
            Block {
                dictionaries: &self.dictionaries,
                currencies: &self.currencies,
                sessions: part(&self.sessions, block, size),
                sessionless: part(&self.sessionless, block, size),
                purchases: part(&self.purchases, block, size),
                refunds: part(&self.refunds, block, size),
                searches: part(&self.searches, block, size),
            }
            .write()
        })
    }
}

fn part<T>(entries: &[T], block: usize, size: usize) -> &[T] {
    entries.chunks(size).nth(block).unwrap_or_default()
}

/// Entries that are stored in one row.
struct Block<'a> {
    dictionaries: &'a [Dictionary; DIMENSIONS],
    currencies: &'a Dictionary,
    sessions: &'a [(Codes, SessionEntry)],
    sessionless: &'a [(Codes, SessionEntry)],
    purchases: &'a [(Codes, PurchaseEntry)],
    refunds: &'a [(Codes, (u32, Decimal))],
    searches: &'a [(Codes, bool)],
}

impl Block<'_> {
    fn dimension(&self, at: usize) -> Vec<u8> {
        let visits = self.sessions.iter().chain(self.sessionless).map(|(codes, _)| codes);
        let codes = visits
            .chain(self.purchases.iter().map(|(codes, _)| codes))
            .chain(self.refunds.iter().map(|(codes, _)| codes))
            .chain(self.searches.iter().map(|(codes, _)| codes));
        self.dictionaries[at].write(codes.map(|codes| codes[at]))
    }

    fn activity(&self, of: fn(&SessionEntry) -> i64) -> Vec<u8> {
        let entries = self.sessions.iter().chain(self.sessionless);
        write_numbers(&entries.map(|(_, entry)| of(entry)).collect::<Vec<_>>())
    }

    fn write(&self) -> WrittenColumns {
        let bought = |of: fn(&PurchaseEntry) -> i64| {
            write_numbers(&self.purchases.iter().map(|(_, p)| of(p)).collect::<Vec<_>>())
        };
        let paid = |of: fn(&PurchaseEntry) -> Decimal| {
            write_decimals(&self.purchases.iter().map(|(_, p)| of(p)).collect::<Vec<_>>())
        };
        let back: Vec<Decimal> = self.refunds.iter().map(|(_, (_, value))| *value).collect();
        let failed: Vec<i64> = self.searches.iter().map(|(_, failed)| (*failed).into()).collect();
        let count = |entries: usize| i32::try_from(entries).unwrap_or(i32::MAX);
        WrittenColumns {
            entries: [
                count(self.sessions.len()),
                count(self.sessionless.len()),
                count(self.purchases.len()),
                count(self.refunds.len()),
                count(self.searches.len()),
            ],
            dimensions: std::array::from_fn(|at| self.dimension(at)),
            activity: [
                self.activity(|entry| entry.flags),
                self.activity(|entry| entry.away),
                self.activity(|entry| entry.client),
                self.activity(|entry| entry.known_user),
                self.activity(|entry| entry.events),
                self.activity(|entry| entry.page_views),
                self.activity(|entry| entry.engagement_msec),
            ],
            purchases: [
                bought(|purchase| purchase.buyer),
                bought(|purchase| purchase.with_id.into()),
                self.currencies.write(self.purchases.iter().map(|(_, p)| p.currency)),
                paid(|purchase| purchase.revenue),
                paid(|purchase| purchase.quantity),
            ],
            refunds: [
                self.currencies.write(self.refunds.iter().map(|(_, (currency, _))| *currency)),
                write_decimals(&back),
            ],
            failed_searches: write_numbers(&failed),
        }
    }
}
