//! A request with what proves its sender, read before anything else of it.

use common::http::ApiError;
use poem::http::StatusCode;
use poem::http::header::WWW_AUTHENTICATE;
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaSecurityScheme, Registry};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};

use crate::app::webhooks::{Claims, Distrust, Proof};

const SCHEME: &str = "WebhookSignature";

/// Not believed yet: the secrets are the endpoint's.
#[derive(Debug)]
pub struct Signed(pub Proof);

impl<'a> ApiExtractor<'a> for Signed {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        let scheme = MetaSecurityScheme {
            ty: "apiKey",
            description: Some(
                "Standard Webhooks: `webhook-id`, `webhook-timestamp` (seconds since 1970, within 300 of now) and \
                 `webhook-signature`, one or more of `v1,<base64>` with spaces between: HMAC-SHA256 of \
                 `id.timestamp.body`, keyed with the bytes behind `whsec_`. Or `X-Timestamp` and `X-Signature`: \
                 HMAC-SHA256 of `timestamp.body` in hex, keyed with the secret's text as it stands.",
            ),
            name: Some("webhook-signature"),
            key_in: Some("header"),
            scheme: None,
            bearer_format: None,
            flows: None,
            openid_connect_url: None,
        };
        registry.create_security_scheme(SCHEME, scheme);
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![SCHEME]
    }

    async fn from_request(
        request: &'a Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<Self::ParamType>,
    ) -> poem::Result<Self> {
        let claims = Claims {
            id: request.header("webhook-id"),
            timestamp: request.header("webhook-timestamp"),
            signature: request.header("webhook-signature"),
            plain_timestamp: request.header("x-timestamp"),
            plain_signature: request.header("x-signature"),
        };
        Ok(Self(Proof::read(&claims).map_err(distrusted)?))
    }
}

/// 401 with a code of its own for each reason.
pub(super) fn distrusted(distrust: Distrust) -> ApiError {
    let (code, header) = match distrust {
        Distrust::Missing(header) => ("signature_missing", Some(header)),
        Distrust::Malformed(header) => ("signature_malformed", Some(header)),
        Distrust::Untimely => ("timestamp_out_of_range", None),
        Distrust::Forged => ("signature_invalid", None),
    };
    let detail = distrust.to_string();
    let error = ApiError::new(StatusCode::UNAUTHORIZED, code, &*detail)
        .header(WWW_AUTHENTICATE, "WebhookSignature realm=\"footfall\"");
    match header {
        Some(header) => error.parameter(header, code, detail),
        None => error,
    }
}
