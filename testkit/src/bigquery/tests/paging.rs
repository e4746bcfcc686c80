use super::*;

fn ids(range: std::ops::Range<i64>) -> Vec<String> {
    range.map(|id| id.to_string()).collect()
}

#[tokio::test]
async fn a_page_has_the_wire_shape() {
    let fixture = Fixture::new(numbered(3)).await;
    let (_, page) = fixture.json(fixture.rows().query(&[("maxResults", "2")])).await;
    assert_eq!(page["kind"], "bigquery#tableDataList");
    assert_eq!(page["totalRows"], "3", "a string");
    assert!(page.get("schema").is_none());
    assert_eq!(
        page["rows"],
        json!([
            {"f": [{"v": "0"}, {"v": "row 0"}, {"v": []}]},
            {"f": [{"v": "1"}, {"v": "row 1"}, {"v": [{"v": {"f": [{"v": "tag 0"}]}}]}]},
        ])
    );
    let (_, last) = fixture
        .json(fixture.rows().query(&[("pageToken", page["pageToken"].as_str().unwrap())]))
        .await;
    assert_eq!(last["rows"].as_array().unwrap().len(), 1);
    assert!(last.get("pageToken").is_none());
}

#[tokio::test]
async fn pages_cover_every_row_once_however_they_are_cut() {
    let fixture = Fixture::new(numbered(1300)).await;
    let (read, pages) = fixture.read_all(&[]).await;
    assert_eq!((read, pages), (ids(0..1300), vec![1300]));
    for size in ["1", "511", "512", "513"] {
        let query = [("maxResults", size), ("startIndex", "1000")];
        let (read, _) = fixture.read_all(&query).await;
        assert_eq!(read, ids(1000..1300), "maxResults {size}");
    }
    fixture.server.set_paging(Paging {
        max_rows: Some(200),
        split_seed: Some(7),
        empty_pages: true,
    });
    let (read, pages) = fixture.read_all(&[]).await;
    assert_eq!(read, ids(0..1300));
    assert!(pages.iter().all(|rows| *rows <= 200) && pages[0] == 0);
}

#[tokio::test]
async fn a_page_ends_at_ten_megabytes() {
    let row = |id| vec![Value::Int(id), Value::from("x".repeat(1 << 20)), Value::Null];
    let fixture = Fixture::new((0..12).map(row).collect()).await;
    let (read, pages) = fixture.read_all(&[]).await;
    assert_eq!((read, pages), (ids(0..12), vec![9, 3]));
    let single = vec![Value::Int(0), Value::from("x".repeat(11_000_000)), Value::Null];
    let fixture = Fixture::new(vec![single.clone(), single]).await;
    assert_eq!(fixture.read_all(&[]).await.1, [1, 1], "one row always fits");
}

#[tokio::test]
async fn empty_tables_and_pages_omit_rows() {
    let fixture = Fixture::new(Vec::new()).await;
    let (_, page) = fixture.json(fixture.rows()).await;
    assert_eq!(page["totalRows"], "0");
    assert!(page.get("rows").is_none() && page.get("pageToken").is_none());
}

