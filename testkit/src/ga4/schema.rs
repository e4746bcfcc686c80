//! Table schemas in BigQuery's terms: which columns a row has, in which order, of which type.

use std::sync::{Arc, LazyLock};

use serde_json::{Value as Json, json};

mod notation;

pub use notation::NotationError;

/// The columns of a table. Rows are positional, so the order matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    pub fields: Vec<Field>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub kind: Kind,
    pub repeated: bool,
}

/// A column type as far as the wire treats types differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Everything that travels as its own text: `STRING`, `DATE`, `NUMERIC`, types not yet invented.
    Text(String),
    Integer,
    Float,
    Boolean,
    /// Microseconds since 1970; seconds as a float on the wire unless the caller asks otherwise.
    Timestamp,
    Record(Vec<Field>),
}

/// Why a BigQuery schema document cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("not a BigQuery schema: field {field} lacks {missing}")]
pub struct SchemaError {
    field: String,
    missing: &'static str,
}

static PRODUCTION: LazyLock<Arc<Schema>> = LazyLock::new(|| {
    #[expect(
        clippy::expect_used,
        reason = "the text is part of this crate and every test reads it"
    )]
    let schema = notation::parse(include_str!("production.schema")).expect("valid notation");
    Arc::new(schema)
});

impl Schema {
    /// The 31 top-level columns a GA4 property exports today.
    /// Source: <https://support.google.com/analytics/answer/7029846>.
    pub fn production() -> Arc<Self> {
        Arc::clone(&PRODUCTION)
    }

    /// The columns of an `events_intraday_…` table, which lacks what is known only at the day's end.
    pub fn intraday() -> Arc<Self> {
        let late = ["traffic_source", "user_ltv", "is_active_user"];
        let mut schema = Self::clone(&PRODUCTION);
        schema.fields.retain(|field| !late.contains(&field.name.as_str()));
        Arc::new(schema)
    }

    /// Reads the short notation of `production.schema`: `name`, `name:int`, `name:record* { … }`.
    pub fn from_notation(text: &str) -> Result<Self, NotationError> {
        notation::parse(text)
    }

    /// Reads BigQuery's JSON form: a list of fields, or an object holding them under `fields`.
    pub fn from_json(document: &Json) -> Result<Self, SchemaError> {
        let list = document.get("fields").unwrap_or(document);
        Ok(Self { fields: fields_from_json(list, "(root)")? })
    }

    pub fn to_json(&self) -> Json {
        json!({ "fields": self.fields.iter().map(Field::to_json).collect::<Vec<_>>() })
    }

    pub fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }
}

impl Field {
    fn to_json(&self) -> Json {
        let mode = if self.repeated { "REPEATED" } else { "NULLABLE" };
        let mut field = json!({ "name": self.name, "type": self.kind.name(), "mode": mode });
        if let Kind::Record(children) = &self.kind {
            field["fields"] = children.iter().map(Self::to_json).collect();
        }
        field
    }
}

impl Kind {
    pub fn string() -> Self {
        Self::Text("STRING".to_owned())
    }

    fn name(&self) -> &str {
        match self {
            Self::Text(name) => name,
            Self::Integer => "INTEGER",
            Self::Float => "FLOAT",
            Self::Boolean => "BOOLEAN",
            Self::Timestamp => "TIMESTAMP",
            Self::Record(_) => "RECORD",
        }
    }
}

fn fields_from_json(list: &Json, parent: &str) -> Result<Vec<Field>, SchemaError> {
    let missing = |field: &str, missing| SchemaError { field: field.to_owned(), missing };
    let list = list.as_array().ok_or_else(|| missing(parent, "fields"))?;
    list.iter()
        .map(|field| {
            let name = field["name"].as_str().ok_or_else(|| missing(parent, "a name"))?;
            let kind = match field["type"].as_str().ok_or_else(|| missing(name, "a type"))? {
                "INTEGER" | "INT64" => Kind::Integer,
                "FLOAT" | "FLOAT64" => Kind::Float,
                "BOOLEAN" | "BOOL" => Kind::Boolean,
                "TIMESTAMP" => Kind::Timestamp,
                "RECORD" | "STRUCT" => Kind::Record(fields_from_json(&field["fields"], name)?),
                text => Kind::Text(text.to_owned()),
            };
            let repeated = field["mode"] == "REPEATED";
            Ok(Field { name: name.to_owned(), kind, repeated })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(fields: &[Field]) -> usize {
        let nested = fields.iter().map(|field| match &field.kind {
            Kind::Record(children) => 1 + count(children),
            _ => 1,
        });
        nested.sum()
    }

    #[test]
    fn the_production_schema_has_every_documented_field() {
        let schema = Schema::production();
        assert_eq!(schema.fields.len(), 31);
        assert_eq!(count(&schema.fields), 217);
        assert_eq!(Schema::intraday().fields.len(), 28);
    }

    #[test]
    fn the_json_form_survives_a_round_trip() {
        let schema = Schema::production();
        let read = Schema::from_json(&schema.to_json()).expect("our own JSON");
        assert_eq!(read, *schema);
    }

    #[test]
    fn the_production_schema_is_the_published_one() {
        let Some(sample) =
            crate::sample::dir_or_not_run("the_production_schema_is_the_published_one")
        else {
            return;
        };
        let text = std::fs::read_to_string(sample.join("ga4_events_schema.json")).unwrap();
        let published = Schema::from_json(&serde_json::from_str(&text).unwrap()).unwrap();
        assert_eq!(*Schema::production(), published);
    }
}
