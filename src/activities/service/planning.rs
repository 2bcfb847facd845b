//! Planning activities.

use entity::ids::{AccountId, ActivityId, MemberId, OpportunityId, PersonId, TypedId};
use entity::kinds::{ActivityEventKind, ActivityKind, Direction};
use entity::time::Timestamp;
use entity::{activity, activity_event};
use serde::Serialize;

use crate::activities::store;
use crate::auth::Scope;
use crate::auth::permission::grant::ActivityWrite;
use crate::buyers::service::{BuyerKind, canonical_of, known_buyers};
use crate::db::{Batch, BulkCall, Outcome, TenantWrite, checked, only};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input::{self, ExternalId};
use crate::organization::service::Owners;
use crate::pipeline::service::hold_deals;

/// A new activity. It names a person, an account or an opportunity.
#[derive(Clone, Debug, Serialize)]
pub struct NewActivity {
    /// What is to be done.
    pub kind: ActivityKind,
    /// More about it, in words.
    pub subject: String,
    /// With whom.
    pub person_id: Option<PersonId>,
    /// With which company.
    pub account_id: Option<AccountId>,
    /// About which possible deal.
    pub opportunity_id: Option<OpportunityId>,
    /// Who is to do it; the caller where it is not said.
    pub owner_id: Option<MemberId>,
    /// When it is due.
    pub due_at: Option<Timestamp>,
    /// Who begins it.
    pub direction: Direction,
    /// What another system calls it.
    pub external_id: Option<ExternalId>,
}

/// Plans an activity.
///
/// # Errors
/// Problems with the fields; `ERASED` where the person was erased.
pub async fn plan_activity(scope: &Scope<ActivityWrite>, new: NewActivity, key: Option<&str>) -> Result<activity::Model> {
    let items = [new];
    let call = BulkCall::<activity::Entity>::new(key, "planActivity", &items)?;
    let tx = scope.write().await?;
    if let Some(outcomes) = call.recall(&tx).await? {
        return only(outcomes);
    }
    let [new] = items;
    let outcomes = plan(&tx, scope, &new).await?;
    call.commit(tx, scope, &outcomes).await?;
    only(outcomes)
}

/// Writes an activity and that it was planned, unless it is known already.
pub(super) async fn plan(tx: &TenantWrite, scope: &Scope<ActivityWrite>, new: &NewActivity) -> Result<Vec<Outcome<activity::Model>>> {
    let planned = checked(check(tx, scope, new).await)?;
    let rows = planned.as_ref().map(|planned| planned.row.clone()).map_err(Clone::clone);
    let mut batch = Batch::<activity::Entity>::begin(tx, rows.iter()).await?;
    batch.settle(vec![rows], same);
    let outcomes = batch.insert(tx).await?;
    if let (Ok(planned), Some(outcome)) = (planned, outcomes.first()) {
        match outcome {
            Outcome::Recorded(row) => {
                tx.insert::<activity_event::Entity>(first_event(scope, row.id, planned.owner_id, planned.due_at)).await?;
            }
            Outcome::Unchanged(row) => {
                let first = store::events(tx, row.id).await?.into_iter().next();
                let owner = new.owner_id.map(|_| planned.owner_id);
                if first.is_none_or(|first| first.due_at != planned.due_at || owner.is_some_and(|owner| owner != first.owner_id)) {
                    return Err(known_otherwise());
                }
            }
            Outcome::Rejected(_) => {}
        }
    }
    Ok(outcomes)
}

/// Why what another system named already is not recorded with other content.
pub(super) fn known_otherwise() -> Error {
    Error::invalid("externalId", ProblemCode::ExternalIdConflict, "this external id is known with other content")
}

fn same(known: &activity::Model, offered: &activity::Model) -> bool {
    let content = |row: &activity::Model| (row.kind, row.subject.clone(), row.person_id, row.account_id, row.opportunity_id, row.direction);
    content(known) == content(offered)
}

