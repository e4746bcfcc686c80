//! The schema keeps its promises: tenancy on every table, rights by role, the way back.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::Database;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use testkit::TestDb;
use testkit::db::ServiceLogin;

const WITH_TENANT: &str =
    "SELECT c.oid::regclass::text AS name, c.relrowsecurity, c.relforcerowsecurity,
       c.relispartition,
       (SELECT count(*) FROM pg_policy AS p WHERE p.polrelid = c.oid) AS policies,
       (SELECT a.attname FROM pg_index AS i
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
        WHERE i.indrelid = c.oid AND i.indisprimary)::text AS leading
     FROM pg_class AS c
     JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'public'
     JOIN pg_attribute AS t ON t.attrelid = c.oid AND t.attname = 'tenant_id' AND NOT t.attisdropped
     WHERE c.relkind IN ('r', 'p')";

#[expect(clippy::disallowed_methods, reason = "looks at the catalogue, from outside every door")]
async fn rows(connection: &mut PgConnection, text: String) -> Vec<sqlx::postgres::PgRow> {
    sqlx::query(AssertSqlSafe(text)).fetch_all(connection).await.unwrap()
}

async fn with_partition() -> (TestDb, PgConnection) {
    let test = TestDb::new().await;
    let mut owner = PgConnection::connect(test.owner_url()).await.unwrap();
    for month in ["ensure_event_partition", "ensure_job_month"] {
        rows(&mut owner, format!("SELECT {month}('2026-03-01')")).await;
    }
    (test, owner)
}

#[tokio::test]
async fn every_table_with_tenants_is_under_forced_row_level_security() {
    let (_test, mut owner) = with_partition().await;
    let tables = rows(&mut owner, WITH_TENANT.to_owned()).await;
    assert!(tables.len() > 30, "{} tables", tables.len());
    for table in tables {
        let name: String = table.get("name");
        assert!(table.get::<bool, _>("relrowsecurity"), "{name} has no row-level security");
        assert!(table.get::<bool, _>("relforcerowsecurity"), "{name} does not force it");
        assert_eq!(
            table.get::<Option<String>, _>("leading").as_deref(),
            Some("tenant_id"),
            "{name}"
        );
        let policies: i64 = table.get("policies");
        assert_eq!(policies == 0, table.get::<bool, _>("relispartition"), "policies of {name}");
    }
}

#[tokio::test]
async fn without_a_tenant_every_login_reads_nothing_and_writes_nothing() {
    let (test, mut owner) = with_partition().await;
    let names: Vec<String> = rows(&mut owner, format!("{WITH_TENANT} AND NOT c.relispartition"))
        .await
        .iter()
        .map(|row| row.get("name"))
        .collect();
    for login in ServiceLogin::ALL {
        let mut connection = PgConnection::connect(&test.login_url(login)).await.unwrap();
        for name in &names {
            let counted = rows(&mut connection, format!("SELECT count(*) AS n FROM {name}")).await;
            assert_eq!(counted[0].get::<i64, _>("n"), 0, "{name} as {}", login.role());
        }
    }
    // The tenants are there: the owner of the cluster sees them.
    let tenants = rows(&mut owner, "SELECT count(*) AS n FROM tenant".to_owned()).await;
    assert!(tenants[0].get::<i64, _>("n") >= 2);
}

#[tokio::test]
async fn a_partition_grants_nothing() {
    let (_test, mut owner) = with_partition().await;
    let granted = rows(
        &mut owner,
        "SELECT r.rolname FROM pg_roles AS r, pg_class AS c
         WHERE c.relispartition AND c.relkind = 'r' AND r.rolname LIKE 'footfall%'
           AND has_table_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE')"
            .to_owned(),
    )
    .await;
    assert!(granted.is_empty());
}

#[tokio::test]
async fn the_worker_role_sees_queues_and_logs_only() {
    let (_test, mut owner) = with_partition().await;
    let seen: Vec<String> = rows(
        &mut owner,
        "SELECT c.relname::text AS name FROM pg_class AS c
         JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname IN ('public', 'staging')
         WHERE c.relkind IN ('r', 'p')
           AND has_table_privilege('footfall_worker', c.oid, 'SELECT')
         ORDER BY 1"
            .to_owned(),
    )
    .await
    .iter()
    .map(|row| row.get("name"))
    .collect();
    let expected = [
        "command",
        "consumer_position",
        "dead_letter",
        "event_log",
        "inbox",
        "job",
        "job_pause",
        "job_step",
        "leader",
        "lease",
        "outbox",
        "schedule",
        "schedule_run",
        "tenant",
        "tenant_slot",
        "tenant_turn",
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn only_its_writer_may_write_a_table() {
    let (_test, mut owner) = with_partition().await;
    for (table, writer) in [
        ("tenant_setting", "footfall_auth_service"),
        ("day_rollup", "footfall_data_service"),
        ("staging.load", "footfall_data_service"),
        ("webhook_endpoint", "footfall_data_service"),
        ("live_event", "footfall_data_service"),
        ("report_run", "footfall_analytics_service"),
        ("action_item_event", "footfall_analytics_service"),
    ] {
        let may: Vec<String> = rows(
            &mut owner,
            format!(
                "SELECT rolname::text AS name FROM pg_roles WHERE rolname LIKE 'footfall%service'
                   AND has_table_privilege(oid, '{table}', 'INSERT')"
            ),
        )
        .await
        .iter()
        .map(|row| row.get("name"))
        .collect();
        assert_eq!(may, [writer], "{table}");
    }
}

#[tokio::test]
async fn some_service_can_erase_every_table_of_a_tenant_and_auth_service_sees_what_is_left() {
    let (_test, mut owner) = with_partition().await;
    let tables = rows(
        &mut owner,
        format!(
            "SELECT t.name, t.erasable, t.seen FROM (
               SELECT name, EXISTS (
                   SELECT FROM pg_roles AS r WHERE r.rolname LIKE 'footfall%service'
                     AND has_table_privilege(r.oid, name::regclass, 'DELETE')) AS erasable,
                 has_table_privilege('footfall_auth_service', name::regclass, 'SELECT') AS seen
               FROM ({WITH_TENANT} AND NOT c.relispartition) AS tenants) AS t"
        ),
    )
    .await;
    assert!(tables.len() > 30, "{} tables", tables.len());
    for table in tables {
        let name: String = table.get("name");
        assert!(table.get::<bool, _>("seen"), "{name} is not seen");
        // The trail outlives its tenant.
        assert_eq!(table.get::<bool, _>("erasable"), name != "audit_entry", "{name}");
    }
}

#[tokio::test]
async fn migrations_go_up_down_and_up_again() {
    let (test, owner) = with_partition().await;
    owner.close().await.unwrap();
    let db = Database::connect(test.owner_url()).await.unwrap();
    let count = migrations::Migrator::get_applied_migrations(&db).await.unwrap().len();
    migrations::Migrator::down(&db, None).await.unwrap();
    assert!(migrations::Migrator::get_applied_migrations(&db).await.unwrap().is_empty());
    migrations::Migrator::up(&db, None).await.unwrap();
    assert_eq!(migrations::Migrator::get_applied_migrations(&db).await.unwrap().len(), count);
}
