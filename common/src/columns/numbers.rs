//! Whole numbers, each as its distance from the smallest one, in as many bytes as the widest needs.

use super::DamagedColumn;
use super::bytes::array;

/// A column of numbers as it is stored.
#[derive(Debug, Clone, Copy)]
pub struct Numbers<'b> {
    least: i64,
    /// Bytes of a number; 0 when all are the same.
    width: usize,
    entries: usize,
    bytes: &'b [u8],
}

/// The column of `values`.
#[must_use]
pub fn write_numbers(values: &[i64]) -> Vec<u8> {
    let least = values.iter().copied().min().unwrap_or_default();
    // The distance of two numbers may be more than a signed number holds.
    let distance = |value: i64| value.wrapping_sub(least).cast_unsigned();
    let width = match values.iter().map(|value| distance(*value)).max().unwrap_or_default() {
        0 => 0u8,
        1..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xffff_ffff => 4,
        _ => 8,
    };
    let mut bytes = Vec::with_capacity(9 + values.len() * usize::from(width));
    bytes.push(width);
    bytes.extend(least.to_le_bytes());
    for value in values {
        bytes.extend(&distance(*value).to_le_bytes()[..usize::from(width)]);
    }
    bytes
}

impl<'b> Numbers<'b> {
    /// Reads a column of so many entries.
    ///
    /// # Errors
    /// When the bytes are not such a column.
    pub fn read(mut bytes: &'b [u8], entries: usize) -> Result<Self, DamagedColumn> {
        let [width] = array(&mut bytes)?;
        let width = usize::from(width);
        let least = i64::from_le_bytes(array(&mut bytes)?);
        let whole =
            matches!(width, 0 | 1 | 2 | 4 | 8) && entries.checked_mul(width) == Some(bytes.len());
        whole.then_some(Self { least, width, entries, bytes }).ok_or(DamagedColumn)
    }

    /// The number of an entry; there is one for each.
    #[must_use]
    pub fn at(&self, entry: usize) -> i64 {
        self.least.wrapping_add(distance(self.bytes, self.width, entry).cast_signed())
    }

    /// The numbers in order.
    pub fn iter(&self) -> impl Iterator<Item = i64> + 'b {
        let all = *self;
        (0..all.entries).map(move |entry| all.at(entry))
    }
}

fn distance(bytes: &[u8], width: usize, at: usize) -> u64 {
    let wide = |from: &[u8]| {
        let mut value = [0; 8];
        value[..from.len()].copy_from_slice(from);
        u64::from_le_bytes(value)
    };
    let from = at * width;
    match width {
        0 => 0,
        1 => bytes.get(from).copied().unwrap_or_default().into(),
        2 => bytes.get(from..from + 2).map_or(0, wide),
        4 => bytes.get(from..from + 4).map_or(0, wide),
        _ => bytes.get(from..from + 8).map_or(0, wide),
    }
}
