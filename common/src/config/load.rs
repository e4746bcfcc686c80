//! Merges the layers and turns the first error into one that names the key and its source.

use std::path::Path;

use figment::error::Kind;
use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{ConfigError, environment, secret_file};

/// Loads the configuration of `service` from its defaults, `file` and the process environment.
pub fn load<T>(service: &str, file: Option<&Path>) -> Result<T, ConfigError>
where
    T: DeserializeOwned + Serialize + Default,
{
    load_from(service, file, environment::text(std::env::vars_os())?)
}

/// As [`load`], with the environment given; what tests use.
pub fn load_from<T>(
    service: &str,
    file: Option<&Path>,
    env: impl IntoIterator<Item = (String, String)>,
) -> Result<T, ConfigError>
where
    T: DeserializeOwned + Serialize + Default,
{
    let defaults = Value::serialize(T::default())
        .ok()
        .and_then(Value::into_dict)
        .ok_or_else(|| ConfigError::invalid(service, "the defaults are not a table"))?;
    let mut figment = Figment::from(Serialized::defaults(T::default()));
    if let Some(path) = file {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::File { path: path.to_owned(), source })?;
        let layer = read_toml(path, &text)?;
        figment = figment.merge(Layer {
            name: path.display().to_string(),
            dict: secret_file::resolve(layer, &defaults)?,
        });
    }
    let layer = environment::layer(env, &defaults)?;
    figment = figment.merge(Layer {
        name: environment::SOURCE.to_owned(),
        dict: secret_file::resolve(layer, &defaults)?,
    });
    figment.extract().map_err(explain)
}

fn read_toml(path: &Path, text: &str) -> Result<Dict, ConfigError> {
    let invalid = |error: figment::Error| ConfigError::Invalid {
        key: "(file)".to_owned(),
        source_name: path.display().to_string(),
        reason: error.to_string(),
    };
    let mut profiles = Toml::string(text).data().map_err(invalid)?;
    Ok(profiles.remove(&Profile::Default).unwrap_or_default())
}

/// One layer whose values remember where they came from.
struct Layer {
    name: String,
    dict: Dict,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Map::from([(Profile::Default, self.dict.clone())]))
    }
}

fn explain(error: figment::Error) -> ConfigError {
    let source_name = error
        .metadata
        .as_ref()
        .map_or_else(|| "the defaults".to_owned(), |metadata| metadata.name.to_string());
    let mut path = error.path.clone();
    if let Kind::UnknownField(field, _) = &error.kind
        && path.last() != Some(field)
    {
        path.push(field.clone());
    }
    let key = if source_name == environment::SOURCE {
        environment::variable(&path)
    } else {
        path.join(".")
    };
    match &error.kind {
        Kind::UnknownField(_, known) => {
            ConfigError::UnknownKey { key, source_name, known: known.join(", ") }
        }
        kind => ConfigError::Invalid { key, source_name, reason: kind.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use serde::Deserialize;

    use super::*;
    use crate::config::{DatabaseSettings, HttpSettings, TelemetrySettings};

    #[derive(Debug, Default, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Config {
        http: HttpSettings,
        database: DatabaseSettings,
        telemetry: TelemetrySettings,
    }

    fn with(file: &str, env: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let mut named = tempfile::NamedTempFile::new().unwrap();
        named.write_all(file.as_bytes()).unwrap();
        let env = env.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        load_from("test", Some(named.path()), env)
    }

    #[test]
    fn environment_wins_over_file_over_defaults() {
        let file = "[http]\nbody_limit_bytes = 5\nrequest_deadline_ms = 7\n";
        let config = with(file, &[("FOOTFALL_HTTP__BODY_LIMIT_BYTES", "9")]).unwrap();
        assert_eq!(config.http.body_limit_bytes, 9);
        assert_eq!(config.http.request_deadline_ms, 7);
        assert_eq!(config.database.max_connections, DatabaseSettings::default().max_connections);
    }

    #[test]
    fn unknown_keys_are_refused_by_name() {
        let error = with("[http]\nbnid = \"x\"\n", &[]).unwrap_err().to_string();
        assert!(error.contains("unknown key `http.bnid`"), "{error}");
        assert!(error.contains("bind"), "{error}");
        let error = with("", &[("FOOTFALL_HTTP__BNID", "x")]).unwrap_err().to_string();
        assert!(error.contains("FOOTFALL_HTTP__BNID"), "{error}");
        let error = with("", &[("FOOTFALL_HTPT__BIND", "x")]).unwrap_err().to_string();
        assert!(error.contains("FOOTFALL_HTPT"), "{error}");
        let error = with("htpt = 1\n", &[]).unwrap_err().to_string();
        assert!(error.contains("unknown key `htpt`"), "{error}");
    }

    #[test]
    fn other_variables_are_left_alone() {
        with(
            "",
            &[
                ("PATH", "/bin"),
                ("FOOTFALL_SAMPLE_DATA", "x"),
                ("FOOTFALL_TEST_PG", "y"),
                ("FOOTFALL_LOGIN_PASSWORD_DATA_SERVICE", "z"),
            ],
        )
        .unwrap();
    }

    #[test]
    fn text_stays_text_and_lists_split_at_commas() {
        let env = [
            ("FOOTFALL_DATABASE__URL", "12345"),
            ("FOOTFALL_HTTP__ALLOWED_ORIGINS", "https://a.example, https://b.example"),
        ];
        let config = with("", &env).unwrap();
        assert_eq!(config.database.url.expose(), "12345");
        assert_eq!(config.http.allowed_origins, ["https://a.example", "https://b.example"]);
    }

    #[test]
    fn a_wrong_type_names_key_and_source() {
        let error =
            with("", &[("FOOTFALL_HTTP__BODY_LIMIT_BYTES", "many")]).unwrap_err().to_string();
        assert!(error.contains("FOOTFALL_HTTP__BODY_LIMIT_BYTES"), "{error}");
        let error = with("[http]\nbody_limit_bytes = \"many\"\n", &[]).unwrap_err().to_string();
        assert!(error.contains("`http.body_limit_bytes`"), "{error}");
    }

    #[test]
    fn a_secret_may_come_from_a_file_and_a_later_layer_wins() {
        let mut secret = tempfile::NamedTempFile::new().unwrap();
        writeln!(secret, "postgres://from-file").unwrap();
        let path = secret.path().display().to_string();
        let config = with("", &[("FOOTFALL_DATABASE__URL_FILE", &path)]).unwrap();
        assert_eq!(config.database.url.expose(), "postgres://from-file");
        let file = format!("[database]\nurl_file = \"{path}\"\n");
        let config = with(&file, &[("FOOTFALL_DATABASE__URL", "postgres://from-env")]).unwrap();
        assert_eq!(config.database.url.expose(), "postgres://from-env");
        let both = format!("[database]\nurl_file = \"{path}\"\nurl = \"postgres://x\"\n");
        let error = with(&both, &[]).unwrap_err().to_string();
        assert!(error.contains("`database.url`"), "{error}");
        let error =
            with("[database]\nurl_file = \"/nonexistent/secret\"\n", &[]).unwrap_err().to_string();
        assert!(error.contains("database.url_file"), "{error}");
    }
}
