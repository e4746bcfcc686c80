//! Where the days and hours of a zone begin. Loading and reading cut time in the same places.

use chrono::{DateTime, Days, LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone, Timelike};
use chrono_tz::Tz;

/// The first instant of a local day. Where the clocks jump over midnight it is the first instant
/// after the jump; where midnight comes twice, the earlier one.
#[must_use]
pub fn start_of_day(day: NaiveDate, zone: Tz) -> DateTime<Tz> {
    let midnight = day.and_time(NaiveTime::MIN);
    (0..=8)
        .map(|quarters| midnight + TimeDelta::minutes(15 * quarters))
        .find_map(|local| match zone.from_local_datetime(&local) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Some(at),
            LocalResult::None => None,
        })
        .unwrap_or_else(|| zone.from_utc_datetime(&midnight))
}

/// The first instant of each hour of a local day, in order: 24, on the days of a clock change 23
/// or 25. An hour that comes twice is two hours.
#[must_use]
pub fn hours_of_day(day: NaiveDate, zone: Tz) -> Vec<DateTime<Tz>> {
    let end = start_of_day(day.checked_add_days(Days::new(1)).unwrap_or(day), zone);
    let next = |at: &DateTime<Tz>| {
        let past = at.minute() * 60 + at.second();
        let next = *at + TimeDelta::seconds(i64::from(3_600 - past.min(3_599)));
        (next < end).then_some(next)
    };
    std::iter::successors(Some(start_of_day(day, zone)), next).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labels(day: &str, zone: Tz) -> Vec<String> {
        let hours = hours_of_day(day.parse().unwrap(), zone);
        hours.iter().map(|hour| hour.format("%H:%M%:z").to_string()).collect()
    }

    #[test]
    fn a_day_of_a_clock_change_has_23_or_25_hours() {
        let spring = labels("2026-03-29", Tz::Europe__Berlin);
        assert_eq!((spring.len(), spring[2].as_str()), (23, "03:00+02:00"));
        let autumn = labels("2026-10-25", Tz::Europe__Berlin);
        assert_eq!(autumn.len(), 25);
        assert_eq!(autumn[2..4], ["02:00+02:00", "02:00+01:00"]);
        // Clocks that move by half an hour.
        let autumn = labels("2026-04-05", Tz::Australia__Lord_Howe);
        assert_eq!(autumn[1..4], ["01:00+11:00", "01:30+10:30", "02:00+10:30"]);
    }

    proptest! {
        #[test]
        fn the_hours_of_a_day_touch_and_begin_with_it(offset in 0i64..4_000) {
            let day = NaiveDate::from_ymd_opt(2015, 1, 1).unwrap() + TimeDelta::days(offset);
            for zone in [Tz::Europe__Berlin, Tz::Asia__Kathmandu, Tz::Asia__Beirut, Tz::America__Sao_Paulo] {
                let hours = hours_of_day(day, zone);
                prop_assert_eq!(hours[0], start_of_day(day, zone));
                prop_assert!((23..=25).contains(&hours.len()));
                prop_assert!(hours.windows(2).all(|pair| pair[1] - pair[0] <= TimeDelta::hours(1)));
            }
        }
    }
}
