//! What the loading tests share: the stand-in's days, a warehouse on them, one call that loads.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::NaiveDate;
use common::db::{Db, TenantTx, sql};
use common::jobs::StepError;
use common::kernel::{Secret, StepId, SystemClock, TenantScope};
use common::tenant_config::NoResultsRule;
use data_service::adapters::bigquery::{
    BigQuerySettings, BigQueryWarehouse, ServiceAccountTokens, SystemPause, Warehouse,
};
use data_service::app::checkpoint::Checkpoint;
use data_service::app::replace_day::{Swapped, open_beside, replace_day};
use data_service::app::stage_day::{Attempt, LoadRules, stage_best};
use data_service::domain::event::{IdentityKeys, ParamTypes};
use data_service::domain::shard::{Shard, ShardKind};
use data_service::store::property::{self, PropertyRow};
use testkit::bigquery::{Dataset, Server, TableSource};

pub const PROPERTY: i64 = 1;
pub const PROJECT: &str = "project";
pub const DATASET: &str = "analytics_1";

/// An attempt without a job around it: nobody competes, and nothing is resumed.
struct Only<'a> {
    db: &'a Db,
    scope: &'a TenantScope,
    step: StepId,
}

#[async_trait]
impl Attempt for Only<'_> {
    fn step(&self) -> StepId {
        self.step
    }

    fn checkpoint(&self) -> Result<Option<Checkpoint>, StepError> {
        Ok(None)
    }

    async fn transaction(&self) -> Result<TenantTx, StepError> {
        Ok(self.db.tenant(self.scope).await?)
    }

    async fn save(&self, tx: TenantTx, _checkpoint: &Checkpoint) -> Result<(), StepError> {
        Ok(tx.commit().await?)
    }

    fn progress(&self, _done: u64, _total: u64, _bytes: u64) {}
}

/// The seven days of the sample, or none when it is not there.
pub fn sample_days(test: &str) -> Option<Vec<(NaiveDate, TableSource)>> {
    let dir = testkit::sample::dir_or_not_run(test)?.join("ga4-sample");
    let first: NaiveDate = "2020-12-21".parse().unwrap();
    Some(
        first
            .iter_days()
            .take(7)
            .map(|day| {
                let file = dir.join(format!("events_{}.parquet", day.format("%Y%m%d")));
                (day, TableSource::parquet(&file).unwrap())
            })
            .collect(),
    )
}

pub async fn serve(days: &[(NaiveDate, TableSource)]) -> Server {
    let dataset = days.iter().fold(Dataset::new(PROJECT, DATASET), |dataset, (day, source)| {
        dataset.table(&daily(*day).table(), source.clone())
    });
    Server::start(vec![dataset]).await.unwrap()
}

pub fn settings(server: &Server) -> BigQuerySettings {
    BigQuerySettings {
        base_url: server.base_url(),
        token_uris: vec![server.token_uri().to_owned()],
        ..BigQuerySettings::default()
    }
}

pub async fn warehouse(server: &Server) -> BigQueryWarehouse {
    let settings = settings(server);
    let key = Secret::new(server.service_account_key_json());
    // For queries too: listing needs less.
    let tokens = ServiceAccountTokens::new(&key, &settings).await.unwrap().for_jobs();
    let (tokens, clock) = (Arc::new(tokens), Arc::new(SystemClock));
    BigQueryWarehouse::new(&settings, PROJECT, tokens, clock, Arc::new(SystemPause)).unwrap()
}

pub fn daily(date: NaiveDate) -> Shard {
    Shard { date, kind: ShardKind::Daily }
}

pub fn rules() -> LoadRules {
    LoadRules {
        property_id: PROPERTY,
        dataset: DATASET.to_owned(),
        identity: IdentityKeys {
            branch: Some("branch".to_owned()),
            customer: Some("customer_id".to_owned()),
            known_user: None,
        },
        param_types: ParamTypes::default(),
        key_events: Vec::new(),
        no_results: NoResultsRule::default(),
        default_currency: "USD".to_owned(),
    }
}

/// Makes the property known.
pub async fn configure(db: &Db, scope: &TenantScope) {
    let mut tx = db.tenant(scope).await.unwrap();
    let row = PropertyRow {
        property_id: PROPERTY,
        dataset: DATASET.to_owned(),
        time_zone: "UTC".to_owned(),
        valid_from: NaiveDate::from_ymd_opt(1970, 1, 1).unwrap(),
    };
    property::upsert(&mut tx, &row).await.unwrap();
    tx.commit().await.unwrap();
}

pub async fn load(
    db: &Db,
    scope: &TenantScope,
    warehouse: &dyn Warehouse,
    date: NaiveDate,
) -> Swapped {
    load_shard(db, scope, warehouse, &daily(date)).await
}

pub async fn load_shard(
    db: &Db,
    scope: &TenantScope,
    warehouse: &dyn Warehouse,
    shard: &Shard,
) -> Swapped {
    load_by(db, scope, warehouse, &rules(), shard).await
}

/// Loads by other rules than the usual ones.
pub async fn load_by(
    db: &Db,
    scope: &TenantScope,
    warehouse: &dyn Warehouse,
    rules: &LoadRules,
    shard: &Shard,
) -> Swapped {
    let attempt = Only { db, scope, step: StepId::mint() };
    let staged = stage_best(warehouse, rules, shard, &attempt).await.unwrap();
    let beside = open_beside(db, scope).await.unwrap();
    let mut tx = db.tenant(scope).await.unwrap();
    let swapped = replace_day(&mut tx, beside, &staged.day).await.unwrap();
    tx.commit().await.unwrap();
    swapped
}

/// One number over every logical column of every table that loading fills. Dense numbers differ
/// with the order of loading, so what they stand for is compared instead.
pub async fn row_hash(db: &Db, scope: &TenantScope) -> String {
    let mut tx = db.tenant(scope).await.unwrap();
    let tenant = tx.tenant();
    // Every row of a week, on a machine that may be busy.
    sql::query("SELECT set_config('statement_timeout', '0', true)")
        .execute(tx.conn())
        .await
        .unwrap();
    sql::query_scalar(include_str!("row_hash.sql")).bind(tenant).fetch_one(tx.conn()).await.unwrap()
}
