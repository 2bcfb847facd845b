//! Recording, correcting and finding stage events.

use std::collections::HashMap;

use entity::ids::{AccountId, PersonId, PipelineId, StageEventId, TypedId};
use entity::time::Timestamp;
use entity::{stage, stage_event};
use serde::Serialize;

use super::catalogue::{Catalogue, catalogues, default_of, stages_named};
use super::history::{Claim, Gate};
use super::order::Orders;
use super::past::Histories;
use super::rules::Gates;
use super::{Span, Subject};
use crate::auth::Scope;
use crate::auth::permission::grant::{JourneyRead, StageWrite};
use crate::buyers::service::{Buyers, hold_buyers};
use crate::db::{Batch, BulkCall, Idempotent, Listing, Outcome, PageRequest, TenantWrite, checked, only, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input::{self, ExternalId};
use crate::journey::store;

/// Which stage events are wanted; what is `None` does not narrow.
#[derive(Clone, Debug, Default)]
pub struct StageEventFilter {
    /// Those of a person.
    pub person_id: Option<PersonId>,
    /// Those of an account.
    pub account_id: Option<AccountId>,
    /// The version of the pipeline whose stage is meant; any version of the default one where it is not said.
    pub pipeline_id: Option<PipelineId>,
    /// Entries into the stage with a key.
    pub stage: Option<String>,
    /// Those that happened in a span.
    pub occurred: Span,
    /// Those that were corrected or taken back too, and the rows that say so.
    pub include_corrected: bool,
}

/// A page of stage events, latest first.
///
/// # Errors
/// A problem with `filter`.
pub async fn stage_events(
    scope: &Scope<JourneyRead>,
    filter: &StageEventFilter,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<stage_event::Model>> {
    filter.occurred.checked("filter.occurredTo")?;
    let tx = scope.read().await?;
    let stage = match &filter.stage {
        Some(key) => Some(stages_named(&tx, filter.pipeline_id, key).await?),
        None => None,
    };
    store::stage_events(&tx, filter, stage.as_deref()).listing(page, with_total).await
}

/// The stage events with some ids.
///
/// # Errors
/// What the database says.
pub async fn stage_events_by_id(scope: &Scope<JourneyRead>, ids: &[StageEventId]) -> Result<HashMap<StageEventId, stage_event::Model>> {
    let rows = scope.read().await?.get_many::<stage_event::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The rows that correct some stage events, by the id of those.
///
/// # Errors
/// What the database says.
pub async fn stage_event_corrections(
    scope: &Scope<JourneyRead>,
    ids: &[StageEventId],
) -> Result<HashMap<StageEventId, stage_event::Model>> {
    let rows = scope.read().await?.corrections_of::<stage_event::Entity>(ids).await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.supersedes_id?, row))).collect())
}

/// The same page of the stage events of each of some subjects, in one statement for people and one for accounts.
///
/// # Errors
/// What the database says.
pub async fn stage_events_of(
    scope: &Scope<JourneyRead>,
    subjects: &[Subject],
    page: PageRequest,
    with_total: bool,
) -> Result<HashMap<Subject, Listing<stage_event::Model>>> {
    let tx = scope.read().await?;
    let mut found = HashMap::with_capacity(subjects.len());
    let people: Vec<PersonId> = subjects.iter().filter_map(|subject| subject.person()).collect();
    if !people.is_empty() {
        let (events, column) = store::events_of_people(&tx, &people);
        let mut pages = events.pages_within(column, |row| row.person_id.map(TypedId::uuid), page, with_total).await?;
        found.extend(people.into_iter().filter_map(|person| Some((Subject::Person(person), pages.remove(&person.uuid())?))));
    }
    let accounts: Vec<AccountId> = subjects.iter().filter_map(|subject| subject.account()).collect();
    if !accounts.is_empty() {
        let (events, column) = store::events_of_accounts(&tx, &accounts);
        let mut pages = events.pages_within(column, |row| row.account_id.map(TypedId::uuid), page, with_total).await?;
        found.extend(accounts.into_iter().filter_map(|account| Some((Subject::Account(account), pages.remove(&account.uuid())?))));
    }
    Ok(found)
}

