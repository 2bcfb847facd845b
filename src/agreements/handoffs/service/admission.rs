//! Whether an offer may be made, and what begins with it.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use chrono_tz::Tz;
use entity::ids::{AccountId, AgreementVersionId, HandoffId, MemberId, PersonId, ServiceAgreementId};
use entity::kinds::{ClauseKind, HandoffEventKind, Resource, StepKind};
use entity::time::Timestamp;
use entity::{agreement_version, handoff, handoff_event, sla_step};

use super::clocks::{Started, step};
use super::course::is_received;
use super::standing::{expires, standing};
use crate::agreements::handoffs::store;
use crate::agreements::service::{Terms, in_force, reckoning, standings};
use crate::agreements::store::clauses;
use crate::auth::Scope;
use crate::auth::permission::grant::HandoffOffer;
use crate::buyers::service::Together;
use crate::db::{TenantTx, TenantWrite};
use crate::error::{Error, ProblemCode, Result};
use crate::metrics::period::{first_instant, local_day};
use crate::metrics::sla::agreement::{Reckoning, is_over_delivery};
use crate::metrics::sla::{Fraction, Pauses};
use crate::organization::service::settings;

/// About whom a handoff is: as whom they are known who are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    Person(PersonId),
    Account(AccountId),
}

/// A week, month or quarter of an agreement, by its first day, its first instant and its time zone.
type Bucket = (ServiceAgreementId, NaiveDate, Timestamp, Tz);

/// The offers of a call, let in one after the other.
pub(super) struct Admission {
    /// By agreement and moment.
    terms: HashMap<(ServiceAgreementId, Timestamp), Option<usize>>,
    in_force: Vec<Terms>,
    /// Who is open with whom already, and since when.
    open: HashMap<(Subject, Resource), Timestamp>,
    counted: HashMap<Bucket, Counted>,
    reckoning: Reckoning,
    pub(super) opening: Opening,
}

impl Admission {
    pub(super) async fn begin(
        tx: &TenantTx,
        scope: &Scope<HandoffOffer>,
        together: &Together,
        subjects: HashSet<(Subject, Resource)>,
    ) -> Result<Self> {
        let organization = settings(tx).await?;
        Ok(Self {
            terms: HashMap::new(),
            in_force: Vec::new(),
            open: open(tx, together, &subjects, scope.now()).await?,
            counted: HashMap::new(),
            reckoning: reckoning(&organization),
            opening: Opening::default(),
        })
    }

    /// Lets an offer in, unless something speaks against it: the row as it is to be written.
    pub(super) async fn admit(
        &mut self,
        tx: &TenantWrite,
        scope: &Scope<HandoffOffer>,
        row: handoff::Model,
        agreement: ServiceAgreementId,
        subject: Subject,
    ) -> Result<handoff::Model> {
        let key = (agreement, row.offered_at);
        let found = match self.terms.get(&key) {
            Some(found) => *found,
            None => {
                let terms = in_force(tx, agreement, row.offered_at, scope.now()).await?;
                let found = terms.map(|terms| {
                    self.in_force.push(terms);
                    self.in_force.len() - 1
                });
                self.terms.insert(key, found);
                found
            }
        };
        let Some(terms) = found.and_then(|place| self.in_force.get(place)) else {
            let message = format!("no version of it that both sides signed by now is in force at {}", row.offered_at);
            return Err(Error::invalid("agreementId", ProblemCode::AgreementState, message));
        };
        if let Some(since) = self.open.get(&(subject, row.to_resource)) {
            let field = if matches!(subject, Subject::Person(_)) { "personId" } else { "accountId" };
            let message = format!("they are offered to {} since {since}, and that is not at its end", row.to_resource.name());
            return Err(Error::invalid(field, ProblemCode::HandoffOpen, message));
        }
        let over_delivery = match bucket(terms, self.reckoning, agreement, row.offered_at)? {
            None => false,
            Some((bucket, until)) => {
                let counted = match self.counted.get(&bucket) {
                    Some(counted) => *counted,
                    None => Counted {
                        offered: store::offered_between(tx, agreement, bucket.2, first_instant(until, bucket.3)).await?,
                        committed: committed(tx, scope, agreement, (bucket.1, until), self.reckoning).await?,
                    },
                };
                let counted = Counted { offered: counted.offered.saturating_add(1), ..counted };
                self.counted.insert(bucket, counted);
                let factor = u32::try_from(terms.version.capacity_bp).map_err(Error::internal)?;
                is_over_delivery(counted.offered, counted.committed, factor)
            }
        };
        let time = &terms.hours(None)?.time;
        let answer = terms.answer().target(time, row.offered_at);
        let answer_due_at = answer.and_then(|target| time.due(row.offered_at, target, &Pauses::NONE));
        let row = handoff::Model { version_id: terms.version.id, over_delivery, answer_due_at, ..row };
        self.open.insert((subject, row.to_resource), row.offered_at);
        self.opening.begin(scope, terms, &row)?;
        Ok(row)
    }
}

/// What was offered in a bucket, and how much was committed to for it.
#[derive(Clone, Copy)]
struct Counted {
    offered: u64,
    committed: Fraction,
}

