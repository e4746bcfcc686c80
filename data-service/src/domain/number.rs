//! Exact numbers from the wire's text. BigQuery sends every number as a string; none of them passes through a float here.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// Digits a `Decimal` can hold after the point.
const MAX_SCALE: i32 = 28;

/// What no amount of money and no quantity reaches, above or below zero: however many rows a day has, they add up to what a
/// `Decimal` can hold.
pub const MOST_AMOUNT: i64 = 1_000_000_000_000;

/// The value of `12`, `-0.50` or `1.25E-3`, without trailing zeros. `None` for NaN, infinities, anything that is not a number
/// and numbers that a 96-bit decimal cannot hold to the last digit.
pub fn decimal(text: &str) -> Option<Decimal> {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, digits) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value: i128 = 0;
    let mut pending_zeros = 0u32;
    // Zeros are multiplied in only when a digit follows, so `1.000…0` of any length stays representable.
    for byte in whole.bytes().chain(fraction.bytes()) {
        match byte {
            b'0' => pending_zeros += 1,
            b'1'..=b'9' => {
                let shift = 10i128.checked_pow(pending_zeros + 1);
                value = match (value, shift) {
                    (0, _) => 0,
                    (_, Some(shift)) => value.checked_mul(shift)?,
                    (_, None) => return None,
                };
                value = value.checked_add(i128::from(byte - b'0'))?;
                pending_zeros = 0;
            }
            _ => return None,
        }
    }
    if value == 0 {
        return Some(Decimal::ZERO);
    }
    let fraction_digits = i32::try_from(fraction.len()).ok()?;
    let mut scale =
        fraction_digits.checked_sub(exponent)?.checked_sub(i32::try_from(pending_zeros).ok()?)?;
    if scale < 0 {
        value = value.checked_mul(10i128.checked_pow(scale.unsigned_abs())?)?;
        scale = 0;
    }
    if scale > MAX_SCALE {
        return None;
    }
    let signed = if negative { -value } else { value };
    Decimal::try_from_i128_with_scale(signed, scale.unsigned_abs()).ok()
}

/// An amount of money or a quantity. `None` also beyond [`MOST_AMOUNT`].
pub fn amount(text: &str) -> Option<Decimal> {
    decimal(text).filter(believable)
}

/// Whether an amount is one that [`MOST_AMOUNT`] allows.
pub fn believable(amount: &Decimal) -> bool {
    amount.abs() <= Decimal::from(MOST_AMOUNT)
}

/// The value of an integer in any of the wire's forms: `42`, `42.0`, `1.702642286E9`. `None` when it has a fraction or does not fit.
pub fn integer(text: &str) -> Option<i64> {
    if let Ok(value) = text.parse() {
        return Some(value);
    }
    let value = decimal(text)?;
    if value.scale() == 0 { value.to_i64() } else { None }
}

/// Whether the text may stand in a JSON document as a number as it is. Exponents beyond a double's are refused, because
/// Postgres would expand them to their full length.
pub fn is_json_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && (whole.len() == 1 || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| {
            let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            digits(exponent) && exponent.len() <= 3
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn reads_every_form_the_wire_has() {
        assert_eq!(decimal("64.0"), Some(dec("64")));
        assert_eq!(decimal("1.25E-3"), Some(dec("0.00125")));
        assert_eq!(decimal("1.5E10"), Some(dec("15000000000")));
        assert_eq!(decimal("-0.000000001"), Some(dec("-0.000000001")));
        assert_eq!(decimal("33.480000000000004"), Some(dec("33.480000000000004")));
        assert_eq!(decimal("0"), Some(Decimal::ZERO));
        assert_eq!(decimal("-0.0E5"), Some(Decimal::ZERO));
        assert_eq!(decimal("1.00000000000000000000000000000000000000000"), Some(Decimal::ONE));
        assert_eq!(decimal("0.00000000000000000000000000000000000000000"), Some(Decimal::ZERO));
    }

    #[test]
    fn refuses_what_is_no_exact_decimal() {
        for text in [
            "NaN",
            "Infinity",
            "-Infinity",
            "",
            "-",
            ".",
            "1,5",
            "1e",
            "4.9E-324",
            "1E99",
            "1.2.3",
            "0x10",
            "1 ",
        ] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }

    #[test]
    fn amounts_end_where_sums_could_grow_too_large() {
        for text in ["1000000000000", "-1E12", "999999999999.99", "0"] {
            assert_eq!(amount(text), decimal(text), "{text}");
        }
        for text in ["1000000000000.01", "-1.1E12", "7.9E28", "1E300", "NaN"] {
            assert_eq!(amount(text), None, "{text}");
        }
        let rows = Decimal::from(1_000_000_000_000_i64);
        assert!(rows.checked_mul(Decimal::from(MOST_AMOUNT)).is_some());
    }

    #[test]
    fn integers_come_back_from_any_slot() {
        assert_eq!(integer("9223372036854775807"), Some(i64::MAX));
        assert_eq!(integer("-9223372036854775808"), Some(i64::MIN));
        assert_eq!(integer("1.702642286E9"), Some(1_702_642_286));
        assert_eq!(integer("1.0"), Some(1));
        assert_eq!(integer("1.5"), None);
        assert_eq!(integer("9223372036854775808"), None);
        assert_eq!(integer("abc"), None);
    }

    #[test]
    fn json_numbers_are_recognised() {
        for text in ["0", "-1", "1.5", "1.5E10", "1e-7", "0.1"] {
            assert!(is_json_number(text), "{text}");
            assert!(serde_json::from_str::<serde_json::Value>(text).is_ok(), "{text}");
        }
        for text in ["", "-", "01", "1.", ".5", "+1", "NaN", "Infinity", "1E10000", "1E", "1 "] {
            assert!(!is_json_number(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_decimal_library(mantissa in any::<i64>(), scale in 0u32..20) {
            let expected = Decimal::new(mantissa, scale);
            prop_assert_eq!(decimal(&expected.to_string()), Some(expected));
        }

        #[test]
        fn reads_back_the_shortest_form_of_a_double(value in -1e12f64..1e12) {
            let text = format!("{value:E}");
            if let Some(exact) = decimal(&text) {
                prop_assert_eq!(exact.to_string().parse::<f64>().unwrap(), value);
            }
        }
    }
}
