//! A row as a tree of typed cells, for what is not hot: small query answers, tests, recorded answers.

use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess};

use super::envelope::{Cells, Record, Repeated, Wrapped, count_mismatch, no_more};
use super::page::{self, PageError, Reject};
use super::schema::{Column, ColumnType, Schema};
use super::surrogate;
use super::text::{Raw, Text};
use crate::domain::timestamp;

#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Null,
    /// STRING, and every type whose text is its value: DATE, TIME, DATETIME, GEOGRAPHY, JSON, INTERVAL, BYTES in base64.
    Text(String),
    Integer(i64),
    Float(f64),
    /// NUMERIC and BIGNUMERIC to the last digit.
    Numeric(String),
    Boolean(bool),
    /// TIMESTAMP in microseconds.
    Micros(i64),
    /// The cell of an unknown column type: its text, or its JSON.
    Raw(String),
    Record(Vec<Cell>),
    List(Vec<Cell>),
}

/// Every row of an answer: its cells, or why it was rejected.
pub fn decode_rows(
    schema: &Schema,
    text: &str,
) -> Result<Vec<Result<Vec<Cell>, Reject>>, PageError> {
    let (rows, _) = page::raw_rows(text)?;
    Ok((0u64..)
        .zip(rows)
        .map(|(row, raw)| decode_row(schema, raw.get()).map_err(|reason| Reject { row, reason }))
        .collect())
}

fn decode_row(schema: &Schema, json: &str) -> Result<Vec<Cell>, String> {
    let json = surrogate::repair(json);
    let mut deserializer = serde_json::Deserializer::from_str(&json);
    match Record(Row(&schema.columns)).deserialize(&mut deserializer) {
        Ok(Some(cells)) => Ok(cells),
        Ok(None) => Err("the row is null".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

struct Row<'s>(&'s [Column]);

impl<'de> Cells<'de> for Row<'_> {
    type Out = Vec<Cell>;
    fn read<A: SeqAccess<'de>>(self, mut cells: A) -> Result<Vec<Cell>, A::Error> {
        let mut row = Vec::with_capacity(self.0.len());
        for column in self.0 {
            match cells.next_element_seed(Wrapped(Value { column, single: false }))? {
                Some(cell) => row.push(cell),
                None => return Err(count_mismatch(row.len(), self.0.len())),
            }
        }
        no_more(cells, self.0.len())?;
        Ok(row)
    }
}

struct List<'s>(&'s Column);

impl<'de> Cells<'de> for List<'_> {
    type Out = Vec<Cell>;
    fn read<A: SeqAccess<'de>>(self, mut cells: A) -> Result<Vec<Cell>, A::Error> {
        let mut list = Vec::new();
        while let Some(cell) =
            cells.next_element_seed(Wrapped(Value { column: self.0, single: true }))?
        {
            list.push(cell);
        }
        Ok(list)
    }
}

/// One value of a column; `single` inside the list of a repeated one.
struct Value<'s> {
    column: &'s Column,
    single: bool,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = Cell;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cell, D::Error> {
        let column = self.column;
        if column.repeated() && !self.single {
            return Ok(Cell::List(
                Repeated(List(column)).deserialize(deserializer)?.unwrap_or_default(),
            ));
        }
        match &column.kind {
            ColumnType::Record => Ok(Record(Row(&column.fields))
                .deserialize(deserializer)?
                .map_or(Cell::Null, Cell::Record)),
            ColumnType::Other(_) => Ok(Raw
                .deserialize(deserializer)?
                .map_or(Cell::Null, |text| Cell::Raw(text.into_owned()))),
            kind => match Text.deserialize(deserializer)? {
                None => Ok(Cell::Null),
                Some(text) => scalar(kind, &text).ok_or_else(|| {
                    D::Error::custom(format_args!(
                        "column {}: {text:?} is no {kind:?}",
                        column.name
                    ))
                }),
            },
        }
    }
}

fn scalar(kind: &ColumnType, text: &str) -> Option<Cell> {
    Some(match kind {
        ColumnType::Integer => Cell::Integer(text.parse().ok()?),
        ColumnType::Float => Cell::Float(text.parse().ok()?),
        ColumnType::Numeric | ColumnType::BigNumeric => Cell::Numeric(text.to_owned()),
        ColumnType::Boolean => Cell::Boolean(boolean(text)?),
        ColumnType::Timestamp => Cell::Micros(timestamp::micros(text)?),
        _ => Cell::Text(text.to_owned()),
    })
}

/// `true` or `false` as BigQuery writes them, in any case.
pub fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
