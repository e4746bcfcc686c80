//! Plans of the statements that screens wait for, as the service's own role sees them under row-level security.

mod composed;
mod explained;
mod hot;
mod ways;

use common::db::sql::Text;
use sqlx::Executor;

use crate::support::{PROPERTY, Site};

const FILL: &str = include_str!("fill.sql");

/// A year of alpha's, beside much more of beta's.
async fn filled() -> Site {
    let mut site = Site::new().await;
    let (alpha, beta) = (site.test_db.alpha(), site.test_db.beta());
    site.facts(&alpha).property(PROPERTY, "UTC").await;
    site.facts(&beta).property(PROPERTY, "UTC").await;
    let other = "UPDATE property SET dataset = 'much' WHERE tenant_id <> ";
    let other = format!("{other} '{}'", alpha.tenant_id());
    site.owner.execute(Text::trusted(other)).await.unwrap();
    site.owner.execute(Text::trusted(FILL.to_owned())).await.unwrap();
    site
}
