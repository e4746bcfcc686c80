//! `POST /webhook-endpoints/{id}/rotate-secret`.

use chrono::TimeDelta;
use common::kernel::{Clock, ManualClock, SystemClock};
use poem::http::Method;

use super::Shop;
use super::shop::{ENDPOINTS, view};
use crate::support::{ORIGIN, Site};

/// The shop with its next secret.
async fn rotated(site: &Site, admin: &str, shop: &Shop) -> Shop {
    let path = format!("{ENDPOINTS}/{}/rotate-secret", shop.id);
    let send = async |headers: &[(&str, &str)]| site.send(Method::POST, &path, headers, None).await;
    let bare = [("cookie", admin), ("origin", ORIGIN)];
    assert_eq!(send(&bare).await.status, 428);
    let tagged = [bare[0], bare[1], ("if-match", shop.tag.as_str())];
    let answer = send(&tagged).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(send(&tagged).await.status, 412, "not twice by mistake");
    assert!(answer.body["webhook_endpoint"]["previous_secret_until"].is_string());
    Shop {
        id: shop.id.clone(),
        secret: answer.body["secret"].as_str().unwrap().to_owned(),
        tag: answer.header("etag").to_owned(),
    }
}

#[tokio::test]
async fn an_old_secret_is_good_for_a_day_more() {
    let clock = ManualClock::at(SystemClock.now());
    let site = Site::with_clock(&clock).await;
    let admin = site.admin().await;
    let old = Shop::new(&site, "web shop").await;
    let new = rotated(&site, &admin, &old).await;
    let status = async |shop: &Shop, id: &str| shop.deliver(&site, id, &view(&site)).await.status;
    assert_eq!((status(&old, "a").await, status(&new, "b").await), (202, 202));
    clock.advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
    assert_eq!((status(&old, "c").await, status(&new, "d").await), (202, 202));
    clock.advance(TimeDelta::seconds(1));
    assert_eq!((status(&old, "e").await, status(&new, "f").await), (401, 202));
}

#[tokio::test]
async fn only_the_secret_before_the_current_one_overlaps() {
    let site = Site::new().await;
    let admin = site.admin().await;
    let first = Shop::new(&site, "web shop").await;
    let second = rotated(&site, &admin, &first).await;
    let third = rotated(&site, &admin, &second).await;
    for (shop, status) in [(&first, 401), (&second, 202), (&third, 202)] {
        assert_eq!(shop.deliver(&site, &shop.secret, &view(&site)).await.status, status);
    }
}
