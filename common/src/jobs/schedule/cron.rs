//! Cron lines of five fields: minute, hour, day of month, month, day of week.
//!
//! Lists, ranges, steps, names of months and weekdays, 0 and 7 for Sunday, and the presets
//! `@hourly`, `@daily`, `@weekly`, `@monthly`. As in Vixie's cron, a day matches when either of
//! the two day fields does, unless one of them begins with `*`: then both must.

mod field;

use std::fmt;

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use field::{Field, Set};

const PRESETS: &[(&str, &str)] = &[
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@weekly", "0 0 * * 1"),
    ("@monthly", "0 0 1 * *"),
];

/// The longest wait for a 29 February on a given weekday, over the 1900s and 2100s.
const HORIZON: Months = Months::new(12 * 41);

/// What is wrong with a cron line, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("character {position}: {reason}")]
pub struct CronError {
    /// From 1, in characters.
    pub position: usize,
    pub reason: String,
}

/// A cron line that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    text: String,
    minutes: Set,
    hours: Set,
    days: Set,
    months: Set,
    weekdays: Set,
    both_days: bool,
}

impl Cron {
    /// # Errors
    /// With the place of the fault. A day that no month has is one too.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        let line = PRESETS.iter().find(|(name, _)| *name == text.trim());
        let parts = split(line.map_or(text, |(_, line)| line));
        let [minute, hour, day, month, weekday] = parts.as_slice() else {
            return Err(wrong_count(text, &parts));
        };
        let cron = Self {
            text: text.trim().to_owned(),
            minutes: Field::Minute.parse(minute)?,
            hours: Field::Hour.parse(hour)?,
            days: Field::Day.parse(day)?,
            months: Field::Month.parse(month)?,
            weekdays: Field::Weekday.parse(weekday)?,
            both_days: day.text.starts_with('*') || weekday.text.starts_with('*'),
        };
        if cron.both_days && !cron.has_a_day() {
            let reason = "these months have no such day".to_owned();
            return Err(CronError { position: day.position, reason });
        }
        Ok(cron)
    }

    fn has_a_day(&self) -> bool {
        const LONGEST: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        (1..=12).zip(LONGEST).any(|(month, longest)| {
            self.months.has(month) && (1..=longest).any(|day| self.days.has(day))
        })
    }

    /// The first minute after `after` that matches, on a clock without daylight saving.
    #[must_use]
    pub fn next(&self, after: NaiveDateTime) -> Option<NaiveDateTime> {
        let last = after.date().checked_add_months(HORIZON)?;
        let mut date = after.date();
        while date <= last {
            if !self.months.has(date.month()) {
                date = date.with_day(1)?.checked_add_months(Months::new(1))?;
                continue;
            }
            if self.matches_day(date) {
                let floor = (date == after.date()).then(|| after.time());
                if let Some(time) = self.next_time(floor) {
                    return Some(date.and_time(time));
                }
            }
            date = date.checked_add_days(Days::new(1))?;
        }
        None
    }

    fn matches_day(&self, date: NaiveDate) -> bool {
        let day = self.days.has(date.day());
        let weekday = self.weekdays.has(date.weekday().num_days_from_sunday());
        if self.both_days { day && weekday } else { day || weekday }
    }

    fn next_time(&self, after: Option<NaiveTime>) -> Option<NaiveTime> {
        let first = after.map_or(0, |time| time.hour());
        (first..24).filter(|hour| self.hours.has(*hour)).find_map(|hour| {
            let from = after.filter(|time| time.hour() == hour).map_or(0, |time| time.minute() + 1);
            let minute = (from..60).find(|minute| self.minutes.has(*minute))?;
            NaiveTime::from_hms_opt(hour, minute, 0)
        })
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A part of the line and where it begins.
#[derive(Debug, Clone, Copy)]
struct Part<'a> {
    text: &'a str,
    /// From 1, in characters.
    position: usize,
}

fn split(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut position = 1;
    for piece in text.split_inclusive(char::is_whitespace) {
        let part = piece.trim_end();
        if !part.is_empty() {
            parts.push(Part { text: part, position });
        }
        position += piece.chars().count();
    }
    parts
}

fn wrong_count(text: &str, parts: &[Part<'_>]) -> CronError {
    let end = text.trim_end().chars().count() + 1;
    CronError {
        position: parts.get(5).map_or(end, |sixth| sixth.position),
        reason: format!(
            "minute, hour, day of month, month and day of week are five fields, not {}",
            parts.len()
        ),
    }
}

#[cfg(test)]
mod tests;
