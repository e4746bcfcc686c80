//! A plain typed view of an export row, for tests that compute naive numbers. It shares no code with the product's decoder.

use std::str::FromStr;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::schema::{Field, Kind};
use super::{Row, Schema, Value};

/// One event with the fields that numbers are made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The export's `event_date`: the property's local day.
    pub date: NaiveDate,
    /// UTC microseconds.
    pub micros: i64,
    pub name: String,
    pub stream: String,
    pub pseudo_id: Option<String>,
    pub user_id: Option<String>,
    pub active_user: Option<bool>,
    /// Page, ordering and index of the batch the event came in; absent counts as lowest.
    pub batch: [Option<i64>; 3],
    pub bundle: Option<i64>,
    pub params: Vec<Param>,
    pub user_properties: Vec<Param>,
    pub items: Vec<Item>,
    pub ecommerce: Ecommerce,
    pub origin: Origin,
}

/// Where an event came from; empty texts are none.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Origin {
    pub device: Option<String>,
    pub country: Option<String>,
    pub city: Option<String>,
    /// Source, medium and campaign, of the first place of the row that has a source or medium.
    pub traffic: Option<[Option<String>; 3]>,
}

/// An event param or user property: a key and whichever slot is filled.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    pub key: String,
    pub string: Option<String>,
    pub int: Option<i64>,
    pub float: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Item {
    pub id: Option<String>,
    pub name: Option<String>,
    pub category: Option<String>,
    pub price: Option<Decimal>,
    pub quantity: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ecommerce {
    pub transaction_id: Option<String>,
    pub purchase_revenue: Option<Decimal>,
    pub refund_value: Option<Decimal>,
}

/// What identifies a session: the number alone is a start second, which different users share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId {
    pub client: ClientId,
    pub ga_session_id: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId {
    pub stream: String,
    pub pseudo_id: String,
}

impl Event {
    pub fn param(&self, key: &str) -> Option<&Param> {
        self.params.iter().find(|param| param.key == key)
    }

    pub fn client(&self) -> Option<ClientId> {
        let pseudo_id = self.pseudo_id.clone()?;
        Some(ClientId { stream: self.stream.clone(), pseudo_id })
    }

    pub fn session(&self) -> Option<SessionId> {
        let ga_session_id = self.param("ga_session_id")?.integer()?;
        Some(SessionId { client: self.client()?, ga_session_id })
    }

    /// The path of the page, without query and fragment.
    pub fn page(&self) -> Option<String> {
        let address = self.param("page_location")?.text()?;
        let (_, rest) = address.split_once("://")?;
        let path = rest.find('/').map_or("/", |at| &rest[at..]);
        let end = path.find(['?', '#']).unwrap_or(path.len());
        Some(path[..end].to_owned())
    }

    /// The transaction's id on a purchase; GA4's placeholders for none are none.
    pub fn transaction_id(&self) -> Option<&str> {
        code(self.ecommerce.transaction_id.as_deref()?)
    }

    /// The event's currency in capitals.
    pub fn currency(&self) -> Option<String> {
        let text = self.param("currency")?.text()?;
        let letters = text.trim().to_ascii_uppercase();
        let valid = letters.len() == 3 && letters.bytes().all(|byte| byte.is_ascii_alphabetic());
        valid.then_some(letters)
    }

    /// A code of the customer's own: the user property of that name, else the event param.
    pub fn identity(&self, key: &str) -> Option<String> {
        let mut params = self.user_properties.iter().chain(&self.params);
        params.find_map(|param| (param.key == key).then(|| param.text())?).and_then(|text| {
            let text = code(&text)?;
            Some(text.to_owned())
        })
    }
}

impl Param {
    /// A whole number in whichever slot it came.
    pub fn integer(&self) -> Option<i64> {
        let from_float = |float: f64| (float.fract() == 0.0).then_some(float as i64);
        let from_text = || self.string.as_deref()?.trim().parse().ok();
        self.int.or_else(|| self.float.and_then(from_float)).or_else(from_text)
    }

    pub fn text(&self) -> Option<String> {
        let number = || self.int.map(|int| int.to_string());
        let float = || self.float.map(|float| float.to_string());
        self.string.clone().or_else(number).or_else(float)
    }
}

/// A code without surrounding spaces; none when it says nothing.
fn code(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty() && text != "(not set)").then_some(text)
}

/// Reads rows of one schema.
#[derive(Debug, Clone, Copy)]
pub struct EventReader<'s> {
    schema: &'s Schema,
}

impl<'s> EventReader<'s> {
    pub fn new(schema: &'s Schema) -> Self {
        Self { schema }
    }

