//! Access tokens: JWT signed with Ed25519 (RFC 8037), of the type `at+jwt` (RFC 9068).
//!
//! One algorithm, one key, both chosen by configuration and never by the token. Every time claim is checked
//! against the house's clock.

use std::fs;
use std::io::Write;
use std::path::Path;

use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey};
use entity::ids::{MemberId, OrganizationId};
use entity::time::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use rand::TryRngCore;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, Problem, ProblemCode, Result};

/// Longest life of a token, in seconds.
pub const MAX_LIFE_SECONDS: i64 = 15 * 60;

/// How far two clocks may be apart, in seconds.
const LEEWAY_SECONDS: i64 = 30;

/// Longest token that is looked at, in bytes.
const MAX_LENGTH: usize = 4096;

/// The type of an access token.
const TYPE: &str = "at+jwt";

/// Signs and verifies tokens.
pub struct Keys {
    encoding: EncodingKey,
    decoding: DecodingKey,
    key_id: String,
    issuer: String,
    audience: String,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Keys").field("key_id", &self.key_id).field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// What a good token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claims {
    /// The organization.
    pub organization_id: OrganizationId,
    /// The member.
    pub member_id: MemberId,
}

#[derive(Serialize, Deserialize)]
struct Payload {
    iss: String,
    aud: String,
    sub: MemberId,
    org: OrganizationId,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: String,
}

impl Keys {
    /// Takes an Ed25519 key.
    ///
    /// # Errors
    /// [`Error::Internal`] where the key cannot be encoded.
    pub fn new(key: &SigningKey, issuer: &str, audience: &str) -> Result<Self> {
        let private = key.to_pkcs8_der().map_err(Error::internal)?;
        let public = key.verifying_key().to_public_key_der().map_err(|_| Error::broken("a public key has an encoding"))?;
        let key_id = Sha256::digest(public.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self {
            encoding: EncodingKey::from_ed_der(private.as_bytes()),
            decoding: DecodingKey::from_ed_der(key.verifying_key().as_bytes()),
            key_id,
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
        })
    }

    /// Reads the key of a file, or makes one there that only its owner can read.
    ///
    /// # Errors
    /// A problem with `signing_key_file` where it cannot be read or made, holds no Ed25519 key, or others can read it.
    pub fn load(file: &Path, issuer: &str, audience: &str) -> Result<Self> {
        if !file.exists() {
            make_key_file(file)?;
        }
        let refused =
            |message: String| Error::Invalid(vec![Problem { field: "signing_key_file".to_owned(), code: ProblemCode::Invalid, message }]);
        let metadata = fs::metadata(file).map_err(|cause| refused(format!("{}: {cause}", file.display())))?;
        if readable_by_others(&metadata) {
            return Err(refused(format!("{}: others can read the key; make its mode 0600", file.display())));
        }
        let pem = fs::read_to_string(file).map_err(|cause| refused(format!("{}: {cause}", file.display())))?;
        let key =
            SigningKey::from_pkcs8_pem(&pem).map_err(|_| refused(format!("{}: not an Ed25519 key in PKCS #8 PEM", file.display())))?;
        Self::new(&key, issuer, audience)
    }

    /// A token for a member.
    ///
    /// # Errors
    /// [`Error::Internal`] where signing fails.
    pub fn sign(&self, claims: Claims, now: Timestamp, life_seconds: i64, token_id: String) -> Result<String> {
        let seconds = now.micros() / 1_000_000;
        let payload = Payload {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: claims.member_id,
            org: claims.organization_id,
            iat: seconds,
            nbf: seconds,
            exp: seconds + life_seconds.clamp(1, MAX_LIFE_SECONDS),
            jti: token_id,
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(self.key_id.clone());
        jsonwebtoken::encode(&header, &payload, &self.encoding).map_err(Error::internal)
    }

    /// What a token says, if it is good now.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], the same for every fault.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Claims> {
        if token.len() > MAX_LENGTH {
            return Err(Error::Unauthenticated);
        }
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        // The library would ask the computer's clock; below the house's clock is asked.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let found = jsonwebtoken::decode::<Payload>(token, &self.decoding, &validation).map_err(|_| Error::Unauthenticated)?;
        let Payload { sub, org, iat, nbf, exp, .. } = found.claims;
        let seconds = now.micros() / 1_000_000;
        let ours = found.header.typ.as_deref() == Some(TYPE) && found.header.kid.as_deref() == Some(&self.key_id);
        let begun = nbf <= seconds + LEEWAY_SECONDS && iat <= seconds + LEEWAY_SECONDS;
        let alive = seconds < exp.saturating_add(LEEWAY_SECONDS) && exp.saturating_sub(iat) <= MAX_LIFE_SECONDS;
        if ours && begun && alive { Ok(Claims { organization_id: org, member_id: sub }) } else { Err(Error::Unauthenticated) }
    }
}

