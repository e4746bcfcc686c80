//! The step `load_locations`: the locations files of the tenant's SFTP server.

use async_trait::async_trait;
use common::jobs::{StepContext, StepDone, StepError, StepKind};

use crate::app::master_data::MasterData;
use crate::domain::file::Feed;

/// Loads every locations file that was not loaded yet.
#[derive(Debug, Clone)]
pub struct LoadLocations(pub MasterData);

#[async_trait]
impl StepKind for LoadLocations {
    fn kind(&self) -> &'static str {
        "load_locations"
    }

    async fn run(&self, context: &StepContext) -> Result<StepDone, StepError> {
        self.0.run(Feed::Locations, context).await
    }
}
