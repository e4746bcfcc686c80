//! What leaves the house, counted by tenant besides the limits that every route has.

use std::num::NonZeroU32;
use std::time::Duration;

use common::auth::Caller;
use common::http::{ApiError, RateLimit};
use common::kernel::SharedClock;

use crate::config::LimitSettings;

/// One for a process, which counts for itself.
#[derive(Debug)]
pub struct Limits {
    exports: RateLimit,
    sends: RateLimit,
}

impl Limits {
    #[must_use]
    pub fn new(settings: LimitSettings, clock: &SharedClock) -> Self {
        let limit = |name, a_minute| {
            let burst = NonZeroU32::new(a_minute).unwrap_or(NonZeroU32::MIN);
            RateLimit::new(name, burst, Duration::from_secs(60), clock.clone())
        };
        Self {
            exports: limit("export", settings.exports_a_minute),
            sends: limit("send", settings.sends_a_minute),
        }
    }

    /// # Errors
    /// 429 when the tenant exported too often.
    pub(super) fn count_export(&self, caller: &Caller) -> Result<(), ApiError> {
        self.exports.check(caller.tenant_id())
    }

    /// # Errors
    /// 429 when the tenant had too many messages sent.
    pub(super) fn count_send(&self, caller: &Caller) -> Result<(), ApiError> {
        self.sends.check(caller.tenant_id())
    }
}
