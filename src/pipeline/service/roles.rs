//! Who plays which part in buying.

use std::collections::HashMap;

use entity::ids::{BuyingRoleId, OpportunityId, PersonId};
use entity::kinds::{BuyingRoleKind, BuyingStance};
use entity::time::Timestamp;
use entity::{buying_role, buying_role_end};
use serde::Serialize;

use super::deals::hold_deals;
use crate::auth::Scope;
use crate::auth::permission::grant::{OpportunityRead, OpportunityWrite};
use crate::buyers::service::known_buyers;
use crate::db::{Idempotent, TenantTx, TenantWrite, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;
use crate::pipeline::store::{self, RolesOf};

/// A part in buying, from its beginning to its end.
#[derive(Clone, Debug)]
pub struct Part {
    /// Who plays it in what, since when.
    pub role: buying_role::Model,
    /// How it ended, if it did.
    pub end: Option<buying_role_end::Model>,
}

impl Part {
    /// The part as it was known at an instant; `None` before.
    fn known(mut self, as_of: Timestamp) -> Option<Self> {
        self.end = self.end.filter(|end| end.recorded_at <= as_of);
        (self.role.recorded_at <= as_of).then_some(self)
    }

    /// Whether it was played at a moment.
    fn holds(&self, at: Timestamp) -> bool {
        self.role.since <= at && self.end.as_ref().is_none_or(|end| at < end.until)
    }
}

async fn parts(tx: &TenantTx, rows: Vec<buying_role::Model>) -> Result<Vec<Part>> {
    let ids: Vec<BuyingRoleId> = rows.iter().map(|row| row.id).collect();
    let ends = store::role_ends(tx, &ids).await?;
    let mut ends: HashMap<BuyingRoleId, buying_role_end::Model> = ends.into_iter().map(|end| (end.buying_role_id, end)).collect();
    Ok(rows.into_iter().map(|role| Part { end: ends.remove(&role.id), role }).collect())
}

/// The parts that were played in some opportunities at an instant, as far as they were known then, in the order in which they
/// began; now where no instant is named.
///
/// # Errors
/// A problem with `asOf`.
pub async fn parts_of_opportunities(
    scope: &Scope<OpportunityRead>,
    ids: &[OpportunityId],
    as_of: Option<Timestamp>,
) -> Result<HashMap<OpportunityId, Vec<Part>>> {
    let played = played(scope, RolesOf::Opportunities(ids), as_of).await?;
    let mut found: HashMap<OpportunityId, Vec<Part>> = HashMap::with_capacity(ids.len());
    for part in played {
        found.entry(part.role.opportunity_id).or_default().push(part);
    }
    Ok(found)
}

/// The parts that some people played at an instant, as far as they were known then.
///
/// # Errors
/// A problem with `asOf`.
pub async fn parts_of_people(
    scope: &Scope<OpportunityRead>,
    ids: &[PersonId],
    as_of: Option<Timestamp>,
) -> Result<HashMap<PersonId, Vec<Part>>> {
    let played = played(scope, RolesOf::People(ids), as_of).await?;
    let mut found: HashMap<PersonId, Vec<Part>> = HashMap::with_capacity(ids.len());
    for part in played {
        found.entry(part.role.person_id).or_default().push(part);
    }
    Ok(found)
}

async fn played(scope: &Scope<OpportunityRead>, of: RolesOf<'_>, as_of: Option<Timestamp>) -> Result<Vec<Part>> {
    let as_of = input::as_of(as_of, scope.now())?;
    let tx = scope.read().await?;
    let rows = store::roles(&tx, of).await?;
    Ok(parts(&tx, rows).await?.into_iter().filter_map(|part| part.known(as_of)).filter(|part| part.holds(as_of)).collect())
}

/// The parts with some ids.
///
/// # Errors
/// What the database says.
pub async fn parts_by_id(scope: &Scope<OpportunityRead>, ids: &[BuyingRoleId]) -> Result<HashMap<BuyingRoleId, Part>> {
    let tx = scope.read().await?;
    let rows = tx.get_many::<buying_role::Entity>(ids.iter().copied()).await?;
    Ok(parts(&tx, rows).await?.into_iter().map(|part| (part.role.id, part)).collect())
}

/// That somebody plays a part.
#[derive(Clone, Debug, Serialize)]
pub struct SetBuyingRole {
    /// In what.
    pub opportunity_id: OpportunityId,
    /// Who.
    pub person_id: PersonId,
    /// Which.
    pub role: BuyingRoleKind,
    /// Whether they are for it.
    pub stance: BuyingStance,
    /// From when on; now where it is not said.
    pub since: Option<Timestamp>,
    /// Repeating it gives the same part.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Records that somebody plays a part, or plays it with another stance from now on: then the part ends and begins anew.
///
/// # Errors
/// Problems with the fields; `OVERLAP` where they play it already; `ERASED` where the person was erased.
pub async fn set_buying_role(scope: &Scope<OpportunityWrite>, new: &SetBuyingRole) -> Result<Part> {
    let once = Idempotent::new(new.idempotency_key.as_deref(), "setBuyingRole", new)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<BuyingRoleId>(&tx).await? {
        return part(&tx, id, "idempotencyKey").await;
    }
    let part = set_buying_role_in(&tx, scope, new).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &part.role.id).await?;
    tx.commit().await?;
    Ok(part)
}

/// Records that somebody plays a part, within a transaction.
///
/// # Errors
/// As [`set_buying_role`].
pub async fn set_buying_role_in(tx: &TenantWrite, scope: &Scope<OpportunityWrite>, new: &SetBuyingRole) -> Result<Part> {
    let mut problems = Problems::new();
    problems.take(known_buyers(tx, [new.person_id], []).await?.person(new.person_id, "personId"))?;
    let deals = hold_deals(tx, [new.opportunity_id]).await?;
    problems.take(deals.may_be_added_to(new.opportunity_id, "opportunityId"))?;
    let since = new.since.unwrap_or_else(|| scope.now());
    problems.take(input::moment("since", since, scope.now()))?;
    problems.check()?;
    let same = |row: &buying_role::Model| row.person_id == new.person_id && row.role == new.role;
    let rows = store::roles(tx, RolesOf::Opportunities(&[new.opportunity_id])).await?.into_iter().filter(same).collect();
    for played in parts(tx, rows).await? {
        match &played.end {
            Some(end) if end.until <= since => {}
            None if played.role.stance != new.stance && played.role.since < since => {
                tx.insert::<buying_role_end::Entity>(ending(scope, played.role.id, since)).await?;
            }
            None | Some(_) => return Err(overlapping(&played)),
        }
    }
    let role = tx
        .insert::<buying_role::Entity>(buying_role::Model {
            organization_id: scope.organization_id(),
            id: scope.next_id(),
            opportunity_id: new.opportunity_id,
            person_id: new.person_id,
            role: new.role,
            stance: new.stance,
            since,
            recorded_by: scope.member_id(),
            recorded_at: scope.now(),
        })
        .await?;
    Ok(Part { role, end: None })
}

fn overlapping(played: &Part) -> Error {
    let message = match &played.end {
        Some(end) => format!("they played this part until {}", end.until),
        None => format!("they play this part with this stance, or since {} only", played.role.since),
    };
    Error::invalid("since", ProblemCode::Overlap, message)
}

fn ending(scope: &Scope<OpportunityWrite>, id: BuyingRoleId, until: Timestamp) -> buying_role_end::Model {
    buying_role_end::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        buying_role_id: id,
        until,
        recorded_by: scope.member_id(),
        recorded_at: scope.now(),
    }
}

