//! Use cases of data-service, one a file.

pub mod availability;
pub mod checkpoint;
pub mod daily_missing;
mod day_reader;
pub mod draw_days;
pub mod draw_job;
pub mod export_tenant;
pub mod files;
pub mod find_changed;
pub mod first_connect;
pub mod master_data;
pub mod open_warehouse;
mod page_copies;
pub mod param_drift;
pub mod query_cost;
pub mod replace_day;
pub mod scheduled_job;
mod seen_keys;
pub mod stage_day;
pub mod submit_job;
pub mod sweep_staging;
pub mod test_connection;
pub mod webhooks;
