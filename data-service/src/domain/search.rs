//! What counts as a search, and which searches found nothing.

use common::search_term::normalised;
use common::tenant_config::NoResultsRule;

use super::key_text::{LONGEST_TEXT, cut};

/// GA4's own event of a search on the site.
pub const SEARCH_EVENT: &str = "view_search_results";

/// The same term again within this time of one session is the same search.
pub const RUN_GAP_MICROS: i64 = 5_000_000;

/// An event that may be a search, as far as the rule looks at it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Candidate<'a> {
    pub event_name: &'a str,
    pub page_title: Option<&'a str>,
    pub page_location: Option<&'a str>,
    /// The parameter that the rule names, as text.
    pub result_count: Option<&'a str>,
}

/// The names under which searches come.
#[must_use]
pub fn event_names(rule: &NoResultsRule) -> Vec<String> {
    let names = rule.event_names.iter().filter(|name| *name != SEARCH_EVENT).cloned();
    std::iter::once(SEARCH_EVENT.to_owned()).chain(names).collect()
}

/// What was searched for, in the spelling in which terms are stored; empty when that is not known. A compatibility form may
/// stand for many characters, so it is cut last.
#[must_use]
pub fn term(text: Option<&str>) -> String {
    cut(&normalised(text.unwrap_or_default()), LONGEST_TEXT).to_owned()
}

/// Whether the search found nothing by any condition of the rule.
#[must_use]
pub fn found_nothing(rule: &NoResultsRule, search: Candidate<'_>) -> bool {
    let contains = |text: Option<&str>, part: &Option<String>| {
        let part = part.as_deref().filter(|part| !part.is_empty());
        text.zip(part)
            .is_some_and(|(text, part)| text.to_lowercase().contains(&part.to_lowercase()))
    };
    let none = search.result_count.and_then(|count| count.trim().parse::<f64>().ok());
    rule.event_names.iter().any(|name| name == search.event_name)
        || none == Some(0.0)
        || contains(search.page_title, &rule.title_contains)
        || contains(search.page_location, &rule.url_contains)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_fits_into_a_key_however_it_was_written() {
        assert_eq!(term(Some(" Hose  Clamp ")), "hose clamp");
        assert_eq!(term(None), "");
        // One character that stands for eighteen.
        assert!(term(Some(&"\u{fdfa}".repeat(100))).len() <= LONGEST_TEXT);
        assert_eq!(term(Some(&"x".repeat(900))), "x".repeat(LONGEST_TEXT));
    }

    #[test]
    fn any_condition_of_the_rule_is_enough() {
        let rule = NoResultsRule {
            event_names: vec!["no_search_results".to_owned()],
            result_count_parameter: Some("results".to_owned()),
            title_contains: Some("Nothing found".to_owned()),
            url_contains: Some("empty=1".to_owned()),
        };
        let search = Candidate { event_name: SEARCH_EVENT, ..Candidate::default() };
        assert!(!found_nothing(&rule, search));
        assert!(!found_nothing(&rule, Candidate { result_count: Some("10"), ..search }));
        assert!(found_nothing(&rule, Candidate { result_count: Some("0"), ..search }));
        assert!(found_nothing(&rule, Candidate { event_name: "no_search_results", ..search }));
        assert!(found_nothing(&rule, Candidate { page_title: Some("nothing found!"), ..search }));
        let location = Some("https://shop.example/s?q=x&empty=1");
        assert!(found_nothing(&rule, Candidate { page_location: location, ..search }));
        let silent = NoResultsRule { title_contains: Some(String::new()), ..rule };
        assert!(!found_nothing(&silent, Candidate { page_title: Some("any"), ..search }));
    }
}
