//! The columns of a feed's files: held against those before, and told to others when they change.

use common::db::{Db, TenantTx};
use common::events::{self, Event};
use common::jobs::{StepContext, StepError};
use serde_json::json;

use super::source::Source;
use crate::domain::file::{Contract, Form};
use crate::store::file_schema;

pub(super) async fn contract(
    db: &Db,
    context: &StepContext,
    source: &Source,
) -> Result<Contract, StepError> {
    let mut tx = db.tenant(context.scope()).await?;
    let accepted = file_schema::accepted(&mut tx, source.feed).await?;
    Ok(Contract { policy: source.on_schema_change, accepted })
}

/// Remembers the columns of the file at `path`, and says `schema.changed` when the file before it had others.
/// `loaded` is false for a file that was refused for them.
pub(super) async fn record(
    tx: &mut TenantTx,
    source: &Source,
    path: &str,
    header: Option<&[String]>,
    loaded: bool,
) -> Result<(), StepError> {
    let Some(header) = header else { return Ok(()) };
    let accept = loaded && source.on_schema_change.accepts();
    // Lines leave keys out; a list of them without one is no other list.
    let sparse = source.dialect.form == Form::JsonLines;
    let changed = file_schema::record(tx, source.feed, header, sparse, accept).await?;
    let Some((version, change)) = changed else { return Ok(()) };
    let event = Event {
        kind: "schema.changed",
        schema_version: 1,
        source: crate::NAME,
        aggregate_type: "file_feed",
        aggregate_id: source.feed.to_string(),
        sequence: version,
        actor: "service:data-service",
        payload: json!({
            "feed": source.feed.as_str(),
            "path": path,
            "policy": source.on_schema_change.as_str(),
            "added": change.added,
            "removed": change.removed,
            "loaded": loaded,
        }),
    };
    events::publish(tx, &event).await?;
    Ok(())
}
