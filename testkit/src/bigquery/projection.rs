//! `selectedFields`: which columns and nested fields a response carries.

use crate::ga4::schema::{Field, Kind, Schema};

/// The selected fields of one level with their positions in the stored row, in schema order.
#[derive(Debug, Clone)]
pub(super) struct Projection {
    pub columns: Vec<Selected>,
}

#[derive(Debug, Clone)]
pub(super) struct Selected {
    pub position: usize,
    pub repeated: bool,
    pub shape: Shape,
}

#[derive(Debug, Clone)]
pub(super) enum Shape {
    Plain,
    Timestamp,
    Record(Projection),
}

/// A selected field that the table does not have.
#[derive(Debug)]
pub(super) struct UnknownField(pub String);

impl Projection {
    /// `selected` is BigQuery's comma-separated list of paths (`a,e.d.f`); empty means every field.
    pub(super) fn new(schema: &Schema, selected: &str) -> Result<Self, UnknownField> {
        let paths: Vec<Vec<&str>> = selected
            .split(',')
            .map(str::trim)
            .filter(|path| !path.is_empty())
            .map(|path| path.split('.').collect())
            .collect();
        let wanted: Vec<&[&str]> = paths.iter().map(Vec::as_slice).collect();
        select(&schema.fields, &wanted)
    }
}

fn select(fields: &[Field], wanted: &[&[&str]]) -> Result<Projection, UnknownField> {
    let known = |path: &&&[&str]| fields.iter().any(|field| same(&field.name, path[0]));
    if let Some(path) = wanted.iter().find(|path| !known(path)) {
        return Err(UnknownField(path.join(".")));
    }
    let mut columns = Vec::new();
    for (position, field) in fields.iter().enumerate() {
        let mine = wanted.iter().filter(|path| same(&field.name, path[0]));
        let inside: Vec<&[&str]> = mine.map(|path| &path[1..]).collect();
        if !wanted.is_empty() && inside.is_empty() {
            continue;
        }
        let whole = inside.iter().any(|path| path.is_empty());
        let inside = if whole { &[] } else { inside.as_slice() };
        let shape = match &field.kind {
            Kind::Record(children) => Shape::Record(select(children, inside)?),
            _ if !inside.is_empty() => return Err(UnknownField(inside[0].join("."))),
            Kind::Timestamp => Shape::Timestamp,
            _ => Shape::Plain,
        };
        columns.push(Selected { position, repeated: field.repeated, shape });
    }
    Ok(Projection { columns })
}

/// Column names are case-insensitive in BigQuery.
fn same(name: &str, wanted: &str) -> bool {
    name.eq_ignore_ascii_case(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(list: &str) -> Result<Vec<usize>, UnknownField> {
        let projection = Projection::new(&Schema::production(), list)?;
        Ok(projection.columns.iter().map(|column| column.position).collect())
    }

    #[test]
    fn columns_come_in_schema_order_whatever_the_list_says() {
        assert_eq!(selected("event_name,event_date").unwrap(), [0, 2]);
        assert_eq!(selected("").unwrap().len(), 31);
    }

    #[test]
    fn nested_paths_narrow_a_record() {
        let list = "device.web_info.hostname,device.category";
        let projection = Projection::new(&Schema::production(), list).unwrap();
        let Shape::Record(device) = &projection.columns[0].shape else {
            panic!("device is a record");
        };
        assert_eq!(device.columns.len(), 2);
    }

    #[test]
    fn unknown_fields_are_refused() {
        for list in ["nothing", "device.nothing", "event_name.inside"] {
            assert!(selected(list).is_err(), "{list} does not exist");
        }
    }
}
