//! From anonymous to known: how many of those who were first seen in a period told who they are in time.
//!
//! A visitor is a person as they were recorded, whoever they turned out to be: that two visitors are one person shows only
//! once they told, so visitors are what is counted, and the people among those who told are counted beside them. It is a
//! cohort of two steps, and [`crate::metrics::funnel`] counts it as it counts any other.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use entity::ids::{PersonId, TypedId};
use entity::kinds::StageKind;
use entity::time::Timestamp;
use uuid::Uuid;

use super::facts::Facts;
use super::question::SubjectKind;
use super::report::Shares;
use super::{AskedPeriod, Event, groups, on_a_thread_if_long};
use crate::auth::Scope;
use crate::auth::permission::grant::{BuyerRead, FunnelRead};
use crate::breakdown::service::{Groups, SubjectsOf, Value, WantedBreakdown};
use crate::buyers::service::{BuyerKind, Canonical, canonical};
use crate::db::{Cursor, Listing, PageRequest};
use crate::error::{Error, ProblemCode, Result};
use crate::input::WantedPeriod;
use crate::journey::funnel::store::{self, Span};
use crate::metrics::funnel::{
    Answer, Breakdown, Buckets, CatalogueStage, CohortFunnel, CohortQuery, FunnelError, Group, Order, Standing, Steps, Touches, ValueAt,
    cohort, cohort_rows,
};
use crate::metrics::period::{Grain, Period};

/// The stages of the cohort: first seen, and known.
const WAY: [CatalogueStage; 2] =
    [CatalogueStage { position: 0, kind: StageKind::Main }, CatalogueStage { position: 1, kind: StageKind::Main }];

/// What is asked.
#[derive(Clone, Debug)]
pub struct KnownQuestion {
    /// The days in which visitors were first seen.
    pub period: WantedPeriod,
    /// Into what it is divided; `None` for not at all.
    pub grain: Option<Grain>,
    /// Within how many microseconds they have to tell.
    pub window: i64,
    /// By what the answer is split, as it was when they were seen first.
    pub breakdown: Option<WantedBreakdown>,
    /// What was known at this instant; `None` for now.
    pub as_of: Option<Timestamp>,
}

/// Visitors and what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownCounts {
    /// First seen, still anonymous.
    pub visitors: u64,
    /// Those of them whose time is over.
    pub matured: u64,
    /// Those of them whose time is not yet over.
    pub pending: u64,
    /// Those who told in time.
    pub identified: u64,
    /// How many people they are.
    pub people: u64,
    /// Those who told, among all and among those whose time is over.
    pub shares: Option<Shares>,
}

/// One part of the period.
#[derive(Clone, Debug)]
pub struct KnownPoint {
    /// The part.
    pub period: Period,
    /// Everybody.
    pub whole: KnownCounts,
    /// By value of the breakdown, those without one last.
    pub groups: Vec<(Option<Value>, KnownCounts)>,
}

/// The answer. It keeps its facts, so its rows come from what its figures came from.
#[derive(Debug)]
pub struct Known {
    question: KnownQuestion,
    as_of: Timestamp,
    period: Period,
    facts: Facts,
    query: CohortQuery,
    groups: Groups,
    canonical: Canonical,
    points: Vec<KnownPoint>,
}

/// Which visitors are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VisitorState {
    /// All of them.
    #[default]
    All,
    /// Those who told in time.
    Identified,
    /// Those who did not, and whose time is over.
    Anonymous,
    /// Those whose time is not yet over and who did not tell yet.
    Pending,
}

/// A visitor.
#[derive(Clone, Copy, Debug)]
pub struct VisitorRow {
    /// Who.
    pub person: PersonId,
    /// When they were first seen.
    pub first_seen_at: Timestamp,
    /// When they told who they are, in time.
    pub identified_at: Option<Timestamp>,
    /// Whether their time is over.
    pub matured: bool,
    subject: u32,
}

/// Which visitors are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VisitorFilter {
    /// What became of them.
    pub state: VisitorState,
    /// The key of the value of their group; `Some(None)` for those without one.
    pub group: Option<Option<String>>,
}

