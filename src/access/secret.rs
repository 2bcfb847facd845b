//! Tokens that say nothing: 256 random bits behind a prefix, and the organization whose door they open.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::ids::{OrganizationId, TypedId};
use rand::TryRngCore;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::error::{Error, Result};

/// What a token is for: its prefix, so that one found in a log or a repository is known for what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Goes on with a sign-in.
    Refresh,
    /// Sets a password: an invitation or a reset.
    Ticket,
}

impl Purpose {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Refresh => "tandem_refresh_",
            Self::Ticket => "tandem_ticket_",
        }
    }
}

/// Such a token.
#[derive(Clone)]
pub(crate) struct Secret {
    purpose: Purpose,
    /// Whose door it opens.
    pub(crate) organization_id: OrganizationId,
    /// What nobody can guess.
    pub(crate) bytes: [u8; 32],
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Secret").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// [`Error::Internal`] where the computer has no randomness.
    pub(crate) fn new(purpose: Purpose, organization_id: OrganizationId) -> Result<Self> {
        let mut bytes = [0; 32];
        rand::rngs::OsRng.try_fill_bytes(&mut bytes).map_err(Error::internal)?;
        Ok(Self::from_bytes(purpose, organization_id, bytes))
    }

    /// One whose bits are known.
    pub(crate) const fn from_bytes(purpose: Purpose, organization_id: OrganizationId, bytes: [u8; 32]) -> Self {
        Self { purpose, organization_id, bytes }
    }

    /// Reads one; `None` for anything else.
    pub(crate) fn parse(purpose: Purpose, text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.strip_prefix(purpose.prefix())?).ok()?;
        let (organization, bytes) = bytes.split_first_chunk::<16>()?;
        let organization_id = OrganizationId::from_uuid(Uuid::from_bytes(*organization));
        Some(Self { purpose, organization_id, bytes: bytes.try_into().ok()? })
    }

    /// As its holder sees it.
    pub(crate) fn text(&self) -> String {
        let bytes = [self.organization_id.uuid().as_bytes().as_slice(), self.bytes.as_slice()].concat();
        format!("{}{}", self.purpose.prefix(), URL_SAFE_NO_PAD.encode(bytes))
    }

    /// As it is stored.
    pub(crate) fn hash(&self) -> String {
        hash(&self.text())
    }
}

/// SHA-256 in hexadecimal.
pub(crate) fn hash(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_back_for_its_purpose_only() {
        let organization_id = OrganizationId::from_uuid(Uuid::from_u128(7));
        let secret = Secret::new(Purpose::Refresh, organization_id).unwrap();
        let read = Secret::parse(Purpose::Refresh, &secret.text()).unwrap();
        assert_eq!((read.organization_id, read.bytes, read.hash()), (organization_id, secret.bytes, secret.hash()));
        assert!(Secret::parse(Purpose::Ticket, &secret.text()).is_none());
        for text in ["", "tandem_refresh_", "tandem_refresh_AAAA", "tandem_refresh_é", &secret.text()[1..], &format!("{}A", secret.text())]
        {
            assert!(Secret::parse(Purpose::Refresh, text).is_none(), "{text}");
        }
    }

    #[test]
    fn it_tells_nothing_when_it_is_printed() {
        let secret = Secret::from_bytes(Purpose::Ticket, OrganizationId::from_uuid(Uuid::nil()), [7; 32]);
        assert_eq!(format!("{secret:?}"), "Secret { purpose: Ticket, .. }");
    }
}
