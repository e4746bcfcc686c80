//! One answer of `tabledata.list` or `getQueryResults`: the rows and what stands around them.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::envelope::{Cells, Repeated};

/// A row that could not be read; the rows around it are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Position in the table, from zero.
    pub row: u64,
    pub reason: String,
}

/// The whole answer is no JSON object with rows: it was cut short or is not BigQuery's.
#[derive(Debug, thiserror::Error)]
#[error("the page is not a table answer")]
pub struct PageError(#[from] serde_json::Error);

/// An answer's text. BigQuery sends UTF-8; whatever else turns up is replaced, so that one broken byte costs no page.
pub fn text(body: &[u8]) -> Cow<'_, str> {
    // The plain check is several times faster than the lossy one, which is for the pages that fail it.
    match std::str::from_utf8(body) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(body),
    }
}

/// Reads an answer, giving its rows (a sequence of `{"f": […]}`) to `rows`. A page without rows omits them. What comes
/// back is how many rows all pages have together, if the answer says it.
pub fn read<'de, C: Cells<'de>>(text: &'de str, rows: C) -> Result<Option<u64>, PageError> {
    let mut json = serde_json::Deserializer::from_str(text);
    let total_rows = json.deserialize_map(Answer { rows, of: PhantomData })?;
    json.end()?;
    Ok(total_rows)
}

/// The same, with the rows as raw JSON, to be read one by one when one of them does not fit.
pub fn raw_rows(text: &str) -> Result<(Vec<&RawValue>, Option<u64>), PageError> {
    #[derive(Deserialize)]
    struct Raw<'a> {
        #[serde(borrow, default)]
        rows: Option<Vec<&'a RawValue>>,
    }
    let total_rows = read(text, Skipped)?;
    let raw: Raw<'_> = serde_json::from_str(text)?;
    Ok((raw.rows.unwrap_or_default(), total_rows))
}

/// The token of the next page: absent on the last one, while an empty or short page may still have one. Where it stands
/// before the rows, as BigQuery puts it, the rows are not read.
pub fn next_token(text: &str) -> Result<Option<String>, PageError> {
    let mut token = None;
    let mut json = serde_json::Deserializer::from_str(text);
    match json.deserialize_map(Token(&mut token)) {
        Ok(()) => Ok(token),
        Err(_) if token.is_some() => Ok(token),
        Err(error) => Err(error.into()),
    }
}

/// Leaves the answer by an error as soon as the token is known.
struct Token<'t>(&'t mut Option<String>);

impl<'de> Visitor<'de> for Token<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table answer")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(member) = map.next_key::<Member>()? {
            match member {
                Member::PageToken => {
                    *self.0 = map.next_value::<Option<String>>()?.filter(|token| !token.is_empty());
                    if self.0.is_some() {
                        return Err(serde::de::Error::custom("the token is known"));
                    }
                }
                // Without rows and token it would pass for the empty end of a result.
                Member::JobComplete => {
                    if !map.next_value::<bool>()? {
                        return Err(serde::de::Error::custom("the query has not ended"));
                    }
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

struct Skipped;

impl<'de> Cells<'de> for Skipped {
    type Out = ();
    fn read<A: serde::de::SeqAccess<'de>>(self, mut cells: A) -> Result<(), A::Error> {
        while cells.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

struct Answer<'de, C> {
    rows: C,
    of: PhantomData<&'de ()>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Member {
    Rows,
    PageToken,
    TotalRows,
    JobComplete,
    #[serde(other)]
    Other,
}

impl<'de, C: Cells<'de>> Visitor<'de> for Answer<'de, C> {
    type Value = Option<u64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table answer")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<u64>, A::Error> {
        let mut total_rows: Option<u64> = None;
        let mut rows = Some(self.rows);
        while let Some(member) = map.next_key::<Member>()? {
            match member {
                Member::Rows => match rows.take() {
                    Some(rows) => drop(map.next_value_seed(Repeated(rows))?),
                    None => return Err(serde::de::Error::duplicate_field("rows")),
                },
                Member::TotalRows => {
                    total_rows =
                        map.next_value::<Option<String>>()?.and_then(|rows| rows.parse().ok());
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(total_rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_page_may_still_have_a_token() {
        let text = r#"{"kind":"k","pageToken":"t","totalRows":"18446744073709551615"}"#;
        assert_eq!(next_token(text).unwrap().as_deref(), Some("t"));
        assert_eq!(read(text, Skipped).unwrap(), Some(u64::MAX));
        assert_eq!(read(r#"{"rows":null}"#, Skipped).unwrap(), None);
    }

    #[test]
    fn a_broken_byte_is_replaced() {
        assert_eq!(text(b"a\xffb"), "a\u{fffd}b");
        assert!(matches!(text("ü".as_bytes()), Cow::Borrowed("ü")));
    }

    #[test]
    fn rows_may_stand_before_the_token() {
        let text = r#"{"rows":[{"f":[{"v":"\"pageToken\":"}]}],"pageToken":"t"}"#;
        assert_eq!(next_token(text).unwrap().as_deref(), Some("t"));
        assert_eq!(next_token(r#"{"pageToken":"t","rows":[{"#).unwrap().as_deref(), Some("t"));
        assert_eq!(next_token(r#"{"rows":[]}"#).unwrap(), None);
        assert!(next_token(r#"{"rows":["#).is_err());
        assert!(next_token(r#"{"jobReference":{},"jobComplete":false}"#).is_err());
        assert_eq!(next_token(r#"{"totalRows":"0","jobComplete":true}"#).unwrap(), None);
        assert_eq!(raw_rows(text).unwrap().0.len(), 1);
    }

    #[test]
    fn a_page_that_was_cut_short_is_an_error() {
        for text in [r#"{"rows":[{"f":[{"v":"1"}"#, "", "<html>", "[]", r#"{"rows":[]}{"#] {
            assert!(read(text, Skipped).is_err(), "{text}");
        }
    }
}
