//! `data-service availability`: which days of a tenant are there.

use chrono::NaiveDate;
use clap::Args;
use common::boot::Running;
use common::kernel::DateRange;

use super::operator;
use crate::app::availability;
use crate::app::draw_days::draw_days;
use crate::config::Config;

/// What `availability` is told.
#[derive(Debug, Args)]
pub struct AvailabilityArgs {
    /// The tenant's short name.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
    /// Only this GA4 property.
    #[arg(long, value_name = "NUMBER")]
    property: Option<i64>,
    /// First day.
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<NaiveDate>,
    /// Last day.
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Option<NaiveDate>,
}

/// Prints the days of each property, and what is wrong with them.
///
/// # Errors
/// When the tenant is unknown.
pub async fn availability(
    running: Running<Config>,
    arguments: AvailabilityArgs,
) -> anyhow::Result<()> {
    let AvailabilityArgs { tenant, property, from, to } = arguments;
    if let (Some(first), Some(last)) = (from, to) {
        DateRange::new(first, last)?;
    }
    let scope = operator::scope_of_slug(&running.db, &tenant).await?;
    let mut tx = running.db.tenant(&scope).await?;
    let properties = availability::availability(&mut tx, property, from, to).await?;
    if properties.is_empty() {
        let bounded = property.is_some() || from.is_some() || to.is_some();
        println!("no day is loaded{}", if bounded { " of what was asked for" } else { "" });
    }
    for property in &properties {
        print!("{}", draw_days(property));
    }
    Ok(())
}
