//! Who may be the same: by rules that anybody can check. Nobody is merged by them.

use std::collections::{HashMap, HashSet};

use entity::time::Timestamp;
use uuid::Uuid;

use super::{BuyerKind, Canonical, Identity, canonical};
use crate::auth::Scope;
use crate::auth::permission::grant::{BuyerRead, ContactRead};
use crate::buyers::store;
use crate::db::{Cursor, Listing, PageRequest, TenantTx};
use crate::error::Result;

/// Why two may be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DuplicateReason {
    /// Two people have the same address, but for its case and what stands between `+` and `@`.
    SameEmail,
    /// Two accounts have the same domain, but for `www.`.
    SameDomain,
}

/// Two who may be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The younger one.
    pub from: Identity,
    /// The oldest one of all that have the same.
    pub to: Identity,
    /// Why.
    pub reason: DuplicateReason,
    /// What they have in common.
    pub shared: String,
}

/// A page of those who may be the same and are not said to be, of those the caller sees, oldest first.
///
/// # Errors
/// [`crate::error::Error::Forbidden`] where somebody asks for people who may not read their addresses.
pub async fn duplicates(scope: &Scope<BuyerRead>, kind: BuyerKind, page: PageRequest, with_total: bool) -> Result<Listing<Duplicate>> {
    if kind == BuyerKind::Person {
        scope.also::<ContactRead>()?;
    }
    let tx = scope.read().await?;
    let found = find(&tx, kind, scope.now()).await?;
    let total = with_total.then(|| u64::try_from(found.len()).unwrap_or(u64::MAX));
    let cursor = |duplicate: &Duplicate| Cursor { key: 0, id: duplicate.from.uuid() };
    Ok(Listing { page: page.of_rising(&found, cursor), total })
}

async fn find(tx: &TenantTx, kind: BuyerKind, now: Timestamp) -> Result<Vec<Duplicate>> {
    let canonical = canonical(tx, kind, now).await?;
    let named: Vec<(String, Identity)> = match kind {
        BuyerKind::Person => {
            store::emails(tx).await?.into_iter().map(|(email, id)| (normalized_email(&email), Identity::Person(id))).collect()
        }
        BuyerKind::Account => store::domains(tx)
            .await?
            .into_iter()
            .map(|(domain, id)| (normalized_domain(&domain).to_owned(), Identity::Account(id)))
            .collect(),
    };
    let reason = match kind {
        BuyerKind::Person => DuplicateReason::SameEmail,
        BuyerKind::Account => DuplicateReason::SameDomain,
    };
    Ok(pairs(named, &canonical, reason))
}

/// Everybody who shares a name with somebody older, unless they are one already.
fn pairs(mut named: Vec<(String, Identity)>, canonical: &Canonical, reason: DuplicateReason) -> Vec<Duplicate> {
    named.sort_unstable_by_key(|(_, identity)| identity.uuid());
    let mut oldest: HashMap<String, Identity> = HashMap::new();
    let mut found = Vec::new();
    let mut told: HashSet<(Uuid, Uuid)> = HashSet::new();
    for (shared, from) in named {
        let to = *oldest.entry(shared.clone()).or_insert(from);
        let ends = (canonical.uuid(from.uuid()), canonical.uuid(to.uuid()));
        // Of a group that is one already, one suggestion is enough.
        if ends.0 != ends.1 && told.insert(ends) {
            found.push(Duplicate { from, to, reason, shared });
        }
    }
    found
}

/// An address in lower case, without what is put between `+` and `@` to sort mail by.
fn normalized_email(email: &str) -> String {
    let email = email.to_lowercase();
    match email.rsplit_once('@') {
        Some((local, domain)) => format!("{}@{domain}", local.split('+').next().filter(|kept| !kept.is_empty()).unwrap_or(local)),
        None => email,
    }
}

/// A domain without `www.`.
fn normalized_domain(domain: &str) -> &str {
    domain.strip_prefix("www.").unwrap_or(domain)
}

#[cfg(test)]
mod tests {
    use entity::ids::{PersonId, TypedId};

    use super::super::Held;
    use super::*;

    fn person(number: u128) -> Identity {
        Identity::Person(PersonId::from_uuid(Uuid::from_u128(number)))
    }

    #[test]
    fn addresses_and_domains_are_compared_without_what_does_not_matter() {
        assert_eq!(normalized_email("Ada+News@Example.com"), "ada@example.com");
        assert_eq!(normalized_email("+@example.com"), "+@example.com");
        assert_eq!(normalized_domain("www.example.com"), "example.com");
        assert_eq!(normalized_domain("wwwexample.com"), "wwwexample.com");
    }

    #[test]
    fn everybody_is_compared_with_the_oldest_and_who_is_one_already_is_left_out() {
        let named = || [3, 1, 2, 4].map(|number| ("a@b.c".to_owned(), person(number))).to_vec();
        let ends = |canonical: &Canonical| {
            let found = pairs(named(), canonical, DuplicateReason::SameEmail);
            found.iter().map(|duplicate| (duplicate.from, duplicate.to)).collect::<Vec<_>>()
        };
        assert_eq!(ends(&Canonical::default()), [(person(2), person(1)), (person(3), person(1)), (person(4), person(1))]);
        let since = Timestamp::EPOCH;
        let held =
            [Held { from: person(2).uuid(), to: person(1).uuid(), since }, Held { from: person(4).uuid(), to: person(3).uuid(), since }];
        assert_eq!(ends(&Canonical::new(&held, since).unwrap()), [(person(3), person(1))]);
    }
}
