//! Takes the secrets out of a patch, so that the rest can be stored and shown.

use common::kernel::Secret;
use common::tenant_config::ConnectionKind;
use serde_json::Value;

use crate::domain::issue::Issue;

/// Longest secret that is taken: a key file is about 2.5 kB.
const MAX_SECRET_BYTES: usize = 32 * 1024;

/// What happens to one secret.
#[derive(Debug, Clone)]
pub enum SecretChange {
    Set(Secret),
    Clear,
}

/// The secrets a patch names, by connection and field.
#[derive(Debug, Default)]
pub struct SecretChanges(pub Vec<(ConnectionKind, &'static str, SecretChange)>);

/// Removes the secrets from `patch` and returns them.
///
/// # Errors
/// Secrets that are no text, or empty, or too long.
pub fn split(patch: &mut Value) -> Result<SecretChanges, Vec<Issue>> {
    let mut changes = SecretChanges::default();
    let mut issues = Vec::new();
    for kind in ConnectionKind::ALL {
        let pointer = format!("/connections/{}", kind.as_str());
        let Some(connection) = patch.pointer_mut(&pointer).and_then(Value::as_object_mut) else {
            continue;
        };
        for field in kind.secret_fields() {
            let Some(value) = connection.remove(*field) else { continue };
            match change(value) {
                Ok(change) => changes.0.push((kind, field, change)),
                Err(detail) => {
                    issues.push(Issue::new(format!("{pointer}/{field}"), "secret", detail));
                }
            }
        }
    }
    if issues.is_empty() { Ok(changes) } else { Err(issues) }
}

/// A key file may be given as the JSON object that it is.
fn change(value: Value) -> Result<SecretChange, &'static str> {
    let text = match value {
        Value::Null => return Ok(SecretChange::Clear),
        Value::String(text) => text,
        Value::Object(file) if !file.contains_key("set") => Value::Object(file).to_string(),
        _ => return Err("expected the secret as text, or null to clear it"),
    };
    match text.len() {
        0 => Err("must not be empty; null clears it"),
        1..=MAX_SECRET_BYTES => Ok(SecretChange::Set(Secret::new(text))),
        _ => Err("is too long"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_leave_the_patch() {
        let mut patch = json!({"connections": {
            "sftp": {"host": "files.example.com", "password": "hush", "passphrase": null},
            "smtp": null,
        }});
        let changes = split(&mut patch).unwrap();
        assert_eq!(
            patch,
            json!({"connections": {"sftp": {"host": "files.example.com"}, "smtp": null}})
        );
        assert!(matches!(
            changes.0.as_slice(),
            [
                (ConnectionKind::Sftp, "password", SecretChange::Set(secret)),
                (ConnectionKind::Sftp, "passphrase", SecretChange::Clear),
            ] if secret.expose() == "hush"
        ));
    }

    #[test]
    fn what_was_read_back_is_no_secret() {
        for value in
            [json!({"set": true, "updated_at": "2026-01-01T00:00:00Z"}), json!(7), json!("")]
        {
            let mut patch = json!({"connections": {"smtp": {"password": value}}});
            let issues = split(&mut patch).unwrap_err();
            assert_eq!(issues[0].pointer, "/connections/smtp/password");
        }
    }
}
