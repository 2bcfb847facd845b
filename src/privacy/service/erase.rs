//! Erasing who somebody is, while what happened stays.

use entity::ids::{PersonId, TypedId};
use entity::kinds::ErasureReason;
use entity::{erasure, person};

use super::store;
use crate::agreements::handoffs::service::owe_no_more;
use crate::auth::Scope;
use crate::auth::permission::grant::PrivacyManage;
use crate::buyers::service::{BuyerKind, canonical_of};
use crate::db::{LastNames, TenantWrite};
use crate::error::{Error, Result};
use crate::input::{self, ExternalId};

/// Who is to be erased.
#[derive(Clone, Copy, Debug)]
pub struct ErasePerson {
    /// The person.
    pub person_id: PersonId,
    /// Why.
    pub reason: Option<ErasureReason>,
    /// The version the caller saw; it no longer matters once they are erased.
    pub expected_version: Option<i64>,
}

/// Somebody who was erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// What is left of them.
    pub person: person::Model,
    /// Who erased them, when and why.
    pub erasure: erasure::Model,
}

/// Erases who a person is, and with them everybody whom they are said to be and whom the caller may erase: one human left all
/// these names. Who was erased before stays as they were erased then.
///
/// # Errors
/// Problems with `personId`, `expectedVersion`.
pub async fn erase_person(scope: &Scope<PrivacyManage>, wanted: &ErasePerson) -> Result<Erased> {
    let tx = scope.write().await?;
    let same = canonical_of(&tx, BuyerKind::Person, [wanted.person_id.uuid()], scope.now()).await?;
    let mut erased = None;
    // In the order of their ids, as everybody holds them.
    for id in same.all_of(wanted.person_id) {
        let Some(before) = store::person_locked(&tx, id).await? else { continue };
        let named = id == wanted.person_id;
        if named && before.erased_at.is_none() {
            input::version(wanted.expected_version, before.version)?;
        }
        let done = erase(&tx, scope, before, wanted.reason).await?;
        if named {
            erased = Some(done);
        }
    }
    let erased = erased.ok_or_else(|| Error::unknown("personId"))?;
    tx.commit().await?;
    Ok(erased)
}

async fn erase(tx: &TenantWrite, scope: &Scope<PrivacyManage>, before: person::Model, reason: Option<ErasureReason>) -> Result<Erased> {
    let now = scope.now();
    let mut names = LastNames::default();
    store::gather_names(tx, before.id, &mut names).await?;
    let (person, erasure) = if before.erased_at.is_some() {
        let erasure = store::erasure_of(tx, before.id).await?.ok_or(Error::broken("who was erased has an erasure"))?;
        (before, erasure)
    } else {
        names.email(before.email.clone());
        names.external::<person::Entity>(
            before.source.clone().zip(before.external_id.clone()).map(|(source, id)| ExternalId { source, id }),
        );
        let after = person::Model {
            name: None,
            email: None,
            source: None,
            external_id: None,
            search_key: String::new(),
            erased_at: Some(now),
            version: before.version + 1,
            ..before
        };
        store::keep_erased(tx, &after).await?;
        let erasure = erasure::Model {
            organization_id: scope.organization_id(),
            id: scope.next_id(),
            person_id: after.id,
            reason,
            recorded_by: scope.member_id(),
            recorded_at: now,
        };
        (after, tx.insert::<erasure::Entity>(erasure).await?)
    };
    tx.keep_out(erasure.id, &names, now, || scope.next_id()).await?;
    store::redact(tx, person.id).await?;
    owe_no_more(tx, scope, person.id).await?;
    Ok(Erased { person, erasure })
}
