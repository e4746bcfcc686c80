//! What a file is about, and the fields its columns can fill.

use std::fmt;

/// A kind of master data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Feed {
    Customers,
    Locations,
}

impl Feed {
    /// The name in the ledger and in job outcomes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Locations => "locations",
        }
    }

    /// The fields a row of this feed has, `extra` ones aside.
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::Customers => &[
                Field::Code,
                Field::Name,
                Field::Email,
                Field::Phone,
                Field::LocationCode,
                Field::UserId,
            ],
            Self::Locations => {
                &[Field::Code, Field::Name, Field::City, Field::Email, Field::TimeZone]
            }
        }
    }
}

impl fmt::Display for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A place for a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    Code,
    Name,
    Email,
    Phone,
    /// The branch a customer belongs to.
    LocationCode,
    /// The login under which the shop reports this customer to GA4.
    UserId,
    City,
    TimeZone,
    /// Anything else the tenant wants to see beside the row.
    Extra(String),
}

impl Field {
    /// Whether a row without this value is rejected.
    pub const fn required(&self) -> bool {
        matches!(self, Self::Code | Self::Name)
    }

    /// Longest value, in characters.
    pub const fn max_chars(&self) -> usize {
        match self {
            Self::Code | Self::LocationCode => 100,
            Self::Email => 254,
            Self::Phone | Self::TimeZone => 64,
            Self::UserId => 256,
            Self::Name | Self::City => 500,
            Self::Extra(_) => 2_000,
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code => f.write_str("code"),
            Self::Name => f.write_str("name"),
            Self::Email => f.write_str("email"),
            Self::Phone => f.write_str("phone"),
            Self::LocationCode => f.write_str("location_code"),
            Self::UserId => f.write_str("user_id"),
            Self::City => f.write_str("city"),
            Self::TimeZone => f.write_str("time_zone"),
            Self::Extra(key) => write!(f, "extra.{key}"),
        }
    }
}
