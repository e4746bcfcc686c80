//! The pure vocabulary of the product: identifiers, tenant scope, clock, days, money, secrets,
//! back-off, pages. No I/O and no framework.

mod backoff;
mod clock;
mod day;
mod hour;
mod id;
mod integer;
mod money;
mod page;
mod scope;
mod secret;

pub use backoff::Backoff;
pub use clock::{Clock, ManualClock, SharedClock, SystemClock};
pub use day::{DateRange, DateRangeError, MAX_RANGE_DAYS};
pub use hour::{hours_of_day, start_of_day};
pub use id::{
    ActionItemId, ApiKeyId, AttemptId, DeadLetterId, DeliveryId, InvitationId, JobId, KeyId,
    LoadId, ParseIdError, PersonId, ReportRunId, RequestId, ScheduleId, SessionId, StepId,
    TenantId,
};
pub use integer::saturating_i64;
pub use money::{Currency, Money, MoneyError};
pub use page::cut_page;
pub use scope::TenantScope;
pub use secret::Secret;