fn make_key_file(file: &Path) -> Result<()> {
    if let Some(directory) = file.parent() {
        fs::create_dir_all(directory).map_err(Error::internal)?;
    }
    let mut seed = [0; 32];
    rand::rngs::OsRng.try_fill_bytes(&mut seed).map_err(Error::internal)?;
    let pem = SigningKey::from_bytes(&seed).to_pkcs8_pem(LineEnding::LF).map_err(Error::internal)?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut made = options.open(file).map_err(Error::internal)?;
    made.write_all(pem.as_bytes()).and_then(|()| made.sync_all()).map_err(Error::internal)
}

#[cfg(unix)]
fn readable_by_others(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0
}

#[cfg(not(unix))]
fn readable_by_others(_: &fs::Metadata) -> bool {
    false
}

/// The bearer token of an `Authorization` header.
#[must_use]
pub fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use entity::ids::TypedId;
    use uuid::Uuid;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    fn keys(seed: u8, issuer: &str, audience: &str) -> Keys {
        Keys::new(&SigningKey::from_bytes(&[seed; 32]), issuer, audience).unwrap()
    }

    fn claims() -> Claims {
        Claims { organization_id: OrganizationId::from_uuid(Uuid::from_u128(1)), member_id: MemberId::from_uuid(Uuid::from_u128(2)) }
    }

    fn later(seconds: i64) -> Timestamp {
        NOW.saturating_add_micros(seconds * 1_000_000)
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
    }

    #[test]
    fn a_life_is_never_longer_than_fifteen_minutes() {
        let keys = keys(1, "tandem", "tandem");
        let token = keys.sign(claims(), NOW, 86_400, "1".to_owned()).unwrap();
        assert!(keys.verify(&token, later(MAX_LIFE_SECONDS + LEEWAY_SECONDS)).is_err());
    }

    #[test]
    fn a_token_of_another_key_issuer_or_audience_is_refused() {
        let token = keys(1, "tandem", "tandem").sign(claims(), NOW, 900, "1".to_owned()).unwrap();
        for other in [keys(2, "tandem", "tandem"), keys(1, "else", "tandem"), keys(1, "tandem", "else")] {
            assert!(matches!(other.verify(&token, NOW), Err(Error::Unauthenticated)));
        }
    }

    #[test]
    fn tampered_unsigned_and_oversized_tokens_are_refused() {
        let keys = keys(1, "tandem", "tandem");
        let token = keys.sign(claims(), NOW, 900, "1".to_owned()).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let longer = keys.sign(claims(), later(60), 900, "1".to_owned()).unwrap();
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"at+jwt"}"#);
        let hmac = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"HS256","typ":"at+jwt","kid":"{}"}}"#, keys.key_id));
        let cases = [
            format!("{none}.{}.", parts[1]),
            format!("{hmac}.{}.{}", parts[1], parts[2]),
            format!("{}.{}.{}", parts[0], longer.split('.').nth(1).unwrap(), parts[2]),
            format!("{}.{}", parts[0], parts[1]),
            format!("{token}x"),
            "x".repeat(MAX_LENGTH + 1),
            String::new(),
        ];
        for case in cases {
            assert!(matches!(keys.verify(&case, NOW), Err(Error::Unauthenticated)), "{case}");
        }
    }

    #[test]
    fn a_token_of_another_type_is_refused() {
        let keys = keys(1, "tandem", "tandem");
        let payload = Payload {
            iss: "tandem".to_owned(),
            aud: "tandem".to_owned(),
            sub: claims().member_id,
            org: claims().organization_id,
            iat: 1_700_000_000,
            nbf: 1_700_000_000,
            exp: 1_700_000_900,
            jti: "1".to_owned(),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(keys.key_id.clone());
        let token = jsonwebtoken::encode(&header, &payload, &keys.encoding).unwrap();
        assert!(keys.verify(&token, NOW).is_err());
        header.typ = Some(TYPE.to_owned());
        let token = jsonwebtoken::encode(&header, &payload, &keys.encoding).unwrap();
        assert!(keys.verify(&token, NOW).is_ok());
    }

    #[test]
    fn a_key_file_is_made_for_its_owner_only_and_read_again() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("keys/signing-key.pem");
        let made = Keys::load(&file, "tandem", "tandem").unwrap();
        let read = Keys::load(&file, "tandem", "tandem").unwrap();
        assert_eq!(made.key_id, read.key_id);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
            fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
            assert!(Keys::load(&file, "tandem", "tandem").is_err());
        }
    }

    #[test]
    fn bearer_tokens_are_found_whatever_the_case_of_the_scheme() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bearer abc"), Some("abc"));
        for header in ["Bearer", "Bearer ", "Basic abc", "abc", ""] {
            assert_eq!(bearer(header), None, "{header}");
        }
    }
}
