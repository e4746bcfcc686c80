//! Sets of dense client and known-user numbers. Distinct users of a range are a union, never a
//! sum of days.

use std::ops::BitOrAssign;

use roaring::{MultiOps, RoaringBitmap};

/// Bytes that are no bitmap in the portable format of Roaring: the rollup is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a user bitmap of the rollup cannot be read")]
pub struct DamagedBitmap;

/// Reads a bitmap; no bytes are the empty set.
///
/// # Errors
/// When the bytes are not a bitmap.
pub fn decode(bytes: Option<&[u8]>) -> Result<RoaringBitmap, DamagedBitmap> {
    match bytes {
        None => Ok(RoaringBitmap::new()),
        Some(mut bytes) => RoaringBitmap::deserialize_from(&mut bytes).map_err(|_| DamagedBitmap),
    }
}

/// The users of a part of a range, or of a whole one after a union.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UserSets {
    pub clients: RoaringBitmap,
    pub active: RoaringBitmap,
    pub new: RoaringBitmap,
    pub returning: RoaringBitmap,
    pub purchasing: RoaringBitmap,
    pub known: RoaringBitmap,
}

impl UserSets {
    /// All six, in the order of the columns.
    pub const fn each_mut(&mut self) -> [&mut RoaringBitmap; 6] {
        let Self { clients, active, new, returning, purchasing, known } = self;
        [clients, active, new, returning, purchasing, known]
    }

    pub fn union<'a>(days: impl Iterator<Item = &'a Self> + Clone) -> Self {
        Self {
            clients: days.clone().map(|d| &d.clients).union(),
            active: days.clone().map(|d| &d.active).union(),
            new: days.clone().map(|d| &d.new).union(),
            returning: days.clone().map(|d| &d.returning).union(),
            purchasing: days.clone().map(|d| &d.purchasing).union(),
            known: days.map(|d| &d.known).union(),
        }
    }
}

impl BitOrAssign for UserSets {
    fn bitor_assign(&mut self, mut other: Self) {
        for (set, more) in self.each_mut().into_iter().zip(other.each_mut()) {
            *set |= std::mem::take(more);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::{btree_set, vec};
    use proptest::prelude::*;

    #[test]
    fn missing_bytes_are_the_empty_set_and_other_bytes_are_refused() {
        assert_eq!(decode(None), Ok(RoaringBitmap::new()));
        assert_eq!(decode(Some(b"not a bitmap")), Err(DamagedBitmap));
    }

    proptest! {
        #[test]
        fn union_counts_each_user_once(days in vec(btree_set(0u32..500, 0..40), 0..12)) {
            let sets: Vec<_> = days
                .iter()
                .map(|d| UserSets { clients: d.iter().copied().collect(), ..UserSets::default() })
                .collect();
            let naive: std::collections::BTreeSet<u32> = days.into_iter().flatten().collect();
            let union = UserSets::union(sets.iter());
            prop_assert_eq!(union.clients.iter().collect::<Vec<_>>(), naive.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn portable_bytes_round_trip(numbers in btree_set(any::<u32>(), 0..200)) {
            let bitmap: RoaringBitmap = numbers.into_iter().collect();
            let mut bytes = Vec::new();
            bitmap.serialize_into(&mut bytes).unwrap();
            prop_assert_eq!(decode(Some(&bytes)), Ok(bitmap));
        }
    }
}
