//! `tenant create` as a use case, and what a new tenant begins with.

use std::sync::Arc;

use crate::support::service_without_provider;
use auth_service::app::{Created, NewTenant, create_tenant};
use common::db::sql;
use common::kernel::{SharedClock, SystemClock};
use common::tenant_config::VersionedSettings;

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "looks into the tenant that an operator made")]
async fn a_tenant_is_made_once() {
    let service = service_without_provider().await;
    let clock: SharedClock = Arc::new(SystemClock);
    let new = NewTenant {
        slug: "garden-shops".to_owned(),
        name: "Garden Shops".to_owned(),
        time_zone: "Europe/Zurich".parse().unwrap(),
        currency: "CHF".parse().unwrap(),
        owner_issuer: "https://login.example.com".to_owned(),
        owner_subject: "owner-1".to_owned(),
        owner_email: Some("owner@example.com".to_owned()),
    };
    let first = create_tenant(&service.db, &clock, &new).await.unwrap();
    assert!(matches!(first, Created::New(_)));
    let second = create_tenant(&service.db, &clock, &new).await.unwrap();
    assert_eq!(second, Created::Known(first.tenant_id()));

    let scope = common::kernel::TenantScope::for_operator(first.tenant_id());
    let mut tx = service.db.tenant(&scope).await.unwrap();
    let counts: (i64, i64, i64) = sql::query_as(
        "SELECT (SELECT count(*) FROM tenant_slot), (SELECT count(*) FROM membership WHERE role = 'owner'),
                (SELECT count(*) FROM audit_entry WHERE action = 'tenant.created')",
    )
    .fetch_one(tx.conn())
    .await
    .unwrap();
    assert_eq!(counts, (4, 1, 1));
    let settings = VersionedSettings::load(&mut tx).await.unwrap();
    assert_eq!((settings.version, settings.settings.currency.as_str()), (1, "CHF"));
    drop(tx);

    // Another owner joins; the system's own tenant takes nobody.
    let other = NewTenant { owner_subject: "owner-2".to_owned(), ..new.clone() };
    assert_eq!(create_tenant(&service.db, &clock, &other).await.unwrap(), second);
    let mut tx = service.db.tenant(&scope).await.unwrap();
    let counts: (i64, i64) = sql::query_as(
        "SELECT (SELECT count(*) FROM membership WHERE role = 'owner'),
                (SELECT count(*) FROM audit_entry WHERE action = 'member.added')",
    )
    .fetch_one(tx.conn())
    .await
    .unwrap();
    assert_eq!(counts, (2, 1));
    let system = NewTenant { slug: "system".to_owned(), ..new };
    assert!(create_tenant(&service.db, &clock, &system).await.is_err());
}