/// That an activity was planned.
pub(super) fn first_event(
    scope: &Scope<ActivityWrite>,
    id: ActivityId,
    owner_id: MemberId,
    due_at: Option<Timestamp>,
) -> activity_event::Model {
    activity_event::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        activity_id: id,
        sequence: 0,
        kind: ActivityEventKind::Planned,
        owner_id,
        due_at,
        outcome: None,
        note: None,
        reason: None,
        touch_id: None,
        occurred_at: scope.now(),
        recorded_by: scope.member_id(),
        recorded_at: scope.now(),
    }
}

/// An activity that may be written, whose it is and when it is due.
struct Planned {
    row: activity::Model,
    owner_id: MemberId,
    due_at: Option<Timestamp>,
}

async fn check(tx: &TenantWrite, scope: &Scope<ActivityWrite>, new: &NewActivity) -> Result<Planned> {
    let mut problems = Problems::new();
    if new.person_id.is_none() && new.account_id.is_none() && new.opportunity_id.is_none() {
        problems.push("personId", ProblemCode::Required, "an activity has a person, an account or an opportunity");
    }
    let buyers = known_buyers(tx, new.person_id, new.account_id).await?;
    if let Some(person) = new.person_id {
        problems.take(buyers.person(person, "personId"))?;
    }
    if new.account_id.is_some_and(|account| !buyers.accounts.contains(&account)) {
        problems.take::<()>(Err(Error::unknown("accountId")))?;
    }
    let account_id = match new.opportunity_id {
        Some(opportunity) => problems.take(account_of(tx, scope, opportunity, new.account_id).await)?,
        None => new.account_id,
    };
    let subject = problems.take(input::text("subject", &new.subject, input::NAME))?.unwrap_or_default();
    let due_at = problems.take(new.due_at.map(|at| input::plan("dueAt", at)).transpose())?.flatten();
    let owner_id = problems.take(owner(tx, scope, new.owner_id, scope.own_id()).await)?;
    let external_id = problems.take(ExternalId::optional("externalId", new.external_id.as_ref()))?.flatten();
    problems.check()?;
    let (source, external_id) = ExternalId::split(external_id);
    let row = activity::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        kind: new.kind,
        subject,
        person_id: new.person_id,
        account_id,
        opportunity_id: new.opportunity_id,
        direction: new.direction,
        follows_id: None,
        source,
        external_id,
        recorded_by: scope.member_id(),
        recorded_at: scope.now(),
    };
    Ok(Planned { row, owner_id: owner_id.ok_or(Error::broken("the owner is settled by now"))?, due_at })
}

/// The account an activity about an opportunity is with: the one that is said, where both are the same, else that of the
/// opportunity.
async fn account_of(
    tx: &TenantWrite,
    scope: &Scope<ActivityWrite>,
    opportunity: OpportunityId,
    said: Option<AccountId>,
) -> Result<AccountId> {
    let deals = hold_deals(tx, [opportunity]).await?;
    let theirs = deals.account_of(opportunity, "opportunityId")?;
    let Some(said) = said else { return Ok(theirs) };
    let same = canonical_of(tx, BuyerKind::Account, [said.uuid(), theirs.uuid()], scope.now()).await?;
    deals.of_account(opportunity, |account| same.of(account) == same.of(said), "opportunityId")?;
    Ok(said)
}

/// Who is to do something: who is wanted, where the caller reaches what is theirs, else somebody by default.
pub(super) async fn owner(
    tx: &TenantWrite,
    scope: &Scope<ActivityWrite>,
    wanted: Option<MemberId>,
    default: Option<MemberId>,
) -> Result<MemberId> {
    let owner = match wanted {
        Some(_) => Owners::load(tx, wanted).await?.of(scope, wanted, "ownerId")?,
        None => default,
    };
    owner.ok_or_else(|| Error::invalid("ownerId", ProblemCode::Required, "say who is to do it"))
}
