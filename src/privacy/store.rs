//! Queries on what is held on one person. All of it counts, whoever may see its rows: who may see the person decides.

mod handed;

use std::collections::HashMap;

use entity::ids::{AccountId, PersonId, StageId};
use entity::kinds::BatchKind;
use entity::tenant::TenantEntity;
use entity::{
    account, activity, activity_event, affiliation, audit_entry, audit_object, blocker, blocker_resolution, buying_role, buying_role_end,
    close, close_movement, consent, credit_batch, credit_dispute, credit_dispute_end, credit_entry, credit_opening,
    credit_proposal_decision, credit_transfer, credit_transfer_decision, erased_name, erasure, fx_conversion, handoff, identification,
    identity_pointer, identity_pointer_end, opportunity, opportunity_event, person, restatement, stage, stage_event, touch,
};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::SelectStatement;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

pub(super) use handed::{clock_events, feedback, feedback_acknowledgements, handoff_events, handoffs, sla_clocks, sla_steps};

use self::handed::{handed_over, redact_handoffs};
use crate::db::{LastNames, Named, Scoped, TenantTx, TenantWrite};
use crate::error::Result;
use crate::input::ExternalId;

/// Most ids of one statement.
const CHUNK: usize = 500;

/// A person, held until the transaction ends.
pub(super) async fn person_locked(tx: &TenantTx, id: PersonId) -> Result<Option<person::Model>> {
    tx.find::<person::Entity>().filter(person::Column::Id.eq(id)).locked().one().await
}

/// A person, kept as they are until the transaction ends.
pub(super) async fn person_shared(tx: &TenantTx, id: PersonId) -> Result<Option<person::Model>> {
    tx.find::<person::Entity>().filter(person::Column::Id.eq(id)).shared().one().await
}

/// The decisions of some people that count.
pub(super) async fn newest_consents(tx: &TenantTx, people: &[PersonId]) -> Result<Vec<consent::Model>> {
    let mut found = Vec::new();
    for some in people.chunks(CHUNK) {
        let rows = tx.find::<consent::Entity>().filter(consent::Column::PersonId.is_in(some.iter().copied()));
        found.extend(rows.newest().all().await?);
    }
    Ok(found)
}

/// The account somebody buys for.
pub(super) async fn account(tx: &TenantTx, id: AccountId) -> Result<Option<account::Model>> {
    tx.everything::<account::Entity>().filter(account::Column::Id.eq(id)).one().await
}

