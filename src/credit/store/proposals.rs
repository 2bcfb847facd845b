//! What proposals about credit are told from, besides touches: openings, milestones, and decisions.

use std::collections::HashMap;

use entity::ids::{AccountId, CloseId, CreditPolicyId, PersonId, StageEventId};
use entity::kinds::{BatchKind, ClosePath, PolicyRule, Resource};
use entity::time::Timestamp;
use entity::{close, credit_batch, credit_entry, credit_opening, credit_proposal_decision, identification, stage, stage_event};
use sea_orm::sea_query::{SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder};

use super::journeys::OPPORTUNITY;
use super::late::Recorded;
use super::ledger::closes_between;
use crate::db::{Scoped, TenantTx};
use crate::error::Result;
use crate::metrics::by_resource::ByResource;
use crate::metrics::proposal::OpportunityVersion;

/// Most ids of one statement.
const CHUNK: usize = 500;

/// Which closes are judged.
#[derive(Clone, Copy, Debug)]
pub(in crate::credit) enum Which {
    /// Those won in `[start, end)`.
    Won(Timestamp, Timestamp),
    /// This one.
    One(CloseId),
}

impl Which {
    fn closes(self, tx: &TenantTx, as_of: Timestamp) -> Scoped<'_, close::Entity> {
        match self {
            Self::Won(start, end) => closes_between(tx, start, end, as_of),
            // As of an instant before it was won nothing is known of it.
            Self::One(id) => closes_between(tx, Timestamp::MIN, Timestamp::MAX, as_of).filter(close::Column::Id.eq(id)),
        }
    }

    fn ids(self, tx: &TenantTx, as_of: Timestamp) -> SelectStatement {
        self.closes(tx, as_of).subquery(close::Column::Id)
    }
}

/// A close, as far as its policy wants to know.
#[derive(Clone, Copy, Debug)]
pub(in crate::credit) struct Judged {
    pub(in crate::credit) close: Recorded,
    pub(in crate::credit) path: ClosePath,
    pub(in crate::credit) policy: CreditPolicyId,
    pub(in crate::credit) referrer: Option<PersonId>,
}

/// The closes that were known as of an instant, in order of time and id.
pub(in crate::credit) async fn closes_judged(tx: &TenantTx, which: Which, as_of: Timestamp) -> Result<Vec<Judged>> {
    use close::Column::{AccountId, ClosedAt, Id, Path, PersonId, PolicyId, RecordedAt, ReferrerId};
    let mut found = Vec::new();
    which
        .closes(tx, as_of)
        .order_by_asc(ClosedAt)
        .order_by_asc(Id)
        .rows([Id, PersonId, AccountId, ClosedAt, RecordedAt, Path, PolicyId, ReferrerId], |row| {
            let close = Recorded {
                id: row.try_get_by_index(0)?,
                person: row.try_get_by_index(1)?,
                account: row.try_get_by_index(2)?,
                closed_at: row.try_get_by_index(3)?,
                recorded_at: row.try_get_by_index(4)?,
            };
            let (path, policy) = (row.try_get_by_index(5)?, row.try_get_by_index(6)?);
            found.push(Judged { close, path, policy, referrer: row.try_get_by_index(7)? });
            Ok(())
        })
        .await?;
    Ok(found)
}

/// What the closes started with, and by which rule.
pub(in crate::credit) async fn opening_shares(
    tx: &TenantTx,
    which: Which,
    as_of: Timestamp,
) -> Result<HashMap<CloseId, (PolicyRule, ByResource<i64>)>> {
    use credit_batch::Column::{CloseId as Close, Id, Kind, Rule};
    let openings = || {
        let batches = tx.everything::<credit_batch::Entity>().filter(Close.in_subquery(which.ids(tx, as_of)));
        batches.filter(Kind.eq(BatchKind::Opening))
    };
    let mut of = HashMap::new();
    let mut found: HashMap<CloseId, (PolicyRule, ByResource<i64>)> = HashMap::new();
    openings()
        .rows([Id, Close, Rule], |row| {
            let close = row.try_get_by_index(1)?;
            of.insert(row.try_get_by_index::<entity::ids::CreditBatchId>(0)?, close);
            if let Some(rule) = row.try_get_by_index(2)? {
                found.insert(close, (rule, ByResource::default()));
            }
            Ok(())
        })
        .await?;
    let entries = tx.everything::<credit_entry::Entity>().filter(credit_entry::Column::BatchId.in_subquery(openings().subquery(Id)));
    entries
        .rows([credit_entry::Column::BatchId, credit_entry::Column::Resource, credit_entry::Column::DeltaBp], |row| {
            let opened = of.get(&row.try_get_by_index(0)?).and_then(|close| found.get_mut(close));
            if let Some((_, shares)) = opened {
                *shares.get_mut(row.try_get_by_index::<Resource>(1)?) = row.try_get_by_index::<i32>(2)?.into();
            }
            Ok(())
        })
        .await?;
    Ok(found)
}

/// What was said of the closes when they were opened.
pub(in crate::credit) async fn said_of(tx: &TenantTx, which: Which, as_of: Timestamp) -> Result<HashMap<CloseId, credit_opening::Model>> {
    let rows = tx.everything::<credit_opening::Entity>().filter(credit_opening::Column::CloseId.in_subquery(which.ids(tx, as_of)));
    Ok(rows.all().await?.into_iter().map(|row| (row.close_id, row)).collect())
}

