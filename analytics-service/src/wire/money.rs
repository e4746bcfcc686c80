//! Money on the wire: exact text, never a float.

use common::kernel::Money;
use poem_openapi::Object;

/// An amount with two decimals and its currency.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(rename = "Money")]
pub struct MoneyBody {
    /// Decimal text, rounded half away from zero, for example `1250.00`.
    pub amount: String,
    /// ISO 4217 code.
    pub currency: String,
}

impl From<Money> for MoneyBody {
    fn from(money: Money) -> Self {
        Self { amount: money.rounded(), currency: money.currency.to_string() }
    }
}
