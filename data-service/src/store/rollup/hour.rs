//! In which hour of the property's zone something happened.

use std::collections::HashMap;

use chrono_tz::Tz;
use common::db::{DbError, TenantTx, sql};
use common::kernel::hours_of_day;
use futures_util::TryStreamExt;
use uuid::Uuid;

use super::OfDay;
use super::session::Numbers;
use crate::domain::rollup::{Activity, DayTotals, HourPart, Place, Sessionless};

/// The hours of each session of the day.
pub(super) type Parts = HashMap<Uuid, Vec<HourPart>>;

/// First instants of the day's hours, microseconds.
#[derive(Debug)]
pub(super) struct Hours(Vec<i64>);

#[derive(sqlx::FromRow)]
struct PartRow {
    session_key: Option<Uuid>,
    client_key: Option<Uuid>,
    branch: Option<String>,
    hour: i32,
    events: i64,
    page_views: i64,
    engagement_msec: i64,
    active: Option<bool>,
    first_visit: bool,
}

impl Hours {
    /// By the zone that was valid on the day; before the first known one, by that.
    pub(super) async fn of(tx: &mut TenantTx, of: OfDay<'_>) -> Result<Self, DbError> {
        let tenant = tx.tenant();
        let zone: Option<String> = sql::query_scalar(
            "SELECT time_zone FROM property_zone WHERE tenant_id = $1 AND property_id = $2
             ORDER BY valid_from > $3, abs(valid_from - $3) LIMIT 1",
        )
        .bind(tenant)
        .bind(of.property_id)
        .bind(of.date)
        .fetch_optional(tx.conn())
        .await?;
        let zone: Tz = zone.and_then(|name| name.parse().ok()).unwrap_or(Tz::UTC);
        let starts = hours_of_day(of.date, zone);
        Ok(Self(starts.iter().map(chrono::DateTime::timestamp_micros).collect()))
    }

    /// The hour of an instant. The export decides the day, so what lies outside of it counts in
    /// the first or the last hour.
    pub(super) fn hour(&self, micros: i64) -> i64 {
        let after = self.0.partition_point(|start| *start <= micros);
        self.0.get(after.saturating_sub(1)).copied().unwrap_or_default()
    }

    /// The parts of sessions; what belongs to none is added to its hour.
    pub(super) async fn parts(
        &self,
        tx: &mut TenantTx,
        numbers: &Numbers,
        day: &mut DayTotals,
    ) -> Result<Parts, DbError> {
        let mut rows = sql::query_as::<PartRow>(
            "SELECT session_key, client_key, branch, hour, count(*) AS events,
                    count(*) FILTER (WHERE event_name = 'page_view') AS page_views,
                    coalesce(sum(engagement_msec), 0)::bigint AS engagement_msec,
                    bool_or(is_active_user) AS active,
                    bool_or(event_name IN ('first_visit', 'first_open')) AS first_visit
             FROM (
               SELECT session_key, event_name, engagement_msec, is_active_user,
                      CASE WHEN session_key IS NULL THEN client_key END AS client_key,
                      CASE WHEN session_key IS NULL THEN branch END AS branch,
                      width_bucket(event_micros, $1::bigint[]) AS hour
               FROM day_event
             ) AS timed
             GROUP BY session_key, client_key, branch, hour",
        )
        .bind(&self.0)
        .persistent(false)
        .fetch(tx.conn());
        let mut parts = Parts::new();
        while let Some(row) = rows.try_next().await? {
            let index = usize::try_from(row.hour - 1).unwrap_or_default();
            let hour = self.0.get(index).copied().unwrap_or_default();
            let activity = Activity {
                events: row.events,
                page_views: row.page_views,
                engagement_msec: row.engagement_msec,
                active: row.active,
                first_visit: row.first_visit,
            };
            match row.session_key {
                Some(session) => {
                    parts.entry(session).or_default().push(HourPart { hour, activity });
                }
                None => {
                    let place = Place { branch: row.branch, ..Place::default() };
                    let client = row.client_key.and_then(|key| numbers.get(&key).copied());
                    day.add_sessionless_hour(hour, &Sessionless { place, client, activity });
                }
            }
        }
        // What falls before the first hour belongs to it, and a session has each hour once.
        for hours in parts.values_mut() {
            merge(hours);
        }
        Ok(parts)
    }
}

fn merge(hours: &mut Vec<HourPart>) {
    hours.sort_by_key(|part| part.hour);
    hours.dedup_by(|next, kept| {
        let same = next.hour == kept.hour;
        if same {
            let (kept, next) = (&mut kept.activity, next.activity);
            kept.events += next.events;
            kept.page_views += next.page_views;
            kept.engagement_msec += next.engagement_msec;
            kept.active = kept.active.into_iter().chain(next.active).reduce(|a, b| a || b);
            kept.first_visit |= next.first_visit;
        }
        same
    });
}
