//! The last half hour, minute by minute.

use chrono::{DateTime, TimeDelta, Utc};

/// Minutes that are looked at.
pub const MINUTES: i32 = 30;
/// Pages that are named.
pub const PAGES: usize = 10;

/// What happened in the window or a part of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recent {
    pub events: i64,
    pub page_views: i64,
    /// Distinct clients with an event.
    pub users: i64,
    /// Distinct transactions; one without an id counts by itself.
    pub purchases: i64,
}

/// The window, its minutes and its most viewed pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Realtime {
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
    pub whole: Recent,
    /// Every minute, by its first instant, the oldest first.
    pub minutes: Vec<(DateTime<Utc>, Recent)>,
    /// The most viewed first.
    pub pages: Vec<(String, Recent)>,
    pub newest: Newest,
}

/// How far each source reaches; none when nothing is known from it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Newest {
    /// Of the window's days.
    pub loaded: Option<DateTime<Utc>>,
    /// That a webhook brought.
    pub live: Option<DateTime<Utc>>,
}

impl Newest {
    /// The newest event of all.
    #[must_use]
    pub fn at(&self) -> Option<DateTime<Utc>> {
        self.loaded.max(self.live)
    }
}

impl Realtime {
    /// Nothing yet, of the window that ends at `until`.
    #[must_use]
    pub fn quiet(until: DateTime<Utc>, newest: Newest) -> Self {
        let from = until - TimeDelta::minutes(MINUTES.into());
        let minute = |at: i32| (from + TimeDelta::minutes(at.into()), Recent::default());
        Self {
            from,
            until,
            whole: Recent::default(),
            minutes: (0..MINUTES).map(minute).collect(),
            pages: Vec::new(),
            newest,
        }
    }

    /// Puts the counts of a minute in their place.
    pub fn put_minute(&mut self, minute: i32, recent: Recent) {
        let slot = usize::try_from(minute).ok().and_then(|at| self.minutes.get_mut(at));
        if let Some((_, counts)) = slot {
            *counts = recent;
        }
    }

    /// Leaves the pages that were viewed most.
    pub fn keep_top_pages(&mut self) {
        self.pages.sort_by(|(page, one), (other, two)| {
            two.page_views.cmp(&one.page_views).then_with(|| page.cmp(other))
        });
        self.pages.truncate(PAGES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_event_is_that_of_the_source_which_reaches_further() {
        let at = |text: &str| Some(text.parse().unwrap());
        let (early, late) = (at("2026-03-01T00:00:00Z"), at("2026-03-01T00:00:01Z"));
        for (loaded, live, newest) in [
            (None, None, None),
            (early, None, early),
            (None, early, early),
            (early, late, late),
            (late, early, late),
        ] {
            assert_eq!(Newest { loaded, live }.at(), newest);
        }
    }

    #[test]
    fn every_minute_is_there_and_only_the_most_viewed_pages() {
        let until = "2026-03-01T00:10:30Z".parse().unwrap();
        let mut realtime = Realtime::quiet(until, Newest::default());
        assert_eq!(realtime.minutes.len(), 30);
        assert_eq!(realtime.minutes[0].0.to_rfc3339(), "2026-02-28T23:40:30+00:00");
        realtime.put_minute(29, Recent { events: 2, ..Recent::default() });
        realtime.put_minute(30, Recent { events: 9, ..Recent::default() });
        assert_eq!(realtime.minutes.iter().map(|(_, m)| m.events).sum::<i64>(), 2);
        for at in 0..20 {
            let views = Recent { page_views: at % 7, ..Recent::default() };
            realtime.pages.push((format!("/{at:02}"), views));
        }
        realtime.keep_top_pages();
        let first: Vec<&str> =
            realtime.pages.iter().take(3).map(|(page, _)| page.as_str()).collect();
        assert_eq!((first, realtime.pages.len()), (vec!["/06", "/13", "/05"], PAGES));
    }
}
