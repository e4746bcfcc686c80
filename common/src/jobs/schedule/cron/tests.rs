use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;

fn at(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
}

fn runs(line: &str, after: &str, count: usize) -> Vec<String> {
    let cron = Cron::parse(line).unwrap();
    let mut now = at(after);
    let mut runs = Vec::new();
    for _ in 0..count {
        now = cron.next(now).unwrap();
        runs.push(now.format("%a %Y-%m-%d %H:%M").to_string());
    }
    runs
}

#[test]
fn lines_run_when_they_say() {
    assert_eq!(runs("30 2 * * *", "2026-03-01 02:30", 1), ["Mon 2026-03-02 02:30"]);
    assert_eq!(
        runs("*/20 8-9 * * mon-fri", "2026-11-20 09:30", 3),
        ["Fri 2026-11-20 09:40", "Mon 2026-11-23 08:00", "Mon 2026-11-23 08:20"]
    );
    assert_eq!(runs("0 0 29 feb *", "2026-01-01 00:00", 1), ["Tue 2028-02-29 00:00"]);
    assert_eq!(runs("0 0 29 2 */7", "2100-01-01 00:00", 1), ["Sun 2128-02-29 00:00"]);
    assert_eq!(runs("5,35 23 31 12 *", "2026-12-31 23:05", 1), ["Thu 2026-12-31 23:35"]);
    assert_eq!(runs("@weekly", "2026-11-20 00:00", 1), ["Mon 2026-11-23 00:00"]);
    assert_eq!(runs("0 12 * * 7", "2026-11-20 00:00", 1), ["Sun 2026-11-22 12:00"]);
}

#[test]
fn either_day_field_is_enough_unless_one_is_a_star() {
    let either = runs("0 0 1 * fri", "2026-11-20 12:00", 3);
    assert_eq!(either, ["Fri 2026-11-27 00:00", "Tue 2026-12-01 00:00", "Fri 2026-12-04 00:00"]);
    assert_eq!(runs("0 0 */2 * fri", "2026-11-20 12:00", 1), ["Fri 2026-11-27 00:00"]);
}

#[test]
fn a_fault_has_a_place() {
    for (line, position, reason) in [
        ("61 * * * *", 1, "61 is not between 0 and 59"),
        ("0 5,24 * * *", 5, "24 is not between 0 and 23"),
        ("0 0 30 2 *", 5, "these months have no such day"),
        ("0 0 31 4,6 *", 5, "these months have no such day"),
        (
            "0 0 * * * * *",
            11,
            "minute, hour, day of month, month and day of week are five fields, not 7",
        ),
        ("0 0", 4, "minute, hour, day of month, month and day of week are five fields, not 2"),
        ("", 1, "minute, hour, day of month, month and day of week are five fields, not 0"),
        ("0 0 * foo *", 7, "`foo` is no number"),
        ("0 0 * * 5-2", 9, "5 is after 2"),
        ("*/0 * * * *", 3, "a step is a number from 1 to 99"),
        ("1, * * * *", 3, "a number is missing"),
        ("@yearly", 8, "minute, hour, day of month, month and day of week are five fields, not 1"),
    ] {
        let fault = Cron::parse(line).unwrap_err();
        assert_eq!((fault.position, fault.reason.as_str()), (position, reason), "{line}");
    }
}

#[test]
fn a_day_that_only_a_weekday_makes_possible_is_fine() {
    assert_eq!(runs("0 0 30 2 mon", "2026-01-31 00:00", 1), ["Mon 2026-02-02 00:00"]);
}

/// A field of numbers in range, and what it means.
fn numbers(least: u32, greatest: u32) -> impl Strategy<Value = (String, Vec<u32>)> {
    prop_oneof![
        Just(("*".to_owned(), (least..=greatest).collect())),
        (1..=99u32).prop_map(move |step| {
            (format!("*/{step}"), (least..=greatest).step_by(step as usize).collect())
        }),
        prop::collection::vec((least..=greatest, least..=greatest), 1..4).prop_map(|ranges| {
            let ordered = ranges.iter().map(|(a, b)| (*a.min(b), *a.max(b)));
            let texts: Vec<_> = ordered.clone().map(|(a, b)| format!("{a}-{b}")).collect();
            (texts.join(","), ordered.flat_map(|(a, b)| a..=b).collect())
        }),
    ]
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,40}") {
        if let Err(fault) = Cron::parse(&text) {
            prop_assert!((1..=text.chars().count() + 1).contains(&fault.position));
        }
    }

    #[test]
    fn no_line_of_cron_letters_makes_it_panic(
        text in "[0-9*/,\\-@ a-z]{0,30}",
        minute in 0..5_000_000i64,
    ) {
        if let Ok(cron) = Cron::parse(&text) {
            let after = at("2020-01-01 00:00") + TimeDelta::minutes(minute);
            prop_assert!(cron.next(after).is_none_or(|next| next > after));
        }
    }

    #[test]
    fn the_next_minute_is_the_first_that_matches(
        (minute, minutes) in numbers(0, 59),
        (hour, hours) in numbers(0, 23),
        (weekday, weekdays) in numbers(0, 6),
        start in 0..2_000_000i64,
    ) {
        let cron = Cron::parse(&format!("{minute} {hour} * * {weekday}")).unwrap();
        let after = at("2024-01-01 00:00") + TimeDelta::minutes(start);
        let matches = |time: &NaiveDateTime| {
            minutes.contains(&time.minute())
                && hours.contains(&time.hour())
                && weekdays.contains(&time.weekday().num_days_from_sunday())
        };
        let mut expected = after + TimeDelta::minutes(1);
        while !matches(&expected) {
            expected += TimeDelta::minutes(1);
        }
        prop_assert_eq!(cron.next(after), Some(expected));
    }
}
