//! A reader of JSON for pages, which are nearly all small texts in small objects: about twice as quick at those as one for
//! any JSON. Whatever is rare is given to `serde_json`: texts with escapes, numbers, `true` and `false`.
//!
//! What it reads, `serde_json` reads alike. Where it gives up, the caller reads the page in the slow way, which knows why.

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::Error;

/// Deeper than any answer; what is deeper is left to the slow way.
const DEPTH: u8 = 32;

/// Reads one value from a text.
#[derive(Debug)]
pub struct Compact<'de> {
    text: &'de str,
    at: usize,
    depth: u8,
}

impl<'de> Compact<'de> {
    #[must_use]
    pub const fn new(text: &'de str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    /// Nothing follows.
    ///
    /// # Errors
    /// When something does.
    pub fn end(&mut self) -> Result<(), Error> {
        if self.next().is_none() { Ok(()) } else { Err(other("nothing more")) }
    }

    /// The next byte that is no white space; it stays.
    #[inline]
    fn next(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    #[inline]
    fn eat(&mut self, byte: u8) -> bool {
        let there = self.next() == Some(byte);
        self.at += usize::from(there);
        there
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Result<(), Error> {
        if self.eat(byte) { Ok(()) } else { Err(other(char::from(byte))) }
    }

    fn null(&mut self) -> Result<(), Error> {
        let there = self.text.as_bytes().get(self.at..self.at + 4) == Some(b"null");
        self.at += 4;
        if there { Ok(()) } else { Err(other("null")) }
    }

    /// The text whose opening quote comes next, as it stands, and whether it has escapes.
    #[inline]
    fn quoted(&mut self) -> Result<(&'de str, bool), Error> {
        self.expect(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            let at = special(self.text.as_bytes(), self.at);
            match self.text.as_bytes().get(at) {
                Some(b'"') => {
                    self.at = at + 1;
                    return Ok((&self.text[start..at], escaped));
                }
                Some(b'\\') => {
                    escaped = true;
                    self.at = at + 2;
                }
                _ => return Err(other("the end of a text")),
            }
        }
    }

    /// Gives the next text to `visitor`.
    #[inline]
    fn string<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        let opened = self.at;
        let (text, escaped) = self.quoted()?;
        if escaped { self.slowly(opened, visitor) } else { visitor.visit_borrowed_str(text) }
    }

    /// What stands between `from` and here, in the slow way.
    #[cold]
    fn slowly<V: Visitor<'de>>(&self, from: usize, visitor: V) -> Result<V::Value, Error> {
        let mut slow = serde_json::Deserializer::from_str(&self.text[from..self.at]);
        let value = slow.deserialize_any(visitor)?;
        slow.end()?;
        Ok(value)
    }

    /// A number, `true` or `false`: up to where it can only have ended.
    #[cold]
    fn literal<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        let from = self.at;
        let rest = &self.text[from..];
        let ended = |c: char| matches!(c, ',' | ']' | '}' | ':' | '"' | ' ' | '\n' | '\r' | '\t');
        self.at += rest.find(ended).unwrap_or(rest.len());
        self.slowly(from, visitor)
    }

    /// Steps over a value.
    fn skip(&mut self) -> Result<(), Error> {
        match self.next() {
            Some(b'"') => {
                let opened = self.at;
                let (_, escaped) = self.quoted()?;
                if escaped { self.skip_slowly(opened) } else { Ok(()) }
            }
            Some(b'n') => self.null(),
            Some(b'{') => self.map_of(|mut map| {
                while map.next_key_seed(Skipped)?.is_some() {
                    map.next_value_seed(Skipped)?;
                }
                Ok(())
            }),
            Some(b'[') => self.list_of(|mut list| {
                while list.next_element_seed(Skipped)?.is_some() {}
                Ok(())
            }),
            Some(_) => self.literal(IgnoredAny).map(drop),
            None => Err(other("a value")),
        }
    }

    /// Half of a surrogate pair is no text, and may be stepped over.
    #[cold]
    fn skip_slowly(&self, from: usize) -> Result<(), Error> {
        serde_json::from_str::<IgnoredAny>(&self.text[from..self.at]).map(drop)
    }

