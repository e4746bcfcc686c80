//! What `footfall-migrate` says before it asks for a database.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::process::Command;

/// The exit code and what was said, with nobody at the database's address.
fn run(argument: OsString, password: OsString) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_footfall-migrate"))
        .arg(argument)
        .env("DATABASE_URL", "postgres://x@127.0.0.1:1/x")
        .env("FOOTFALL_LOGIN_PASSWORD_DATA_SERVICE", password)
        .output();
    let output = output.unwrap_or_else(|error| panic!("not started: {error}"));
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn no_text() -> OsString {
    OsString::from_vec(b"hunter2\xff".to_vec())
}

#[test]
fn an_argument_that_is_no_text_is_answered_with_the_usage() {
    let (code, said) = run(no_text(), OsString::from("secret"));
    assert_eq!(code, Some(1), "{said}");
    assert!(said.starts_with("usage: "), "{said}");
}

#[test]
fn a_password_that_is_no_text_is_not_left_out() {
    let (code, said) = run(OsString::from("up"), no_text());
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("FOOTFALL_LOGIN_PASSWORD_DATA_SERVICE"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}
