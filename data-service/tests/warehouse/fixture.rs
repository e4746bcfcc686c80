//! A table of numbered events behind the stand-in, and a warehouse whose pauses take no time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta};
use common::kernel::{Backoff, ManualClock, Secret};
use data_service::adapters::bigquery::{
    BigQuerySettings, BigQueryWarehouse, PageRequest, Pause, QuerySettings, QueryWarehouse,
    ServiceAccountTokens, Warehouse, WarehouseError,
};
use data_service::domain::event::{EventDecoder, IdentityKeys};
use testkit::bigquery::{Dataset, Route, Server, TableSource};
use testkit::ga4::{Row, Schema, Value};

pub const PROJECT: &str = "shop";
pub const DATASET: &str = "analytics_1";
pub const TABLE: &str = "events_20260131";

const COLUMNS: &str = "event_date event_timestamp:int event_name \
    event_params:record* { key value:record { string_value int_value:int float_value:float double_value:float } } \
    odd:range user_pseudo_id";

/// Waits by moving the clock, and remembers how long.
#[derive(Debug)]
pub struct Recorded {
    pub clock: ManualClock,
    waits: Mutex<Vec<Duration>>,
}

#[async_trait]
impl Pause for Recorded {
    fn delay(&self, backoff: Backoff, failures: u32) -> Duration {
        backoff.bound(failures)
    }

    async fn wait(&self, delay: Duration) {
        self.waits.lock().unwrap().push(delay);
        self.clock.advance(TimeDelta::from_std(delay).unwrap());
    }
}

pub struct Fixture {
    pub server: Server,
    pub settings: BigQuerySettings,
    pub pause: Arc<Recorded>,
    pub warehouse: BigQueryWarehouse,
}

impl Fixture {
    pub async fn new(rows: i64) -> Self {
        Self::with(Dataset::new(PROJECT, DATASET).table(TABLE, numbered(rows)), |_| ()).await
    }

    pub async fn with(dataset: Dataset, change: impl FnOnce(&mut BigQuerySettings)) -> Self {
        let server = Server::start(vec![dataset]).await.unwrap();
        let mut settings = BigQuerySettings {
            base_url: server.base_url(),
            token_uris: vec![server.token_uri().to_owned()],
            ..BigQuerySettings::default()
        };
        change(&mut settings);
        settings.validate().unwrap();
        let clock = ManualClock::at(DateTime::UNIX_EPOCH);
        let pause = Arc::new(Recorded { clock: clock.clone(), waits: Mutex::default() });
        let key = Secret::new(server.service_account_key_json());
        let tokens = ServiceAccountTokens::new(&key, &settings).await.unwrap();
        let warehouse = BigQueryWarehouse::new(
            &settings,
            PROJECT,
            Arc::new(tokens),
            Arc::new(clock),
            pause.clone(),
        )
        .unwrap();
        Self { server, settings, pause, warehouse }
    }

    pub fn request(&self) -> PageRequest {
        PageRequest {
            dataset: DATASET.to_owned(),
            table: TABLE.to_owned(),
            ..PageRequest::default()
        }
    }

    /// The same tables, read by queries.
    pub async fn queries(&self) -> QueryWarehouse {
        self.queries_with(|_| ()).await
    }

    pub async fn queries_with(&self, change: impl FnOnce(&mut QuerySettings)) -> QueryWarehouse {
        let key = Secret::new(self.server.service_account_key_json());
        let tokens = ServiceAccountTokens::new(&key, &self.settings).await.unwrap().for_jobs();
        let clock = Arc::new(self.pause.clock.clone());
        let (tokens, pause) = (Arc::new(tokens), self.pause.clone());
        let tables = BigQueryWarehouse::new(&self.settings, PROJECT, tokens, clock, pause).unwrap();
        let mut settings = self.settings.queries();
        change(&mut settings);
        QueryWarehouse::new(tables, settings)
    }

    /// The `event_timestamp` of every row, in order, read with the columns an event needs.
    pub async fn read(&self) -> Result<Vec<i64>, WarehouseError> {
        self.read_from(0).await
    }

    pub async fn read_from(&self, from_row: u64) -> Result<Vec<i64>, WarehouseError> {
        self.read_by(&self.warehouse, PageRequest { from_row, ..self.request() }).await
    }

    pub async fn read_by(
        &self,
        warehouse: &dyn Warehouse,
        request: PageRequest,
    ) -> Result<Vec<i64>, WarehouseError> {
        let from_row = request.from_row;
        let meta = warehouse.table(DATASET, TABLE).await?;
        let mut decoder = EventDecoder::selecting(&meta.schema, IdentityKeys::default()).unwrap();
        let selected_fields = decoder.selected_fields().map(str::to_owned);
        let mut pages = warehouse.pages(PageRequest { selected_fields, ..request });
        let (mut read, mut next_row) = (Vec::new(), from_row);
        while let Some(page) = pages.next().await {
            let summary =
                decoder.page(&page?.body, next_row, |event| read.push(event.event_micros)).unwrap();
            assert_eq!(summary.rejected, []);
            next_row += summary.rows;
        }
        Ok(read)
    }

    pub fn waits(&self) -> Vec<u64> {
        self.pause.waits.lock().unwrap().iter().map(Duration::as_secs).collect()
    }

    /// Requests on a route so far.
    pub fn requests(&self, route: Route) -> usize {
        self.server.request_log().iter().filter(|request| request.route == route).count()
    }
}

pub fn numbered(rows: i64) -> TableSource {
    let schema = Schema::from_notation(COLUMNS).unwrap();
    TableSource::rows(schema.into(), (0..rows).map(row).collect())
}

fn row(number: i64) -> Row {
    let value = Value::Record(vec![Value::Null, Value::Int(number), Value::Null, Value::Null]);
    let param = Value::Record(vec![Value::from("ga_session_id"), value]);
    vec![
        Value::from("20260131"),
        Value::Int(number),
        Value::from("page_view"),
        Value::List(vec![param]),
        Value::from("[2020-01-01, UNBOUNDED)"),
        Value::from(format!("user {number}")),
    ]
}

pub fn all(rows: i64) -> Vec<i64> {
    (0..rows).collect()
}
