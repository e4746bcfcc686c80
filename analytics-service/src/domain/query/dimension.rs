//! The dimensions by name, and where their values are kept.

/// What a number can be broken down or filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    Location,
    Customer,
    Device,
    Country,
    City,
    Source,
    Medium,
    Campaign,
    ChannelGroup,
    LandingPage,
    NewReturning,
    Page,
    Item,
    ItemName,
    ItemCategory,
    SearchTerm,
    Hour,
    Weekday,
}

const HOURS: [&str; 24] = [
    "00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15",
    "16", "17", "18", "19", "20", "21", "22", "23",
];

const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Values that share a row of `breakdown_rollup`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RollupGroup {
    Customer,
    Device,
    Geo,
    Traffic,
    LandingPage,
    Visitor,
    Page,
    Item,
    SearchTerm,
}

impl RollupGroup {
    /// As in the column `dimension`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Device => "device",
            Self::Geo => "geo",
            Self::Traffic => "traffic",
            Self::LandingPage => "landing_page",
            Self::Visitor => "visitor",
            Self::Page => "page",
            Self::Item => "item",
            Self::SearchTerm => "search_term",
        }
    }
}

impl Dimension {
    pub const ALL: [Self; 18] = [
        Self::Location,
        Self::Customer,
        Self::Device,
        Self::Country,
        Self::City,
        Self::Source,
        Self::Medium,
        Self::Campaign,
        Self::ChannelGroup,
        Self::LandingPage,
        Self::NewReturning,
        Self::Page,
        Self::Item,
        Self::ItemName,
        Self::ItemCategory,
        Self::SearchTerm,
        Self::Hour,
        Self::Weekday,
    ];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Location => "location",
            Self::Customer => "customer",
            Self::Device => "device",
            Self::Country => "country",
            Self::City => "city",
            Self::Source => "source",
            Self::Medium => "medium",
            Self::Campaign => "campaign",
            Self::ChannelGroup => "channel_group",
            Self::LandingPage => "landing_page",
            Self::NewReturning => "new_returning",
            Self::Page => "page",
            Self::Item => "item",
            Self::ItemName => "item_name",
            Self::ItemCategory => "item_category",
            Self::SearchTerm => "search_term",
            Self::Hour => "hour",
            Self::Weekday => "weekday",
        }
    }

    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dimension| dimension.name() == name)
    }

    /// The rollup row that holds it, and its place among the row's values. A channel group follows
    /// from all three.
    #[must_use]
    pub const fn rollup(self) -> Option<(RollupGroup, usize)> {
        Some(match self {
            Self::Customer => (RollupGroup::Customer, 0),
            Self::Device => (RollupGroup::Device, 0),
            Self::Country => (RollupGroup::Geo, 0),
            Self::City => (RollupGroup::Geo, 1),
            Self::Source | Self::ChannelGroup => (RollupGroup::Traffic, 0),
            Self::Medium => (RollupGroup::Traffic, 1),
            Self::Campaign => (RollupGroup::Traffic, 2),
            Self::LandingPage => (RollupGroup::LandingPage, 0),
            Self::NewReturning => (RollupGroup::Visitor, 0),
            Self::Page => (RollupGroup::Page, 0),
            Self::Item => (RollupGroup::Item, 0),
            Self::ItemName => (RollupGroup::Item, 1),
            Self::ItemCategory => (RollupGroup::Item, 2),
            Self::SearchTerm => (RollupGroup::SearchTerm, 0),
            Self::Location | Self::Hour | Self::Weekday => return None,
        })
    }

    /// Whether a session has one value of it for all of its events.
    #[must_use]
    pub const fn of_session(self) -> bool {
        !matches!(
            self,
            Self::Page
                | Self::Item
                | Self::ItemName
                | Self::ItemCategory
                | Self::SearchTerm
                | Self::Hour
                | Self::Weekday
        )
    }

    /// All of its values, where nobody but us names them. Channel groups are the tenant's to name.
    #[must_use]
    pub const fn closed(self) -> Option<&'static [&'static str]> {
        match self {
            Self::NewReturning => Some(&["new", "returning", "(not set)"]),
            Self::Hour => Some(&HOURS),
            Self::Weekday => Some(&WEEKDAYS),
            _ => None,
        }
    }

    #[must_use]
    pub const fn of_item(self) -> bool {
        matches!(self, Self::Item | Self::ItemName | Self::ItemCategory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        for dimension in Dimension::ALL {
            assert_eq!(Dimension::named(dimension.name()), Some(dimension));
        }
    }
}
