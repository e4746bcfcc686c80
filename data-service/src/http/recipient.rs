//! Checks of who gets a report: what the schema cannot say.

use common::http::ApiError;

pub(super) fn check_branch(code: &str, pointer: &str) -> Result<(), ApiError> {
    if code.trim().is_empty() || code.chars().any(char::is_control) {
        let detail = "a branch code has visible characters only";
        return Err(ApiError::invalid_field(pointer, "malformed", detail));
    }
    Ok(())
}

pub(super) fn check_address(address: Option<&str>, pointer: &str) -> Result<(), ApiError> {
    if address.is_some_and(|address| !plausible_address(address)) {
        let detail = "not an address such as name@example.com";
        return Err(ApiError::invalid_field(pointer, "malformed", detail));
    }
    Ok(())
}

/// One `@` with something on both sides and nothing that could end a header. Whether it exists
/// only the mail server knows.
fn plausible_address(address: &str) -> bool {
    let visible = address.chars().all(|c| !c.is_control() && !c.is_whitespace());
    visible
        && matches!(address.split_once('@'), Some((name, host))
            if !name.is_empty() && !host.is_empty() && !host.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_could_do_harm_are_refused() {
        for (address, good) in [
            ("rep@example.com", true),
            ("rep", false),
            ("@example.com", false),
            ("rep@", false),
            ("a@b@c", false),
            ("rep@example.com\r\nBcc: all@example.com", false),
        ] {
            assert_eq!(plausible_address(address), good, "{address}");
        }
    }
}
