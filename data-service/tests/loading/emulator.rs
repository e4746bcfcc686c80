//! What goes over the wire, against an emulator that nobody here wrote: the same days give the same facts as from our own
//! stand-in. `testkit::bqemulator` says where the emulator is known to differ from BigQuery.

use std::sync::Arc;

use chrono::NaiveDate;
use common::kernel::{DateRange, LoadId, Secret, SystemClock};
use data_service::adapters::bigquery::{
    BigQuerySettings, BigQueryWarehouse, ErrorClass, PageRequest, QueryWarehouse,
    ServiceAccountTokens, SystemPause, Warehouse, WarehouseError,
};
use data_service::app::replace_day::Swapped;
use data_service::domain::event::{EventDecoder, IdentityKeys};
use testkit::TestDb;
use testkit::bigquery::{Server, TableSource};
use testkit::bqemulator::BqEmulator;
use testkit::db::ServiceLogin;
use testkit::ga4::generator::Generator;

use crate::support::{DATASET, PROJECT, configure, daily, load, row_hash, serve, settings};

const FIRST: NaiveDate = NaiveDate::from_ymd_opt(2026, 3, 28).unwrap();
const LAST: NaiveDate = NaiveDate::from_ymd_opt(2026, 3, 29).unwrap();

struct Both {
    days: Vec<(NaiveDate, TableSource)>,
    ours: Server,
    theirs: BqEmulator,
}

impl Both {
    /// The same two days, a purchase and a night in between included, at both.
    async fn new() -> Self {
        let range = DateRange::new(FIRST, LAST).unwrap();
        let shop = Generator {
            sessions_per_day: 40,
            branches: 3,
            customers: 9,
            ..Generator::new(7, range)
        };
        let held = |day| {
            let rows = shop.day(day).collect();
            (day, TableSource::rows(Generator::schema(), rows))
        };
        let days: Vec<_> = range.iter().map(held).collect();
        let ours = serve(&days).await;
        let theirs = BqEmulator::start().await.unwrap();
        let tables: Vec<_> =
            days.iter().map(|(day, rows)| (daily(*day).table(), rows.clone())).collect();
        theirs.fill(PROJECT, DATASET, &tables).await.unwrap();
        Self { days, ours, theirs }
    }

    /// Listing and querying, as the product does; ours lends the emulator its tokens.
    async fn ways(&self, at: &BigQuerySettings) -> (BigQueryWarehouse, QueryWarehouse) {
        let key = Secret::new(self.ours.service_account_key_json());
        let tokens = ServiceAccountTokens::new(&key, at).await.unwrap().for_jobs();
        let (tokens, clock) = (Arc::new(tokens), Arc::new(SystemClock));
        let pause = Arc::new(SystemPause);
        let listing = BigQueryWarehouse::new(at, PROJECT, tokens, clock, pause).unwrap();
        (listing.clone(), QueryWarehouse::new(listing, at.queries()))
    }

    async fn ours(&self) -> (BigQueryWarehouse, QueryWarehouse) {
        self.ways(&settings(&self.ours)).await
    }

    async fn theirs(&self) -> (BigQueryWarehouse, QueryWarehouse) {
        let base_url = self.theirs.base_url();
        self.ways(&BigQuerySettings { base_url, ..settings(&self.ours) }).await
    }
}

fn request() -> PageRequest {
    PageRequest {
        dataset: DATASET.to_owned(),
        table: daily(FIRST).table(),
        day: Some(FIRST),
        ..PageRequest::default()
    }
}

/// Rows of each page, and the hash of every event in order. Listing asks for whole columns here.
async fn read(
    warehouse: &dyn Warehouse,
    whole: bool,
    request: PageRequest,
) -> Result<(Vec<u64>, Vec<u128>), WarehouseError> {
    let meta = warehouse.table(DATASET, &request.table).await?;
    let keys = IdentityKeys::default();
    let decoder = if whole { EventDecoder::new } else { EventDecoder::selecting };
    let mut decoder = decoder(&meta.schema, keys).unwrap();
    let selected_fields = decoder.selected_fields().map(str::to_owned);
    let mut next_row = request.from_row;
    let mut pages = warehouse.pages(PageRequest { selected_fields, ..request });
    let (mut sizes, mut events) = (Vec::new(), Vec::new());
    while let Some(page) = pages.next().await {
        let summary =
            decoder.page(&page?.body, next_row, |event| events.push(event.row_hash)).unwrap();
        assert_eq!(summary.rejected, []);
        sizes.push(summary.rows);
        next_row += summary.rows;
    }
    Ok((sizes, events))
}

