//! Logs, metrics and trace context of one process. Initialised once by the shared main.

mod logs;
mod metrics;
mod trace_context;

pub use logs::{TelemetryError, init_logs};
pub use metrics::metrics_handle;
pub use metrics_exporter_prometheus::PrometheusHandle;
pub use trace_context::TraceContext;
