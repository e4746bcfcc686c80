//! Every route against every role, and against credentials that must open none.

use crate::support::service_without_provider;
use auth_service::http::RULES;
use common::auth::Role;
use testkit::identity::{Identity, assert_closed, assert_roles};

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
    let alpha = service.test_db.alpha();
    service.settings(&alpha).await;
    let identity = Identity::new(&service.test_db).await;
    assert_roles(&service.client, RULES, &identity, &alpha).await;
}