#[tokio::test(flavor = "multi_thread")]
async fn days_queried_from_a_foreign_emulator_give_the_same_facts() {
    let (test, both) = (TestDb::new().await, Both::new().await);
    let db = test.connect(ServiceLogin::Data).await;
    let mut hashes = Vec::new();
    for (scope, (_, way)) in [(test.alpha(), both.ours().await), (test.beta(), both.theirs().await)]
    {
        configure(&db, &scope).await;
        for (day, rows) in &both.days {
            assert!(rows.count().unwrap() > 100);
            let swapped = load(&db, &scope, &way, *day).await;
            assert!(matches!(swapped, Swapped::Replaced { .. }), "{day}");
        }
        hashes.push(row_hash(&db, &scope).await);
    }
    assert_eq!(hashes[0], hashes[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_a_foreign_emulator_are_read_alike() {
    let both = Both::new().await;
    let (ours, queried) = both.ours().await;
    let (their_list, their_query) = both.theirs().await;
    let tables = their_list.list_tables(DATASET).await.unwrap();
    assert_eq!(tables, ours.list_tables(DATASET).await.unwrap());
    let meta = their_list.table(DATASET, &daily(FIRST).table()).await.unwrap();
    let known = ours.table(DATASET, &daily(FIRST).table()).await.unwrap();
    assert_eq!((&meta.schema, meta.num_rows), (&known.schema, known.num_rows));

    let (_, events) = read(&ours, true, request()).await.unwrap();
    assert_eq!(read(&queried, false, request()).await.unwrap().1, events);
    assert_eq!(their_query.estimate(&request()).await.unwrap(), 10 << 20, "BigQuery's least");
    for (max_rows, from_row) in [(None, 0), (Some(50), 0), (Some(50), 33), (None, 33)] {
        let asked = PageRequest { max_rows, from_row, ..request() };
        // A query is read from a later row only by whoever knows its job.
        let load = Some(LoadId::mint());
        let begun = PageRequest { load, ..request() };
        assert_eq!(read(&their_query, false, begun).await.unwrap().1, events);
        for (way, whole) in [(&their_list as &dyn Warehouse, true), (&their_query, false)] {
            if from_row > 0 && !whole {
                // The emulator takes a second job of one name for a new one, as BigQuery never does.
                let error =
                    read(way, whole, PageRequest { load, ..asked.clone() }).await.unwrap_err();
                assert!(error.forgotten(), "{error:?}");
                continue;
            }
            let (sizes, read) = read(way, whole, asked.clone()).await.unwrap();
            assert_eq!(read, events[from_row as usize..], "{asked:?}");
            assert_eq!(sizes.len() > 1, max_rows.is_some(), "{sizes:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_of_a_foreign_emulator_are_understood() {
    let both = Both::new().await;
    let (listing, querying) = both.theirs().await;
    let gone = listing.table(DATASET, "events_20250101").await.unwrap_err();
    assert!(gone.gone(), "{gone:?}");
    let ways: [&dyn Warehouse; 2] = [&listing, &querying];
    for way in ways {
        let missing = PageRequest { table: "events_20250101".to_owned(), ..request() };
        let error = way.pages(missing).next().await.unwrap().unwrap_err();
        assert_eq!(error.class, ErrorClass::Permanent, "{error:?}");
    }
    let odd = PageRequest { selected_fields: Some("no_such_column".to_owned()), ..request() };
    let error = querying.pages(odd).next().await.unwrap().unwrap_err();
    assert_eq!((error.class, error.reason.as_str()), (ErrorClass::Permanent, "invalidQuery"));
    assert!(error.job.is_some(), "{error:?}");
}
