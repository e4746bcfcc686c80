//! `POST /report-runs`

use common::audit::{self, Entry};
use common::auth::Caller;
use common::http::{Accepted, ApiError, Begun, ClientIp, Idempotency};
use common::kernel::DateRange;
use poem_openapi::Object;
use serde_json::json;

use super::path_of;
use crate::app::reports::{BranchReportRequest, Period, ReportError, request};
use crate::app::stats::StatsError;
use crate::http::Services;
use crate::http::stats::range_code;
use crate::wire::Day;

#[derive(Debug, Object)]
#[oai(rename = "NewReportRun", deny_unknown_fields)]
pub(super) struct NewReportRunBody {
    /// GA4 property number; required when the tenant has several.
    property: Option<i64>,
    /// Location code, or `(unassigned)`.
    #[oai(validator(min_length = 1, max_length = 200))]
    location: String,
    /// First local day.
    first: Day,
    /// Last local day, inclusive. At most 92 days.
    last: Day,
    /// E-mail address; the location's own when left out.
    #[oai(validator(max_length = 320))]
    recipient: Option<String>,
}

/// The same refusals as for query parameters, named by the body's fields.
fn refused(error: ReportError) -> ApiError {
    let text = error.to_string();
    match error {
        ReportError::Stats(StatsError::PropertyRequired) => {
            ApiError::invalid_field("/property", "required", text)
        }
        ReportError::TooLong { .. } => ApiError::invalid_field("/last", "range_too_long", text),
        other => other.into(),
    }
}

pub(super) async fn create(
    services: &Services,
    caller: Caller,
    ip: ClientIp,
    body: NewReportRunBody,
    idempotency: &Idempotency,
) -> Result<Accepted, ApiError> {
    services.limits.count_send(&caller)?;
    let range = DateRange::new(body.first.0, body.last.0)
        .map_err(|error| ApiError::invalid_field("/last", range_code(error), error.to_string()))?;
    let asked = BranchReportRequest {
        period: Period { property_id: body.property, location: body.location, range },
        recipient: body.recipient,
        actor: caller.actor(),
    };
    let mut tx = services.db.tenant(&caller.scope).await?;
    if let Begun::Replayed(stored) = idempotency.begin(&mut tx).await? {
        return Accepted::replay(stored);
    }
    let now = services.clock.now();
    let requested = request(&mut tx, &asked, now).await.map_err(refused)?;
    let object = format!("report_run:{}", requested.run);
    let entry = Entry {
        detail: json!({
            "location": asked.period.location,
            "first": range.first(),
            "last": range.last(),
            "recipient": asked.recipient,
        }),
        ip: ip.0,
        ..Entry::done(&asked.actor, "report.requested", &object)
    };
    audit::record(&mut tx, &entry).await?;
    let accepted = Accepted::new(requested.run, "pending", path_of(requested.run));
    idempotency.remember(&mut tx, &accepted.stored()?).await?;
    tx.commit().await?;
    Ok(accepted)
}
