//! What happened to buyers, each kind of row by a statement of its own, as of an instant.

use std::collections::HashMap;

use entity::ids::PersonId;
use entity::kinds::{ActivityEventKind, ActorKind};
use entity::tenant::TenantEntity;
use entity::time::Timestamp;
use entity::{
    activity, activity_event, blocker, blocker_resolution, buying_role, close, close_movement, credit_batch, identification,
    identity_pointer, identity_pointer_end, opportunity, opportunity_event, stage_event, touch,
};
use sea_orm::sea_query::SelectStatement;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::service::{BuyerSource, Item, ItemKind, Travellers};
use crate::db::{Edge, PageRequest, Scoped, TenantTx};
use crate::error::Result;

/// Most ids of one statement.
const CHUNK: usize = 500;

impl Travellers {
    /// Whether one statement names all of them.
    const fn are_few(&self) -> bool {
        self.people.len() <= CHUNK && self.accounts.len() <= CHUNK
    }

    /// Conditions on the columns that name them, one for each statement.
    fn named<C: ColumnTrait>(&self, person: C, account: C) -> Vec<Condition> {
        let mut people = self.people.chunks(CHUNK);
        let mut accounts = self.accounts.chunks(CHUNK);
        let mut conditions = Vec::new();
        loop {
            let (some, others) = (people.next(), accounts.next());
            if some.is_none() && others.is_none() {
                return conditions;
            }
            let people = some.map(|some| person.is_in(some.iter().copied()));
            let accounts = others.map(|some| account.is_in(some.iter().copied()));
            conditions.push(Condition::any().add_option(people).add_option(accounts));
        }
    }
}

/// The columns of a kind of row that an item is made from.
struct Columns<E: TenantEntity> {
    at: E::Column,
    recorded_at: E::Column,
    object: E::Column,
}

/// Reads rows of one kind as items: where a page is wanted, those that may stand on it.
async fn read<E: TenantEntity>(
    rows: Scoped<'_, E>,
    columns: &Columns<E>,
    kind: ItemKind,
    page: PageRequest,
    found: &mut Vec<Item>,
) -> Result<()> {
    let (at, id) = (columns.at, E::id_column());
    let beyond = |micros: i64, row: Uuid, rising: bool| {
        let instant = Timestamp::from_micros(micros);
        let (further, same) = if rising { (at.gt(instant), id.gt(row)) } else { (at.lt(instant), id.lt(row)) };
        Condition::any().add(further).add(Condition::all().add(at.eq(instant)).add(same))
    };
    let (cursor, rising) = match page.edge {
        Edge::After(cursor) => (cursor, true),
        Edge::Before(cursor) => (cursor, false),
    };
    let rows = match cursor {
        Some(cursor) => rows.filter(beyond(cursor.key, cursor.id, rising)),
        None => rows,
    };
    let rows = if rising { rows.order_by_asc(at).order_by_asc(id) } else { rows.order_by_desc(at).order_by_desc(id) };
    rows.limit(page.size.saturating_add(1))
        .rows([at, columns.recorded_at, id, columns.object], |row| {
            let at = row.try_get_by_index(0)?;
            let recorded_at = row.try_get_by_index(1)?;
            found.push(Item { at, recorded_at, kind, row: row.try_get_by_index(2)?, object: row.try_get_by_index(3)? });
            Ok(())
        })
        .await
}

const TOUCH: Columns<touch::Entity> =
    Columns { at: touch::Column::OccurredAt, recorded_at: touch::Column::RecordedAt, object: touch::Column::Id };
const STAGE_EVENT: Columns<stage_event::Entity> =
    Columns { at: stage_event::Column::OccurredAt, recorded_at: stage_event::Column::RecordedAt, object: stage_event::Column::Id };
const CLOSE: Columns<close::Entity> =
    Columns { at: close::Column::ClosedAt, recorded_at: close::Column::RecordedAt, object: close::Column::Id };
const MOVEMENT: Columns<close_movement::Entity> =
    Columns { at: close_movement::Column::OccurredAt, recorded_at: close_movement::Column::RecordedAt, object: close_movement::Column::Id };
