//! Exact amounts, sixteen bytes each: there are few of them.

use rust_decimal::Decimal;

use super::DamagedColumn;

/// Bytes of an amount.
const WIDTH: usize = 16;

/// The column of `values`.
#[must_use]
pub fn write_decimals(values: &[Decimal]) -> Vec<u8> {
    values.iter().flat_map(Decimal::serialize).collect()
}

/// The amounts of a column of so many entries, in order.
///
/// # Errors
/// When the bytes are not such a column.
pub fn decimals(
    bytes: &[u8],
    entries: usize,
) -> Result<impl Iterator<Item = Decimal> + '_, DamagedColumn> {
    let (amounts, rest) = bytes.as_chunks::<WIDTH>();
    if amounts.len() != entries || !rest.is_empty() {
        return Err(DamagedColumn);
    }
    Ok(amounts.iter().map(|amount| Decimal::deserialize(*amount)))
}
