//! Many causes at once, and two who find the same.

use std::collections::HashMap;

use analytics_service::app::action_items::{Generation, execute};
use analytics_service::domain::action_item::{
    Cause, Command, ContactReference, Kind, NewItem, id_of,
};
use common::db::{DbError, sql};
use common::kernel::Clock;
use serde_json::json;

use super::{generate, outcome, shop};
use crate::support::{Cart, Site};

fn cause() -> Cause {
    Cause { actor: "test".to_owned(), job_id: None, step_id: None }
}

/// More carts like the one there is.
async fn copies(site: &mut Site, count: i32) {
    for statement in [
        "INSERT INTO cart SELECT (jsonb_populate_record(cart, jsonb_build_object('session_key', md5(n::text)::uuid))).*
         FROM cart, generate_series(1, $1) AS n",
        "INSERT INTO session_day
         SELECT (jsonb_populate_record(session_day, jsonb_build_object('session_key', md5(n::text)::uuid))).*
         FROM session_day, generate_series(1, $1) AS n",
    ] {
        sql::query(statement).bind(count).execute(&mut site.owner).await.unwrap();
    }
}

#[tokio::test]
async fn many_carts_are_looked_at_in_bounded_transactions() {
    let mut site = Site::new().await;
    let alpha = site.test_db.alpha();
    shop(&mut site, &alpha).await;
    site.facts(&alpha).cart(Cart { branch: Some("ZRH"), ..Cart::default() }).await;
    copies(&mut site, 1_233).await;
    let now = site.clock.now();
    let (mut generation, mut transactions) = (Generation::default(), 0);
    while !generation.ended() {
        // What a dead worker did is gone, and done again from the same place.
        let mut lost = generation.clone();
        let mut tx = site.db.tenant(&alpha).await.unwrap();
        lost.advance(&mut tx, &cause(), now).await.unwrap();
        drop(tx);
        let kept = serde_json::to_value(&generation).unwrap();
        generation = serde_json::from_value(kept).unwrap();
        let mut tx = site.db.tenant(&alpha).await.unwrap();
        let before = generation.looked_at;
        generation.advance(&mut tx, &cause(), now).await.unwrap();
        assert!(generation.looked_at - before <= 500);
        assert_eq!(generation, lost);
        tx.commit().await.unwrap();
        transactions += 1;
    }
    // The property, its items of which there are none, and three parts.
    assert_eq!((generation.created, transactions), (1_234, 5));

    sql::query("UPDATE cart SET open = false").execute(&mut site.owner).await.unwrap();
    assert_eq!(generate(&site, &alpha).await, outcome(0, 1_234, 0));
    assert_eq!(generate(&site, &alpha).await, outcome(0, 0, 0));
}

#[tokio::test]
async fn an_item_that_two_find_at_once_is_made_once() {
    let site = Site::new().await;
    let (alpha, now) = (site.test_db.alpha(), site.clock.now());
    let command = |key: &str| {
        let item = NewItem {
            kind: Kind::AbandonedCart,
            natural_key: key.to_owned(),
            property_id: None,
            title: "Cart".to_owned(),
            location: "ZRH".to_owned(),
            contact: ContactReference::default(),
            evidence: json!({}),
        };
        (id_of(alpha.tenant_id(), item.kind, key), Command::CreateIfAbsent(item))
    };
    let (one, other) =
        (HashMap::from([command("a"), command("b")]), HashMap::from([command("b"), command("c")]));
    let mut first = site.db.tenant(&alpha).await.unwrap();
    assert_eq!(execute(&mut first, &one, &cause(), now).await.unwrap(), 2);
    let second = async {
        let mut second = site.db.tenant(&alpha).await?;
        let made = execute(&mut second, &other, &cause(), now).await?;
        second.commit().await?;
        Ok::<u64, DbError>(made)
    };
    let (made, committed) = tokio::join!(second, first.commit());
    committed.unwrap();
    assert_eq!(made.unwrap(), 1, "the other one was there");
}
