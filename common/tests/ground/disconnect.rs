//! Whoever waits no longer is worked for no longer, down to the statement in Postgres.

use std::time::{Duration, Instant};

use common::config::HttpSettings;
use common::db::{Db, DbOptions, sql};
use common::http::{ApiResult, Ground, Health, ground};
use common::kernel::{Secret, TenantScope};
use common::lifecycle::Shutdown;
use poem_openapi::param::Query;
use poem_openapi::payload::PlainText;
use poem_openapi::{OpenApi, OpenApiService};
use sqlx::{Connection, PgConnection};
use testkit::TestDb;
use testkit::db::ServiceLogin;
use tokio::io::AsyncReadExt;

use crate::http2::Http2;
use crate::socket::Served;

/// Far longer than the test: what is gone before was ended.
const LONG: Duration = Duration::from_secs(300);

struct Api {
    db: Db,
    scope: TenantScope,
}

#[OpenApi]
impl Api {
    /// Has the database work for minutes.
    #[oai(path = "/slow", method = "get")]
    async fn slow(&self) -> ApiResult<PlainText<&'static str>> {
        let mut tx = self.db.tenant(&self.scope).await?;
        sql::query("SELECT pg_sleep(300) /* slow */")
            .execute(tx.conn())
            .await
            .map_err(common::db::DbError::from)?;
        tx.commit().await?;
        Ok(PlainText("slow"))
    }

    /// Answers at once.
    #[oai(path = "/quick", method = "get")]
    async fn quick(&self, number: Query<i64>) -> ApiResult<PlainText<String>> {
        let mut tx = self.db.tenant(&self.scope).await?;
        let same: i64 = sql::query_scalar("SELECT $1::bigint")
            .bind(number.0)
            .fetch_one(tx.conn())
            .await
            .map_err(common::db::DbError::from)?;
        Ok(PlainText(same.to_string()))
    }
}

struct Scene {
    served: Served,
    owner: PgConnection,
    _test: TestDb,
}

impl Scene {
    async fn with_deadline(deadline: Duration) -> Self {
        let test = TestDb::new().await;
        let mut options = DbOptions::new(Secret::new(test.login_url(ServiceLogin::Data)));
        options.statement_timeout = LONG;
        // One connection: as long as it is busy, nobody else is served.
        options.max_connections = 1;
        options.acquire_timeout = Duration::from_secs(30);
        let db = Db::connect(&options).await.unwrap();
        let settings = HttpSettings {
            request_deadline_ms: u64::try_from(deadline.as_millis()).unwrap(),
            ..HttpSettings::default()
        };
        let api = OpenApiService::new(Api { db, scope: test.alpha() }, "Test", "1");
        let health = Health::new(Shutdown::new());
        let app = ground(api, Ground::new("test", &settings, health)).unwrap();
        let owner = PgConnection::connect(test.owner_url()).await.unwrap();
        Self { served: Served::new(app).await, owner, _test: test }
    }

    /// Statements of the slow request that Postgres is at, in this database.
    async fn running(&mut self) -> i64 {
        sql::query_scalar(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND state = 'active' AND query LIKE '%/* slow */'
               AND pid <> pg_backend_pid()",
        )
        .fetch_one(&mut self.owner)
        .await
        .unwrap()
    }

    async fn wait_until_running(&mut self, wanted: i64) {
        let begun = Instant::now();
        while self.running().await != wanted {
            assert!(begun.elapsed() < Duration::from_secs(30), "{wanted} statements never ran");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn assert_serves(&self) {
        let answer = self.served.get("/test/v1/quick?number=7", "").await;
        assert!(answer.starts_with("http/1.1 200") && answer.ends_with("\r\n7"), "{answer}");
    }
}

#[tokio::test]
async fn the_statement_of_a_client_that_hangs_up_is_ended() {
    let mut scene = Scene::with_deadline(LONG).await;
    scene.assert_serves().await;
    for _ in 0..3 {
        let stream = scene.served.ask("/test/v1/slow", "").await;
        scene.wait_until_running(1).await;
        drop(stream);
        scene.wait_until_running(0).await;
        scene.assert_serves().await;
    }
}

#[tokio::test]
async fn over_http_2_a_reset_stream_and_a_lost_connection_end_their_statements() {
    let mut scene = Scene::with_deadline(LONG).await;
    let mut client = Http2::connect(&scene.served.address).await;
    let seven = (200, "7".to_owned());
    assert_eq!(client.get("/test/v1/quick?number=7").await, seven);
    // Given up alone, the request leaves the connection to the others.
    let mut asked = Box::pin(client.ask("/test/v1/slow"));
    tokio::select! {
        _ = asked.as_mut() => unreachable!("it takes minutes"),
        () = scene.wait_until_running(1) => {}
    }
    drop(asked);
    scene.wait_until_running(0).await;
    assert_eq!(client.get("/test/v1/quick?number=7").await, seven);

    let asked = client.ask("/test/v1/slow");
    scene.wait_until_running(1).await;
    client.break_off();
    scene.wait_until_running(0).await;
    drop(asked);
    scene.assert_serves().await;
}

#[tokio::test]
async fn the_statement_of_a_request_whose_time_is_up_is_ended() {
    let mut scene = Scene::with_deadline(Duration::from_secs(2)).await;
    let mut stream = scene.served.ask("/test/v1/slow", "connection: close\r\n").await;
    scene.wait_until_running(1).await;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("deadline_exceeded"), "{answer}");
    scene.wait_until_running(0).await;
    scene.assert_serves().await;
}

#[tokio::test]
async fn one_connection_serves_many_requests() {
    let scene = Scene::with_deadline(LONG).await;
    let mut stream = tokio::net::TcpStream::connect(&scene.served.address).await.unwrap();
    for number in 0..20 {
        let request = format!("GET /test/v1/quick?number={number} HTTP/1.1\r\nhost: test\r\n\r\n");
        tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        while !answer.ends_with(&format!("\r\n{number}")) {
            let mut bytes = [0; 4096];
            let read = stream.read(&mut bytes).await.unwrap();
            assert!(read > 0, "closed after {answer}");
            answer.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
        }
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    // An idle connection does not hold up the end of the process.
    scene.served.shutdown.request();
    tokio::time::timeout(Duration::from_secs(30), scene.served.task).await.unwrap().unwrap();
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap(), 0);
}
