//! The values of one record, checked.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::mapping::Bound;
use super::records::Record;
use super::reject::raw_text;
use super::{Dialect, Field, Reject, RejectReason};

/// Names under which the statistics show visits without a branch.
const RESERVED_CODES: [&str; 2] = ["(unassigned)", "(not set)"];

/// A customer or a location as its file tells it. Fields a feed lacks stay empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MasterRow {
    pub code: String,
    pub name: String,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub location_code: Option<String>,
    pub user_id: Option<String>,
    pub city: Option<String>,
    pub time_zone: Option<String>,
    pub extra: BTreeMap<String, String>,
}

impl MasterRow {
    /// Differs when any value differs; an unchanged row is not written again.
    pub fn hash(&self) -> Uuid {
        let mut hasher = blake3::Hasher::new();
        let mut put = |value: Option<&str>| {
            // A length no value has stands for none, so neighbours cannot run together.
            let length = value.map_or(u64::MAX, |v| v.len() as u64);
            hasher.update(&length.to_le_bytes());
            hasher.update(value.unwrap_or_default().as_bytes());
        };
        put(Some(&self.code));
        put(Some(&self.name));
        for value in [
            &self.email,
            &self.phone,
            &self.location_code,
            &self.user_id,
            &self.city,
            &self.time_zone,
        ] {
            put(value.as_deref());
        }
        for (key, value) in &self.extra {
            put(Some(key));
            put(Some(value));
        }
        let mut hash = [0; 16];
        hasher.finalize_xof().fill(&mut hash);
        Uuid::from_bytes(hash)
    }

    fn put(&mut self, field: &Field, value: String) {
        match field {
            Field::Code => self.code = value,
            Field::Name => self.name = value,
            Field::Email => self.email = Some(value),
            Field::Phone => self.phone = Some(value),
            Field::LocationCode => self.location_code = Some(value),
            Field::UserId => self.user_id = Some(value),
            Field::City => self.city = Some(value),
            Field::TimeZone => self.time_zone = Some(value),
            Field::Extra(key) => {
                self.extra.insert(key.clone(), value);
            }
        }
    }
}

/// Reads a record into a row, or says what is wrong with it.
pub(super) fn read(
    record: &Record<'_>,
    bound: &Bound,
    dialect: &Dialect,
) -> Result<MasterRow, Box<Reject>> {
    let mut row = MasterRow::default();
    let unreadable = record.fault.map(|reason| (None, reason));
    let mut fault = unreadable.or_else(|| {
        bound.columns.and_then(|columns| match record.len().cmp(&columns) {
            std::cmp::Ordering::Less => Some((None, RejectReason::TooFewColumns)),
            std::cmp::Ordering::Greater => Some((None, RejectReason::TooManyColumns)),
            std::cmp::Ordering::Equal => None,
        })
    });
    for index in &bound.unwanted {
        if record.get(*index).is_some_and(|value| !value.trim_ascii().is_empty()) {
            fault = fault.or(Some((None, RejectReason::UnknownColumn)));
        }
    }
    for (field, index) in &bound.places {
        match value(field, record.get(*index), dialect) {
            Ok(Some(value)) => row.put(field, value),
            Ok(None) => {}
            // The first fault is told; reading goes on, because the code may follow.
            Err(reason) => fault = fault.or_else(|| Some((Some(field.to_string()), reason))),
        }
    }
    let Some((column, reason)) = fault else { return Ok(row) };
    Err(Box::new(Reject {
        place: record.place,
        column,
        reason,
        raw: raw_text(record.raw, dialect.encoding),
        code: Some(row.code).filter(|code| !code.is_empty()),
    }))
}

fn value(
    field: &Field,
    bytes: Option<&[u8]>,
    dialect: &Dialect,
) -> Result<Option<String>, RejectReason> {
    let decoded = match bytes {
        Some(bytes) => dialect.encoding.decode(bytes).ok_or(RejectReason::InvalidEncoding)?,
        None => "".into(),
    };
    let text = decoded.trim();
    if text.is_empty() || dialect.null_text.as_deref() == Some(text) {
        return if field.required() { Err(RejectReason::MissingValue) } else { Ok(None) };
    }
    if text.chars().count() > field.max_chars() {
        return Err(RejectReason::TooLong);
    }
    match field {
        Field::Code | Field::LocationCode | Field::UserId if text.contains(char::is_control) => {
            Err(RejectReason::InvalidCharacter)
        }
        Field::Code | Field::LocationCode if RESERVED_CODES.contains(&text) => {
            Err(RejectReason::ReservedCode)
        }
        Field::Email if !looks_like_email(text) => Err(RejectReason::InvalidEmail),
        Field::TimeZone if text.parse::<chrono_tz::Tz>().is_err() => {
            Err(RejectReason::UnknownTimeZone)
        }
        _ => Ok(Some(text.to_owned())),
    }
}

/// Enough to catch a shifted column; whether mail arrives only a delivery can tell.
fn looks_like_email(text: &str) -> bool {
    let blank = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';');
    match text.rsplit_once('@') {
        Some((local, domain)) => {
            !local.is_empty()
                && !text.contains(blank)
                && !local.contains('@')
                && domain.split('.').all(|label| !label.is_empty())
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_tells_neighbouring_fields_apart() {
        let row = |email: Option<&str>, phone: Option<&str>| MasterRow {
            code: "A".to_owned(),
            email: email.map(str::to_owned),
            phone: phone.map(str::to_owned),
            ..MasterRow::default()
        };
        assert_eq!(row(Some("x"), None).hash(), row(Some("x"), None).hash());
        assert_ne!(row(Some("x"), None).hash(), row(None, Some("x")).hash());
        assert_ne!(row(Some(""), None).hash(), row(None, None).hash());
    }

    #[test]
    fn emails_are_judged_by_shape() {
        for good in ["a@b.example", "first.last+tag@b.example", "a@localhost"] {
            assert!(looks_like_email(good), "{good}");
        }
        for bad in ["a", "@b", "a@", "a@b..c", "a b@c.d", "a@b@c", "a@b,c@d", "A <a@b.c>"] {
            assert!(!looks_like_email(bad), "{bad}");
        }
    }
}
