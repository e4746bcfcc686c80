//! Money by currency. Amounts of different currencies never meet in one sum.
//!
//! Loading bounds each amount, so that no sum comes near what a decimal can hold; should one do so all the same, it stops
//! there.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use common::kernel::Currency;
use rust_decimal::Decimal;

/// ISO 4217's own code for "no currency".
const NO_CURRENCY: &str = "XXX";

/// The currency an event names. What is no currency code at all is kept apart under `XXX`, so
/// that one odd event neither hides the others nor mixes with them.
#[must_use]
#[expect(clippy::expect_used, reason = "three letters are a currency")]
pub fn observed_currency(text: &str) -> Currency {
    text.parse().unwrap_or_else(|_| NO_CURRENCY.parse().expect("three letters"))
}

/// Money of one currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Takings {
    pub gross_revenue: Decimal,
    pub refunds: Decimal,
    /// Purchases made in this currency.
    pub purchases: i64,
}

impl Takings {
    #[must_use]
    pub fn revenue(&self) -> Decimal {
        self.gross_revenue.saturating_sub(self.refunds)
    }

    /// None without a purchase.
    #[must_use]
    pub fn average_order_value(&self) -> Option<Decimal> {
        (self.purchases > 0).then(|| self.gross_revenue / Decimal::from(self.purchases))
    }
}

impl AddAssign for Takings {
    fn add_assign(&mut self, other: Self) {
        self.gross_revenue = self.gross_revenue.saturating_add(other.gross_revenue);
        self.refunds = self.refunds.saturating_add(other.refunds);
        self.purchases += other.purchases;
    }
}

/// Takings of every currency that occurs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TakingsByCurrency(BTreeMap<Currency, Takings>);

impl TakingsByCurrency {
    pub fn add(&mut self, currency: Currency, takings: Takings) {
        *self.0.entry(currency).or_default() += takings;
    }

    pub fn merge(&mut self, other: &Self) {
        for (currency, takings) in &other.0 {
            self.add(*currency, *takings);
        }
    }

    /// What came in in the tenant's currency. A purchase that names no currency counts here, so
    /// that its average order value is gross revenue over all `purchases` where there is but one
    /// currency.
    #[must_use]
    pub fn main(&self, currency: Currency, purchases: i64) -> Takings {
        let mut main = self.0.get(&currency).copied().unwrap_or_default();
        main.purchases = purchases - self.others(currency).map(|(_, t)| t.purchases).sum::<i64>();
        main
    }

    pub fn iter(&self) -> impl Iterator<Item = (Currency, Takings)> + '_ {
        self.0.iter().map(|(currency, takings)| (*currency, *takings))
    }

    /// Every other currency, in the order of its code.
    pub fn others(&self, main: Currency) -> impl Iterator<Item = (Currency, Takings)> + '_ {
        self.iter().filter(move |(currency, _)| *currency != main)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn average_order_value_counts_purchases_without_currency_in_the_main_one() {
        let (usd, eur) = ("USD".parse().unwrap(), "EUR".parse().unwrap());
        let mut all = TakingsByCurrency::default();
        let taken = |amount: i64, purchases| Takings {
            gross_revenue: amount.into(),
            refunds: Decimal::ZERO,
            purchases,
        };
        all.add(usd, taken(100, 3));
        all.add(eur, taken(50, 2));
        let main = all.main(usd, 6);
        assert_eq!((main.purchases, main.average_order_value()), (4, Some(25.into())));
        let others: Vec<_> = all.others(usd).collect();
        assert_eq!(others, [(eur, taken(50, 2))]);
    }

    #[test]
    fn odd_currencies_are_kept_apart() {
        for (text, code) in [("eur", "EUR"), ("EUR", "EUR"), ("N/A", "XXX"), ("(not set)", "XXX")] {
            assert_eq!(observed_currency(text).as_str(), code);
        }
    }

    #[test]
    fn sums_stop_at_what_a_decimal_can_hold() {
        let most = Takings { gross_revenue: Decimal::MAX, refunds: Decimal::MIN, purchases: 1 };
        let mut takings = most;
        takings += most;
        assert_eq!(takings, Takings { purchases: 2, ..most });
        assert_eq!(takings.revenue(), Decimal::MAX);
    }

    #[test]
    fn no_purchase_has_no_average() {
        assert_eq!(Takings::default().average_order_value(), None);
    }
}
