//! The part that all statements share: the range, the buckets, the dimensions and the conditions.
//!
//! A statement is `header`, then a select of rows with a place (branch, device, …), wrapped by
//! [`Frame::keyed`] into rows with a bucket `b`, the dimensions `k0`, `k1`, … and the columns it
//! counts. Text is composed of constants only; every value is bound.

use chrono::NaiveDate;
use common::kernel::DateRange;
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row};
use uuid::Uuid;

use super::Key;
use crate::domain::location::UNASSIGNED;
use crate::domain::query::{AnyOf, Dimension, Operator, Query, SessionBasis, Span};

/// The hours of a range, for statements that look within days.
#[derive(Debug, Clone, Default)]
pub struct Slots {
    pub days: Vec<NaiveDate>,
    /// Places of the first and the last hour of each day, from 1.
    pub first: Vec<i32>,
    pub last: Vec<i32>,
    /// First instants, microseconds.
    pub starts: Vec<i64>,
    /// Hour of the local day, two digits.
    pub labels: Vec<String>,
    /// Bucket of each hour, from 1.
    pub buckets: Vec<i32>,
}

/// Where the last day of a range ends early.
#[derive(Debug, Clone, Copy)]
pub struct Cut {
    /// Facts of that day count before this instant, in microseconds.
    pub micros: i64,
    /// The range is that day alone, and earlier days of its bucket are counted elsewhere, with their sessions.
    pub sessions_before: bool,
}

/// One query over one range.
#[derive(Debug)]
pub struct Frame<'a> {
    pub tenant: Uuid,
    pub property_id: i64,
    pub query: &'a Query,
    pub range: DateRange,
    pub spans: &'a [Span],
    /// Only filled when an hour is asked for.
    pub slots: &'a Slots,
    /// Source, medium, campaign and their channel group; only filled when one is asked for.
    pub channels: &'a [[String; 4]],
    pub cut: Option<Cut>,
}

/// Places of branches and origins, of a session `s` or, where there is none, of its event `e`.
pub(super) const PLACE_OF_FACT: &str = "
    CASE WHEN s.session_key IS NULL THEN e.customer ELSE s.customer END AS customer,
    CASE WHEN s.session_key IS NULL THEN e.device_category ELSE s.device END AS device,
    CASE WHEN s.session_key IS NULL THEN e.country ELSE s.country END AS country,
    CASE WHEN s.session_key IS NULL THEN e.city ELSE s.city END AS city,
    CASE WHEN s.session_key IS NULL THEN e.source ELSE s.source END AS source,
    CASE WHEN s.session_key IS NULL THEN e.medium ELSE s.medium END AS medium,
    CASE WHEN s.session_key IS NULL THEN e.campaign ELSE s.campaign END AS campaign,
    s.landing_page, s.session_number";

