//! Lets a type be read from request headers in a handler's arguments and shows it in the document.

/// Implements poem-openapi's extractor for a type with `fn read(&Request) -> Result<Self, ApiError>`. The argument
/// carries the header's name: `#[oai(name = "If-Match")] if_match: IfMatch`.
macro_rules! header_parameter {
    ($name:ident, $description:literal) => {
        impl<'a> poem_openapi::ApiExtractor<'a> for $name {
            const TYPES: &'static [poem_openapi::ApiExtractorType] =
                &[poem_openapi::ApiExtractorType::Parameter];
            const PARAM_IS_REQUIRED: bool = false;

            type ParamType = String;
            type ParamRawType = String;

            fn param_in() -> Option<poem_openapi::registry::MetaParamIn> {
                Some(poem_openapi::registry::MetaParamIn::Header)
            }

            fn param_schema_ref() -> Option<poem_openapi::registry::MetaSchemaRef> {
                Some(poem_openapi::registry::MetaSchemaRef::Inline(Box::new(
                    poem_openapi::registry::MetaSchema {
                        description: Some($description),
                        ..poem_openapi::registry::MetaSchema::new("string")
                    },
                )))
            }

            async fn from_request(
                request: &'a poem::Request,
                _body: &mut poem::RequestBody,
                _options: poem_openapi::ExtractParamOptions<String>,
            ) -> poem::Result<Self> {
                Ok(Self::read(request)?)
            }
        }
    };
}

pub(super) use header_parameter;
