//! Requests of two tenants through a pool of two connections, some of them given up half-way.

use std::sync::Arc;
use std::time::Duration;

use common::db::sql;
use futures_util::future::{AbortHandle, Abortable, join_all};

use crate::support::Site;

const REQUESTS: u64 = 200;

#[tokio::test(flavor = "multi_thread")]
async fn interleaved_and_cancelled_requests_of_two_tenants_leak_nothing() {
    let site = Arc::new(Site::with_connections(2).await);
    let mut own = Vec::new();
    for cookie in [&site.alpha, &site.beta] {
        own.push(site.job(cookie).await);
    }
    assert_ne!(own[0], own[1]);
    let requests = (0..REQUESTS).map(|number| {
        let (site, own) = (site.clone(), own.clone());
        async move {
            let alpha = number % 2 == 0;
            let (cookie, mine, foreign) = match alpha {
                true => (&site.alpha, &own[0], &own[1]),
                false => (&site.beta, &own[1], &own[0]),
            };
            let asked = async {
                let list = site.get("/data/v1/jobs", cookie).await;
                let other = site.get(&format!("/data/v1/jobs/{foreign}"), cookie).await;
                (list, other)
            };
            // A third is given up, each at another moment of its way.
            let (abort, registration) = AbortHandle::new_pair();
            let asked = Abortable::new(asked, registration);
            let given_up = async {
                if number % 3 == 0 {
                    tokio::time::sleep(Duration::from_micros(number * 97 % 20_000)).await;
                    abort.abort();
                }
            };
            let (answers, ()) = tokio::join!(asked, given_up);
            let Ok((list, other)) = answers else { return false };
            // A pool of two may be out of connections for a while; that is an answer, too.
            if list.status == 200 {
                let ids: Vec<&str> = list.body["jobs"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|job| job["id"].as_str().unwrap())
                    .collect();
                assert_eq!(ids, [mine], "request {number}");
            } else {
                assert_eq!(list.status, 503, "{}", list.body);
            }
            assert!(matches!(other.status, 404 | 503), "request {number}: {}", other.body);
            true
        }
    });
    let answered = join_all(requests).await.into_iter().filter(|answered| *answered).count();
    assert!(answered > 100, "{answered} were answered");

    // Whatever was given up, a connection that comes back has no tenant.
    for _ in 0..4 {
        let mut tx = site.db.lookup().await.unwrap();
        let tenant: Option<String> =
            sql::query_scalar("SELECT nullif(current_setting('app.tenant_id', true), '')")
                .fetch_one(tx.conn())
                .await
                .unwrap();
        assert_eq!(tenant, None);
    }
}
