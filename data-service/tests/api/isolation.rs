//! For every route with an id: own, another tenant's, unknown, malformed.

use common::auth::Rule;
use common::jobs::Registry;
use data_service::http::rules::RULES;
use poem::http::Method;
use serde_json::{Value, json};

use crate::files::file;
use crate::support::{Answer, Dies, ORIGIN, Site};
use crate::webhooks::Shop;

const RANDOM: &str = "01900000-0000-7000-8000-00000000ffff";
const NEVER_LOADS: [&str; 2] = ["load_locations", "load_customers"];

/// Something of alpha's that the route can act on.
struct Known {
    id: String,
    tag: String,
    body: Option<Value>,
}

fn schedule() -> Value {
    json!({
        "name": "every night", "job": { "kind": "nightly" },
        "cron": "30 2 * * *", "time_zone": "Europe/Berlin",
    })
}

async fn dead_job(site: &Site) -> String {
    let id = site.job(&site.alpha).await;
    let dies = NEVER_LOADS.iter().fold(Registry::new(), |all, kind| all.with(Dies(kind)));
    site.until_dead(dies, &format!("/data/v1/jobs/{id}")).await;
    id
}

async fn job(site: &Site, verb: &str) -> String {
    let before = match verb {
        "retry" => return dead_job(site).await,
        // The stream of a job that has ended ends at once.
        "events" => "cancel",
        "resume" => "pause",
        _ => return site.job(&site.alpha).await,
    };
    let id = site.job(&site.alpha).await;
    let path = format!("/data/v1/jobs/{id}/{before}");
    assert!(site.post(&path, &site.alpha, &Value::Null).await.status < 300, "{path}");
    id
}

async fn known(site: &Site, rule: &Rule) -> Known {
    let plain = |id| Known { id, tag: String::new(), body: None };
    let parts: Vec<&str> = rule.path.split('/').collect();
    match parts[3] {
        "jobs" => plain(job(site, parts.get(5).unwrap_or(&"")).await),
        "dead-letters" => {
            dead_job(site).await;
            let letters = site.get("/data/v1/dead-letters", &site.alpha).await.body;
            plain(letters["dead_letters"][0]["id"].as_str().unwrap().to_owned())
        }
        "schedules" => {
            let admin = site.admin().await;
            let made = site.post("/data/v1/schedules", &admin, &schedule()).await;
            let id = made.body["id"].as_str().unwrap().to_owned();
            let body = (rule.method == Method::PUT).then(schedule);
            Known { id, tag: made.header("etag").to_owned(), body }
        }
        "webhook-endpoints" => {
            let shop = Shop::new(site, "web shop").await;
            let body = (rule.method == Method::PATCH).then(|| json!({ "enabled": false }));
            Known { id: shop.id, tag: shop.tag, body }
        }
        "files" => plain(file(site, "./c.csv", "loaded_with_rejects", 1).await.to_string()),
        other => panic!("nothing is known of {other}"),
    }
}

async fn send(site: &Site, rule: &Rule, id: &str, known: &Known, cookie: &str) -> Answer {
    let path = rule.path.replace("{id}", id);
    let mut headers = vec![("cookie", cookie), ("origin", ORIGIN)];
    if !known.tag.is_empty() {
        headers.push(("if-match", &known.tag));
    }
    if known.body.is_some() {
        headers.push(("content-type", "application/json"));
    }
    let body = known.body.as_ref().map(Value::to_string);
    let mut answer = site.send(rule.method.clone(), &path, &headers, body).await;
    if let Some(problem) = answer.body.as_object_mut() {
        problem.remove("instance");
        problem.remove("request_id");
    }
    answer
}

#[tokio::test]
async fn every_id_of_another_tenant_is_as_unknown_as_none() {
    let mut walked = 0;
    for rule in RULES.iter().filter(|rule| rule.path.contains("{id}")) {
        let at = format!("{} {}", rule.method, rule.path);
        let site = Site::new().await;
        let (own, stranger) = (site.admin().await, site.stranger().await);
        let known = known(&site, rule).await;
        let foreign = send(&site, rule, &known.id, &known, &stranger).await;
        let random = send(&site, rule, RANDOM, &known, &stranger).await;
        assert_eq!(foreign.status, 404, "{at}: {}", foreign.body);
        assert_eq!((foreign.status, foreign.body), (random.status, random.body), "{at}");
        let malformed = send(&site, rule, "7", &known, &own).await;
        assert_eq!((malformed.status, malformed.faults()), (400, vec!["id"]), "{at}");
        let answer = send(&site, rule, &known.id, &known, &own).await;
        assert!((200..300).contains(&answer.status), "{at}: {} {}", answer.status, answer.body);
        walked += 1;
    }
    assert!(walked >= 16, "{walked} routes");
}

#[tokio::test]
async fn no_list_shows_anything_of_another_tenant() {
    let site = Site::new().await;
    let (own, stranger) = (site.admin().await, site.stranger().await);
    let job = dead_job(&site).await;
    let made = site.post("/data/v1/schedules", &own, &schedule()).await;
    let schedule = made.body["id"].as_str().unwrap();
    let letters = site.get("/data/v1/dead-letters", &own).await.body;
    let letter = letters["dead_letters"][0]["id"].as_str().unwrap();
    let file = file(&site, "./c.csv", "loaded", 0).await.to_string();
    let shop = Shop::new(&site, "web shop").await.id;
    let ids = [job.as_str(), letter, schedule, file.as_str(), shop.as_str()];
    let mut seen = String::new();
    for rule in RULES.iter().filter(|rule| rule.method == Method::GET && !rule.path.contains('{')) {
        seen += &site.get(rule.path, &own).await.body.to_string();
        let foreign = site.get(rule.path, &stranger).await.body.to_string();
        for id in ids {
            assert!(!foreign.contains(id), "{}: {foreign}", rule.path);
        }
    }
    for id in ids {
        assert!(seen.contains(id), "{id} is in no list of its own tenant");
    }
}

#[tokio::test]
async fn the_tenant_header_never_widens() {
    let site = Site::new().await;
    let beta = site.test.beta().tenant_id().to_string();
    let headers = [("cookie", site.alpha.as_str()), ("x-tenant-id", beta.as_str())];
    let answer = site.send(Method::GET, "/data/v1/jobs", &headers, None).await;
    assert_eq!(answer.status, 404);
}
