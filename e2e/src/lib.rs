//! Tests across the services: the six real processes, started as the demo starts them.
//!
//! Run them with the whole workspace (`cargo xtask test NAME`), which builds the services first.

use anyhow::bail;
use tempfile::TempDir;
use testkit::bigquery::Dataset;
use testkit::dev::{Folder, House, Ports};
use testkit::service::port_in_advance;

/// A house of its own for one test.
#[derive(Debug)]
pub struct Estate {
    // Dropped before the folder it lives in.
    pub house: House,
    pub folder: Folder,
    _ground: TempDir,
}

impl Estate {
    /// Starts everything; `people` can log in, `datasets` can be ingested.
    ///
    /// # Errors
    /// When something does not start.
    pub async fn start(people: &[&str], datasets: Vec<Dataset>) -> anyhow::Result<Self> {
        let ground = tempfile::tempdir()?;
        let folder = Folder::at(ground.path())?;
        let house = House::start(&folder, ports()?, people, datasets).await?;
        Ok(Self { house, folder, _ground: ground })
    }
}

fn ports() -> anyhow::Result<Ports> {
    for _ in 0..100 {
        let Some(offset) = port_in_advance().checked_sub(8001) else { continue };
        let ports = Ports::with_offset(offset);
        if ports.check().is_ok() {
            return Ok(ports);
        }
    }
    bail!("no hundred ports in a row are free")
}
