//! The keys of a provider: fetched when needed, kept while they last.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use entity::time::Timestamp;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use super::config::Provider;
use super::fetch::{Address, Failure, Fetcher};
use crate::error::Result;

const SECOND: i64 = 1_000_000;

/// The provider is asked at most so often, whatever tokens arrive.
const PAUSE_MICROS: i64 = 30 * SECOND;

/// Keys older than this are fetched again while they go on being used.
const STALE_MICROS: i64 = 10 * 60 * SECOND;

/// Fewest characters of an RSA modulus in base64: 2048 bits.
const MIN_MODULUS: usize = 342;

/// Most keys of a provider.
const MAX_KEYS: usize = 100;

/// The keys of one provider.
#[derive(Debug)]
pub(super) struct KeyStore {
    issuer: String,
    jwks: Option<Address>,
    discovery: String,
    fetcher: Fetcher,
    known: Mutex<Known>,
    /// Held while the provider is asked: others wait for its answer rather than ask too.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    keys: HashMap<String, (Algorithm, Arc<DecodingKey>)>,
    fetched_at: Option<Timestamp>,
    asked_at: Option<Timestamp>,
}

impl std::fmt::Debug for Known {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Known").field("keys", &self.keys.keys()).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

/// One by one, for a key of a kind that is not known must not cost the others.
#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

impl KeyStore {
    pub(super) fn new(provider: &Provider) -> Result<Self> {
        Ok(Self {
            issuer: provider.issuer.clone(),
            jwks: provider.jwks_url.as_deref().and_then(Address::new),
            discovery: provider.discovery_url(),
            fetcher: Fetcher::new()?,
            known: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
        })
    }

    /// The key with a name, if it is one for the algorithm.
    pub(super) async fn find(self: &Arc<Self>, key_id: &str, algorithm: Algorithm, now: Timestamp) -> Option<Arc<DecodingKey>> {
        let fits = |found: Option<(Algorithm, Arc<DecodingKey>)>| found.filter(|(kind, _)| *kind == algorithm).map(|(_, key)| key);
        if let Some(found) = self.known(key_id) {
            if self.is_due(now, STALE_MICROS) {
                let store = Arc::clone(self);
                tokio::spawn(async move { store.ask(now, STALE_MICROS).await });
            }
            return fits(Some(found));
        }
        self.ask(now, 0).await;
        fits(self.known(key_id))
    }

    fn known(&self, key_id: &str) -> Option<(Algorithm, Arc<DecodingKey>)> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).keys.get(key_id).cloned()
    }

    /// Whether the keys are older than `age` and the provider was left alone long enough.
    fn is_due(&self, now: Timestamp, age: i64) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let since = |then: Option<Timestamp>| then.map_or(i64::MAX, |then| now.micros().saturating_sub(then.micros()));
        since(known.asked_at) >= PAUSE_MICROS && since(known.fetched_at) >= age
    }

    /// Asks the provider for its keys, if that is due. Where it has no good answer the known keys stay.
    async fn ask(&self, now: Timestamp, age: i64) {
        let _turn = self.asking.lock().await;
        if !self.is_due(now, age) {
            return;
        }
        // Before the answer: a provider that does not answer is not asked more often than one that does.
        self.known.lock().unwrap_or_else(PoisonError::into_inner).asked_at = Some(now);
        match self.fetch().await {
            Ok(keys) => {
                let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
                known.keys = keys;
                known.fetched_at = Some(now);
            }
            Err(Failure(cause)) => tracing::warn!(issuer = %self.issuer, cause, "the keys of an identity provider cannot be had"),
        }
    }

    async fn fetch(&self) -> Result<HashMap<String, (Algorithm, Arc<DecodingKey>)>, Failure> {
        let address = match &self.jwks {
            Some(address) => address.clone(),
            None => self.discover().await?,
        };
        let set: KeySet = self.fetcher.document(&address).await?;
        let keys = set.keys.into_iter().take(MAX_KEYS).filter_map(|key| usable(serde_json::from_value(key).ok()?));
        let keys: HashMap<_, _> = keys.collect();
        if keys.is_empty() { Err(Failure("has no key that can be used".to_owned())) } else { Ok(keys) }
    }

    async fn discover(&self) -> Result<Address, Failure> {
        let refused = |message: &str| Failure(message.to_owned());
        let document = Address::new(&self.discovery).ok_or_else(|| refused("has no address"))?;
        let found: Discovery = self.fetcher.document(&document).await?;
        // Whoever could put another document there could name any keys (OpenID Connect Discovery section 4.3).
        if found.issuer != self.issuer {
            return Err(refused("tells another issuer"));
        }
        Address::new(&found.jwks_uri).ok_or_else(|| refused("keeps its keys at no https URL"))
    }
}

/// A key that verifies signatures, under its name, with the one algorithm it is for.
fn usable(jwk: Jwk) -> Option<(String, (Algorithm, Arc<DecodingKey>))> {
    if !matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
        return None;
    }
    let (algorithm, named) = match &jwk.algorithm {
        AlgorithmParameters::RSA(key) if key.n.len() >= MIN_MODULUS => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => (Algorithm::ES256, KeyAlgorithm::ES256),
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => (Algorithm::EdDSA, KeyAlgorithm::EdDSA),
        _ => return None,
    };
    if jwk.common.key_algorithm.is_some_and(|declared| declared != named) {
        return None;
    }
    let key = DecodingKey::from_jwk(&jwk).ok()?;
    Some((jwk.common.key_id?, (algorithm, Arc::new(key))))
}
