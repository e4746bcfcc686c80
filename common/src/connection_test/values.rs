//! The connection to be tried, as auth-service hands it over: saved values with unsaved ones laid over them.

use std::collections::BTreeMap;

use poem_openapi::Object;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::kernel::Secret;
use crate::tenant_config::{BigQueryConnection, SftpConnection, SmtpConnection};

/// A connection with its secrets in the clear. Travels between services only, for as long as the test takes.
#[derive(Clone, Object, Serialize, Deserialize)]
pub struct ConnectionValues {
    /// What the configuration shows of the connection, without secrets.
    pub settings: Value,
    /// Secrets by field.
    pub secrets: BTreeMap<String, String>,
    /// Where a BigQuery connection is to find tables.
    pub datasets: Vec<TestedDataset>,
}

/// A dataset of one of the tenant's properties.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize, Deserialize)]
pub struct TestedDataset {
    /// The connection's own when absent.
    pub project: Option<String>,
    pub dataset: String,
}

/// Settings of another form than the connection's.
#[derive(Debug, thiserror::Error)]
#[error("the settings are not those of this kind of connection")]
pub struct MalformedValues(#[source] serde_json::Error);

impl std::fmt::Debug for ConnectionValues {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConnectionValues")
            .field("settings", &self.settings)
            .field("secrets", &self.secrets.keys())
            .finish_non_exhaustive()
    }
}

impl ConnectionValues {
    /// # Errors
    /// When the settings are another connection's.
    pub fn bigquery(&self) -> Result<BigQueryConnection, MalformedValues> {
        Ok(BigQueryConnection {
            settings: self.typed()?,
            service_account_key: self.secret("service_account_key"),
        })
    }

    /// # Errors
    /// When the settings are another connection's.
    pub fn sftp(&self) -> Result<SftpConnection, MalformedValues> {
        Ok(SftpConnection {
            settings: self.typed()?,
            password: self.secret("password"),
            private_key: self.secret("private_key"),
            passphrase: self.secret("passphrase"),
        })
    }

    /// # Errors
    /// When the settings are another connection's.
    pub fn smtp(&self) -> Result<SmtpConnection, MalformedValues> {
        Ok(SmtpConnection { settings: self.typed()?, password: self.secret("password") })
    }

    fn typed<T: DeserializeOwned>(&self) -> Result<T, MalformedValues> {
        T::deserialize(&self.settings).map_err(MalformedValues)
    }

    fn secret(&self, field: &str) -> Option<Secret> {
        self.secrets.get(field).map(Secret::new)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_do_not_print() {
        let values = ConnectionValues {
            settings: json!({"host": "files.example.com", "user": "footfall"}),
            secrets: BTreeMap::from([("password".to_owned(), "hush".to_owned())]),
            datasets: Vec::new(),
        };
        let text = format!("{values:?} {:?}", values.sftp().unwrap());
        assert!(text.contains("files.example.com") && !text.contains("hush"), "{text}");
        assert!(values.smtp().is_err());
    }
}
