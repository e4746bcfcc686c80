//! SQL, one table or query family a file. Every function runs inside a tenant's transaction.

pub mod action_item;
pub mod basis;
pub mod breakdown_rollup;
pub mod cart;
pub mod database;
pub mod day_columns;
pub mod day_rollup;
pub mod delivery;
pub mod hour_rollup;
pub mod location;
pub mod property;
pub mod query;
pub mod realtime;
pub mod report_run;
mod room;
pub mod tenant;
pub mod user_rollup;
mod user_sets;
