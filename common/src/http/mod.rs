//! What every Footfall web API has in common: problem+json for each error, the checks before a handler runs,
//! health, paging, idempotency and the server itself. [`ground`] puts it together.

mod accepted;
mod error;
mod etag;
mod ground;
mod header_parameter;
mod health;
mod idempotency;
mod limit;
mod middleware;
mod openapi;
mod paging;
mod prefer;
mod problem;
mod rate_limit;
mod server;
mod sse;

pub mod cursor;

pub use accepted::{Accepted, AcceptedBody, Links};
pub use error::{ApiError, ApiResult};
pub use etag::{ETag, IfMatch, IfNoneMatch};
pub use ground::{Ground, ground, health_only, openapi_document};
pub(crate) use health::PROBES;
pub use health::{Health, health_routes};
pub use idempotency::{Begun, Idempotency, StoredAnswer, keep_forgetting};
pub use limit::Limit;
pub use middleware::{ClientIp, RawBody, RequestId};
pub use openapi::{MatchedOperation, Operation, Operations, QueryParameter};
pub use paging::Paging;
pub use prefer::PreferWait;
pub use problem::{FieldError, Problem};
pub(crate) use rate_limit::CallerLimits;
pub use rate_limit::{RateLimit, TooMany};
pub use server::{BoundServer, ServeError, bind};
pub use sse::event_stream;
