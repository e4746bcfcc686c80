//! The step `load_customers`: the customers files of the tenant's SFTP server.

use async_trait::async_trait;
use common::jobs::{StepContext, StepDone, StepError, StepKind};

use crate::app::master_data::MasterData;
use crate::domain::file::Feed;

/// Loads every customers file that was not loaded yet.
#[derive(Debug, Clone)]
pub struct LoadCustomers(pub MasterData);

#[async_trait]
impl StepKind for LoadCustomers {
    fn kind(&self) -> &'static str {
        "load_customers"
    }

    async fn run(&self, context: &StepContext) -> Result<StepDone, StepError> {
        self.0.run(Feed::Customers, context).await
    }
}
