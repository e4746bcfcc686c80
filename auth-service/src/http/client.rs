//! Where a request comes from, for the audit trail.

use common::http::{ApiError, ClientIp, RequestId};
use poem::{FromRequest, Request, RequestBody, Result};

use crate::app::Visitor;

/// Address and request id, as the common ground found them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client<'a>(pub(super) Visitor<'a>);

impl<'a> FromRequest<'a> for Client<'a> {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        let missing = || ApiError::internal("a request outside the common ground");
        let request_id = request.data::<RequestId>().ok_or_else(missing)?.as_str();
        let ip = request.data::<ClientIp>().and_then(|ip| ip.0);
        Ok(Self(Visitor { ip, request_id }))
    }
}
