//! The datasets and tables of the stand-in, and when each was last modified.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{Duration, NaiveDate, NaiveDateTime};

use super::source::TableSource;

/// Tables that do not name a day were last modified at the start of 2026.
const UNDATED_MS: i64 = 1_767_225_600_000;

/// A step of the modification clock: every change of a table is an hour later than the last.
const HOUR_MS: i64 = 3_600_000;

#[derive(Debug, Clone)]
pub(super) struct Table {
    pub source: TableSource,
    /// Names the content: replaced rows get a new number, a touched table keeps its own.
    pub content: u64,
    pub created_ms: i64,
    pub modified_ms: i64,
}

impl Table {
    pub(super) fn etag(&self) -> String {
        format!("stand-in-{}-{}", self.content, self.modified_ms)
    }
}

#[derive(Debug, Clone)]
pub(super) struct DatasetEntry {
    pub location: String,
    pub tables: BTreeMap<String, Table>,
}

/// Project and dataset.
pub(super) type DatasetKey = (String, String);

#[derive(Debug, Default)]
pub(super) struct Catalogue {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    datasets: BTreeMap<DatasetKey, DatasetEntry>,
    last_content: u64,
}

impl Catalogue {
    pub(super) fn add_dataset(&self, key: DatasetKey, location: &str) {
        let entry = DatasetEntry { location: location.to_owned(), tables: BTreeMap::new() };
        self.locked().datasets.entry(key).or_insert(entry);
    }

    /// Adds the table, or replaces its rows, which modifies it. Returns the content it had.
    pub(super) fn put(&self, dataset: &DatasetKey, name: &str, source: TableSource) -> Option<u64> {
        let mut inner = self.locked();
        inner.last_content += 1;
        let content = inner.last_content;
        let entry = inner.datasets.get_mut(dataset)?;
        let created_ms = first_modified_ms(name);
        let table = match entry.tables.get(name) {
            Some(old) => Table {
                source,
                content,
                created_ms: old.created_ms,
                modified_ms: old.modified_ms + HOUR_MS,
            },
            None => Table { source, content, created_ms, modified_ms: created_ms },
        };
        let replaced = entry.tables.insert(name.to_owned(), table);
        replaced.map(|table| table.content)
    }

    /// Modifies a table without changing its rows. Unknown tables are left alone.
    pub(super) fn touch(&self, dataset: &DatasetKey, name: &str) {
        let mut inner = self.locked();
        let entry = inner.datasets.get_mut(dataset);
        if let Some(table) = entry.and_then(|entry| entry.tables.get_mut(name)) {
            table.modified_ms += HOUR_MS;
        }
    }

    pub(super) fn remove(&self, dataset: &DatasetKey, name: &str) -> Option<u64> {
        let mut inner = self.locked();
        let removed = inner.datasets.get_mut(dataset)?.tables.remove(name);
        removed.map(|table| table.content)
    }

    pub(super) fn dataset(&self, key: &DatasetKey) -> Option<DatasetEntry> {
        self.locked().datasets.get(key).cloned()
    }

    pub(super) fn datasets(&self, project: &str) -> Vec<(String, String)> {
        let inner = self.locked();
        let mine = inner.datasets.iter().filter(|((of, _), _)| of == project);
        mine.map(|((_, name), entry)| (name.clone(), entry.location.clone())).collect()
    }

    pub(super) fn table(&self, dataset: &DatasetKey, name: &str) -> Option<Table> {
        let inner = self.locked();
        inner.datasets.get(dataset)?.tables.get(name).cloned()
    }

    fn locked(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A daily table arrives at six in the morning of the next day.
fn first_modified_ms(name: &str) -> i64 {
    let digits = name.rsplit('_').next().unwrap_or_default();
    let day = NaiveDate::parse_from_str(digits, "%Y%m%d").ok();
    let arrival = day
        .filter(|_| digits.len() == 8)
        .and_then(|day| day.and_hms_opt(6, 0, 0))
        .and_then(|time: NaiveDateTime| time.checked_add_signed(Duration::days(1)));
    arrival.map_or(UNDATED_MS, |time| time.and_utc().timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ga4::Schema;

    #[test]
    fn replacing_and_touching_modify_and_only_replacing_changes_the_content() {
        let catalogue = Catalogue::default();
        let key = ("p".to_owned(), "d".to_owned());
        catalogue.add_dataset(key.clone(), "EU");
        let empty = || TableSource::rows(Schema::production(), Vec::new());
        catalogue.put(&key, "events_20260131", empty());
        let first = catalogue.table(&key, "events_20260131").unwrap();
        assert_eq!(first.modified_ms, 1_769_925_600_000, "2026-02-01 06:00 UTC");
        catalogue.touch(&key, "events_20260131");
        let touched = catalogue.table(&key, "events_20260131").unwrap();
        assert!(touched.modified_ms > first.modified_ms);
        assert_eq!(touched.content, first.content);
        catalogue.put(&key, "events_20260131", empty());
        let replaced = catalogue.table(&key, "events_20260131").unwrap();
        assert!(replaced.modified_ms > touched.modified_ms);
        assert_ne!(replaced.content, touched.content);
        assert_eq!(replaced.created_ms, first.created_ms);
        catalogue.remove(&key, "events_20260131");
        assert!(catalogue.table(&key, "events_20260131").is_none());
    }
}
