//! From an event of a session to its row in the export's columns.

use chrono::NaiveDate;
use rand::Rng;
use rand::rngs::StdRng;

use super::Generator;
use super::catalogue::{Line, category, price_cents, product_code, product_name};
use super::population::{Account, Visitor, customer_code};
use super::steps::{Order, OrderId, Revenue, Step};
use crate::ga4::{Row, Value};

mod record;

use record::{int_param, null_param, params, record, text_param};

/// One event with what distinguishes it from the others of its session.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub micros: i64,
    pub step: Step,
    /// Name of an event that GA4 adds by itself to the step's.
    pub automatic: Option<&'static str>,
    /// Whoever is logged in at that moment.
    pub account: Option<Account>,
    /// Page, ordering, index.
    pub batch: [i64; 3],
    pub engagement_msec: i64,
}

/// How GA4 says whether the session is engaged.
#[derive(Debug, Clone, Copy)]
pub(super) enum Engaged {
    Text(bool),
    Int(bool),
    Unsaid,
}

/// What all events of a session share.
#[derive(Debug, Clone)]
pub(super) struct Place {
    session_id: i64,
    session_id_as_text: bool,
    pub engaged: Engaged,
    pub active: bool,
    mobile: bool,
    city: usize,
    source: usize,
    currency: Option<&'static str>,
    customer_as_int: bool,
    order_number: u32,
}

const CITIES: [&str; 8] =
    ["City 01", "City 02", "City 03", "City 04", "City 05", "City 06", "City 07", "(not set)"];
const SOURCES: [(&str, &str, &str); 5] = [
    ("(direct)", "(none)", "(direct)"),
    ("google", "organic", "(organic)"),
    ("google", "cpc", "spring"),
    ("newsletter", "email", "weekly"),
    ("partner.example", "referral", "(referral)"),
];
const HOST: &str = "shop.example";

impl Place {
    pub(super) fn choose(
        shop: &Generator,
        visitor: &Visitor,
        start_micros: i64,
        random: &mut StdRng,
    ) -> Self {
        let currency = match random.random_range(0..50) {
            0 => None,
            1..5 => Some("CHF"),
            5 | 6 => Some("USD"),
            _ => Some(shop.currency),
        };
        Self {
            session_id: start_micros / 1_000_000,
            session_id_as_text: random.random_range(0..100) == 0,
            engaged: Engaged::Unsaid,
            active: false,
            mobile: random.random_range(0..3) == 0,
            city: random.random_range(0..CITIES.len()),
            source: random.random_range(0..SOURCES.len()),
            currency,
            customer_as_int: random.random_range(0..10) == 0,
            order_number: random.random_range(0..1 << 30) ^ visitor.session_number as u32,
        }
    }
}

