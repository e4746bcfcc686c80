//! Distinct users of each row of an answer, united as their parts come.

use std::collections::BTreeMap;
use std::mem;

use super::bitmap::UserSets;
use super::counted::{Counted, Key};

/// How many users there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UserCounts {
    pub clients: i64,
    pub active: i64,
    pub new: i64,
    pub returning: i64,
    pub purchasing: i64,
    pub known: i64,
    /// Active ones with a purchase.
    pub active_purchasing: i64,
}

impl UserSets {
    #[must_use]
    pub fn counts(&self) -> UserCounts {
        let size = |set: &roaring::RoaringBitmap| set.len().cast_signed();
        UserCounts {
            clients: size(&self.clients),
            active: size(&self.active),
            new: size(&self.new),
            returning: size(&self.returning),
            purchasing: size(&self.purchasing),
            known: size(&self.known),
            active_purchasing: self.active.intersection_len(&self.purchasing).cast_signed(),
        }
    }

    fn members(&self) -> u64 {
        let Self { clients, active, new, returning, purchasing, known } = self;
        [clients, active, new, returning, purchasing, known]
            .map(roaring::RoaringBitmap::len)
            .iter()
            .sum()
    }
}

/// In which order the parts of rows come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// One row after the other, and nothing is added to them elsewhere: the sets of one row are held, of the others their counts.
    RowByRow,
    /// The sets of all rows are held.
    Any,
}

/// The users of rows, as far as they came.
#[derive(Debug)]
pub struct Unions {
    order: Order,
    open: BTreeMap<Key, Union>,
}

impl Unions {
    #[must_use]
    pub const fn new(order: Order) -> Self {
        Self { order, open: BTreeMap::new() }
    }

    /// Adds a part to its row. Rows that are known completely go to `counted`.
    pub fn add(&mut self, key: Key, part: UserSets, counted: &mut Counted) {
        if self.order == Order::RowByRow && !self.open.contains_key(&key) {
            self.close(counted);
        }
        self.open.entry(key).or_default().add(part);
    }

    /// Nothing comes any more.
    pub fn finish(mut self, counted: &mut Counted) {
        self.close(counted);
    }

    fn close(&mut self, counted: &mut Counted) {
        for (key, union) in mem::take(&mut self.open) {
            let totals = counted.at(key);
            match self.order {
                Order::RowByRow => totals.counted_users = Some(union.sets().counts()),
                Order::Any => totals.users |= union.sets(),
            }
        }
    }
}

/// Parts wait to be united many at once, which takes less time than one after the other.
#[derive(Debug, Default)]
struct Union {
    parts: Vec<UserSets>,
    waiting: u64,
}

impl Union {
    /// Members of the sets that wait: some hundred kilobytes.
    const MOST: u64 = 1 << 16;

    fn add(&mut self, part: UserSets) {
        self.waiting += part.members();
        self.parts.push(part);
        if self.waiting > Self::MOST {
            self.waiting = 0;
            self.parts = vec![mem::take(self).sets()];
        }
    }

    fn sets(mut self) -> UserSets {
        match self.parts.len() {
            0 | 1 => self.parts.pop().unwrap_or_default(),
            _ => UserSets::union(self.parts.iter()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::{btree_set, vec};
    use proptest::prelude::*;

    fn part(clients: &std::collections::BTreeSet<u32>) -> UserSets {
        UserSets { clients: clients.iter().copied().collect(), ..UserSets::default() }
    }

    proptest! {
        #[test]
        fn row_by_row_the_counts_are_the_same_and_one_row_is_held(
            rows in vec(vec(btree_set(0u32..3_000_000, 0..40), 1..8), 0..8),
        ) {
            let (mut counted, mut held) = (Counted::of_answer(), Counted::of_answer());
            let (mut few, mut all) = (Unions::new(Order::RowByRow), Unions::new(Order::Any));
            for (at, parts) in rows.iter().enumerate() {
                for one in parts {
                    few.add((at, Vec::new()), part(one), &mut counted);
                    all.add((at, Vec::new()), part(one), &mut held);
                    prop_assert_eq!(few.open.len(), 1);
                }
            }
            few.finish(&mut counted);
            all.finish(&mut held);
            let (counted, held) = (counted.into_rows().unwrap(), held.into_rows().unwrap());
            for (at, parts) in rows.iter().enumerate() {
                let key = (at, Vec::new());
                let naive: std::collections::BTreeSet<u32> = parts.iter().flatten().copied().collect();
                prop_assert_eq!(counted[&key].user_counts().clients, naive.len() as i64);
                prop_assert_eq!(counted[&key].user_counts(), held[&key].user_counts());
                prop_assert!(counted[&key].users.clients.is_empty());
            }
        }
    }

    #[test]
    fn many_large_parts_are_united_on_the_way() {
        let mut union = Union::default();
        for day in 0..90u32 {
            union.add(part(&(day * 100..day * 100 + 40_000).collect()));
            assert!(union.parts.len() < 3, "{} parts wait", union.parts.len());
        }
        assert_eq!(union.sets().counts().clients, 89 * 100 + 40_000);
    }
}
