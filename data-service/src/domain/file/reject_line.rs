//! A rejected row as a line of CSV, for a person with a spreadsheet program.

/// Adds the line to `out`; `place` is line and byte offset.
pub fn reject_line(
    file: &str,
    place: (i64, i64),
    column: Option<&str>,
    reason: &str,
    raw: &str,
    out: &mut String,
) {
    quote(file, out);
    out.push_str(&format!(",{},{},", place.0, place.1));
    quote(column.unwrap_or_default(), out);
    out.push(',');
    quote(reason, out);
    out.push(',');
    quote(raw, out);
    out.push_str("\r\n");
}

/// What a spreadsheet program would take for a formula gets an apostrophe before it: the file came from outside.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    if text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r', '\n']) {
        out.push('\'');
    }
    for c in text.chars() {
        if c == '"' {
            out.push('"');
        }
        out.push(c);
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_looks_like_a_formula_is_text() {
        for raw in ["=1+1", "+1", "-1", "@x", "\t=1", " =HYPERLINK(\"x\")"] {
            let mut line = String::new();
            reject_line("./c.csv", (3, 40), None, "too_few_columns", raw, &mut line);
            assert!(line.contains(",\"'"), "{line}");
        }
        let mut line = String::new();
        reject_line("./c.csv", (3, 40), Some("email"), "invalid_email", "K1,\"One\"", &mut line);
        assert_eq!(line, "\"./c.csv\",3,40,\"email\",\"invalid_email\",\"K1,\"\"One\"\"\"\r\n");
    }
}
