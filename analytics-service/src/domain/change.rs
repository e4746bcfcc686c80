//! Change against the comparison period.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// (current − previous) / previous, as a fraction: 0.25 is a quarter more. None when previous
/// is 0, or a decimal cannot hold the result.
#[must_use]
pub fn relative(current: Decimal, previous: Decimal) -> Option<f64> {
    current.checked_sub(previous)?.checked_div(previous)?.to_f64()
}

/// Difference of two rates in percentage points; none when either has no value.
#[must_use]
pub fn points(current: Option<f64>, previous: Option<f64>) -> Option<f64> {
    Some((current? - previous?) * 100.0)
}

/// `part` of `whole`; none when the whole is 0.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
#[must_use]
pub fn ratio(part: i64, whole: i64) -> Option<f64> {
    (whole != 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn growth_from_nothing_has_no_rate() {
        assert_eq!(relative(5.into(), 0.into()), None);
        assert_eq!(relative(0.into(), 5.into()), Some(-1.0));
        assert_eq!(relative(5.into(), 4.into()), Some(0.25));
    }

    #[test]
    fn what_a_decimal_cannot_hold_has_no_rate() {
        assert_eq!(relative(Decimal::MAX, Decimal::MIN), None);
        assert_eq!(relative(Decimal::MAX, Decimal::new(1, 2)), None);
    }

    #[test]
    fn rates_differ_in_points() {
        assert_eq!(points(Some(0.5), Some(0.25)), Some(25.0));
        assert_eq!(points(None, Some(0.25)), None);
    }

    proptest! {
        #[test]
        fn a_ratio_of_a_part_is_between_0_and_1(whole in 0i64..1_000_000, part in 0i64..1_000_000) {
            let part = part.min(whole);
            match ratio(part, whole) {
                None => prop_assert_eq!(whole, 0),
                Some(r) => prop_assert!((0.0..=1.0).contains(&r)),
            }
        }
    }
}
