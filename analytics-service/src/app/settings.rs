//! The part of a tenant's configuration that statistics, task lists and reports go by.

use chrono::TimeDelta;
use chrono_tz::Tz;
use common::kernel::Currency;
use common::tenant_config::{ChannelGroup, TenantSettings, Thresholds, WeekStart};
use serde::Deserialize;
use serde_json::Value;

use crate::domain::query::channel::ChannelRule;

/// What the stored document says, or the defaults of a tenant that has none yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The currency shown first.
    pub currency: Currency,
    /// How long a cart rests before it may count as abandoned.
    pub cart_grace: TimeDelta,
    /// How long after its last event a purchase still recovers a cart.
    pub abandon_window: TimeDelta,
    pub week_start: WeekStart,
    pub thresholds: Thresholds,
    /// Before the default ones.
    pub channels: Vec<ChannelRule>,
}

impl Settings {
    /// # Errors
    /// When the document is of another form than this version knows.
    pub fn of(document: Option<&Value>) -> Result<Self, serde_json::Error> {
        match document {
            None => Ok(Self::new(&TenantSettings::new(Tz::UTC, default_currency()))),
            Some(document) => TenantSettings::deserialize(document).map(|s| Self::new(&s)),
        }
    }

    fn new(settings: &TenantSettings) -> Self {
        let TenantSettings { currency, week_start, thresholds, .. } = *settings;
        Self {
            channels: settings.channel_groups.iter().map(rule).collect(),
            currency,
            cart_grace: TimeDelta::minutes(thresholds.cart_grace_minutes.into()),
            abandon_window: TimeDelta::hours(thresholds.abandon_window_hours.into()),
            week_start,
            thresholds,
        }
    }
}

fn rule(group: &ChannelGroup) -> ChannelRule {
    ChannelRule {
        name: group.name.clone(),
        source: group.source.clone(),
        medium: group.medium.clone(),
        campaign: group.campaign.clone(),
    }
}

#[expect(clippy::expect_used, reason = "three letters are a currency")]
fn default_currency() -> Currency {
    "USD".parse().expect("three letters")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_document_leaves_out_has_its_default() {
        let document = json!({
            "time_zone": "Europe/Zurich", "currency": "CHF",
            "thresholds": { "abandon_window_hours": 48 },
        });
        let settings = Settings::of(Some(&document)).unwrap();
        assert_eq!(settings.currency.as_str(), "CHF");
        assert_eq!(settings.abandon_window, TimeDelta::hours(48));
        assert_eq!(settings.cart_grace, TimeDelta::minutes(60));
    }

    #[test]
    fn a_document_of_another_form_is_an_error() {
        assert!(Settings::of(Some(&json!({ "currency": "CHF" }))).is_err());
    }
}
