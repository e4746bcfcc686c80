//! Names of the export's day tables.

use chrono::{Days, NaiveDate};

/// What one day table holds, the most complete first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ShardKind {
    /// `events_YYYYMMDD`: the complete day, rewritten for some days after.
    Daily,
    /// `events_fresh_YYYYMMDD`: the hourly tables of GA4 360.
    Fresh,
    /// `events_intraday_YYYYMMDD`: streamed during the day, vanishes when the daily table is complete.
    Intraday,
}

impl ShardKind {
    /// As stored with the day.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Intraday => "intraday",
            Self::Fresh => "fresh",
        }
    }
}

/// A day's complete table is there after this time as a rule.
const COMPLETE_AFTER: Days = Days::new(4);

/// Whether the complete table of `day` should be there by now; `today` in the property's zone.
pub fn complete_table_overdue(day: NaiveDate, today: NaiveDate) -> bool {
    day.checked_add_days(COMPLETE_AFTER).is_some_and(|last| last < today)
}

/// One day table of the export.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shard {
    pub date: NaiveDate,
    pub kind: ShardKind,
}

/// How a table name of the dataset reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableName {
    Shard(Shard),
    /// Begins like a day table but names no day (`events_2026`, `events_20261345`): ignored, and counted as a warning.
    Odd,
    /// Some other table, none of our business (`users_20260101`, `pseudonymous_users_20260101`).
    Other,
}

/// Reads a whole table name; nothing may stand before or after the pattern.
pub fn parse(table: &str) -> TableName {
    let Some(rest) = table.strip_prefix("events_") else {
        return TableName::Other;
    };
    let (kind, day) = if let Some(day) = rest.strip_prefix("intraday_") {
        (ShardKind::Intraday, day)
    } else if let Some(day) = rest.strip_prefix("fresh_") {
        (ShardKind::Fresh, day)
    } else {
        (ShardKind::Daily, rest)
    };
    match day_of(day) {
        Some(date) => TableName::Shard(Shard { date, kind }),
        None => TableName::Odd,
    }
}

/// The day of `YYYYMMDD`, exactly eight ASCII digits; also the form of the column `event_date`.
pub fn day_of(text: &str) -> Option<NaiveDate> {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let year = text[..4].parse().ok()?;
    NaiveDate::from_ymd_opt(year, text[4..6].parse().ok()?, text[6..].parse().ok()?)
}

impl Shard {
    /// The table's name in the dataset.
    pub fn table(&self) -> String {
        let prefix = match self.kind {
            ShardKind::Daily => "events_",
            ShardKind::Intraday => "events_intraday_",
            ShardKind::Fresh => "events_fresh_",
        };
        format!("{prefix}{}", self.date.format("%Y%m%d"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shard(kind: ShardKind, year: i32, month: u32, day: u32) -> TableName {
        TableName::Shard(Shard { date: NaiveDate::from_ymd_opt(year, month, day).unwrap(), kind })
    }

    #[test]
    fn the_three_kinds() {
        assert_eq!(parse("events_20201221"), shard(ShardKind::Daily, 2020, 12, 21));
        assert_eq!(parse("events_intraday_20240229"), shard(ShardKind::Intraday, 2024, 2, 29));
        assert_eq!(parse("events_fresh_20260101"), shard(ShardKind::Fresh, 2026, 1, 1));
    }

    #[test]
    fn odd_names_are_no_shards() {
        for name in [
            "events_",
            "events_2026",
            "events_20261345",
            "events_20250229",
            "events_202601011",
            "events_20260101_copy",
            "events_intraday_",
            "events_intraday_2026",
            "events_ 2026101",
            "events_+2026101",
            "events_٢٠٢٦٠١٠١",
        ] {
            assert_eq!(parse(name), TableName::Odd, "{name}");
        }
        for name in
            ["users_20260101", "EVENTS_20260101", " events_20260101", "my_events_20260101", ""]
        {
            assert_eq!(parse(name), TableName::Other, "{name}");
        }
    }

    #[test]
    fn a_complete_table_may_take_four_days() {
        let day = |text: &str| -> NaiveDate { text.parse().unwrap() };
        let overdue = |today| complete_table_overdue(day("2026-02-26"), day(today));
        assert!(!overdue("2026-02-26") && !overdue("2026-03-02"));
        assert!(overdue("2026-03-03"));
        assert!(!complete_table_overdue(NaiveDate::MAX, day("2026-03-03")));
    }

    proptest! {
        #[test]
        fn any_name_is_read_without_harm(name in ".{0,40}") {
            let _ = parse(&name);
            let _ = parse(&format!("events_{name}"));
        }

        #[test]
        fn names_round_trip(days in 0i64..40_000, kind in 0usize..3) {
            let kind = [ShardKind::Daily, ShardKind::Intraday, ShardKind::Fresh][kind];
            let date = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap() + chrono::Duration::days(days);
            let shard = Shard { date, kind };
            prop_assert_eq!(parse(&shard.table()), TableName::Shard(shard));
        }
    }
}
