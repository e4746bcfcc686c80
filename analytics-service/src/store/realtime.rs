//! The newest events of a property, as they were loaded and as webhooks brought them.

use chrono::{DateTime, NaiveDate, Utc};
use common::db::{DbError, TenantTx, sql};
use common::kernel::{DateRange, saturating_i64};

use crate::domain::realtime::{Newest, PAGES};

/// Which events.
#[derive(Debug, Clone)]
pub struct Window<'a> {
    pub property_id: i64,
    /// Local days that the instants lie in.
    pub days: DateRange,
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
    /// None: all locations together.
    pub location: Option<&'a str>,
}

/// Counts of the window, of one of its minutes, or of one page.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RecentRow {
    /// Minutes since the window began; neither minute nor page: of the whole window.
    pub minute: Option<i32>,
    pub page: Option<String>,
    pub events: i64,
    pub page_views: i64,
    /// Distinct clients.
    pub users: i64,
    /// Distinct transactions.
    pub purchases: i64,
}

/// The window, each minute with something in it and the [`PAGES`] most viewed pages.
///
/// # Errors
/// When the database refuses.
pub async fn recent(tx: &mut TenantTx, window: &Window<'_>) -> Result<Vec<RecentRow>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(include_str!("sql/realtime.sql"))
        .bind(tenant)
        .bind(window.property_id)
        .bind(window.days.first())
        .bind(window.days.last())
        .bind(window.from.timestamp_micros())
        .bind(window.until.timestamp_micros())
        .bind(window.location)
        .bind(saturating_i64(PAGES))
        .fetch_all(tx.conn())
        .await?)
}

/// When the newest loaded session of these days had its last event, and when the newest event was that a webhook
/// brought.
///
/// # Errors
/// When the database refuses.
pub async fn newest(
    tx: &mut TenantTx,
    property_id: i64,
    first: NaiveDate,
    last: NaiveDate,
) -> Result<Newest, DbError> {
    let tenant = tx.tenant();
    let (loaded, live): (Option<i64>, Option<i64>) = sql::query_as(
        "SELECT
           (SELECT max(last_micros) FROM session_day
            WHERE tenant_id = $1 AND property_id = $2 AND date BETWEEN $3 AND $4),
           (SELECT max(event_micros) FROM live_event WHERE tenant_id = $1 AND property_id = $2)",
    )
    .bind(tenant)
    .bind(property_id)
    .bind(first)
    .bind(last)
    .fetch_one(tx.conn())
    .await?;
    let at = |micros: Option<i64>| micros.and_then(DateTime::from_timestamp_micros);
    Ok(Newest { loaded: at(loaded), live: at(live) })
}