const CREDIT: Columns<credit_batch::Entity> =
    Columns { at: credit_batch::Column::EffectiveAt, recorded_at: credit_batch::Column::RecordedAt, object: credit_batch::Column::Id };
const MERGED: Columns<identity_pointer::Entity> = Columns {
    at: identity_pointer::Column::RecordedAt,
    recorded_at: identity_pointer::Column::RecordedAt,
    object: identity_pointer::Column::Id,
};
const UNMERGED: Columns<identity_pointer_end::Entity> = Columns {
    at: identity_pointer_end::Column::RecordedAt,
    recorded_at: identity_pointer_end::Column::RecordedAt,
    object: identity_pointer_end::Column::PointerId,
};

const OPPORTUNITY: Columns<opportunity::Entity> =
    Columns { at: opportunity::Column::OpenedAt, recorded_at: opportunity::Column::RecordedAt, object: opportunity::Column::Id };
const EVENT: Columns<opportunity_event::Entity> = Columns {
    at: opportunity_event::Column::OccurredAt,
    recorded_at: opportunity_event::Column::RecordedAt,
    object: opportunity_event::Column::Id,
};
const ROLE: Columns<buying_role::Entity> =
    Columns { at: buying_role::Column::Since, recorded_at: buying_role::Column::RecordedAt, object: buying_role::Column::Id };
const RAISED: Columns<blocker::Entity> =
    Columns { at: blocker::Column::RaisedAt, recorded_at: blocker::Column::RecordedAt, object: blocker::Column::Id };
const RESOLVED: Columns<blocker_resolution::Entity> = Columns {
    at: blocker_resolution::Column::ResolvedAt,
    recorded_at: blocker_resolution::Column::RecordedAt,
    object: blocker_resolution::Column::BlockerId,
};

const ACTIVITY: Columns<activity_event::Entity> = Columns {
    at: activity_event::Column::OccurredAt,
    recorded_at: activity_event::Column::RecordedAt,
    object: activity_event::Column::ActivityId,
};

/// The events of activities that tell of one, each of its kind.
const TELLING: [(ActivityEventKind, ItemKind); 3] = [
    (ActivityEventKind::Planned, ItemKind::ActivityPlanned),
    (ActivityEventKind::Completed, ItemKind::ActivityCompleted),
    (ActivityEventKind::Cancelled, ItemKind::ActivityCancelled),
];

/// Activities with one of them, and those about their deals. Of one chunk of buyers it is one condition, which finds no activity
/// twice.
fn activities(tx: &TenantTx, travellers: &Travellers, as_of: Timestamp) -> Vec<Condition> {
    use activity::Column::{AccountId, OpportunityId, PersonId as Person};
    let deals = deals(tx, travellers, as_of).into_iter();
    let about = deals.map(|of| OpportunityId.in_subquery(opportunities(tx, of, as_of).subquery(opportunity::Column::Id)));
    let found = travellers.named(Person, AccountId).into_iter().chain(about.map(|about| Condition::all().add(about)));
    if travellers.are_few() { vec![found.fold(Condition::any(), Condition::add)] } else { found.collect() }
}

/// The events of a kind of these activities. That one was planned is told as long as neither end of it is known.
fn activity_events<'tx>(
    tx: &'tx TenantTx,
    of: Condition,
    kind: ActivityEventKind,
    as_of: Timestamp,
) -> Scoped<'tx, activity_event::Entity> {
    use activity_event::Column::{ActivityId, Kind, RecordedAt};
    let activities = tx.find::<activity::Entity>().filter(of).subquery(activity::Column::Id);
    let rows = tx.find::<activity_event::Entity>().filter(Kind.eq(kind)).filter(RecordedAt.lte(as_of));
    let rows = rows.filter(ActivityId.in_subquery(activities));
    if kind == ActivityEventKind::Planned { rows.not_ended(as_of) } else { rows }
}

