//! In which hour of the property's zone something happened.

use common::db::{DbError, TenantTx, sql};
use common::kernel::hours_of_day;
use futures_util::TryStreamExt;

use super::OfDay;
use crate::domain::rollup::{Activity, DayTotals, HourPart, Place, Sessionless};
use crate::store::day_event::DayEvents;
use crate::store::property;

/// First instants of the day's hours, microseconds.
#[derive(Debug)]
pub(super) struct Hours(Vec<i64>);

/// An hour of a session, as `session_hour` has it: the place of the hour from 1, events, page views, engagement in
/// milliseconds, active, first visit.
pub(super) type StoredHour = (usize, i64, i64, i64, Option<bool>, bool);

#[derive(sqlx::FromRow)]
struct SessionlessRow {
    client_number: Option<i32>,
    branch: Option<String>,
    hour: i32,
    events: i64,
    page_views: i64,
    engagement_msec: i64,
    active: Option<bool>,
    first_visit: bool,
}

impl Hours {
    /// By the zone that was valid on the day.
    pub(super) async fn of(tx: &mut TenantTx, of: OfDay<'_>) -> Result<Self, DbError> {
        let zone = property::zone(tx, of.property_id, of.date).await?;
        let starts = hours_of_day(of.date, zone);
        Ok(Self(starts.iter().map(chrono::DateTime::timestamp_micros).collect()))
    }

    /// The hour of an instant. The export decides the day, so what lies outside of it counts in
    /// the first or the last hour.
    pub(super) fn hour(&self, micros: i64) -> i64 {
        let after = self.0.partition_point(|start| *start <= micros);
        self.0.get(after.saturating_sub(1)).copied().unwrap_or_default()
    }

    pub(super) fn starts(&self) -> &[i64] {
        &self.0
    }

    /// The hour at a place from 1.
    fn at(&self, place: usize) -> i64 {
        self.0.get(place.saturating_sub(1)).copied().unwrap_or_default()
    }

    /// The parts of a session.
    pub(super) fn parts(&self, stored: Vec<StoredHour>) -> Vec<HourPart> {
        let part = |(place, events, page_views, engagement_msec, active, first_visit)| HourPart {
            hour: self.at(place),
            activity: Activity { events, page_views, engagement_msec, active, first_visit },
        };
        stored.into_iter().map(part).collect()
    }

    /// Adds what belongs to no session to its hour. Reads `day_client` beside the events.
    pub(super) async fn add_sessionless(
        &self,
        tx: &mut TenantTx,
        events: DayEvents,
        day: &mut DayTotals,
    ) -> Result<(), DbError> {
        let text = events.text(
            tx,
            "SELECT number AS client_number, branch,
                    width_bucket(event_micros, $1::bigint[]) AS hour, count(*) AS events,
                    count(*) FILTER (WHERE event_name = 'page_view') AS page_views,
                    coalesce(sum(engagement_msec), 0)::bigint AS engagement_msec,
                    bool_or(is_active_user) AS active,
                    bool_or(event_name IN ('first_visit', 'first_open')) AS first_visit
             FROM {events}
             LEFT JOIN day_client USING (client_key)
             WHERE session_key IS NULL
             GROUP BY number, branch, hour",
        );
        let mut rows = sql::query_as_of::<SessionlessRow>(text).bind(&self.0).fetch(tx.conn());
        while let Some(row) = rows.try_next().await? {
            let activity = Activity {
                events: row.events,
                page_views: row.page_views,
                engagement_msec: row.engagement_msec,
                active: row.active,
                first_visit: row.first_visit,
            };
            let place = Place { branch: row.branch, ..Place::default() };
            let client = row.client_number.map(i32::unsigned_abs);
            let hour = self.at(usize::try_from(row.hour).unwrap_or_default());
            day.add_sessionless_hour(hour, &Sessionless { place, client, activity });
        }
        Ok(())
    }
}
