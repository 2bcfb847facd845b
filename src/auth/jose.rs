//! What a token says of itself before anybody believes it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// Header parameters that bring a key along, point at one, or demand what is not understood (RFC 7515 section 4.1).
/// A token that has one of them is refused, whatever it holds.
const REFUSED: [&str; 5] = ["crit", "jku", "jwk", "x5c", "x5u"];

/// The parts of a header that say which key and which rules to check a token with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// How it claims to be signed.
    pub(super) algorithm: String,
    /// The name of the key: looked up among the configured keys, and nothing else is done with it.
    pub(super) key_id: String,
    /// What kind of token it claims to be.
    pub(super) kind: Option<String>,
}

impl Header {
    /// Reads the header of a token; `None` where it is no header that may be followed.
    pub(super) fn of(token: &str) -> Option<Self> {
        let mut header = object(token.split('.').next()?)?;
        if REFUSED.iter().any(|name| header.contains_key(*name)) {
            return None;
        }
        let kind = match header.remove("typ") {
            None => None,
            Some(Value::String(kind)) => Some(kind),
            Some(_) => return None,
        };
        match (header.remove("alg"), header.remove("kid")) {
            (Some(Value::String(algorithm)), Some(Value::String(key_id))) => Some(Self { algorithm, key_id, kind }),
            _ => None,
        }
    }
}

/// The issuer a token names. Nothing has been checked: it only says whose keys to check it with.
pub(super) fn unverified_issuer(token: &str) -> Option<String> {
    let mut parts = token.split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    match object(payload)?.remove("iss") {
        Some(Value::String(issuer)) => Some(issuer),
        _ => None,
    }
}

fn object(part: &str) -> Option<Map<String, Value>> {
    match serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()? {
        Value::Object(map) => Some(map),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(json: &str) -> Option<Header> {
        Header::of(&format!("{}.e30.x", URL_SAFE_NO_PAD.encode(json)))
    }

    #[test]
    fn a_header_names_its_algorithm_and_key() {
        let read = header(r#"{"alg":"EdDSA","kid":"1","typ":"at+jwt"}"#).unwrap();
        assert_eq!((read.algorithm.as_str(), read.key_id.as_str(), read.kind.as_deref()), ("EdDSA", "1", Some("at+jwt")));
        for wrong in [r#"{"alg":"EdDSA"}"#, r#"{"kid":"1"}"#, r#"{"alg":1,"kid":"1"}"#, r#"{"alg":"EdDSA","kid":1}"#, "[]", "{"] {
            assert_eq!(header(wrong), None, "{wrong}");
        }
        assert_eq!(header(r#"{"alg":"EdDSA","kid":"1","typ":1}"#), None);
    }

    #[test]
    fn a_header_that_brings_a_key_or_demands_more_is_refused() {
        for name in REFUSED {
            assert_eq!(header(&format!(r#"{{"alg":"EdDSA","kid":"1","{name}":null}}"#)), None, "{name}");
        }
    }

    #[test]
    fn the_issuer_is_read_from_three_parts_only() {
        let payload = URL_SAFE_NO_PAD.encode(r#"{"iss":"https://a"}"#);
        assert_eq!(unverified_issuer(&format!("x.{payload}.x")).as_deref(), Some("https://a"));
        for wrong in [format!("x.{payload}"), payload, String::new(), "a.b.c".to_owned()] {
            assert_eq!(unverified_issuer(&wrong), None, "{wrong}");
        }
    }
}
