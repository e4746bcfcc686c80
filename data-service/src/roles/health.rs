//! What a process needs to be of use.

use common::boot::Running;
use common::http::Health;

use crate::config::Config;

pub(super) fn health(running: &Running<Config>) -> Health {
    Health::of_process(running.tasks.shutdown().clone(), &running.db, crate::SCHEMA)
}
