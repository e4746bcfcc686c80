//! Adversarial data sets as tenants of one database, loaded by the product.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::NaiveDate;
use common::db::{Db, TenantTx, sql};
use common::jobs::StepError;
use common::kernel::{Secret, StepId, SystemClock, TenantScope};
use common::tenant_config::NoResultsRule;
use data_service::adapters::bigquery::{
    BigQuerySettings, BigQueryWarehouse, ServiceAccountTokens, SystemPause,
};
use data_service::app::checkpoint::Checkpoint;
use data_service::app::replace_day::{open_beside, replace_day};
use data_service::app::stage_day::{Attempt, LoadRules, stage_best};
use data_service::domain::event::{IdentityKeys, ParamTypes};
use data_service::domain::shard::{Shard, ShardKind};
use data_service::store::property::{self, PropertyRow};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde_json::json;
use testkit::bigquery::{Dataset, Server};
use testkit::ga4::adversary::Adversary;
use testkit::ga4::oracle::{Oracle, Settings};
use testkit::ga4::{EventReader, Row, Schema};

pub const PROJECT: &str = "project";
pub const PROPERTY: i64 = 1;
/// The tenant's currency; money without one is in it.
pub const CURRENCY: &str = "USD";

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

fn dataset(seed: u64) -> String {
    format!("analytics_{seed}")
}

/// The stand-in with the tables of every data set.
pub async fn serve(sets: &[Adversary]) -> Server {
    let of = |set: &Adversary| {
        let tables = set.tables().into_iter();
        tables.fold(Dataset::new(PROJECT, &dataset(set.seed)), |dataset, (day, table)| {
            dataset.table(&format!("events_{}", day.format("%Y%m%d")), table)
        })
    };
    Server::start(sets.iter().map(of).collect()).await.unwrap()
}

pub async fn warehouse(server: &Server) -> BigQueryWarehouse {
    let settings = BigQuerySettings {
        base_url: server.base_url(),
        token_uris: vec![server.token_uri().to_owned()],
        ..BigQuerySettings::default()
    };
    let key = Secret::new(server.service_account_key_json());
    let tokens = Arc::new(ServiceAccountTokens::new(&key, &settings).await.unwrap());
    let (clock, pause) = (Arc::new(SystemClock), Arc::new(SystemPause));
    BigQueryWarehouse::new(&settings, PROJECT, tokens, clock, pause).unwrap()
}

fn rules(set: &Adversary) -> LoadRules {
    LoadRules {
        property_id: PROPERTY,
        dataset: dataset(set.seed),
        identity: IdentityKeys {
            branch: Some("branch".to_owned()),
            customer: Some("customer_id".to_owned()),
            known_user: None,
        },
        param_types: ParamTypes::default(),
        key_events: vec!["scroll".to_owned()],
        no_results: NoResultsRule {
            result_count_parameter: Some("search_results".to_owned()),
            ..NoResultsRule::default()
        },
        default_currency: CURRENCY.to_owned(),
    }
}

/// What the tenant configured, as the oracle takes it.
pub fn oracle(set: &Adversary) -> Oracle {
    oracle_of(set.rows())
}

/// The same of any rows.
pub fn oracle_of(rows: Vec<(NaiveDate, Row)>) -> Oracle {
    let schema = Schema::production();
    let reader = EventReader::new(&schema);
    let settings = Settings {
        key_events: vec!["scroll".to_owned()],
        currency: CURRENCY.to_owned(),
        result_count_key: Some("search_results".to_owned()),
        ..Settings::default()
    };
    let events = rows.into_iter().filter_map(|(_, row)| reader.read(&row));
    Oracle::new(events, settings)
}

/// Loads every day of the data set, in an order of the seed's choice.
pub async fn load(
    owner: &mut sqlx::PgConnection,
    db: &Db,
    scope: &TenantScope,
    warehouse: &BigQueryWarehouse,
    set: &Adversary,
) {
    sql::query("INSERT INTO tenant_setting (tenant_id, document) VALUES ($1, $2)")
        .bind(scope.tenant_id().uuid())
        .bind(json!({ "time_zone": set.zone, "currency": CURRENCY }))
        .execute(owner)
        .await
        .unwrap();
    let mut tx = db.tenant(scope).await.unwrap();
    let row = PropertyRow {
        property_id: PROPERTY,
        dataset: dataset(set.seed),
        time_zone: set.zone.to_string(),
        valid_from: NaiveDate::default(),
    };
    property::upsert(&mut tx, &row).await.unwrap();
    tx.commit().await.unwrap();
    let mut days: Vec<NaiveDate> = set.days.iter().collect();
    days.shuffle(&mut StdRng::seed_from_u64(set.seed));
    for date in days {
        load_day(db, scope, warehouse, set, date).await;
    }
}

/// Loads one day, as a step of an ingestion does.
pub async fn load_day(
    db: &Db,
    scope: &TenantScope,
    warehouse: &BigQueryWarehouse,
    set: &Adversary,
    date: NaiveDate,
) {
    let shard = Shard { date, kind: ShardKind::Daily };
    load_shard(db, scope, warehouse, &rules(set), &shard).await;
}

/// The same of any table of any property.
pub async fn load_shard(
    db: &Db,
    scope: &TenantScope,
    warehouse: &BigQueryWarehouse,
    rules: &LoadRules,
    shard: &Shard,
) {
    let attempt = Only { db, scope, step: StepId::mint() };
    let staged = stage_best(warehouse, rules, shard, &attempt).await.unwrap();
    let beside = open_beside(db, scope).await.unwrap();
    let mut tx = db.tenant(scope).await.unwrap();
    replace_day(&mut tx, beside, &staged.day).await.unwrap();
    tx.commit().await.unwrap();
}
