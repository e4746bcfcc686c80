//! The six processes with one tenant, as a bench needs them.

use anyhow::{Context, ensure};
use chrono::NaiveDate;
use common::kernel::DateRange;

use crate::bigquery::{Dataset, PREPARED_BYTES};
use crate::dev::{Api, Folder, House, PROJECT, Ports, Tenant, sample_dataset, shop_dataset};
use crate::ga4::generator::Generator;

/// Apart from the demo's ports, so that both may run.
const PORT_OFFSET: u16 = 2_000;
const OWNER: &str = "bench-owner";
pub const DATASET: &str = "analytics_7";

/// Everything up, one tenant configured and logged in, nothing loaded.
#[derive(Debug)]
pub struct Site {
    pub house: House,
    pub api: Api,
    pub tenant: Tenant,
    pub days: Vec<SourceDay>,
    /// Where files of the bench go.
    pub folder: Folder,
}

/// A day of the source.
#[derive(Debug, Clone, Copy)]
pub struct SourceDay {
    pub day: NaiveDate,
    pub rows: u64,
}

impl Site {
    /// The days of the sample when there is one, else generated ones of about the same size.
    ///
    /// # Errors
    /// When something does not start.
    pub async fn start() -> anyhow::Result<Self> {
        let (dataset, range) = dataset()?;
        Self::with(dataset, range).await
    }

    /// The days of `range` from a dataset named [`DATASET`].
    ///
    /// # Errors
    /// When something does not start.
    pub async fn with(dataset: Dataset, range: DateRange) -> anyhow::Result<Self> {
        let folder = Folder::open()?.within("bench")?;
        folder.clear("postgres")?;
        Self::kept(folder, dataset, range).await
    }

    /// The same in a folder of its own, with what its database has from before.
    ///
    /// # Errors
    /// When something does not start.
    pub async fn kept(folder: Folder, dataset: Dataset, range: DateRange) -> anyhow::Result<Self> {
        let days = source_days(&dataset)?;
        let ports = Ports::with_offset(PORT_OFFSET);
        ports.check()?;
        let house = House::start(&folder, ports, &[OWNER], vec![dataset]).await?;
        let tenant = Tenant {
            slug: "bench",
            name: "Bench",
            owner: OWNER,
            time_zone: "UTC",
            currency: "USD",
            property_id: 7,
            dataset: DATASET,
            range,
            master_data: false,
        };
        let id = tenant.create(&house)?;
        let api = Api::log_in(ports, OWNER, &id).await?;
        api.configure(&tenant.configuration(&house)?).await?;
        Ok(Self { house, api, tenant, days, folder })
    }

    /// Has the stand-in make the answers for a day ready, as the last day that was loaded asked for them. Answers how many
    /// bytes of rows that are.
    ///
    /// # Errors
    /// When the day's rows cannot be made.
    pub fn prepare(&self, day: NaiveDate) -> anyhow::Result<usize> {
        let table = format!("events_{}", day.format("%Y%m%d"));
        let bigquery = &self.house.stand_ins.bigquery;
        let bytes = tokio::task::block_in_place(|| bigquery.prepare(PROJECT, DATASET, &table))?;
        // What is not kept would be made up again while the load is measured.
        ensure!(bytes < PREPARED_BYTES, "{table} is too large to be kept: {bytes} bytes");
        Ok(bytes)
    }
}

fn dataset() -> anyhow::Result<(Dataset, DateRange)> {
    if let Some(folder) = crate::sample::dir()
        && let Some(found) = sample_dataset(DATASET, &folder)?
    {
        return Ok(found);
    }
    let days = DateRange::new("2026-03-16".parse()?, "2026-03-22".parse()?)?;
    let shop = Generator { sessions_per_day: 3_000, ..Generator::new(20_260_316, days) };
    Ok((shop_dataset(DATASET, &shop), days))
}

/// The days of a dataset and how many rows they have.
///
/// # Errors
/// When a table is none of a day, or cannot be read.
pub fn source_days(dataset: &Dataset) -> anyhow::Result<Vec<SourceDay>> {
    dataset
        .tables
        .iter()
        .map(|(table, source)| {
            let date = table.trim_start_matches("events_");
            let day = NaiveDate::parse_from_str(date, "%Y%m%d").context(table.clone())?;
            Ok(SourceDay { day, rows: source.count()? })
        })
        .collect()
}
