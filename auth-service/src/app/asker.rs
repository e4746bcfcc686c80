//! Who asks for something, for the audit trail.

use std::net::IpAddr;

use common::audit::{self, Entry};
use common::auth::{Caller, scopes_of_person};
use common::db::TenantTx;
use common::kernel::{PersonId, TenantScope};
use serde_json::Value;

use super::App;
use crate::error::Error;

/// A caller inside their tenant.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    pub caller: &'a Caller,
    pub visitor: Visitor<'a>,
}

/// A request before anyone is known.
#[derive(Debug, Clone, Copy)]
pub struct Visitor<'a> {
    pub ip: Option<IpAddr>,
    pub request_id: &'a str,
}

impl Asker<'_> {
    /// A line that stands exactly when the transaction's change stands.
    pub(super) async fn record(
        &self,
        tx: &mut TenantTx,
        action: &str,
        object: &str,
        detail: Value,
    ) -> Result<(), Error> {
        self.visitor.record(tx, &self.caller.actor(), action, object, detail).await
    }
}

impl Visitor<'_> {
    /// As [`Asker::record`], for someone who is no caller of this tenant yet.
    pub(super) async fn record(
        &self,
        tx: &mut TenantTx,
        actor: &str,
        action: &str,
        object: &str,
        detail: Value,
    ) -> Result<(), Error> {
        self.write(tx, detail, Entry::done(actor, action, object)).await
    }

    async fn write(&self, tx: &mut TenantTx, detail: Value, entry: Entry<'_>) -> Result<(), Error> {
        let (ip, request_id) = (self.ip, Some(self.request_id));
        Ok(audit::record(tx, &Entry { detail, ip, request_id, ..entry }).await?)
    }

    /// A line about a proved person, in each of their tenants: every admin sees their own
    /// people's logins.
    #[expect(clippy::disallowed_methods, reason = "the person's credential was just proved")]
    pub(super) async fn record_person(
        &self,
        app: &App,
        person: PersonId,
        action: &str,
        result: &str,
        detail: Value,
    ) -> Result<(), Error> {
        let actor = format!("person:{person}");
        let mut scopes = scopes_of_person(&app.db, person).await?;
        if scopes.is_empty() {
            scopes.push(TenantScope::SYSTEM);
        }
        for scope in scopes {
            let mut tx = app.db.tenant(&scope).await?;
            let entry = Entry { result, ..Entry::done(&actor, action, "session") };
            self.write(&mut tx, detail.clone(), entry).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// A line about someone who proved nothing: it belongs to no tenant, operators read it.
    pub(super) async fn record_stranger(
        &self,
        app: &App,
        action: &str,
        detail: Value,
    ) -> Result<(), Error> {
        let mut tx = app.db.tenant(&TenantScope::SYSTEM).await?;
        let entry = Entry { result: "denied", ..Entry::done("stranger", action, "session") };
        self.write(&mut tx, detail, entry).await?;
        tx.commit().await?;
        Ok(())
    }
}