/// Deals with one of some accounts, and those in which one of some people plays a part.
fn deals(tx: &TenantTx, travellers: &Travellers, as_of: Timestamp) -> Vec<Condition> {
    use buying_role::Column::{OpportunityId, PersonId as Person, RecordedAt};
    let with = travellers.accounts.chunks(CHUNK).map(|some| opportunity::Column::AccountId.is_in(some.iter().copied()));
    let of_people = travellers.people.chunks(CHUNK).filter(|_| travellers.accounts.is_empty()).map(|some| {
        let parts = tx.everything::<buying_role::Entity>().filter(Person.is_in(some.iter().copied())).filter(RecordedAt.lte(as_of));
        opportunity::Column::Id.in_subquery(parts.subquery(OpportunityId))
    });
    with.chain(of_people).map(|condition| Condition::all().add(condition)).collect()
}

fn opportunities<'tx>(tx: &'tx TenantTx, of: Condition, as_of: Timestamp) -> Scoped<'tx, opportunity::Entity> {
    tx.find::<opportunity::Entity>().filter(of).filter(opportunity::Column::RecordedAt.lte(as_of))
}

fn events<'tx>(tx: &'tx TenantTx, deals: SelectStatement, as_of: Timestamp) -> Scoped<'tx, opportunity_event::Entity> {
    use opportunity_event::Column::{OpportunityId, RecordedAt};
    tx.find::<opportunity_event::Entity>().filter(OpportunityId.in_subquery(deals)).filter(RecordedAt.lte(as_of))
}

fn roles<'tx>(tx: &'tx TenantTx, deals: SelectStatement, as_of: Timestamp) -> Scoped<'tx, buying_role::Entity> {
    use buying_role::Column::{OpportunityId, RecordedAt};
    tx.find::<buying_role::Entity>().filter(OpportunityId.in_subquery(deals)).filter(RecordedAt.lte(as_of))
}

fn blockers<'tx>(tx: &'tx TenantTx, deals: SelectStatement, as_of: Timestamp) -> Scoped<'tx, blocker::Entity> {
    use blocker::Column::{OpportunityId, RecordedAt};
    tx.find::<blocker::Entity>().filter(OpportunityId.in_subquery(deals)).filter(RecordedAt.lte(as_of))
}

fn resolutions<'tx>(tx: &'tx TenantTx, deals: SelectStatement, as_of: Timestamp) -> Scoped<'tx, blocker_resolution::Entity> {
    use blocker_resolution::Column::{BlockerId, RecordedAt};
    let blockers = blockers(tx, deals, as_of).subquery(blocker::Column::Id);
    tx.find::<blocker_resolution::Entity>().filter(BlockerId.in_subquery(blockers)).filter(RecordedAt.lte(as_of))
}

fn touches<'tx>(tx: &'tx TenantTx, of: Condition, as_of: Timestamp) -> Scoped<'tx, touch::Entity> {
    tx.find::<touch::Entity>().filter(of).standing_at(as_of)
}

fn stage_events<'tx>(tx: &'tx TenantTx, of: Condition, as_of: Timestamp) -> Scoped<'tx, stage_event::Entity> {
    tx.find::<stage_event::Entity>().filter(of).standing_at(as_of)
}

fn closes<'tx>(tx: &'tx TenantTx, of: Condition, as_of: Timestamp) -> Scoped<'tx, close::Entity> {
    tx.find::<close::Entity>().filter(of).filter(close::Column::RecordedAt.lte(as_of))
}

fn movements<'tx>(tx: &'tx TenantTx, closes: SelectStatement, as_of: Timestamp) -> Scoped<'tx, close_movement::Entity> {
    use close_movement::Column::{CloseId, RecordedAt};
    tx.find::<close_movement::Entity>().filter(CloseId.in_subquery(closes)).filter(RecordedAt.lte(as_of))
}

fn credit<'tx>(tx: &'tx TenantTx, closes: SelectStatement, as_of: Timestamp) -> Scoped<'tx, credit_batch::Entity> {
    use credit_batch::Column::{CloseId, RecordedAt};
    tx.find::<credit_batch::Entity>().filter(CloseId.in_subquery(closes)).filter(RecordedAt.lte(as_of))
}

