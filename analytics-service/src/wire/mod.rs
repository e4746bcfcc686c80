//! JSON shapes that several routes share, with explicit conversions from domain values.

mod change;
mod day;
mod meta;
mod money;

pub use change::{CountChange, MoneyChange, QuantityChange, RateChange, SecondsChange};
pub use day::Day;
pub use meta::{
    ComparisonMeta, EmptyAnswer, FreshnessMeta, RangeMeta, StaleMeta, StatsMeta, TaskMeta,
};
pub use money::MoneyBody;
