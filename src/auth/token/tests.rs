use std::fs;

use entity::ids::TypedId;
use jsonwebtoken::Header as JwtHeader;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn keys(seed: u8, issuer: &str, audience: &str) -> Keys {
    Keys::new(&key(seed), issuer, audience).unwrap()
}

fn member() -> MemberId {
    MemberId::from_uuid(Uuid::from_u128(2))
}

fn claims() -> Claims {
    Claims::of_member(OrganizationId::from_uuid(Uuid::from_u128(1)), member(), Some(SignInId::from_uuid(Uuid::from_u128(3))))
}

fn later(seconds: i64) -> Timestamp {
    NOW.saturating_add_micros(seconds * 1_000_000)
}

fn good_header() -> Value {
    json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": key_id(&key(1).verifying_key()).unwrap() })
}

fn good_payload() -> Value {
    json!({
        "iss": "tandem", "aud": "tandem", "sub": member(), "org": claims().organization_id, "jti": "1",
        "iat": 1_700_000_000, "nbf": 1_700_000_000, "exp": 1_700_000_900,
    })
}

fn with(mut object: Value, name: &str, value: Value) -> Value {
    object.as_object_mut().unwrap().insert(name.to_owned(), value);
    object
}

fn without(mut object: Value, name: &str) -> Value {
    object.as_object_mut().unwrap().remove(name);
    object
}

/// A token of any header and payload, signed with a key that is good.
fn forged(header: &Value, payload: &Value) -> String {
    use ed25519_dalek::Signer;
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(payload));
    let signature = URL_SAFE_NO_PAD.encode(key(1).sign(message.as_bytes()).to_bytes());
    format!("{message}.{signature}")
}

fn refused(keys: &Keys, token: &str) -> bool {
    matches!(keys.verify(token, NOW), Err(Error::Unauthenticated))
}

#[test]
fn a_token_says_what_was_signed_while_it_lives() {
    let keys = keys(1, "tandem", "tandem");
    let token = keys.sign(claims(), NOW, 900, "1".to_owned()).unwrap();
    assert_eq!(keys.verify(&token, NOW).unwrap(), claims());
    assert!(keys.verify(&token, later(929)).is_ok());
    assert!(keys.verify(&token, later(930)).is_err());
    assert!(keys.verify(&token, later(-30)).is_ok());
    assert!(keys.verify(&token, later(-31)).is_err());
    let long = keys.sign(claims(), NOW, 86_400, "1".to_owned()).unwrap();
    assert!(keys.verify(&long, later(MAX_LIFE_SECONDS + LEEWAY_SECONDS)).is_err());
}

#[test]
fn a_token_stands_for_a_member_or_a_client_and_never_for_both() {
    let keys = keys(1, "tandem", "tandem");
    let (client, secret) = (ApiClientId::from_uuid(Uuid::from_u128(4)), ClientSecretId::from_uuid(Uuid::from_u128(5)));
    let subject = Subject::Client { id: client, secret_id: secret, scope: Some("BUYER_READ".to_owned()) };
    let of_client = Claims { organization_id: claims().organization_id, subject };
    let token = keys.sign(of_client.clone(), NOW, 900, "1".to_owned()).unwrap();
    assert_eq!(keys.verify(&token, NOW).unwrap(), of_client);
    let good = with(with(with(good_payload(), "sub", json!(client)), "client_id", json!(client)), "secret_id", json!(secret));
    assert!(!refused(&keys, &forged(&good_header(), &good)));
    for bad in [
        with(good.clone(), "sub", json!(member())),
        with(good.clone(), "sub", json!(ApiClientId::from_uuid(Uuid::from_u128(6)))),
        with(good.clone(), "sid", json!(SignInId::from_uuid(Uuid::from_u128(3)))),
        without(good.clone(), "client_id"),
        without(good, "secret_id"),
        with(good_payload(), "sub", json!(client)),
        with(good_payload(), "scope", json!("BUYER_READ")),
        with(good_payload(), "client_id", json!(client)),
    ] {
        assert!(refused(&keys, &forged(&good_header(), &bad)), "{bad}");
    }
}

#[test]
fn a_token_of_another_key_issuer_or_audience_is_refused() {
    let token = keys(1, "tandem", "tandem").sign(claims(), NOW, 900, "1".to_owned()).unwrap();
    for other in [keys(2, "tandem", "tandem"), keys(1, "else", "tandem"), keys(1, "tandem", "else")] {
        assert!(refused(&other, &token));
    }
}