/// All decisions of a person, in the order in which they happened.
pub(super) async fn consents(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<consent::Model>> {
    use consent::Column::{Id, OccurredAt, PersonId};
    first(tx.everything::<consent::Entity>().filter(PersonId.eq(person)), [OccurredAt, Id], most).await
}

/// All touches of a person, corrected or not, in the order in which they happened.
pub(super) async fn touches(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<touch::Model>> {
    use touch::Column::{Id, OccurredAt, PersonId};
    first(tx.everything::<touch::Entity>().filter(PersonId.eq(person)), [OccurredAt, Id], most).await
}

/// All stage events of a person, corrected or not, in the order in which they happened.
pub(super) async fn stage_events(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<stage_event::Model>> {
    use stage_event::Column::{Id, OccurredAt, PersonId};
    first(tx.everything::<stage_event::Entity>().filter(PersonId.eq(person)), [OccurredAt, Id], most).await
}

/// The keys of the stages.
pub(super) async fn stage_keys(tx: &TenantTx) -> Result<HashMap<StageId, String>> {
    Ok(tx.everything::<stage::Entity>().all().await?.into_iter().map(|stage| (stage.id, stage.key)).collect())
}

/// The closes that end a person's journey and those they referred, in the order in which they were won.
pub(super) async fn closes(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<close::Model>> {
    first(tx.everything::<close::Entity>().filter(naming(person)), [close::Column::ClosedAt, close::Column::Id], most).await
}

/// What happened to the closes that end a person's journey.
pub(super) async fn close_movements(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<close_movement::Model>> {
    use close_movement::Column::{CloseId, Id, OccurredAt};
    first(tx.everything::<close_movement::Entity>().filter(CloseId.in_subquery(close_ids(tx, bought(person)))), [OccurredAt, Id], most)
        .await
}

/// By which rates the closes that end a person's journey are converted.
pub(super) async fn fx_conversions(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<fx_conversion::Model>> {
    use fx_conversion::Column::{CloseId, Id, RecordedAt};
    let of_closes = CloseId.in_subquery(close_ids(tx, bought(person)));
    first(tx.everything::<fx_conversion::Entity>().filter(of_closes), [RecordedAt, Id], most).await
}

/// The credit of the closes that end a person's journey.
pub(super) async fn credit_batches(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<credit_batch::Model>> {
    use credit_batch::Column::{EffectiveAt, Id};
    first(credit_of(tx, person), [EffectiveAt, Id], most).await
}

/// The postings of that credit.
pub(super) async fn credit_entries(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<credit_entry::Model>> {
    use credit_entry::Column::{BatchId, Id};
    let batches = credit_of(tx, person).subquery(credit_batch::Column::Id);
    first(tx.everything::<credit_entry::Entity>().filter(BatchId.in_subquery(batches)), [BatchId, Id], most).await
}

/// The transfers of that credit that were asked for.
pub(super) async fn credit_transfers(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<credit_transfer::Model>> {
    use credit_transfer::Column::{CloseId, Id, RecordedAt};
    let asked = CloseId.in_subquery(close_ids(tx, bought(person)));
    first(tx.everything::<credit_transfer::Entity>().filter(asked), [RecordedAt, Id], most).await
}

/// What was decided about those.
pub(super) async fn credit_transfer_decisions(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<credit_transfer_decision::Model>> {
    use credit_transfer_decision::Column::{Id, RecordedAt, TransferId};
    let asked = TransferId.in_subquery(transfer_ids(tx, bought(person)));
    first(tx.everything::<credit_transfer_decision::Entity>().filter(asked), [RecordedAt, Id], most).await
}

/// The disputes about that credit.
pub(super) async fn credit_disputes(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<credit_dispute::Model>> {
    use credit_dispute::Column::{CloseId, Id, RecordedAt};
    let about = CloseId.in_subquery(close_ids(tx, bought(person)));
    first(tx.everything::<credit_dispute::Entity>().filter(about), [RecordedAt, Id], most).await
}

/// How those were settled.
pub(super) async fn credit_dispute_ends(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<credit_dispute_end::Model>> {
    use credit_dispute_end::Column::{DisputeId, Id, RecordedAt};
    let about = DisputeId.in_subquery(dispute_ids(tx, bought(person)));
    first(tx.everything::<credit_dispute_end::Entity>().filter(about), [RecordedAt, Id], most).await
}

/// What was said when that credit was opened, and claims of theirs to have referred somebody.
pub(super) async fn credit_openings(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<credit_opening::Model>> {
    use credit_opening::Column::{ClaimantId, CloseId, Id, RecordedAt};
    let about = Condition::any().add(ClaimantId.eq(person)).add(CloseId.in_subquery(close_ids(tx, bought(person))));
    first(tx.everything::<credit_opening::Entity>().filter(about), [RecordedAt, Id], most).await
}

/// What was decided about what its policy would give by now.
pub(super) async fn credit_proposal_decisions(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<credit_proposal_decision::Model>> {
    use credit_proposal_decision::Column::{CloseId, Id, RecordedAt};
    let about = CloseId.in_subquery(close_ids(tx, bought(person)));
    first(tx.everything::<credit_proposal_decision::Entity>().filter(about), [RecordedAt, Id], most).await
}

fn dispute_ids(tx: &TenantTx, closes: Condition) -> SelectStatement {
    let about = credit_dispute::Column::CloseId.in_subquery(close_ids(tx, closes));
    tx.everything::<credit_dispute::Entity>().filter(about).subquery(credit_dispute::Column::Id)
}

/// What was written of the closes that end a person's journey to locked months.
pub(super) async fn restatements(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<restatement::Model>> {
    use restatement::Column::{CloseId, Id, RecordedAt};
    let written = CloseId.in_subquery(close_ids(tx, bought(person)));
    first(tx.everything::<restatement::Entity>().filter(written), [RecordedAt, Id], most).await
}

fn transfer_ids(tx: &TenantTx, closes: Condition) -> SelectStatement {
    let asked = credit_transfer::Column::CloseId.in_subquery(close_ids(tx, closes));
    tx.everything::<credit_transfer::Entity>().filter(asked).subquery(credit_transfer::Column::Id)
}

/// When a person became known.
pub(super) async fn identifications(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<identification::Model>> {
    use identification::Column::{Id, PersonId, RecordedAt};
    first(tx.everything::<identification::Entity>().filter(PersonId.eq(person)), [RecordedAt, Id], most).await
}

/// Which companies a person bought for.
pub(super) async fn affiliations(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<affiliation::Model>> {
    use affiliation::Column::{Id, PersonId, RecordedAt};
    first(tx.everything::<affiliation::Entity>().filter(PersonId.eq(person)), [RecordedAt, Id], most).await
}

/// Who a person was said to be, and who was said to be them.
pub(super) async fn identity_pointers(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<identity_pointer::Model>> {
    use identity_pointer::Column::{Id, RecordedAt};
    first(tx.everything::<identity_pointer::Entity>().filter(pointing(person)), [RecordedAt, Id], most).await
}

/// Which of that was taken back.
pub(super) async fn identity_pointer_ends(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<identity_pointer_end::Model>> {
    use identity_pointer_end::Column::{Id, RecordedAt};
    first(tx.everything::<identity_pointer_end::Entity>().filter(pointer_ended(tx, person)), [RecordedAt, Id], most).await
}

fn pointing(person: PersonId) -> Condition {
    use identity_pointer::Column::{FromPersonId, ToPersonId};
    Condition::any().add(FromPersonId.eq(person)).add(ToPersonId.eq(person))
}

fn pointer_ended(tx: &TenantTx, person: PersonId) -> Condition {
    let pointers = tx.everything::<identity_pointer::Entity>().filter(pointing(person)).subquery(identity_pointer::Column::Id);
    Condition::all().add(identity_pointer_end::Column::PointerId.in_subquery(pointers))
}

/// That a person was erased.
pub(super) async fn erasures(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<erasure::Model>> {
    use erasure::Column::{Id, PersonId, RecordedAt};
    first(tx.everything::<erasure::Entity>().filter(PersonId.eq(person)), [RecordedAt, Id], most).await
}

/// That closes which end a person's journey won opportunities.
pub(super) async fn opportunity_events(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<opportunity_event::Model>> {
    use opportunity_event::Column::{CloseId, Id, OccurredAt};
    let won = CloseId.in_subquery(close_ids(tx, bought(person)));
    first(tx.everything::<opportunity_event::Entity>().filter(won), [OccurredAt, Id], most).await
}

/// The parts a person played in buying.
pub(super) async fn buying_roles(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<buying_role::Model>> {
    use buying_role::Column::{Id, PersonId, Since};
    first(tx.everything::<buying_role::Entity>().filter(PersonId.eq(person)), [Since, Id], most).await
}

/// When the parts a person played in buying ended.
pub(super) async fn buying_role_ends(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<buying_role_end::Model>> {
    use buying_role_end::Column::{BuyingRoleId, Id, Until};
    let roles = tx.everything::<buying_role::Entity>().filter(buying_role::Column::PersonId.eq(person));
    let of_theirs = BuyingRoleId.in_subquery(roles.subquery(buying_role::Column::Id));
    first(tx.everything::<buying_role_end::Entity>().filter(of_theirs), [Until, Id], most).await
}

/// What was planned with a person.
pub(super) async fn activities(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<activity::Model>> {
    use activity::Column::{Id, PersonId, RecordedAt};
    first(tx.everything::<activity::Entity>().filter(PersonId.eq(person)), [RecordedAt, Id], most).await
}

/// What became of that.
pub(super) async fn activity_events(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<activity_event::Model>> {
    use activity_event::Column::{ActivityId, Id, RecordedAt};
    let theirs = tx.everything::<activity::Entity>().filter(activity::Column::PersonId.eq(person));
    let of_theirs = ActivityId.in_subquery(theirs.subquery(activity::Column::Id));
    first(tx.everything::<activity_event::Entity>().filter(of_theirs), [RecordedAt, Id], most).await
}

/// Hashes of the names a person had before they were erased.
pub(super) async fn erased_names(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<erased_name::Model>> {
    use erased_name::Column::{ErasureId, Id};
    let erasures = tx.everything::<erasure::Entity>().filter(erasure::Column::PersonId.eq(person));
    first(
        tx.everything::<erased_name::Entity>().filter(ErasureId.in_subquery(erasures.subquery(erasure::Column::Id))),
        [ErasureId, Id],
        most,
    )
    .await
}

/// What the audit log tells of an object, in the order in which it happened.
pub(super) async fn audit_entries(tx: &TenantTx, object: Uuid, most: u64) -> Result<Vec<audit_entry::Model>> {
    use audit_entry::Column::{Id, Sequence};
    let about = tx.everything::<audit_object::Entity>().filter(audit_object::Column::ObjectId.eq(object));
    first(
        tx.everything::<audit_entry::Entity>().filter(Id.in_subquery(about.subquery(audit_object::Column::EntryId))),
        [Sequence, Id],
        most,
    )
    .await
}

/// Other people with the same address.
pub(super) async fn others_at(tx: &TenantTx, person: PersonId, email: &str, most: u64) -> Result<Vec<PersonId>> {
    use person::Column::{Email, Id};
    let rows = first(tx.everything::<person::Entity>().filter(Email.eq(email)).filter(Id.ne(person)), [Id], most).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

async fn first<E: TenantEntity, const N: usize>(rows: Scoped<'_, E>, order: [E::Column; N], most: u64) -> Result<Vec<E::Model>> {
    order.into_iter().fold(rows, |rows, column| rows.order_by_asc(column)).limit(most).all().await
}

/// Closes that end a person's journey.
fn bought(person: PersonId) -> Condition {
    Condition::all().add(close::Column::PersonId.eq(person))
}

/// Closes that end a person's journey, and those they referred.
fn naming(person: PersonId) -> Condition {
    Condition::any().add(close::Column::PersonId.eq(person)).add(close::Column::ReferrerId.eq(person))
}

/// Closes whose words may tell of them: those, and those they claimed in vain to have referred.
fn about(tx: &TenantTx, person: PersonId) -> Condition {
    let claimed = tx.everything::<credit_opening::Entity>().filter(credit_opening::Column::ClaimantId.eq(person));
    naming(person).add(close::Column::Id.in_subquery(claimed.subquery(credit_opening::Column::CloseId)))
}

fn close_ids(tx: &TenantTx, which: Condition) -> SelectStatement {
    tx.everything::<close::Entity>().filter(which).subquery(close::Column::Id)
}

fn credit_of(tx: &TenantTx, person: PersonId) -> Scoped<'_, credit_batch::Entity> {
    tx.everything().filter(credit_batch::Column::CloseId.in_subquery(close_ids(tx, bought(person))))
}

/// That a person was erased, if they were.
pub(super) async fn erasure_of(tx: &TenantTx, person: PersonId) -> Result<Option<erasure::Model>> {
    tx.everything::<erasure::Entity>().filter(erasure::Column::PersonId.eq(person)).one().await
}

/// What other systems call what happened to a person.
pub(super) async fn gather_names(tx: &TenantTx, person: PersonId, names: &mut LastNames) -> Result<()> {
    names.external::<touch::Entity>(names_of(tx.everything::<touch::Entity>().filter(touch::Column::PersonId.eq(person))).await?);
    let events = tx.everything::<stage_event::Entity>().filter(stage_event::Column::PersonId.eq(person));
    names.external::<stage_event::Entity>(names_of(events).await?);
    names.external::<activity::Entity>(names_of(tx.everything::<activity::Entity>().filter(planned_about(tx, person))).await?);
    names.external::<handoff::Entity>(names_of(tx.everything::<handoff::Entity>().filter(handed_over(tx, person))).await?);
    names.external::<close::Entity>(names_of(tx.everything::<close::Entity>().filter(bought(person))).await?);
    Ok(())
}

async fn names_of<E: Named>(rows: Scoped<'_, E>) -> Result<Vec<ExternalId>> {
    let mut names = Vec::new();
    rows.filter(E::external_id_column().is_not_null())
        .rows([E::source_column(), E::external_id_column()], |row| {
            names.push(ExternalId { source: row.try_get_by_index(0)?, id: row.try_get_by_index(1)? });
            Ok(())
        })
        .await?;
    Ok(names)
}

/// Writes that a person is erased, and nothing of who they are.
pub(super) async fn keep_erased(tx: &TenantWrite, row: &person::Model) -> Result<()> {
    let changes = person::ActiveModel {
        name: Set(row.name.clone()),
        email: Set(row.email.clone()),
        source: Set(row.source.clone()),
        external_id: Set(row.external_id.clone()),
        search_key: Set(row.search_key.clone()),
        erased_at: Set(row.erased_at),
        version: Set(row.version),
        ..Default::default()
    };
    tx.update::<person::Entity>(row.id, changes).await
}

/// The deals that a person plays a part in, and those their closes won.
fn deals_of(tx: &TenantTx, person: PersonId) -> SelectStatement {
    let parts = tx.everything::<buying_role::Entity>().filter(buying_role::Column::PersonId.eq(person));
    let won = tx.everything::<close::Entity>().filter(bought(person)).filter(close::Column::OpportunityId.is_not_null());
    let deals = Condition::any()
        .add(opportunity::Column::Id.in_subquery(parts.subquery(buying_role::Column::OpportunityId)))
        .add(opportunity::Column::Id.in_subquery(won.subquery(close::Column::OpportunityId)));
    tx.everything::<opportunity::Entity>().filter(deals).subquery(opportunity::Column::Id)
}

/// Activities with a person, with a company they buy or ever bought for where nobody is named, and about their deals.
fn planned_about(tx: &TenantTx, person: PersonId) -> Condition {
    use activity::Column::{AccountId, OpportunityId, PersonId as Person};
    let ever = tx.everything::<affiliation::Entity>().filter(affiliation::Column::PersonId.eq(person));
    let ever = ever.filter(affiliation::Column::AccountId.is_not_null()).subquery(affiliation::Column::AccountId);
    let with_company = Condition::all().add(Person.is_null()).add(AccountId.in_subquery(ever));
    Condition::any().add(Person.eq(person)).add(with_company).add(OpportunityId.in_subquery(deals_of(tx, person)))
}

/// Takes what says who an erased person was out of all that happened to them. The words of an opening are the policy's own.
pub(super) async fn redact(tx: &TenantWrite, person: PersonId) -> Result<()> {
    let movements = close_movement::Column::CloseId.in_subquery(close_ids(tx, about(tx, person)));
    let batches = credit_batch::Column::CloseId.in_subquery(close_ids(tx, about(tx, person)));
    tx.redact::<touch::Entity>(Condition::all().add(touch::Column::PersonId.eq(person))).await?;
    tx.redact::<stage_event::Entity>(Condition::all().add(stage_event::Column::PersonId.eq(person))).await?;
    tx.redact::<close::Entity>(bought(person)).await?;
    let deals = || deals_of(tx, person);
    let blockers = tx.everything::<blocker::Entity>().filter(blocker::Column::OpportunityId.in_subquery(deals()));
    let resolved = blocker_resolution::Column::BlockerId.in_subquery(blockers.subquery(blocker::Column::Id));
    tx.redact::<blocker_resolution::Entity>(Condition::all().add(resolved)).await?;
    tx.redact::<blocker::Entity>(Condition::all().add(blocker::Column::OpportunityId.in_subquery(deals()))).await?;
    tx.redact::<opportunity_event::Entity>(Condition::all().add(opportunity_event::Column::OpportunityId.in_subquery(deals()))).await?;
    let planned = tx.everything::<activity::Entity>().filter(planned_about(tx, person)).subquery(activity::Column::Id);
    tx.redact::<activity_event::Entity>(Condition::all().add(activity_event::Column::ActivityId.in_subquery(planned))).await?;
    tx.redact::<activity::Entity>(planned_about(tx, person)).await?;
    redact_handoffs(tx, person).await?;
    tx.redact::<identity_pointer_end::Entity>(pointer_ended(tx, person)).await?;
    tx.redact::<identity_pointer::Entity>(pointing(person)).await?;
    tx.redact::<consent::Entity>(Condition::all().add(consent::Column::PersonId.eq(person))).await?;
    tx.redact::<close_movement::Entity>(Condition::all().add(movements)).await?;
    let restated = restatement::Column::CloseId.in_subquery(close_ids(tx, about(tx, person)));
    tx.redact::<restatement::Entity>(Condition::all().add(restated)).await?;
    let asked = credit_transfer::Column::CloseId.in_subquery(close_ids(tx, about(tx, person)));
    let decided = credit_transfer_decision::Column::TransferId.in_subquery(transfer_ids(tx, about(tx, person)));
    tx.redact::<credit_transfer_decision::Entity>(Condition::all().add(decided)).await?;
    tx.redact::<credit_transfer::Entity>(Condition::all().add(asked)).await?;
    let proposed = credit_proposal_decision::Column::CloseId.in_subquery(close_ids(tx, about(tx, person)));
    tx.redact::<credit_proposal_decision::Entity>(Condition::all().add(proposed)).await?;
    let disputed = credit_dispute::Column::CloseId.in_subquery(close_ids(tx, about(tx, person)));
    let settled = credit_dispute_end::Column::DisputeId.in_subquery(dispute_ids(tx, about(tx, person)));
    tx.redact::<credit_dispute_end::Entity>(Condition::all().add(settled)).await?;
    tx.redact::<credit_dispute::Entity>(Condition::all().add(disputed)).await?;
    tx.redact::<credit_batch::Entity>(Condition::all().add(batches).add(credit_batch::Column::Kind.ne(BatchKind::Opening))).await
}
