//! Repair of escapes that are no characters: half of a surrogate pair (`\ud83d` alone), which a browser can send and JSON can
//! carry, but no Rust string and no Postgres text can hold.

use std::borrow::Cow;

/// Replaces every lone surrogate escape by `\ufffd`; everything else stays as it is.
pub fn repair(json: &str) -> Cow<'_, str> {
    if !json.contains("\\u") {
        return Cow::Borrowed(json);
    }
    let bytes = json.as_bytes();
    let mut repaired = String::new();
    let (mut kept, mut at) = (0, 0);
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        match unit(bytes, at) {
            Some(0xd800..=0xdbff) if matches!(unit(bytes, at + 6), Some(0xdc00..=0xdfff)) => {
                at += 12
            }
            Some(0xd800..=0xdfff) => {
                repaired.push_str(&json[kept..at]);
                repaired.push_str("\\ufffd");
                at += 6;
                kept = at;
            }
            Some(_) => at += 6,
            None => at += 2,
        }
    }
    if kept == 0 {
        return Cow::Borrowed(json);
    }
    repaired.push_str(&json[kept..]);
    Cow::Owned(repaired)
}

/// The code unit of a `\uXXXX` escape at this place.
fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let escape = bytes.get(at..at + 6)?;
    let digits = escape.strip_prefix(b"\\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lone_halves_are_replaced() {
        assert_eq!(repair(r#""a\ud83d""#), r#""a\ufffd""#);
        assert_eq!(repair(r#""\udc00\ud83d\ude00\ud83d""#), r#""\ufffd\ud83d\ude00\ufffd""#);
        assert_eq!(repair(r#""\\ud83d é\n""#), r#""\\ud83d é\n""#);
        assert!(matches!(repair(r#""plain""#), Cow::Borrowed(_)));
        assert!(matches!(repair(r#""\u00e9""#), Cow::Borrowed(_)));
        assert_eq!(repair(r#""\ud8"#), r#""\ud8"#);
    }
}
