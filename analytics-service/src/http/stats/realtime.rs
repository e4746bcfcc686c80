//! `GET /stats/realtime`

use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use common::auth::Authenticated;
use common::http::{ApiError, ApiResult};
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi};

use super::answer::visible;
use crate::app::stats::{Found, find, question_of, realtime};
use crate::domain::realtime::{Newest, Realtime, Recent};
use crate::http::Services;
use crate::http::private::Private;
use crate::http::tag::Tag;
use crate::wire::EmptyAnswer;

/// What happened in the window or a part of it.
#[derive(Debug, Object)]
#[oai(rename = "RealtimeCounts")]
struct CountsBody {
    events: i64,
    page_views: i64,
    /// Distinct clients with an event.
    users: i64,
    /// Distinct transactions; one without an id counts by itself.
    purchases: i64,
}

impl From<Recent> for CountsBody {
    fn from(recent: Recent) -> Self {
        let Recent { events, page_views, users, purchases } = recent;
        Self { events, page_views, users, purchases }
    }
}

#[derive(Debug, Object)]
#[oai(rename = "RealtimeMinute")]
struct MinuteBody {
    /// Its first instant, RFC 3339 with the property's offset.
    start: String,
    counts: CountsBody,
}

#[derive(Debug, Object)]
#[oai(rename = "RealtimePage")]
struct PageBody {
    /// Its path.
    page: String,
    counts: CountsBody,
}

/// How far the events reach that the answer comes from: those that were loaded, and those that came by webhook.
#[derive(Debug, Object)]
struct RealtimeMeta {
    property_id: Option<i64>,
    /// Null without a property.
    time_zone: Option<String>,
    /// The location asked for; null for all together.
    location: Option<String>,
    /// The window's first instant, RFC 3339.
    from: String,
    /// The instant of the question, which the window ends before.
    until: String,
    /// The newest event that is known, from whichever source. Null when there is none.
    newest_event_at: Option<String>,
    /// The newest loaded event of the window's days. Null when nothing of these days is loaded.
    newest_loaded_event_at: Option<String>,
    /// The newest event that a webhook brought in the last hours. Null when none did.
    newest_webhook_event_at: Option<String>,
    /// Set when there is nothing to show: `no_property`, `not_loaded` when nothing is known from
    /// either source, or `not_recent` when the newest event is older than the window.
    empty: Option<EmptyAnswer>,
}

#[derive(Debug, Object)]
#[oai(rename = "StatsRealtime")]
struct RealtimeBody {
    /// Null when `meta.empty` says why.
    counts: Option<CountsBody>,
    /// Each minute of the window, the oldest first. Empty when `meta.empty` says why.
    minutes: Vec<MinuteBody>,
    /// The ten most viewed, the most viewed first.
    pages: Vec<PageBody>,
    meta: RealtimeMeta,
}

#[derive(Debug)]
pub struct RealtimeApi {
    services: Arc<Services>,
}

impl RealtimeApi {
    pub(in crate::http) fn new(services: &Arc<Services>) -> Self {
        Self { services: services.clone() }
    }
}

#[OpenApi(prefix_path = "/stats", tag = "Tag::Statistics")]
impl RealtimeApi {
    /// The last 30 minutes, minute by minute
    ///
    /// From the events of the running day that are loaded so far, and from those that webhooks
    /// brought: an event that is known from both counts once. `meta` says how far each reaches.
    #[oai(path = "/realtime", method = "get", operation_id = "stats_realtime")]
    async fn show(
        &self,
        caller: Authenticated,
        /// GA4 property number; required when the tenant has several.
        property: Query<Option<i64>>,
        /// Location code, or `(unassigned)`; all locations together when left out.
        location: Query<Option<String>>,
    ) -> ApiResult<Private<RealtimeBody>> {
        visible(&caller.0, location.0.as_deref())?;
        if location.0.as_deref() == Some("") {
            let detail = "leave it out for all locations together";
            return Err(ApiError::invalid_parameter("location", "empty", detail));
        }
        let now = self.services.clock.now();
        let question = question_of(property.0, location.0.clone(), now);
        let _turn = self.services.turns.wait().await?;
        let mut tx = self.services.db.snapshot(&caller.0.scope).await?;
        let found = find(&mut tx, &question, now, &self.services.basis).await?;
        Ok(Private(match found {
            Found::NoProperty => {
                let quiet = Realtime::quiet(now, Newest::default());
                let empty =
                    EmptyAnswer::new("no_property", "no Analytics property is connected yet");
                RealtimeBody::empty(&quiet, None, location.0, empty)
            }
            Found::Property(basis) => {
                let seen = realtime(&mut tx, &basis, &question, now).await?;
                let property = Some((basis.property_id, basis.zone));
                match nothing(&seen) {
                    Some(empty) => RealtimeBody::empty(&seen, property, location.0, empty),
                    None => RealtimeBody::new(&seen, property, location.0),
                }
            }
        }))
    }
}

/// Why there is nothing to show.
fn nothing(seen: &Realtime) -> Option<EmptyAnswer> {
    match seen.newest.at() {
        None => {
            let detail = "nothing of the running day is loaded, and no webhook brought anything";
            Some(EmptyAnswer::new("not_loaded", detail))
        }
        Some(newest) if newest < seen.from => {
            Some(EmptyAnswer::new("not_recent", "the newest event is older than the window"))
        }
        Some(_) => None,
    }
}

impl RealtimeBody {
    fn new(seen: &Realtime, property: Option<(i64, Tz)>, location: Option<String>) -> Self {
        let zone = property.map_or(Tz::UTC, |(_, zone)| zone);
        let text = |at: DateTime<Utc>| at.with_timezone(&zone).to_rfc3339();
        Self {
            counts: Some(seen.whole.into()),
            minutes: seen
                .minutes
                .iter()
                .map(|(start, counts)| MinuteBody { start: text(*start), counts: (*counts).into() })
                .collect(),
            pages: seen
                .pages
                .iter()
                .map(|(page, counts)| PageBody { page: page.clone(), counts: (*counts).into() })
                .collect(),
            meta: RealtimeMeta {
                property_id: property.map(|(id, _)| id),
                time_zone: property.map(|(_, zone)| zone.to_string()),
                location,
                from: text(seen.from),
                until: text(seen.until),
                newest_event_at: seen.newest.at().map(text),
                newest_loaded_event_at: seen.newest.loaded.map(text),
                newest_webhook_event_at: seen.newest.live.map(text),
                empty: None,
            },
        }
    }

    fn empty(
        seen: &Realtime,
        property: Option<(i64, Tz)>,
        location: Option<String>,
        empty: EmptyAnswer,
    ) -> Self {
        let full = Self::new(seen, property, location);
        let meta = RealtimeMeta { empty: Some(empty), ..full.meta };
        Self { counts: None, minutes: Vec::new(), pages: Vec::new(), meta }
    }
}
