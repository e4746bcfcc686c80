//! `<key>_file`: the value of `<key>` is the content of a file, as container platforms mount secrets.

use std::path::PathBuf;

use figment::value::{Dict, Value};

use super::ConfigError;

pub(super) const FILE_SUFFIX: &str = "_file";

/// Replaces each `<key>_file` of one layer by `<key>`, unless the settings know a key of that very name.
pub(super) fn resolve(layer: Dict, defaults: &Dict) -> Result<Dict, ConfigError> {
    resolve_table(layer, Some(defaults), "")
}

fn resolve_table(table: Dict, defaults: Option<&Dict>, path: &str) -> Result<Dict, ConfigError> {
    let mut resolved = Dict::new();
    for (key, value) in table {
        let dotted = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let default = defaults.and_then(|defaults| defaults.get(&key));
        let target = key.strip_suffix(FILE_SUFFIX).filter(|_| default.is_none());
        let (key, value) = match (target, value) {
            (Some(target), Value::String(_, file)) => (target.to_owned(), read(&dotted, file)?),
            (_, Value::Dict(tag, inner)) => {
                let below = match default {
                    Some(Value::Dict(_, below)) => Some(below),
                    _ => None,
                };
                (key, Value::Dict(tag, resolve_table(inner, below, &dotted)?))
            }
            (_, value) => (key, value),
        };
        if resolved.insert(key.clone(), value).is_some() {
            let dotted = if path.is_empty() { key } else { format!("{path}.{key}") };
            return Err(ConfigError::invalid(dotted, "given both directly and as a file"));
        }
    }
    Ok(resolved)
}

fn read(key: &str, file: String) -> Result<Value, ConfigError> {
    let path = PathBuf::from(file);
    match std::fs::read_to_string(&path) {
        // Editors and `echo` end a file with a newline that is not part of the secret.
        Ok(text) => Ok(Value::from(text.trim_end_matches(['\r', '\n']))),
        Err(source) => Err(ConfigError::SecretFile { key: key.to_owned(), path, source }),
    }
}
