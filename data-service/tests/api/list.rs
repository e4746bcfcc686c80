//! `GET /jobs`: pages, filters and what is wrong with a request.

use serde_json::{Value, json};

use crate::support::Site;

const JOBS: &str = "/data/v1/jobs";

async fn days(site: &Site, count: u32) {
    for day in 1..=count {
        let day = format!("2020-12-{day:02}");
        let body = json!({ "kind": "ingest", "parameters": { "from": day, "to": day } });
        assert_eq!(site.post(JOBS, &site.alpha, &body).await.status, 202);
    }
}

#[tokio::test]
async fn pages_follow_one_another_without_gap_or_repeat() {
    let site = Site::new().await;
    days(&site, 7).await;
    let first = |job: &Value| job["parameters"]["first"].as_str().unwrap().to_owned();
    let (mut seen, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = site.get(&format!("{JOBS}?limit=3{cursor}"), &site.alpha).await;
        assert_eq!(page.status, 200, "{}", page.body);
        seen.extend(page.body["jobs"].as_array().unwrap().iter().map(first));
        pages += 1;
        // Newer jobs must not move the rest of the list.
        assert_eq!(
            site.post(JOBS, &site.alpha, &json!({ "kind": "master_data" })).await.status,
            202
        );
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let expected: Vec<_> = (1..=7).rev().map(|day| format!("2020-12-{day:02}")).collect();
    assert_eq!((pages, seen), (3, expected));
}

#[tokio::test]
async fn filters_choose_by_kind_and_status() {
    let site = Site::new().await;
    days(&site, 2).await;
    site.job(&site.alpha).await;
    for (query, count) in [
        ("", 3),
        ("?kind=ingest", 2),
        ("?kind=branch_report", 0),
        ("?status=pending", 3),
        ("?status=failed", 0),
        ("?kind=master_data&status=pending", 1),
    ] {
        let page = site.get(&format!("{JOBS}{query}"), &site.alpha).await;
        assert_eq!(page.body["jobs"].as_array().map(Vec::len), Some(count), "{query}");
    }
    assert_eq!(site.get(JOBS, &site.beta).await.body["jobs"], json!([]));
}

#[tokio::test]
async fn a_cursor_works_where_it_came_from_only() {
    let site = Site::new().await;
    days(&site, 2).await;
    let page = site.get(&format!("{JOBS}?limit=1"), &site.alpha).await;
    let cursor = page.body["next_cursor"].as_str().unwrap();
    let (head, tail) = cursor.split_at(4);
    let turned: String = tail.chars().rev().collect();
    for (query, who) in [
        (format!("cursor={head}{turned}"), &site.alpha),
        (format!("cursor={cursor}&kind=ingest"), &site.alpha),
        (format!("cursor={cursor}"), &site.beta),
        ("cursor=".to_owned(), &site.alpha),
    ] {
        let answer = site.get(&format!("{JOBS}?{query}"), who).await;
        assert_eq!((answer.status, answer.faults()), (400, vec!["cursor"]), "{query}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_query_is_named() {
    let site = Site::new().await;
    for (query, fault) in [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("status=asleep", "status"),
        ("kind=dance", "kind"),
        ("colour=red", "colour"),
    ] {
        let answer = site.get(&format!("{JOBS}?{query}"), &site.alpha).await;
        assert_eq!((answer.status, answer.faults()), (400, vec![fault]), "{query}");
    }
}