    /// An object, of whose members `read` takes as many as it likes; all of them must be taken.
    #[inline]
    fn map_of<T>(
        &mut self,
        read: impl FnOnce(Members<'_, 'de>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.expect(b'{')?;
        self.deeper()?;
        let value = read(Members { json: self, first: true })?;
        self.depth -= 1;
        self.expect(b'}')?;
        Ok(value)
    }

    #[inline]
    fn list_of<T>(
        &mut self,
        read: impl FnOnce(Elements<'_, 'de>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.expect(b'[')?;
        self.deeper()?;
        let value = read(Elements { json: self, first: true })?;
        self.depth -= 1;
        self.expect(b']')?;
        Ok(value)
    }

    #[inline]
    fn deeper(&mut self) -> Result<(), Error> {
        self.depth += 1;
        if self.depth < DEPTH { Ok(()) } else { Err(other("less depth")) }
    }
}

/// Where the first quote, backslash or control character from `at` on is; the end when there is none.
#[inline]
fn special(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    // Eight at once: the high bit of each byte that is zero in `word` is set, and none below the first of them.
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    while let Some(eight) = bytes.get(at..at + 8).and_then(|eight| <[u8; 8]>::try_from(eight).ok())
    {
        let word = u64::from_le_bytes(eight);
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        let found = zero(word ^ (ONES * u64::from(b'"')))
            | zero(word ^ (ONES * u64::from(b'\\')))
            | control;
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let last = bytes.get(at..).unwrap_or_default();
    at + last.iter().position(|b| matches!(b, b'"' | b'\\' | 0..0x20)).unwrap_or(last.len())
}

#[cold]
fn other(expected: impl std::fmt::Display) -> Error {
    Error::custom(format_args!("expected {expected}"))
}

impl<'de> Deserializer<'de> for &mut Compact<'de> {
    type Error = Error;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.next() {
            Some(b'"') => self.string(visitor),
            Some(b'n') => {
                self.null()?;
                visitor.visit_unit()
            }
            Some(b'{') => self.map_of(|map| visitor.visit_map(map)),
            Some(b'[') => self.list_of(|list| visitor.visit_seq(list)),
            Some(_) => self.literal(visitor),
            None => Err(other("a value")),
        }
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.next() == Some(b'n') {
            self.null()?;
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    #[inline]
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.next();
        self.map_of(|map| visitor.visit_map(map))
    }

    #[inline]
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.next();
        self.list_of(|list| visitor.visit_seq(list))
    }

    #[inline]
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.skip()?;
        visitor.visit_unit()
    }

    /// Such as a raw value, which `serde_json` knows by its name.
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.next();
        let from = self.at;
        self.skip()?;
        let mut slow = serde_json::Deserializer::from_str(&self.text[from..self.at]);
        slow.deserialize_newtype_struct(name, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct tuple tuple_struct struct enum identifier
    }
}

struct Elements<'j, 'de> {
    json: &'j mut Compact<'de>,
    first: bool,
}

impl<'de> SeqAccess<'de> for Elements<'_, 'de> {
    type Error = Error;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        if self.json.next() == Some(b']') {
            return Ok(None);
        }
        if !std::mem::take(&mut self.first) {
            self.json.expect(b',')?;
        }
        seed.deserialize(&mut *self.json).map(Some)
    }
}

struct Members<'j, 'de> {
    json: &'j mut Compact<'de>,
    first: bool,
}

impl<'de> MapAccess<'de> for Members<'_, 'de> {
    type Error = Error;

    #[inline]
    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        if self.json.next() == Some(b'}') {
            return Ok(None);
        }
        if !std::mem::take(&mut self.first) {
            self.json.expect(b',')?;
        }
        // Nobody escapes the names of members; who does is read slowly.
        let (name, escaped) = self.json.quoted()?;
        if escaped {
            return Err(other("a plain name"));
        }
        let key = seed.deserialize(BorrowedStrDeserializer::<Error>::new(name))?;
        self.json.expect(b':')?;
        Ok(Some(key))
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(&mut *self.json)
    }
}

/// Steps over whatever comes.
struct Skipped;

impl<'de> DeserializeSeed<'de> for Skipped {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_ignored_any(IgnoredAny).map(drop)
    }
}

#[cfg(test)]
mod tests;
