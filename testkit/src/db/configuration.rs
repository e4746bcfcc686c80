//! A tenant's configuration in a test database, stored as auth-service stores it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::config::CryptoSettings;
use common::crypto::Keyring;
use common::db::sql;
use common::kernel::{Secret, TenantScope};
use common::tenant_config::{ConnectionKind, secret_place};
use serde_json::{Value, json};

use super::{ServiceLogin, TestDb};
use crate::canary::SEALING_KEY;

impl TestDb {
    /// What secrets of [`Self::configure`] are sealed with: one key, called `test`.
    #[must_use]
    pub fn crypto() -> CryptoSettings {
        CryptoSettings {
            keys: [("test".to_owned(), Secret::new(STANDARD.encode(SEALING_KEY)))].into(),
            active: "test".to_owned(),
        }
    }

    /// Stores the tenant's settings, and its BigQuery connection with the key file; replaces what was stored before.
    ///
    /// # Panics
    /// When the database refuses.
    #[expect(clippy::expect_used, reason = "a test without its tenant has not passed")]
    pub async fn configure(
        &self,
        scope: &TenantScope,
        settings: &Value,
        bigquery: &Value,
        key_file: &Secret,
    ) {
        let keyring = Keyring::from_settings(&Self::crypto()).expect("the test's own key");
        let row = format!("{}.service_account_key", ConnectionKind::BigQuery.as_str());
        let sealed =
            keyring.seal(&secret_place(scope.tenant_id(), &row), key_file).expect("a sealed key");
        let auth = self.connect(ServiceLogin::Auth).await;
        let mut tx = auth.tenant(scope).await.expect("a transaction");
        let tenant = tx.tenant();
        sql::query(
            "INSERT INTO tenant_setting (tenant_id, document) VALUES ($1, $2)
             ON CONFLICT (tenant_id) DO UPDATE SET document = excluded.document",
        )
        .bind(tenant)
        .bind(settings)
        .execute(tx.conn())
        .await
        .expect("stored settings");
        sql::query(
            "INSERT INTO connection (tenant_id, kind, settings, secrets)
             VALUES ($1, 'bigquery', $2, $3)
             ON CONFLICT (tenant_id, kind) DO UPDATE
             SET settings = excluded.settings, secrets = excluded.secrets",
        )
        .bind(tenant)
        .bind(bigquery)
        .bind(json!({
            "service_account_key": { "sealed": sealed, "updated_at": "2026-01-01T00:00:00Z" },
        }))
        .execute(tx.conn())
        .await
        .expect("a stored connection");
        tx.commit().await.expect("a stored configuration");
    }
}
