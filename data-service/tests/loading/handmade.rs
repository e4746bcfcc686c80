//! Days of single events, made by hand.

use std::sync::Arc;

use chrono::NaiveDate;
use testkit::bigquery::TableSource;
use testkit::ga4::{Row, Schema, Value};

const VALUE: &str =
    "value:record { string_value int_value:int float_value:float double_value:float }";

/// One event of one browser.
#[derive(Debug, Clone)]
pub struct Hit {
    pub name: &'static str,
    pub micros: i64,
    pub client: String,
    pub session: i64,
    /// Event params with a text, besides the session's.
    pub params: Vec<(&'static str, String)>,
    pub properties: Vec<(&'static str, String)>,
    pub user_id: Option<&'static str>,
    /// When the export says another day than its table.
    pub stray: Option<NaiveDate>,
}

impl Hit {
    pub fn new(micros: i64, client: impl Into<String>) -> Self {
        Self {
            name: "page_view",
            micros,
            client: client.into(),
            session: 1,
            params: Vec::new(),
            properties: Vec::new(),
            user_id: None,
            stray: None,
        }
    }

    /// The event by this name.
    pub fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// The event in this session.
    pub fn within(self, session: i64) -> Self {
        Self { session, ..self }
    }

    /// The event of somebody who is logged in.
    pub fn by(self, user: &'static str) -> Self {
        Self { user_id: Some(user), ..self }
    }

    fn row(&self, date: NaiveDate) -> Row {
        let text = |(key, text): &(&'static str, String)| {
            param(key, [Value::from(text.clone()), Value::Null])
        };
        let mut params = vec![param("ga_session_id", [Value::Null, Value::Int(self.session)])];
        params.extend(self.params.iter().map(text));
        vec![
            Value::from(self.stray.unwrap_or(date).format("%Y%m%d").to_string()),
            Value::Int(self.micros),
            Value::from(self.name),
            Value::List(params),
            self.user_id.map_or(Value::Null, Value::from),
            Value::from(self.client.clone()),
            Value::List(self.properties.iter().map(text).collect()),
            Value::from("1"),
        ]
    }
}

fn param(key: &'static str, [text, int]: [Value; 2]) -> Value {
    let value = Value::Record(vec![text, int, Value::Null, Value::Null]);
    Value::Record(vec![Value::from(key), value])
}

/// The day's table.
pub fn table(date: NaiveDate, hits: &[Hit]) -> TableSource {
    let notation = format!(
        "event_date event_timestamp:int event_name event_params:record* {{ key {VALUE} }}
         user_id user_pseudo_id user_properties:record* {{ key {VALUE} }} stream_id"
    );
    let schema = Arc::new(Schema::from_notation(&notation).unwrap());
    TableSource::rows(schema, hits.iter().map(|hit| hit.row(date)).collect())
}