/// Pointers from any of them: where two of them are one, the pointer is from one of them.
fn pointers<'tx>(tx: &'tx TenantTx, of: Condition, as_of: Timestamp) -> Scoped<'tx, identity_pointer::Entity> {
    tx.find::<identity_pointer::Entity>().filter(of).filter(identity_pointer::Column::RecordedAt.lte(as_of))
}

fn pointer_ends<'tx>(tx: &'tx TenantTx, of: Condition, as_of: Timestamp) -> Scoped<'tx, identity_pointer_end::Entity> {
    use identity_pointer_end::Column::{PointerId, RecordedAt};
    let pointers = pointers(tx, of, as_of).subquery(identity_pointer::Column::Id);
    tx.find::<identity_pointer_end::Entity>().filter(PointerId.in_subquery(pointers)).filter(RecordedAt.lte(as_of))
}

/// Since when each of them is known, by what was recorded until an instant: a handful of rows for each.
async fn identified(tx: &TenantTx, travellers: &Travellers, as_of: Timestamp) -> Result<Vec<Item>> {
    use identification::Column::{Id, OccurredAt, PersonId as Person, RecordedAt};
    let mut newest: HashMap<PersonId, Item> = HashMap::new();
    for some in travellers.people.chunks(CHUNK) {
        let rows = tx.find::<identification::Entity>().filter(Person.is_in(some.iter().copied())).filter(RecordedAt.lte(as_of));
        rows.order_by_asc(RecordedAt)
            .order_by_asc(Id)
            .rows([Person, OccurredAt, RecordedAt, Id], |row| {
                let (person, kind): (PersonId, _) = (row.try_get_by_index(0)?, ItemKind::Identified);
                let (at, recorded_at) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
                newest.insert(person, Item { at, recorded_at, kind, row: row.try_get_by_index(3)?, object: row.try_get_by_index(0)? });
                Ok(())
            })
            .await?;
    }
    Ok(newest.into_values().collect())
}

/// Everything that may stand on a page; a row may come twice.
pub(super) async fn items(tx: &TenantTx, travellers: &Travellers, as_of: Timestamp, page: PageRequest) -> Result<Vec<Item>> {
    let mut found = identified(tx, travellers, as_of).await?;
    let on_page = |item: &Item| match page.edge {
        Edge::After(cursor) => cursor.is_none_or(|cursor| (item.at.micros(), item.row) > (cursor.key, cursor.id)),
        Edge::Before(cursor) => cursor.is_none_or(|cursor| (item.at.micros(), item.row) < (cursor.key, cursor.id)),
    };
    found.retain(on_page);
    for of in travellers.named(touch::Column::PersonId, touch::Column::AccountId) {
        read(touches(tx, of, as_of), &TOUCH, ItemKind::Touch, page, &mut found).await?;
    }
    for of in travellers.named(stage_event::Column::PersonId, stage_event::Column::AccountId) {
        read(stage_events(tx, of, as_of), &STAGE_EVENT, ItemKind::StageEvent, page, &mut found).await?;
    }
    for of in deals(tx, travellers, as_of) {
        let begun = || opportunities(tx, of.clone(), as_of);
        let ids = || begun().subquery(opportunity::Column::Id);
        read(begun(), &OPPORTUNITY, ItemKind::Opportunity, page, &mut found).await?;
        read(events(tx, ids(), as_of), &EVENT, ItemKind::OpportunityEvent, page, &mut found).await?;
        read(roles(tx, ids(), as_of), &ROLE, ItemKind::BuyingRole, page, &mut found).await?;
        read(blockers(tx, ids(), as_of), &RAISED, ItemKind::BlockerRaised, page, &mut found).await?;
        read(resolutions(tx, ids(), as_of), &RESOLVED, ItemKind::BlockerResolved, page, &mut found).await?;
    }
    for of in activities(tx, travellers, as_of) {
        for (kind, item) in TELLING {
            read(activity_events(tx, of.clone(), kind, as_of), &ACTIVITY, item, page, &mut found).await?;
        }
    }
    for of in travellers.named(close::Column::PersonId, close::Column::AccountId) {
        let won = || closes(tx, of.clone(), as_of);
        read(won(), &CLOSE, ItemKind::Close, page, &mut found).await?;
        let ids = || won().subquery(close::Column::Id);
        read(movements(tx, ids(), as_of), &MOVEMENT, ItemKind::CloseMovement, page, &mut found).await?;
        read(credit(tx, ids(), as_of), &CREDIT, ItemKind::Credit, page, &mut found).await?;
    }
    for of in travellers.named(identity_pointer::Column::FromPersonId, identity_pointer::Column::FromAccountId) {
        read(pointers(tx, of.clone(), as_of), &MERGED, ItemKind::Merged, page, &mut found).await?;
        read(pointer_ends(tx, of, as_of), &UNMERGED, ItemKind::Unmerged, page, &mut found).await?;
    }
    Ok(found)
}

