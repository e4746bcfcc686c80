//! The document as it is stored and checked: settings and connections, without secrets.

use common::tenant_config::{BigQuerySettings, SftpSettings, SmtpSettings, TenantSettings};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::issue::Issue;

/// Everything a patch may change, but for secrets.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub settings: TenantSettings,
    pub connections: Connections,
}

/// Those that are configured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Connections {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bigquery: Option<BigQuerySettings>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sftp: Option<SftpSettings>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp: Option<SmtpSettings>,
}

impl Document {
    /// One JSON object: the settings' fields, and `connections` beside them.
    ///
    /// # Errors
    /// Never for what [`read`] accepted.
    pub fn to_value(&self) -> serde_json::Result<Value> {
        let mut value = serde_json::to_value(&self.settings)?;
        value["connections"] = serde_json::to_value(&self.connections)?;
        Ok(value)
    }
}

/// Types the merged document.
///
/// # Errors
/// The first field that is missing, unknown or of the wrong type.
pub fn read(mut value: Value) -> Result<Document, Issue> {
    let connections = value
        .as_object_mut()
        .and_then(|fields| fields.remove("connections"))
        .unwrap_or_else(|| Value::Object(serde_json::Map::new()));
    Ok(Document { settings: typed(value, "")?, connections: typed(connections, "/connections")? })
}

fn typed<T: serde::de::DeserializeOwned>(value: Value, prefix: &str) -> Result<T, Issue> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let pointer = format!("{prefix}{}", pointer(error.path()));
        let detail = error.into_inner().to_string();
        let (pointer, code) = match detail.split('`').nth(1) {
            Some(field) if detail.starts_with("missing field") => {
                (format!("{pointer}/{field}"), "required")
            }
            Some(field) if detail.starts_with("unknown field") => {
                let known = pointer.ends_with(&format!("/{field}"));
                (if known { pointer } else { format!("{pointer}/{field}") }, "unknown_field")
            }
            _ => (pointer, "malformed"),
        };
        Issue::new(pointer, code, detail)
    })
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_faulty_field_is_named() {
        let base = json!({"time_zone": "Europe/Zurich", "currency": "CHF"});
        for (patch, pointer, code) in [
            (json!({"time_zone": "Mars/Olympus"}), "/time_zone", "malformed"),
            (json!({"currency": "CHFR"}), "/currency", "malformed"),
            (json!({"currency": null}), "/currency", "required"),
            (json!({"colour": "red"}), "/colour", "unknown_field"),
            (json!({"week_start": "friday"}), "/week_start", "malformed"),
            (
                json!({"properties": [{"property_id": 1, "dataset": "d", "time_zone": "x"}]}),
                "/properties/0/time_zone",
                "malformed",
            ),
            (json!({"connections": {"sftp": {"user": "u"}}}), "/connections/sftp/host", "required"),
            (
                json!({"connections": {"sftp": {"host": "h", "user": "u", "port": 70000}}}),
                "/connections/sftp/port",
                "malformed",
            ),
        ] {
            let mut value = base.clone();
            super::super::merge(&mut value, &patch);
            let issue = read(value).unwrap_err();
            assert_eq!((issue.pointer.as_str(), issue.code), (pointer, code), "{patch}");
        }
    }
}
