//! The question, and what it is answered from.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use entity::ids::{
    AgreementClauseId, AgreementVersionId, CalendarVersionId, HandoffId, MemberId, ServiceAgreementId, SlaClockId, TacticId, TeamId,
    TypedId,
};
use entity::kinds::{ClockEventKind, HandoffEventKind, RejectReason, Resource};
use entity::time::Timestamp;
use entity::{agreement_clause, clock_event, handoff, handoff_event, service_agreement, sla_clock};
use uuid::Uuid;

use super::answers::Tables;
use crate::agreements::handoffs::service::{owing, owner_at, settled_by, standing};
use crate::agreements::report::store::{self, Asked};
use crate::agreements::service::{Standing, hours_of, reckoning, standings};
use crate::agreements::store as agreed;
use crate::auth::Scope;
use crate::auth::permission::grant::AgreementRead;
use crate::buyers::service::{BuyerKind, Canonical, canonical};
use crate::db::TenantTx;
use crate::error::{Error, Result};
use crate::input::{self, WantedPeriod};
use crate::metrics::period::{Grain, Period};
use crate::metrics::sla::agreement::Reckoning;
use crate::metrics::sla::clock::Settled;
use crate::metrics::sla::{BusinessTime, clock, handoff as handed};
use crate::organization::service::settings;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// Of which agreement.
    pub agreement_id: ServiceAgreementId,
    /// In which days handoffs were offered.
    pub period: WantedPeriod,
    /// Into what those are divided; `None` for not at all.
    pub grain: Option<Grain>,
    /// Whether the period before is looked at too.
    pub before: bool,
    /// What was known at this instant; `None` for now.
    pub as_of: Option<Timestamp>,
}

/// A handoff as it counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct HandoffRow {
    pub(super) id: HandoffId,
    /// Under which version it was offered, by its place.
    pub(super) version: usize,
    /// Who was offered: whoever they turned out to be.
    pub(super) buyer: Uuid,
    pub(super) offered_at: Timestamp,
    pub(super) over_delivery: bool,
    pub(super) state: handed::State,
    pub(super) owner: Option<MemberId>,
    pub(super) team: Option<TeamId>,
    pub(super) tactic: Option<TacticId>,
    pub(super) reason: Option<RejectReason>,
}

/// A clock as it counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClockRow {
    pub(super) id: SlaClockId,
    pub(super) started_at: Timestamp,
    /// The place of its handoff.
    pub(super) handoff: usize,
    /// The place of its clause.
    pub(super) clause: usize,
    pub(super) state: clock::State,
    /// Until when there was time; `None` while a pause holds it up.
    pub(super) due_at: Option<Timestamp>,
    /// The side that owes it.
    pub(super) resource: Resource,
    /// Whether it is met by what was told only after it was due.
    pub(super) told_late: bool,
    /// Who owed it.
    pub(super) owner: Option<MemberId>,
    pub(super) team: Option<TeamId>,
}

/// What questions are answered from; one point for each part of the period.
#[derive(Debug)]
pub struct Report {
    /// The agreement.
    pub agreement: service_agreement::Model,
    pub(super) as_of: Timestamp,
    pub(super) period: Period,
    pub(super) points: Vec<Period>,
    pub(super) reckoning: Reckoning,
    /// Its versions, with which of them held when.
    pub(super) standing: Standing,
    /// The clauses of all versions, by version and place.
    pub(super) clauses: Vec<agreement_clause::Model>,
    /// In the order in which they were offered.
    pub(super) handoffs: Vec<HandoffRow>,
    /// In the order in which they began.
    pub(super) clocks: Vec<ClockRow>,
    /// The places of the clocks, in the order of their handoffs.
    pub(super) clocks_by_handoff: Vec<usize>,
    pub(super) tables: Tables,
}

impl Report {
    /// The parts of the period, or all of it.
    #[must_use]
    pub fn points(&self) -> &[Period] {
        &self.points
    }

    /// The days it is about.
    #[must_use]
    pub const fn period(&self) -> &Period {
        &self.period
    }

    /// What was known at this instant.
    #[must_use]
    pub const fn as_of(&self) -> Timestamp {
        self.as_of
    }

    pub(super) fn point(&self, point: usize) -> Result<&Period> {
        self.points.get(point).ok_or(Error::broken("a point of the report"))
    }
}

