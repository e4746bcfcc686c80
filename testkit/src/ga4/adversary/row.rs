//! One event as a row of the export.

use chrono::NaiveDate;
use rand::Rng;
use rand::rngs::StdRng;

use crate::ga4::{Row, Schema, Value};

/// What an event is made of; what is none is null in the row.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub micros: i64,
    pub name: &'static str,
    pub client: Option<&'static str>,
    pub session: Option<i64>,
    pub session_as_text: bool,
    pub session_number: Option<i64>,
    pub engaged: Option<bool>,
    pub engaged_as_text: bool,
    pub active: bool,
    pub engagement_msec: Option<i64>,
    pub user_id: Option<&'static str>,
    pub branch: Option<&'static str>,
    pub customer: Option<&'static str>,
    pub device: Option<&'static str>,
    pub country: Option<&'static str>,
    pub city: Option<&'static str>,
    pub traffic: Option<(&'static str, &'static str, &'static str)>,
    pub path: Option<&'static str>,
    pub term: Option<&'static str>,
    pub results: Option<i64>,
    pub currency: Option<&'static str>,
    pub sale: Option<Sale>,
    pub refund: Option<i64>,
}

/// Items and, of a purchase, its money.
#[derive(Debug, Clone)]
pub(super) struct Sale {
    transaction: Option<&'static str>,
    /// Cents; NaN when negative.
    revenue: Option<i64>,
    /// Product, price in cents, quantity.
    items: Vec<(u8, Option<i64>, Option<i64>)>,
}

impl Sale {
    pub(super) fn choose(random: &mut StdRng) -> Self {
        let ids = [None, Some(""), Some("(not set)"), Some("T1"), Some("T2"), Some("T3")];
        let item = |random: &mut StdRng| {
            let price = random.random_bool(0.8).then(|| random.random_range(1..5_000));
            let quantity = random.random_bool(0.7).then(|| random.random_range(0..4));
            (random.random_range(0..3), price, quantity)
        };
        let revenue = random.random_range(-2..8_000);
        Self {
            transaction: ids[random.random_range(0..ids.len())],
            revenue: random.random_bool(0.8).then_some(revenue),
            items: (0..random.random_range(0..3)).map(|_| item(random)).collect(),
        }
    }
}

const PRODUCTS: [(&str, &str, &str); 3] =
    [("P1", "Hose", "Garden"), ("P2", "Valve", "Garden"), ("P3", "Clamp", "Tools")];

fn text(text: Option<&'static str>) -> Value {
    text.map_or(Value::Null, Value::from)
}

fn cents(cents: i64) -> Value {
    Value::Float(if cents < 0 { f64::NAN } else { cents as f64 / 100.0 })
}

fn param(key: &'static str, string: Value, int: Value, slots: usize) -> Value {
    let mut value = vec![string, int];
    value.resize(slots, Value::Null);
    Value::Record(vec![Value::from(key), Value::Record(value)])
}

impl Draft {
    /// `flagged` says whether the table has the flag of active users filled.
    pub(super) fn row(&self, date: NaiveDate, flagged: bool) -> Row {
        let schema = Schema::production();
        let mut row = vec![Value::Null; schema.fields.len()];
        let mut set = |name: &str, value: Value| {
            if let Some(place) = schema.position(name) {
                row[place] = value;
            }
        };
        set("event_date", Value::from(date.format("%Y%m%d").to_string()));
        set("event_timestamp", Value::Int(self.micros));
        set("event_name", Value::from(self.name));
        set("event_params", Value::List(self.params()));
        set("user_id", text(self.user_id));
        set("user_pseudo_id", text(self.client));
        set("user_properties", Value::List(self.properties()));
        set("device", first(15, &[(0, text(self.device))]));
        set("geo", first(6, &[(0, text(self.city)), (1, text(self.country))]));
        set("stream_id", Value::from("1"));
        set("platform", Value::from("WEB"));
        set("ecommerce", self.ecommerce());
        set("items", Value::List(self.items()));
        if let Some((source, medium, campaign)) = self.traffic {
            let collected =
                [(1, Value::from(campaign)), (2, Value::from(source)), (3, Value::from(medium))];
            set("collected_traffic_source", first(12, &collected));
        }
        if flagged {
            set("is_active_user", Value::Bool(self.active));
        }
        row
    }

    fn params(&self) -> Vec<Value> {
        let string =
            |key, value: Option<String>| value.map(|v| param(key, v.into(), Value::Null, 4));
        let int = |key, value: Option<i64>| value.map(|v| param(key, Value::Null, v.into(), 4));
        let (as_text, as_int) = if self.session_as_text {
            (self.session.map(|id| id.to_string()), None)
        } else {
            (None, self.session)
        };
        let engaged = self.engaged.map(i64::from);
        let (engaged_text, engaged_int) = if self.engaged_as_text {
            (engaged.map(|engaged| engaged.to_string()), None)
        } else {
            (None, engaged)
        };
        let search = ["view_search_results", "no_search_results"].contains(&self.name);
        let address = self.path.map(|path| format!("https://shop.example{path}?q=1#top"));
        [
            string("ga_session_id", as_text),
            int("ga_session_id", as_int),
            int("ga_session_number", self.session_number),
            string("session_engaged", engaged_text),
            int("session_engaged", engaged_int),
            int("engagement_time_msec", self.engagement_msec),
            string("page_location", address),
            string("search_term", self.term.filter(|_| search).map(str::to_owned)),
            int("search_results", self.results.filter(|_| search)),
            string("currency", self.currency.map(str::to_owned)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn properties(&self) -> Vec<Value> {
        let property = |key, value: Option<&'static str>| {
            value.map(|value| param(key, Value::from(value), Value::Null, 5))
        };
        let list = [property("branch", self.branch), property("customer_id", self.customer)];
        list.into_iter().flatten().collect()
    }

    fn ecommerce(&self) -> Value {
        let revenue = self.sale.as_ref().filter(|_| self.name == "purchase");
        let money = revenue.and_then(|sale| sale.revenue).map_or(Value::Null, cents);
        let transaction = text(revenue.and_then(|sale| sale.transaction));
        let refund = self.refund.map_or(Value::Null, cents);
        first(11, &[(2, money), (4, refund), (10, transaction)])
    }

    fn items(&self) -> Vec<Value> {
        let lines = self.sale.iter().flat_map(|sale| &sale.items);
        let item = |(product, price, quantity): &(u8, Option<i64>, Option<i64>)| {
            let (id, name, category) = PRODUCTS[usize::from(*product) % PRODUCTS.len()];
            first(
                27,
                &[
                    (0, Value::from(id)),
                    (1, Value::from(name)),
                    (4, Value::from(category)),
                    (10, price.map_or(Value::Null, cents)),
                    (11, (*quantity).into()),
                    (26, Value::List(Vec::new())),
                ],
            )
        };
        lines.map(item).collect()
    }
}

/// A record of so many cells, most of them null.
fn first(cells: usize, set: &[(usize, Value)]) -> Value {
    let mut record = vec![Value::Null; cells];
    for (place, value) in set {
        record[*place] = value.clone();
    }
    Value::Record(record)
}
