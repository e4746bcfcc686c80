//! A table's columns as `tables.get` describes them. Tolerant: a type we have not met keeps its name and its cells stay raw.

use serde::Deserialize;

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "SchemaJson")]
pub struct Schema {
    pub columns: Vec<Column>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Column {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: ColumnType,
    #[serde(default)]
    pub mode: Mode,
    /// Columns of a RECORD, in the order of its cells.
    #[serde(default)]
    pub fields: Vec<Column>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Option<String>")]
pub enum Mode {
    #[default]
    Nullable,
    Required,
    Repeated,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum ColumnType {
    String,
    Bytes,
    Integer,
    Float,
    Numeric,
    BigNumeric,
    Boolean,
    Timestamp,
    Date,
    Time,
    DateTime,
    Geography,
    Json,
    Interval,
    Record,
    /// Not known here (`RANGE`, or one that does not exist yet).
    Other(Box<str>),
}

/// Either the `schema` object of `tables.get` or a bare list of columns, the form of schema files.
#[derive(Deserialize)]
#[serde(untagged)]
enum SchemaJson {
    Object {
        #[serde(default)]
        fields: Vec<Column>,
    },
    List(Vec<Column>),
}

impl From<SchemaJson> for Schema {
    fn from(json: SchemaJson) -> Self {
        match json {
            SchemaJson::Object { fields } => Self { columns: fields },
            SchemaJson::List(columns) => Self { columns },
        }
    }
}

impl From<Option<String>> for Mode {
    fn from(name: Option<String>) -> Self {
        match name.as_deref() {
            Some("REPEATED") => Self::Repeated,
            Some("REQUIRED") => Self::Required,
            _ => Self::Nullable,
        }
    }
}

impl From<String> for ColumnType {
    fn from(name: String) -> Self {
        match name.as_str() {
            "STRING" => Self::String,
            "BYTES" => Self::Bytes,
            "INTEGER" | "INT64" => Self::Integer,
            "FLOAT" | "FLOAT64" => Self::Float,
            "NUMERIC" => Self::Numeric,
            "BIGNUMERIC" => Self::BigNumeric,
            "BOOLEAN" | "BOOL" => Self::Boolean,
            "TIMESTAMP" => Self::Timestamp,
            "DATE" => Self::Date,
            "TIME" => Self::Time,
            "DATETIME" => Self::DateTime,
            "GEOGRAPHY" => Self::Geography,
            "JSON" => Self::Json,
            "INTERVAL" => Self::Interval,
            "RECORD" | "STRUCT" => Self::Record,
            _ => Self::Other(name.into_boxed_str()),
        }
    }
}

impl Column {
    pub fn repeated(&self) -> bool {
        self.mode == Mode::Repeated
    }

    /// A single nested record, whose cells are reached by one path.
    pub fn single_record(&self) -> bool {
        self.kind == ColumnType::Record && !self.repeated()
    }
}

impl Schema {
    /// Dotted paths of the columns whose type is not known, with that type: to be noted as drift; the load goes on.
    pub fn unknown_types(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        collect_unknown(&self.columns, "", &mut found);
        found
    }
}

fn collect_unknown(columns: &[Column], prefix: &str, found: &mut Vec<(String, String)>) {
    for column in columns {
        let path = format!("{prefix}{}", column.name);
        if let ColumnType::Other(name) = &column.kind {
            found.push((path.clone(), name.to_string()));
        }
        collect_unknown(&column.fields, &format!("{path}."), found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_table_schema_with_a_type_nobody_knows() {
        let schema: Schema = serde_json::from_str(
            r#"{"fields":[
                {"name":"a","type":"INT64","mode":"REQUIRED","description":"x","policyTags":{"names":[]}},
                {"name":"r","type":"RANGE","rangeElementType":{"type":"DATE"}},
                {"name":"s","type":"STRUCT","mode":"REPEATED","fields":[{"name":"v","type":"VECTOR","mode":null}]}]}"#,
        )
        .unwrap();
        assert_eq!(schema.columns[0].kind, ColumnType::Integer);
        assert_eq!(schema.columns[0].mode, Mode::Required);
        assert!(schema.columns[2].repeated());
        assert_eq!(
            schema.unknown_types(),
            [("r".to_owned(), "RANGE".to_owned()), ("s.v".to_owned(), "VECTOR".to_owned())]
        );
    }

    #[test]
    fn reads_a_bare_list_and_an_empty_table() {
        let list: Schema = serde_json::from_str(r#"[{"name":"a","type":"STRING"}]"#).unwrap();
        assert_eq!(list.columns.len(), 1);
        let empty: Schema = serde_json::from_str("{}").unwrap();
        assert!(empty.columns.is_empty());
    }
}
