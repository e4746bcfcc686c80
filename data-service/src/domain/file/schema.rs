//! What becomes of columns that come and go between the files of a feed.

use std::collections::BTreeSet;
use std::fmt;

use super::mapping::Bound;
use super::{Field, FileError};

/// Longest name of a column that is kept unasked, in bytes.
pub(super) const MAX_NAME: usize = 100;

/// Most columns of a file. JSON lines could bring another one each: of theirs, so many are remembered and kept unasked.
pub(super) const MAX_COLUMNS: usize = 1_000;

/// What a connection says about other columns than before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SchemaPolicy {
    /// A column that no field asks for is kept with the row, as `extra.<column>`.
    Evolve,
    /// The file is refused.
    Freeze,
    /// Columns that no field asks for are left out.
    #[default]
    DiscardValue,
    /// Rows with a value in a new column are left out.
    DiscardRow,
}

impl SchemaPolicy {
    /// The name in the configuration and in events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Evolve => "evolve",
            Self::Freeze => "freeze",
            Self::DiscardValue => "discard_value",
            Self::DiscardRow => "discard_row",
        }
    }

    /// Whether later files are held against the columns of this one.
    pub const fn accepts(self) -> bool {
        matches!(self, Self::Evolve | Self::DiscardValue)
    }
}

/// The columns a file should have, and what becomes of it when it has others.
#[derive(Debug, Clone, Default)]
pub struct Contract {
    pub policy: SchemaPolicy,
    /// None before the first file.
    pub accepted: Option<Vec<String>>,
}

/// Columns that came and went, in the order of their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SchemaChange {
    pub added: Vec<String>,
    pub removed: Vec<String>,
}

impl SchemaChange {
    /// None when both have the same columns, in whatever order.
    pub fn between(before: &[String], after: &[String]) -> Option<Self> {
        let (old, new): (BTreeSet<_>, BTreeSet<_>) =
            (before.iter().collect(), after.iter().collect());
        let change = Self {
            added: new.difference(&old).map(|name| (*name).clone()).collect(),
            removed: old.difference(&new).map(|name| (*name).clone()).collect(),
        };
        (old != new).then_some(change)
    }
}

impl fmt::Display for SchemaChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told =
            |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        write!(f, "added: {}; removed: {}", told(&self.added), told(&self.removed))
    }
}

impl Contract {
    /// Names that a record may not bring when the columns must stay the same; none before the first file.
    pub(super) fn new_names<'n>(&self, names: impl Iterator<Item = &'n String>) -> Vec<String> {
        let Some(accepted) = &self.accepted else { return Vec::new() };
        names.filter(|name| !accepted.contains(name)).cloned().collect()
    }

    /// Holds `header` against the columns before it. What is decided about its columns goes to `bound`.
    pub(super) fn apply(&self, header: &[String], bound: &mut Bound) -> Result<(), FileError> {
        if header.len() > MAX_COLUMNS {
            return Err(FileError::TooManyColumns);
        }
        if self.policy == SchemaPolicy::Evolve {
            keep_all(header, bound);
        }
        let change = self.accepted.as_ref().and_then(|old| SchemaChange::between(old, header));
        let Some(change) = change else { return Ok(()) };
        match self.policy {
            SchemaPolicy::Freeze => return Err(FileError::SchemaChanged { change }),
            SchemaPolicy::DiscardRow => {
                let new = |name: &String| change.added.contains(name);
                let columns = header.iter().enumerate().filter(|(_, name)| new(name));
                bound.unwanted = columns.map(|(index, _)| index).collect();
            }
            SchemaPolicy::Evolve | SchemaPolicy::DiscardValue => {}
        }
        Ok(())
    }
}

/// Gives every column that has a name of its own a place.
fn keep_all(header: &[String], bound: &mut Bound) {
    for (index, name) in header.iter().enumerate() {
        let used = bound.places.iter().any(|(_, place)| *place == index);
        let repeated = header.iter().filter(|other| *other == name).count() > 1;
        if !used && !repeated && (1..=MAX_NAME).contains(&name.len()) {
            bound.places.push((Field::Extra(name.clone()), index));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn bound() -> Bound {
        Bound { places: vec![(Field::Code, 0)], columns: Some(3), unwanted: Vec::new() }
    }

    #[test]
    fn a_change_is_about_names_and_not_about_their_order() {
        let old = names(&["code", "name"]);
        assert_eq!(SchemaChange::between(&old, &names(&["name", "code"])), None);
        let change = SchemaChange::between(&old, &names(&["code", "b", "a"])).unwrap();
        assert_eq!(change.to_string(), "added: a, b; removed: name");
    }

    #[test]
    fn a_file_of_more_columns_than_any_list_has_is_refused() {
        let header = |columns: usize| (0..columns).map(|at| at.to_string()).collect::<Vec<_>>();
        for policy in [SchemaPolicy::Evolve, SchemaPolicy::DiscardRow] {
            let contract = Contract { policy, accepted: Some(header(2)) };
            let apply = |columns| contract.apply(&header(columns), &mut bound());
            assert_eq!(apply(MAX_COLUMNS), Ok(()));
            assert_eq!(apply(MAX_COLUMNS + 1), Err(FileError::TooManyColumns));
        }
    }

    #[test]
    fn each_policy_treats_a_new_column_in_its_way() {
        let header = names(&["code", "name", "vip"]);
        let apply = |policy, accepted: Option<&[&str]>| {
            let mut bound = bound();
            let contract = Contract { policy, accepted: accepted.map(names) };
            contract.apply(&header, &mut bound).map(|()| bound)
        };
        let before: Option<&[&str]> = Some(&["code", "name"]);
        let evolved = apply(SchemaPolicy::Evolve, before).unwrap();
        assert_eq!(evolved.places[2], (Field::Extra("vip".to_owned()), 2));
        let error = apply(SchemaPolicy::Freeze, before).unwrap_err();
        assert!(error.to_string().contains("added: vip; removed: none"), "{error}");
        assert!(apply(SchemaPolicy::Freeze, None).is_ok(), "the first file sets the columns");
        assert_eq!(apply(SchemaPolicy::DiscardRow, before).unwrap().unwanted, [2]);
        let left_out = apply(SchemaPolicy::DiscardValue, before).unwrap();
        assert_eq!((left_out.places.len(), left_out.unwanted.len()), (1, 0));
    }
}
