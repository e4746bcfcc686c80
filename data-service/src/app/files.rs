//! The files that were met, and the rows of them that were left out.

pub use crate::store::file_ledger::{LedgerEntry, LedgerFilter, list, show};
pub use crate::store::reject::{RejectPosition, RejectedRow, page as rejects};