/// The week, month or quarter that an offer counts in, and the day after it, where so many were agreed upon.
fn bucket(terms: &Terms, reckoning: Reckoning, agreement: ServiceAgreementId, at: Timestamp) -> Result<Option<(Bucket, NaiveDate)>> {
    let Some(clause) = terms.clauses.iter().find(|clause| clause.kind == ClauseKind::Volume) else { return Ok(None) };
    let Some(per) = clause.per else { return Ok(None) };
    let zone: Tz = terms.hours(None)?.time.calendar().zone();
    let (from, to) = reckoning.bucket(per.into(), local_day(at, zone)).map_err(Error::internal)?;
    Ok(Some(((agreement, from, first_instant(from, zone), zone), to)))
}

/// How many were committed to for some days, as the report on them has it.
async fn committed(
    tx: &TenantTx,
    scope: &Scope<HandoffOffer>,
    agreement: ServiceAgreementId,
    days: (NaiveDate, NaiveDate),
    reckoning: Reckoning,
) -> Result<Fraction> {
    let standing = standings(tx, &[agreement], scope.now()).await?.remove(&agreement);
    let standing = standing.ok_or(Error::broken("an agreement has a version"))?;
    let versions: Vec<AgreementVersionId> = standing.versions().iter().map(|version| version.id).collect();
    let clauses = clauses(tx, &versions).await?;
    Ok(standing.committed(&clauses, days, scope.now(), reckoning)?.unwrap_or(Fraction::ZERO))
}

/// Which of some subjects are open with which resource, and since when they are offered.
async fn open(
    tx: &TenantTx,
    together: &Together,
    subjects: &HashSet<(Subject, Resource)>,
    now: Timestamp,
) -> Result<HashMap<(Subject, Resource), Timestamp>> {
    let (mut people, mut accounts) = (Vec::new(), Vec::new());
    for (subject, _) in subjects {
        match *subject {
            Subject::Person(person) => people.extend(together.people.all_of(person)),
            Subject::Account(account) => accounts.extend(together.accounts.all_of(account)),
        }
    }
    let rows = store::handoffs_about(tx, &people, &accounts).await?;
    let ids: Vec<HandoffId> = rows.iter().map(|row| row.id).collect();
    let mut events: HashMap<HandoffId, Vec<handoff_event::Model>> = HashMap::with_capacity(ids.len());
    for event in store::events_of_all(tx, &ids).await? {
        events.entry(event.handoff_id).or_default().push(event);
    }
    let versions: HashSet<AgreementVersionId> = rows.iter().map(|row| row.version_id).collect();
    let versions = tx.get_many::<agreement_version::Entity>(versions).await?;
    let versions: HashMap<AgreementVersionId, agreement_version::Model> = versions.into_iter().map(|row| (row.id, row)).collect();
    let mut open = HashMap::new();
    for row in rows {
        let subject = match (row.person_id, row.account_id) {
            (Some(person), _) => Subject::Person(together.people.of(person)),
            (None, Some(account)) => Subject::Account(together.accounts.of(account)),
            (None, None) => continue,
        };
        let events = events.get(&row.id).map(Vec::as_slice).unwrap_or_default();
        let version = versions.get(&row.version_id).ok_or(Error::broken("a handoff is offered under a version"))?;
        if standing(&row, version, events, now).state.is_open() {
            open.insert((subject, row.to_resource), row.offered_at);
        }
    }
    Ok(open)
}

/// What begins with some offers.
#[derive(Debug, Default)]
pub(super) struct Opening {
    events: Vec<handoff_event::Model>,
    answers: Vec<sla_step::Model>,
    started: Started,
}

impl Opening {
    /// The wait for an answer and, unless it is more than the agreement takes, the clocks of the receiving side.
    fn begin(&mut self, scope: &Scope<HandoffOffer>, terms: &Terms, row: &handoff::Model) -> Result<()> {
        // Before the steps of its clocks: whoever holds all of them holds this one last.
        self.answers.push(step(scope, row.id, None, StepKind::Answer, row.answer_due_at));
        if expires(row, &terms.version) {
            return Ok(());
        }
        self.started.begin(scope, terms, row, row.offered_at, is_received)
    }

    /// The offer itself.
    pub(super) fn put(&mut self, scope: &Scope<HandoffOffer>, row: &handoff::Model, owner_id: Option<MemberId>, note: Option<String>) {
        self.events.push(handoff_event::Model {
            organization_id: scope.organization_id(),
            id: scope.next_id(),
            handoff_id: row.id,
            sequence: 0,
            kind: HandoffEventKind::Offered,
            owner_id,
            reason: None,
            note,
            occurred_at: row.offered_at,
            recorded_by: scope.member_id(),
            recorded_at: scope.now(),
        });
    }

    /// Writes it, in as many statements for one offer as for many.
    pub(super) async fn insert(&self, tx: &TenantWrite) -> Result<()> {
        tx.insert_many::<handoff_event::Entity>(&self.events).await?;
        tx.insert_many::<sla_step::Entity>(&self.answers).await?;
        self.started.insert(tx).await
    }
}
