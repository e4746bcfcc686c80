//! Rows that are more than memory should hold, in a scratch file: each part sorted by key, and all of them merged at the end.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::packed;
use crate::domain::counted::{Key, Rows};
use crate::domain::totals::Totals;

/// Parts of what is counted, in the order in which they left memory.
#[derive(Debug, Default)]
pub(super) struct Runs {
    file: Option<Arc<File>>,
    runs: Vec<Run>,
    failed: Option<io::Error>,
}

#[derive(Debug)]
struct Run {
    from: BufReader<Section>,
    /// Rows that are left.
    rows: usize,
}

impl Runs {
    /// Takes rows out of memory. What goes wrong comes out in [`Self::merge`].
    pub(super) fn push(&mut self, rows: Rows) {
        match self.write(rows) {
            Ok(run) => self.runs.push(run),
            Err(error) => self.failed = self.failed.take().or(Some(error)),
        }
    }

    fn write(&mut self, rows: Rows) -> io::Result<Run> {
        let file = match &self.file {
            Some(file) => file.clone(),
            None => self.file.insert(Arc::new(tempfile::tempfile()?)).clone(),
        };
        let (at, count) = ((&*file).stream_position()?, rows.len());
        let mut out = BufWriter::new(&*file);
        for (key, totals) in rows {
            packed::write(&key, totals, &mut out)?;
        }
        out.flush()?;
        drop(out);
        Ok(Run { from: BufReader::new(Section { file, at }), rows: count })
    }

    /// The rows by key, those of the file and of memory. Rows of one key are added up.
    ///
    /// # Errors
    /// When the file could not be written or read.
    pub(super) fn merge(self, last: Rows) -> io::Result<Merged> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let mut merged =
            Merged { runs: self.runs, last: last.into_iter(), heads: BinaryHeap::new() };
        for run in 0..=merged.runs.len() {
            merged.advance(run)?;
        }
        Ok(merged)
    }
}

impl Run {
    fn next(&mut self) -> io::Result<Option<(Key, Totals)>> {
        if self.rows == 0 {
            return Ok(None);
        }
        self.rows -= 1;
        packed::read(&mut self.from).map(Some)
    }
}

/// Where a run begins in the file. Runs are read in turns, each from a place of its own.
#[derive(Debug)]
struct Section {
    file: Arc<File>,
    at: u64,
}

impl Read for Section {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(out, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// What the file and memory hold, row by row.
#[derive(Debug)]
pub(super) struct Merged {
    runs: Vec<Run>,
    last: std::collections::btree_map::IntoIter<Key, Totals>,
    heads: BinaryHeap<Reverse<Head>>,
}

/// The next row of a run; those in memory are the last run.
#[derive(Debug)]
struct Head {
    key: Key,
    run: usize,
    totals: Totals,
}

impl Merged {
    fn advance(&mut self, run: usize) -> io::Result<()> {
        let next = match self.runs.get_mut(run) {
            Some(run) => run.next()?,
            None => self.last.next(),
        };
        self.heads.extend(next.map(|(key, totals)| Reverse(Head { key, run, totals })));
        Ok(())
    }

    fn take(&mut self) -> io::Result<Option<(Key, Totals)>> {
        let Some(Reverse(first)) = self.heads.pop() else { return Ok(None) };
        let (key, mut totals) = (first.key, first.totals);
        self.advance(first.run)?;
        while let Some(Reverse(head)) = self.heads.peek()
            && head.key == key
        {
            let Some(Reverse(head)) = self.heads.pop() else { break };
            totals += head.totals;
            self.advance(head.run)?;
        }
        Ok(Some((key, totals)))
    }
}

impl Iterator for Merged {
    type Item = io::Result<(Key, Totals)>;

    fn next(&mut self) -> Option<Self::Item> {
        self.take().transpose()
    }
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (&self.key, self.run).cmp(&(&other.key, other.run))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Head {}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::domain::bitmap::UserSets;
    use crate::domain::counted::Counted;
    use crate::domain::counts::{ActivityCounts, SessionCounts};
    use crate::domain::takings::Takings;
    use crate::domain::totals::Beside;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn part(number: i64, user: u32) -> Totals {
        let mut totals = Totals {
            activity: ActivityCounts {
                events: number,
                items_sold: number.into(),
                ..Default::default()
            },
            sessions: SessionCounts { converted: 1, ..SessionCounts::default() },
            users: UserSets { known: [user, 7].into_iter().collect(), ..UserSets::default() },
            beside: Beside { hot_visitors: 2, cart_value: number.into(), ..Beside::default() },
            ..Totals::default()
        };
        let takings = Takings { gross_revenue: number.into(), purchases: 1, ..Takings::default() };
        totals.takings.add(["CHF", "EUR"][user as usize % 2].parse().unwrap(), takings);
        totals
    }

    proptest! {
        #[test]
        fn what_left_memory_comes_back_in_order_and_added_up(
            parts in vec((0usize..3, "[a-cä=]{0,2}", -50i64..50, 0u32..9), 0..120),
            most in 1usize..9,
        ) {
            let runs = Arc::new(Mutex::new(Runs::default()));
            let taken = runs.clone();
            let mut few = Counted::bounded(most, move |rows| taken.lock().unwrap().push(rows));
            let mut all = Counted::of_answer();
            for (bucket, value, number, user) in &parts {
                for counted in [&mut few, &mut all] {
                    *counted.at((*bucket, vec![value.clone()])) += part(*number, *user);
                }
            }
            let last = few.into_rows().unwrap();
            prop_assert!(last.len() <= most);
            let runs = std::mem::take(&mut *runs.lock().unwrap());
            let merged: Vec<_> = runs.merge(last).unwrap().map(Result::unwrap).collect();
            let all = all.into_rows().unwrap();
            prop_assert_eq!(merged, all.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn counted_users_come_back() {
        let users = crate::domain::users::UserCounts {
            clients: 3,
            active_purchasing: 1,
            ..Default::default()
        };
        let row = Totals { counted_users: Some(users), ..part(1, 2) };
        let mut runs = Runs::default();
        runs.push(Rows::from([((0, Vec::new()), row.clone())]));
        let merged: Vec<_> = runs.merge(Rows::new()).unwrap().map(Result::unwrap).collect();
        assert_eq!(merged, [((0, Vec::new()), row)]);
    }
}
