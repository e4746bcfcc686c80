//! Conditions on dimensions. Text is compared as it is: no character stands for another.

use std::borrow::Cow;

use common::search_term::normalised;

use super::Dimension;

/// What stands for no value.
const NOT_SET: &str = "(not set)";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    Is,
    IsNot,
    Contains,
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Clause {
    pub dimension: Dimension,
    pub operator: Operator,
    pub value: String,
}

impl Clause {
    /// The condition as values are kept: terms that were searched for have one spelling.
    #[must_use]
    pub fn new(dimension: Dimension, operator: Operator, value: &str) -> Self {
        let value = match dimension {
            Dimension::SearchTerm if value != NOT_SET => normalised(value),
            _ => value.to_owned(),
        };
        Self { dimension, operator, value }
    }

    #[must_use]
    pub fn holds(&self, value: &str) -> bool {
        match self.operator {
            Operator::Is => value == self.value,
            Operator::IsNot => value != self.value,
            Operator::Contains => value.contains(&self.value),
        }
    }
}

/// Conditions of which one has to hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AnyOf(pub Vec<Clause>);

impl AnyOf {
    /// The codes, when this is nothing but a list of branches.
    #[must_use]
    pub fn branches(&self) -> Option<Vec<&str>> {
        let code = |clause: &'_ Clause| {
            clause.dimension == Dimension::Location && clause.operator == Operator::Is
        };
        let all = !self.0.is_empty() && self.0.iter().all(code);
        all.then(|| self.0.iter().map(|clause| clause.value.as_str()).collect())
    }

    #[must_use]
    pub fn holds<'v>(&self, value: impl Fn(Dimension) -> Cow<'v, str>) -> bool {
        self.0.iter().any(|clause| clause.holds(&value(clause.dimension)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_looked_for_as_they_are_kept() {
        let term = |value| Clause::new(Dimension::SearchTerm, Operator::Is, value);
        assert!(term(" Hose\u{a0} CLAMP").holds("hose clamp"));
        assert!(term("(not set)").holds("(not set)"));
        assert!(!Clause::new(Dimension::Campaign, Operator::Is, "Spring").holds("spring"));
    }

    #[test]
    fn percent_and_underscore_are_themselves() {
        let contains = |value: &str| Clause {
            dimension: Dimension::Campaign,
            operator: Operator::Contains,
            value: value.to_owned(),
        };
        assert!(contains("50%").holds("sale 50% off"));
        assert!(!contains("50%").holds("sale 500 off"));
        assert!(!contains("a_b").holds("axb"));
        assert!(contains("").holds(""));
    }
}
