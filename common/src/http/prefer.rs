//! `Prefer: wait=N` (RFC 7240): the client would rather wait a little for the outcome than poll.

use std::time::Duration;

use poem::Request;

use super::ApiError;
use super::header_parameter::header_parameter;

/// Longest wait granted.
const MAX_SECONDS: u64 = 5;

/// How long to wait for the outcome before answering 202; zero when not asked for. A longer wish is cut to 5 s.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PreferWait(pub Duration);

header_parameter!(
    PreferWait,
    "`wait=N`: answer with the outcome if it is there within N seconds, at most 5."
);

impl PreferWait {
    fn read(request: &Request) -> Result<Self, ApiError> {
        let preferences =
            request.headers().get_all("prefer").iter().filter_map(|value| value.to_str().ok());
        for preference in preferences.flat_map(|value| value.split(',')) {
            if let Some((name, seconds)) = preference.split_once('=')
                && name.trim().eq_ignore_ascii_case("wait")
            {
                let seconds: u64 = seconds.trim().trim_matches('"').parse().map_err(|_| {
                    ApiError::bad_parameter(
                        "Prefer",
                        "malformed",
                        "expected wait=N with N in whole seconds",
                    )
                })?;
                return Ok(Self(Duration::from_secs(seconds.min(MAX_SECONDS))));
            }
        }
        Ok(Self::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_wait() {
        for (header, seconds) in [
            ("wait=3", Some(3)),
            ("respond-async, wait=60", Some(5)),
            ("return=minimal", Some(0)),
            ("wait=soon", None),
        ] {
            let request = Request::builder().header("prefer", header).finish();
            let read = PreferWait::read(&request).ok();
            assert_eq!(
                read,
                seconds.map(|seconds| PreferWait(Duration::from_secs(seconds))),
                "{header}"
            );
        }
    }
}
