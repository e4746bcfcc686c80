//! Every route against every role, and against credentials that must open none.

use crate::support::service_without_provider;
use auth_service::http::RULES;
use common::auth::{Access, Role};
use poem::http::{Method, StatusCode};
use testkit::identity::{Identity, assert_closed};

#[tokio::test]
async fn no_route_opens_to_a_forged_credential() {
    let service = service_without_provider().await;
    let identity = Identity::new(&service.test_db).await;
    let owner = identity.member(&service.test_db.alpha(), Role::Owner).await;
    service.me(&owner.token).await.assert_status_is_ok();
    assert_closed(&service.client, RULES, &identity, &owner).await;
}

#[tokio::test]
async fn each_role_reaches_what_its_rule_says() {
    let service = service_without_provider().await;
    service.settings(&service.test_db.alpha()).await;
    let identity = Identity::new(&service.test_db).await;
    for role in Role::ALL {
        let token = identity.token(&service.test_db.alpha(), role).await;
        for rule in RULES {
            let Access::Role(needed) = rule.access else { continue };
            let answer = service
                .client
                .request(rule.method.clone(), rule.path)
                .header("Authorization", format!("Bearer {token}"))
                .content_type("application/json")
                .body(if rule.method == Method::GET { "" } else { "{}" })
                .send()
                .await;
            let refused = answer.0.status() == StatusCode::FORBIDDEN;
            assert_eq!(refused, !role.covers(needed), "{role} {} {}", rule.method, rule.path);
        }
    }
}