/// The entry of a subject into a stage.
#[derive(Clone, Debug, Serialize)]
pub struct NewStageEvent {
    /// The subject, if a person; just one of person and account.
    pub person_id: Option<PersonId>,
    /// The subject, if an account.
    pub account_id: Option<AccountId>,
    /// The pipeline version; the newest of the default one where it is not said.
    pub pipeline_id: Option<PipelineId>,
    /// The key of the stage entered.
    pub stage: String,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// It is known to lie before what was recorded earlier.
    pub backdated: bool,
    /// Why; needed for going back and stepping aside.
    pub reason: Option<String>,
    /// What another system calls it.
    pub external_id: Option<ExternalId>,
    /// It was settled elsewhere, so no rule of the stage's own keeps it out.
    #[serde(skip)]
    pub settled: bool,
}

/// Records the entry of a subject into a stage.
///
/// # Errors
/// Problems with the fields; `NOT_ALLOWED` where the caller works for another resource than the stage's owner.
pub async fn record_stage_event(scope: &Scope<StageWrite>, new: NewStageEvent, key: Option<&str>) -> Result<stage_event::Model> {
    only(record(scope, "recordStageEvent", vec![new], key).await?)
}

/// Records stage events in the order given, each for itself.
///
/// # Errors
/// A problem with `items` where there are too many; problems with an event are its outcome.
pub async fn record_stage_events(
    scope: &Scope<StageWrite>,
    items: Vec<NewStageEvent>,
    key: Option<&str>,
) -> Result<Vec<Outcome<stage_event::Model>>> {
    record(scope, "recordStageEvents", items, key).await
}

async fn record(
    scope: &Scope<StageWrite>,
    operation: &'static str,
    items: Vec<NewStageEvent>,
    key: Option<&str>,
) -> Result<Vec<Outcome<stage_event::Model>>> {
    let call = BulkCall::<stage_event::Entity>::new(key, operation, &items)?;
    let tx = scope.write().await?;
    if let Some(outcomes) = call.recall(&tx).await? {
        return Ok(outcomes);
    }
    let outcomes = record_stage_events_in(&tx, scope, &items).await?;
    call.commit(tx, scope, &outcomes).await?;
    Ok(outcomes)
}

/// Records any number of stage events within a transaction, in the order given. The subjects are held until its end.
///
/// # Errors
/// What the database says; problems with an event are its outcome.
pub async fn record_stage_events_in(
    tx: &TenantWrite,
    scope: &Scope<StageWrite>,
    items: &[NewStageEvent],
) -> Result<Vec<Outcome<stage_event::Model>>> {
    let (people, accounts) = (items.iter().filter_map(|new| new.person_id), items.iter().filter_map(|new| new.account_id));
    let buyers = hold_buyers(tx, people, accounts).await?;
    let catalogues = catalogues(tx).await?;
    let mut histories = Histories::load(tx, Orders::new(&catalogues), &buyers).await?;
    let check = |new| checked(check(scope, new, &catalogues, &buyers));
    let offers = items.iter().map(check).collect::<Result<Vec<_>>>()?;
    let gates = Gates::load(tx, offers.iter().flatten().map(|row| row.stage_id), &buyers).await?;
    let mut batch = Batch::<stage_event::Entity>::begin(tx, offers.iter().flatten()).await?;
    for (new, offer) in items.iter().zip(offers) {
        match offer {
            Err(problems) => batch.reject(problems),
            Ok(row) if batch.knows(&row, same) => {}
            Ok(row) => {
                let claim = Claim { backdated: row.backdated, reasoned: row.reason.is_some() };
                let subject = Subject::of(row.person_id, row.account_id);
                let gate = if new.settled { Gate::default() } else { gates.of(row.stage_id, subject, histories.orders()) };
                match histories.admit(&row, claim, &gate)? {
                    Err(problems) => batch.reject(problems),
                    Ok(admitted) => batch.record(stage_event::Model { from_stage_id: admitted.from, backdated: admitted.backdated, ..row }),
                }
            }
        }
    }
    batch.insert(tx).await
}