impl Frame<'_> {
    fn timed(&self) -> bool {
        self.query.bucket.is_some_and(crate::domain::query::BucketWidth::within_day)
            || self.query.touched().any(|dimension| dimension == Dimension::Hour)
    }

    /// Binds what every statement may refer to: `$1` tenant, `$2` property, `$3` and `$4` range,
    /// `$5` first days of the buckets, and the hours and channel groups.
    pub(super) fn header(&self) -> QueryBuilder<Postgres> {
        let mut text = QueryBuilder::new("WITH bound AS (SELECT ");
        text.push_bind(self.tenant).push("::uuid AS t, ");
        text.push_bind(self.property_id).push("::bigint AS p, ");
        text.push_bind(self.range.first()).push("::date AS f, ");
        text.push_bind(self.range.last()).push("::date AS l, ");
        let firsts: Vec<NaiveDate> = self.spans.iter().map(|span| span.days.first()).collect();
        text.push_bind(firsts).push("::date[] AS buckets), ");
        text.push("day_hours AS (SELECT * FROM unnest(");
        text.push_bind(self.slots.days.clone()).push("::date[], ");
        text.push_bind(self.slots.first.clone()).push("::int[], ");
        text.push_bind(self.slots.last.clone())
            .push("::int[]) AS h (day, first_slot, last_slot)), ");
        text.push("slots AS (SELECT ");
        text.push_bind(self.slots.starts.clone()).push("::bigint[] AS starts), ");
        text.push("hours AS (SELECT * FROM unnest(");
        text.push_bind(self.slots.labels.clone()).push("::text[], ");
        text.push_bind(self.slots.buckets.clone());
        text.push("::int[]) WITH ORDINALITY AS h (label, bucket, slot)), ");
        text.push("channels AS (SELECT * FROM unnest(");
        for at in 0..4 {
            let column: Vec<String> = self.channels.iter().map(|row| row[at].clone()).collect();
            text.push(if at == 0 { "" } else { ", " });
            text.push_bind(column).push("::text[]");
        }
        text.push(") AS c (source, medium, campaign, channel_group)), placed AS (");
        text
    }

    /// The session of a fact `f`, and its event where it has none, within the range.
    pub(super) fn join_place(&self, text: &mut QueryBuilder<Postgres>) {
        text.push(
            " LEFT JOIN session_day AS s
                ON s.tenant_id = $1 AND s.property_id = $2 AND s.date = f.date
               AND s.session_key = f.session_key",
        );
        let limited = self.query.branches().is_some();
        if limited {
            text.push(" AND s.date BETWEEN $3 AND $4");
            self.of_branches("s.branch", text);
        }
        text.push(
            " LEFT JOIN event AS e
                ON e.tenant_id = $1 AND e.property_id = $2 AND e.event_date = f.date
               AND e.event_key = CASE WHEN s.session_key IS NULL THEN f.event_key END
              WHERE f.tenant_id = $1 AND f.property_id = $2 AND f.date BETWEEN $3 AND $4",
        );
        if limited {
            // A fact of a session has the session's branch, which is none of these.
            text.push(" AND (s.session_key IS NOT NULL OR f.session_key IS NULL)");
        }
    }

    /// Limits rows early to the branches that are asked for, so that an index finds them: the
    /// condition in [`Self::keyed`] is one on a computed value.
    pub(super) fn of_branches(&self, column: &str, text: &mut QueryBuilder<Postgres>) {
        let Some(codes) = self.query.branches() else { return };
        let unassigned = codes.contains(&UNASSIGNED);
        let codes: Vec<String> = codes.into_iter().map(str::to_owned).collect();
        text.push(format!(" AND ({column} = ANY (")).push_bind(codes).push(")");
        if unassigned {
            text.push(format!(" OR {column} IS NULL"));
        }
        text.push(")");
    }

    /// Closes `placed` and opens `keyed`: bucket, dimensions and all columns, filtered.
    ///
    /// `placed` has `date` and, for what looks within days, `micros`. Missing place columns are
    /// those that no query may ask for.
    pub(super) fn keyed(&self, text: &mut QueryBuilder<Postgres>) {
        let timed = self.timed();
        text.push("), keyed AS (SELECT placed.*, ");
        if self.query.bucket.is_some_and(crate::domain::query::BucketWidth::within_day) {
            text.push("hours.bucket AS b, date AS since");
        } else {
            text.push("width_bucket(date, $5) AS b, ($5)[width_bucket(date, $5)] AS since");
        }
        for (at, dimension) in self.query.dimensions.iter().enumerate() {
            text.push(format!(", {} AS k{at}", column(*dimension)));
        }
        text.push(" FROM placed");
        if timed {
            // What lies outside of its day counts in the day's first or last hour.
            text.push(
                " JOIN day_hours ON day_hours.day = date CROSS JOIN slots JOIN hours ON hours.slot
                  = least(greatest(width_bucket(micros, slots.starts), first_slot), last_slot)",
            );
        }
        if self.query.touched().any(|dimension| dimension == Dimension::ChannelGroup) {
            text.push(
                " LEFT JOIN channels ON channels.source = coalesce(placed.source, '(not set)')
                  AND channels.medium = coalesce(placed.medium, '(not set)')
                  AND channels.campaign = coalesce(placed.campaign, '(not set)')",
            );
        }
        text.push(" WHERE true");
        if let Some(cut) = self.cut {
            text.push(" AND (date < $4 OR micros < ").push_bind(cut.micros).push(")");
        }
        for any in &self.query.filters {
            condition(text, any);
        }
        text.push(") ");
    }

    /// The key columns after `SELECT`, and at the end of `GROUP BY`.
    pub(super) fn keys(&self) -> String {
        let keys: Vec<String> =
            (0..self.query.dimensions.len()).map(|at| format!("k{at}")).collect();
        std::iter::once("b".to_owned()).chain(keys).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn key(&self, row: &PgRow) -> Result<Key, sqlx::Error> {
        let bucket: i32 = row.try_get("b")?;
        let values = (0..self.query.dimensions.len())
            .map(|at| row.try_get::<String, _>(1 + at))
            .collect::<Result<_, _>>()?;
        Ok((usize::try_from(bucket - 1).unwrap_or_default(), values))
    }

    /// Whether a row of `keyed` is where its session counts.
    pub(super) fn counts_here(&self) -> &'static str {
        match self.query.sessions {
            SessionBasis::Active => {
                "session_key IS NOT NULL AND (previous_day IS NULL OR previous_day < since)"
            }
            SessionBasis::Started => {
                "session_key IS NOT NULL AND (previous_day IS NULL OR previous_day < ($5)[1])"
            }
        }
    }
}

