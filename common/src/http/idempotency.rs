//! `Idempotency-Key`: a POST that creates work may be sent again without creating it twice. The key, the answer
//! and the effect are written in one transaction.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use poem::Request;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::header_parameter::header_parameter;
use super::{ApiError, MatchedOperation, RawBody};
use crate::auth::every_tenant;
use crate::db::{Db, DbError, TenantTx, sql};
use crate::kernel::{SharedClock, TenantScope};
use crate::lifecycle::Shutdown;

const MAX_BYTES: usize = 255;

/// Answers that are forgotten in one transaction.
const BATCH: u64 = 10_000;

/// Twice what is promised.
const KEPT: TimeDelta = TimeDelta::days(2);

/// The request's key, if it has one, with what identifies the request.
///
/// In a handler, after the credential: `#[oai(name = "Idempotency-Key")] idempotency: Idempotency`.
#[derive(Debug, Clone)]
pub struct Idempotency {
    key: Option<String>,
    route: String,
    request_hash: [u8; 32],
}

header_parameter!(
    Idempotency,
    "Same key and body: same answer. Same key, other body: 422. At most 255 bytes, kept 24 hours or more."
);

/// An answer as it was given the first time.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredAnswer {
    /// HTTP status.
    pub status: u16,
    /// Headers such as `Location`, by name.
    pub headers: Value,
    /// JSON body.
    pub body: Value,
}

/// Whether the work is still to be done.
#[derive(Debug)]
pub enum Begun {
    /// Do it, then [`Idempotency::remember`] the answer in the same transaction.
    Fresh,
    /// It was done; give this answer with `Idempotency-Replayed: true`.
    Replayed(StoredAnswer),
}

impl Idempotency {
    fn read(request: &Request) -> Result<Self, ApiError> {
        let mut keys = request.headers().get_all("idempotency-key").iter();
        let key = keys.next();
        if keys.next().is_some() {
            return Err(malformed("may be given once"));
        }
        let key = match key.map(|key| key.to_str()) {
            None => None,
            Some(Ok(key)) if !key.trim().is_empty() && key.len() <= MAX_BYTES => {
                Some(key.to_owned())
            }
            Some(_) => return Err(malformed("expected 1 to 255 visible ASCII characters")),
        };
        let template =
            request.data::<MatchedOperation>().map_or("", |matched| &matched.operation.template);
        let body = request.data::<RawBody>().map(RawBody::bytes).unwrap_or_default();
        // The path is part of the request: one key must not serve two resources of one template.
        let mut hash = Sha256::new();
        hash.update(request.uri().path().as_bytes());
        hash.update([0]);
        hash.update(&body);
        Ok(Self {
            key,
            route: format!("{} {template}", request.method()),
            request_hash: hash.finalize().into(),
        })
    }

    /// Looks the key up. A second request with the same key waits here until the first one's transaction ends.
    ///
    /// # Errors
    /// 422 when the key was used with another body.
    pub async fn begin(&self, tx: &mut TenantTx) -> Result<Begun, ApiError> {
        let Some(key) = &self.key else { return Ok(Begun::Fresh) };
        let tenant = tx.tenant();
        sql::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
            .bind(format!("idempotency {tenant} {} {key}", self.route))
            .execute(tx.conn())
            .await
            .map_err(DbError::from)?;
        let row: Option<(Vec<u8>, i32, Value, Value)> = sql::query_as(
            "SELECT request_hash, status, headers, body FROM idempotency_key
             WHERE tenant_id = $1 AND route = $2 AND key = $3",
        )
        .bind(tenant)
        .bind(&self.route)
        .bind(key)
        .fetch_optional(tx.conn())
        .await
        .map_err(DbError::from)?;
        match row {
            None => Ok(Begun::Fresh),
            Some((hash, ..)) if hash != self.request_hash => {
                let detail = "this key was used with another request; choose a new one";
                Err(ApiError::invalid_parameter(
                    "Idempotency-Key",
                    "idempotency_key_reused",
                    detail,
                ))
            }
            Some((_, status, headers, body)) => {
                let status = u16::try_from(status).map_err(ApiError::internal)?;
                Ok(Begun::Replayed(StoredAnswer { status, headers, body }))
            }
        }
    }

    /// Stores the answer beside the effect; without a key it does nothing.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn remember(&self, tx: &mut TenantTx, answer: &StoredAnswer) -> Result<(), ApiError> {
        let Some(key) = &self.key else { return Ok(()) };
        let tenant = tx.tenant();
        sql::query(
            "INSERT INTO idempotency_key (tenant_id, route, key, request_hash, status, headers, body)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(tenant)
        .bind(&self.route)
        .bind(key)
        .bind(self.request_hash.as_slice())
        .bind(i32::from(answer.status))
        .bind(&answer.headers)
        .bind(&answer.body)
        .execute(tx.conn())
        .await
        .map_err(DbError::from)?;
        Ok(())
    }
}

/// Forgets the answers of all tenants that are older than two days.
///
/// # Errors
/// What the database refused.
#[expect(clippy::disallowed_methods, reason = "what is outdated goes in every tenant")]
async fn forget(db: &Db, now: DateTime<Utc>) -> Result<u64, DbError> {
    let mut forgotten = 0;
    for scope in every_tenant(db).await? {
        loop {
            let batch = forget_batch(db, &scope, now - KEPT).await?;
            forgotten += batch;
            if batch < BATCH {
                break;
            }
        }
    }
    Ok(forgotten)
}

async fn forget_batch(db: &Db, scope: &TenantScope, before: DateTime<Utc>) -> Result<u64, DbError> {
    let mut tx = db.tenant(scope).await?;
    let tenant = tx.tenant();
    let done = sql::query(
        "DELETE FROM idempotency_key WHERE tenant_id = $1 AND ctid = ANY (ARRAY(
           SELECT ctid FROM idempotency_key WHERE tenant_id = $1 AND created_at < $2 LIMIT $3))",
    )
    .bind(tenant)
    .bind(before)
    .bind(BATCH.cast_signed())
    .execute(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(done.rows_affected())
}

/// For the `work` role of a service: a round each `period` until a stop is asked for.
pub async fn keep_forgetting(db: Db, clock: SharedClock, period: Duration, shutdown: Shutdown) {
    loop {
        match forget(&db, clock.now()).await {
            Ok(answers) => tracing::debug!(answers, "answers to idempotency keys forgotten"),
            Err(error) => tracing::error!(%error, "answers to idempotency keys not forgotten"),
        }
        tokio::select! {
            () = tokio::time::sleep(period) => {}
            () = shutdown.wait() => return,
        }
    }
}

fn malformed(detail: &str) -> ApiError {
    ApiError::bad_parameter("Idempotency-Key", "malformed", detail)
}
