//! What buyers allow and no longer allow.

use std::collections::HashMap;

use entity::ids::{ConsentId, PersonId};
use entity::kinds::{ConsentDecision, ConsentPurpose};
use entity::time::Timestamp;
use entity::{consent, person};
use serde::Serialize;

use super::store;
use crate::auth::Scope;
use crate::auth::permission::grant::{BuyerRead, BuyerWrite};
use crate::buyers::service::is_erased;
use crate::db::{Idempotent, remember};
use crate::error::{Error, Problems, Result};
use crate::input;

/// The latest decision of each of some people on each purpose, by purpose.
///
/// # Errors
/// What the database says.
pub async fn consents_of(scope: &Scope<BuyerRead>, people: &[PersonId]) -> Result<HashMap<PersonId, Vec<consent::Model>>> {
    let mut found: HashMap<PersonId, Vec<consent::Model>> = HashMap::with_capacity(people.len());
    for row in store::newest_consents(&scope.read().await?, people).await? {
        found.entry(row.person_id).or_default().push(row);
    }
    for rows in found.values_mut() {
        rows.sort_unstable_by_key(|row| row.purpose);
    }
    Ok(found)
}

/// The decisions with some ids, later ones or not.
///
/// # Errors
/// What the database says.
pub async fn consents_by_id(scope: &Scope<BuyerRead>, ids: &[ConsentId]) -> Result<HashMap<ConsentId, consent::Model>> {
    let rows = scope.read().await?.get_many::<consent::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// A decision of a buyer.
#[derive(Clone, Debug, Serialize)]
pub struct RecordConsent {
    /// The buyer.
    pub person_id: PersonId,
    /// What for.
    pub purpose: ConsentPurpose,
    /// What they decided.
    pub decision: ConsentDecision,
    /// When they did.
    pub occurred_at: Timestamp,
    /// What shows it, in words.
    pub evidence: Option<String>,
    /// Repeating it gives the same decision.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Records a decision. One that happened before another that is known does not take its place.
///
/// # Errors
/// Problems with `personId`, `occurredAt`, `evidence`; `ERASED` where the person was erased.
pub async fn record_consent(scope: &Scope<BuyerWrite>, new: &RecordConsent) -> Result<consent::Model> {
    let once = Idempotent::new(new.idempotency_key.as_deref(), "recordConsent", new)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<ConsentId>(&tx).await? {
        return tx.get::<consent::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let mut problems = Problems::new();
    match store::person_shared(&tx, new.person_id).await? {
        None => problems.take(Err(Error::unknown("personId")))?,
        Some(person) if person.erased_at.is_some() => problems.take(Err(is_erased("personId")))?,
        Some(person) => problems.take(tx.within_namespace::<person::Entity>(&person))?,
    };
    problems.take(input::moment("occurredAt", new.occurred_at, scope.now()))?;
    let evidence = problems.take(input::optional_text("evidence", new.evidence.as_deref(), input::NOTE))?.flatten();
    problems.check()?;
    let row = tx
        .insert::<consent::Entity>(consent::Model {
            organization_id: scope.organization_id(),
            id: scope.next_id(),
            person_id: new.person_id,
            purpose: new.purpose,
            decision: new.decision,
            occurred_at: new.occurred_at,
            evidence,
            recorded_by: scope.member_id(),
            recorded_at: scope.now(),
        })
        .await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}
