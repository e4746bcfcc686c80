//! `data-service dead-letters`: looks at steps that used up their attempts, and runs them again.

use clap::Subcommand;
use common::boot::Running;
use common::jobs::dead_letter::{self, DeadLetterFilter};
use common::kernel::DeadLetterId;

use super::operator;
use crate::config::Config;

/// What `dead-letters` is told.
#[derive(Debug, Subcommand)]
pub enum DeadLettersCommand {
    /// The newest open dead letters of a tenant.
    List {
        /// The tenant's short name.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// How many.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=200))]
        limit: u16,
    },
    /// Run the step of one dead letter again, or of all open ones that fit.
    Redrive {
        /// The tenant's short name.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// This one; the others are left alone.
        id: Option<DeadLetterId>,
        /// Kind of step.
        #[arg(long)]
        kind: Option<String>,
        /// Code of the last error.
        #[arg(long)]
        code: Option<String>,
    },
}

/// Redriven by one call.
const MOST: i64 = 1_000;

/// # Errors
/// When the tenant is unknown, or the one dead letter cannot be redriven.
pub async fn dead_letters(
    running: Running<Config>,
    command: DeadLettersCommand,
) -> anyhow::Result<()> {
    let db = &running.db;
    match command {
        DeadLettersCommand::List { tenant, limit } => {
            let scope = operator::scope_of_slug(db, &tenant).await?;
            let mut tx = db.tenant(&scope).await?;
            let open = DeadLetterFilter { open: true, ..DeadLetterFilter::default() };
            for letter in dead_letter::list(&mut tx, &open, None, limit.into()).await? {
                let at = letter.died_at.format("%Y-%m-%d %H:%M:%S");
                let (id, error) = (letter.dead_letter_id, &letter.error);
                println!("{id}  {at}  {:<14} {}  {}", letter.kind, error.code, error.message);
            }
        }
        DeadLettersCommand::Redrive { tenant, id, kind, code } => {
            let scope = operator::scope_of_slug(db, &tenant).await?;
            let mut tx = db.tenant(&scope).await?;
            let outcomes = match id {
                Some(id) => vec![(id, Ok(dead_letter::redrive(&mut tx, id).await?))],
                None => {
                    let filter = DeadLetterFilter { kind, code, open: true };
                    dead_letter::redrive_all(&mut tx, &filter, MOST).await?
                }
            };
            tx.commit().await?;
            for (id, outcome) in outcomes {
                match outcome {
                    Ok(job) => println!("{id}  job {job}"),
                    Err(error) => println!("{id}  not redriven: {error}"),
                }
            }
        }
    }
    Ok(())
}
