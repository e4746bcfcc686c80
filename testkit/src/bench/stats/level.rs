//! How much data there is, and how it comes to be there.

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, bail};
use common::db::sql::Text;
use common::kernel::DateRange;
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};

use super::generated;
use crate::bench::ingestion;
use crate::bench::requests::rounded;
use crate::bench::site::{DATASET, Site};
use crate::bigquery::Dataset;
use crate::dev::{Folder, shop_dataset};
use crate::ga4::generator::Generator;

/// Sessions of a working day at scale 1, which make about 714 thousand page views in 90 days.
pub const SESSIONS_PER_DAY: u32 = 3_300;
pub const BRANCHES: u32 = 50;
/// Half of the users; each of them has two browsers.
const CUSTOMERS: u32 = 5_000;
/// Of a hundred sessions; over the 90 days as many again.
const NEWCOMERS: u32 = 4;
/// Raised when a level kept from before would not be the same any more.
const EDITION: &str = "3";
/// Beside the edition while the data is not complete.
const BEGUN: &str = "begun";

/// A multiple of the smallest data set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    pub scale: f64,
    /// Read models only, written by the bench.
    pub generated: bool,
}

impl FromStr for Level {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (number, generated) = match text.strip_suffix('g') {
            Some(number) => (number, true),
            None => (text, false),
        };
        let scale: f64 = number.parse().with_context(|| format!("`{text}` is no level"))?;
        let most = if generated { 100.0 } else { 10.0 };
        if !(0.001..=most).contains(&scale) {
            bail!("level {text}: at most 10, or 100 with a `g` as read models only");
        }
        Ok(Self { scale, generated })
    }
}

impl Level {
    #[must_use]
    pub fn name(self) -> String {
        format!("{}{}", self.scale, if self.generated { "g" } else { "" })
    }

    /// So many at this level.
    #[must_use]
    pub fn times(self, at_scale_1: u32) -> u32 {
        (f64::from(at_scale_1) * self.scale).round() as u32
    }

    /// Ninety days that begin and end in mid-month, as those of a dashboard do.
    fn days() -> anyhow::Result<DateRange> {
        Ok(DateRange::new("2026-01-15".parse()?, "2026-04-14".parse()?)?)
    }

    /// Everything up over the database of this level, empty or as it was kept.
    ///
    /// # Errors
    /// When something does not start.
    pub async fn site(self, root: &Folder) -> anyhow::Result<Site> {
        let days = Self::days()?;
        let dataset = if self.generated {
            Dataset::new(crate::dev::PROJECT, DATASET)
        } else {
            let shop = Generator {
                sessions_per_day: self.times(SESSIONS_PER_DAY),
                branches: BRANCHES,
                customers: self.times(CUSTOMERS),
                newcomers: NEWCOMERS,
                ..Generator::new(20_260_115, days)
            };
            shop_dataset(DATASET, &shop)
        };
        let folder = root.within(&format!("bench-stats-{}", self.name()))?;
        // Days that were loaded before the bench was broken off need not be loaded again.
        if self.generated && !self.filled(&folder) || !Self::of_this_edition(&folder) {
            folder.clear("postgres")?;
            std::fs::write(Self::mark(&folder), format!("{EDITION} {BEGUN}"))?;
        }
        Site::kept(folder, dataset, days).await
    }

    fn mark(folder: &Folder) -> PathBuf {
        folder.path().join("filled")
    }

    fn filled(self, folder: &Folder) -> bool {
        std::fs::read_to_string(Self::mark(folder)).is_ok_and(|edition| edition == EDITION)
    }

    fn of_this_edition(folder: &Folder) -> bool {
        let text = std::fs::read_to_string(Self::mark(folder)).unwrap_or_default();
        text.split_whitespace().next() == Some(EDITION)
    }

    /// Loads or writes the data, unless it is there.
    ///
    /// # Errors
    /// When it cannot be loaded or written.
    pub async fn fill(self, site: &Site) -> anyhow::Result<()> {
        if self.filled(&site.folder) {
            return Ok(());
        }
        let mut owner = owner(site).await?;
        let took = if self.generated {
            generated::write(&mut owner, site, self).await?
        } else {
            let range = site.tenant.range;
            ingestion::load(site, range.first(), range.last()).await?.request
        };
        // What the server does by itself sooner or later.
        owner.execute(Text::trusted("VACUUM (ANALYZE)".to_owned())).await?;
        std::fs::write(Self::mark(&site.folder), EDITION)?;
        super::print(json!({
            "measure": "filled", "level": self.name(), "seconds": rounded(took.as_secs_f64()),
        }));
        Ok(())
    }
}

/// The owner's connection, who may do what no service may.
///
/// # Errors
/// When the database does not answer.
pub async fn owner(site: &Site) -> anyhow::Result<PgConnection> {
    let url = site.house.owner_url().context("no database")?;
    Ok(PgConnection::connect(&url).await?)
}
