//! The tables that are read or written through sea-orm, one a file; the others have SQL only. No
//! logic and no serde: a row, a domain value and JSON are three types.

pub mod login_attempt;
pub mod membership;
pub mod session;
pub mod signing_key;
pub mod tenant;
pub mod tenant_setting;
pub mod tenant_slot;
