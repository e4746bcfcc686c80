//! From a Parquet schema to BigQuery's columns, and to the tree that assembles their values.

use parquet::basic::{Repetition, Type as Physical};
use parquet::schema::types::Type;

use super::ReadError;
use super::assembly::Node;
use crate::ga4::schema::{Field, Kind, Schema};

pub(super) fn schema(root: &Type) -> Result<Schema, ReadError> {
    let fields = root.get_fields().iter().map(|field| as_field(field));
    Ok(Schema { fields: fields.collect::<Result<_, _>>()? })
}

fn as_field(node: &Type) -> Result<Field, ReadError> {
    let (content, repeated) = match list_element(node) {
        Some((_, element)) => (element, true),
        None => (node, false),
    };
    let kind = if content.is_group() {
        let children = content.get_fields().iter().map(|child| as_field(child));
        Kind::Record(children.collect::<Result<_, _>>()?)
    } else {
        match content.get_physical_type() {
            Physical::INT64 => Kind::Integer,
            Physical::DOUBLE => Kind::Float,
            Physical::BOOLEAN => Kind::Boolean,
            Physical::BYTE_ARRAY => Kind::string(),
            _ => {
                return Err(ReadError::Unsupported { column: node.name().to_owned() });
            }
        }
    };
    Ok(Field { name: node.name().to_owned(), kind, repeated })
}

/// The repeated group and the element of a list in Parquet's three-level form.
fn list_element(node: &Type) -> Option<(&Type, &Type)> {
    if node.is_primitive() {
        return None;
    }
    let [list] = node.get_fields() else {
        return None;
    };
    let repeated = list.get_basic_info().has_repetition()
        && list.get_basic_info().repetition() == Repetition::REPEATED;
    match (repeated, list.is_group()) {
        (true, true) => list.get_fields().first().map(|element| (&**list, &**element)),
        _ => None,
    }
}

pub(super) fn nodes(root: &Type) -> Result<Vec<Node>, ReadError> {
    let mut next_column = 0;
    let fields = root.get_fields().iter();
    fields.map(|field| node(field, 0, 0, &mut next_column)).collect()
}

fn node(
    content: &Type,
    parent_definition: i16,
    parent_repetition: i16,
    next_column: &mut usize,
) -> Result<Node, ReadError> {
    let definition = parent_definition + i16::from(content.is_optional());
    let first = *next_column;
    if let Some((_, element)) = list_element(content) {
        let (definition, repetition) = (definition + 1, parent_repetition + 1);
        let element = node(element, definition, repetition, next_column)?;
        return Ok(Node::List {
            columns: first..*next_column,
            definition,
            repetition,
            element: Box::new(element),
        });
    }
    if content.is_primitive() {
        *next_column += 1;
        return Ok(Node::Leaf { column: first, definition });
    }
    let children = content
        .get_fields()
        .iter()
        .map(|child| node(child, definition, parent_repetition, next_column))
        .collect::<Result<_, _>>()?;
    Ok(Node::Record { columns: first..*next_column, definition, children })
}
