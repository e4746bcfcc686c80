//! Which periods a report that comes by itself is due for.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use common::kernel::DateRange;
use common::tenant_config::{ReportPeriod, WeekStart};

/// Periods that are looked back upon: a day's complete table may take days to come.
const fn looked_back(period: ReportPeriod) -> u32 {
    match period {
        ReportPeriod::Day => 7,
        ReportPeriod::Week | ReportPeriod::Month => 2,
    }
}

/// The periods that ended before `today`, the newest first.
#[must_use]
pub fn recent(period: ReportPeriod, today: NaiveDate, week_start: WeekStart) -> Vec<DateRange> {
    (1..=looked_back(period)).filter_map(|back| before(period, today, week_start, back)).collect()
}

fn before(
    period: ReportPeriod,
    today: NaiveDate,
    week_start: WeekStart,
    back: u32,
) -> Option<DateRange> {
    let (first, next) = match period {
        ReportPeriod::Day => {
            let first = today.checked_sub_days(Days::new(back.into()))?;
            (first, first.succ_opt()?)
        }
        ReportPeriod::Week => {
            let start = match week_start {
                WeekStart::Monday => Weekday::Mon,
                WeekStart::Saturday => Weekday::Sat,
                WeekStart::Sunday => Weekday::Sun,
            };
            let into = today.weekday().days_since(start);
            let first = today.checked_sub_days(Days::new(u64::from(into + 7 * back)))?;
            (first, first.checked_add_days(Days::new(7))?)
        }
        ReportPeriod::Month => {
            let first = today.with_day(1)?.checked_sub_months(Months::new(back))?;
            (first, first.checked_add_months(Months::new(1))?)
        }
    };
    DateRange::new(first, next.pred_opt()?).ok()
}

/// Of the `complete` periods, the newest first, those that follow the last one `sent`; the newest one when none was.
#[must_use]
pub fn due(complete: &[DateRange], sent: &[DateRange]) -> Vec<DateRange> {
    match sent.iter().map(DateRange::first).max() {
        None => complete.iter().take(1).copied().collect(),
        Some(last) => complete.iter().filter(|range| range.first() > last).copied().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: &str, last: &str) -> DateRange {
        DateRange::new(first.parse().unwrap(), last.parse().unwrap()).unwrap()
    }

    #[test]
    fn periods_end_before_today() {
        // A Wednesday.
        let today = "2026-03-18".parse().unwrap();
        let newest = |period, week_start| recent(period, today, week_start)[0];
        let monday = WeekStart::Monday;
        assert_eq!(newest(ReportPeriod::Day, monday), range("2026-03-17", "2026-03-17"));
        assert_eq!(newest(ReportPeriod::Week, monday), range("2026-03-09", "2026-03-15"));
        let sunday = newest(ReportPeriod::Week, WeekStart::Sunday);
        assert_eq!(sunday, range("2026-03-08", "2026-03-14"));
        assert_eq!(newest(ReportPeriod::Month, monday), range("2026-02-01", "2026-02-28"));
        let days = recent(ReportPeriod::Day, today, monday);
        assert_eq!((days.len(), days[6]), (7, range("2026-03-11", "2026-03-11")));
    }

    #[test]
    fn what_follows_the_last_one_is_due_and_only_the_newest_at_first() {
        let day = |day: u32| DateRange::single(NaiveDate::from_ymd_opt(2026, 3, day).unwrap());
        let complete = [day(17), day(15), day(14)];
        assert_eq!(due(&complete, &[]), [day(17)]);
        assert_eq!(due(&complete, &[day(14), day(13)]), [day(17), day(15)]);
        assert_eq!(due(&complete, &[day(17)]), []);
        assert_eq!(due(&[], &[]), []);
    }
}
