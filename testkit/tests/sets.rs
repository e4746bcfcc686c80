//! Sets that were written into the rows of rollups find their way beside them, and back.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

use common::db::sql::Text;
use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use sqlx::{Connection, Executor, PgConnection, Row};
use testkit::TestDb;

const BEFORE: &str = "
    INSERT INTO property (tenant_id, property_id, dataset) SELECT tenant_id, 1, 'd' FROM tenant;
    INSERT INTO day_rollup (tenant_id, property_id, date, location, currency, events, clients, known_users)
    SELECT tenant_id, 1, '2026-01-01', l, c, 7, CASE WHEN c = '' THEN '\\x01'::bytea END,
           CASE WHEN c = '' AND l = '' THEN '\\x02'::bytea END
    FROM tenant, unnest(ARRAY['', 'B1']) AS l, unnest(ARRAY['', 'EUR']) AS c;
    INSERT INTO breakdown_rollup (tenant_id, property_id, date, dimension, value_1, value_2, value_3, currency, new_clients)
    SELECT tenant_id, 1, '2026-01-01', 'device', v, '', '', '', CASE WHEN v = 'tablet' THEN '\\x03'::bytea END
    FROM tenant, unnest(ARRAY['mobile', 'tablet']) AS v;
    INSERT INTO hour_rollup (tenant_id, property_id, date, location, hour_micros, currency, session_set)
    SELECT tenant_id, 1, '2026-01-01', '', 5, '', '\\x04' FROM tenant";

/// Each with what is looked at, by tenant.
const BESIDE: [(&str, i64); 3] = [
    (
        "SELECT count(*) FROM day_sets WHERE clients = '\\x01' AND (known_users = '\\x02') IS NOT DISTINCT FROM nullif(location = '', false)",
        2,
    ),
    ("SELECT count(*) FROM breakdown_sets WHERE new_clients = '\\x03' AND value_1 = 'tablet'", 1),
    (
        "SELECT count(*) FROM hour_sets WHERE session_set = '\\x04' AND hour_micros = 5 AND clients IS NULL",
        1,
    ),
];

const WITHIN: [(&str, i64); 3] = [
    ("SELECT count(*) FROM day_rollup WHERE clients = '\\x01' AND currency = '' AND events = 7", 2),
    ("SELECT count(*) FROM breakdown_rollup WHERE new_clients = '\\x03'", 1),
    ("SELECT count(*) FROM hour_rollup WHERE session_set = '\\x04'", 1),
];

async fn run(owner: &mut PgConnection, text: impl Into<String>) {
    owner.execute(Text::trusted(text.into())).await.unwrap();
}

async fn assert_counted(owner: &mut PgConnection, wanted: [(&str, i64); 3]) {
    let tenants = owner.fetch_one("SELECT count(*) FROM tenant").await.unwrap().get::<i64, _>(0);
    for (text, of_tenant) in wanted {
        let row = owner.fetch_one(Text::trusted(text.to_owned())).await.unwrap();
        assert_eq!(row.get::<i64, _>(0), of_tenant * tenants, "{text}");
    }
}

/// An owner whom the policies hold, as that of a managed server is.
#[expect(clippy::disallowed_methods, reason = "becomes another role, as the owner of the cluster")]
async fn plain_owner(test: &TestDb, owner: &mut PgConnection) -> (String, DatabaseConnection) {
    let role = format!("plain_{}", uuid::Uuid::now_v7().simple());
    run(owner, format!("CREATE ROLE {role}; GRANT ALL ON SCHEMA public TO {role}")).await;
    for table in ["day_rollup", "breakdown_rollup", "hour_rollup", "seaql_migrations"] {
        run(owner, format!("ALTER TABLE {table} OWNER TO {role}")).await;
    }
    let mut options = ConnectOptions::new(test.owner_url());
    options.max_connections(1);
    let db = Database::connect(options).await.unwrap();
    db.execute_unprepared(&format!("SET ROLE {role}")).await.unwrap();
    (role, db)
}

#[tokio::test]
async fn sets_that_lay_in_the_rows_lie_beside_them_and_find_back() {
    let test = TestDb::new().await;
    let mut owner = PgConnection::connect(test.owner_url()).await.unwrap();
    let db = Database::connect(test.owner_url()).await.unwrap();
    let applied = migrations::Migrator::get_applied_migrations(&db).await.unwrap();
    let before = applied.iter().position(|change| change.name() == "m50_sets").unwrap();
    let steps = u32::try_from(applied.len() - before).unwrap();
    migrations::Migrator::down(&db, Some(steps)).await.unwrap();
    run(&mut owner, BEFORE).await;

    let (role, plain) = plain_owner(&test, &mut owner).await;
    migrations::Migrator::up(&plain, Some(2)).await.unwrap();
    assert_counted(&mut owner, BESIDE).await;
    migrations::Migrator::down(&plain, Some(2)).await.unwrap();
    assert_counted(&mut owner, WITHIN).await;
    migrations::Migrator::up(&plain, Some(2)).await.unwrap();
    assert_counted(&mut owner, BESIDE).await;

    plain.close().await.unwrap();
    run(
        &mut owner,
        format!("REASSIGN OWNED BY {role} TO CURRENT_USER; DROP OWNED BY {role}; DROP ROLE {role}"),
    )
    .await;
}
