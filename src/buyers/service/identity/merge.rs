//! Saying that two are one, and taking it back.

use std::collections::HashMap;

use entity::ids::{AccountId, IdentityPointerId, PersonId};
use entity::{account, identity_pointer, identity_pointer_end, person};
use serde::Serialize;

use super::{BuyerKind, Identity, joined};
use crate::auth::Scope;
use crate::auth::permission::grant::{BuyerRead, BuyerWrite};
use crate::buyers::service::{hold_buyers, is_erased};
use crate::buyers::store;
use crate::db::{Idempotent, Listing, PageRequest, TenantTx, TenantWrite, remember};
use crate::error::{Error, ProblemCode, Result};
use crate::input;
use crate::metrics::identity::{Pointer, leads_to};

/// That two are one, and whether that still holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// Who is whom.
    pub pointer: identity_pointer::Model,
    /// That it was taken back.
    pub end: Option<identity_pointer_end::Model>,
}

/// Two who are one.
#[derive(Clone, Debug, Serialize)]
pub struct MergeIdentities {
    /// Who is somebody else.
    pub from: Identity,
    /// Who that is.
    pub to: Identity,
    /// Why, in words.
    pub reason: Option<String>,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Two who are not one after all.
#[derive(Clone, Debug, Serialize)]
pub struct UnmergeIdentities {
    /// Who was said to be somebody else.
    pub from: Identity,
    /// Who that was.
    pub to: Identity,
    /// Why, in words.
    pub reason: Option<String>,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Says that two are one. One row is written, and none about what happened: every question asks who is whom. Who is said to
/// be the same already stays so.
///
/// # Errors
/// Problems with `from`, `to`, `reason`: `CYCLE` where `to` is said to be `from` already, `ERASED` where somebody was erased.
pub async fn merge_identities(scope: &Scope<BuyerWrite>, wanted: &MergeIdentities) -> Result<Merge> {
    let once = Idempotent::new(wanted.idempotency_key.as_deref(), "mergeIdentities", wanted)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<IdentityPointerId>(&tx).await? {
        return recalled(&tx, id).await;
    }
    let reason = input::optional_text("reason", wanted.reason.as_deref(), input::NOTE)?;
    same_kind(wanted.from, wanted.to)?;
    hold(&tx, [(wanted.from, "from"), (wanted.to, "to")]).await?;
    tx.one_at_a_time().await?;
    let merge = match standing(&tx, wanted.from, wanted.to).await? {
        Some(merge) if merge.end.is_none() => merge,
        _ => Merge { pointer: point(&tx, scope, wanted.from, wanted.to, reason).await?, end: None },
    };
    remember(&tx, &once, scope.next_id(), scope.now(), &merge.pointer.id).await?;
    tx.commit().await?;
    Ok(merge)
}

/// Takes back that two are one, and nothing else: what was said of others stays. What was taken back before stays so.
///
/// # Errors
/// Problems with `from`, `to`, `reason`: `NOT_FOUND` where nobody said that they are one.
pub async fn unmerge_identities(scope: &Scope<BuyerWrite>, wanted: &UnmergeIdentities) -> Result<Merge> {
    let once = Idempotent::new(wanted.idempotency_key.as_deref(), "unmergeIdentities", wanted)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<IdentityPointerId>(&tx).await? {
        return recalled(&tx, id).await;
    }
    let reason = input::optional_text("reason", wanted.reason.as_deref(), input::NOTE)?;
    same_kind(wanted.from, wanted.to)?;
    // Whoever was erased may still be told from others, without a word about them.
    let reason = match hold(&tx, [(wanted.from, "from"), (wanted.to, "to")]).await {
        Err(Error::Invalid(problems)) if problems.iter().all(|problem| problem.code == ProblemCode::Erased) => None,
        held => held.map(|()| reason)?,
    };
    tx.one_at_a_time().await?;
    let unsaid = || Error::invalid("from", ProblemCode::NotFound, "nobody said that these two are one");
    let mut merge = standing(&tx, wanted.from, wanted.to).await?.ok_or_else(unsaid)?;
    if merge.end.is_none() {
        let end = identity_pointer_end::Model {
            organization_id: scope.organization_id(),
            id: scope.next_id(),
            pointer_id: merge.pointer.id,
            reason,
            recorded_by: scope.member_id(),
            recorded_at: scope.now(),
        };
        merge.end = Some(tx.insert::<identity_pointer_end::Entity>(end).await?);
    }
    remember(&tx, &once, scope.next_id(), scope.now(), &merge.pointer.id).await?;
    tx.commit().await?;
    Ok(merge)
}

/// A page of what was said of who is whom, newest first, of one buyer where one is named.
///
/// # Errors
/// What the database says.
pub async fn identity_pointers(
    scope: &Scope<BuyerRead>,
    about: Option<Identity>,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<Merge>> {
    let tx = scope.read().await?;
    let listing = store::pointers_listed(&tx, about).listing(page, with_total).await?;
    let ids: Vec<IdentityPointerId> = listing.page.items.iter().map(|(_, row)| row.id).collect();
    let mut ends = ends(&tx, &ids).await?;
    Ok(listing.map(|pointer| Merge { end: ends.remove(&pointer.id), pointer }))
}

/// What was said of who is whom, by id.
///
/// # Errors
/// What the database says.
pub async fn merges_by_id(scope: &Scope<BuyerRead>, ids: &[IdentityPointerId]) -> Result<HashMap<IdentityPointerId, Merge>> {
    let tx = scope.read().await?;
    let mut ends = ends(&tx, ids).await?;
    let rows = tx.get_many::<identity_pointer::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|pointer| (pointer.id, Merge { end: ends.remove(&pointer.id), pointer })).collect())
}

async fn ends(tx: &TenantTx, ids: &[IdentityPointerId]) -> Result<HashMap<IdentityPointerId, identity_pointer_end::Model>> {
    Ok(store::ends_of(tx, ids).await?.into_iter().map(|end| (end.pointer_id, end)).collect())
}

async fn recalled(tx: &TenantTx, id: IdentityPointerId) -> Result<Merge> {
    let pointer = tx.get::<identity_pointer::Entity>(id).await?.ok_or(Error::NotFound)?;
    Ok(Merge { end: ends(tx, &[id]).await?.remove(&id), pointer })
}

async fn standing(tx: &TenantTx, from: Identity, to: Identity) -> Result<Option<Merge>> {
    let Some(pointer) = store::newest_pointer(tx, from, to).await? else { return Ok(None) };
    Ok(Some(Merge { end: ends(tx, &[pointer.id]).await?.remove(&pointer.id), pointer }))
}

fn same_kind(from: Identity, to: Identity) -> Result<()> {
    if from.kind() != to.kind() {
        Err(Error::invalid("to", ProblemCode::Invalid, "a person and an account are never one"))
    } else if from == to {
        Err(Error::invalid("to", ProblemCode::SelfReference, "everybody is who they are"))
    } else {
        Ok(())
    }
}

/// Holds two buyers of one kind that the caller may change.
async fn hold(tx: &TenantWrite, both: [(Identity, &str); 2]) -> Result<()> {
    let people = both.iter().filter_map(|(identity, _)| if let Identity::Person(id) = identity { Some(*id) } else { None });
    let accounts = both.iter().filter_map(|(identity, _)| if let Identity::Account(id) = identity { Some(*id) } else { None });
    let held = hold_buyers(tx, people, accounts).await?;
    for (identity, field) in both {
        match identity {
            Identity::Person(id) => {
                let row = tx.get::<person::Entity>(id).await?.ok_or_else(|| Error::unknown(field))?;
                tx.within_namespace::<person::Entity>(&row)?;
            }
            Identity::Account(id) => {
                let row = tx.get::<account::Entity>(id).await?.ok_or_else(|| Error::unknown(field))?;
                tx.within_namespace::<account::Entity>(&row)?;
            }
        }
    }
    both.iter().try_for_each(|(identity, field)| match identity {
        Identity::Person(id) if held.erased.contains(id) => Err(is_erased(field)),
        _ => Ok(()),
    })
}

/// Writes that one is another one, unless that would lead round in a circle. The caller holds both, and is the only one who
/// does so now.
pub(super) async fn point(
    tx: &TenantWrite,
    scope: &Scope<BuyerWrite>,
    from: Identity,
    to: Identity,
    reason: Option<String>,
) -> Result<identity_pointer::Model> {
    let held = joined(tx, from.kind(), vec![to.uuid()], scope.now()).await?;
    let mut ids: Vec<_> = held.iter().flat_map(|held| [held.from, held.to]).chain([from.uuid(), to.uuid()]).collect();
    ids.sort_unstable();
    ids.dedup();
    let number = |id| ids.binary_search(&id).ok().and_then(|index| u32::try_from(index).ok()).ok_or(Error::broken("an id in the list"));
    let pointers = held
        .iter()
        .map(|held| Ok(Pointer { from: number(held.from)?, to: number(held.to)?, begins_at: held.since, ends_at: None }))
        .collect::<Result<Vec<_>>>()?;
    if leads_to(&pointers, number(to.uuid())?, number(from.uuid())?, scope.now()) {
        return Err(Error::invalid("to", ProblemCode::Cycle, "they are said to be the other one already"));
    }
    let (from_person_id, from_account_id) = split(from);
    let (to_person_id, to_account_id) = split(to);
    tx.insert::<identity_pointer::Entity>(identity_pointer::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        from_person_id,
        to_person_id,
        from_account_id,
        to_account_id,
        reason,
        recorded_by: scope.member_id(),
        recorded_at: scope.now(),
    })
    .await
}

const fn split(identity: Identity) -> (Option<PersonId>, Option<AccountId>) {
    match identity {
        Identity::Person(id) => (Some(id), None),
        Identity::Account(id) => (None, Some(id)),
    }
}

impl Merge {
    /// Who is somebody else; `None` never comes from the database.
    #[must_use]
    pub const fn from(&self) -> Option<Identity> {
        identity(self.pointer.from_person_id, self.pointer.from_account_id)
    }

    /// Who that is.
    #[must_use]
    pub const fn to(&self) -> Option<Identity> {
        identity(self.pointer.to_person_id, self.pointer.to_account_id)
    }

    /// People or accounts.
    #[must_use]
    pub const fn kind(&self) -> BuyerKind {
        if self.pointer.from_person_id.is_some() { BuyerKind::Person } else { BuyerKind::Account }
    }
}

const fn identity(person: Option<PersonId>, account: Option<AccountId>) -> Option<Identity> {
    match (person, account) {
        (Some(id), _) => Some(Identity::Person(id)),
        (None, Some(id)) => Some(Identity::Account(id)),
        (None, None) => None,
    }
}