/// How much happened. What belongs to a person and an account among them is counted once.
pub(super) async fn count(tx: &TenantTx, travellers: &Travellers, as_of: Timestamp) -> Result<u64> {
    let mut total = u64::try_from(identified(tx, travellers, as_of).await?.len()).unwrap_or(u64::MAX);
    // Of several statements each would count a row of a person and an account; such journeys are read whole.
    if !travellers.are_few() {
        return whole(tx, travellers, as_of).await;
    }
    for of in travellers.named(touch::Column::PersonId, touch::Column::AccountId) {
        total += touches(tx, of, as_of).count().await?;
    }
    for of in travellers.named(stage_event::Column::PersonId, stage_event::Column::AccountId) {
        total += stage_events(tx, of, as_of).count().await?;
    }
    for of in deals(tx, travellers, as_of) {
        let ids = || opportunities(tx, of.clone(), as_of).subquery(opportunity::Column::Id);
        total += opportunities(tx, of.clone(), as_of).count().await? + events(tx, ids(), as_of).count().await?;
        total += roles(tx, ids(), as_of).count().await?;
        total += blockers(tx, ids(), as_of).count().await? + resolutions(tx, ids(), as_of).count().await?;
    }
    for of in activities(tx, travellers, as_of) {
        for (kind, _) in TELLING {
            total += activity_events(tx, of.clone(), kind, as_of).count().await?;
        }
    }
    for of in travellers.named(close::Column::PersonId, close::Column::AccountId) {
        let ids = || closes(tx, of.clone(), as_of).subquery(close::Column::Id);
        total += closes(tx, of.clone(), as_of).count().await?;
        total += movements(tx, ids(), as_of).count().await? + credit(tx, ids(), as_of).count().await?;
    }
    for of in travellers.named(identity_pointer::Column::FromPersonId, identity_pointer::Column::FromAccountId) {
        total += pointers(tx, of.clone(), as_of).count().await? + pointer_ends(tx, of, as_of).count().await?;
    }
    Ok(total)
}

async fn whole(tx: &TenantTx, travellers: &Travellers, as_of: Timestamp) -> Result<u64> {
    let everything = PageRequest { size: u64::from(u32::MAX), edge: Edge::After(None) };
    let mut rows: Vec<Uuid> = items(tx, travellers, as_of, everything).await?.into_iter().map(|item| item.row).collect();
    rows.sort_unstable();
    rows.dedup();
    Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
}

/// The first touch that was observed, and what the buyer said last.
pub(super) async fn source(tx: &TenantTx, travellers: &Travellers, as_of: Timestamp) -> Result<BuyerSource> {
    use touch::Column::{AccountId, ActorKind as Actor, Id, OccurredAt, PersonId as Person};
    let mut source = BuyerSource { observed: None, self_reported: None };
    let place = |row: &touch::Model| (row.occurred_at, row.id);
    for of in travellers.named(Person, AccountId) {
        let first = touches(tx, of.clone(), as_of).filter(Actor.ne(ActorKind::SelfReported)).order_by_asc(OccurredAt).order_by_asc(Id);
        let last = touches(tx, of, as_of).filter(Actor.eq(ActorKind::SelfReported)).order_by_desc(OccurredAt).order_by_desc(Id);
        source.observed = source.observed.into_iter().chain(first.one().await?).min_by_key(place);
        source.self_reported = source.self_reported.into_iter().chain(last.one().await?).max_by_key(place);
    }
    Ok(source)
}
