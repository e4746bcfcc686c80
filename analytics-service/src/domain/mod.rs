//! The arithmetic of the dashboard: pure values in, pure values out.

pub mod abandoned_cart;
pub mod abandonment;
pub mod action_item;
pub mod bitmap;
pub mod branch_report;
pub mod change;
pub mod columns;
pub mod comparison;
pub mod contact;
pub mod counted;
pub mod counts;
pub mod day;
pub mod delivery;
pub mod due_period;
pub mod freshness;
pub mod hour;
pub mod location;
pub mod metrics;
pub mod query;
pub mod realtime;
pub mod series;
pub mod sheet;
pub mod takings;
pub mod totals;
pub mod users;
