//! The values of one dimension for every entry of a day.

use std::borrow::Cow;
use std::collections::HashMap;

use chrono::NaiveDate;

use super::DayColumns;
use crate::domain::query::channel::{ChannelRule, channel};
use crate::domain::query::{AnyOf, Dimension};

/// The distinct values, and for each entry the place of its own.
#[derive(Debug)]
pub(super) struct Axis<'d> {
    pub values: Vec<&'d str>,
    pub codes: Cow<'d, [u32]>,
}

impl<'d> Axis<'d> {
    pub fn of(day: &'d DayColumns<'_>, dimension: Dimension, rules: &'d [ChannelRule]) -> Self {
        let entries = day.entries.iter().sum();
        match dimension {
            Dimension::Weekday => {
                Self { values: vec![weekday(day.date)], codes: vec![0; entries].into() }
            }
            Dimension::ChannelGroup => Self::of_channels(day, rules, entries),
            kept => match day.dimensions.iter().find(|(dimension, _)| *dimension == kept) {
                Some((_, texts)) => {
                    Self { values: texts.values.clone(), codes: texts.codes.as_slice().into() }
                }
                None => Self { values: vec![""], codes: vec![0; entries].into() },
            },
        }
    }

    fn of_channels(day: &'d DayColumns<'_>, rules: &'d [ChannelRule], entries: usize) -> Self {
        let [source, medium, campaign] =
            [Dimension::Source, Dimension::Medium, Dimension::Campaign]
                .map(|dimension| Self::of(day, dimension, rules));
        let mut values: Vec<&str> = Vec::new();
        // Few kinds of traffic make up all entries.
        let mut known: HashMap<[u32; 3], u32> = HashMap::new();
        let mut codes = Vec::with_capacity(entries);
        for entry in 0..entries {
            let kind = [source.codes[entry], medium.codes[entry], campaign.codes[entry]];
            codes.push(*known.entry(kind).or_insert_with(|| {
                let [source, medium, campaign] = [(&source, 0), (&medium, 1), (&campaign, 2)]
                    .map(|(axis, at)| axis.value(kind[at]));
                let group = channel(rules, source, medium, campaign);
                let place = values.iter().position(|value| *value == group).unwrap_or_else(|| {
                    values.push(group);
                    values.len() - 1
                });
                u32::try_from(place).unwrap_or(u32::MAX)
            }));
        }
        Self { values, codes: codes.into() }
    }

    pub fn value(&self, code: u32) -> &'d str {
        self.values.get(code as usize).copied().unwrap_or_default()
    }
}

/// One condition, decided for each value of its dimension beforehand.
pub(super) struct Decided<'a>(Vec<(&'a [u32], Vec<bool>)>);

impl<'a> Decided<'a> {
    pub fn of(any: &AnyOf, axes: &'a [(Dimension, Axis<'_>)]) -> Self {
        let clause = |clause: &crate::domain::query::Clause| {
            let (_, axis) = axes.iter().find(|(dimension, _)| *dimension == clause.dimension)?;
            let holds = axis.values.iter().map(|value| clause.holds(value)).collect();
            Some((axis.codes.as_ref(), holds))
        };
        Self(any.0.iter().filter_map(clause).collect())
    }

    pub fn holds(&self, entry: usize) -> bool {
        self.0.iter().any(|(codes, holds)| holds[codes[entry] as usize])
    }
}

/// The name of a day of the week.
#[must_use]
pub fn weekday(date: NaiveDate) -> &'static str {
    use chrono::{Datelike, Weekday};
    match date.weekday() {
        Weekday::Mon => "monday",
        Weekday::Tue => "tuesday",
        Weekday::Wed => "wednesday",
        Weekday::Thu => "thursday",
        Weekday::Fri => "friday",
        Weekday::Sat => "saturday",
        Weekday::Sun => "sunday",
    }
}