    /// The row's event; none when it lacks its date, time or name.
    pub fn read(&self, row: &Row) -> Option<Event> {
        let fields = &self.schema.fields;
        let cell = |name: &str| field(fields, row, name);
        let children = |name: &str| record(fields, name);
        let params = |name: &str| {
            let elements = cell(name).cells().iter();
            elements.filter_map(|element| param(children(name), element)).collect()
        };
        Some(Event {
            date: NaiveDate::parse_from_str(cell("event_date").text()?, "%Y%m%d").ok()?,
            micros: cell("event_timestamp").int()?,
            name: cell("event_name").text()?.to_owned(),
            stream: text(cell("stream_id")).unwrap_or_default(),
            pseudo_id: text(cell("user_pseudo_id")),
            user_id: text(cell("user_id")),
            active_user: cell("is_active_user").bool(),
            batch: ["batch_page_id", "batch_ordering_id", "batch_event_index"]
                .map(|name| cell(name).int()),
            bundle: cell("event_bundle_sequence_id").int(),
            params: params("event_params"),
            user_properties: params("user_properties"),
            items: cell("items")
                .cells()
                .iter()
                .map(|element| item(children("items"), element))
                .collect(),
            ecommerce: ecommerce(children("ecommerce"), cell("ecommerce")),
            origin: origin(fields, row),
        })
    }
}

fn field<'r>(fields: &[Field], cells: &'r [Value], name: &str) -> &'r Value {
    let position = fields.iter().position(|field| field.name == name);
    position.and_then(|position| cells.get(position)).unwrap_or(&Value::Null)
}

fn record<'s>(fields: &'s [Field], name: &str) -> &'s [Field] {
    let found = fields.iter().find(|field| field.name == name);
    match found.map(|field| &field.kind) {
        Some(Kind::Record(children)) => children,
        _ => &[],
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.to_string()),
        Value::Int(int) => Some(int.to_string()),
        _ => None,
    }
}

/// Money by the shortest digits that mean the same float; what is no number is none.
fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Float(float) => Decimal::from_str(&float.to_string()).ok(),
        Value::Int(int) => Some(Decimal::from(*int)),
        _ => None,
    }
}

fn param(fields: &[Field], element: &Value) -> Option<Param> {
    let value = field(fields, element.cells(), "value");
    let slots = record(fields, "value");
    let slot = |name: &str| field(slots, value.cells(), name);
    let float = slot("double_value").float().or_else(|| slot("float_value").float());
    Some(Param {
        key: text(field(fields, element.cells(), "key"))?,
        string: slot("string_value").text().map(str::to_owned),
        int: slot("int_value").int(),
        float,
    })
}

fn item(fields: &[Field], element: &Value) -> Item {
    let cell = |name: &str| field(fields, element.cells(), name);
    Item {
        id: text(cell("item_id")),
        name: text(cell("item_name")),
        category: text(cell("item_category")),
        price: decimal(cell("price")),
        quantity: cell("quantity").int(),
    }
}

fn origin(fields: &[Field], row: &[Value]) -> Origin {
    let inside = |path: &[&str]| {
        let (mut fields, mut cells, mut found) = (fields, row, &Value::Null);
        for name in path {
            found = field(fields, cells, name);
            (fields, cells) = (record(fields, name), found.cells());
        }
        text(found).filter(|text| !text.is_empty())
    };
    let places = [
        (
            "session_traffic_source_last_click.cross_channel_campaign",
            ["source", "medium", "campaign_name"],
        ),
        (
            "session_traffic_source_last_click.manual_campaign",
            ["source", "medium", "campaign_name"],
        ),
        ("collected_traffic_source", ["manual_source", "manual_medium", "manual_campaign_name"]),
        ("traffic_source", ["source", "medium", "name"]),
    ];
    let at = |(place, names): (&str, [&str; 3])| {
        let path: Vec<&str> = place.split('.').collect();
        names.map(|name| inside(&[path.as_slice(), &[name]].concat()))
    };
    Origin {
        device: inside(&["device", "category"]),
        country: inside(&["geo", "country"]),
        city: inside(&["geo", "city"]),
        traffic: places
            .into_iter()
            .map(at)
            .find(|[source, medium, _]| source.is_some() || medium.is_some()),
    }
}

fn ecommerce(fields: &[Field], value: &Value) -> Ecommerce {
    let cell = |name: &str| field(fields, value.cells(), name);
    Ecommerce {
        transaction_id: text(cell("transaction_id")),
        purchase_revenue: decimal(cell("purchase_revenue")),
        refund_value: decimal(cell("refund_value")),
    }
}