/// Answers a question.
///
/// # Errors
/// Problems with `period`, `window`, `breakdown` and `asOf`.
pub async fn anonymous_to_known(scope: &Scope<FunnelRead>, question: KnownQuestion) -> Result<Arc<Known>> {
    let tx = scope.read().await?;
    if let Some(breakdown) = &question.breakdown {
        breakdown.check(&tx).await?;
    }
    let asked = AskedPeriod::of(scope, &tx, &question.period, question.grain, question.as_of).await?;
    let AskedPeriod { as_of, period, parts } = asked;
    let steps = Steps::new(&WAY, &[0, 1]).map_err(Error::internal)?;
    let query = CohortQuery::new(steps, Order::ReachedOrPassed, as_of);
    let query = query.with_window(question.window).map_err(|error| Error::invalid("window", ProblemCode::Invalid, error.to_string()))?;
    let span = Span { from: Timestamp::MIN, to: period.end().saturating_add_micros(-1).min(as_of) };
    let first_seen = store::first_seen(&tx, span, as_of).await?;
    let known = store::known_since(&tx, as_of).await?;
    let canonical = canonical(&tx, BuyerKind::Person, as_of).await?;
    let facts = on_a_thread_if_long(first_seen.len(), move || Facts::new(events(&first_seen, &known))).await??;
    // Visitors are as they were recorded, whoever they turned out to be.
    let who = (SubjectsOf::People, &facts, &Canonical::default());
    let groups = groups(&tx, question.breakdown.as_ref(), who, (span.to, as_of)).await?;
    drop(tx);
    let answer = Known { question, as_of, period, facts, query, groups, canonical, points: Vec::new() };
    on_a_thread_if_long(answer.facts.subjects.len(), move || answer.count(parts)).await?.map(Arc::new)
}

/// When visitors were seen first and when they told. Who was known before they were seen never was a visitor.
fn events(first_seen: &HashMap<Uuid, Timestamp>, known: &HashMap<Uuid, Timestamp>) -> Vec<Event> {
    let mut events = Vec::with_capacity(first_seen.len());
    for (&subject, &seen) in first_seen {
        let told = known.get(&subject).copied();
        if told.is_some_and(|told| told < seen) {
            continue;
        }
        events.push(Event { subject, at: seen, stage: 0, backdated: false });
        events.extend(told.map(|at| Event { subject, at, stage: 1, backdated: false }));
    }
    events
}

