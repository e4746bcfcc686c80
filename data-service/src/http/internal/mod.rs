//! `/data/v1/internal`: what services of ours ask of each other.

mod connection_test;

pub use connection_test::TestConnection;
