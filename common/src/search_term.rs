//! One spelling for a search term: terms are stored in it, and looked for in it.

use unicode_normalization::UnicodeNormalization;

/// The term with compatibility forms (NFKC), case and spaces aside. Empty when there is none.
#[must_use]
pub fn normalised(term: &str) -> String {
    let compatible: String = term.nfkc().collect();
    let words: Vec<&str> = compatible.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_that_look_alike_are_one() {
        for term in ["Hose  Clamp", " hose\u{a0}clamp ", "ＨＯＳＥ clamp"] {
            assert_eq!(normalised(term), "hose clamp");
        }
        assert_eq!(normalised(" "), "");
    }
}
