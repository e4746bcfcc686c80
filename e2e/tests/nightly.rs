//! The nightly job, over two services: what changed is loaded, then there are action items of it, then the reports that
//! are due go out.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::Days;
use common::kernel::{Clock, DateRange, SystemClock};
use e2e::Estate;
use serde_json::{Value, json};
use testkit::bigquery::{Dataset, TableSource};
use testkit::dev::{Api, PROJECT, Tenant, shop_dataset};
use testkit::ga4::generator::Generator;

const OWNER: &str = "nightly-owner";
const BRANCHES: u32 = 3;

/// A shop whose last day is yesterday, of which only complete tables are there.
fn shop() -> Generator {
    let today = SystemClock.now().with_timezone(&chrono_tz::Europe::Berlin).date_naive();
    let days = DateRange::new(today - Days::new(3), today - Days::new(1)).unwrap();
    Generator { sessions_per_day: 60, branches: BRANCHES, customers: 9, ..Generator::new(5, days) }
}

/// The shop's tables before its purchases arrived.
fn without_purchases(name: &str, shop: &Generator) -> Dataset {
    let name_at = Generator::schema().position("event_name").unwrap();
    let tables = shop.days.iter().map(|date| {
        let rows = shop.day(date).filter(|row| row[name_at].text() != Some("purchase"));
        let source = TableSource::rows(Generator::schema(), rows.collect());
        (format!("events_{}", date.format("%Y%m%d")), source)
    });
    tables
        .fold(Dataset::new(PROJECT, name), |dataset, (table, source)| dataset.table(&table, source))
}

/// Sessions of the carts that count as abandoned.
async fn carts(api: &Api) -> BTreeSet<String> {
    let page = api.get("/analytics/v1/tasks/carts?limit=200").await.unwrap();
    assert_eq!(page["next_cursor"], Value::Null);
    let carts = page["carts"].as_array().unwrap();
    carts.iter().map(|cart| cart["session_id"].as_str().unwrap().to_owned()).collect()
}

/// The items of a status, by the sessions of their carts.
async fn items(api: &Api, status: &str) -> BTreeMap<String, Value> {
    let path = format!("/analytics/v1/action-items?limit=200&status={status}");
    let page = api.get(&path).await.unwrap();
    assert_eq!(page["next_cursor"], Value::Null);
    let items = page["action_items"].as_array().unwrap().iter();
    let of = |item: &Value| item["evidence"]["session_id"].as_str().unwrap().to_owned();
    items.map(|item| (of(item), item.clone())).collect()
}

/// What the night did to action items.
fn generated(job: &Value) -> &Value {
    let [step] = steps(job, "generate_action_items")[..] else { panic!("{job}") };
    &step["outcome"]
}

