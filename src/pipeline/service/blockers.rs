//! What keeps buyers from deciding.

use std::collections::HashMap;

use entity::ids::{BlockerId, ContentId, OpportunityId};
use entity::kinds::{BlockerKind, BlockerSide};
use entity::time::Timestamp;
use entity::{blocker, blocker_resolution, content};
use serde::Serialize;

use super::deals::hold_deals;
use crate::auth::Scope;
use crate::auth::permission::grant::{OpportunityRead, OpportunityWrite};
use crate::db::{Idempotent, Listing, PageRequest, TenantTx, TenantWrite, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;
use crate::pipeline::store;

/// Which blockers are wanted; what is `None` does not narrow.
#[derive(Clone, Copy, Debug, Default)]
pub struct BlockerFilter {
    /// What they are.
    pub kind: Option<BlockerKind>,
    /// Whose they are.
    pub side: Option<BlockerSide>,
    /// Whether they still are.
    pub open: Option<bool>,
}

/// A page of blockers, those raised last first.
///
/// # Errors
/// What the database says.
pub async fn blockers(
    scope: &Scope<OpportunityRead>,
    filter: BlockerFilter,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<blocker::Model>> {
    store::blockers(&scope.read().await?, &filter).listing(page, with_total).await
}

/// The blockers with some ids.
///
/// # Errors
/// What the database says.
pub async fn blockers_by_id(scope: &Scope<OpportunityRead>, ids: &[BlockerId]) -> Result<HashMap<BlockerId, blocker::Model>> {
    let rows = scope.read().await?.get_many::<blocker::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The blockers of some opportunities, in the order in which they were raised.
///
/// # Errors
/// What the database says.
pub async fn blockers_of(scope: &Scope<OpportunityRead>, ids: &[OpportunityId]) -> Result<HashMap<OpportunityId, Vec<blocker::Model>>> {
    let mut found: HashMap<OpportunityId, Vec<blocker::Model>> = HashMap::with_capacity(ids.len());
    for row in store::blockers_of(&scope.read().await?, ids).await? {
        found.entry(row.opportunity_id).or_default().push(row);
    }
    Ok(found)
}

/// Until when a blocker lasted, or now where it still does.
#[derive(Clone, Debug)]
pub struct Lasts {
    /// How it was resolved, if it was.
    pub resolution: Option<blocker_resolution::Model>,
    /// Until when.
    pub until: Timestamp,
}

/// Until when some blockers lasted.
///
/// # Errors
/// What the database says.
pub async fn lasts(scope: &Scope<OpportunityRead>, ids: &[BlockerId]) -> Result<HashMap<BlockerId, Lasts>> {
    let resolutions = store::resolutions_of(&scope.read().await?, ids).await?;
    let mut resolutions: HashMap<BlockerId, blocker_resolution::Model> =
        resolutions.into_iter().map(|resolution| (resolution.blocker_id, resolution)).collect();
    let lasts = |id: &BlockerId| {
        let resolution = resolutions.remove(id);
        (*id, Lasts { until: resolution.as_ref().map_or_else(|| scope.now(), |resolution| resolution.resolved_at), resolution })
    };
    Ok(ids.iter().map(lasts).collect())
}

/// Something that keeps a buyer from deciding.
#[derive(Clone, Debug, Serialize)]
pub struct RaiseBlocker {
    /// What they do not decide on.
    pub opportunity_id: OpportunityId,
    /// What it is.
    pub kind: BlockerKind,
    /// Whose it is.
    pub side: BlockerSide,
    /// Since when it is known; now where it is not said.
    pub raised_at: Option<Timestamp>,
    /// More about it, in words.
    pub note: Option<String>,
    /// Repeating it gives the same blocker.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Records what keeps a buyer from deciding.
///
/// # Errors
/// Problems with the fields; `OUT_OF_ORDER` before the opportunity began.
pub async fn raise_blocker(scope: &Scope<OpportunityWrite>, new: &RaiseBlocker) -> Result<blocker::Model> {
    let once = Idempotent::new(new.idempotency_key.as_deref(), "raiseBlocker", new)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<BlockerId>(&tx).await? {
        return tx.get::<blocker::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let row = raise_blocker_in(&tx, scope, new).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}

/// Records what keeps a buyer from deciding, within a transaction.
///
/// # Errors
/// As [`raise_blocker`].
pub async fn raise_blocker_in(tx: &TenantWrite, scope: &Scope<OpportunityWrite>, new: &RaiseBlocker) -> Result<blocker::Model> {
    let deals = hold_deals(tx, [new.opportunity_id]).await?;
    let raised_at = new.raised_at.unwrap_or_else(|| scope.now());
    let mut problems = Problems::new();
    let moment = problems.take(input::moment("raisedAt", raised_at, scope.now()))?;
    if let Some(opened_at) = problems.take(deals.may_be_added_to(new.opportunity_id, "opportunityId"))?
        && moment.is_some_and(|at| at < opened_at)
    {
        problems.push("raisedAt", ProblemCode::OutOfOrder, format!("must not lie before {opened_at}, when the opportunity began"));
    }
    let note = problems.take(input::optional_text("note", new.note.as_deref(), input::NOTE))?.flatten();
    problems.check()?;
    tx.insert::<blocker::Entity>(blocker::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        opportunity_id: new.opportunity_id,
        kind: new.kind,
        side: new.side,
        raised_at,
        note,
        recorded_by: scope.member_id(),
        recorded_at: scope.now(),
    })
    .await
}

/// The blockers that were resolved with content in `[from, to]`, as known at an instant: the content, the kind, and when; within a
/// transaction of another area.
///
/// # Errors
/// What the database says.
pub async fn resolved_with(
    tx: &TenantTx,
    (from, to): (Timestamp, Timestamp),
    as_of: Timestamp,
) -> Result<Vec<(ContentId, BlockerKind, Timestamp)>> {
    store::resolved_with(tx, (from, to), as_of).await
}

/// That a blocker is one no longer.
#[derive(Clone, Debug, Serialize)]
pub struct ResolveBlocker {
    /// The blocker.
    pub blocker_id: BlockerId,
    /// Since when; now where it is not said.
    pub resolved_at: Option<Timestamp>,
    /// How, in words.
    pub resolution: String,
    /// The content that helped, if any did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_id: Option<ContentId>,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Records that a blocker is one no longer.
///
/// # Errors
/// Problems with the fields; `FIXED` where it is resolved already; `OUT_OF_ORDER` before it was raised.
pub async fn resolve_blocker(scope: &Scope<OpportunityWrite>, change: &ResolveBlocker) -> Result<blocker::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "resolveBlocker", change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<BlockerId>(&tx).await? {
        return tx.get::<blocker::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let row = resolve_blocker_in(&tx, scope, change).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}

/// Records that a blocker is one no longer, within a transaction.
///
/// # Errors
/// As [`resolve_blocker`].
pub async fn resolve_blocker_in(tx: &TenantWrite, scope: &Scope<OpportunityWrite>, change: &ResolveBlocker) -> Result<blocker::Model> {
    let row = tx.get::<blocker::Entity>(change.blocker_id).await?.ok_or_else(|| Error::unknown("blockerId"))?;
    let deals = hold_deals(tx, [row.opportunity_id]).await?;
    deals.may_be_added_to(row.opportunity_id, "blockerId")?;
    let mut problems = Problems::new();
    if let Some(known) = store::resolutions_of(tx, &[row.id]).await?.first() {
        problems.push("blockerId", ProblemCode::Fixed, format!("it was resolved already: {}", known.resolved_at));
    }
    let resolved_at = change.resolved_at.unwrap_or_else(|| scope.now());
    if problems.take(input::moment("resolvedAt", resolved_at, scope.now()))?.is_some() && resolved_at < row.raised_at {
        problems.push("resolvedAt", ProblemCode::OutOfOrder, format!("must not lie before {}, when it was raised", row.raised_at));
    }
    if change.content_id.is_some() && tx.existing::<content::Entity>(change.content_id).await?.is_empty() {
        problems.push("contentId", ProblemCode::NotFound, "there is no content with this id");
    }
    let resolution = problems.take(input::text("resolution", &change.resolution, input::NOTE))?.unwrap_or_default();
    problems.check()?;
    tx.insert::<blocker_resolution::Entity>(blocker_resolution::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        blocker_id: row.id,
        resolved_at,
        resolution,
        content_id: change.content_id,
        recorded_by: scope.member_id(),
        recorded_at: scope.now(),
    })
    .await?;
    Ok(row)
}
