//! Denied access leaves a line in the audit trail of the tenant it was denied in.

use std::time::Duration;

use moka::future::Cache;
use poem::Request;
use serde_json::json;

use super::{AuthError, Caller};
use crate::audit::{self, Entry};
use crate::db::{Db, DbError};
use crate::http::{ClientIp, RequestId};
use crate::kernel::{PersonId, TenantScope};

/// Whoever knocks again and again at the same door leaves a line in this time.
const REPEATED: Duration = Duration::from_secs(60);

/// Writes denials down, each once a minute, caller and route.
#[derive(Debug)]
pub(super) struct Denials {
    db: Db,
    recent: Cache<String, ()>,
}

impl Denials {
    pub(super) fn new(db: Db) -> Self {
        Self { db, recent: Cache::builder().max_capacity(10_000).time_to_live(REPEATED).build() }
    }

    /// A failure to write changes nothing about the denial.
    pub(super) async fn note(&self, request: &Request, caller: &Caller, why: &AuthError) {
        self.line(request, &caller.scope, caller.actor(), why).await;
    }

    /// Someone who asked for a tenant that is not theirs: its trail is not theirs to write either,
    /// so the line belongs to no tenant.
    pub(super) async fn note_outsider(&self, request: &Request, person: PersonId, why: &AuthError) {
        if *why == AuthError::NotYours {
            self.line(request, &TenantScope::SYSTEM, format!("person:{person}"), why).await;
        }
    }

    async fn line(&self, request: &Request, scope: &TenantScope, actor: String, why: &AuthError) {
        let method = request.method();
        let route = request.data::<poem::PathPattern>().map_or("", |pattern| &pattern.0);
        let object = format!("{method} {}", route.trim_end_matches('/'));
        let once = format!("{} {actor} {object}", scope.tenant_id());
        if self.recent.get(&once).await.is_some() {
            return;
        }
        self.recent.insert(once, ()).await;
        let entry = Entry {
            result: "denied",
            detail: json!({ "reason": why.to_string() }),
            ip: request.data::<ClientIp>().and_then(|ip| ip.0),
            request_id: request.data::<RequestId>().map(RequestId::as_str),
            ..Entry::done(&actor, "access.denied", &object)
        };
        if let Err(error) = self.write(scope, &entry).await {
            tracing::warn!(%error, actor, object, "a denial was not written down");
        }
    }

    async fn write(&self, scope: &TenantScope, entry: &Entry<'_>) -> Result<(), DbError> {
        let mut tx = self.db.tenant(scope).await?;
        audit::record(&mut tx, entry).await?;
        tx.commit().await
    }
}
