//! Customer and location files: bytes in, valid rows and rejects out. Pure, and bounded in memory
//! whatever the file holds.
//!
//! `unpack` opens archives, `workbook` gives a sheet as text, `records` and `json_lines` cut bytes into records, `mapping` finds the columns, `row` checks the values;
//! [`FileParser`] ties them together and is fed by the loader as bytes arrive.

mod dialect;
mod drop_path;
mod error;
mod feed;
mod json_lines;
mod mapping;
mod parser;
mod records;
mod reject;
mod reject_line;
mod row;
mod schema;
mod unpack;
mod wanted;
mod workbook;

pub use dialect::{Dialect, Encoding, Form};
pub use drop_path::{DropPath, DropPathError};
pub use error::{FileError, Place};
pub use feed::{Feed, Field};
pub use mapping::{Column, Mapping, MappingError};
pub use parser::{FileParser, Parsed};
pub use reject::{MAX_RAW_BYTES, Reject, RejectLimit, RejectReason};
pub use reject_line::reject_line;
pub use row::MasterRow;
pub use schema::{Contract, SchemaChange, SchemaPolicy};
pub use unpack::{Packing, Unpacker};
pub use wanted::{MAX_NAME_BYTES, MAX_PATH_BYTES, NamePattern, SkipReason, check_name};
pub use workbook::{SheetChoice, SheetWanted};
