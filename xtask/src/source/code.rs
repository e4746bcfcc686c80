//! Just enough of Rust's lexical rules to tell code from what only looks like it.

/// Blanks comments and the inside of string and character literals; line breaks stay where they are.
pub fn code_only(text: &str) -> String {
    let mut scanner = Scanner { rest: text, code: String::with_capacity(text.len()) };
    while !scanner.rest.is_empty() {
        scanner.step();
    }
    scanner.code
}

struct Scanner<'t> {
    rest: &'t str,
    code: String,
}

impl Scanner<'_> {
    fn step(&mut self) {
        if self.rest.starts_with("//") {
            self.blank(self.rest.find('\n').unwrap_or(self.rest.len()));
        } else if self.rest.starts_with("/*") {
            self.blank(block_comment(self.rest));
        } else if let Some(length) = raw_string(self.rest) {
            self.blank(length);
        } else if self.rest.starts_with('"') {
            self.blank(string(self.rest));
        } else if let Some(length) = character(self.rest) {
            self.blank(length);
        } else {
            self.word();
        }
    }

    fn blank(&mut self, length: usize) {
        let (gone, rest) = self.rest.split_at(length);
        self.code.extend(gone.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        self.rest = rest;
    }

    /// A whole identifier at once, so that the `r` of `for"` is not taken for a raw string.
    fn word(&mut self) {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let length = match self.rest.find(|c| !is_word(c)) {
            Some(0) => self.rest.chars().next().map_or(0, char::len_utf8),
            Some(length) => length,
            None => self.rest.len(),
        };
        let (kept, rest) = self.rest.split_at(length);
        self.code.push_str(kept);
        self.rest = rest;
    }
}

/// Block comments nest.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// `r"…"`, `r#"…"#`, `br"…"`.
fn raw_string(text: &str) -> Option<usize> {
    let start = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = start.len() - start.trim_start_matches('#').len();
    let body = start[hashes..].strip_prefix('"')?;
    let closing = format!("\"{}", "#".repeat(hashes));
    let opened = text.len() - body.len();
    Some(body.find(&closing).map_or(text.len(), |at| opened + at + closing.len()))
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A character literal, not a lifetime.
fn character(text: &str) -> Option<usize> {
    let body = text.strip_prefix('\'')?;
    if let Some(escape) = body.strip_prefix('\\') {
        let end = escape.char_indices().skip(1).find(|(_, c)| *c == '\'')?.0;
        return Some(2 + end + 1);
    }
    let c = body.chars().next()?;
    body[c.len_utf8()..].starts_with('\'').then(|| 2 + c.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn squeezed(text: &str) -> String {
        code_only(text).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_and_literals_are_blanked() {
        assert_eq!(squeezed("a // crate::b\nc"), "a c");
        assert_eq!(squeezed("a /* x /* y */ z */ b"), "a b");
        assert_eq!(squeezed(r#"let a = "crate::\"x"; b"#), "let a = ; b");
        assert_eq!(squeezed("let a = r##\"x\"# \"##; b"), "let a = ; b");
        assert_eq!(squeezed("let a = '\"'; let b = '\\''; c"), "let a = ; let b = ; c");
    }

    #[test]
    fn lifetimes_and_words_that_end_in_r_are_code() {
        assert_eq!(squeezed("fn f<'a>(x: &'a str) {}"), "fn f<'a>(x: &'a str) {}");
        assert_eq!(squeezed("for\"x\""), "for");
    }

    #[test]
    fn lines_stay_where_they_are() {
        assert_eq!(code_only("a\n/*\n*/\n\"\n\"\nb").lines().count(), 6);
    }
}
