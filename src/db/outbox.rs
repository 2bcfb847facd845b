//! What was recorded and changed, told in the transaction that does it.
//!
//! The events of an organization are numbered without a gap in the order in which changes came to last: the number is taken by
//! whoever holds the end of the audit log, which nobody else holds until they have ended. So whoever has read up to a number has
//! missed nothing, and nobody can change anything without telling.
//!
//! Which table is told of how is decided here, for all of them.

use std::collections::{BTreeMap, HashSet};

use entity::ids::{EventId, OrganizationId};
use entity::kinds::EventTopic;
use entity::tenant::TenantEntity;
use entity::time::Timestamp;
use entity::{audit_head, event};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, TransactionTrait, Value};
use uuid::Uuid;

use super::connect::{Db, Engine};
use super::constraint::from_database;
use super::sight::Sight;
use super::tenant::{TenantTx, TenantWrite};
use crate::auth::permission::Rights;
use crate::clock::IdSource;
use crate::error::Result;

/// Most events of one read.
const MAX_EVENTS: u64 = 1_000;

/// How the rows of a table are told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// Each object by itself.
    Each(EventTopic),
    /// How many there were in a transaction.
    Counted(EventTopic),
    /// The same, of what is changed; what is only recorded moves nothing.
    Changed(EventTopic),
    /// Not at all: it moves no figure, or goes with a row that is told of.
    Untold,
}

/// What is told of a table; `None` where nobody has decided, which a test finds.
fn told(table: &str) -> Option<Told> {
    use EventTopic::{
        Access, Activity, Agreement, Buyer, Clock, Close, Cost, Credit, Deal, Feedback, Goal, Handoff, Insight, Ledger, Setting, Stage,
        Touch,
    };
    use Told::{Changed, Counted, Each, Untold};
    Some(match table {
        "close" => Each(Close),
        "credit_batch" => Each(Credit),
        "handoff" => Each(Handoff),
        "sla_clock" => Each(Clock),
        "feedback" => Each(Feedback),
        "insight" => Each(Insight),
        "close_movement"
        | "credit_dispute"
        | "credit_dispute_end"
        | "credit_proposal_decision"
        | "credit_transfer"
        | "credit_transfer_decision" => Counted(Ledger),
        "touch" | "identification" => Counted(Touch),
        "stage_event" => Counted(Stage),
        "opportunity"
        | "opportunity_event"
        | "opportunity_revision"
        | "buying_role"
        | "buying_role_end"
        | "blocker"
        | "blocker_resolution" => Counted(Deal),
        "cost_entry" | "budget" | "allocation_rule" | "fx_rate" => Counted(Cost),
        "account"
        | "account_attribute"
        | "affiliation"
        | "person"
        | "identity_pointer"
        | "identity_pointer_end"
        | "consent"
        | "demand_signal"
        | "erasure" => Counted(Buyer),
        "activity" | "activity_event" => Counted(Activity),
        "service_agreement"
        | "agreement_clause"
        | "agreement_end"
        | "agreement_signature"
        | "agreement_version"
        | "handoff_event"
        | "feedback_acknowledgement" => Counted(Agreement),
        "goal" | "goal_team" | "goal_target" | "goal_check_in" | "goal_end" => Counted(Goal),
        "business_calendar" | "calendar_version" | "content" | "content_coverage" | "credit_policy" | "icp_profile" | "period_lock"
        | "pipeline" | "segment" | "segment_version" | "stage" | "stage_rule" | "tactic" | "target_list_entry" => Counted(Setting),
        "api_client" | "client_secret" | "custom_role" | "delegation" | "external_identity" | "member" | "member_state"
        | "organization" | "team" => Counted(Access),
        // Whoever comes in changes nothing for anybody who is there; that they have to go does.
        "sign_in" => Changed(Access),
        // Of a batch, of its clock, of a close that is told of; secrets; and what the audit log leaves out too.
        "credit_entry"
        | "credit_opening"
        | "clock_event"
        | "sla_step"
        | "restatement"
        | "insight_acknowledgement"
        | "password"
        | "access_ticket" => Untold,
        _ => return None,
    })
}

