//! What was odd while decoding: counted, never fatal.

use serde::{Deserialize, Serialize};

/// Different drifts kept; a hostile export must not grow the memory.
const MAX_DRIFTS: usize = 1_000;

/// Values that stood in another type than their reader needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Drift {
    /// Param key or column path.
    pub key: String,
    pub from: String,
    pub to: String,
    pub occurrences: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notes {
    /// Params whose key came again within one event; the first was kept.
    pub duplicate_params: u64,
    /// NUL characters replaced by U+FFFD, because Postgres stores none.
    pub nul_replaced: u64,
    /// Values that could not be read as the type they are needed in, and so count as absent.
    pub drifts: Vec<Drift>,
    /// Columns of a type nobody knows: (path, type).
    pub unknown_types: Vec<(String, String)>,
}

impl Notes {
    pub(super) fn drift(&mut self, key: &str, from: &str, to: &str) {
        self.drifted(key, from, to, 1);
    }

    pub(super) fn drifted(&mut self, key: &str, from: &str, to: &str, occurrences: u64) {
        // Few different ones: a scan is quicker than a map of owned keys.
        let known = self.drifts.iter_mut().find(|d| d.key == key && d.from == from && d.to == to);
        if let Some(known) = known {
            known.occurrences += occurrences;
        } else if self.drifts.len() < MAX_DRIFTS {
            let (key, from, to) = (key.to_owned(), from.to_owned(), to.to_owned());
            self.drifts.push(Drift { key, from, to, occurrences });
        }
    }

    /// What was noticed over other rows of the same table, too.
    pub fn add(&mut self, other: &Self) {
        self.duplicate_params += other.duplicate_params;
        self.nul_replaced += other.nul_replaced;
        for Drift { key, from, to, occurrences } in &other.drifts {
            self.drifted(key, from, to, *occurrences);
        }
        self.unknown_types.clone_from(&other.unknown_types);
    }

    /// Warnings in all, for a progress line.
    pub fn warnings(&self) -> u64 {
        self.duplicate_params
            + self.nul_replaced
            + self.drifts.iter().map(|drift| drift.occurrences).sum::<u64>()
            + self.unknown_types.len() as u64
    }
}