/// What was decided about the closes by an instant, in the order in which it was. What was accepted and undone by then is as if it
/// had never been: its credit went back.
pub(in crate::credit) async fn decisions_about(
    tx: &TenantTx,
    which: Which,
    as_of: Timestamp,
) -> Result<HashMap<CloseId, Vec<credit_proposal_decision::Model>>> {
    use credit_proposal_decision::Column::{BatchId, CloseId as Close, Id, RecordedAt};
    let undone = tx.everything::<credit_batch::Entity>().filter(credit_batch::Column::ReversesId.is_not_null());
    let undone = undone.filter(credit_batch::Column::RecordedAt.lte(as_of)).subquery(credit_batch::Column::ReversesId);
    let stands = Condition::any().add(BatchId.is_null()).add(BatchId.not_in_subquery(undone));
    let rows = tx.everything::<credit_proposal_decision::Entity>().filter(Close.in_subquery(which.ids(tx, as_of)));
    let rows = rows.filter(stands).filter(RecordedAt.lte(as_of)).order_by_asc(RecordedAt).order_by_asc(Id);
    let mut found: HashMap<CloseId, Vec<credit_proposal_decision::Model>> = HashMap::new();
    for row in rows.all().await? {
        found.entry(row.close_id).or_default().push(row);
    }
    Ok(found)
}

/// Every row that says since when some people are known, recorded until an instant, in the order in which it was recorded: who,
/// since when, and when it was recorded.
pub(in crate::credit) async fn known_versions(
    tx: &TenantTx,
    people: &[PersonId],
    as_of: Timestamp,
) -> Result<Vec<(PersonId, Timestamp, Timestamp)>> {
    use identification::Column::{Id, OccurredAt, PersonId as Person, RecordedAt};
    let mut found = Vec::new();
    for some in people.chunks(CHUNK) {
        let rows = tx.everything::<identification::Entity>().filter(Person.is_in(some.iter().copied())).filter(RecordedAt.lte(as_of));
        rows.order_by_asc(RecordedAt)
            .order_by_asc(Id)
            .rows([Person, OccurredAt, RecordedAt], |row| {
                found.push((row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?));
                Ok(())
            })
            .await?;
    }
    Ok(found)
}

/// A row that says when somebody became an opportunity, with whose it is by id; its numbers are the caller's to give.
#[derive(Clone, Copy, Debug)]
pub(in crate::credit) struct MomentRow {
    pub(in crate::credit) id: StageEventId,
    pub(in crate::credit) person: Option<PersonId>,
    pub(in crate::credit) account: Option<AccountId>,
    pub(in crate::credit) version: OpportunityVersion,
}

/// Every row that says when people and accounts became opportunities, recorded until an instant, corrected or not, each once.
pub(in crate::credit) async fn opportunity_versions(
    tx: &TenantTx,
    people: &[PersonId],
    accounts: &[AccountId],
    as_of: Timestamp,
) -> Result<Vec<MomentRow>> {
    use stage_event::Column::{AccountId as Account, Id, OccurredAt, PersonId as Person, RecordedAt, Retracted, StageId, SupersedesId};
    let mut conditions: Vec<SimpleExpr> = people.chunks(CHUNK).map(|some| Person.is_in(some.iter().copied())).collect();
    conditions.extend(accounts.chunks(CHUNK).map(|some| Account.is_in(some.iter().copied())));
    let mut found: Vec<MomentRow> = Vec::new();
    for condition in conditions {
        let stages = tx.everything::<stage::Entity>().filter(stage::Column::Key.eq(OPPORTUNITY));
        let rows = tx
            .everything::<stage_event::Entity>()
            .filter(condition)
            .filter(StageId.in_subquery(stages.subquery(stage::Column::Id)))
            .filter(RecordedAt.lte(as_of));
        rows.rows([Id, Person, Account, OccurredAt, RecordedAt, Retracted], |row| {
            let (occurred_at, recorded_at) = (row.try_get_by_index(3)?, row.try_get_by_index(4)?);
            let retracted = row.try_get_by_index(5)?;
            let version = OpportunityVersion { occurred_at, recorded_at, superseded_at: None, retracted, person: None, account: None };
            let (person, account) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            found.push(MomentRow { id: row.try_get_by_index(0)?, person, account, version });
            Ok(())
        })
        .await?;
    }
    found.sort_unstable_by_key(|row| row.id);
    found.dedup_by_key(|row| row.id);
    // What corrects a row may say that it was another stage.
    let ids: Vec<StageEventId> = found.iter().map(|row| row.id).collect();
    let mut superseded: HashMap<StageEventId, Timestamp> = HashMap::new();
    for some in ids.chunks(CHUNK) {
        let rows = tx.everything::<stage_event::Entity>().filter(SupersedesId.is_in(some.iter().copied())).filter(RecordedAt.lte(as_of));
        rows.rows([SupersedesId, RecordedAt], |row| {
            superseded.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            Ok(())
        })
        .await?;
    }
    for row in &mut found {
        row.version.superseded_at = superseded.get(&row.id).copied();
    }
    Ok(found)
}
