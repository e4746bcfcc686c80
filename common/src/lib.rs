//! What the three services share, in dependency order: kernel → columns, config, search_term → telemetry,
//! crypto, lifecycle → db → entity → auth, audit, erasure, events, tenant_config, connection_test, http, net,
//! jobs → boot. A module may use those before its arrow, and those between the same arrows: auth and http name
//! each other.

pub mod audit;
pub mod auth;
pub mod boot;
pub mod columns;
pub mod config;
pub mod connection_test;
pub mod crypto;
pub mod db;
pub mod entity;
pub mod erasure;
pub mod events;
pub mod http;
pub mod jobs;
pub mod kernel;
pub mod lifecycle;
pub mod net;
pub mod search_term;
pub mod telemetry;
pub mod tenant_config;
