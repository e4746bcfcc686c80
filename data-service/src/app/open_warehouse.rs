//! A tenant's warehouse and the rules its properties are loaded by.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use common::crypto::Keyring;
use common::db::{Db, DbError};
use common::kernel::{SharedClock, TenantScope};
use common::net::Breaker;
use common::tenant_config::{ParamType as Configured, Property, TenantConfig, TenantConfigError};

use super::stage_day::LoadRules;
use crate::adapters::bigquery::{
    BigQuerySettings, BigQueryWarehouse, Pause, ServiceAccountTokens, WarehouseError,
};
use crate::domain::event::{IdentityKeys, ParamType, ParamTypes};
use crate::store::property::PropertyRow;

/// What every ingestion step needs.
#[derive(Debug, Clone)]
pub struct Ingestion {
    pub db: Db,
    pub keyring: Arc<Keyring>,
    pub bigquery: BigQuerySettings,
    pub clock: SharedClock,
    pub pause: Arc<dyn Pause>,
    /// Google's API is one system for all tenants.
    pub circuit: Breaker,
}

/// A tenant's configuration, seen by the loader.
#[derive(Debug)]
pub struct Source {
    config: TenantConfig,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Config(#[from] TenantConfigError),
    #[error(transparent)]
    Db(#[from] DbError),
    /// The tenant configured no BigQuery connection, or one without a key.
    #[error("no BigQuery connection is configured")]
    NoConnection,
    #[error("the property {0} is not configured")]
    UnknownProperty(i64),
    #[error(transparent)]
    Warehouse(#[from] WarehouseError),
}

impl Ingestion {
    /// Reads the tenant's configuration.
    ///
    /// # Errors
    /// When there is none or it cannot be read.
    pub async fn source(&self, scope: &TenantScope) -> Result<Source, OpenError> {
        let mut tx = self.db.tenant(scope).await?;
        Ok(Source { config: TenantConfig::load(&mut tx, &self.keyring).await? })
    }

    /// Opens the warehouse the property lies in.
    ///
    /// # Errors
    /// When the connection is missing or its key cannot be used.
    pub async fn warehouse(
        &self,
        source: &Source,
        property_id: i64,
    ) -> Result<BigQueryWarehouse, OpenError> {
        let connection =
            source.config.connections.bigquery.as_ref().ok_or(OpenError::NoConnection)?;
        let key = connection.service_account_key.as_ref().ok_or(OpenError::NoConnection)?;
        let project =
            source.property(property_id)?.project.as_ref().unwrap_or(&connection.settings.project);
        let tokens = ServiceAccountTokens::new(key, &self.bigquery).await?;
        Ok(BigQueryWarehouse::new(
            &self.bigquery,
            project,
            Arc::new(tokens),
            Arc::clone(&self.clock),
            Arc::clone(&self.pause),
        )?
        .guarded_by(self.circuit.clone()))
    }
}

impl Source {
    /// The newest line of the property's configuration.
    fn property(&self, property_id: i64) -> Result<&Property, OpenError> {
        self.config
            .settings
            .properties
            .iter()
            .filter(|p| p.property_id == property_id)
            .max_by_key(|p| p.valid_from)
            .ok_or(OpenError::UnknownProperty(property_id))
    }

    /// Numbers of all configured properties, in order.
    #[must_use]
    pub fn properties(&self) -> Vec<i64> {
        let by_id: BTreeMap<i64, ()> =
            self.config.settings.properties.iter().map(|p| (p.property_id, ())).collect();
        by_id.into_keys().collect()
    }

    /// The rows of `property` and its zones, as configured.
    #[must_use]
    pub fn rows(&self, property_id: i64) -> Vec<PropertyRow> {
        self.config
            .settings
            .properties
            .iter()
            .filter(|p| p.property_id == property_id)
            .map(|p| PropertyRow {
                property_id,
                dataset: p.dataset.clone(),
                time_zone: p.time_zone.name().to_owned(),
                valid_from: p.valid_from.unwrap_or(NaiveDate::default()),
            })
            .collect()
    }

    fn param_types(&self) -> ParamTypes {
        let types = self.config.settings.param_types.iter();
        types
            .map(|(key, kind)| {
                let kind = match kind {
                    Configured::String => ParamType::String,
                    Configured::Integer => ParamType::Integer,
                    Configured::Number => ParamType::Number,
                    Configured::Boolean => ParamType::Boolean,
                };
                (key.clone(), kind)
            })
            .collect()
    }

    /// # Errors
    /// When the property is not configured.
    pub fn rules(&self, property_id: i64) -> Result<LoadRules, OpenError> {
        let property = self.property(property_id)?;
        let identity = &property.identity;
        Ok(LoadRules {
            property_id,
            dataset: property.dataset.clone(),
            identity: IdentityKeys {
                branch: identity.branch.clone(),
                customer: identity.customer.clone(),
                known_user: identity.known_user.clone(),
            },
            param_types: self.param_types(),
            key_events: self.config.settings.key_events.clone(),
            no_results: self.config.settings.no_results.clone(),
            default_currency: self.config.settings.currency.to_string(),
        })
    }
}
