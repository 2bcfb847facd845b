//! Access tokens: JWT signed with Ed25519 (RFC 8037), of the type `at+jwt` (RFC 9068).
//!
//! One algorithm, chosen by configuration and never by the token. Several keys: one signs, and those it replaced go
//! on verifying until the last token they signed is dead. A token's `kid` is looked up among them and nothing else is
//! done with it. Every time claim is checked against the house's clock.

mod file;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::{EncodePrivateKey, EncodePublicKey};
use ed25519_dalek::{SigningKey, VerifyingKey};
use entity::ids::{ApiClientId, ClientSecretId, MemberId, OrganizationId, SignInId, TypedId};
use entity::time::Timestamp;
use hmac::{Hmac, Mac};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use self::file::{Retired, Stamp};
use super::jose::Header;
use crate::error::{Error, Result};

pub use self::file::rotate;

/// Longest life of a token, in seconds.
pub const MAX_LIFE_SECONDS: i64 = 15 * 60;

/// How far two clocks may be apart, in seconds.
pub(super) const LEEWAY_SECONDS: i64 = 30;

/// Longest token that is looked at, in bytes.
const MAX_LENGTH: usize = 4096;

/// The type of an access token.
const TYPE: &str = "at+jwt";

/// How a token is signed.
const ALGORITHM: &str = "EdDSA";

/// How often the key files are looked at: a rotation counts within this time.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Signs and verifies tokens.
pub struct Keys {
    set: RwLock<KeySet>,
    files: Option<Files>,
    issuer: String,
    audience: String,
}

/// Where the keys came from, and what the files looked like then.
struct Files {
    signing: PathBuf,
    seen: Mutex<(Instant, Option<Stamp>)>,
}

struct KeySet {
    signing: EncodingKey,
    signing_id: String,
    derivation: [u8; 32],
    verifying: Vec<Verifier>,
}

struct Verifier {
    key_id: String,
    public: VerifyingKey,
    decoding: DecodingKey,
    /// None for the key that signs.
    until: Option<Timestamp>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Keys").field("issuer", &self.issuer).field("audience", &self.audience).finish_non_exhaustive()
    }
}

/// What a good token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// The organization.
    pub organization_id: OrganizationId,
    /// Who it stands for.
    pub subject: Subject,
}

/// Who a token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A member.
    Member {
        /// Which one.
        id: MemberId,
        /// The sign-in it belongs to; none where the operator made it.
        sign_in_id: Option<SignInId>,
    },
    /// An API client.
    Client {
        /// Which one.
        id: ApiClientId,
        /// The secret it was given for.
        secret_id: ClientSecretId,
        /// The permissions it is good for, as OAuth lists them; all that the client has where there is no list.
        scope: Option<String>,
    },
}

impl Claims {
    /// Of a member.
    #[must_use]
    pub const fn of_member(organization_id: OrganizationId, id: MemberId, sign_in_id: Option<SignInId>) -> Self {
        Self { organization_id, subject: Subject::Member { id, sign_in_id } }
    }
}

#[derive(Serialize, Deserialize)]
struct Payload {
    iss: String,
    aud: String,
    sub: String,
    org: OrganizationId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<SignInId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<ApiClientId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret_id: Option<ClientSecretId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: String,
}

impl Payload {
    /// Who the token stands for. One that says both, or neither, stands for nobody.
    fn subject(self) -> Option<Subject> {
        match (self.client_id, self.secret_id) {
            (None, None) if self.scope.is_none() => Some(Subject::Member { id: MemberId::parse(&self.sub).ok()?, sign_in_id: self.sid }),
            (Some(id), Some(secret_id)) if self.sid.is_none() && self.sub == id.to_string() => {
                Some(Subject::Client { id, secret_id, scope: self.scope })
            }
            _ => None,
        }
    }
}

impl KeySet {
    fn new(key: &SigningKey, retired: Vec<Retired>) -> Result<Self> {
        let private = key.to_pkcs8_der().map_err(Error::internal)?;
        let mut verifying = vec![Verifier::new(key.verifying_key(), None)?];
        for old in retired {
            if old.public != key.verifying_key() {
                verifying.push(Verifier::new(old.public, Some(old.until))?);
            }
        }
        let mut derivation = Sha256::new_with_prefix(b"tandem: successors of refresh tokens");
        derivation.update(key.as_bytes());
        Ok(Self {
            signing: EncodingKey::from_ed_der(private.as_bytes()),
            signing_id: key_id(&key.verifying_key())?,
            derivation: derivation.finalize().into(),
            verifying,
        })
    }

    fn good(&self, now: Timestamp) -> impl Iterator<Item = &Verifier> {
        self.verifying.iter().filter(move |key| key.until.is_none_or(|until| now < until))
    }
}

impl Verifier {
    fn new(public: VerifyingKey, until: Option<Timestamp>) -> Result<Self> {
        Ok(Self { key_id: key_id(&public)?, decoding: DecodingKey::from_ed_der(public.as_bytes()), public, until })
    }
}

