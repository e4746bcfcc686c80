//! Whether an event came twice in one reading of a table, which is rare: looking for it in the database takes as long as
//! everything else that is asked of staged rows.

use uuid::Uuid;

/// Keys of so many rows: 8 MB at most, so that memory does not grow with the day. Beyond that the database looks.
const KEPT: usize = 512 << 10;

/// The keys of a reading.
#[derive(Debug)]
pub(super) enum SeenKeys {
    All(Vec<u128>),
    /// Rows were read that nobody remembers.
    Some,
}

impl SeenKeys {
    /// After `rows` that an earlier attempt read.
    pub(super) const fn after(rows: u64) -> Self {
        if rows == 0 { Self::All(Vec::new()) } else { Self::Some }
    }

    pub(super) fn add(&mut self, key: Uuid) {
        match self {
            Self::All(keys) if keys.len() < KEPT => keys.push(key.as_u128()),
            _ => *self = Self::Some,
        }
    }

    /// Those that came more than once; `None` when any may have.
    pub(super) fn twins(&mut self) -> Option<Vec<Uuid>> {
        let Self::All(keys) = self else { return None };
        keys.sort_unstable();
        let pairs = keys.windows(2).filter(|pair| pair[0] == pair[1]);
        Some(pairs.map(|pair| Uuid::from_u128(pair[0])).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_came_twice_is_noticed_wherever_it_came() {
        let mut keys = SeenKeys::after(0);
        (0..1_000).for_each(|key| keys.add(Uuid::from_u128(key)));
        assert_eq!(keys.twins(), Some(Vec::new()));
        keys.add(Uuid::from_u128(17));
        assert_eq!(keys.twins(), Some(vec![Uuid::from_u128(17)]));
    }

    #[test]
    fn what_is_not_remembered_may_have_come_twice() {
        assert_eq!(SeenKeys::after(1).twins(), None);
        let mut keys = SeenKeys::after(0);
        (0..=KEPT as u128).for_each(|key| keys.add(Uuid::from_u128(key)));
        assert_eq!(keys.twins(), None);
    }
}
