//! Renders the configuration sample of a service from its defaults; `docs/config/` holds the snapshots.

use std::fmt::Write;

use serde::Serialize;
use serde_json::{Map, Value};

use super::ConfigError;

/// Key → sentence. Secrets have no default and stand here with an empty value in the sample.
const SHARED: &[(&str, &str)] = &[
    ("crypto.active", "Id of the key that seals from now on."),
    ("crypto.keys", "32-byte keys in base64 by id; `<id>_file` names a file instead. Secret."),
    ("database.acquire_timeout_ms", "Wait for a free connection before the answer is 503."),
    ("database.idle_in_transaction_timeout_ms", "Postgres ends a transaction that idles longer."),
    ("database.max_connections", "Upper bound of this process's pool."),
    ("database.statement_timeout_ms", "Limit of one statement."),
    ("database.url", "postgres://login:password@host:port/database, or `url_file`. Secret."),
    (
        "http.address_requests_a_minute",
        "Requests of one address; IPv6 counts by /64. Counted by each process for itself; 0 does not count.",
    ),
    ("http.allowed_origins", "Browser origins that may call with credentials."),
    ("http.bind", "Where `serve` listens."),
    ("http.body_limit_bytes", "Largest request body, unless the route says otherwise."),
    (
        "http.caller_requests_a_minute",
        "Requests with one session or API key. Counted by each process for itself; 0 does not count.",
    ),
    (
        "http.insecure_loopback_cookies",
        "Development only: a cookie that works over plain HTTP on loopback.",
    ),
    ("http.public_url", "The origin clients use, without a trailing slash."),
    ("http.request_deadline_ms", "A request without an answer by then gets 503."),
    (
        "http.tenant_requests_a_minute",
        "Requests of all callers of one tenant. Counted by each process for itself; 0 does not count.",
    ),
    ("http.trusted_proxies", "Reverse proxies (address or CIDR) whose X-Forwarded-For counts."),
    ("http.workers_bind", "Where `work` answers health and metrics."),
    ("net.allow_private", "Private ranges, addresses or hosts that may be reached all the same."),
    ("net.circuit_failures", "Failures of an outside system that open its circuit."),
    ("net.circuit_open_ms", "How long an open circuit refuses before one call is tried."),
    ("net.circuit_window_ms", "Time within which failures count together."),
    ("net.connect_timeout_ms", "Limit for an outgoing connection to stand."),
    ("net.total_timeout_ms", "Limit for a whole outgoing exchange."),
    ("telemetry.filter", "Log directives."),
    ("telemetry.format", "`text` for people, `json` for collectors."),
];

/// The sample of `service`: every key with its default and one sentence. `own` describes the service's own keys;
/// a key without a sentence is an error, so that the sample stays complete.
pub fn sample<T: Serialize + Default>(
    service: &str,
    own: &[(&str, &str)],
) -> Result<String, ConfigError> {
    let defaults = serde_json::to_value(T::default())
        .map_err(|error| ConfigError::invalid(service, error.to_string()))?;
    let Value::Object(root) = defaults else {
        return Err(ConfigError::invalid(service, "the defaults are not a table"));
    };
    let mut out = format!(
        "# Configuration of {service}: the built-in defaults. An environment variable FOOTFALL_<SECTION>__<KEY>\n\
         # wins over this file; a secret may be given as `<key>_file` instead.\n"
    );
    let described: Vec<(&str, &str)> = SHARED.iter().chain(own).copied().collect();
    table(&mut out, "", &root, &described)?;
    Ok(out)
}

fn table(
    out: &mut String,
    path: &str,
    table_of: &Map<String, Value>,
    described: &[(&str, &str)],
) -> Result<(), ConfigError> {
    let prefix = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    if !path.is_empty() {
        push(out, format_args!("\n[{path}]\n"));
    }
    for (key, value) in table_of.iter().filter(|(_, value)| !value.is_object()) {
        let dotted = prefix(key);
        let (_, sentence) = described
            .iter()
            .find(|(name, _)| *name == dotted)
            .ok_or_else(|| ConfigError::invalid(&dotted, "has no description for the sample"))?;
        let unset = if value.is_null() { "# " } else { "" };
        let value = if value.is_null() { "\"\"".to_owned() } else { value.to_string() };
        push(out, format_args!("# {sentence}\n{unset}{key} = {value}\n"));
    }
    // Keys that serialise to nothing are secrets: shown, never set.
    let secrets = described.iter().filter(|(name, _)| {
        name.rsplit_once('.').map_or(path.is_empty(), |(parent, _)| parent == path)
            && name.rsplit('.').next().is_some_and(|key| !table_of.contains_key(key))
    });
    for (name, sentence) in secrets.filter(|_| !path.is_empty()) {
        let key = name.rsplit('.').next().unwrap_or(name);
        push(out, format_args!("# {sentence}\n# {key} = \"\"\n"));
    }
    for (key, value) in table_of {
        if let Value::Object(inner) = value {
            table(out, &prefix(key), inner, described)?;
        }
    }
    Ok(())
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::config::{
        CryptoSettings, DatabaseSettings, HttpSettings, NetSettings, TelemetrySettings, load_from,
    };

    #[derive(Debug, Default, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Config {
        http: HttpSettings,
        database: DatabaseSettings,
        telemetry: TelemetrySettings,
        crypto: CryptoSettings,
        net: NetSettings,
        extra: Option<u32>,
    }

    #[test]
    fn the_sample_loads_and_names_every_key() {
        let text = sample::<Config>("test", &[("extra", "Something optional.")]).unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &text).unwrap();
        let config: Config = load_from("test", Some(file.path()), []).unwrap();
        assert_eq!(config.http.bind, HttpSettings::default().bind);
        assert!(text.contains("# url = \"\""), "{text}");
        assert!(text.contains("# extra = \"\""), "{text}");
    }

    #[test]
    fn a_key_without_a_sentence_is_refused() {
        let error = sample::<Config>("test", &[]).unwrap_err().to_string();
        assert!(error.contains("`extra`"), "{error}");
    }
}
