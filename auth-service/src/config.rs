//! Configuration of auth-service.

use chrono::TimeDelta;
use common::config::{
    ConfigError, CryptoSettings, DatabaseSettings, HttpSettings, NetSettings, ServiceConfig,
    TelemetrySettings,
};
use common::kernel::Secret;
use serde::{Deserialize, Serialize};

/// All sections.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub http: HttpSettings,
    pub database: DatabaseSettings,
    pub telemetry: TelemetrySettings,
    pub crypto: CryptoSettings,
    pub net: NetSettings,
    pub oidc: OidcSettings,
    pub services: ServicesSettings,
    pub session: SessionSettings,
    pub signing: SigningSettings,
    pub limits: LimitSettings,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            http: HttpSettings::on_port(8003),
            database: DatabaseSettings::default(),
            telemetry: TelemetrySettings::default(),
            crypto: CryptoSettings::default(),
            net: NetSettings::default(),
            oidc: OidcSettings::default(),
            services: ServicesSettings::default(),
            session: SessionSettings::default(),
            signing: SigningSettings::default(),
            limits: LimitSettings::default(),
        }
    }
}

/// `[oidc]`: the identity provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OidcSettings {
    pub issuer: String,
    pub client_id: String,
    /// Empty for a public client.
    #[serde(skip_serializing)]
    pub client_secret: Secret,
    pub scopes: Vec<String>,
}

impl Default for OidcSettings {
    fn default() -> Self {
        Self {
            issuer: String::new(),
            client_id: "footfall".to_owned(),
            client_secret: Secret::default(),
            scopes: vec!["email".to_owned(), "profile".to_owned()],
        }
    }
}

/// `[services]`: where the other two are, for what only they can do.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServicesSettings {
    /// Origin of data-service, without a trailing slash.
    pub data_url: String,
    /// Origin of analytics-service, without a trailing slash.
    pub analytics_url: String,
}

impl Default for ServicesSettings {
    fn default() -> Self {
        Self {
            data_url: "http://localhost:8002".to_owned(),
            analytics_url: "http://localhost:8001".to_owned(),
        }
    }
}

impl ServicesSettings {
    fn validate(&self) -> Result<(), ConfigError> {
        for (key, url) in
            [("services.data_url", &self.data_url), ("services.analytics_url", &self.analytics_url)]
        {
            let origin = reqwest::Url::parse(url).map(|url| url.origin().ascii_serialization());
            if origin.ok().as_deref() != Some(url) {
                return Err(ConfigError::invalid(key, "expected scheme, host and port"));
            }
        }
        Ok(())
    }
}

/// `[session]`: how long people stay logged in.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SessionSettings {
    pub idle_minutes: u32,
    pub absolute_hours: u32,
    pub refresh_idle_days: u32,
    pub refresh_absolute_days: u32,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            idle_minutes: 12 * 60,
            absolute_hours: 7 * 24,
            refresh_idle_days: 14,
            refresh_absolute_days: 90,
        }
    }
}

impl SessionSettings {
    #[must_use]
    pub fn idle(&self) -> TimeDelta {
        TimeDelta::minutes(self.idle_minutes.into())
    }

    #[must_use]
    pub fn absolute(&self) -> TimeDelta {
        TimeDelta::hours(self.absolute_hours.into())
    }

    #[must_use]
    pub fn refresh_idle(&self) -> TimeDelta {
        TimeDelta::days(self.refresh_idle_days.into())
    }

    #[must_use]
    pub fn refresh_absolute(&self) -> TimeDelta {
        TimeDelta::days(self.refresh_absolute_days.into())
    }
}

/// `[signing]`: the keys of access tokens.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SigningSettings {
    pub rotate_after_days: u32,
}

impl Default for SigningSettings {
    fn default() -> Self {
        Self { rotate_after_days: 30 }
    }
}

