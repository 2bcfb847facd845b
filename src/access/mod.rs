//! How members prove who they are: passwords, sign-ins, tickets, identity providers.
//!
//! - A password has at least 15 characters of any kind and at most 256, and is not made of common words, of the
//!   member's own name or of the organization's. Only its Argon2id hash is stored, and it is computed anew when the
//!   parameters have changed.
//! - A sign-in gives an access token for a quarter of an hour and a refresh token. Each refresh token is used once and
//!   gives the next; one that is left for 7 days dies, and after 30 days the member signs in again. Whoever uses one a
//!   second time ends the sign-in: somebody else holds it too. Within 10 seconds of the first use the answer is the
//!   same again, the *same* successor, for an answer may get lost; it follows from the predecessor by a key that only
//!   the server has, so nothing but hashes is stored.
//! - Whoever is refused never learns why: an unknown organization, an unknown address, an inactive member, one without
//!   a password and a wrong password have the same answer after the same work.
//! - The audit log of the organization is told of refusals, after the answer was given and never more often than ten times
//!   an hour for a member, and as often for all whom nobody knows: by the member's id where the address or the token is
//!   a member's, and without any address.
//! - Failures are counted for the account and for the address they come from, before the password is looked at. After
//!   some that are free each costs a wait, doubling from a second to a quarter of an hour; they are forgiven with time.
//! - A ticket, by mail or from the operator, lets a member choose a password once: an invitation for 7 days, a reset for
//!   an hour. A newer one takes the place of an older one. A reset ends every sign-in.
//! - Another role, deactivation and another password end sign-ins: at once where it was done, within a second elsewhere.
//! - A member may be known to an identity provider by its `iss` and `sub`; see [`crate::auth::oidc`].

pub mod graphql;
pub mod hasher;
pub mod mail;
mod policy;
mod refusals;
pub mod service;
mod store;
mod strangers;
mod wait;

use self::hasher::Hasher;
use self::mail::Post;
use self::refusals::Refusals;
use self::strangers::Strangers;
use crate::auth::oidc::Providers;

/// What signing in needs of the house.
#[derive(Debug, Default)]
pub struct Access {
    pub(crate) hasher: Hasher,
    pub(crate) post: Option<Post>,
    pub(crate) providers: Providers,
    pub(crate) strangers: Strangers,
    pub(crate) refusals: Refusals,
}

impl Access {
    /// With a way to send mail, and the identity providers that are trusted.
    #[must_use]
    pub fn new(post: Option<Post>, providers: Providers) -> Self {
        Self { post, providers, ..Self::default() }
    }

    /// Computes and checks hashes of passwords.
    #[must_use]
    pub const fn hasher(&self) -> &Hasher {
        &self.hasher
    }
}
