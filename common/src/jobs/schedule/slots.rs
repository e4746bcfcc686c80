//! When a schedule is due: a cron line read on the clock of a zone.

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::{Cron, CronError};

/// Longer than any zone ever put its clocks forward: some skipped a whole day.
const LONGEST_GAP_MINUTES: i64 = 26 * 60;

/// Why a schedule's times cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimingError {
    #[error(transparent)]
    Cron(#[from] CronError),
    #[error("`{0}` is no IANA time zone")]
    Zone(String),
    #[error("there is no such day within the next decades")]
    Never,
}

/// A cron line in a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slots {
    cron: Cron,
    zone: Tz,
}

impl Slots {
    /// # Errors
    /// With the place of a fault in the cron line.
    pub fn parse(cron: &str, zone: &str) -> Result<Self, TimingError> {
        let cron = Cron::parse(cron)?;
        let zone = zone.parse().map_err(|_| TimingError::Zone(zone.to_owned()))?;
        Ok(Self { cron, zone })
    }

    #[must_use]
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// The first slot after `after`. A local time that does not exist, because clocks go forward,
    /// is due when they have; one that exists twice is due the first time only.
    #[must_use]
    pub fn next(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let mut local = after.with_timezone(&self.zone).naive_local();
        loop {
            local = self.cron.next(local)?;
            let instant = self.instant(local)?;
            // Not so for the second pass of an hour that exists twice.
            if instant > after {
                return Some(instant);
            }
        }
    }

    /// The next `count` slots after `after`.
    #[must_use]
    pub fn upcoming(&self, after: DateTime<Utc>, count: usize) -> Vec<DateTime<Utc>> {
        std::iter::successors(self.next(after), |slot| self.next(*slot)).take(count).collect()
    }

    fn instant(&self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        (0..=LONGEST_GAP_MINUTES).find_map(|minutes| {
            match self.zone.from_local_datetime(&(local + TimeDelta::minutes(minutes))) {
                MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => {
                    Some(at.to_utc())
                }
                MappedLocalTime::None => None,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn upcoming(cron: &str, zone: &str, after: &str, count: usize) -> Vec<DateTime<Utc>> {
        Slots::parse(cron, zone).unwrap().upcoming(utc(after), count)
    }

    #[test]
    fn a_missing_time_is_due_when_the_clocks_have_moved() {
        let slots = upcoming("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", 3);
        let expected = ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"];
        assert_eq!(slots, expected.map(utc));
    }

    #[test]
    fn a_time_that_exists_twice_is_due_the_first_time_only() {
        let slots = upcoming("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2);
        assert_eq!(slots, ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"].map(utc));
        // Asked in the middle of the second pass.
        let later = upcoming("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", 1);
        assert_eq!(later, ["2026-10-26T01:30:00Z"].map(utc));
    }

    #[test]
    fn several_missing_times_are_one_slot() {
        let slots = upcoming("*/15 2 * * *", "Europe/Berlin", "2026-03-29T00:50:00Z", 2);
        assert_eq!(slots, ["2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"].map(utc));
    }

    #[test]
    fn a_day_that_a_zone_skipped_is_due_at_its_end() {
        let slots = upcoming("0 12 * * *", "Pacific/Apia", "2011-12-29T22:00:01Z", 1);
        assert_eq!(slots, ["2011-12-30T10:00:00Z"].map(utc));
    }

    #[test]
    fn an_unknown_zone_is_refused() {
        let refused = Slots::parse("0 0 * * *", "Europe/Atlantis");
        assert_eq!(refused, Err(TimingError::Zone("Europe/Atlantis".to_owned())));
    }
}
