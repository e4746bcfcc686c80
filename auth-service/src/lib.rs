//! Who people are, which tenants they belong to, and how those tenants are configured.
//!
//! Login with an OpenID Connect provider, browser sessions, access tokens that every service
//! verifies by itself, and tenant configuration with sealed secrets.

pub mod adapters;
pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod error;
pub mod http;
pub mod roles;
pub mod store;
pub mod wire;