impl Draft {
    fn name(&self) -> &'static str {
        if let Some(name) = self.automatic {
            return name;
        }
        match &self.step {
            Step::View(_) => "page_view",
            Step::Scroll => "scroll",
            Step::Search { .. } => "view_search_results",
            Step::ViewItem(_) => "view_item",
            Step::Add(_) => "add_to_cart",
            Step::Remove(_) => "remove_from_cart",
            Step::Checkout(_) => "begin_checkout",
            Step::Payment => "add_payment_info",
            Step::Purchase(_) => "purchase",
            Step::Refund { .. } => "refund",
            Step::Login => "login",
            Step::Engagement => "user_engagement",
        }
    }

    /// The cells in the order of `production.schema`.
    pub(super) fn row(
        &self,
        shop: &Generator,
        date: NaiveDate,
        visitor: &Visitor,
        place: &Place,
    ) -> Row {
        let consent = visitor.pseudo_id.is_some();
        let (source, medium, campaign) = SOURCES[place.source];
        let yes_no = |yes| Value::from(if yes { "Yes" } else { "No" });
        let [page, ordering, index] = self.batch.map(Value::Int);
        let user_id = self.account.as_ref().map(|account| account.user_id.clone());
        vec![
            Value::from(date.format("%Y%m%d").to_string()),
            Value::Int(self.micros),
            Value::from(self.name()),
            Value::List(self.params(visitor, place)),
            Value::Null,
            Value::Null,
            Value::Int(self.micros % 1_000_000_007 - 500_000_000),
            Value::Null,
            user_id.into(),
            visitor.pseudo_id.clone().into(),
            record([yes_no(consent), yes_no(consent), Value::from("No")]),
            Value::List(self.user_properties(shop, place)),
            consent.then_some(visitor.first_touch_micros).into(),
            record([Value::Float(0.0), Value::from("USD")]),
            device(place.mobile),
            record(["City", "Germany", "Europe", "Region", "Western Europe", "(not set)"].map(
                |text| {
                    if text == "City" { Value::from(CITIES[place.city]) } else { Value::from(text) }
                },
            )),
            Value::Null,
            record([campaign, medium, source].map(Value::from)),
            Value::from(shop.stream_id),
            Value::from("WEB"),
            Value::Null,
            self.ecommerce(shop, place),
            Value::List(self.lines().iter().map(item).collect()),
            record::collected_traffic(source, medium, campaign),
            Value::Bool(place.active && consent),
            index,
            page,
            ordering,
            record::session_traffic(source, medium, campaign),
            Value::Null,
            Value::Null,
        ]
    }

    fn params(&self, visitor: &Visitor, place: &Place) -> Vec<Value> {
        let path = match &self.step {
            Step::View(path) => path,
            Step::Search { .. } => "/search",
            Step::ViewItem(_) => "/product",
            Step::Checkout(_) | Step::Payment => "/checkout",
            Step::Purchase(_) => "/thanks",
            _ => "/",
        };
        let mut list = params([
            text_param("page_location", format!("https://{HOST}{path}?ref=1")),
            text_param("page_title", format!("Shop {path}")),
            null_param("ignore_referrer"),
        ]);
        if visitor.pseudo_id.is_some() {
            list.push(match place.session_id_as_text {
                true => text_param("ga_session_id", place.session_id.to_string()),
                false => int_param("ga_session_id", place.session_id),
            });
            list.push(int_param("ga_session_number", visitor.session_number));
            match place.engaged {
                Engaged::Text(engaged) => {
                    list.push(text_param("session_engaged", i64::from(engaged).to_string()));
                }
                Engaged::Int(engaged) => {
                    list.push(int_param("session_engaged", i64::from(engaged)));
                }
                Engaged::Unsaid => {}
            }
        }
        if self.automatic.is_some() {
            return list;
        }
        match &self.step {
            Step::View(_) => list.push(int_param("entrances", i64::from(self.batch[0] == 1))),
            Step::Scroll | Step::Engagement => {
                list.push(int_param("engagement_time_msec", self.engagement_msec));
            }
            Step::Search { term, results } => {
                list.push(text_param("search_term", *term));
                list.push(int_param("search_results", *results));
            }
            Step::Login => list.push(text_param("method", "password")),
            Step::Add(_)
            | Step::Remove(_)
            | Step::Checkout(_)
            | Step::Purchase(_)
            | Step::Refund { .. } => {
                list.extend(place.currency.map(|code| text_param("currency", code)));
            }
            Step::ViewItem(_) | Step::Payment => {}
        }
        list
    }

    fn user_properties(&self, shop: &Generator, place: &Place) -> Vec<Value> {
        let Some(account) = &self.account else { return Vec::new() };
        let code = customer_code(account.customer);
        let customer = match code.parse() {
            Ok(int) if place.customer_as_int => int_param(shop.customer_key, int),
            _ => text_param(shop.customer_key, code),
        };
        let branch = text_param(shop.branch_key, account.branch.clone());
        // A user property's value has one slot more than a param's: when it was set.
        [branch, customer]
            .into_iter()
            .map(|property| record::set_at(property, self.micros))
            .collect()
    }

    fn lines(&self) -> &[Line] {
        match &self.step {
            _ if self.automatic.is_some() => &[],
            Step::ViewItem(line) => std::slice::from_ref(line),
            Step::Add(lines) | Step::Remove(lines) | Step::Checkout(lines) => lines,
            Step::Purchase(order) => &order.lines,
            _ => &[],
        }
    }

    fn ecommerce(&self, shop: &Generator, place: &Place) -> Value {
        let id = |order: u32| Value::from(format!("T{}-{order}", place.order_number));
        let (revenue, refund, id) = match &self.step {
            Step::Purchase(order) => (
                self.revenue(order),
                Value::Null,
                match order.id {
                    OrderId::Known(number) => id(number),
                    OrderId::Null => Value::Null,
                    OrderId::Empty => Value::from(""),
                    OrderId::NotSet => Value::from("(not set)"),
                },
            ),
            Step::Refund { cents, order } => (Value::Null, money(*cents), id(*order)),
            Step::ViewItem(_) | Step::Add(_) | Step::Checkout(_) if self.automatic.is_none() => {
                (Value::Null, Value::Null, Value::from("(not set)"))
            }
            _ => return Value::Null,
        };
        let units: i64 = self.lines().iter().map(Line::units).sum();
        let dollars = |value: &Value| match place.currency.unwrap_or(shop.currency) {
            "USD" => value.clone(),
            _ => Value::Null,
        };
        record([
            Value::Int(units),
            dollars(&revenue),
            revenue,
            dollars(&refund),
            refund,
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Int(self.lines().len() as i64),
            id,
        ])
    }

    fn revenue(&self, order: &Order) -> Value {
        let cents = |line: &Line| price_cents(line.product) * line.units();
        match order.revenue {
            Revenue::Sum => money(order.lines.iter().map(cents).sum()),
            Revenue::Null => Value::Null,
            Revenue::NotANumber => Value::Float(f64::NAN),
        }
    }
}

fn money(cents: i64) -> Value {
    Value::Float(cents as f64 / 100.0)
}

fn device(mobile: bool) -> Value {
    let (category, system, version) = if mobile {
        ("mobile", "Android", "Android 14")
    } else {
        ("desktop", "Windows", "Windows 11")
    };
    let mut cells = vec![Value::Null; 15];
    cells[0] = Value::from(category);
    cells[5] = Value::from(system);
    cells[6] = Value::from(version);
    cells[9] = Value::from("de-de");
    cells[10] = Value::from("No");
    cells[14] = record([Value::from("Chrome"), Value::from("131.0"), Value::from(HOST)]);
    Value::Record(cells)
}

fn item(line: &Line) -> Value {
    let price = line.price_known.then(|| price_cents(line.product));
    let mut cells = vec![Value::Null; 27];
    cells[0] = Value::from(product_code(line.product));
    cells[1] = Value::from(product_name(line.product));
    cells[4] = Value::from(category(line.product));
    cells[10] = price.map_or(Value::Null, money);
    cells[11] = line.quantity.into();
    cells[26] = Value::List(Vec::new());
    Value::Record(cells)
}
