//! Assembles nested values from flat columns (the Dremel encoding).

use std::ops::Range;

use super::ReadError;
use super::column::Column;
use crate::ga4::Value;

/// A field of the schema with the levels that say whether it is there and when it repeats.
#[derive(Debug)]
pub(super) enum Node {
    Leaf { column: usize, definition: i16 },
    Record { columns: Range<usize>, definition: i16, children: Vec<Node> },
    List { columns: Range<usize>, definition: i16, repetition: i16, element: Box<Node> },
}

impl Node {
    pub(super) fn read(&self, columns: &mut [Column]) -> Result<Value, ReadError> {
        match self {
            Self::Leaf { column, definition } => columns[*column].take(*definition),
            Self::Record { columns: own, definition, children } => {
                if columns[own.start].definition()? < *definition {
                    skip(own, columns)?;
                    return Ok(Value::Null);
                }
                let cells = children.iter().map(|child| child.read(columns));
                Ok(Value::Record(cells.collect::<Result<_, _>>()?))
            }
            Self::List { columns: own, definition, repetition, element } => {
                let mut elements = Vec::new();
                if columns[own.start].definition()? < *definition {
                    skip(own, columns)?;
                    return Ok(Value::List(elements));
                }
                loop {
                    elements.push(element.read(columns)?);
                    if columns[own.start].next_repetition() < *repetition {
                        return Ok(Value::List(elements));
                    }
                }
            }
        }
    }
}

/// An absent value still has one entry in each of its columns.
fn skip(own: &Range<usize>, columns: &mut [Column]) -> Result<(), ReadError> {
    for column in &mut columns[own.clone()] {
        column.take(i16::MAX)?;
    }
    Ok(())
}