/// Whether two rows tell the same. Where they stand among the others is not part of what they tell.
fn same(known: &stage_event::Model, offered: &stage_event::Model) -> bool {
    let content = |row: &stage_event::Model| (row.stage_id, row.person_id, row.account_id, row.occurred_at);
    content(known) == content(offered) && known.reason == offered.reason
}

/// The row an event would become, as far as the event itself tells; `backdated` is still the caller's claim.
fn check(scope: &Scope<StageWrite>, new: &NewStageEvent, catalogues: &[Catalogue], buyers: &Buyers) -> Result<stage_event::Model> {
    let mut problems = Problems::new();
    let subject = problems.take(subject(new, buyers))?;
    let stage = problems.take(stage(new, catalogues))?;
    if let Some(stage) = stage {
        problems.take(scope.covers(stage.owner_resource, "stage"))?;
    }
    problems.take(input::moment("occurredAt", new.occurred_at, scope.now()))?;
    let reason = problems.take(input::optional_text("reason", new.reason.as_deref(), input::NOTE))?.flatten();
    let external_id = problems.take(ExternalId::optional("externalId", new.external_id.as_ref()))?.flatten();
    problems.check()?;
    let (Some(subject), Some(stage)) = (subject, stage) else { return Err(Error::broken("subject and stage are settled by now")) };
    let (source, external_id) = ExternalId::split(external_id);
    Ok(stage_event::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        pipeline_id: stage.pipeline_id,
        stage_id: stage.id,
        from_stage_id: None,
        person_id: subject.person(),
        account_id: subject.account(),
        occurred_at: new.occurred_at,
        backdated: new.backdated,
        reason,
        recorded_by: scope.member_id(),
        supersedes_id: None,
        retracted: false,
        source,
        external_id,
        recorded_at: scope.now(),
    })
}

fn subject(new: &NewStageEvent, buyers: &Buyers) -> Result<Subject> {
    let Some(subject) = Subject::of(new.person_id, new.account_id) else {
        let code = if new.person_id.is_some() { ProblemCode::Invalid } else { ProblemCode::Required };
        return Err(Error::invalid("personId", code, "the subject is a person or an account, just one of them"));
    };
    match subject {
        Subject::Person(person) => buyers.person(person, "personId").map(|()| subject),
        Subject::Account(account) if !buyers.accounts.contains(&account) => Err(Error::unknown("accountId")),
        Subject::Account(_) => Ok(subject),
    }
}

fn stage<'c>(new: &NewStageEvent, catalogues: &'c [Catalogue]) -> Result<&'c stage::Model> {
    let catalogue = match new.pipeline_id {
        Some(id) => catalogues.iter().find(|catalogue| catalogue.pipeline.id == id).ok_or_else(|| Error::unknown("pipelineId"))?,
        None => default_of(catalogues).ok_or(Error::broken("every organization has the default pipeline"))?,
    };
    catalogue.stage_named(&new.stage).ok_or_else(|| Error::unknown("stage"))
}

