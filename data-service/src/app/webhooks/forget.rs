//! Removes what webhooks brought when its time is over.

use chrono::{DateTime, TimeDelta, Utc};
use common::auth::every_tenant;
use common::db::{Db, DbError};
use common::kernel::TenantScope;

use crate::store::{live_event, webhook_delivery};

/// The view they are for shows half an hour.
const EVENTS_KEPT: TimeDelta = TimeDelta::hours(2);
const DELIVERIES_KEPT: TimeDelta = TimeDelta::days(30);

/// Rows in one transaction: a round of many never keeps a delivery waiting.
const AT_ONCE: i64 = 5_000;

/// What a round removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    pub events: u64,
    pub deliveries: u64,
}

/// Removes events of more than two hours and deliveries of more than thirty days ago, of all tenants.
///
/// # Errors
/// What the database refused; what was removed before stays removed.
#[expect(clippy::disallowed_methods, reason = "what is outdated goes in every tenant")]
pub async fn forget(db: &Db, now: DateTime<Utc>) -> Result<Forgotten, DbError> {
    let mut forgotten = Forgotten::default();
    for scope in every_tenant(db).await? {
        forgotten.events += events(db, &scope, now - EVENTS_KEPT).await?;
        forgotten.deliveries += deliveries(db, &scope, now - DELIVERIES_KEPT).await?;
    }
    Ok(forgotten)
}

async fn events(db: &Db, scope: &TenantScope, before: DateTime<Utc>) -> Result<u64, DbError> {
    let mut all = 0;
    loop {
        let mut tx = db.tenant(scope).await?;
        let some = live_event::forget(&mut tx, before, AT_ONCE).await?;
        tx.commit().await?;
        all += some;
        if some == 0 {
            return Ok(all);
        }
    }
}

async fn deliveries(db: &Db, scope: &TenantScope, before: DateTime<Utc>) -> Result<u64, DbError> {
    let mut all = 0;
    loop {
        let mut tx = db.tenant(scope).await?;
        let some = webhook_delivery::forget(&mut tx, before, AT_ONCE).await?;
        tx.commit().await?;
        all += some;
        if some == 0 {
            return Ok(all);
        }
    }
}