/// One page of the visitors behind a point that the caller sees, first seen first.
///
/// # Errors
/// Problems with `group`.
pub async fn visitor_rows(
    scope: &Scope<BuyerRead>,
    known: &Arc<Known>,
    point: usize,
    filter: VisitorFilter,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<VisitorRow>> {
    let seen = store::seen(&scope.read().await?, SubjectKind::Person).await?;
    let known = Arc::clone(known);
    on_a_thread_if_long(known.facts.subjects.len(), move || known.rows(point, &filter, seen.as_ref(), page, with_total)).await?
}

impl Known {
    /// What was asked.
    #[must_use]
    pub const fn question(&self) -> &KnownQuestion {
        &self.question
    }

    /// As seen when.
    #[must_use]
    pub const fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// The whole period.
    #[must_use]
    pub const fn period(&self) -> &Period {
        &self.period
    }

    /// Its parts.
    #[must_use]
    pub fn points(&self) -> &[KnownPoint] {
        &self.points
    }

    /// What a visitor has in common with others.
    #[must_use]
    pub fn groups_of(&self, row: &VisitorRow) -> Vec<Value> {
        self.groups.of(row.subject, row.first_seen_at)
    }

    fn count(mut self, parts: Vec<Period>) -> Result<Self> {
        let buckets = Buckets::new(&parts).map_err(Error::internal)?;
        let answers = self.groups.split().answers(|touches| self.answers(&buckets, touches)).map_err(|error| match error {
            FunnelError::TooManyCells => Error::invalid("breakdown", ProblemCode::TooMany, error.to_string()),
            other => Error::internal(other),
        })?;
        let value = |group: Group<KnownCounts>| (group.value.and_then(|number| self.groups.value(number)), group.funnel);
        let points = parts.into_iter().zip(answers).map(|(period, answer)| KnownPoint {
            period,
            whole: answer.whole,
            groups: answer.groups.into_iter().map(value).collect(),
        });
        self.points = points.collect();
        Ok(self)
    }

    /// What touches split visitors into, and the people they are.
    fn answers(&self, buckets: &Buckets, touches: Option<&Touches>) -> Result<Vec<Answer<KnownCounts>>, FunnelError> {
        let mut people: HashMap<(usize, Option<u32>), HashSet<Uuid>> = HashMap::new();
        let mut everybody: HashMap<usize, HashSet<Uuid>> = HashMap::new();
        cohort_rows(&self.facts.events, &self.query, buckets, touches.map(breakdown), |row| {
            if row.reached_at.last().copied().flatten().is_some() {
                let person = self.canonical.uuid(self.facts.subject(row.subject));
                people.entry((row.bucket, row.value)).or_default().insert(person);
                everybody.entry(row.bucket).or_default().insert(person);
            }
        })?;
        let count = |people: Option<&HashSet<Uuid>>| people.map_or(0, |people| u64::try_from(people.len()).unwrap_or(u64::MAX));
        let answers = cohort(&self.facts.events, &self.query, buckets, touches.map(breakdown))?;
        let answer = |(bucket, answer): (usize, Answer<CohortFunnel>)| {
            let group = |group: Group<CohortFunnel>| Group {
                value: group.value,
                funnel: counts(&group.funnel, count(people.get(&(bucket, group.value)))),
            };
            Answer {
                whole: counts(&answer.whole, count(everybody.get(&bucket))),
                groups: answer.groups.into_iter().map(group).collect(),
                missing: answer.missing,
            }
        };
        Ok(answers.into_iter().enumerate().map(answer).collect())
    }

    fn rows(
        &self,
        point: usize,
        filter: &VisitorFilter,
        seen: Option<&HashSet<Uuid>>,
        page: PageRequest,
        with_total: bool,
    ) -> Result<Listing<VisitorRow>> {
        let period = self.points.get(point).ok_or(Error::broken("a point of the answer"))?.period;
        let mut found: Vec<VisitorRow> = Vec::new();
        let (touches, group) = self.groups.split().narrowed(self.groups.wanted(filter.group.as_ref())?);
        cohort_rows(&self.facts.events, &self.query, &Buckets::from(period), touches.map(breakdown), |row| {
            if group.is_some_and(|group| group != row.value) {
                return;
            }
            let subject = self.facts.subject(row.subject);
            let identified_at = row.reached_at.last().copied().flatten();
            let matured = row.standing == Standing::Matured;
            let wanted = match filter.state {
                VisitorState::All => true,
                VisitorState::Identified => identified_at.is_some(),
                VisitorState::Anonymous => identified_at.is_none() && matured,
                VisitorState::Pending => identified_at.is_none() && !matured,
            };
            if wanted && seen.is_none_or(|seen| seen.contains(&subject)) {
                let person = PersonId::from_uuid(subject);
                found.push(VisitorRow { person, first_seen_at: row.entered_at, identified_at, matured, subject: row.subject });
            }
        })
        .map_err(Error::internal)?;
        found.sort_unstable_by_key(|row| (row.first_seen_at, row.person));
        let total = with_total.then(|| u64::try_from(found.len()).unwrap_or(u64::MAX));
        let cursor = |row: &VisitorRow| Cursor { key: row.first_seen_at.micros(), id: row.person.uuid() };
        Ok(Listing { page: page.of_rising(&found, cursor), total })
    }
}

const fn breakdown(touches: &Touches) -> Breakdown<'_> {
    Breakdown { touches, at: ValueAt::FirstStep }
}

fn counts(funnel: &CohortFunnel, people: u64) -> KnownCounts {
    let [seen, told] = [0, 1].map(|step| funnel.steps.get(step));
    KnownCounts {
        visitors: seen.map_or(0, |step| step.entered),
        matured: seen.map_or(0, |step| step.matured),
        pending: u64::try_from(funnel.pending.len()).unwrap_or(u64::MAX),
        identified: told.map_or(0, |step| step.entered),
        people,
        shares: told.map(|step| Shares { naive: step.of_first.naive, matured: Some(step.of_first.matured) }),
    }
}
