//! Counting tries, so that guessing takes too long.

use std::net::IpAddr;

use entity::kinds::ThrottleKind;

use crate::access::store;
use crate::access::wait::Count;
use crate::auth::Scope;
use crate::auth::permission::Grant;
use crate::auth::secret::hash;
use crate::db::{TenantTx, TenantWrite};
use crate::error::{Error, ProblemCode, Result};

/// How often a try is begun anew because another one was counted first.
pub(super) const ATTEMPTS: usize = 5;

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tried<T> {
    /// It was done.
    Done(T),
    /// Too many tries: nothing may be tried for so many seconds.
    Wait(i64),
}

/// A thing that tries are counted for.
pub(super) type Thing = (ThrottleKind, String);

/// What tries to open an account from an address are counted for. Always in this order, so that two tries that hold
/// their counts never wait for each other.
pub(super) fn of_sign_in(email: &str, address: Option<IpAddr>) -> Vec<Thing> {
    let mut things = vec![of_account(email)];
    things.extend(address.map(|address| (ThrottleKind::Address, hash(&network(address)))));
    things
}

/// What tries to open an account are counted for.
pub(super) fn of_account(email: &str) -> Thing {
    (ThrottleKind::Account, hash(email))
}

/// What letters to an address, asked for from an address, are counted for.
pub(super) fn of_mail(email: &str, address: Option<IpAddr>) -> Vec<Thing> {
    let mut things = vec![(ThrottleKind::Mail, hash(email))];
    things.extend(address.map(|address| (ThrottleKind::Address, hash(&format!("mail {}", network(address))))));
    things
}

/// One subscriber's network: whoever has one address of IPv6 has 2^64 of them.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [first, second, third, fourth, ..] = address.segments();
            format!("{first:x}:{second:x}:{third:x}:{fourth:x}::/64")
        }
    }
}

/// Counts a try for each of some things, or says for how many seconds nothing may be tried; then drop the transaction.
pub(super) async fn count<P: Grant>(tx: &TenantWrite, scope: &Scope<P>, things: &[Thing]) -> Result<Tried<()>> {
    for (kind, hash) in things {
        let row = store::throttle_locked(tx, *kind, hash).await?;
        match store::count_of(row.as_ref()).count(*kind, scope.now()) {
            Err(seconds) => return Ok(Tried::Wait(seconds)),
            Ok(count) => store::keep_count(tx, row.as_ref(), scope.next_id(), (*kind, hash), count).await?,
        }
    }
    Ok(Tried::Done(()))
}

/// Takes a success off the counts.
pub(super) async fn forgive<P: Grant>(tx: &TenantWrite, scope: &Scope<P>, things: &[Thing]) -> Result<()> {
    for (kind, hash) in things {
        if let Some(row) = store::throttle_locked(tx, *kind, hash).await? {
            let count: Count = store::count_of(Some(&row)).succeeded(*kind);
            store::keep_count(tx, Some(&row), scope.next_id(), (*kind, hash), count).await?;
        }
    }
    Ok(())
}

/// Whether there is such an organization.
pub(super) async fn exists(tx: &TenantTx) -> Result<bool> {
    match crate::organization::service::settings(tx).await {
        Ok(_) => Ok(true),
        Err(Error::NotFound) => Ok(false),
        Err(other) => Err(other),
    }
}

/// The answer to whoever may not come in, whatever the reason.
pub(super) fn refused() -> Error {
    Error::invalid("password", ProblemCode::SignInFailed, "the organization, the address and the password do not belong together")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_ipv6_counts_as_one_address() {
        let network = |text: &str| network(text.parse().unwrap());
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
    }
}