/// Fetches what a question is answered from.
///
/// # Errors
/// [`Error::NotFound`] where there is no such agreement; a problem with `period`.
pub async fn report(scope: &Scope<AgreementRead>, question: Question) -> Result<Arc<Report>> {
    let tx = scope.read().await?;
    let organization = settings(&tx).await?;
    let agreement = tx.get::<service_agreement::Entity>(question.agreement_id).await?.ok_or_else(|| Error::unknown("agreementId"))?;
    let as_of = input::as_of(question.as_of, scope.now())?;
    let period = input::period(&question.period, &organization)?;
    let points = match question.grain {
        Some(grain) => input::parts(&period, grain, &organization)?,
        None => vec![period],
    };
    let before = if question.before { Some(period.before().map_err(|error| input::period_problem("period", error))?) } else { None };
    let start = before.as_ref().map_or(period.start(), Period::start);
    // By then nothing of it was recorded.
    let standing = standings(&tx, &[agreement.id], as_of).await?.remove(&agreement.id).ok_or_else(|| Error::unknown("agreementId"))?;
    let versions: Vec<AgreementVersionId> = standing.versions().iter().map(|version| version.id).collect();
    let clauses = agreed::clauses(&tx, &versions).await?;
    let asked = Asked { versions: &versions, from: start, to: period.end(), as_of };
    let (handoffs, clocks) = Loader { tx: &tx, asked, standing: &standing, clauses: &clauses }.load().await?;
    let tables = Tables::of(&handoffs, &clocks);
    let mut clocks_by_handoff: Vec<usize> = (0..clocks.len()).collect();
    clocks_by_handoff.sort_by_key(|place| clocks.get(*place).map(|clock| clock.handoff));
    let reckoning = reckoning(&organization);
    Ok(Arc::new(Report { agreement, as_of, period, points, reckoning, standing, clauses, handoffs, clocks, clocks_by_handoff, tables }))
}

/// How the agreements are kept that were in force on some days: those of which some resources are a side, with that side.
///
/// # Errors
/// What the database says.
pub async fn agreements_kept(scope: &Scope<AgreementRead>, resources: &[Resource], days: &Period) -> Result<Vec<(Resource, Arc<Report>)>> {
    let tx = scope.read().await?;
    let ids = agreed::agreement_ids(&tx, None).await?;
    let standings = standings(&tx, &ids, scope.now()).await?;
    drop(tx);
    let in_force =
        |id: &ServiceAgreementId| standings.get(id).is_some_and(|standing| !standing.terms(days.from(), days.to(), scope.now()).is_empty());
    let mut kept = Vec::new();
    for agreement_id in ids.into_iter().filter(in_force) {
        let period = WantedPeriod { from: days.from(), to: days.to(), time_zone: Some(days.zone().name().to_owned()) };
        let report = report(scope, Question { agreement_id, period, grain: None, before: false, as_of: None }).await?;
        let sides = [report.agreement.from_resource, report.agreement.to_resource].into_iter();
        kept.extend(sides.filter(|side| resources.contains(side)).map(|side| (side, Arc::clone(&report))));
    }
    Ok(kept)
}

/// Reads how handoffs and clocks stood at the instant of the question.
struct Loader<'a> {
    tx: &'a TenantTx,
    asked: Asked<'a>,
    standing: &'a Standing,
    clauses: &'a [agreement_clause::Model],
}

