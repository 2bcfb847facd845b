//! Drafting agreements, and amending them.

use entity::ids::ServiceAgreementId;
use entity::kinds::Resource;
use entity::time::Timestamp;
use entity::{agreement_clause, agreement_version, service_agreement};
use serde::Serialize;

use super::standing::{Standing, standings};
use super::wanted::WantedTerms;
use crate::agreements::store;
use crate::auth::Scope;
use crate::auth::permission::Permission;
use crate::auth::permission::grant::AgreementWrite;
use crate::db::{Idempotent, TenantWrite, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;

/// Most agreements of an organization: who looks for those that are in force goes through all of them.
const MAX_AGREEMENTS: u64 = 500;

/// A new agreement.
#[derive(Clone, Debug, Serialize)]
pub struct DraftAgreement {
    /// What it is called; unique.
    pub name: String,
    /// Who offers.
    pub from: Resource,
    /// Who receives.
    pub to: Resource,
    /// What is owed.
    pub terms: WantedTerms,
    /// Repeating it gives the same agreement.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Drafts an agreement, for one of its sides. It holds once both have signed.
///
/// # Errors
/// Problems with the fields: `NOT_ALLOWED` where the caller stands for neither side.
pub async fn draft_agreement(scope: &Scope<AgreementWrite>, new: &DraftAgreement) -> Result<service_agreement::Model> {
    let once = Idempotent::new(new.idempotency_key.as_deref(), "draftAgreement", new)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<ServiceAgreementId>(&tx).await? {
        return tx.get::<service_agreement::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let mut problems = Problems::new();
    let name = problems.take(input::text("name", &new.name, input::NAME))?;
    if new.from == new.to {
        problems.push("toResource", ProblemCode::SelfReference, "nobody agrees with themselves");
    }
    problems.take(stands_for_a_side(scope, [new.from, new.to], "fromResource"))?;
    if tx.find::<service_agreement::Entity>().count().await? >= MAX_AGREEMENTS {
        problems.push("name", ProblemCode::TooMany, format!("there are {MAX_AGREEMENTS} agreements already"));
    }
    let row = service_agreement::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        name: name.unwrap_or_default(),
        from_resource: new.from,
        to_resource: new.to,
        recorded_by: scope.member_id(),
        recorded_at: scope.now(),
        version: 1,
    };
    let terms = problems.take(new.terms.check(&tx, scope, new.terms.version(scope, row.id, 1)).await)?;
    problems.check()?;
    let terms = terms.ok_or(Error::broken("the terms are checked by now"))?;
    let row = tx.insert::<service_agreement::Entity>(row).await?;
    tx.insert::<agreement_version::Entity>(terms.version).await?;
    tx.insert_many::<agreement_clause::Entity>(&terms.clauses).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}

/// Goes on where the caller may act for one of two sides.
pub(super) fn stands_for_a_side(scope: &Scope<AgreementWrite>, sides: [Resource; 2], field: &str) -> Result<()> {
    if sides.into_iter().any(|side| scope.could_cover(Permission::AgreementWrite, side)) {
        return Ok(());
    }
    Err(scope.out_of_reach(field, "you may do this for your own resource only, and it is neither side"))
}

/// The agreement with an id and how it stands, held until the transaction ends.
pub(super) async fn hold(
    tx: &TenantWrite,
    id: ServiceAgreementId,
    expected_version: Option<i64>,
    now: Timestamp,
) -> Result<(service_agreement::Model, Standing)> {
    let row = store::agreement_locked(tx, id).await?.ok_or_else(|| Error::unknown("agreementId"))?;
    input::version(expected_version, row.version)?;
    let standing = standings(tx, &[id], Timestamp::MAX).await?.remove(&id);
    let standing = standing.ok_or(Error::broken("an agreement has a version"))?;
    if let Some(end) = standing.end().filter(|end| end.ends_on <= standing.day(now)) {
        let message = format!("it ended: it does not hold from {} on", end.ends_on);
        return Err(Error::invalid("agreementId", ProblemCode::AgreementState, message));
    }
    Ok((row, standing))
}

/// Other terms of an agreement.
#[derive(Clone, Debug, Serialize)]
pub struct AmendAgreement {
    /// The agreement.
    pub agreement_id: ServiceAgreementId,
    /// What is owed from then on: all of it.
    pub terms: WantedTerms,
    /// The version the caller saw.
    pub expected_version: Option<i64>,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Drafts other terms of an agreement, as a new version. What was agreed on before holds until both sides have signed and the new
/// version begins. A draft that waits for a signature is given up.
///
/// # Errors
/// Problems with the fields: `AGREEMENT_STATE` where it was ended, `STALE_VERSION` where another change came first, `NOT_ALLOWED` where
/// the caller stands for neither side.
pub async fn amend_agreement(scope: &Scope<AgreementWrite>, change: &AmendAgreement) -> Result<service_agreement::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "amendAgreement", change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<ServiceAgreementId>(&tx).await? {
        return tx.get::<service_agreement::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let (mut row, standing) = hold(&tx, change.agreement_id, change.expected_version, scope.now()).await?;
    stands_for_a_side(scope, [row.from_resource, row.to_resource], "agreementId")?;
    let number = standing.newest()?.agreement_version.saturating_add(1);
    let terms = change.terms.check(&tx, scope, change.terms.version(scope, row.id, number)).await?;
    tx.insert::<agreement_version::Entity>(terms.version).await?;
    tx.insert_many::<agreement_clause::Entity>(&terms.clauses).await?;
    row.version += 1;
    store::update_agreement(&tx, &row).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}
