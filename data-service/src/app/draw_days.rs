//! The days of a property as text, for people at a terminal.

use std::fmt::Write;

use chrono::NaiveDate;

use super::availability::PropertyAvailability;

/// Which days there are, in lines; neighbours as one range.
#[must_use]
pub fn draw_days(property: &PropertyAvailability) -> String {
    let PropertyAvailability { property_id, days, missing, daily_missing, daily_missing_since } =
        property;
    let of = |wanted: fn(&super::availability::LoadedDay) -> bool| -> Vec<NaiveDate> {
        days.iter().filter(|day| wanted(day)).map(|day| day.date).collect()
    };
    let rows: i64 = days.iter().map(|day| day.loaded_rows).sum();
    let unit = if days.len() == 1 { "day" } else { "days" };
    let mut text = format!("property {property_id}: {} {unit}, {rows} events\n", days.len());
    let told = daily_missing_since.map(|at| format!(" (told {})", at.date_naive()));
    for (name, dates, note) in [
        ("loaded", of(|_| true), None),
        ("provisional", of(super::availability::LoadedDay::provisional), None),
        ("late", daily_missing.clone(), told),
        ("with rejected rows", of(|day| day.rejected_rows > 0), None),
        ("missing", missing.clone(), None),
    ] {
        if !dates.is_empty() {
            let ranges = ranges(&dates).join(", ");
            // Writing to a text cannot fail.
            let _ = writeln!(text, "    {name:<18}  {ranges}{}", note.unwrap_or_default());
        }
    }
    text
}

/// Days in their order, neighbours drawn together.
fn ranges(days: &[NaiveDate]) -> Vec<String> {
    days.chunk_by(|day, next| day.succ_opt() == Some(*next))
        .filter_map(|run| match run {
            [] => None,
            [day] => Some(day.to_string()),
            [first, .., last] => Some(format!("{first} to {last}")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::super::availability::LoadedDay;
    use super::*;

    fn day(date: &str, kind: &str, rejected_rows: i64) -> LoadedDay {
        LoadedDay {
            property_id: 7,
            date: date.parse().unwrap(),
            kind: kind.to_owned(),
            version: 1,
            source_rows: 10 + rejected_rows,
            loaded_rows: 10,
            collapsed_rows: 0,
            rejected_rows,
            loaded_at: DateTime::<Utc>::MIN_UTC,
            today: None,
            daily_missing_since: None,
        }
    }

    #[test]
    fn days_are_drawn_with_what_is_wrong_with_them() {
        let property = PropertyAvailability {
            property_id: 7,
            days: vec![
                day("2026-02-27", "daily", 0),
                day("2026-02-28", "daily", 3),
                day("2026-03-01", "daily", 0),
                day("2026-03-03", "intraday", 0),
            ],
            missing: vec!["2026-03-02".parse().unwrap()],
            daily_missing: vec!["2026-03-03".parse().unwrap()],
            daily_missing_since: Some("2026-03-08T01:00:00Z".parse().unwrap()),
        };
        let expected = "property 7: 4 days, 40 events
    loaded              2026-02-27 to 2026-03-01, 2026-03-03
    provisional         2026-03-03
    late                2026-03-03 (told 2026-03-08)
    with rejected rows  2026-02-28
    missing             2026-03-02
";
        assert_eq!(draw_days(&property), expected);
    }

    #[test]
    fn what_is_in_order_is_not_mentioned() {
        let property = PropertyAvailability {
            property_id: 7,
            days: vec![day("2026-02-27", "daily", 0)],
            missing: vec![],
            daily_missing: vec![],
            daily_missing_since: None,
        };
        let expected = "property 7: 1 day, 10 events\n    loaded              2026-02-27\n";
        assert_eq!(draw_days(&property), expected);
    }
}