/// What a transaction has to tell.
#[derive(Debug, Default)]
pub(super) struct Events {
    /// In the order in which they happened, each once.
    each: Vec<(EventTopic, Uuid)>,
    known: HashSet<(EventTopic, Uuid)>,
    counted: BTreeMap<EventTopic, i64>,
}

impl Events {
    /// Notes rows that were written.
    pub(super) fn recorded<E: TenantEntity>(&mut self, ids: impl ExactSizeIterator<Item = Value>) {
        match told(E::default().table_name()) {
            Some(Told::Each(topic)) => ids.for_each(|id| self.one(topic, &id)),
            Some(Told::Counted(topic)) => self.count(topic, ids.len()),
            Some(Told::Changed(_) | Told::Untold) | None => {}
        }
    }

    /// Notes that a row says something else, or means it.
    pub(super) fn changed<E: TenantEntity>(&mut self, id: E::Id) {
        match told(E::default().table_name()) {
            Some(Told::Each(topic)) => self.one(topic, &id.into()),
            Some(Told::Counted(topic) | Told::Changed(topic)) => self.count(topic, 1),
            Some(Told::Untold) | None => {}
        }
    }

    fn one(&mut self, topic: EventTopic, id: &Value) {
        if let Value::Uuid(Some(id)) = id
            && self.known.insert((topic, *id))
        {
            self.each.push((topic, *id));
        }
    }

    fn count(&mut self, topic: EventTopic, rows: usize) {
        if let Ok(rows @ 1..) = i64::try_from(rows) {
            let count = self.counted.entry(topic).or_default();
            *count = count.saturating_add(rows);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.each.is_empty() && self.counted.is_empty()
    }

    /// Writes them after the event of a number; gives the number of the last.
    pub(super) async fn write(self, tx: &TenantTx, after: i64, now: Timestamp, ids: &IdSource) -> Result<i64> {
        let counted = self.counted.into_iter().map(|(topic, rows)| (topic, None, rows));
        let told = self.each.into_iter().map(|(topic, object)| (topic, Some(object), 1)).chain(counted);
        let rows = told.zip(after + 1..).map(|((topic, object_id, row_count), sequence)| event::Model {
            organization_id: tx.organization_id(),
            id: ids.next::<EventId>(),
            sequence,
            topic,
            object_id,
            row_count,
            recorded_at: now,
        });
        let rows: Vec<event::Model> = rows.collect();
        super::insert::insert::<event::Entity>(tx, &rows).await?;
        Ok(rows.last().map_or(after, |last| last.sequence))
    }
}

impl TenantWrite {
    /// Says that an object stands otherwise than before, where its row does not show it: time has run out for it.
    pub fn stands_otherwise<E: TenantEntity>(&self, id: E::Id) {
        self.note(|changes| changes.stands_otherwise::<E>(id));
    }
}

/// How far the events of an organization have come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// The number of the last.
    pub newest: i64,
    /// Those up to this number are not kept any more.
    pub pruned: i64,
}

impl Db {
    /// Some of the events of an organization after a number, in order. They say of what something happened to, and not what.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn events_after(&self, organization: OrganizationId, after: i64) -> Result<Vec<event::Model>> {
        let tx = self.read(organization, Sight::of(Rights::NONE).shared()).await?;
        let events = tx.everything::<event::Entity>().filter(event::Column::Sequence.gt(after));
        events.order_by_asc(event::Column::Sequence).limit(MAX_EVENTS).all().await
    }

    /// How far the events of some organizations have come, in one statement. Where nothing ever happened they have come nowhere.
    ///
    /// # Errors
    /// What the database says.
    #[expect(clippy::disallowed_methods, reason = "reads numbers only, outside of any organization")]
    pub(crate) async fn events_reached(&self, organizations: &[OrganizationId]) -> Result<Vec<(OrganizationId, Reached)>> {
        use audit_head::Column::{EventSequence, OrganizationId as Organization, PrunedSequence};
        let transaction = self.reader.begin().await.map_err(from_database)?;
        if self.engine == Engine::Postgres {
            transaction.execute_unprepared("SET LOCAL app.outbox = 'on'").await.map_err(from_database)?;
        }
        let heads = audit_head::Entity::find().select_only().columns([Organization, EventSequence, PrunedSequence]);
        let heads = heads.filter(Organization.is_in(organizations.iter().copied()));
        let heads: Vec<(OrganizationId, i64, i64)> = heads.into_tuple().all(&transaction).await.map_err(from_database)?;
        Ok(heads.into_iter().map(|(organization, newest, pruned)| (organization, Reached { newest, pruned })).collect())
    }
}

