//! Numbers and dates as people read them in a mail.

use chrono::{DateTime, NaiveDate, TimeZone};
use common::kernel::{DateRange, Money};

/// What stands where there is no value.
pub(super) const NONE: &str = "–";

/// `12,345`
pub(super) fn count(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    format!("{}{}", if value < 0 { "−" } else { "" }, grouped(&digits))
}

fn grouped(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `EUR 1,250.00`
pub(super) fn money(money: Money) -> String {
    let text = money.rounded();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("−", rest));
    let (whole, cents) = digits.split_once('.').unwrap_or((digits, "00"));
    format!("{} {sign}{}.{cents}", money.currency, grouped(whole))
}

/// `12.5 %`
pub(super) fn percent(rate: Option<f64>) -> String {
    rate.map_or_else(|| NONE.to_owned(), |rate| format!("{:.1} %", rate * 100.0))
}

/// A relative change: `+12.5 %`; a dash when there is nothing to compare with.
pub(super) fn change(fraction: Option<f64>) -> String {
    fraction.map_or_else(|| NONE.to_owned(), |f| format!("{} %", signed(f * 100.0)))
}

/// A change in percentage points: `+1.5 points`
pub(super) fn points(points: Option<f64>) -> String {
    points.map_or_else(|| NONE.to_owned(), |p| format!("{} points", signed(p)))
}

fn signed(value: f64) -> String {
    let text = format!("{:.1}", value.abs());
    match (text.as_str(), value < 0.0) {
        ("0.0", _) => "±0.0".to_owned(),
        (text, true) => format!("−{text}"),
        (text, false) => format!("+{text}"),
    }
}

/// `Mon 21 Dec`
pub(super) fn weekday(day: NaiveDate) -> String {
    day.format("%a %-d %b").to_string()
}

/// `21 Dec 2020`
pub(super) fn date(day: NaiveDate) -> String {
    day.format("%-d %b %Y").to_string()
}

/// `21 Dec 2020 – 27 Dec 2020`, or one date.
pub(super) fn range(range: &DateRange) -> String {
    if range.days() == 1 {
        date(range.first())
    } else {
        format!("{} – {}", date(range.first()), date(range.last()))
    }
}

/// `21 Dec 2020, 14:05`
pub(super) fn instant<Z: TimeZone>(at: &DateTime<Z>) -> String
where
    Z::Offset: std::fmt::Display,
{
    at.format("%-d %b %Y, %H:%M").to_string()
}

/// At most `length` characters, in one line.
pub(super) fn short(text: &str, length: usize) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= length {
        return line;
    }
    let cut: String = line.chars().take(length.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        for (value, shown) in [(0, "0"), (999, "999"), (1000, "1,000"), (-1234567, "−1,234,567")]
        {
            assert_eq!(count(value), shown);
        }
        let eur = |amount: &str| Money::new(amount.parse().unwrap(), "EUR".parse().unwrap());
        assert_eq!(money(eur("1250")), "EUR 1,250.00");
        assert_eq!(money(eur("-0.5")), "EUR −0.50");
    }

    #[test]
    fn no_value_is_a_dash() {
        assert_eq!(percent(None), NONE);
        assert_eq!(change(None), NONE);
        assert_eq!(points(Some(-0.04)), "±0.0 points");
        assert_eq!(change(Some(0.125)), "+12.5 %");
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(short("a\n b", 10), "a b");
        assert_eq!(short("ääääää", 4), "äää…");
    }
}
