//! Tokens that say nothing: 256 random bits behind a prefix, and the organization whose door they open.
//!
//! `tandem_<purpose>_`, then 66 digits of base 62 for the organization and the random bits, then 6 for the CRC-32 of all
//! that: one found in a log or a repository is known for what it is, and one that was cut or mistyped is known before
//! anybody asks a database.

use entity::ids::{OrganizationId, TypedId};
use rand::TryRngCore;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::error::{Error, Result};

/// Digits, capitals, small letters: a double click takes a token as one word.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Digits that hold 128 bits.
const WIDE: usize = 22;

/// Digits that hold 32 bits.
const CHECK: usize = 6;

/// What a token is for: its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Goes on with a sign-in.
    Refresh,
    /// Sets a password: an invitation or a reset.
    Ticket,
    /// Lets an API client in.
    Client,
}

impl Purpose {
    /// How they begin.
    pub(crate) const PREFIXES: [&str; 3] = [Self::Refresh.prefix(), Self::Ticket.prefix(), Self::Client.prefix()];

    const fn prefix(self) -> &'static str {
        match self {
            Self::Refresh => "tandem_refresh_",
            Self::Ticket => "tandem_ticket_",
            Self::Client => "tandem_client_",
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
        let digits = text.strip_prefix(purpose.prefix())?;
        let (body, check) = text.split_at_checked(text.len().checked_sub(CHECK)?)?;
        if digits.len() != 3 * WIDE + CHECK || number(check)? != u128::from(crc32fast::hash(body.as_bytes())) {
            return None;
        }
        let part = |at: usize| number(digits.get(at * WIDE..(at + 1) * WIDE)?).map(u128::to_be_bytes);
        let (organization, first, last) = (part(0)?, part(1)?, part(2)?);
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(first.into_iter().chain(last)) {
            *to = from;
        }
        Some(Self { purpose, organization_id: OrganizationId::from_uuid(Uuid::from_bytes(organization)), bytes })
    }

    /// Whether a text says that it is one, be it good or not.
    pub(crate) fn claims(purpose: Purpose, text: &str) -> bool {
        text.starts_with(purpose.prefix())
    }

    /// As its holder sees it.
    pub(crate) fn text(&self) -> String {
        let mut text = self.purpose.prefix().to_owned();
        let (first, last) = self.bytes.split_at(16);
        for part in [self.organization_id.uuid().as_bytes().as_slice(), first, last] {
            let value = part.iter().fold(0_u128, |value, &byte| (value << 8) | u128::from(byte));
            push(&mut text, value, WIDE);
        }
        let check = crc32fast::hash(text.as_bytes());
        push(&mut text, u128::from(check), CHECK);
        text
    }

    /// How it begins and ends: enough to know it by, and no help in guessing it.
    pub(crate) fn hint(&self) -> String {
        let text = self.text();
        let end = text.get(text.len().saturating_sub(4)..).unwrap_or_default();
        format!("{}…{end}", self.purpose.prefix())
    }

    /// As it is stored.
    pub(crate) fn hash(&self) -> String {
        hash(&self.text())
    }
}

/// Appends a number in so many digits of base 62, most significant first.
fn push(text: &mut String, value: u128, width: usize) {
    let mut digits = Vec::with_capacity(width);
    let mut rest = value;
    for _ in 0..width {
        let digit = usize::try_from(rest % 62).ok().and_then(|digit| DIGITS.get(digit));
        digits.push(digit.copied().unwrap_or(b'0'));
        rest /= 62;
    }
    text.extend(digits.into_iter().rev().map(char::from));
}

/// Reads what [`push`] wrote; `None` for anything else, overflow included.
fn number(digits: &str) -> Option<u128> {
    digits.bytes().try_fold(0_u128, |value, byte| {
        let digit = DIGITS.iter().position(|&known| known == byte)?;
        value.checked_mul(62)?.checked_add(u128::try_from(digit).ok()?)
    })
}

/// SHA-256 in hexadecimal.
pub(crate) fn hash(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
    fn a_token_looks_as_it_always_did() {
        let secret = Secret::from_bytes(Purpose::Client, OrganizationId::from_uuid(Uuid::from_u128(1)), [0xff; 32]);
        let text = "tandem_client_00000000000000000000017n42DGM5Tflk9n8mt7Fhc77n42DGM5Tflk9n8mt7Fhc7";
        assert_eq!(secret.text().split_at(text.len()), (text, &secret.text()[text.len()..]));
        assert_eq!((secret.text().len(), secret.hint().chars().count()), (text.len() + 6, "tandem_client_".len() + 5));
    }

    proptest! {
        #[test]
        fn every_token_comes_back_and_no_other_text_is_one(organization: u128, bytes: [u8; 32], at in 0_usize..86, put in "[0-9A-Za-z]") {
            let organization_id = OrganizationId::from_uuid(Uuid::from_u128(organization));
            let text = Secret::from_bytes(Purpose::Client, organization_id, bytes).text();
            let read = Secret::parse(Purpose::Client, &text).unwrap();
            prop_assert_eq!((read.organization_id, read.bytes), (organization_id, bytes));
            let mut other = text.clone();
            other.replace_range(at..=at, &put);
            prop_assert_eq!(Secret::parse(Purpose::Client, &other).is_some(), other == text);
        }
    }

    #[test]
    fn it_tells_nothing_when_it_is_printed() {
        let secret = Secret::from_bytes(Purpose::Ticket, OrganizationId::from_uuid(Uuid::nil()), [7; 32]);
        assert_eq!(format!("{secret:?}"), "Secret { purpose: Ticket, .. }");
    }
}