#[tokio::test]
async fn selected_fields_narrow_the_rows() {
    let fixture = Fixture::new(numbered(2)).await;
    let request = fixture.rows().query(&[("selectedFields", "tags.key,id")]);
    let (_, page) = fixture.json(request).await;
    assert_eq!(
        page["rows"][1],
        json!({"f": [{"v": "1"}, {"v": [{"v": {"f": [{"v": "tag 0"}]}}]}]})
    );
    let request = fixture.rows().query(&[("selectedFields", "nothing")]);
    assert_eq!(fixture.json(request).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn pages_are_indented_unless_refused() {
    let fixture = Fixture::new(numbered(2)).await;
    let url = format!(
        "{}/projects/{PROJECT}/datasets/{DATASET}/tables/{TABLE}/data",
        fixture.server.base_url()
    );
    let request = fixture.client.get(url).bearer_auth(&fixture.token);
    let pretty = request.send().await.unwrap().text().await.unwrap();
    let compact = fixture.rows().send().await.unwrap().text().await.unwrap();
    assert!(pretty.contains("\n  \"rows\": [\n") && !compact.contains('\n'));
    let parse = |text: &str| serde_json::from_str::<Json>(text).unwrap();
    assert_eq!(parse(&pretty), parse(&compact));
}

#[tokio::test]
async fn tables_are_listed_in_pages_without_modification_times() {
    let fixture = Fixture::new(numbered(1)).await;
    for day in 1..=4 {
        let source = TableSource::rows(Schema::production(), Vec::new());
        let name = format!("events_2026020{day}");
        fixture.server.replace(PROJECT, DATASET, &name, source);
    }
    let (mut names, mut token) = (Vec::new(), String::new());
    loop {
        let request = fixture
            .get(&format!("datasets/{DATASET}/tables"))
            .query(&[("maxResults", "2"), ("pageToken", &token)]);
        let (_, page) = fixture.json(request).await;
        assert_eq!(page["totalItems"], 5);
        for table in page["tables"].as_array().unwrap() {
            assert!(table.get("lastModifiedTime").is_none());
            names.push(table["tableReference"]["tableId"].as_str().unwrap().to_owned());
        }
        match page["nextPageToken"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(names.len(), 5);
    assert_eq!((names[0].as_str(), names[4].as_str()), (TABLE, "events_20260204"));
}

#[tokio::test]
async fn a_table_tells_its_size_and_when_it_changed() {
    let fixture = Fixture::new(numbered(3)).await;
    let path = format!("datasets/{DATASET}/tables/{TABLE}");
    let (_, before) = fixture.json(fixture.get(&path)).await;
    assert_eq!(before["numRows"], "3");
    assert_eq!(before["lastModifiedTime"], "1769925600000");
    assert_eq!(before["schema"]["fields"][2]["mode"], "REPEATED");
    fixture.server.touch(PROJECT, DATASET, TABLE);
    let (_, touched) = fixture.json(fixture.get(&path)).await;
    assert_ne!(touched["lastModifiedTime"], before["lastModifiedTime"]);
    assert_ne!(touched["etag"], before["etag"]);
    let schema = Schema::from_notation("id:int name tags:record* { key }").unwrap();
    let source = TableSource::rows(schema.into(), numbered(2));
    let shuffled = source.shuffled(1).unwrap();
    fixture.server.replace(PROJECT, DATASET, TABLE, shuffled);
    let (_, replaced) = fixture.json(fixture.get(&path)).await;
    assert_eq!(replaced["numRows"], "2");
    assert_eq!(fixture.read_all(&[]).await.0.len(), 2);
    fixture.server.remove(PROJECT, DATASET, TABLE);
    let (status, gone) = fixture.json(fixture.get(&path)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(gone["error"]["errors"][0]["reason"], "notFound");
}

#[tokio::test]
async fn shuffled_rows_are_the_same_rows_in_another_order() {
    let schema = Schema::from_notation("id:int name tags:record* { key }").unwrap();
    let source = TableSource::rows(schema.into(), numbered(100));
    let fixture = Fixture::new(Vec::new()).await;
    let mut orders = Vec::new();
    for seed in [1, 2, 1] {
        let shuffled = source.shuffled(seed).unwrap();
        fixture.server.replace(PROJECT, DATASET, TABLE, shuffled);
        orders.push(fixture.read_all(&[]).await.0);
    }
    assert!(orders[0] != ids(0..100) && orders[0] != orders[1] && orders[0] == orders[2]);
    orders[0].sort_by_key(|id| id.parse::<i64>().unwrap());
    assert_eq!(orders[0], ids(0..100));
}

#[tokio::test]
async fn answers_are_compressed_for_who_accepts_it() {
    let fixture = Fixture::new(numbered(700)).await;
    let plain = fixture.rows().send().await.unwrap();
    assert!(fixture.server.request_log().last().unwrap().accepts_gzip);
    let plain = plain.bytes().await.unwrap();
    fixture.server.set_gzip(true);
    let refusing = fixture.rows().header("accept-encoding", "identity").send().await.unwrap();
    assert!(!refusing.headers().contains_key("content-encoding"));
    assert_eq!(refusing.bytes().await.unwrap(), plain);
    assert_eq!(fixture.read_all(&[]).await.0, ids(0..700), "the client unpacks it");
    fixture.server.inject(Injection::new(Fault::ResetMidBody));
    assert!(fixture.rows().send().await.unwrap().bytes().await.is_err());
}
