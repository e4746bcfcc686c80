//! One thing that is wrong with what somebody sent.

/// Where, which rule, and a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// JSON pointer into the body.
    pub pointer: String,
    pub code: &'static str,
    pub detail: String,
}

impl Issue {
    #[must_use]
    pub fn new(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code, detail: detail.into() }
    }
}
