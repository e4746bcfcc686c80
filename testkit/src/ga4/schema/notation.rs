//! A short notation for schemas, so that 217 fields fit on a page.

use super::{Field, Kind, Schema};

/// Where the notation cannot be understood.
#[derive(Debug, thiserror::Error)]
#[error("schema notation: {problem} near `{token}`")]
pub struct NotationError {
    problem: &'static str,
    token: String,
}

pub(super) fn parse(text: &str) -> Result<Schema, NotationError> {
    let mut tokens = text.split_whitespace();
    let fields = parse_fields(&mut tokens, false)?;
    Ok(Schema { fields })
}

fn parse_fields<'a>(
    tokens: &mut impl Iterator<Item = &'a str>,
    nested: bool,
) -> Result<Vec<Field>, NotationError> {
    let failed = |problem, token: &str| NotationError { problem, token: token.to_owned() };
    let mut fields = Vec::new();
    while let Some(token) = tokens.next() {
        if token == "}" {
            return if nested {
                Ok(fields)
            } else {
                Err(failed("unexpected end of record", token))
            };
        }
        let (name, kind) = token.split_once(':').unwrap_or((token, "string"));
        let (kind, repeated) = match kind.strip_suffix('*') {
            Some(kind) => (kind, true),
            None => (kind, false),
        };
        let kind = match kind {
            "int" => Kind::Integer,
            "float" => Kind::Float,
            "bool" => Kind::Boolean,
            "timestamp" => Kind::Timestamp,
            "record" => match tokens.next() {
                Some("{") => Kind::Record(parse_fields(tokens, true)?),
                _ => return Err(failed("a record needs its fields in braces", token)),
            },
            text => Kind::Text(text.to_ascii_uppercase()),
        };
        fields.push(Field { name: name.to_owned(), kind, repeated });
    }
    if nested { Err(failed("a record is not closed", "end of text")) } else { Ok(fields) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_modes_and_nesting_are_read() {
        let schema = parse("a b:int* c:record* { d:numeric e:record { f:bool } }").expect("valid");
        assert_eq!(schema.fields[0].kind, Kind::string());
        assert!(schema.fields[1].repeated);
        let Kind::Record(inner) = &schema.fields[2].kind else { panic!("c is a record") };
        assert_eq!(inner[0].kind, Kind::Text("NUMERIC".to_owned()));
        assert!(matches!(&inner[1].kind, Kind::Record(fields) if fields[0].kind == Kind::Boolean));
    }

    #[test]
    fn broken_notation_says_where() {
        for text in ["a:record", "a:record { b", "a }"] {
            assert!(parse(text).is_err(), "{text} must not parse");
        }
    }
}