impl Loader<'_> {
    async fn load(&self) -> Result<(Vec<HandoffRow>, Vec<ClockRow>)> {
        let read = Read {
            teams: store::teams(self.tx).await?.into_iter().collect(),
            events: by(store::events(self.tx, &self.asked).await?, |event| event.handoff_id),
            rows: store::handoffs(self.tx, &self.asked).await?,
            people: canonical(self.tx, BuyerKind::Person, self.asked.as_of).await?,
            accounts: canonical(self.tx, BuyerKind::Account, self.asked.as_of).await?,
        };
        let handoffs = read.rows.iter().map(|row| self.handoff(row, &read)).collect::<Result<_>>()?;
        Ok((handoffs, self.clocks(&read).await?))
    }

    fn handoff(&self, row: &handoff::Model, read: &Read) -> Result<HandoffRow> {
        let events = read.events_of(row.id);
        let mut versions = self.standing.versions().iter().enumerate();
        let (place, version) =
            versions.find(|(_, version)| version.id == row.version_id).ok_or(Error::broken("a handoff has its version"))?;
        let state = standing(row, version, events, self.asked.as_of).state;
        let owner = events.last().and_then(|event| event.owner_id);
        let rejected = events.iter().rev().find(|event| event.kind == HandoffEventKind::Rejected).and_then(|event| event.reason);
        Ok(HandoffRow {
            id: row.id,
            version: place,
            buyer: read.buyer(row),
            offered_at: row.offered_at,
            over_delivery: row.over_delivery,
            state,
            owner,
            team: read.team(owner),
            tactic: row.tactic_id,
            // One that was overturned was rejected for no reason.
            reason: rejected.filter(|_| matches!(state, handed::State::Rejected | handed::State::Contested)),
        })
    }

    async fn clocks(&self, read: &Read) -> Result<Vec<ClockRow>> {
        let handoffs: HashMap<HandoffId, (usize, &handoff::Model)> =
            read.rows.iter().enumerate().map(|(place, row)| (row.id, (place, row))).collect();
        let mut events = by(store::clock_events(self.tx, &self.asked).await?, |event| event.clock_id);
        let rows = store::clocks(self.tx, &self.asked).await?;
        let clauses: HashMap<AgreementClauseId, usize> =
            self.clauses.iter().enumerate().map(|(place, clause)| (clause.id, place)).collect();
        let hours = self.hours(&rows, events.values().flatten()).await?;
        let as_it_counts = |row: &sla_clock::Model| {
            let place = *clauses.get(&row.clause_id).ok_or(Error::broken("a clock has its clause"))?;
            let clause = self.clauses.get(place).ok_or(Error::broken("a clause has its place"))?;
            let (handoff, of) = *handoffs.get(&row.handoff_id).ok_or(Error::broken("a clock has its handoff"))?;
            let events = events.remove(&row.id).unwrap_or_default();
            let settled = settled_by(row, clause, &events, &hours)?;
            let state = clock::state(&settled, self.asked.as_of);
            let owner = self.owed_by(read, of, row, &settled);
            Ok(ClockRow {
                id: row.id,
                started_at: row.started_at,
                handoff,
                clause: place,
                state,
                due_at: settled.due_at,
                resource: row.resource,
                told_late: state == clock::State::Met && is_told_late(row, &settled, &events),
                owner,
                team: read.team(owner),
            })
        };
        rows.iter().map(as_it_counts).collect()
    }

    /// Who owed what a clock is about when that was decided.
    fn owed_by(&self, read: &Read, of: &handoff::Model, clock: &sla_clock::Model, settled: &Settled) -> Option<MemberId> {
        let ends = [settled.met_at, settled.cancelled_at, settled.due_at].into_iter().flatten();
        owing(clock, of, owner_at(read.events_of(of.id), ends.fold(self.asked.as_of, Timestamp::min)))
    }

    /// The hours by which clocks are reckoned, or came to be.
    async fn hours<'e>(
        &self,
        rows: &[sla_clock::Model],
        events: impl Iterator<Item = &'e clock_event::Model>,
    ) -> Result<HashMap<CalendarVersionId, BusinessTime>> {
        let repinned = events.filter_map(|event| event.calendar_version_id);
        let mut versions: Vec<CalendarVersionId> = rows.iter().map(|row| row.calendar_version_id).chain(repinned).collect();
        versions.sort_unstable();
        versions.dedup();
        hours_of(self.tx, &versions).await
    }
}

/// Whether a clock that was met would not have been by what had been recorded when it was due.
fn is_told_late(clock: &sla_clock::Model, settled: &Settled, events: &[clock_event::Model]) -> bool {
    let Some(due) = settled.due_at else { return false };
    let counts = |event: &&clock_event::Model| {
        event.kind == ClockEventKind::Attempted && clock.started_at <= event.occurred_at && event.occurred_at.max(event.recorded_at) <= due
    };
    events.iter().filter(counts).count() < usize::try_from(clock.wanted).unwrap_or_default()
}

/// The handoffs of a report, and what it takes to know how they stand.
struct Read {
    rows: Vec<handoff::Model>,
    events: HashMap<HandoffId, Vec<handoff_event::Model>>,
    teams: HashMap<MemberId, TeamId>,
    people: Canonical,
    accounts: Canonical,
}

impl Read {
    fn events_of(&self, id: HandoffId) -> &[handoff_event::Model] {
        self.events.get(&id).map(Vec::as_slice).unwrap_or_default()
    }

    fn team(&self, member: Option<MemberId>) -> Option<TeamId> {
        self.teams.get(&member?).copied()
    }

    /// The person, or the account where nobody is named.
    fn buyer(&self, row: &handoff::Model) -> Uuid {
        let account = row.account_id.map_or_else(|| row.id.uuid(), |id| self.accounts.uuid(id.uuid()));
        row.person_id.map_or(account, |id| self.people.uuid(id.uuid()))
    }
}

/// Rows by what they belong to, each in its order.
fn by<K: Eq + Hash, V>(rows: Vec<V>, key: impl Fn(&V) -> K) -> HashMap<K, Vec<V>> {
    let mut found: HashMap<K, Vec<V>> = HashMap::new();
    for row in rows {
        found.entry(key(&row)).or_default().push(row);
    }
    found
}
