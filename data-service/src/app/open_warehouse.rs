//! A tenant's warehouse and the rules its properties are loaded by.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use common::crypto::Keyring;
use common::db::{Db, DbError};
use common::kernel::{JobId, Secret, SharedClock, TenantScope};
use common::net::Breaker;
use common::tenant_config::{
    BigQueryConnection, ParamType as Configured, Property, Reading, TenantConfig, TenantConfigError,
};

use super::query_cost::CostLimits;
use super::stage_day::LoadRules;
use crate::adapters::bigquery::{
    BigQuerySettings, BigQueryWarehouse, Pause, QuerySettings, QueryWarehouse,
    ServiceAccountTokens, Warehouse, WarehouseError,
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

/// One of the tenant's projects.
#[derive(Debug)]
pub struct Project {
    pub name: String,
    /// Those of its datasets that the configuration names.
    pub datasets: BTreeSet<String>,
    /// Its tokens allow queries.
    pub tables: BigQueryWarehouse,
    pub queries: QuerySettings,
}

impl Project {
    /// The same project, whose calls all end at this instant.
    #[must_use]
    pub fn until(self, deadline: DateTime<Utc>) -> Self {
        Self { tables: self.tables.until(deadline), ..self }
    }
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

    /// Opens the project the property lies in, for looking at tables.
    ///
    /// # Errors
    /// When the connection is missing or its key cannot be used.
    pub async fn tables(
        &self,
        source: &Source,
        property_id: i64,
    ) -> Result<BigQueryWarehouse, OpenError> {
        let (connection, key) = source.bigquery()?;
        let own = source.property(property_id)?.project.as_ref();
        let project = own.unwrap_or(&connection.settings.project);
        self.project(key, project, Reading::List).await
    }

    /// Opens the warehouse the property lies in, to read rows as the tenant wants, for one day of one job.
    ///
    /// # Errors
    /// When the connection is missing or its key cannot be used.
    pub async fn warehouse(
        &self,
        source: &Source,
        property_id: i64,
        job: JobId,
    ) -> Result<Box<dyn Warehouse>, OpenError> {
        let limit = self.bigquery.day_deadline_ms.try_into().unwrap_or(i64::MAX / 2);
        let deadline = self.clock.now().checked_add_signed(TimeDelta::milliseconds(limit));
        let deadline = deadline.unwrap_or(DateTime::<Utc>::MAX_UTC);
        Ok(match source.reading() {
            Reading::List => Box::new(self.tables(source, property_id).await?.until(deadline)),
            Reading::Query => {
                let Project { tables, queries, .. } =
                    self.project_of(source, property_id).await?.until(deadline);
                let settings = QuerySettings { labels: labels(job), ..queries };
                Box::new(QueryWarehouse::new(tables, settings))
            }
        })
    }

    /// The project the property lies in, for queries too.
    ///
    /// # Errors
    /// When the connection is missing or its key cannot be used.
    pub async fn project_of(
        &self,
        source: &Source,
        property_id: i64,
    ) -> Result<Project, OpenError> {
        let (connection, key) = source.bigquery()?;
        let name = source.property(property_id)?.project.as_ref();
        let name = name.unwrap_or(&connection.settings.project).clone();
        self.for_queries(source, key, name, BTreeSet::new()).await
    }

    /// Every project that the connection or a property names.
    ///
    /// # Errors
    /// When the connection is missing or its key cannot be used.
    pub async fn projects(&self, source: &Source) -> Result<Vec<Project>, OpenError> {
        let (connection, key) = source.bigquery()?;
        let default = &connection.settings.project;
        let mut datasets = BTreeMap::from([(default.clone(), BTreeSet::new())]);
        for property in &source.config.settings.properties {
            let project = property.project.as_ref().unwrap_or(default).clone();
            datasets.entry(project).or_default().insert(property.dataset.clone());
        }
        let mut projects = Vec::with_capacity(datasets.len());
        for (name, datasets) in datasets {
            projects.push(self.for_queries(source, key, name, datasets).await?);
        }
        Ok(projects)
    }

    async fn for_queries(
        &self,
        source: &Source,
        key: &Secret,
        name: String,
        datasets: BTreeSet<String>,
    ) -> Result<Project, OpenError> {
        let (connection, _) = source.bigquery()?;
        let queries = QuerySettings {
            location: connection.settings.location.clone(),
            max_bytes_billed: source.cost_limits(&self.bigquery).per_job,
            ..self.bigquery.queries()
        };
        let tables = self.project(key, &name, Reading::Query).await?;
        Ok(Project { name, datasets, tables, queries })
    }

    async fn project(
        &self,
        key: &Secret,
        project: &str,
        reading: Reading,
    ) -> Result<BigQueryWarehouse, OpenError> {
        let tokens = ServiceAccountTokens::new(key, &self.bigquery).await?;
        let tokens = match reading {
            Reading::List => tokens,
            Reading::Query => tokens.for_jobs(),
        };
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

/// What the tenant finds our queries by in BigQuery's own list of jobs.
fn labels(job: JobId) -> BTreeMap<String, String> {
    [("application", "footfall".to_owned()), ("footfall_job", job.to_string())]
        .map(|(key, value)| (key.to_owned(), value))
        .into()
}

impl Source {
    fn bigquery(&self) -> Result<(&BigQueryConnection, &Secret), OpenError> {
        let connection =
            self.config.connections.bigquery.as_ref().ok_or(OpenError::NoConnection)?;
        let key = connection.service_account_key.as_ref().ok_or(OpenError::NoConnection)?;
        Ok((connection, key))
    }

    /// How the tenant wants rows to be read.
    #[must_use]
    pub fn reading(&self) -> Reading {
        let connection = self.config.connections.bigquery.as_ref();
        connection.map_or_else(Reading::default, |connection| connection.settings.read)
    }

    /// The tenant's limits, or this process's where the tenant sets none.
    #[must_use]
    pub fn cost_limits(&self, settings: &BigQuerySettings) -> CostLimits {
        let own = self.config.connections.bigquery.as_ref().map(|c| &c.settings);
        let or = |own: Option<i64>, else_: u64| own.map_or(else_, i64::unsigned_abs);
        CostLimits {
            per_job: or(own.and_then(|o| o.max_bytes_per_job), settings.max_bytes_per_job),
            per_day: or(own.and_then(|o| o.max_bytes_per_day), settings.max_bytes_per_day),
        }
    }

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

    /// The day it is in the property's newest zone.
    ///
    /// # Errors
    /// When the property is not configured.
    pub fn today(&self, property_id: i64, now: DateTime<Utc>) -> Result<NaiveDate, OpenError> {
        Ok(now.with_timezone(&self.property(property_id)?.time_zone).date_naive())
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