impl TenantWrite {
    /// Keeps the events of before an instant no longer; how many those were. The last one is kept however old it is. The audit log
    /// is not told: what happened stands there itself.
    ///
    /// # Errors
    /// What the database says.
    #[expect(clippy::disallowed_methods, reason = "the one place that deletes: events that are too old, and it filters")]
    pub async fn prune_events(self, before: Timestamp) -> Result<u64> {
        use event::Column::{OrganizationId as Organization, RecordedAt, Sequence};
        let head = super::audit::head(&self).await?;
        // In the order of the numbers, which clocks need not keep to.
        let first = self.everything::<event::Entity>().filter(RecordedAt.gte(before)).order_by_asc(Sequence).limit(1).one().await?;
        let until = first.map_or(head.event_sequence, |kept| kept.sequence).saturating_sub(1);
        if until <= head.pruned_sequence {
            return Ok(0);
        }
        super::audit::keep_events_after(&self, until).await?;
        self.count_statement();
        let old = event::Entity::delete_many().filter(Organization.eq(self.organization_id())).filter(Sequence.lte(until));
        let pruned = old.exec(&self.transaction).await.map_err(from_database)?.rows_affected;
        self.commit().await?;
        Ok(pruned)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use entity::ids::TypedId;

    use super::*;

    /// The tables whose rows the audit log tells of, as the entities name them.
    fn audited() -> Vec<String> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/entity/src");
        let texts = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
        let texts = texts.map(|path| fs::read_to_string(path).unwrap()).filter(|text| !text.contains("const AUDITED: bool = false"));
        texts.filter_map(|text| Some(text.split_once("table_name = \"")?.1.split_once('"')?.0.to_owned())).collect()
    }

    #[test]
    fn it_is_decided_of_every_table_how_it_is_told_of() {
        let tables = audited();
        assert!(tables.len() > 50, "{tables:?}");
        let undecided: Vec<&String> = tables.iter().filter(|table| told(table).is_none()).collect();
        assert!(undecided.is_empty(), "{undecided:?}");
    }

    #[test]
    fn each_object_is_told_of_once_and_rows_are_counted() {
        let mut events = Events::default();
        let ids = |numbers: &[u128]| numbers.iter().map(|number| Value::from(Uuid::from_u128(*number))).collect::<Vec<_>>();
        events.recorded::<entity::close::Entity>(ids(&[1, 2]).into_iter());
        events.changed::<entity::sla_clock::Entity>(entity::ids::SlaClockId::from_uuid(Uuid::from_u128(1)));
        events.changed::<entity::sla_clock::Entity>(entity::ids::SlaClockId::from_uuid(Uuid::from_u128(1)));
        events.recorded::<entity::touch::Entity>(ids(&[3, 4]).into_iter());
        events.recorded::<entity::identification::Entity>(ids(&[5]).into_iter());
        events.recorded::<entity::sign_in::Entity>(ids(&[6]).into_iter());
        events.recorded::<entity::credit_entry::Entity>(ids(&[7]).into_iter());
        let each: Vec<(EventTopic, u128)> = events.each.iter().map(|(topic, id)| (*topic, id.as_u128())).collect();
        assert_eq!(each, [(EventTopic::Close, 1), (EventTopic::Close, 2), (EventTopic::Clock, 1)]);
        assert_eq!(events.counted, BTreeMap::from([(EventTopic::Touch, 3)]));
        events.changed::<entity::sign_in::Entity>(entity::ids::SignInId::from_uuid(Uuid::from_u128(6)));
        assert_eq!(events.counted.get(&EventTopic::Access), Some(&1));
    }
}
