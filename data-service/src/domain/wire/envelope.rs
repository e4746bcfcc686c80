//! The grammar of rows: `{"v": …}` around every value, `{"f": […]}` around the cells of a record, a plain list around repeated
//! values. Who reads them implements [`Cells`]; nothing is built in between.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Reads a sequence of `{"v": …}`: the cells of one record or the values of one repeated column.
pub trait Cells<'de>: Sized {
    type Out;
    fn read<A: SeqAccess<'de>>(self, cells: A) -> Result<Self::Out, A::Error>;
}

/// `{"v": S}`.
#[derive(Debug)]
pub struct Wrapped<S>(pub S);

/// `{"f": […]}`, or null.
#[derive(Debug)]
pub struct Record<C>(pub C);

/// `[…]`; null and an absent list read as `None`, as an empty list in BigQuery.
#[derive(Debug)]
pub struct Repeated<C>(pub C);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Wrapped<S> {
    type Value = S::Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for Wrapped<S> {
    type Value = S::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a cell {\"v\": …}")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        member(map, "v", self.0)
    }
}

impl<'de, C: Cells<'de>> DeserializeSeed<'de> for Record<C> {
    type Value = Option<C::Out>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, C: Cells<'de>> Visitor<'de> for Record<C> {
    type Value = Option<C::Out>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record {\"f\": […]} or null")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        member(map, "f", List(self.0, PhantomData)).map(Some)
    }
}

impl<'de, C: Cells<'de>> DeserializeSeed<'de> for Repeated<C> {
    type Value = Option<C::Out>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, C: Cells<'de>> Visitor<'de> for Repeated<C> {
    type Value = Option<C::Out>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of repeated values or null")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        self.0.read(seq).map(Some)
    }
}

struct List<'de, C>(C, PhantomData<&'de ()>);

impl<'de, C: Cells<'de>> DeserializeSeed<'de> for List<'de, C> {
    type Value = C::Out;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, C: Cells<'de>> Visitor<'de> for List<'de, C> {
    type Value = C::Out;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of cells")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        self.0.read(seq)
    }
}

/// The value of the one member that matters; others are skipped, a second one is refused.
fn member<'de, A: MapAccess<'de>, S: DeserializeSeed<'de>>(
    mut map: A,
    name: &'static str,
    seed: S,
) -> Result<S::Value, A::Error> {
    let mut seed = Some(seed);
    let mut found = None;
    while let Some(ours) = map.next_key_seed(Named(name))? {
        match (ours, seed.take()) {
            (true, Some(seed)) => found = Some(map.next_value_seed(seed)?),
            (true, None) => return Err(A::Error::duplicate_field(name)),
            (false, kept) => {
                seed = kept;
                map.next_value::<IgnoredAny>()?;
            }
        }
    }
    found.ok_or_else(|| A::Error::missing_field(name))
}

/// Whether a key is the expected one, without copying it.
pub(crate) struct Named(pub &'static str);

impl<'de> DeserializeSeed<'de> for Named {
    type Value = bool;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Named {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<bool, E> {
        Ok(name == self.0)
    }
}

/// Ends a record: cells beyond the schema make the row unreadable, because positions are all the meaning a cell has.
pub fn no_more<'de, A: SeqAccess<'de>>(mut cells: A, columns: usize) -> Result<(), A::Error> {
    let mut extra = 0;
    while cells.next_element::<IgnoredAny>()?.is_some() {
        extra += 1;
    }
    if extra > 0 { Err(count_mismatch(columns + extra, columns)) } else { Ok(()) }
}

/// A record with fewer or more cells than the schema has columns.
pub fn count_mismatch<E: Error>(cells: usize, columns: usize) -> E {
    E::custom(format_args!("{cells} cells for {columns} columns"))
}
