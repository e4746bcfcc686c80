pub mod adapters;
pub mod domain;
pub mod jobs;
pub mod store;
