use std::collections::BTreeSet;

use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;
use common::columns::{Dictionary, Numbers, Texts, flag, write_numbers};
use common::kernel::DateRange;
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Counter, DayColumns, Sessions};
use crate::domain::counted::Counted;
use crate::domain::query::{AnyOf, Clause, Dimension, Metric, Operator, Query, SessionBasis, Span};

const DAYS: i64 = 5;
const DEVICES: [&str; 3] = ["desktop", "mobile", "(not set)"];
const BRANCHES: [&str; 3] = ["B1", "B2", "(unassigned)"];

/// A session on a day: device, branch, client, days away, engaged, and the day.
type Visit = (usize, usize, u32, i64, bool, i64);

fn date(offset: i64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 2, 27).unwrap() + TimeDelta::days(offset)
}

fn texts(values: impl Iterator<Item = &'static str>) -> Vec<u8> {
    let mut dictionary = Dictionary::default();
    let codes: Vec<u32> = values.map(|value| dictionary.code(value)).collect();
    dictionary.write(codes.into_iter())
}

fn count(counter: &mut Counter<'_>, day: i64, visits: &[Visit]) {
    let numbers = |of: fn(&Visit) -> i64| write_numbers(&visits.iter().map(of).collect::<Vec<_>>());
    let entries = visits.len();
    let (device, branch) = (
        texts(visits.iter().map(|visit| DEVICES[visit.0])),
        texts(visits.iter().map(|visit| BRANCHES[visit.1])),
    );
    let (flags, away) =
        (numbers(|visit| if visit.4 { flag::ENGAGED } else { 0 }), numbers(|visit| visit.3));
    let client = numbers(|visit| i64::from(visit.2) + 1);
    counter.add(&DayColumns {
        date: date(day),
        entries: [entries, 0, 0, 0, 0],
        dimensions: vec![
            (Dimension::Device, Texts::read(&device, entries).unwrap()),
            (Dimension::Location, Texts::read(&branch, entries).unwrap()),
        ],
        sessions: Some(Sessions {
            flags: Numbers::read(&flags, entries).unwrap(),
            away: Numbers::read(&away, entries).unwrap(),
            client: Some(Numbers::read(&client, entries).unwrap()),
            known_user: None,
            activity: None,
        }),
        purchases: None,
        refunds: None,
        failed_searches: None,
    });
}

proptest! {
    #[test]
    fn devices_of_a_branch_are_counted_once_each(
        visits in vec((0..3usize, 0..3usize, 0..9u32, 0..4i64, any::<bool>(), 0..DAYS), 0..60),
    ) {
        let range = DateRange::new(date(0), date(DAYS - 1)).unwrap();
        let branch = Clause {
            dimension: Dimension::Location,
            operator: Operator::IsNot,
            value: "B1".to_owned(),
        };
        let query = Query {
            dimensions: vec![Dimension::Device],
            filters: vec![AnyOf(vec![branch])],
            sessions: SessionBasis::Active,
            ..Query::whole(vec![Metric::EngagedSessions, Metric::TotalUsers], range)
        };
        let spans = [Span::of(range, Tz::UTC)];
        let mut counter = Counter::new(&query, range, &spans, &[]);
        let mut counted = Counted::of_answer();
        for day in 0..DAYS {
            let of_day: Vec<Visit> = visits.iter().copied().filter(|visit| visit.5 == day).collect();
            count(&mut counter, day, &of_day);
            // What is handed over on the way adds up.
            if day == 1 {
                counter.hand_over(&mut counted);
            }
        }
        counter.hand_over(&mut counted);
        let counted = counted.into_rows().unwrap();
        for (at, device) in DEVICES.iter().enumerate() {
            let fits: Vec<&Visit> = visits.iter().filter(|v| v.0 == at && v.1 > 0).collect();
            // Active before within the range, a session was counted there.
            let here: Vec<_> = fits.iter().filter(|v| v.3 == 0 || v.3 > v.5).collect();
            let users: BTreeSet<u32> = fits.iter().map(|v| v.2).collect();
            let totals = counted.get(&(0, vec![(*device).to_owned()]));
            prop_assert_eq!(totals.is_some(), !fits.is_empty());
            let totals = totals.cloned().unwrap_or_default();
            prop_assert_eq!(totals.sessions.sessions, here.len() as i64);
            prop_assert_eq!(totals.sessions.engaged, here.iter().filter(|v| v.4).count() as i64);
            prop_assert_eq!(totals.users.clients.iter().collect::<BTreeSet<u32>>(), users);
        }
        prop_assert!(counted.keys().all(|key| DEVICES.contains(&key.1[0].as_str())));
    }
}
