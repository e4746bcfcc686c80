//! BigQuery timestamps to microseconds, without a float in between.

use chrono::{DateTime, NaiveDateTime};

/// Microseconds since 1970 of a TIMESTAMP cell in any of its three forms: whole microseconds (`useInt64Timestamp`), float
/// seconds as printed (`1.767225600123456E9`) or ISO 8601. Digits beyond the microsecond are rounded half up.
pub fn micros(text: &str) -> Option<i64> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole);
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.contains([':', '-']) && !digits.contains(['E', 'e']) {
        return iso_micros(text);
    }
    seconds_micros(text)
}

fn iso_micros(text: &str) -> Option<i64> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(instant.timestamp_micros());
    }
    let bare = text.strip_suffix(" UTC").or_else(|| text.strip_suffix('Z')).unwrap_or(text);
    ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(bare, format).ok())
        .map(|instant| instant.and_utc().timestamp_micros())
}

/// Shifts the decimal point of `mantissa E exponent` by six places and keeps the whole part.
fn seconds_micros(text: &str) -> Option<i64> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() || !(-40..=40).contains(&exponent) {
        return None;
    }
    // Position of the decimal point once the value counts microseconds.
    let point = i32::try_from(whole.len()).ok()? + exponent + 6;
    let mut value: i128 = 0;
    let mut round_up = false;
    for (position, byte) in (0i32..).zip(whole.bytes().chain(fraction.bytes())) {
        if !byte.is_ascii_digit() {
            return None;
        }
        if position < point {
            value = value.checked_mul(10)?.checked_add(i128::from(byte - b'0'))?;
        } else if position == point {
            round_up = byte >= b'5';
        }
    }
    let digits = i32::try_from(whole.len() + fraction.len()).ok()?;
    if point > digits {
        value = value.checked_mul(10i128.checked_pow((point - digits).unsigned_abs())?)?;
    }
    value += i128::from(round_up);
    i64::try_from(if negative { -value } else { value }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn three_forms_of_one_instant_agree() {
        for text in [
            "1.767225600123456E9",
            "1767225600.123456",
            "1767225600123456",
            "2026-01-01T00:00:00.123456Z",
            "2026-01-01 00:00:00.123456 UTC",
            "2026-01-01T01:00:00.123456+01:00",
        ] {
            assert_eq!(micros(text), Some(1_767_225_600_123_456), "{text}");
        }
    }

    #[test]
    fn edges() {
        assert_eq!(micros("0.0"), Some(0));
        assert_eq!(micros("-1.0E-6"), Some(-1));
        assert_eq!(micros("1.0E-6"), Some(1));
        assert_eq!(micros("-2.2089888E9"), Some(-2_208_988_800_000_000));
        assert_eq!(micros("1900-01-01T00:00:00.000000Z"), Some(-2_208_988_800_000_000));
        assert_eq!(micros("0001-01-01T00:00:00.000000Z"), Some(-62_135_596_800_000_000));
        assert_eq!(micros("9999-12-31T23:59:59.999999Z"), Some(253_402_300_799_999_999));
        assert_eq!(micros("9223372036854775807"), Some(i64::MAX));
        assert_eq!(micros("1.5"), Some(1_500_000));
        for text in ["", "-", "x", "NaN", "Infinity", "1.5E99", "2026-13-01T00:00:00Z"] {
            assert_eq!(micros(text), None, "{text}");
        }
    }

    proptest! {
        /// The years 1970 to 2200: there a printed double carries every microsecond.
        #[test]
        fn float_seconds_round_trip(micro in 0i64..7_258_118_400_000_000) {
            let scientific = scientific(micro);
            prop_assert_eq!(micros(&scientific), Some(micro), "{}", scientific);
            prop_assert_eq!(micros(&micro.to_string()), Some(micro));
            let iso = DateTime::from_timestamp_micros(micro).unwrap().to_rfc3339();
            prop_assert_eq!(micros(&iso), Some(micro));
        }
    }

    /// As BigQuery prints it: shortest double, scientific.
    fn scientific(micro: i64) -> String {
        let seconds: f64 =
            format!("{}.{:06}", micro / 1_000_000, micro % 1_000_000).parse().unwrap();
        format!("{seconds:E}")
    }
}
