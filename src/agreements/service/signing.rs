//! Signing agreements for a side, and ending them.
//!
//! Each side signs by somebody of its own: nobody signs for both, not in another role, not as an API client of theirs, and not by acting
//! for somebody or having somebody act for them.

use chrono::NaiveDate;
use entity::ids::{MemberId, ServiceAgreementId};
use entity::kinds::Resource;
use entity::{agreement_end, agreement_signature, member, service_agreement};
use serde::Serialize;

use super::drafting::{hold, stands_for_a_side};
use crate::agreements::store;
use crate::auth::Scope;
use crate::auth::permission::grant::AgreementWrite;
use crate::db::{Idempotent, TenantTx, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;
use crate::roles::service::acts_for;

/// That a side agrees to the newest version of an agreement.
#[derive(Clone, Debug, Serialize)]
pub struct SignAgreement {
    /// The agreement.
    pub agreement_id: ServiceAgreementId,
    /// For which side.
    pub side: Resource,
    /// The version the caller saw: nobody signs what they did not read.
    pub expected_version: i64,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Signs the newest version of an agreement for a side. With the signature of the other one it is agreed on.
///
/// # Errors
/// Problems with `agreementId`: `AGREEMENT_STATE` where it ended or the days of the version are over; `STALE_VERSION`; with `side`:
/// `INVALID` where it is neither, `NOT_ALLOWED` where the caller does not work for it, `ALREADY_DECIDED` where it signed,
/// `SELF_APPROVAL` where the caller signed for the other.
pub async fn sign_agreement(scope: &Scope<AgreementWrite>, new: &SignAgreement) -> Result<service_agreement::Model> {
    let once = Idempotent::new(new.idempotency_key.as_deref(), "signAgreement", new)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<ServiceAgreementId>(&tx).await? {
        return tx.get::<service_agreement::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let (row, standing) = hold(&tx, new.agreement_id, Some(new.expected_version), scope.now()).await?;
    if ![row.from_resource, row.to_resource].contains(&new.side) {
        return Err(Error::invalid("side", ProblemCode::Invalid, "it is neither side of the agreement"));
    }
    scope.covers(new.side, "side")?;
    // A signature is somebody's, and binds those they work for.
    let member = scope.member_id().ok_or(Error::Forbidden)?;
    if tx.get::<member::Entity>(member).await?.and_then(|row| row.resource) != Some(new.side) {
        let told = format!("only a member of {} signs for it", new.side.name());
        return Err(Error::invalid("side", ProblemCode::NotAllowed, told));
    }
    let version = standing.newest()?;
    let mut signatures = standing.signatures(version.id);
    if standing.signatures(version.id).any(|signature| signature.side == new.side) {
        return Err(Error::invalid("side", ProblemCode::AlreadyDecided, format!("{} signed it already", new.side.name())));
    }
    if let Some(end) = version.ends_on.filter(|end| *end <= standing.day(scope.now())) {
        return Err(Error::invalid("agreementId", ProblemCode::AgreementState, format!("its days ended before {end}")));
    }
    if let Some(other) = signatures.next() {
        is_somebody_else(&tx, scope, member, other.signed_by).await?;
    }
    let signature = agreement_signature::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        version_id: version.id,
        side: new.side,
        signed_by: member,
        recorded_at: scope.now(),
    };
    tx.insert::<agreement_signature::Entity>(signature).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}

/// Goes on where who signed for the other side is neither the caller, nor whom they act for, nor who acts for them.
async fn is_somebody_else(tx: &TenantTx, scope: &Scope<AgreementWrite>, member: MemberId, other: MemberId) -> Result<()> {
    let mut callers = acts_for(tx, member, scope.now()).await?;
    callers.extend([Some(member), scope.own_id()].into_iter().flatten());
    if callers.contains(&other) || acts_for(tx, other, scope.now()).await?.contains(&member) {
        return Err(Error::invalid("side", ProblemCode::SelfApproval, "somebody else has to sign for the other side"));
    }
    Ok(())
}

/// That an agreement ends.
#[derive(Clone, Debug, Serialize)]
pub struct EndAgreement {
    /// The agreement.
    pub agreement_id: ServiceAgreementId,
    /// The first day on which it no longer holds.
    pub ends_on: NaiveDate,
    /// Why.
    pub reason: String,
    /// The version the caller saw.
    pub expected_version: Option<i64>,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Ends an agreement, for either side; where it was said that it ends, earlier. What was offered under it goes on by its terms.
///
/// # Errors
/// Problems with `agreementId`: `AGREEMENT_STATE` where it ended, `NOT_ALLOWED` where the caller stands for neither side; with `endsOn`:
/// `DATE_OUT_OF_RANGE` where it lies before today or it ends by then already; with `reason`; `STALE_VERSION`.
pub async fn end_agreement(scope: &Scope<AgreementWrite>, new: &EndAgreement) -> Result<service_agreement::Model> {
    let once = Idempotent::new(new.idempotency_key.as_deref(), "endAgreement", new)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<ServiceAgreementId>(&tx).await? {
        return tx.get::<service_agreement::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let (mut row, standing) = hold(&tx, new.agreement_id, new.expected_version, scope.now()).await?;
    stands_for_a_side(scope, [row.from_resource, row.to_resource], "agreementId")?;
    let mut problems = Problems::new();
    let today = standing.day(scope.now());
    if let Some(end) = standing.end().filter(|end| end.ends_on <= new.ends_on) {
        problems.push("endsOn", ProblemCode::DateOutOfRange, format!("it ends on {} already", end.ends_on));
    }
    if problems.take(input::day("endsOn", new.ends_on))?.is_some_and(|day| day < today) {
        problems.push("endsOn", ProblemCode::DateOutOfRange, format!("must be {today} or later"));
    }
    let reason = problems.take(input::text("reason", &new.reason, input::NOTE))?;
    problems.check()?;
    let end = agreement_end::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        agreement_id: row.id,
        ends_on: new.ends_on,
        reason: reason.unwrap_or_default(),
        recorded_by: scope.member_id(),
        recorded_at: scope.now(),
    };
    tx.insert::<agreement_end::Entity>(end).await?;
    row.version += 1;
    store::update_agreement(&tx, &row).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}
