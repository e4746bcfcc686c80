//! The statistics against the oracle, which shares no code with the product.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod counterpart;
mod example_shop;
mod examples;
mod expected;
mod funnel;
mod long_ranges;
mod oracle;
mod question;
mod realtime;
mod running_day;
mod shop;
mod shops;
mod stale;
mod while_loading;
