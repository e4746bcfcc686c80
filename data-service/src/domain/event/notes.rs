//! What was odd while decoding: counted, never fatal.

use std::collections::BTreeMap;

/// Different drifts kept; a hostile export must not grow the memory.
const MAX_DRIFTS: usize = 1_000;

/// A value that stood in another type than its reader needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Drift {
    /// Param key or column path.
    pub key: String,
    pub from: String,
    pub to: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// Params whose key came again within one event; the first was kept.
    pub duplicate_params: u64,
    /// NUL characters replaced by U+FFFD, because Postgres stores none.
    pub nul_replaced: u64,
    /// Values that could not be read as the type they are needed in, and so count as absent.
    pub drifts: BTreeMap<Drift, u64>,
    /// Columns of a type nobody knows: (path, type).
    pub unknown_types: Vec<(String, String)>,
}

impl Notes {
    pub(super) fn drift(&mut self, key: &str, from: &str, to: &'static str) {
        let drift = Drift { key: key.to_owned(), from: from.to_owned(), to: to.to_owned() };
        if self.drifts.len() < MAX_DRIFTS || self.drifts.contains_key(&drift) {
            *self.drifts.entry(drift).or_default() += 1;
        }
    }

    /// Warnings in all, for a progress line.
    pub fn warnings(&self) -> u64 {
        self.duplicate_params
            + self.nul_replaced
            + self.drifts.values().sum::<u64>()
            + self.unknown_types.len() as u64
    }
}
