//! Loading days: the right numbers, whatever the order, the paging and the repetition.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod carts;
mod command;
mod daily_missing;
mod emulator;
mod handmade;
mod identity;
mod jobs;
mod late;
mod measured;
mod oracle;
mod reading;
mod resume;
mod sample_days;
mod streaming;
mod support;
mod typed_params;
mod waiting;
mod zones;
