//! Outgoing connections: one client with time-outs, a guard against reaching inside, and circuit breakers.

mod breaker;
mod circuits;
mod client;
mod egress;

pub use breaker::{Breaker, BreakerSettings, Call, Open};
pub use circuits::Circuits;
pub use client::{ClientError, ClientOptions, client, traced};
pub use egress::{BlockedAddress, EgressPolicy, Resolver, SystemResolver, blocked_address};
