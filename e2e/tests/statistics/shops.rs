//! What a test of data sets stands on: a database, the doors of both services, and a warehouse with the tables.

use common::db::Db;
use common::kernel::TenantScope;
use data_service::adapters::bigquery::BigQueryWarehouse;
use sqlx::{Connection, PgConnection};
use testkit::TestDb;
use testkit::bigquery::Server;
use testkit::db::ServiceLogin;
use testkit::ga4::adversary::Adversary;

use crate::shop;

pub struct Shops {
    pub warehouse: BigQueryWarehouse,
    pub owner: PgConnection,
    pub analytics: Db,
    pub data: Db,
    _server: Server,
    // Dropped after everything that is connected to it.
    test: TestDb,
}

impl Shops {
    /// Serves the tables of every data set; none is loaded yet.
    pub async fn open(sets: &[Adversary]) -> Self {
        let test = TestDb::new().await;
        let server = shop::serve(sets).await;
        Self {
            warehouse: shop::warehouse(&server).await,
            owner: PgConnection::connect(test.owner_url()).await.unwrap(),
            analytics: test.connect(ServiceLogin::Analytics).await,
            data: test.connect(ServiceLogin::Data).await,
            _server: server,
            test,
        }
    }

    /// A new tenant with every day of the data set.
    pub async fn load(&mut self, slug: &str, set: &Adversary) -> TenantScope {
        let scope = self.test.tenant(slug).await;
        shop::load(&mut self.owner, &self.data, &scope, &self.warehouse, set).await;
        scope
    }
}
