//! The other two services, asked with a token made for the one call.

use std::time::Duration;

use common::config::NetSettings;
use common::connection_test::{ConnectionReport, ConnectionValues, LIMIT};
use common::net::{ClientError, ClientOptions, client, traced};
use common::tenant_config::ConnectionKind;

use crate::config::ServicesSettings;

/// What the way there and back may take besides the test itself.
const BESIDES: Duration = Duration::from_millis(900);

/// Where the other services are.
#[derive(Debug)]
pub struct Services {
    http: reqwest::Client,
    settings: ServicesSettings,
}

/// A question that was not answered.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error("{service} does not answer")]
    Away { service: &'static str, source: reqwest::Error },
    /// It answers, but not as this version expects.
    #[error("{service} answered with status {status}")]
    Refused { service: &'static str, status: u16 },
}

/// The service that owns the adapter, as tokens name it.
#[must_use]
pub const fn owner(kind: ConnectionKind) -> &'static str {
    match kind {
        ConnectionKind::BigQuery | ConnectionKind::Sftp => "data-service",
        ConnectionKind::Smtp => "analytics-service",
    }
}

impl Services {
    /// # Errors
    /// When the HTTP client cannot start.
    pub fn new(settings: &ServicesSettings, net: &NetSettings) -> Result<Self, ClientError> {
        // The operator names these hosts; they are inside on purpose.
        let options =
            ClientOptions { total_timeout: LIMIT + BESIDES, ..ClientOptions::operator(net) };
        Ok(Self { http: client(&options)?, settings: settings.clone() })
    }

    /// Has the owner try `values`; takes ten seconds at most.
    ///
    /// # Errors
    /// When it does not answer, or refuses.
    pub async fn test_connection(
        &self,
        kind: ConnectionKind,
        token: &str,
        values: &ConnectionValues,
    ) -> Result<ConnectionReport, AskError> {
        let service = owner(kind);
        let base = match kind {
            ConnectionKind::BigQuery | ConnectionKind::Sftp => {
                format!("{}/data/v1", self.settings.data_url)
            }
            ConnectionKind::Smtp => format!("{}/analytics/v1", self.settings.analytics_url),
        };
        let url = format!("{base}/internal/connection-tests/{}", kind.as_str());
        let away =
            |source: reqwest::Error| AskError::Away { service, source: source.without_url() };
        let request = traced(self.http.post(url).bearer_auth(token).json(values));
        let answer = request.send().await.map_err(away)?;
        if !answer.status().is_success() {
            return Err(AskError::Refused { service, status: answer.status().as_u16() });
        }
        answer.json().await.map_err(away)
    }
}
