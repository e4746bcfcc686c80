//! Loading days: the right numbers, whatever the order, the paging and the repetition.

mod measured;
mod oracle;
mod sample_days;
mod support;
