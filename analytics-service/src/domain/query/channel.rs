//! Channel groups: names for kinds of traffic, from source, medium and campaign.
//!
//! The default rules follow GA4's default channel group as far as these three tell it
//! (<https://support.google.com/analytics/answer/9756891>); what GA4 knows besides, such as the
//! networks of an ad campaign, is not in the export.

const SEARCH: &[&str] = &["google", "bing", "yahoo", "duckduckgo", "baidu", "ecosia", "yandex"];
const SOCIAL: &[&str] = &[
    "facebook",
    "instagram",
    "linkedin",
    "twitter",
    "tiktok",
    "pinterest",
    "reddit",
    "xing",
    "t.co",
];
const VIDEO: &[&str] = &["youtube", "vimeo", "dailymotion", "twitch"];
const SHOPPING: &[&str] = &["amazon", "ebay", "etsy", "alibaba", "shopify", "walmart"];

/// A rule of the tenant's own, which comes before the default ones.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ChannelRule {
    pub name: String,
    /// Each that is given has to be equal.
    pub source: Option<String>,
    pub medium: Option<String>,
    pub campaign: Option<String>,
}

impl ChannelRule {
    fn holds(&self, source: &str, medium: &str, campaign: &str) -> bool {
        let fits = |rule: &Option<String>, value: &str| rule.as_deref().is_none_or(|r| r == value);
        fits(&self.source, source) && fits(&self.medium, medium) && fits(&self.campaign, campaign)
    }
}

/// The channel group of a visit.
#[must_use]
pub fn channel<'r>(
    rules: &'r [ChannelRule],
    source: &str,
    medium: &str,
    campaign: &str,
) -> &'r str {
    match rules.iter().find(|rule| rule.holds(source, medium, campaign)) {
        Some(rule) => &rule.name,
        None => default_channel(source, medium, campaign),
    }
}

fn default_channel(source: &str, medium: &str, campaign: &str) -> &'static str {
    let lower = |text: &str| text.to_ascii_lowercase();
    let (source, medium, campaign) = (lower(source), lower(medium), lower(campaign));
    // A name stands for itself and for its domains: `google`, `google.ch`, `m.facebook.com`.
    let known = |names: &[&str]| {
        names.iter().any(|name| source == *name || source.split('.').any(|label| label == *name))
    };
    let paid = (medium.starts_with("cp") && medium != "cpm")
        || medium.starts_with("ppc")
        || medium == "retargeting"
        || medium.starts_with("paid");
    let shopping = known(SHOPPING) || campaign.split(['-', '_', ' ']).any(|w| w == "shopping");
    let direct = matches!(medium.as_str(), "(none)" | "(not set)" | "");
    match medium.as_str() {
        _ if source == "(direct)" && direct => "Direct",
        "(not set)" | "" if source == "(not set)" || source.is_empty() => "Unassigned",
        _ if paid && shopping => "Paid Shopping",
        _ if paid && known(SEARCH) => "Paid Search",
        _ if paid && known(SOCIAL) => "Paid Social",
        _ if paid && known(VIDEO) => "Paid Video",
        "display" | "banner" | "expandable" | "interstitial" | "cpm" => "Display",
        _ if paid => "Paid Other",
        _ if shopping => "Organic Shopping",
        "social" | "social-network" | "social-media" | "sm" => "Organic Social",
        _ if known(SOCIAL) => "Organic Social",
        "video" => "Organic Video",
        _ if known(VIDEO) => "Organic Video",
        "organic" => "Organic Search",
        _ if known(SEARCH) => "Organic Search",
        "email" | "e-mail" | "e_mail" | "e mail" => "Email",
        _ if matches!(source.as_str(), "email" | "e-mail" | "newsletter") => "Email",
        "affiliate" => "Affiliates",
        "referral" | "app" | "link" => "Referral",
        "audio" => "Audio",
        "sms" => "SMS",
        "push" | "mobile" | "notification" => "Mobile Push Notifications",
        _ => "Unassigned",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visits_fall_into_the_default_groups() {
        for (source, medium, campaign, group) in [
            ("(direct)", "(none)", "(direct)", "Direct"),
            ("google", "organic", "(organic)", "Organic Search"),
            ("google", "cpc", "spring", "Paid Search"),
            ("google", "cpc", "spring_shopping", "Paid Shopping"),
            ("newsletter", "email", "weekly", "Email"),
            ("partner.example", "referral", "(referral)", "Referral"),
            ("facebook.com", "referral", "(referral)", "Organic Social"),
            ("other", "cpm", "x", "Display"),
            ("other", "cpc", "x", "Paid Other"),
            ("(not set)", "(not set)", "(not set)", "Unassigned"),
        ] {
            assert_eq!(channel(&[], source, medium, campaign), group, "{source} / {medium}");
        }
    }

    #[test]
    fn a_rule_of_the_tenant_comes_first() {
        let rule = ChannelRule {
            name: "Partners".to_owned(),
            source: Some("partner.example".to_owned()),
            medium: None,
            campaign: None,
        };
        let rules = [rule];
        assert_eq!(channel(&rules, "partner.example", "referral", "x"), "Partners");
        assert_eq!(channel(&rules, "google", "organic", "x"), "Organic Search");
    }
}