/// That somebody plays a part no longer.
#[derive(Clone, Debug, Serialize)]
pub struct EndBuyingRole {
    /// The part.
    pub buying_role_id: BuyingRoleId,
    /// The first moment after it; now where it is not said.
    pub until: Option<Timestamp>,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Records that somebody plays a part no longer.
///
/// # Errors
/// Problems with the fields; `FIXED` where it ended already; `OUT_OF_ORDER` where it would end before it began.
pub async fn end_buying_role(scope: &Scope<OpportunityWrite>, change: &EndBuyingRole) -> Result<Part> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "endBuyingRole", change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<BuyingRoleId>(&tx).await? {
        return part(&tx, id, "idempotencyKey").await;
    }
    let before = part(&tx, change.buying_role_id, "buyingRoleId").await?;
    let deals = hold_deals(&tx, [before.role.opportunity_id]).await?;
    deals.may_be_added_to(before.role.opportunity_id, "buyingRoleId")?;
    // Read again: what was read before the opportunity was held may have changed.
    let mut ended = part(&tx, change.buying_role_id, "buyingRoleId").await?;
    let mut problems = Problems::new();
    if let Some(end) = &ended.end {
        problems.push("buyingRoleId", ProblemCode::Fixed, format!("it ended already: {}", end.until));
    }
    let until = change.until.unwrap_or_else(|| scope.now());
    if problems.take(input::moment("until", until, scope.now()))?.is_some() && until <= ended.role.since {
        problems.push("until", ProblemCode::OutOfOrder, format!("must lie after {}", ended.role.since));
    }
    problems.check()?;
    ended.end = Some(tx.insert::<buying_role_end::Entity>(ending(scope, ended.role.id, until)).await?);
    remember(&tx, &once, scope.next_id(), scope.now(), &ended.role.id).await?;
    tx.commit().await?;
    Ok(ended)
}

async fn part(tx: &TenantWrite, id: BuyingRoleId, field: &str) -> Result<Part> {
    let role = tx.get::<buying_role::Entity>(id).await?.ok_or_else(|| Error::unknown(field))?;
    parts(tx, vec![role]).await?.pop().ok_or(Error::broken("a part is there"))
}
