//! One field of a cron line.

use super::{CronError, Part};

/// Numbers up to 63.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Set(u64);

impl Set {
    pub(super) fn has(self, number: u32) -> bool {
        number < 64 && self.0 & (1 << number) != 0
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Minute,
    Hour,
    Day,
    Month,
    Weekday,
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl Field {
    const fn range(self) -> (u32, u32) {
        match self {
            Self::Minute => (0, 59),
            Self::Hour => (0, 23),
            Self::Day => (1, 31),
            Self::Month => (1, 12),
            // 0 and 7 are Sunday.
            Self::Weekday => (0, 7),
        }
    }

    /// A list of items: `1,5-10,*/15`.
    pub(super) fn parse(self, part: &Part<'_>) -> Result<Set, CronError> {
        let mut bits = 0;
        let mut position = part.position;
        for item in part.text.split(',') {
            for number in self.item(Part { text: item, position })? {
                bits |= 1 << (if self == Self::Weekday { number % 7 } else { number });
            }
            position += item.chars().count() + 1;
        }
        Ok(Set(bits))
    }

    fn item(self, item: Part<'_>) -> Result<impl Iterator<Item = u32> + use<>, CronError> {
        let (range, step) = match item.text.split_once('/') {
            Some((range, step)) => {
                let position = item.position + range.chars().count() + 1;
                (range, Some(step_of(Part { text: step, position })?))
            }
            None => (item.text, None),
        };
        let (first, last) = self.bounds(Part { text: range, ..item }, step.is_some())?;
        Ok((first..=last).step_by(step.unwrap_or(1)))
    }

    fn bounds(self, range: Part<'_>, stepped: bool) -> Result<(u32, u32), CronError> {
        let (least, greatest) = self.range();
        if range.text == "*" {
            // Sunday once, so that steps do not meet it twice.
            return Ok((least, if self == Self::Weekday { 6 } else { greatest }));
        }
        let Some((first, last)) = range.text.split_once('-') else {
            let number = self.number(range)?;
            return Ok((number, if stepped { greatest } else { number }));
        };
        let position = range.position + first.chars().count() + 1;
        let (from, to) = (
            self.number(Part { text: first, ..range })?,
            self.number(Part { text: last, position })?,
        );
        if from > to {
            return Err(fault(range, format!("{from} is after {to}")));
        }
        Ok((from, to))
    }

    fn number(self, text: Part<'_>) -> Result<u32, CronError> {
        let (least, greatest) = self.range();
        let named = |names: &[&str], first: u32| {
            let at = names.iter().position(|name| name.eq_ignore_ascii_case(text.text))?;
            u32::try_from(at).ok().map(|at| at + first)
        };
        let name = match self {
            Self::Month => named(&MONTHS, 1),
            Self::Weekday => named(&WEEKDAYS, 0),
            _ => None,
        };
        if let Some(number) = name {
            return Ok(number);
        }
        if text.text.is_empty() {
            return Err(fault(text, "a number is missing".to_owned()));
        }
        let digits = text.text.len() <= 4 && text.text.bytes().all(|byte| byte.is_ascii_digit());
        let number = if digits { text.text.parse().ok() } else { None };
        let number: u32 =
            number.ok_or_else(|| fault(text, format!("`{}` is no number", shown(text.text))))?;
        if (least..=greatest).contains(&number) {
            Ok(number)
        } else {
            Err(fault(text, format!("{number} is not between {least} and {greatest}")))
        }
    }
}

fn step_of(text: Part<'_>) -> Result<usize, CronError> {
    let digits = text.text.len() <= 2 && text.text.bytes().all(|byte| byte.is_ascii_digit());
    match text.text.parse() {
        Ok(step) if digits && step > 0 => Ok(step),
        _ => Err(fault(text, "a step is a number from 1 to 99".to_owned())),
    }
}

/// The beginning of what may be anything.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(20).collect()
}

fn fault(at: Part<'_>, reason: String) -> CronError {
    CronError { position: at.position, reason }
}
