//! An export of a million rows of one bucket, in a process of its own: its memory is what is measured.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use analytics_service::app::stats::{BasisCache, Found, Question, export, find};
use analytics_service::domain::comparison::Comparison;
use analytics_service::domain::query::{Dimension, Metric, Query};
use analytics_service::domain::sheet::CsvSheet;
use common::db::sql;
use common::db::sql::Text;
use common::kernel::DateRange;
use sqlx::{Connection, Executor, PgConnection};
use testkit::TestDb;
use testkit::db::ServiceLogin;
use tokio::io::{AsyncBufReadExt, AsyncSeekExt, BufReader};

const ROWS: u32 = 1_000_000;
const MEMORY_MB: u64 = 100;

/// A day with a million pages, each seen once by one client: everything lies in one bucket.
const FILL: &str = "
    INSERT INTO property (tenant_id, property_id, dataset) VALUES (:tenant, 1, 'd');
    INSERT INTO property_zone VALUES (:tenant, 1, '2020-01-01', 'UTC');
    INSERT INTO shard (tenant_id, property_id, date, table_name, kind, source_modified_ms, source_rows,
      source_bytes, source_etag, fingerprint, loader_version, version, revision, loaded_rows,
      collapsed_rows, rejected_rows, loaded_at)
    VALUES (:tenant, 1, '2026-01-31', 't', 'daily', 0, 0, 0, '', '', 1, 1, 1, 0, 0, 0, now());
    INSERT INTO breakdown_rollup (tenant_id, property_id, date, dimension, value_1, value_2, value_3,
      currency, page_views)
    SELECT :tenant, 1, '2026-01-31', 'page', '/page/' || lpad(n::text, 7, '0'), '', '', '', 3
    FROM generate_series(1, :rows) AS n;
    INSERT INTO breakdown_sets (tenant_id, property_id, date, dimension, value_1, value_2, value_3, clients)
    SELECT tenant_id, property_id, date, dimension, value_1, '', '', :one_client
    FROM breakdown_rollup";

/// The most memory the process had since it was asked to forget, in megabytes.
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_of_a_million_rows_of_one_bucket_takes_little_memory() {
    let test = TestDb::new().await;
    let (alpha, db) = (test.alpha(), test.connect(ServiceLogin::Analytics).await);
    let mut owner = PgConnection::connect(test.owner_url()).await.unwrap();
    let mut one_client = Vec::new();
    roaring::RoaringBitmap::from([7]).serialize_into(&mut one_client).unwrap();
    let hex: String = one_client.iter().map(|byte| format!("{byte:02x}")).collect();
    let fill = FILL
        .replace(":tenant", &format!("'{}'", alpha.tenant_id()))
        .replace(":rows", &ROWS.to_string())
        .replace(":one_client", &format!("'\\x{hex}'"));
    owner.execute(Text::trusted(fill)).await.unwrap();
    owner.execute(Text::trusted("ANALYZE".to_owned())).await.unwrap();

    let range = DateRange::single("2026-01-31".parse().unwrap());
    let metrics = vec![Metric::PageViews, Metric::TotalUsers];
    let asked = Query { dimensions: vec![Dimension::Page], ..Query::whole(metrics, range) };
    let question =
        Question { property_id: None, location: None, range, comparison: Comparison::None };
    let mut tx = db.snapshot(&alpha).await.unwrap();
    // This build is slower than the one that the limit of a statement is for.
    sql::query("SET LOCAL statement_timeout = '10min'").execute(tx.conn()).await.unwrap();
    let now = "2026-02-01T12:00:00Z".parse().unwrap();
    let Found::Property(basis) = find(&mut tx, &question, now, &BasisCache::off()).await.unwrap()
    else {
        panic!("the property is there")
    };
    let mut file = tokio::fs::File::from_std(tempfile::tempfile().unwrap());
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let mut sheet = CsvSheet::default();
    let rows = export(&mut tx, &basis, &asked, &[], &mut sheet, &mut file).await.unwrap();
    let peak = peak_mb();
    println!("{rows} rows in {peak} MB");

    assert_eq!(rows, u64::from(ROWS));
    file.rewind().await.unwrap();
    let mut lines = BufReader::new(file).lines();
    assert_eq!(
        lines.next_line().await.unwrap().unwrap(),
        "\u{feff}\"page\",\"page_views\",\"total_users\""
    );
    for n in 1..=ROWS {
        assert_eq!(lines.next_line().await.unwrap().unwrap(), format!("\"/page/{n:07}\",3,1"));
    }
    assert_eq!(lines.next_line().await.unwrap(), None);
    assert!(peak < MEMORY_MB, "{peak} MB");
}
