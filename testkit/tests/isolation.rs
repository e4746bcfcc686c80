//! What row-level security promises, table by table of the catalogue: new tables are in as soon as they exist.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use testkit::TestDb;
use testkit::db::ServiceLogin;

/// Tables with tenants, without their partitions, and without the list of tenants itself: auth-service makes tenants
/// before anyone could act in them.
const WITH_TENANT: &str = "SELECT c.oid::regclass::text AS name
     FROM pg_class AS c
     JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'public'
     JOIN pg_attribute AS t ON t.attrelid = c.oid AND t.attname = 'tenant_id' AND NOT t.attisdropped
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'tenant'
     ORDER BY 1";

#[expect(clippy::disallowed_methods, reason = "looks at the catalogue, from outside every door")]
async fn rows(
    connection: &mut PgConnection,
    text: String,
) -> Result<Vec<sqlx::postgres::PgRow>, sqlx::Error> {
    sqlx::query(AssertSqlSafe(text)).fetch_all(connection).await
}

async fn tables(test: &TestDb) -> Vec<String> {
    let mut owner = PgConnection::connect(test.owner_url()).await.unwrap();
    let tables = rows(&mut owner, WITH_TENANT.to_owned()).await.unwrap();
    let names: Vec<String> = tables.iter().map(|row| row.get("name")).collect();
    assert!(names.len() > 30, "{names:?}");
    names
}

#[tokio::test]
async fn every_policy_of_the_application_asks_for_the_tenant_and_nothing_else() {
    let test = TestDb::new().await;
    let mut owner = PgConnection::connect(test.owner_url()).await.unwrap();
    for name in tables(&test).await {
        let policies = rows(
            &mut owner,
            format!(
                "SELECT qual, with_check, permissive FROM pg_policies
                 WHERE schemaname = 'public' AND tablename = '{name}'
                   AND roles && ARRAY['footfall_app', 'public', 'footfall_auth_service',
                                      'footfall_data_service', 'footfall_analytics_service']::name[]"
            ),
        )
        .await
        .unwrap();
        assert_eq!(policies.len(), 1, "{name}");
        let text = |column: &str| -> String {
            let text: Option<String> = policies[0].get(column);
            text.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let expected = "(tenant_id = ( SELECT (NULLIF(current_setting('app.tenant_id'::text, true), \
                        ''::text))::uuid AS \"nullif\"))";
        assert_eq!(text("qual"), expected, "{name}");
        assert_eq!(text("with_check"), expected, "{name}");
    }
}

/// Row-level security is judged before any other constraint, so the tenant alone makes a row.
#[tokio::test]
async fn a_row_of_another_tenant_goes_into_no_table() {
    let test = TestDb::new().await;
    let names = tables(&test).await;
    let (alpha, beta) = (test.alpha().tenant_id(), test.beta().tenant_id());
    let mut refused = 0;
    for login in ServiceLogin::ALL {
        let mut connection = PgConnection::connect(&test.login_url(login)).await.unwrap();
        rows(&mut connection, format!("SELECT set_config('app.tenant_id', '{alpha}', false)"))
            .await
            .unwrap();
        for name in &names {
            let may = format!("SELECT has_table_privilege('{name}', 'INSERT') AS may");
            if !rows(&mut connection, may).await.unwrap()[0].get::<bool, _>("may") {
                continue;
            }
            let insert = format!("INSERT INTO {name} (tenant_id) VALUES ('{beta}')");
            let error = rows(&mut connection, insert).await.unwrap_err().to_string();
            // A partitioned table looks for the partition first, and a row without a day has none.
            let unplaced = name == "event" && error.contains("no partition of relation");
            assert!(
                unplaced || error.contains("violates row-level security policy"),
                "{name} as {}: {error}",
                login.role()
            );
            refused += 1;
        }
    }
    assert!(refused > 30, "{refused} tables were tried");
}
