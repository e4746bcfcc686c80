//! The generated shop on the morning of a day of which the first hours are loaded, and the web API to ask about it.

use std::sync::Arc;
use std::time::Duration;

use analytics_service::app::reports::BranchReports;
use analytics_service::app::stats::BasisCache;
use analytics_service::app::test_mail::MailTester;
use analytics_service::config::LimitSettings;
use analytics_service::http::{AnswerCache, Limits, Services, Turns, app};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use common::auth::{DEVELOPMENT_COOKIE, Role};
use common::config::{HttpSettings, NetSettings};
use common::db::sql;
use common::http::Health;
use common::http::cursor::CursorKey;
use common::kernel::{DateRange, ManualClock, Secret, SharedClock, TenantScope};
use common::tenant_config::NoResultsRule;
use data_service::app::stage_day::LoadRules;
use data_service::domain::event::{IdentityKeys, ParamTypes};
use data_service::domain::shard::{Shard, ShardKind};
use data_service::store::property::{self, PropertyRow};
use poem::Response;
use poem::endpoint::BoxEndpoint;
use poem::http::Method;
use poem::test::{TestClient, TestResponse};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use testkit::TestDb;
use testkit::bigquery::{Dataset, Server, TableSource};
use testkit::db::ServiceLogin;
use testkit::ga4::{EventReader, Generator, Schema};
use testkit::identity::Identity;

use crate::shop::{self, PROJECT, PROPERTY};

const DATASET: &str = "analytics_1";
const ORIGIN: &str = "http://localhost:8001";

pub struct ExampleShop {
    client: TestClient<BoxEndpoint<'static, Response>>,
    cookie: String,
    _test: TestDb,
}

fn now() -> DateTime<Utc> {
    "2026-03-20T10:30:00Z".parse().unwrap()
}

/// Four whole days, and the day that is running.
fn generator() -> (Generator, NaiveDate) {
    let running = now().date_naive();
    let days = DateRange::new("2026-03-16".parse().unwrap(), running).unwrap();
    let shop = Generator {
        sessions_per_day: 200,
        branches: 5,
        customers: 60,
        ..Generator::new(20_260_316, days)
    };
    (shop, running)
}

/// What had happened of the day two minutes ago.
fn so_far(shop: &Generator, day: NaiveDate) -> TableSource {
    let schema = Schema::intraday();
    let reader = EventReader::new(&schema);
    let until = (now() - TimeDelta::minutes(2)).timestamp_micros();
    let rows = shop.intraday_table(day).read().unwrap().map(Result::unwrap);
    let past = rows.filter(|row| reader.read(row).is_some_and(|event| event.micros < until));
    TableSource::rows(Arc::clone(&schema), past.collect())
}

impl ExampleShop {
    pub async fn open() -> Self {
        let (shop, running) = generator();
        let test = TestDb::new().await;
        let scope = test.tenant("example").await;
        let owner = PgConnection::connect(test.owner_url()).await.unwrap();
        configure(owner, &scope, &shop).await;
        load(&test, &scope, &shop, running).await;
        let identity = Identity::new(&test).await;
        let member = identity.member(&scope, Role::Analyst).await;
        let cookie = format!("{DEVELOPMENT_COOKIE}={}", member.cookie);
        Self { client: client(&test).await, cookie, _test: test }
    }

    pub async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> TestResponse {
        let request = self.client.request(method, path).header("cookie", &self.cookie);
        let request = match body {
            Some(body) => request
                .header("origin", ORIGIN)
                .content_type("application/json")
                .body(body.to_string()),
            None => request,
        };
        request.send().await
    }
}

