//! A whole real day through the wire.

use data_service::adapters::bigquery::{PageRequest, Warehouse};
use data_service::domain::event::{EventDecoder, IdentityKeys};
use data_service::domain::fingerprint::Fingerprint;
use rust_decimal::Decimal;
use testkit::bigquery::{Dataset, Paging, TableSource};

use crate::fixture::{DATASET, Fixture, PROJECT};

const DAY: &str = "events_20201225";

/// What a day amounts to.
#[derive(Debug, Default, PartialEq)]
struct Totals {
    events: u64,
    page_views: u64,
    purchases: u64,
    purchases_with_id: u64,
    revenue: Decimal,
    unattributed: u64,
    prints: (Fingerprint, Fingerprint),
}

async fn read(fixture: &Fixture, select: bool) -> Totals {
    let meta = fixture.warehouse.table(DATASET, DAY).await.unwrap();
    let identity = IdentityKeys::default();
    let mut decoder = if select {
        EventDecoder::selecting(&meta.schema, identity).unwrap()
    } else {
        EventDecoder::new(&meta.schema, identity).unwrap()
    };
    let request = PageRequest {
        table: DAY.to_owned(),
        selected_fields: decoder.selected_fields().map(str::to_owned),
        ..fixture.request()
    };
    let mut totals = Totals::default();
    let mut pages = fixture.warehouse.pages(request);
    while let Some(page) = pages.next().await {
        let summary = decoder
            .page(&page.unwrap().body, totals.events, |event| {
                totals.events += 1;
                totals.page_views += u64::from(event.name == "page_view");
                totals.unattributed += u64::from(event.session_key.is_none());
                totals.prints.0.add(event.row_hash);
                totals.prints.1.add(event.event_key.as_u128());
                if event.name == "purchase" {
                    totals.purchases += 1;
                    totals.purchases_with_id += u64::from(event.transaction_id.is_some());
                    totals.revenue += event.purchase_revenue.unwrap_or_default();
                }
            })
            .unwrap();
        assert_eq!(summary.rejected, []);
    }
    assert_eq!(totals.events, meta.num_rows);
    totals
}

#[tokio::test]
async fn a_real_day_reads_the_same_whole_selected_shuffled_and_split() {
    let Some(sample) = testkit::sample::dir_or_not_run("a_real_day_reads_the_same") else { return };
    let file = sample.join("ga4-sample").join(format!("{DAY}.parquet"));
    let day = TableSource::parquet(&file).unwrap();
    let fixture =
        Fixture::with(Dataset::new(PROJECT, DATASET).table(DAY, day.clone()), |_| ()).await;
    let whole = read(&fixture, false).await;
    assert_eq!((whole.events, whole.page_views), (21_355, 5_956));
    assert_eq!((whole.purchases, whole.purchases_with_id), (17, 16));
    assert_eq!(whole.revenue, Decimal::from(552));
    assert_eq!(whole.prints.0.rows(), 21_355);
    assert_eq!(read(&fixture, true).await, whole);

    fixture.server.replace(PROJECT, DATASET, DAY, day.shuffled(11).unwrap());
    fixture.server.set_paging(Paging {
        max_rows: Some(4_000),
        split_seed: Some(3),
        ..Paging::default()
    });
    assert_eq!(read(&fixture, true).await, whole);
}