/// `[limits]`: requests that are counted, by each process in its own memory.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    pub logins_a_minute: u32,
    pub validations_a_minute: u32,
    pub connection_tests_a_minute: u32,
}

impl Default for LimitSettings {
    /// An office shares one address; a service validates each request of its own.
    fn default() -> Self {
        Self { logins_a_minute: 120, validations_a_minute: 6_000, connection_tests_a_minute: 5 }
    }
}

impl ServiceConfig for Config {
    fn telemetry(&self) -> &TelemetrySettings {
        &self.telemetry
    }

    fn database(&self) -> &DatabaseSettings {
        &self.database
    }

    fn validate(&self) -> Result<(), ConfigError> {
        self.http.validate()?;
        self.crypto.validate()?;
        self.net.validate()?;
        self.services.validate()?;
        if openidconnect::IssuerUrl::new(self.oidc.issuer.clone()).is_err() {
            return Err(ConfigError::invalid("oidc.issuer", "expected the provider's issuer URL"));
        }
        for (key, value) in [
            ("session.idle_minutes", self.session.idle_minutes),
            ("session.absolute_hours", self.session.absolute_hours),
            ("session.refresh_idle_days", self.session.refresh_idle_days),
            ("session.refresh_absolute_days", self.session.refresh_absolute_days),
            ("signing.rotate_after_days", self.signing.rotate_after_days),
            ("limits.logins_a_minute", self.limits.logins_a_minute),
            ("limits.validations_a_minute", self.limits.validations_a_minute),
            ("limits.connection_tests_a_minute", self.limits.connection_tests_a_minute),
        ] {
            if value == 0 {
                return Err(ConfigError::invalid(key, "must be greater than 0"));
            }
        }
        if self.http.insecure_loopback_cookies && !loopback(&self.http.public_url) {
            return Err(ConfigError::invalid(
                "http.insecure_loopback_cookies",
                "only with an http.public_url on the loopback interface",
            ));
        }
        Ok(())
    }
}

fn loopback(url: &str) -> bool {
    reqwest::Url::parse(url).is_ok_and(|url| {
        url.host_str().is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]"))
    })
}

/// What each of the service's own keys means, for the sample.
pub const DESCRIPTIONS: &[(&str, &str)] = &[
    ("oidc.issuer", "Issuer URL of the OpenID Connect provider, exactly as it names itself."),
    ("oidc.client_id", "This service as the provider knows it."),
    (
        "oidc.client_secret",
        "Its secret, or `client_secret_file`; empty for a public client. Secret.",
    ),
    ("oidc.scopes", "Asked for besides `openid`."),
    ("services.data_url", "Origin of data-service, asked to try BigQuery and SFTP connections."),
    ("services.analytics_url", "Origin of analytics-service, asked to try SMTP connections."),
    ("session.idle_minutes", "A browser's session nobody uses for longer ends."),
    ("session.absolute_hours", "Every browser's session ends after this time."),
    ("session.refresh_idle_days", "A refresh token nobody uses for longer ends."),
    ("session.refresh_absolute_days", "Every client's session ends after this time."),
    ("signing.rotate_after_days", "Age at which the signing key is replaced."),
    (
        "limits.logins_a_minute",
        "Steps of logins and refreshes from one address. Counted by each process for itself.",
    ),
    (
        "limits.validations_a_minute",
        "Introspections by one caller. Counted by each process for itself.",
    ),
    (
        "limits.connection_tests_a_minute",
        "Connection tests of one tenant. Counted by each process for itself.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn insecure_cookies_are_for_loopback_only() {
        let mut config = Config::default();
        config.oidc.issuer = "https://login.example.com".to_owned();
        config.crypto.keys.insert("k".to_owned(), Secret::new("x"));
        config.crypto.active = "k".to_owned();
        config.http.insecure_loopback_cookies = true;
        assert!(config.validate().is_ok());
        config.http.public_url = "https://app.example.com".to_owned();
        assert!(config.validate().is_err());
    }
}