/// What was wrong about a stage event; what is `None` was right. The subject stays: an event of somebody else is taken
/// back and recorded anew.
#[derive(Clone, Debug, Serialize)]
pub struct CorrectStageEvent {
    /// The event: the newest row of it.
    pub stage_event_id: StageEventId,
    /// The key of the stage entered, in the same pipeline.
    pub stage: Option<String>,
    /// When it happened.
    pub occurred_at: Option<Timestamp>,
    /// It is known that it then lies on the other side of other events.
    pub backdated: bool,
    /// Why; `Some(None)` for none.
    pub reason: Option<Option<String>>,
    /// It did not happen at all; then nothing else is corrected.
    pub retract: bool,
    /// Repeating it gives the same correction.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Corrects a stage event by a new row, or takes it back.
///
/// # Errors
/// Problems with the fields; `ALREADY_CORRECTED` where it stands no more.
pub async fn correct_stage_event(scope: &Scope<StageWrite>, change: &CorrectStageEvent) -> Result<stage_event::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "correctStageEvent", change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<StageEventId>(&tx).await? {
        return tx.get::<stage_event::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let before = tx.get::<stage_event::Entity>(change.stage_event_id).await?.ok_or_else(|| Error::unknown("stageEventId"))?;
    let buyers = hold_buyers(&tx, before.person_id, before.account_id).await?;
    let catalogues = catalogues(&tx).await?;
    let catalogue = catalogues.iter().find(|catalogue| catalogue.pipeline.id == before.pipeline_id);
    let catalogue = catalogue.ok_or(Error::broken("an event's pipeline is a catalogue"))?;
    let owner = catalogue.stage(before.stage_id).ok_or(Error::broken("an event's stage is in its catalogue"))?.owner_resource;
    scope.covers(owner, "stageEventId")?;
    let mut histories = Histories::load(&tx, Orders::new(&catalogues), &buyers).await?;
    let row = stage_event::Model {
        id: scope.next_id(),
        recorded_by: scope.member_id(),
        supersedes_id: Some(before.id),
        source: None,
        external_id: None,
        recorded_at: scope.now(),
        ..before.clone()
    };
    let after = if change.retract {
        retraction(&mut histories, change, row)?
    } else {
        let offered = correction(scope, catalogue, change, row)?;
        let stage_changed = offered.stage_id != before.stage_id;
        let gates = Gates::load(&tx, stage_changed.then_some(offered.stage_id).into_iter(), &buyers).await?;
        let gate = gates.of(offered.stage_id, Subject::of(offered.person_id, offered.account_id), histories.orders());
        let claim = Claim { backdated: change.backdated, reasoned: offered.reason.is_some() };
        let entry = histories.entry(&offered)?;
        let history = histories.of(&before)?;
        let admitted = history.correct(before.id, before.backdated, entry, claim, &gate).map_err(Error::Invalid)?;
        stage_event::Model { from_stage_id: admitted.from, backdated: admitted.backdated, ..offered }
    };
    let after = tx.correct::<stage_event::Entity>(after).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &after.id).await?;
    tx.commit().await?;
    Ok(after)
}

fn retraction(histories: &mut Histories, change: &CorrectStageEvent, row: stage_event::Model) -> Result<stage_event::Model> {
    if change.stage.is_some() || change.occurred_at.is_some() || change.reason.is_some() || change.backdated {
        return Err(Error::invalid("retract", ProblemCode::Invalid, "what did not happen has nothing to correct"));
    }
    histories.of(&row)?.retract(change.stage_event_id).map_err(Error::Invalid)?;
    Ok(stage_event::Model { retracted: true, ..row })
}

/// The row a corrected event would become, as far as the event itself tells.
fn correction(
    scope: &Scope<StageWrite>,
    catalogue: &Catalogue,
    change: &CorrectStageEvent,
    row: stage_event::Model,
) -> Result<stage_event::Model> {
    let mut problems = Problems::new();
    let stage = match &change.stage {
        Some(key) => problems.take(catalogue.stage_named(key).ok_or_else(|| Error::unknown("stage")))?,
        None => catalogue.stage(row.stage_id),
    };
    if let Some(stage) = stage {
        problems.take(scope.covers(stage.owner_resource, "stage"))?;
    }
    let occurred_at = change.occurred_at.unwrap_or(row.occurred_at);
    problems.take(input::moment("occurredAt", occurred_at, scope.now()))?;
    let reason = match &change.reason {
        Some(reason) => problems.take(input::optional_text("reason", reason.as_deref(), input::NOTE))?.flatten(),
        None => row.reason.clone(),
    };
    problems.check()?;
    let stage = stage.ok_or(Error::broken("the stage is settled by now"))?;
    Ok(stage_event::Model { stage_id: stage.id, occurred_at, reason, ..row })
}
