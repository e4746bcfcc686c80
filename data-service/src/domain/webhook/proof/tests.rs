use std::slice::from_ref;

use common::kernel::Secret;
use proptest::prelude::*;

use super::*;

/// The example of the Standard Webhooks specification and its libraries.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const SENT: i64 = 1_614_265_330;
const BODY: &[u8] = br#"{"test": 2432232314}"#;
const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

fn secret() -> SigningSecret {
    SigningSecret::of_text(Secret::new(SECRET)).unwrap()
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn standard(signature: &str) -> Result<Proof, Distrust> {
    let claims = Claims {
        id: Some(ID),
        timestamp: Some("1614265330"),
        signature: Some(signature),
        ..Claims::default()
    };
    Proof::read(&claims)
}

fn plain(timestamp: &str, signature: &str) -> Result<Proof, Distrust> {
    let (plain_timestamp, plain_signature) = (Some(timestamp), Some(signature));
    Proof::read(&Claims { plain_timestamp, plain_signature, ..Claims::default() })
}

/// As a sender makes it.
fn hex_of(secret: &SigningSecret, timestamp: &str, body: &[u8]) -> String {
    let signed = over_all(secret.plain(), &[timestamp.as_bytes(), b".", body]);
    signed.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_published_example_is_believed_and_nothing_near_it() {
    let proof = standard(SIGNATURE).unwrap();
    assert_eq!(proof.check(&[secret()], BODY, at(SENT)), Ok(()));
    assert_eq!(proof.webhook_id(BODY), ID);
    let changed = br#"{"test": 2432232315}"#;
    assert_eq!(proof.check(&[secret()], changed, at(SENT)), Err(Distrust::Forged));
    let other = SigningSecret::of_bytes([1; 32]);
    assert_eq!(proof.check(from_ref(&other), BODY, at(SENT)), Err(Distrust::Forged));
    assert_eq!(proof.check(&[], BODY, at(SENT)), Err(Distrust::Forged));
    assert_eq!(proof.check(&[other, secret()], BODY, at(SENT)), Ok(()), "one of two is enough");
    let renamed = Claims {
        id: Some("msg_other"),
        timestamp: Some("1614265330"),
        signature: Some(SIGNATURE),
        ..Claims::default()
    };
    let renamed = Proof::read(&renamed).unwrap();
    assert_eq!(renamed.check(&[secret()], BODY, at(SENT)), Err(Distrust::Forged));
}

#[test]
fn of_several_signatures_one_that_fits_is_enough() {
    let other = "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=";
    for (signatures, good) in [
        (format!("{other} {SIGNATURE}"), true),
        (format!("v1a,aGVsbG8= {SIGNATURE} v2,x"), true),
        (other.to_owned(), false),
        // Cut short.
        ("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ".to_owned(), false),
    ] {
        let checked = standard(&signatures).unwrap().check(&[secret()], BODY, at(SENT));
        assert_eq!(checked.is_ok(), good, "{signatures}");
    }
    for unreadable in
        ["", "v1,", "v1,?", "v2,aGVsbG8=", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="]
    {
        let read = standard(unreadable).and_then(|proof| proof.check(&[secret()], BODY, at(SENT)));
        assert!(read.is_err(), "{unreadable}");
    }
}

#[test]
fn five_minutes_either_way_are_believed_and_a_second_more_is_not() {
    let proof = standard(SIGNATURE).unwrap();
    for (now, expected) in [
        (SENT - 301, Err(Distrust::Untimely)),
        (SENT - 300, Ok(())),
        (SENT + 300, Ok(())),
        (SENT + 301, Err(Distrust::Untimely)),
    ] {
        assert_eq!(proof.check(&[secret()], BODY, at(now)), expected, "{now}");
    }
    let far = plain(&i64::MIN.to_string(), "00").unwrap();
    assert_eq!(far.check(&[secret()], BODY, at(SENT)), Err(Distrust::Untimely));
}

#[test]
fn a_missing_or_unreadable_header_is_named() {
    let whole = Claims {
        id: Some("m"),
        timestamp: Some("1"),
        signature: Some("v1,aGVsbG8="),
        ..Claims::default()
    };
    assert!(Proof::read(&whole).is_ok());
    let long = "x".repeat(256);
    for (claims, expected) in [
        (Claims::default(), Distrust::Missing("webhook-signature")),
        (Claims { id: None, ..whole }, Distrust::Missing("webhook-id")),
        (Claims { id: Some(""), ..whole }, Distrust::Malformed("webhook-id")),
        (Claims { id: Some(&long), ..whole }, Distrust::Malformed("webhook-id")),
        (Claims { timestamp: None, ..whole }, Distrust::Missing("webhook-timestamp")),
        (Claims { timestamp: Some("1.5"), ..whole }, Distrust::Malformed("webhook-timestamp")),
        (Claims { signature: Some("v1,?"), ..whole }, Distrust::Malformed("webhook-signature")),
        (
            Claims { plain_signature: Some("00"), ..Claims::default() },
            Distrust::Missing("X-Timestamp"),
        ),
    ] {
        assert_eq!(Proof::read(&claims), Err(expected), "{claims:?}");
    }
    assert_eq!(plain("now", "00"), Err(Distrust::Malformed("X-Timestamp")));
    for signature in ["", "0", "0g", "sha256=00"] {
        assert_eq!(plain("1", signature), Err(Distrust::Malformed("X-Signature")));
    }
}

/// `printf '%s' '1614265330.{"test": 2432232314}' | openssl dgst -sha256 -hmac whsec_MfKQ…`
#[test]
fn the_plain_form_is_what_openssl_makes() {
    let signature = "2e37df5d4a028c51a7f3133d64ae1e300d2c2c900f1b1d49d4369ad2530f8964";
    let proof = plain("1614265330", signature).unwrap();
    assert_eq!(proof.check(&[secret()], BODY, at(SENT)), Ok(()));
    assert_eq!(plain("1614265330", &signature.to_uppercase()).unwrap(), proof);
    let other = plain("1614265331", signature).unwrap();
    assert_eq!(other.check(&[secret()], BODY, at(SENT)), Err(Distrust::Forged));
    assert_eq!(
        proof.webhook_id(BODY),
        format!("sha256:{}", "8d429cafa506b7c09b45bfd39df3816dabd927862219bb1e5de59b7e43465ffb")
    );
    assert_ne!(other.webhook_id(BODY), proof.webhook_id(BODY));
}

proptest! {
    #[test]
    fn a_changed_byte_is_found(
        key: [u8; 32],
        body in prop::collection::vec(any::<u8>(), 1..200),
        at_byte in any::<prop::sample::Index>(),
        by in 1u8..,
    ) {
        let secret = SigningSecret::of_bytes(key);
        let signature = hex_of(&secret, "1614265330", &body);
        let proof = plain("1614265330", &signature).unwrap();
        prop_assert_eq!(proof.check(from_ref(&secret), &body, at(SENT)), Ok(()));
        let mut changed = body.clone();
        let index = at_byte.index(body.len());
        changed[index] = changed[index].wrapping_add(by);
        prop_assert_eq!(proof.check(&[secret], &changed, at(SENT)), Err(Distrust::Forged));
        prop_assert_ne!(proof.webhook_id(&changed), proof.webhook_id(&body));
    }

    #[test]
    fn whatever_the_headers_say_nothing_panics(
        id in ".*", timestamp in ".*", signature in ".*", plain_timestamp in ".*", plain_signature in ".*",
    ) {
        let claims = Claims {
            id: Some(&id),
            timestamp: Some(&timestamp),
            signature: Some(&signature),
            plain_timestamp: Some(&plain_timestamp),
            plain_signature: Some(&plain_signature),
        };
        let read = Proof::read(&claims).and_then(|proof| proof.check(&[secret()], BODY, at(SENT)));
        prop_assert!(read.is_err());
    }
}
