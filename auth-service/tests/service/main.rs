//! auth-service as its clients, its operators and the other services see it.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod api_keys;
mod audit;
mod bad_input;
mod channel_groups;
mod configuration;
mod documents;
mod introspection;
mod isolation;
mod key_set;
mod keycloak;
mod keys;
mod login;
mod members;
mod process;
mod provider_away;
mod refresh;
mod rewrap;
mod routes;
mod session;
mod stand_in;
mod support;
mod tenant_create;
mod tenant_life;
