//! Where something counts: its branch, and its value of each dimension.

use super::{NOT_SET, UNASSIGNED};

/// A dimension whose values are rolled up on their own. Those that are asked for together share a
/// row: a country's cities, the sources of a medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    Device,
    /// Country and city.
    Geo,
    /// Source, medium and campaign.
    Traffic,
    LandingPage,
    Customer,
    /// `new` or `returning`.
    Visitor,
    /// The event's own page.
    Page,
    /// Id, name and category.
    Item,
    SearchTerm,
}

impl Dimension {
    /// As in the column `dimension`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Geo => "geo",
            Self::Traffic => "traffic",
            Self::LandingPage => "landing_page",
            Self::Customer => "customer",
            Self::Visitor => "visitor",
            Self::Page => "page",
            Self::Item => "item",
            Self::SearchTerm => "search_term",
        }
    }
}

/// Up to three texts; unused ones are empty.
pub type Value = [String; 3];

/// What a session, or an event without one, says about where it came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    pub customer: Option<String>,
    pub device: Option<String>,
    pub country: Option<String>,
    pub city: Option<String>,
    pub source: Option<String>,
    pub medium: Option<String>,
    pub campaign: Option<String>,
    pub landing_page: Option<String>,
    pub session_number: Option<i32>,
}

/// A branch and an origin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    pub branch: Option<String>,
    pub origin: Origin,
}

impl Place {
    pub(super) fn branch(&self) -> &str {
        self.branch.as_deref().unwrap_or(UNASSIGNED)
    }

    /// Branch, customer, device, country, city, source, medium, campaign, landing page, visitor.
    pub(super) fn values(&self) -> [&str; 10] {
        let origin = &self.origin;
        [
            self.branch(),
            set(&origin.customer),
            set(&origin.device),
            set(&origin.country),
            set(&origin.city),
            set(&origin.source),
            set(&origin.medium),
            set(&origin.campaign),
            set(&origin.landing_page),
            origin.visitor(),
        ]
    }
}

/// The text, or that there is none.
fn set(text: &Option<String>) -> &str {
    text.as_deref().unwrap_or(NOT_SET)
}

impl Origin {
    const fn visitor(&self) -> &'static str {
        match self.session_number {
            None => NOT_SET,
            Some(number) if number > 1 => "returning",
            Some(_) => "new",
        }
    }

    /// The row of each dimension that counts it.
    pub(super) fn values(&self) -> [(Dimension, Value); 6] {
        let [device, country, city] = [&self.device, &self.country, &self.city].map(set);
        let [source, medium, campaign] = [&self.source, &self.medium, &self.campaign].map(set);
        [
            (Dimension::Device, [device, "", ""]),
            (Dimension::Geo, [country, city, ""]),
            (Dimension::Traffic, [source, medium, campaign]),
            (Dimension::LandingPage, [set(&self.landing_page), "", ""]),
            (Dimension::Customer, [set(&self.customer), "", ""]),
            (Dimension::Visitor, [self.visitor(), "", ""]),
        ]
        .map(|(dimension, value)| (dimension, value.map(str::to_owned)))
    }
}
