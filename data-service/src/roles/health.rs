//! What a process needs to be of use.

use common::boot::Running;
use common::http::Health;

use crate::config::Config;

pub(super) fn health(running: &Running<Config>) -> Health {
    let db = running.db.clone();
    let database = move || {
        let db = db.clone();
        async move { db.ping().await }
    };
    Health::new(running.tasks.shutdown().clone()).check("database", database)
}
