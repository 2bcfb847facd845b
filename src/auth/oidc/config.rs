//! Which providers are trusted, and for what.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use entity::ids::OrganizationId;
use entity::kinds::Role;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde_json::Value;

use super::fetch::Address;
use crate::error::{Error, ProblemCode, Result};

/// The file of `--oidc-config`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Each `[[issuer]]`.
    #[serde(default)]
    issuer: Vec<Provider>,
}

/// One identity provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// `iss`, exactly.
    pub issuer: String,
    /// `aud` of tokens that are for this server.
    pub audience: String,
    /// The organization whose members it knows.
    #[serde(rename = "organization")]
    pub organization_id: OrganizationId,
    /// Where its keys are; where none is given its discovery document says it.
    pub jwks_url: Option<String>,
    /// How its tokens may be signed: of `RS256`, `ES256`, `EdDSA`.
    pub algorithms: Vec<String>,
    /// The claim with the roles: a text, or a list of texts.
    #[serde(default = "roles")]
    pub roles_claim: String,
    /// From a role there to a role here.
    pub role_map: BTreeMap<String, Role>,
    /// The claim with the e-mail address; it counts where `email_verified` is true.
    #[serde(default = "email")]
    pub email_claim: String,
    /// Whether somebody who is not a member yet becomes one.
    #[serde(default)]
    pub provision: bool,
}

fn roles() -> String {
    "roles".to_owned()
}

fn email() -> String {
    "email".to_owned()
}

fn refused(message: impl Into<String>) -> Error {
    Error::invalid("oidc_config", ProblemCode::Invalid, message)
}

impl Settings {
    /// Reads a file.
    ///
    /// # Errors
    /// A problem with `oidc_config`.
    pub fn read(file: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(file).map_err(|cause| refused(format!("{}: {cause}", file.display())))?;
        Self::parse(&text)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// A problem with `oidc_config`.
    pub fn parse(text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|cause| refused(cause.to_string()))
    }

    pub(super) fn into_checked(self) -> Result<Vec<Provider>> {
        let mut seen = HashSet::new();
        for provider in &self.issuer {
            if !seen.insert(provider.issuer.as_str()) {
                return Err(refused(format!("{} stands twice", provider.issuer)));
            }
            provider.check()?;
        }
        Ok(self.issuer)
    }

    /// Whether one of them is an issuer.
    #[must_use]
    pub fn trusts(&self, issuer: &str) -> bool {
        self.issuer.iter().any(|provider| provider.issuer == issuer)
    }
}

impl Provider {
    fn check(&self) -> Result<()> {
        let about = |message: &str| refused(format!("{}: {message}", self.issuer));
        Address::new(&self.issuer).ok_or_else(|| about("issuer must be an https URL"))?;
        if let Some(url) = &self.jwks_url {
            Address::new(url).ok_or_else(|| about("jwks_url must be an https URL"))?;
        }
        if self.audience.is_empty() {
            return Err(about("audience must not be empty"));
        }
        if self.algorithms.is_empty() || self.algorithms.iter().any(|name| known(name).is_none()) {
            return Err(about("algorithms must be of RS256, ES256 and EdDSA"));
        }
        if self.role_map.is_empty() {
            return Err(about("role_map must map a role"));
        }
        Ok(())
    }

    /// The algorithm that a header names, if it is on the list.
    pub(super) fn algorithm(&self, name: &str) -> Option<Algorithm> {
        self.algorithms.iter().any(|allowed| allowed == name).then(|| known(name)).flatten()
    }

    /// The role that the roles of a token map to.
    pub(super) fn role_of(&self, claim: &Value) -> Option<Role> {
        let named: Vec<&str> = match claim {
            Value::String(role) => vec![role],
            Value::Array(roles) => roles.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        named.into_iter().filter_map(|role| self.role_map.get(role).copied()).min()
    }

    /// Where the document is that says where the keys are.
    pub(super) fn discovery_url(&self) -> String {
        format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'))
    }
}

/// The algorithms that a provider may use: none that shares its key.
fn known(name: &str) -> Option<Algorithm> {
    match name {
        "RS256" => Some(Algorithm::RS256),
        "ES256" => Some(Algorithm::ES256),
        "EdDSA" => Some(Algorithm::EdDSA),
        _ => None,
    }
}
