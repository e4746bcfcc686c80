//! The embedded Postgres against the machine's real server.

use std::time::Duration;

use sqlx::{Connection, Executor, PgConnection, Row};
use testkit::postgres::{Process, Profile};

async fn answer(url: &str) -> Result<i32, sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    connection.fetch_one("select 42").await?.try_get(0)
}

#[tokio::test]
async fn a_cluster_keeps_its_rows_over_stop_and_kill() {
    let dir = tempfile::tempdir().unwrap();
    let first = Process::start(dir.path(), Profile::Durable).unwrap();
    let mut connection = PgConnection::connect(&first.url("postgres")).await.unwrap();
    connection.execute("create table kept as select 1 as n").await.unwrap();
    drop(connection);
    first.stop().unwrap();

    let second = Process::start(dir.path(), Profile::Durable).unwrap();
    let mut connection = PgConnection::connect(&second.url("postgres")).await.unwrap();
    connection.execute("insert into kept values (2)").await.unwrap();
    drop(connection);
    second.kill().unwrap();

    let third = Process::start(dir.path(), Profile::Durable).unwrap();
    let mut connection = PgConnection::connect(&third.url("postgres")).await.unwrap();
    let rows: i64 = connection.fetch_one("select count(*) from kept").await.unwrap().get(0);
    assert_eq!(rows, 2);
    drop(connection);
    let home = third.home().clone();
    third.stop().unwrap();
    home.remove().unwrap();
}

#[tokio::test]
async fn an_interrupted_initdb_is_started_over() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join("data.new/base")).unwrap();
    let process = Process::start(dir.path(), Profile::Test).unwrap();
    assert_eq!(answer(&process.url("postgres")).await.unwrap(), 42);
    let home = process.home().clone();
    process.stop().unwrap();
    home.remove().unwrap();
}

#[tokio::test]
async fn the_server_outlives_the_task_that_started_it_and_ends_with_the_value() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_owned();
    let process =
        std::thread::spawn(move || Process::start(&path, Profile::Test).unwrap()).join().unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(answer(&process.url("postgres")).await.unwrap(), 42);
    let (url, home) = (process.url("postgres"), process.home().clone());
    drop(process);
    assert!(PgConnection::connect(&url).await.is_err());
    home.remove().unwrap();
}