#[test]
fn what_the_header_says_decides_nothing() {
    let keys = keys(1, "tandem", "tandem");
    assert!(keys.verify(&forged(&good_header(), &good_payload()), NOW).is_ok());
    for (name, value) in [
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("RS256")),
        ("alg", json!("eddsa")),
        ("alg", json!(["EdDSA"])),
        ("typ", json!("JWT")),
        ("typ", json!("at+jwt ")),
        ("typ", json!(1)),
        ("kid", json!("unknown")),
        ("kid", json!("")),
        ("kid", json!("../../../../dev/null")),
        ("kid", json!("' OR '1'='1' --")),
        ("kid", json!(key_id(&key(2).verifying_key()).unwrap())),
        ("kid", json!(1)),
        ("jwk", json!({ "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(key(2).verifying_key().as_bytes()) })),
        ("jku", json!("https://attacker.example/jwks.json")),
        ("x5u", json!("https://attacker.example/cert.pem")),
        ("x5c", json!(["MIIB"])),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
    ] {
        assert!(refused(&keys, &forged(&with(good_header(), name, value.clone()), &good_payload())), "{name}: {value}");
    }
    for name in ["alg", "typ", "kid"] {
        assert!(refused(&keys, &forged(&without(good_header(), name), &good_payload())), "no {name}");
    }
}

#[test]
fn the_public_key_is_no_secret_to_sign_with() {
    let keys = keys(1, "tandem", "tandem");
    let public = key(1).verifying_key();
    let pem = public.to_public_key_pem(ed25519_dalek::pkcs8::spki::der::pem::LineEnding::LF).unwrap();
    for secret in [public.as_bytes().as_slice(), pem.as_bytes(), public.to_public_key_der().unwrap().as_bytes(), b""] {
        let mut header = JwtHeader::new(Algorithm::HS256);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(key_id(&public).unwrap());
        let token = jsonwebtoken::encode(&header, &good_payload(), &EncodingKey::from_secret(secret)).unwrap();
        assert!(refused(&keys, &token));
        // The same signature under the right name of the algorithm.
        let (message, signature) = token.rsplit_once('.').unwrap();
        let payload = message.split_once('.').unwrap().1;
        assert!(refused(&keys, &format!("{}.{payload}.{signature}", URL_SAFE_NO_PAD.encode(good_header().to_string()))));
    }
}

#[test]
fn every_claim_is_needed_with_its_type_and_in_its_time() {
    let keys = keys(1, "tandem", "tandem");
    for name in ["iss", "aud", "sub", "org", "iat", "nbf", "exp", "jti"] {
        assert!(refused(&keys, &forged(&good_header(), &without(good_payload(), name))), "no {name}");
        for wrong in [json!(null), json!([]), json!({}), json!(true)] {
            assert!(refused(&keys, &forged(&good_header(), &with(good_payload(), name, wrong.clone()))), "{name}: {wrong}");
        }
    }
    for (name, value) in [
        ("iss", json!("else")),
        ("aud", json!("else")),
        ("aud", json!(["else"])),
        ("jti", json!("")),
        ("jti", json!(1)),
        ("sub", json!(claims().organization_id)),
        ("sub", json!("mem_x")),
        ("sid", json!("x")),
        ("sid", json!(1)),
        ("exp", json!(1_699_999_970)),
        ("exp", json!("1700000900")),
        ("exp", json!(1_700_000_900.5)),
        ("exp", json!(1_700_000_901)),
        ("exp", json!(i64::MAX)),
        ("nbf", json!(1_700_000_031)),
        ("nbf", json!("1700000000")),
        ("iat", json!(1_700_000_031)),
        ("iat", json!(1_700_000_901)),
        ("iat", json!(i64::MIN)),
    ] {
        assert!(refused(&keys, &forged(&good_header(), &with(good_payload(), name, value.clone()))), "{name}: {value}");
    }
}

#[test]
fn tampered_and_oversized_tokens_are_refused() {
    let keys = keys(1, "tandem", "tandem");
    let token = keys.sign(claims(), NOW, 900, "1".to_owned()).unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let longer = keys.sign(claims(), later(20), 900, "1".to_owned()).unwrap();
    let cases = [
        format!("{}.{}.{}", parts[0], longer.split('.').nth(1).unwrap(), parts[2]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{token}.{}", parts[2]),
        format!("{token}x"),
        format!("{}={}", parts[0], &token[parts[0].len()..]),
        forged(&good_header(), &with(good_payload(), "pad", json!("x".repeat(MAX_LENGTH)))),
        "x".repeat(MAX_LENGTH + 1),
        String::new(),
        "..".to_owned(),
        "\u{0}.\u{0}.\u{0}".to_owned(),
    ];
    for case in cases {
        assert!(refused(&keys, &case), "{case}");
    }
}

#[test]
fn the_key_set_shows_public_members_only() {
    let set = keys(1, "tandem", "tandem").jwks(NOW);
    let only = &set["keys"][0];
    assert_eq!(set["keys"].as_array().unwrap().len(), 1);
    let names: Vec<&String> = only.as_object().unwrap().keys().collect();
    assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x"]);
    assert_eq!(only["x"], URL_SAFE_NO_PAD.encode(key(1).verifying_key().as_bytes()));
}

fn key_ids(keys: &Keys, now: Timestamp) -> Vec<String> {
    keys.jwks(now)["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_key_file_is_made_for_its_owner_only_and_read_again() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("keys/signing-key.pem");
    let made = Keys::load(&file, "tandem", "tandem").unwrap();
    let read = Keys::load(&file, "tandem", "tandem").unwrap();
    assert_eq!(key_ids(&made, NOW), key_ids(&read, NOW));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(Keys::load(&file, "tandem", "tandem").is_err());
    }
}

#[test]
fn a_replaced_key_verifies_until_its_last_token_is_dead() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("signing-key.pem");
    let running = Keys::load(&file, "tandem", "tandem").unwrap();
    let old = running.sign(claims(), NOW, 900, "1".to_owned()).unwrap();
    rotate(&file, NOW, false).unwrap();
    std::thread::sleep(LOOK_EVERY);
    // The running keys notice by themselves.
    let new = running.sign(claims(), NOW, 900, "2".to_owned()).unwrap();
    assert_ne!(Header::of(&old).unwrap().key_id, Header::of(&new).unwrap().key_id);
    let fresh = Keys::load(&file, "tandem", "tandem").unwrap();
    for keys in [&running, &fresh] {
        assert!(keys.verify(&old, later(929)).is_ok() && keys.verify(&new, NOW).is_ok());
        assert_eq!(key_ids(keys, later(989)).len(), 2);
        assert_eq!(key_ids(keys, later(990)), [Header::of(&new).unwrap().key_id]);
    }
    #[cfg(unix)]
    for entry in fs::read_dir(directory.path()).unwrap() {
        use std::os::unix::fs::PermissionsExt;
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
    }
    // A second rotation keeps both, a later one forgets what is dead.
    rotate(&file, later(100), false).unwrap();
    assert_eq!(key_ids(&Keys::load(&file, "tandem", "tandem").unwrap(), later(100)).len(), 3);
    rotate(&file, later(5_000), false).unwrap();
    assert_eq!(key_ids(&Keys::load(&file, "tandem", "tandem").unwrap(), later(5_000)).len(), 2);
}

#[test]
fn a_key_in_wrong_hands_is_refused_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("signing-key.pem");
    let stolen = Keys::load(&file, "tandem", "tandem").unwrap().sign(claims(), NOW, 900, "1".to_owned()).unwrap();
    rotate(&file, NOW, false).unwrap();
    rotate(&file, NOW, true).unwrap();
    let keys = Keys::load(&file, "tandem", "tandem").unwrap();
    assert!(refused(&keys, &stolen));
    assert_eq!(key_ids(&keys, NOW).len(), 1);
}

#[test]
fn keys_that_cannot_be_read_leave_the_running_ones_as_they_are() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("signing-key.pem");
    let running = Keys::load(&file, "tandem", "tandem").unwrap();
    let token = running.sign(claims(), NOW, 900, "1".to_owned()).unwrap();
    fs::write(&file, "no key").unwrap();
    std::thread::sleep(LOOK_EVERY);
    assert!(running.verify(&token, NOW).is_ok());
    assert!(rotate(&file, NOW, false).is_err());
}

#[test]
fn a_successor_follows_from_its_predecessor_and_the_key() {
    let keys = keys(1, "tandem", "tandem");
    assert_eq!(keys.successor(b"a").unwrap(), keys.successor(b"a").unwrap());
    assert_ne!(keys.successor(b"a").unwrap(), keys.successor(b"b").unwrap());
    assert_ne!(keys.successor(b"a").unwrap(), self::keys(2, "tandem", "tandem").successor(b"a").unwrap());
}