/// Runs the nightly job and answers it when it is over.
async fn night(api: &Api) -> Value {
    let job = api.post("/data/v1/jobs", &json!({ "kind": "nightly" })).await.unwrap();
    let path = format!("/data/v1/jobs/{}", job["id"].as_str().unwrap());
    loop {
        let job = api.get(&path).await.unwrap();
        if !matches!(job["status"].as_str(), Some("pending" | "running")) {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn steps<'j>(job: &'j Value, kind: &str) -> Vec<&'j Value> {
    job["steps"].as_array().unwrap().iter().filter(|step| step["kind"] == kind).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_night_loads_what_changed_makes_items_and_sends_the_reports_that_are_due() {
    let shop = shop();
    let tenant = Tenant {
        slug: "nightly",
        name: "Nightly",
        owner: OWNER,
        time_zone: "Europe/Berlin",
        currency: "EUR",
        property_id: 1,
        dataset: "analytics_1",
        range: shop.days,
        master_data: true,
    };
    let dataset = without_purchases(tenant.dataset, &shop);
    let estate = Estate::start(&[OWNER], vec![dataset]).await.unwrap();
    let house = &estate.house;
    let mut locations = Vec::new();
    shop.write_locations(&mut locations).unwrap();
    house.stand_ins.sftp.put("locations.csv", &locations).unwrap();
    house.stand_ins.sftp.put("customers.csv", b"code,name\nK1,One\n").unwrap();
    let id = tenant.create(house).unwrap();
    let api = Api::log_in(house.settings.ports, OWNER, &id).await.unwrap();
    let mut configuration = tenant.configuration(house).unwrap();
    configuration["reports"] = json!({ "branch": "day" });
    api.configure(&configuration).await.unwrap();

    let first = night(&api).await;
    assert_eq!(first["status"], "succeeded", "{first}");
    assert_eq!(steps(&first, "load_shard").len(), 3);
    let [due] = steps(&first, "send_due_reports")[..] else { panic!("{first}") };
    assert_eq!(due["outcome"], json!({ "due_reports": BRANCHES }));
    let loads = first["steps"].as_array().unwrap().iter().filter(|step| {
        let kind = step["kind"].as_str().unwrap();
        kind.starts_with("load_") || kind == "find_shards"
    });
    let [items_step] = steps(&first, "generate_action_items")[..] else { panic!("{first}") };
    let one_after_the_other = loads.map(|load| (load, items_step)).chain([(items_step, due)]);
    for (earlier, later) in one_after_the_other {
        let (ended, begun) = (earlier["finished_at"].as_str(), later["started_at"].as_str());
        assert!(ended.unwrap() <= begun.unwrap(), "{later} before {earlier}");
    }
    let left = carts(&api).await;
    assert!(!left.is_empty());
    assert_eq!(*generated(&first), json!({ "created": left.len(), "skipped": 0, "unchanged": 0 }));
    let made = items(&api, "incomplete").await;
    assert!(made.keys().eq(&left), "an item of each cart");
    let sent = steps(&first, "send_branch_report");
    let recipients: BTreeSet<_> =
        sent.iter().map(|step| step["outcome"]["recipient"].as_str().unwrap()).collect();
    assert_eq!((sent.len(), recipients.len()), (BRANCHES as usize, BRANCHES as usize));
    assert!(recipients.iter().all(|to| to.ends_with("@branches.example")), "{recipients:?}");
    assert!(sent.iter().all(|step| step["outcome"]["state"] == "sent"), "{first}");
    let runs = api.get("/analytics/v1/report-runs").await.unwrap();
    let yesterday = shop.days.last().to_string();
    let runs = runs["report_runs"].as_array().unwrap();
    let about: Vec<_> = runs.iter().map(|run| &run["last"]).collect();
    assert_eq!(about, vec![&json!(yesterday); BRANCHES as usize], "the newest complete day only");

    let again = night(&api).await;
    assert_eq!(again["status"], "succeeded", "{again}");
    assert_eq!(steps(&again, "load_shard").len(), 0);
    assert_eq!(*generated(&again), json!({ "created": 0, "skipped": 0, "unchanged": left.len() }));
    assert_eq!(steps(&again, "send_due_reports")[0]["outcome"], json!({ "due_reports": 0 }));
    assert_eq!(items(&api, "incomplete").await, made, "nothing happened to them");

    // The purchases arrive late.
    house.stand_ins.bigquery.add(shop_dataset(tenant.dataset, &shop));
    let late = night(&api).await;
    assert_eq!(late["status"], "succeeded", "{late}");
    assert_eq!(steps(&late, "load_shard").len(), 3);
    let still_left = carts(&api).await;
    let bought: BTreeSet<_> = left.difference(&still_left).cloned().collect();
    assert!(!bought.is_empty() && still_left.is_subset(&left), "{bought:?}");
    let expected = json!({ "created": 0, "skipped": bought.len(), "unchanged": still_left.len() });
    assert_eq!(*generated(&late), expected);
    let skipped = items(&api, "skipped").await;
    assert!(skipped.keys().eq(&bought), "an item of each cart that was bought");
    for item in skipped.values() {
        let note = item["note"].as_str().unwrap();
        assert!(note.starts_with("What was in the cart was bought after all"), "{item}");
        let whole = api.get(item["links"]["self"].as_str().unwrap()).await.unwrap();
        let jobs: Vec<_> =
            whole["history"].as_array().unwrap().iter().map(|e| &e["job_id"]).collect();
        assert_eq!(jobs, [&first["id"], &late["id"]], "what each night did");
    }
    assert!(items(&api, "incomplete").await.keys().eq(&still_left));
}
