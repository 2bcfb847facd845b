//! Tokens of identity providers: the house as a resource server of OpenID Connect.
//!
//! A token whose unverified `iss` is that of a configured provider is checked with that provider's keys and rules, and
//! with nothing else: its algorithm must be on the provider's list and fit the key, its audience must be ours, its times
//! must be good. Keys are fetched over HTTPS (plain HTTP on the loopback address only), without redirects, within
//! bounds of time and size, and never because of what a token points at. They are kept; a key that is not known makes
//! the house look again, at most every 30 seconds. While the provider is down the known keys go on working.
//!
//! A token's roles are mapped to one role of the house. Where several map, the first in the order of [`Role`] counts;
//! where none does, the caller is refused.

mod config;
mod fetch;
mod keys;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use entity::ids::OrganizationId;
use entity::kinds::Role;
use entity::time::Timestamp;
use jsonwebtoken::Validation;
use serde_json::{Map, Value};

pub use self::config::{Provider, Settings};
use self::keys::KeyStore;
use super::jose::{Header, unverified_issuer};
use super::token::LEEWAY_SECONDS;
use crate::error::{Error, Result};

/// Longest token of a provider that is looked at, in bytes.
const MAX_LENGTH: usize = 8_192;

/// Longest life of a provider's token, in seconds.
const MAX_LIFE_SECONDS: i64 = 24 * 3_600;

/// Longest `sub`, in bytes (OpenID Connect Core section 2).
const MAX_SUBJECT: usize = 255;

/// The providers that are trusted.
#[derive(Debug, Default)]
pub struct Providers(Vec<Trusted>);

/// A provider and its keys.
#[derive(Debug)]
pub struct Trusted {
    settings: Provider,
    keys: Arc<KeyStore>,
}

/// Whom a provider vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The organization whose members the provider knows.
    pub organization_id: OrganizationId,
    /// The provider.
    pub issuer: String,
    /// Its name for them.
    pub subject: String,
    /// Their address, if the provider has verified it.
    pub verified_email: Option<String>,
    /// What it calls them.
    pub name: Option<String>,
    /// The role its claims give them.
    pub role: Role,
    /// Whether somebody who is not a member yet becomes one.
    pub provision: bool,
}

impl Providers {
    /// Those of the settings.
    ///
    /// # Errors
    /// A problem with `oidc_config`.
    pub fn new(settings: Settings) -> Result<Self> {
        let trusted = settings.into_checked()?.into_iter().map(|settings| {
            let keys = Arc::new(KeyStore::new(&settings)?);
            Ok(Trusted { settings, keys })
        });
        trusted.collect::<Result<_>>().map(Self)
    }

    /// The provider that a token says it comes from.
    pub(super) fn of_token(&self, token: &str) -> Option<&Trusted> {
        if self.0.is_empty() || token.len() > MAX_LENGTH {
            return None;
        }
        let issuer = unverified_issuer(token)?;
        self.0.iter().find(|trusted| trusted.settings.issuer == issuer)
    }
}

impl Trusted {
    /// Whom a token is for, if it is good now.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], the same for every fault.
    pub(super) async fn verify(&self, token: &str, now: Timestamp) -> Result<Identity> {
        self.check(token, now).await.ok_or(Error::Unauthenticated)
    }

    async fn check(&self, token: &str, now: Timestamp) -> Option<Identity> {
        let header = Header::of(token)?;
        let kind = header.kind.as_deref().map(str::to_ascii_lowercase);
        if !matches!(kind.as_deref(), None | Some("jwt" | "at+jwt" | "application/at+jwt")) {
            return None;
        }
        let algorithm = self.settings.algorithm(&header.algorithm)?;
        let key = self.keys.find(&header.key_id, algorithm, now).await?;
        let mut validation = Validation::new(algorithm);
        // Everything but the signature is checked below, against the house's clock and with exact types.
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        let claims = jsonwebtoken::decode::<Map<String, Value>>(token, &key, &validation).ok()?.claims;
        self.identity(&claims, now)
    }

    fn identity(&self, claims: &Map<String, Value>, now: Timestamp) -> Option<Identity> {
        let Provider { issuer, audience, organization_id, provision, .. } = &self.settings;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        if text("iss") != Some(issuer.as_str()) || !names(claims.get("aud")?, audience) || !self.timely(claims, now) {
            return None;
        }
        let subject = text("sub").filter(|subject| (1..=MAX_SUBJECT).contains(&subject.len()) && !subject.contains(char::is_control))?;
        let verified = claims.get("email_verified") == Some(&Value::Bool(true));
        Some(Identity {
            organization_id: *organization_id,
            issuer: issuer.clone(),
            subject: subject.to_owned(),
            verified_email: text(&self.settings.email_claim).filter(|_| verified).map(str::to_owned),
            name: text("name").map(str::to_owned),
            role: self.settings.role_of(claims.get(&self.settings.roles_claim)?)?,
            provision: *provision,
        })
    }

    fn timely(&self, claims: &Map<String, Value>, now: Timestamp) -> bool {
        let seconds = now.micros() / 1_000_000;
        let instant = |name: &str| claims.get(name).and_then(Value::as_i64);
        let (Some(exp), Some(iat)) = (instant("exp"), instant("iat")) else { return false };
        let nbf = if claims.contains_key("nbf") { instant("nbf") } else { Some(iat) };
        let begun = iat <= seconds + LEEWAY_SECONDS && nbf.is_some_and(|nbf| nbf <= seconds + LEEWAY_SECONDS);
        begun && seconds < exp.saturating_add(LEEWAY_SECONDS) && iat <= exp && exp.saturating_sub(iat) <= MAX_LIFE_SECONDS
    }
}

/// Whether an audience, one or several, names ours.
fn names(audience: &Value, ours: &str) -> bool {
    match audience {
        Value::String(audience) => audience == ours,
        Value::Array(several) => several.iter().all(Value::is_string) && several.iter().any(|audience| audience == ours),
        _ => false,
    }
}
