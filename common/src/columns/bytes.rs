//! Little-endian parts of a column.

use super::DamagedColumn;

/// Cuts `length` bytes off the front.
pub(super) fn take<'b>(bytes: &mut &'b [u8], length: usize) -> Result<&'b [u8], DamagedColumn> {
    let (front, rest) = bytes.split_at_checked(length).ok_or(DamagedColumn)?;
    *bytes = rest;
    Ok(front)
}

pub(super) fn array<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], DamagedColumn> {
    take(bytes, N)?.try_into().map_err(|_| DamagedColumn)
}

pub(super) fn length(bytes: &mut &[u8]) -> Result<usize, DamagedColumn> {
    usize::try_from(u32::from_le_bytes(array(bytes)?)).map_err(|_| DamagedColumn)
}

pub(super) fn write_length(length: usize, bytes: &mut Vec<u8>) {
    bytes.extend(u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
}
