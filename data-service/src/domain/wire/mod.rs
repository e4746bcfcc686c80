//! BigQuery's REST rows: positional cells `{"f":[{"v":…}]}`, read in one pass with the table's schema in hand.
//!
//! `envelope` is the grammar, `schema` the table's columns, `text` one scalar cell, `page` the answer around the rows, and `cell`
//! a generic row for everything that is not hot. Events are decoded by `domain::event` on the same grammar.

pub mod cell;
pub mod envelope;
pub mod page;
pub mod schema;
pub mod surrogate;
pub mod text;

pub use cell::{Cell, decode_rows};
pub use page::{PageError, Reject};
pub use schema::{Column, ColumnType, Mode, Schema};
