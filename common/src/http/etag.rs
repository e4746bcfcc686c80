//! Strong entity tags and the conditional headers, RFC 9110 section 13.

use poem::Request;
use poem::http::header::{IF_MATCH, IF_NONE_MATCH};
use sha2::{Digest, Sha256};

use super::ApiError;
use super::header_parameter::header_parameter;

/// A strong entity tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ETag(String);

impl ETag {
    /// A tag over everything the answer depends on: tenant, query, data version.
    pub fn of<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            let part = part.as_ref();
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        let digest = digest.finalize();
        let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Self(format!("\"{hex}\""))
    }

    /// A tag that is a version number.
    pub fn version(version: i64) -> Self {
        Self(format!("\"v{version}\""))
    }

    /// The header value, quotes included.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ETag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// `If-Match`: change only the version the client has read.
#[derive(Debug, Clone, Default)]
pub struct IfMatch(Option<String>);

/// `If-None-Match`: answer 304 when the client has this version.
#[derive(Debug, Clone, Default)]
pub struct IfNoneMatch(Option<String>);

header_parameter!(IfMatch, "ETag of the version you read; required.");
header_parameter!(IfNoneMatch, "ETag you have; 304 when it is still current.");

impl IfMatch {
    fn read(request: &Request) -> Result<Self, ApiError> {
        Ok(Self(joined(request, &IF_MATCH)))
    }

    /// Lets the change through when the client has read `current`.
    ///
    /// # Errors
    /// 428 without the header, 412 for another version.
    pub fn require(&self, current: &ETag) -> Result<(), ApiError> {
        let given = self.0.as_deref().ok_or_else(ApiError::precondition_required)?;
        // Weak tags never match here: strong comparison.
        if given.trim() == "*" || tags(given).any(|tag| tag == current.as_str()) {
            return Ok(());
        }
        Err(ApiError::precondition_failed("it was changed since you read it; read it again")
            .header(poem::http::header::ETAG, current.as_str()))
    }
}

impl IfNoneMatch {
    fn read(request: &Request) -> Result<Self, ApiError> {
        Ok(Self(joined(request, &IF_NONE_MATCH)))
    }

    /// Whether the client has an answer that may be the current one.
    #[must_use]
    pub const fn given(&self) -> bool {
        self.0.is_some()
    }

    /// True when the client already has `current`.
    pub fn matches(&self, current: &ETag) -> bool {
        self.0.as_deref().is_some_and(|given| {
            given.trim() == "*"
                || tags(given).any(|tag| tag.strip_prefix("W/").unwrap_or(tag) == current.as_str())
        })
    }
}

fn joined(request: &Request, name: &poem::http::HeaderName) -> Option<String> {
    let values: Vec<&str> =
        request.headers().get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
    (!values.is_empty()).then(|| values.join(","))
}

fn tags(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_follows_strong_comparison() {
        let current = ETag::version(7);
        for (given, status) in [
            (None, 428),
            (Some("\"v6\""), 412),
            (Some("W/\"v7\""), 412),
            (Some("\"v7\""), 0),
            (Some("\"v6\", \"v7\""), 0),
            (Some("*"), 0),
        ] {
            let outcome = IfMatch(given.map(str::to_owned)).require(&current);
            assert_eq!(
                outcome.err().map_or(0, |error| error.status().as_u16()),
                status,
                "{given:?}"
            );
        }
    }

    #[test]
    fn if_none_match_follows_weak_comparison() {
        let current = ETag::of(["tenant", "query", "7"]);
        let weak = format!("W/{current}");
        for (given, matches) in
            [(None, false), (Some("\"x\""), false), (Some(weak.as_str()), true), (Some("*"), true)]
        {
            assert_eq!(
                IfNoneMatch(given.map(str::to_owned)).matches(&current),
                matches,
                "{given:?}"
            );
        }
        assert_ne!(ETag::of(["a", "bc"]), ETag::of(["ab", "c"]));
    }
}
