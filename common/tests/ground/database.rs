//! What the database refuses is told apart by what can be done about it.

use common::db::{DbError, sql};
use testkit::TestDb;
use testkit::db::ServiceLogin;

#[tokio::test]
async fn a_database_without_room_is_an_outage() {
    let test = TestDb::new().await;
    let db = test.connect(ServiceLogin::Data).await;
    let refused = async |code: &str| -> DbError {
        let mut tx = db.tenant(&test.alpha()).await.unwrap();
        let raise = format!("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END $$");
        let raised = sql::query_of(sql::Text::trusted(raise)).execute(tx.conn()).await;
        raised.unwrap_err().into()
    };
    for code in ["53100", "53300", "57P03"] {
        assert!(matches!(refused(code).await, DbError::Unavailable(_)), "{code}");
    }
    for code in ["40001", "40P01", "55P03"] {
        assert!(matches!(refused(code).await, DbError::Conflict(_)), "{code}");
    }
    assert!(matches!(refused("22012").await, DbError::Other(_)));
}