/// Settings, and the master data that the shop's ERP drops.
async fn configure(mut owner: PgConnection, scope: &TenantScope, shop: &Generator) {
    let tenant = scope.tenant_id().uuid();
    sql::query("INSERT INTO tenant_setting (tenant_id, document) VALUES ($1, $2)")
        .bind(tenant)
        .bind(json!({ "time_zone": shop.zone, "currency": shop.currency }))
        .execute(&mut owner)
        .await
        .unwrap();
    let lines = |text: Vec<u8>| -> Vec<Vec<String>> {
        let text = String::from_utf8(text).unwrap();
        text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
    };
    let (mut customers, mut locations) = (Vec::new(), Vec::new());
    shop.write_customers(&mut customers).unwrap();
    shop.write_locations(&mut locations).unwrap();
    for location in lines(locations) {
        sql::query(
            "INSERT INTO location (tenant_id, code, name, city, email, row_hash)
             VALUES ($1, $2, $3, $4, $5, gen_random_uuid())",
        )
        .bind(tenant)
        .bind(&location[0])
        .bind(&location[1])
        .bind(&location[2])
        .bind(&location[3])
        .execute(&mut owner)
        .await
        .unwrap();
    }
    for customer in lines(customers) {
        sql::query(
            "INSERT INTO customer (tenant_id, code, name, email, phone, user_id, row_hash)
             VALUES ($1, $2, $3, $4, $5, $6, gen_random_uuid())",
        )
        .bind(tenant)
        .bind(&customer[0])
        .bind(&customer[1])
        .bind(&customer[2])
        .bind(&customer[3])
        .bind(&customer[5])
        .execute(&mut owner)
        .await
        .unwrap();
    }
}

async fn load(test: &TestDb, scope: &TenantScope, shop: &Generator, running: NaiveDate) {
    let mut dataset = Dataset::new(PROJECT, DATASET)
        .table(&format!("events_intraday_{}", running.format("%Y%m%d")), so_far(shop, running));
    let whole: Vec<NaiveDate> = shop.days.iter().filter(|day| *day != running).collect();
    for day in &whole {
        dataset = dataset.table(&format!("events_{}", day.format("%Y%m%d")), shop.table(*day));
    }
    let server = Server::start(vec![dataset]).await.unwrap();
    let warehouse = shop::warehouse(&server).await;
    let data = test.connect(ServiceLogin::Data).await;
    let mut tx = data.tenant(scope).await.unwrap();
    let row = PropertyRow {
        property_id: PROPERTY,
        dataset: DATASET.to_owned(),
        time_zone: shop.zone.to_string(),
        valid_from: NaiveDate::default(),
    };
    property::upsert(&mut tx, &row).await.unwrap();
    tx.commit().await.unwrap();
    let rules = LoadRules {
        property_id: PROPERTY,
        dataset: DATASET.to_owned(),
        identity: IdentityKeys {
            branch: Some(shop.branch_key.to_owned()),
            customer: Some(shop.customer_key.to_owned()),
            known_user: None,
        },
        param_types: ParamTypes::default(),
        key_events: Vec::new(),
        no_results: NoResultsRule::default(),
        default_currency: shop.currency.to_owned(),
    };
    let whole = whole.into_iter().map(|date| Shard { date, kind: ShardKind::Daily });
    let running = Shard { date: running, kind: ShardKind::Intraday };
    for shard in whole.chain([running]) {
        shop::load_shard(&data, scope, &warehouse, &rules, &shard).await;
    }
}

async fn client(test: &TestDb) -> TestClient<BoxEndpoint<'static, Response>> {
    let clock: SharedClock = Arc::new(ManualClock::at(now()));
    let services = Arc::new(Services {
        db: test.connect(ServiceLogin::Analytics).await,
        cache: AnswerCache::bounded(1 << 20),
        turns: Turns::new(1, Duration::from_secs(1)),
        basis: BasisCache::off(),
        cursor_key: CursorKey::derive(&Secret::new("example")),
        limits: Limits::new(LimitSettings::default(), &clock),
        reports: BranchReports::new().unwrap(),
        mail_tester: MailTester::new(&NetSettings::default()),
        clock,
    });
    let settings = HttpSettings { insecure_loopback_cookies: true, ..HttpSettings::on_port(8001) };
    TestClient::new(app(&services, &settings, Health::default()).unwrap())
}
