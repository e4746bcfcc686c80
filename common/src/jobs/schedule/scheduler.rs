//! The loop that looks which schedules are due. Any number may run: one leads, and even two that
//! both believed to lead would run no slot twice.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Planner, fire, outcome};
use crate::db::{Db, DbError, Leader, sql};
use crate::kernel::{ScheduleId, SharedClock, TenantId, TenantScope};

/// Another process leads this much after a leader died.
const TERM: Duration = Duration::from_secs(15);
/// How often the leader looks, and how often others try to lead.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const TRY_EVERY: Duration = Duration::from_secs(5);
/// Schedules handled in one look; the next look takes the others.
const MOST: i64 = 200;

/// Runs schedules whose kinds the planner knows.
pub struct Scheduler {
    db: Db,
    clock: SharedClock,
    planner: Arc<dyn Planner>,
    leader: Leader,
}

impl fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scheduler").field("kinds", &self.planner.kinds()).finish_non_exhaustive()
    }
}

impl Scheduler {
    /// `name` is what its kind of scheduler leads under.
    #[must_use]
    pub fn new(db: Db, clock: SharedClock, planner: impl Planner, name: &'static str) -> Self {
        Self { db, clock, planner: Arc::new(planner), leader: Leader::new(name, TERM) }
    }

    /// Schedules until `stop`, whenever it leads.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            let pause = match self.look().await {
                Ok(true) => LOOK_EVERY,
                Ok(false) => TRY_EVERY,
                Err(error) => {
                    tracing::warn!(%error, "the scheduler failed");
                    TRY_EVERY
                }
            };
            if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                break;
            }
        }
        if let Err(error) = self.leader.resign(&self.db).await {
            tracing::debug!(%error, "the lead of the scheduler ends with its term");
        }
    }

    async fn look(&self) -> Result<bool, DbError> {
        let leads = self.leader.lead(&self.db).await?;
        if leads {
            self.tick().await?;
        }
        Ok(leads)
    }

    /// One look, whoever leads: counts the outcomes of runs that have finished, then decides
    /// about every slot that has come.
    ///
    /// # Errors
    /// When the database is away. A schedule that fails by itself is told, and tried again by the
    /// next look.
    pub async fn tick(&self) -> Result<(), DbError> {
        let planner = self.planner.as_ref();
        for (scope, id) in self.finished().await? {
            let settled = outcome::settle(&self.db, &scope, id, planner).await;
            self.go_on(settled, &scope, id).await?;
        }
        for (scope, id) in self.due().await? {
            let fired = fire::fire(&self.db, &scope, id, self.clock.now(), planner).await;
            self.go_on(fired, &scope, id).await?;
        }
        Ok(())
    }

    /// One schedule that fails keeps nobody else's from running.
    async fn go_on(
        &self,
        done: Result<(), DbError>,
        scope: &TenantScope,
        id: ScheduleId,
    ) -> Result<(), DbError> {
        let Err(error) = done else { return Ok(()) };
        let error = format!("{:#}", anyhow::Error::new(error));
        tracing::error!(tenant.id = %scope.tenant_id(), schedule.id = %id, error, "a schedule failed");
        self.db.ping().await
    }

    /// In turns: every tenant's oldest first, then every tenant's second.
    async fn due(&self) -> Result<Vec<(TenantScope, ScheduleId)>, DbError> {
        let mut tx = self.db.worker().await?;
        let rows: Vec<(Uuid, Uuid)> = sql::query_as(
            "SELECT s.tenant_id, s.schedule_id FROM schedule s JOIN tenant t USING (tenant_id)
             WHERE s.paused_at IS NULL AND s.next_slot_at <= $1 AND s.job_kind = ANY ($2)
               AND t.state = 'active'
             ORDER BY row_number() OVER (PARTITION BY s.tenant_id ORDER BY s.next_slot_at),
                      s.next_slot_at
             LIMIT $3",
        )
        .bind(self.clock.now())
        .bind(self.planner.kinds())
        .bind(MOST)
        .fetch_all(tx.conn())
        .await?;
        Ok(rows.into_iter().map(scoped).collect())
    }

    /// In turns, as [`Self::due`].
    async fn finished(&self) -> Result<Vec<(TenantScope, ScheduleId)>, DbError> {
        let mut tx = self.db.worker().await?;
        let rows: Vec<(Uuid, Uuid)> = sql::query_as(
            "SELECT r.tenant_id, r.schedule_id
             FROM schedule_run r
             JOIN schedule s USING (tenant_id, schedule_id)
             LEFT JOIN job j ON j.tenant_id = r.tenant_id AND j.job_id = r.job_id
             WHERE r.settled_at IS NULL AND j.finished_at IS NOT NULL AND s.job_kind = ANY ($1)
             GROUP BY r.tenant_id, r.schedule_id
             ORDER BY row_number() OVER (PARTITION BY r.tenant_id ORDER BY min(r.slot_at)),
                      min(r.slot_at)
             LIMIT $2",
        )
        .bind(self.planner.kinds())
        .bind(MOST)
        .fetch_all(tx.conn())
        .await?;
        Ok(rows.into_iter().map(scoped).collect())
    }
}

fn scoped((tenant, schedule): (Uuid, Uuid)) -> (TenantScope, ScheduleId) {
    (TenantScope::new(TenantId::from_uuid(tenant)), ScheduleId::from_uuid(schedule))
}
