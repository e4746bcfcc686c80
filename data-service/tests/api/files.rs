//! `/files`: the ledger, and the rows that were left out.

use common::db::sql;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::Site;

const FILES: &str = "/data/v1/files";

/// A file of alpha with `rejects` rows that were left out; answers its id.
pub async fn file(site: &Site, path: &str, state: &str, rejects: i64) -> Uuid {
    let mut owner = site.owner().await;
    let (tenant, id) = (site.test.alpha().tenant_id().uuid(), Uuid::now_v7());
    sql::query(
        "INSERT INTO source_file (tenant_id, source_file_id, feed, path, size, modified_at, sha256,
                                  state, reason, loaded_rows, rejected_rows, finished_at)
         VALUES ($1, $2, 'customers', $3, 100, '2020-12-21T06:00:00Z', '\\x00ff', $4,
                 CASE $4 WHEN 'skipped' THEN 'hidden' END, 7, $5, now())",
    )
    .bind(tenant)
    .bind(id)
    .bind(path)
    .bind(state)
    .bind(rejects)
    .execute(&mut owner)
    .await
    .unwrap();
    sql::query(
        "INSERT INTO reject (tenant_id, source_file_id, reject_id, line, byte_offset, column_name,
                             reason, raw)
         SELECT $1, $2, gen_random_uuid(), n + 1, n * 40, 'email',
                'invalid_email', '=K' || n || ',\"One\",x' FROM generate_series(1, $3) AS n",
    )
    .bind(tenant)
    .bind(id)
    .bind(rejects)
    .execute(&mut owner)
    .await
    .unwrap();
    id
}

#[tokio::test]
async fn files_are_listed_in_pages_with_what_became_of_them() {
    let site = Site::new().await;
    for n in 0..5 {
        file(&site, &format!("./customers_{n}.csv"), "loaded", 0).await;
    }
    let bad = file(&site, "./bad.csv", "loaded_with_rejects", 3).await;
    file(&site, "./.hidden", "skipped", 0).await;

    let first = |page: &Value| page["files"][0]["path"].clone();
    let (mut paths, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = site.get(&format!("{FILES}?limit=3{cursor}"), &site.alpha).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let files = page.body["files"].as_array().unwrap().clone();
        paths.extend(files.iter().map(|file| file["path"].as_str().unwrap().to_owned()));
        // Files that come meanwhile do not move the rest of the list.
        file(&site, &format!("./later_{}.csv", paths.len()), "failed", 0).await;
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(paths.len(), 7);
    assert_eq!((paths[0].as_str(), paths[6].as_str()), ("./.hidden", "./customers_0.csv"));

    let some = site.get(&format!("{FILES}?status=loaded_with_rejects"), &site.alpha).await.body;
    assert_eq!(first(&some), "./bad.csv");
    assert_eq!(some["files"].as_array().unwrap().len(), 1);
    let none = site.get(&format!("{FILES}?feed=locations"), &site.alpha).await.body;
    assert_eq!(none, json!({ "files": [], "next_cursor": null }));
    let mut shown = site.get(&format!("{FILES}/{bad}"), &site.alpha).await.body;
    let fields = shown.as_object_mut().unwrap();
    assert!(fields.remove("seen_at").is_some() && fields.remove("finished_at").is_some());
    assert_eq!(
        shown,
        json!({
            "id": bad, "feed": "customers", "path": "./bad.csv", "size": 100,
            "modified_at": "2020-12-21T06:00:00+00:00", "sha256": "00ff",
            "status": "loaded_with_rejects", "reason": null, "loaded_rows": 7, "rejected_rows": 3,
        })
    );
    let skipped = site.get(&format!("{FILES}?status=skipped"), &site.alpha).await.body;
    assert_eq!(skipped["files"][0]["reason"], "hidden");
    assert_eq!(skipped["files"][0]["size"], Value::Null);
    for (query, fault) in [("feed=cats", "feed"), ("status=x", "status"), ("limit=0", "limit")] {
        let answer = site.get(&format!("{FILES}?{query}"), &site.alpha).await;
        assert_eq!((answer.status, answer.faults()), (400, vec![fault]), "{query}");
    }
}

#[tokio::test]
async fn the_rows_that_were_left_out_are_read_in_pages_and_downloaded() {
    let site = Site::new().await;
    let id = file(&site, "./c.csv", "loaded_with_rejects", 1_201).await;
    let (mut lines, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("{FILES}/{id}/rejects?limit=200{cursor}");
        let page = site.get(&path, &site.alpha).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let rejects = page.body["rejects"].as_array().unwrap().clone();
        lines.extend(rejects.iter().map(|reject| reject["line"].as_i64().unwrap()));
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(lines, (2..=1_202).collect::<Vec<_>>());
    let first = site.get(&format!("{FILES}/{id}/rejects?limit=1"), &site.alpha).await.body;
    assert_eq!(
        first["rejects"][0],
        json!({
            "line": 2, "byte_offset": 40, "column": "email", "reason": "invalid_email",
            "raw": "=K1,\"One\",x",
        })
    );

    let answer = site.get(&format!("{FILES}/{id}/rejects.csv"), &site.alpha).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    assert!(answer.header("content-disposition").starts_with("attachment"));
    let text = answer.body.as_str().unwrap();
    let rows: Vec<&str> = text.split("\r\n").filter(|row| !row.is_empty()).collect();
    assert_eq!(rows.len(), 1_202);
    assert_eq!(rows[0], "\u{feff}file,line,byte_offset,column,reason,raw");
    assert_eq!(rows[1], r#""./c.csv",2,40,"email","invalid_email","'=K1,""One"",x""#);
    assert!(rows[1_201].starts_with(r#""./c.csv",1202,48040,"email""#), "{}", rows[1_201]);

    let mut owner = site.owner().await;
    let told: i64 = sql::query_scalar(
        "SELECT count(*) FROM audit_entry WHERE action = 'rejects.downloaded'
           AND object = 'source_file:' || $1::text AND detail ->> 'path' = './c.csv'",
    )
    .bind(id)
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!(told, 1, "who took people's data away is written down");
}

#[tokio::test]
async fn a_cursor_belongs_to_its_tenant_and_the_rows_to_analysts() {
    let site = Site::new().await;
    let id = file(&site, "./c.csv", "loaded_with_rejects", 3).await;
    file(&site, "./d.csv", "loaded", 0).await;
    for path in [FILES.to_owned(), format!("{FILES}/{id}/rejects")] {
        let page = site.get(&format!("{path}?limit=1"), &site.alpha).await.body;
        let cursor = page["next_cursor"].as_str().unwrap();
        let answer = site.get(&format!("{path}?cursor={cursor}"), &site.beta).await;
        assert_eq!((answer.status, answer.faults()), (400, vec!["cursor"]), "{path}");
    }
    let viewer = site.viewer().await;
    assert_eq!(site.get(&format!("{FILES}/{id}"), &viewer).await.status, 200);
    for rows in ["rejects", "rejects.csv"] {
        let answer = site.get(&format!("{FILES}/{id}/{rows}"), &viewer).await;
        assert_eq!(answer.status, 403, "{rows} hold names and addresses of people");
    }
}
