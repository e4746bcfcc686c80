//! A metric beside its value in the comparison range.

use poem_openapi::Object;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use common::kernel::Money;

use super::MoneyBody;
use crate::domain::change::{points, relative};

/// A count.
#[derive(Debug, Clone, PartialEq, Object)]
pub struct CountChange {
    pub value: i64,
    /// Null without a comparison, or when none of its days is loaded.
    pub previous: Option<i64>,
    /// value − previous.
    pub change: Option<i64>,
    /// (value − previous) / previous as a fraction: 0.25 is a quarter more. Null when previous is 0.
    pub change_pct: Option<f64>,
}

impl CountChange {
    #[must_use]
    pub fn new(value: i64, previous: Option<i64>) -> Self {
        Self {
            value,
            previous,
            change: previous.map(|p| value - p),
            change_pct: previous.and_then(|p| relative(value.into(), p.into())),
        }
    }
}

/// A quantity, which may have decimals.
#[derive(Debug, Clone, PartialEq, Object)]
pub struct QuantityChange {
    pub value: f64,
    pub previous: Option<f64>,
    pub change: Option<f64>,
    /// As in `CountChange`.
    pub change_pct: Option<f64>,
}

impl QuantityChange {
    #[must_use]
    pub fn new(value: Decimal, previous: Option<Decimal>) -> Self {
        let shown = |quantity: Decimal| quantity.to_f64().unwrap_or_default();
        Self {
            value: shown(value),
            previous: previous.map(shown),
            change: previous.and_then(|p| value.checked_sub(p)).map(shown),
            change_pct: previous.and_then(|p| relative(value, p)),
        }
    }
}

/// A rate between 0 and 1.
#[derive(Debug, Clone, PartialEq, Object)]
pub struct RateChange {
    /// Null where its base is 0.
    pub value: Option<f64>,
    pub previous: Option<f64>,
    /// Difference in percentage points: from 0.25 to 0.5 it is 25.
    pub change_points: Option<f64>,
}

impl RateChange {
    #[must_use]
    pub fn new(value: Option<f64>, previous: Option<f64>) -> Self {
        Self { value, previous, change_points: points(value, previous) }
    }
}

/// A duration in seconds.
#[derive(Debug, Clone, PartialEq, Object)]
pub struct SecondsChange {
    /// Null where its base is 0.
    pub value: Option<f64>,
    pub previous: Option<f64>,
    pub change: Option<f64>,
    /// As in `CountChange`.
    pub change_pct: Option<f64>,
}

impl SecondsChange {
    #[must_use]
    pub fn new(value: Option<f64>, previous: Option<f64>) -> Self {
        let change = value.zip(previous).map(|(v, p)| v - p);
        let change_pct =
            change.zip(previous).filter(|(_, p)| *p != 0.0).map(|(change, p)| change / p);
        Self { value, previous, change, change_pct }
    }
}

/// An amount of money; all of it in one currency.
#[derive(Debug, Clone, PartialEq, Object)]
pub struct MoneyChange {
    /// Null where there is nothing to average.
    pub value: Option<MoneyBody>,
    pub previous: Option<MoneyBody>,
    pub change: Option<MoneyBody>,
    /// As in `CountChange`.
    pub change_pct: Option<f64>,
}

impl MoneyChange {
    #[must_use]
    pub fn new(value: Option<Money>, previous: Option<Money>) -> Self {
        let both = value.zip(previous);
        let change = |(v, p): (Money, Money)| {
            Some(Money::new(v.amount.checked_sub(p.amount)?, v.currency).into())
        };
        Self {
            value: value.map(Into::into),
            previous: previous.map(Into::into),
            change: both.and_then(change),
            change_pct: both.and_then(|(v, p)| relative(v.amount, p.amount)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_to_compare_with_leaves_the_change_null() {
        let change = CountChange::new(5, None);
        assert_eq!((change.change, change.change_pct), (None, None));
        let change = CountChange::new(5, Some(0));
        assert_eq!((change.change, change.change_pct), (Some(5), None));
        assert_eq!(SecondsChange::new(Some(1.0), Some(0.0)).change_pct, None);
        assert_eq!(MoneyChange::new(None, None).value, None);
    }

    #[test]
    fn a_change_that_a_decimal_cannot_hold_is_null() {
        let (most, least) = (Decimal::MAX, Some(Decimal::MIN));
        let change = QuantityChange::new(most, least);
        assert_eq!((change.change, change.change_pct), (None, None));
        let money = |amount| Some(Money::new(amount, "EUR".parse().unwrap()));
        let change = MoneyChange::new(money(most), money(Decimal::MIN));
        assert_eq!((change.change, change.change_pct), (None, None));
        assert!(change.value.is_some() && change.previous.is_some());
    }
}