/// The name of a key: the beginning of the SHA-256 of its encoding.
fn key_id(public: &VerifyingKey) -> Result<String> {
    let encoded = public.to_public_key_der().map_err(|_| Error::broken("a public key has an encoding"))?;
    Ok(Sha256::digest(encoded.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}

impl Keys {
    /// Takes an Ed25519 key.
    ///
    /// # Errors
    /// [`Error::Internal`] where the key cannot be encoded.
    pub fn new(key: &SigningKey, issuer: &str, audience: &str) -> Result<Self> {
        Self::with(KeySet::new(key, Vec::new())?, None, issuer, audience)
    }

    /// Reads the key of a file and those it replaced, or makes one there that only its owner can read. When the files
    /// change, what they hold then counts within a second.
    ///
    /// # Errors
    /// A problem with `signing_key_file` where it cannot be read or made, holds no Ed25519 key, or others can read it.
    pub fn load(file: &Path, issuer: &str, audience: &str) -> Result<Self> {
        if !file.exists() {
            file::make(file)?;
        }
        let stamp = file::stamp(file);
        let set = read_set(file)?;
        let files = Files { signing: file.to_owned(), seen: Mutex::new((Instant::now(), stamp)) };
        Self::with(set, Some(files), issuer, audience)
    }

    fn with(set: KeySet, files: Option<Files>, issuer: &str, audience: &str) -> Result<Self> {
        Ok(Self { set: RwLock::new(set), files, issuer: issuer.to_owned(), audience: audience.to_owned() })
    }

    /// Takes the keys of the files where they have changed. What cannot be read leaves the keys as they are.
    fn look_again(&self) {
        let Some(files) = &self.files else { return };
        let mut seen = files.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.0.elapsed() < LOOK_EVERY {
            return;
        }
        seen.0 = Instant::now();
        let stamp = file::stamp(&files.signing);
        if stamp == seen.1 {
            return;
        }
        match read_set(&files.signing) {
            Ok(set) => {
                *self.set.write().unwrap_or_else(PoisonError::into_inner) = set;
                seen.1 = stamp;
            }
            Err(error) => tracing::warn!(error.cause = %error.for_operator(), "the signing keys changed and cannot be read"),
        }
    }

    /// A token for a member or an API client.
    ///
    /// # Errors
    /// [`Error::Internal`] where signing fails.
    pub fn sign(&self, claims: Claims, now: Timestamp, life_seconds: i64, token_id: String) -> Result<String> {
        self.look_again();
        let seconds = now.micros() / 1_000_000;
        let (sub, sid, client_id, secret_id, scope) = match claims.subject {
            Subject::Member { id, sign_in_id } => (id.to_string(), sign_in_id, None, None, None),
            Subject::Client { id, secret_id, scope } => (id.to_string(), None, Some(id), Some(secret_id), scope),
        };
        let payload = Payload {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub,
            org: claims.organization_id,
            sid,
            client_id,
            secret_id,
            scope,
            iat: seconds,
            nbf: seconds,
            exp: seconds + life_seconds.clamp(1, MAX_LIFE_SECONDS),
            jti: token_id,
        };
        let set = self.set.read().unwrap_or_else(PoisonError::into_inner);
        let mut header = jsonwebtoken::Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(set.signing_id.clone());
        jsonwebtoken::encode(&header, &payload, &set.signing).map_err(Error::internal)
    }

    /// What a token says, if it is good now.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], the same for every fault.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Claims> {
        if token.len() > MAX_LENGTH {
            return Err(Error::Unauthenticated);
        }
        self.look_again();
        let header = Header::of(token).ok_or(Error::Unauthenticated)?;
        if header.algorithm != ALGORITHM || header.kind.as_deref() != Some(TYPE) {
            return Err(Error::Unauthenticated);
        }
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        // The library would ask the computer's clock; below the house's clock is asked.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let set = self.set.read().unwrap_or_else(PoisonError::into_inner);
        let key = set.good(now).find(|key| key.key_id == header.key_id).ok_or(Error::Unauthenticated)?;
        let found = jsonwebtoken::decode::<Payload>(token, &key.decoding, &validation).map_err(|_| Error::Unauthenticated)?;
        let Payload { org, iat, nbf, exp, .. } = found.claims;
        let seconds = now.micros() / 1_000_000;
        let begun = nbf <= seconds + LEEWAY_SECONDS && iat <= seconds + LEEWAY_SECONDS;
        let alive = seconds < exp.saturating_add(LEEWAY_SECONDS) && iat <= exp && exp.saturating_sub(iat) <= MAX_LIFE_SECONDS;
        if !begun || !alive || found.claims.jti.is_empty() {
            return Err(Error::Unauthenticated);
        }
        let subject = found.claims.subject().ok_or(Error::Unauthenticated)?;
        Ok(Claims { organization_id: org, subject })
    }

    /// Who signs the tokens: `iss`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The public keys that verify now, as a JWK set (RFC 7517). It holds no private member.
    #[must_use]
    pub fn jwks(&self, now: Timestamp) -> serde_json::Value {
        self.look_again();
        let set = self.set.read().unwrap_or_else(PoisonError::into_inner);
        let keys: Vec<serde_json::Value> = set
            .good(now)
            .map(|key| {
                serde_json::json!({
                    "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": ALGORITHM,
                    "kid": key.key_id, "x": URL_SAFE_NO_PAD.encode(key.public.as_bytes()),
                })
            })
            .collect();
        serde_json::json!({ "keys": keys })
    }

    /// A secret that follows from another one, and that nobody without the signing key can work out.
    ///
    /// # Errors
    /// [`Error::Internal`] where the key has no length that fits, which cannot be.
    pub fn successor(&self, secret: &[u8]) -> Result<[u8; 32]> {
        let set = self.set.read().unwrap_or_else(PoisonError::into_inner);
        let mut mac = Hmac::<Sha256>::new_from_slice(&set.derivation).map_err(Error::internal)?;
        mac.update(secret);
        Ok(mac.finalize().into_bytes().into())
    }
}

fn read_set(file: &Path) -> Result<KeySet> {
    KeySet::new(&file::read_signing(file)?, file::read_retired(file)?)
}
