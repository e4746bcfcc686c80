//! `data-service schedules`: looks at what comes again and again.

use clap::Args;
use common::boot::Running;
use common::jobs::schedule::{self, Slots};

use super::operator;
use crate::config::Config;

/// What `schedules` is told.
#[derive(Debug, Args)]
pub struct SchedulesArgs {
    /// The tenant's short name.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
}

/// How many coming runs are shown.
const SHOWN_RUNS: usize = 5;

/// Prints each schedule with its next runs.
///
/// # Errors
/// When the tenant is unknown.
pub async fn schedules(running: Running<Config>, arguments: SchedulesArgs) -> anyhow::Result<()> {
    let scope = operator::scope_of_slug(&running.db, &arguments.tenant).await?;
    let mut tx = running.db.tenant(&scope).await?;
    for view in schedule::list(&mut tx).await? {
        let definition = &view.definition;
        let state = match (view.paused_at, view.failure_streak) {
            (Some(_), _) => "paused".to_owned(),
            (None, 0) => "runs".to_owned(),
            (None, failed) => format!("failed {failed} times"),
        };
        let id = view.schedule_id;
        println!("{id}  {:<14} {state}  {}", definition.kind, definition.name);
        println!("    {}  {}", definition.cron, definition.time_zone);
        let slots = Slots::parse(&definition.cron, &definition.time_zone)?;
        for slot in slots.upcoming(running.clock.now(), SHOWN_RUNS) {
            println!("    {}", slot.with_timezone(&slots.zone()).format("%a %Y-%m-%d %H:%M %Z"));
        }
    }
    Ok(())
}