/// A dimension's value in `placed`.
const fn column(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Location => "coalesce(placed.branch, '(unassigned)')",
        Dimension::Customer => "coalesce(placed.customer, '(not set)')",
        Dimension::Device => "coalesce(placed.device, '(not set)')",
        Dimension::Country => "coalesce(placed.country, '(not set)')",
        Dimension::City => "coalesce(placed.city, '(not set)')",
        Dimension::Source => "coalesce(placed.source, '(not set)')",
        Dimension::Medium => "coalesce(placed.medium, '(not set)')",
        Dimension::Campaign => "coalesce(placed.campaign, '(not set)')",
        Dimension::ChannelGroup => "coalesce(channels.channel_group, 'Unassigned')",
        Dimension::LandingPage => "coalesce(placed.landing_page, '(not set)')",
        Dimension::NewReturning => {
            "CASE WHEN placed.session_number IS NULL THEN '(not set)'
                  WHEN placed.session_number > 1 THEN 'returning' ELSE 'new' END"
        }
        Dimension::Page => "coalesce(placed.page, '(not set)')",
        Dimension::Item => "coalesce(placed.item, '(not set)')",
        Dimension::ItemName => "coalesce(placed.item_name, '(not set)')",
        Dimension::ItemCategory => "coalesce(placed.item_category, '(not set)')",
        Dimension::SearchTerm => "coalesce(nullif(placed.term, ''), '(not set)')",
        Dimension::Hour => "hours.label",
        Dimension::Weekday => {
            "(ARRAY['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday',
                    'sunday'])[extract(isodow FROM placed.date)::int]"
        }
    }
}

fn condition(text: &mut QueryBuilder<Postgres>, any: &AnyOf) {
    for (at, clause) in any.0.iter().enumerate() {
        text.push(if at == 0 { " AND (" } else { " OR " });
        let value = column(clause.dimension);
        match clause.operator {
            Operator::Is => text.push(format!("{value} = ")).push_bind(clause.value.clone()),
            Operator::IsNot => text.push(format!("{value} <> ")).push_bind(clause.value.clone()),
            // No pattern: every character stands for itself.
            Operator::Contains => {
                text.push(format!("strpos({value}, ")).push_bind(clause.value.clone()).push(") > 0")
            }
        };
    }
    text.push(")");
}
