//! The environment layer. A variable's text is read as the type its key has in the defaults, so that a
//! password of digits stays text.

use std::ffi::OsString;

use figment::value::{Dict, Value};

use super::ConfigError;

const PREFIX: &str = "FOOTFALL_";

/// Read by tests, the demo and the build, not by a service.
const NOT_CONFIGURATION: &[&str] = &[
    "FOOTFALL_SAMPLE_DATA",
    "FOOTFALL_TEST_PG",
    "FOOTFALL_TEST_LOGS",
    "FOOTFALL_DATA_DIR",
    "FOOTFALL_CONFIG",
    "FOOTFALL_UPDATE_SNAPSHOTS",
    "FOOTFALL_SCHEMA_HASH",
];

/// Passwords that `footfall-migrate` gives the logins.
const LOGIN_PASSWORDS: &str = "FOOTFALL_LOGIN_PASSWORD_";

/// What a message calls this layer.
pub(super) const SOURCE: &str = "the environment";

/// The variable that sets the key at `path`.
pub(super) fn variable(path: &[String]) -> String {
    format!("{PREFIX}{}", path.join("__").to_ascii_uppercase())
}

/// Our variables, all of which must be text. What the others are is nobody's business here.
pub(super) fn text(
    env: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Vec<(String, String)>, ConfigError> {
    env.into_iter()
        .filter(|(name, _)| name.as_encoded_bytes().starts_with(PREFIX.as_bytes()))
        .map(|(name, value)| match (name.to_str(), value.into_string()) {
            (Some(name), Ok(text)) => Ok((name.to_owned(), text)),
            _ => Err(ConfigError::Invalid {
                key: name.to_string_lossy().into_owned(),
                source_name: SOURCE.to_owned(),
                reason: "expected text in UTF-8".to_owned(),
            }),
        })
        .collect()
}

pub(super) fn layer(
    env: impl IntoIterator<Item = (String, String)>,
    defaults: &Dict,
) -> Result<Dict, ConfigError> {
    let mut layer = Dict::new();
    for (name, text) in env {
        let Some(key) = name.strip_prefix(PREFIX) else { continue };
        if NOT_CONFIGURATION.contains(&name.as_str()) || name.starts_with(LOGIN_PASSWORDS) {
            continue;
        }
        let path: Vec<String> = key.split("__").map(str::to_ascii_lowercase).collect();
        insert(&mut layer, &path, defaults, &text).map_err(|reason| ConfigError::Invalid {
            key: name.clone(),
            source_name: SOURCE.to_owned(),
            reason,
        })?;
    }
    Ok(layer)
}

/// Whether a key exists is judged when the merged layers are read; this only places and types the value.
fn insert(layer: &mut Dict, path: &[String], defaults: &Dict, text: &str) -> Result<(), String> {
    let Some((key, below)) = path.split_first() else { return Ok(()) };
    let default = defaults.get(key);
    if below.is_empty() {
        // Secrets are absent from the serialised defaults; they and their files are text.
        let value =
            default.map_or_else(|| Ok(Value::from(text)), |default| typed(default, text))?;
        layer.insert(key.clone(), value);
        return Ok(());
    }
    let entry = layer.entry(key.clone()).or_insert_with(|| Value::from(Dict::new()));
    let Value::Dict(_, nested) = entry else {
        return Err(format!("`{key}` is set both as a value and as a table"));
    };
    match default {
        Some(Value::Dict(_, inner)) => insert(nested, below, inner, text),
        _ => insert(nested, below, &Dict::new(), text),
    }
}

fn typed(default: &Value, text: &str) -> Result<Value, String> {
    match default {
        Value::String(..) | Value::Char(..) => Ok(Value::from(text)),
        Value::Bool(..) => {
            text.parse::<bool>().map(Value::from).map_err(|_| "expected true or false".to_owned())
        }
        Value::Num(_, figment::value::Num::F32(_) | figment::value::Num::F64(_)) => {
            text.parse::<f64>().map(Value::from).map_err(|_| "expected a number".to_owned())
        }
        Value::Num(..) => {
            text.parse::<i64>().map(Value::from).map_err(|_| "expected a whole number".to_owned())
        }
        Value::Array(..) => Ok(Value::from(
            text.split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(Value::from)
                .collect::<Vec<_>>(),
        )),
        // An optional key without a default: numbers and booleans as such, everything else as text.
        Value::Empty(..) => Ok(text
            .parse::<i64>()
            .map(Value::from)
            .or_else(|_| text.parse::<bool>().map(Value::from))
            .unwrap_or_else(|_| Value::from(text))),
        Value::Dict(..) => Err("expected a key below this table, after two underscores".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    #[test]
    fn what_is_no_text_is_refused_only_among_our_variables() {
        let no_text = || OsString::from_vec(b"hunter2\xff".to_vec());
        let ours = || OsString::from("FOOTFALL_HTTP__BIND");
        let env = [(ours(), OsString::from("x")), (OsString::from("PATH"), no_text())];
        let expected = [("FOOTFALL_HTTP__BIND".to_owned(), "x".to_owned())];
        assert_eq!(text(env).unwrap(), expected);
        assert!(text([(no_text(), no_text())]).unwrap().is_empty());
        let error = text([(ours(), no_text())]).unwrap_err().to_string();
        assert!(error.contains("FOOTFALL_HTTP__BIND"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
        let name = OsString::from_vec(b"FOOTFALL_\xff".to_vec());
        assert!(text([(name, OsString::from("x"))]).is_err());
    }
}
