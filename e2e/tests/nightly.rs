//! The nightly job, over two services: what changed is loaded, then the reports that are due go out.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::Days;
use common::kernel::{Clock, DateRange, SystemClock};
use e2e::Estate;
use serde_json::{Value, json};
use testkit::dev::{Api, Tenant, shop_dataset};
use testkit::ga4::generator::Generator;

const OWNER: &str = "nightly-owner";
const BRANCHES: u32 = 3;

/// A shop whose last day is yesterday, of which only complete tables are there.
fn shop() -> Generator {
    let today = SystemClock.now().with_timezone(&chrono_tz::Europe::Berlin).date_naive();
    let days = DateRange::new(today - Days::new(3), today - Days::new(1)).unwrap();
    Generator { sessions_per_day: 60, branches: BRANCHES, customers: 9, ..Generator::new(5, days) }
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
async fn a_night_loads_what_changed_and_sends_the_reports_that_are_due() {
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
    let dataset = shop_dataset(tenant.dataset, &shop);
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
    for load in loads {
        let (ended, begun) = (load["finished_at"].as_str(), due["started_at"].as_str());
        assert!(ended.unwrap() <= begun.unwrap(), "nothing is reported before it is loaded");
    }
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
    assert_eq!(steps(&again, "send_due_reports")[0]["outcome"], json!({ "due_reports": 0 }));
}
