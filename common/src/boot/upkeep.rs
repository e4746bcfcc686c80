//! What was measured is summed up, also when nobody ever asks for `/metrics`.

use std::time::Duration;

use crate::lifecycle::Shutdown;
use crate::telemetry::metrics_handle;

/// As often as the exporter's own server does.
const PERIOD: Duration = Duration::from_secs(5);

/// Until a stop is asked for. A histogram keeps every single sample until they are summed up.
pub(super) async fn sum_up_metrics(shutdown: Shutdown) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(PERIOD) => metrics_handle().run_upkeep(),
            () = shutdown.wait() => return,
        }
    }
}
