//! The question, and what it is answered from.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use entity::ids::{
    AgreementClauseId, AgreementVersionId, CalendarVersionId, HandoffId, MemberId, ServiceAgreementId, SlaClockId, TacticId, TeamId,
};
use entity::kinds::{HandoffEventKind, RejectReason};
use entity::time::Timestamp;
use entity::{agreement_clause, clock_event, handoff, handoff_event, organization, service_agreement, sla_clock};

use crate::agreements::handoffs::service::{settled_by, standing};
use crate::agreements::report::store::{self, Asked};
use crate::agreements::service::{Standing, hours_of, standings};
use crate::agreements::store as agreed;
use crate::auth::Scope;
use crate::auth::permission::grant::AgreementRead;
use crate::db::TenantTx;
use crate::error::{Error, Result};
use crate::input::{self, WantedPeriod};
use crate::metrics::period::{Grain, Period};
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
}

/// What questions are answered from; one point for each part of the period.
#[derive(Debug)]
pub struct Report {
    /// The agreement.
    pub agreement: service_agreement::Model,
    pub(super) as_of: Timestamp,
    pub(super) period: Period,
    pub(super) points: Vec<Period>,
    pub(super) organization: organization::Model,
    /// Its versions, with which of them held when.
    pub(super) standing: Standing,
    /// The clauses of all versions, by version and place.
    pub(super) clauses: Vec<agreement_clause::Model>,
    /// In the order in which they were offered.
    pub(super) handoffs: Vec<HandoffRow>,
    /// In the order in which they began.
    pub(super) clocks: Vec<ClockRow>,
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
    Ok(Arc::new(Report { agreement, as_of, period, points, organization, standing, clauses, handoffs, clocks }))
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
        let teams: HashMap<MemberId, TeamId> = store::teams(self.tx).await?.into_iter().collect();
        let mut events = by(store::events(self.tx, &self.asked).await?, |event| event.handoff_id);
        let rows = store::handoffs(self.tx, &self.asked).await?;
        let mut places = HashMap::with_capacity(rows.len());
        let mut handoffs = Vec::with_capacity(rows.len());
        for row in &rows {
            places.insert(row.id, handoffs.len());
            handoffs.push(self.handoff(row, &events.remove(&row.id).unwrap_or_default(), &teams)?);
        }
        Ok((handoffs, self.clocks(&places).await?))
    }

    fn handoff(&self, row: &handoff::Model, events: &[handoff_event::Model], teams: &HashMap<MemberId, TeamId>) -> Result<HandoffRow> {
        let version = self.standing.versions().iter().find(|version| version.id == row.version_id);
        let state = standing(row, version.ok_or(Error::broken("a handoff has its version"))?, events, self.asked.as_of).state;
        let owner = events.last().and_then(|event| event.owner_id);
        let rejected = events.iter().rev().find(|event| event.kind == HandoffEventKind::Rejected).and_then(|event| event.reason);
        Ok(HandoffRow {
            id: row.id,
            offered_at: row.offered_at,
            over_delivery: row.over_delivery,
            state,
            owner,
            team: owner.and_then(|owner| teams.get(&owner)).copied(),
            tactic: row.tactic_id,
            // One that was overturned was rejected for no reason.
            reason: rejected.filter(|_| matches!(state, handed::State::Rejected | handed::State::Contested)),
        })
    }

    async fn clocks(&self, handoffs: &HashMap<HandoffId, usize>) -> Result<Vec<ClockRow>> {
        let mut events = by(store::clock_events(self.tx, &self.asked).await?, |event| event.clock_id);
        let rows = store::clocks(self.tx, &self.asked).await?;
        let clauses: HashMap<AgreementClauseId, usize> =
            self.clauses.iter().enumerate().map(|(place, clause)| (clause.id, place)).collect();
        let hours = self.hours(&rows, events.values().flatten()).await?;
        let read = |row: &sla_clock::Model| {
            let place = *clauses.get(&row.clause_id).ok_or(Error::broken("a clock has its clause"))?;
            let clause = self.clauses.get(place).ok_or(Error::broken("a clause has its place"))?;
            let settled = settled_by(row, clause, &events.remove(&row.id).unwrap_or_default(), &hours)?;
            Ok(ClockRow {
                id: row.id,
                started_at: row.started_at,
                handoff: *handoffs.get(&row.handoff_id).ok_or(Error::broken("a clock has its handoff"))?,
                clause: place,
                state: clock::state(&settled, self.asked.as_of),
            })
        };
        rows.iter().map(read).collect()
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

/// Rows by what they belong to, each in its order.
fn by<K: Eq + Hash, V>(rows: Vec<V>, key: impl Fn(&V) -> K) -> HashMap<K, Vec<V>> {
    let mut found: HashMap<K, Vec<V>> = HashMap::new();
    for row in rows {
        found.entry(key(&row)).or_default().push(row);
    }
    found
}
