//! The body of a delivery. It is parsed after its signature was checked, so here are its bytes, and what the document
//! says of them.

use bytes::Bytes;
use poem::{FromRequest, Request, RequestBody};
use poem_openapi::error::ContentTypeError;
use poem_openapi::payload::{Json, Payload};
use poem_openapi::registry::{MetaMediaType, MetaRequest, Registry};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions, Object, Union};

/// JSON whose bytes were signed.
#[derive(Debug)]
pub struct SignedJson(pub Bytes);

/// One event, or several.
#[derive(Debug, Union)]
#[expect(clippy::large_enum_variant, reason = "the document is made of it, and no value ever")]
pub enum ShopDelivery {
    Several(ShopEvents),
    One(ShopEvent),
}

/// Several events at once.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct ShopEvents {
    #[oai(validator(min_items = "1", max_items = "500"))]
    pub events: Vec<ShopEvent>,
}

/// Something that happened in a shop.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct ShopEvent {
    /// As GA4 names it (`page_view`, `add_to_cart`, `purchase`): a letter, then letters, digits and underscores.
    #[oai(validator(min_length = 1, max_length = 40))]
    pub event_name: String,
    /// RFC 3339, of the last 72 hours. This or `timestamp_micros`.
    pub event_time: Option<String>,
    /// Microseconds since 1970, of the last 72 hours.
    pub timestamp_micros: Option<i64>,
    /// GA4's client id, the value that the export has as `user_pseudo_id`: by it an event that is loaded later is
    /// recognised.
    #[oai(validator(max_length = 256))]
    pub client_id: Option<String>,
    /// GA4's session id: events of one session count for one branch.
    #[oai(validator(max_length = 256))]
    pub session_id: Option<String>,
    #[oai(validator(max_length = 256))]
    pub user_id: Option<String>,
    /// Branch code.
    #[oai(validator(max_length = 100))]
    pub location: Option<String>,
    /// Address of the page. Only its path is kept.
    #[oai(validator(max_length = 2048))]
    pub page_location: Option<String>,
    /// Of a purchase: it counts once, however often and whichever way it comes.
    #[oai(validator(max_length = 256))]
    pub transaction_id: Option<String>,
    /// Read digit by digit, with six decimals at most.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000000000")))]
    pub value: Option<f64>,
    /// Three letters, ISO 4217.
    pub currency: Option<String>,
}

type Described = Json<ShopDelivery>;

impl<'a> ApiExtractor<'a> for SignedJson {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        <Described as Payload>::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        let content = MetaMediaType {
            content_type: Described::CONTENT_TYPE,
            schema: Described::schema_ref(),
        };
        Some(MetaRequest { description: None, content: vec![content], required: true })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<Self::ParamType>,
    ) -> poem::Result<Self> {
        match request.content_type() {
            Some(given) if Described::check_content_type(given) => {
                Ok(Self(<Bytes as FromRequest>::from_request(request, body).await?))
            }
            Some(given) => {
                Err(ContentTypeError::NotSupported { content_type: given.to_owned() }.into())
            }
            None => Err(ContentTypeError::ExpectContentType.into()),
        }
    }
}
