//! The terms of an agreement as they are told, and what is wrong with them.

use std::collections::HashSet;

use chrono::NaiveDate;
use entity::ids::{AgreementVersionId, BusinessCalendarId};
use entity::kinds::{ClauseKind, CommitmentPer};
use entity::{agreement_clause, agreement_version, business_calendar};
use rust_decimal::Decimal;
use serde::Serialize;

use super::hours::{WantedWithin, columns};
use crate::auth::Scope;
use crate::auth::permission::grant::AgreementWrite;
use crate::db::TenantTx;
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;
use crate::metrics::sla::{Ladder, LadderError, Step, Within};

/// A whole, in basis points.
const WHOLE_BP: i32 = 10_000;

/// How much above what is committed may be offered where nothing is said: a fifth.
const CAPACITY_BP: i32 = 12_000;

/// The most that may be offered: a hundred times what is committed.
const MAX_CAPACITY_BP: i32 = 100 * WHOLE_BP;

/// How many business days an offer waits for an answer where nothing is said.
const ANSWER_DAYS: u16 = 2;

/// The most clauses of a version.
const MAX_CLAUSES: usize = 20;

/// The most buyers of a commitment.
const MAX_VOLUME: i32 = 1_000_000;

/// The most attempts to contact a buyer.
const MAX_ATTEMPTS: i32 = 100;

/// The terms of a version as they are told.
#[derive(Clone, Debug, Serialize)]
pub struct WantedTerms {
    /// The calendar its clocks go by.
    pub calendar_id: BusinessCalendarId,
    /// The first day.
    pub starts_on: NaiveDate,
    /// The day after the last one.
    pub ends_on: Option<NaiveDate>,
    /// How much of what is committed may be offered.
    pub capacity_factor: Option<Decimal>,
    /// Whether offers above that start clocks too.
    pub counts_over_delivery: bool,
    /// How long an offer waits for an answer.
    pub answer_within: Option<WantedWithin>,
    /// What each side owes.
    pub clauses: Vec<WantedClause>,
}

/// A clause as it is told. Of a percentage, `Some(None)` leaves a step out, and `None` says nothing.
#[derive(Clone, Debug, Serialize)]
pub struct WantedClause {
    /// What is owed.
    pub kind: ClauseKind,
    /// How many.
    pub quantity: Option<i32>,
    /// In which span.
    pub per: Option<CommitmentPer>,
    /// The least share that is accepted.
    pub minimum_share: Option<Decimal>,
    /// In which time.
    pub within: Option<WantedWithin>,
    /// After how much of the time a warning is due.
    pub warn_percent: Option<Option<i32>>,
    /// After how much of the time the lead is told.
    pub escalate_percent: Option<Option<i32>>,
    /// After how much of the time somebody else is to do it.
    pub reassign_percent: Option<Option<i32>>,
    /// Another calendar than that of the agreement.
    pub calendar_id: Option<BusinessCalendarId>,
}

/// The terms of a version, checked; its ids and its number are still to come.
#[derive(Debug)]
pub(super) struct CheckedTerms {
    pub(super) version: agreement_version::Model,
    pub(super) clauses: Vec<agreement_clause::Model>,
}

impl WantedTerms {
    /// Checks the terms, and that the calendars are there.
    ///
    /// # Errors
    /// Problems with the fields.
    pub(super) async fn check(
        &self,
        tx: &TenantTx,
        scope: &Scope<AgreementWrite>,
        mut version: agreement_version::Model,
    ) -> Result<CheckedTerms> {
        let mut problems = Problems::new();
        problems.take(input::day("startsOn", self.starts_on))?;
        problems.take(self.ends_on.map_or(Ok(self.starts_on), |day| input::day("endsOn", day)))?;
        problems.take(input::span("endsOn", Some(self.starts_on), self.ends_on))?;
        if let Some(bp) = problems.take(capacity(self.capacity_factor))? {
            version.capacity_bp = bp;
        }
        let answer = self.answer_within.map_or(Ok(Within::Days(ANSWER_DAYS)), |within| within.check("answerWithin"));
        if let Some(answer) = problems.take(answer)? {
            (version.answer_minutes, version.answer_days) = columns(answer);
        }
        let mut clauses = Vec::with_capacity(self.clauses.len());
        if self.clauses.is_empty() {
            problems.push("clauses", ProblemCode::Required, "must name what a side owes");
        }
        if self.clauses.len() > MAX_CLAUSES {
            problems.push("clauses", ProblemCode::TooMany, format!("must be at most {MAX_CLAUSES}"));
        }
        for (index, wanted) in self.clauses.iter().take(MAX_CLAUSES).enumerate() {
            let checked = wanted.check(scope, version.id, index).map_err(|error| error.below(&format!("clauses.{index}")));
            clauses.extend(problems.take(checked)?);
        }
        self.named_once(&mut problems);
        self.calendars(tx, &mut problems).await?;
        problems.check()?;
        Ok(CheckedTerms { version, clauses })
    }

    /// What cannot be owed twice.
    fn named_once(&self, problems: &mut Problems) {
        let mut seen = HashSet::new();
        for (index, clause) in self.clauses.iter().enumerate() {
            let single = matches!(clause.kind, ClauseKind::Volume | ClauseKind::Quality | ClauseKind::Acknowledgement);
            if single && !seen.insert(clause.kind) {
                let message = format!("there is a {} clause already", clause.kind.name());
                problems.push(format!("clauses.{index}.kind"), ProblemCode::Invalid, message);
            }
        }
    }

    async fn calendars(&self, tx: &TenantTx, problems: &mut Problems) -> Result<()> {
        let own = self
            .clauses
            .iter()
            .enumerate()
            .filter_map(|(index, clause)| Some((format!("clauses.{index}.calendarId"), clause.calendar_id?)));
        let named: Vec<(String, BusinessCalendarId)> = std::iter::once(("calendarId".to_owned(), self.calendar_id)).chain(own).collect();
        let there = tx.existing::<business_calendar::Entity>(named.iter().map(|(_, id)| *id)).await?;
        for (field, _) in named.into_iter().filter(|(_, id)| !there.contains(id)) {
            problems.take(Err::<(), _>(Error::unknown(field)))?;
        }
        Ok(())
    }

    /// A version with these terms, as far as nothing has to be checked.
    pub(super) fn version(
        &self,
        scope: &Scope<AgreementWrite>,
        agreement_id: entity::ids::ServiceAgreementId,
        number: i32,
    ) -> agreement_version::Model {
        agreement_version::Model {
            organization_id: scope.organization_id(),
            id: scope.next_id(),
            agreement_id,
            agreement_version: number,
            calendar_id: self.calendar_id,
            starts_on: self.starts_on,
            ends_on: self.ends_on,
            capacity_bp: CAPACITY_BP,
            counts_over_delivery: self.counts_over_delivery,
            answer_minutes: None,
            answer_days: None,
            recorded_by: scope.member_id(),
            recorded_at: scope.now(),
        }
    }
}

/// How much may be offered, in basis points of what is committed.
fn capacity(factor: Option<Decimal>) -> Result<i32> {
    let Some(factor) = factor else { return Ok(CAPACITY_BP) };
    let bp = basis_points(factor).filter(|bp| (WHOLE_BP..=MAX_CAPACITY_BP).contains(bp));
    bp.ok_or_else(|| Error::invalid("capacityFactor", ProblemCode::Invalid, "must be 1 to 100, with at most four decimal places"))
}

/// A share in basis points; `None` where it is finer than that.
fn basis_points(share: Decimal) -> Option<i32> {
    let bp = share.checked_mul(Decimal::from(WHOLE_BP))?;
    if bp.fract().is_zero() { i32::try_from(bp.trunc()).ok() } else { None }
}

impl WantedClause {
    /// Checks that it has what its kind has, and nothing else.
    fn check(&self, scope: &Scope<AgreementWrite>, version_id: AgreementVersionId, index: usize) -> Result<agreement_clause::Model> {
        let mut problems = Problems::new();
        let (counted, timed) = (matches!(self.kind, ClauseKind::Volume | ClauseKind::Depth), is_timed(self.kind));
        let quantity = problems.take(self.has("quantity", self.quantity, counted))?.flatten();
        if let Some(quantity) = quantity {
            let most = if self.kind == ClauseKind::Volume { MAX_VOLUME } else { MAX_ATTEMPTS };
            if !(1..=most).contains(&quantity) {
                problems.push("quantity", ProblemCode::Invalid, format!("must be 1 to {most}"));
            }
        }
        let per = problems.take(self.has("per", self.per, self.kind == ClauseKind::Volume))?.flatten();
        let share = problems.take(self.has("minimumShare", self.minimum_share, self.kind == ClauseKind::Quality))?.flatten();
        let minimum_bp = problems.take(share.map(minimum).transpose())?.flatten();
        let within = problems.take(self.has("within", self.within, timed))?.flatten();
        let within = problems.take(within.map(|within| within.check("within")).transpose())?.flatten();
        let (within_minutes, within_days) = within.map_or((None, None), columns);
        let ladder = problems.take(self.ladder(timed))?;
        if self.calendar_id.is_some() {
            problems.take(self.has("calendarId", self.calendar_id, timed))?;
        }
        problems.check()?;
        let ladder = ladder.flatten().unwrap_or(Ladder { warn: None, escalate: None, reassign: None });
        let column = |percent: Option<u16>| percent.and_then(|percent| i16::try_from(percent).ok());
        Ok(agreement_clause::Model {
            organization_id: scope.organization_id(),
            id: scope.next_id(),
            version_id,
            ordinal: i16::try_from(index.saturating_add(1)).unwrap_or(i16::MAX),
            kind: self.kind,
            quantity,
            per,
            minimum_bp,
            within_minutes,
            within_days,
            warn_percent: column(ladder.warn),
            escalate_percent: column(ladder.escalate),
            reassign_percent: column(ladder.reassign),
            calendar_id: self.calendar_id,
        })
    }

    /// What is given where its kind has that, and only there.
    fn has<T>(&self, field: &str, given: Option<T>, has: bool) -> Result<Option<T>> {
        match (given, has) {
            (None, true) => Err(Error::invalid(field, ProblemCode::Required, format!("a {} clause needs it", self.kind.name()))),
            (Some(_), false) => Err(self.is_not_owed(field)),
            (given, _) => Ok(given),
        }
    }

    fn is_not_owed(&self, field: &str) -> Error {
        Error::invalid(field, ProblemCode::Invalid, format!("a {} clause has none", self.kind.name()))
    }

    /// When its steps fall due; `None` for a clause without a time. What is owed by the offering side is nobody else's to do.
    fn ladder(&self, timed: bool) -> Result<Option<Ladder>> {
        let usual = Ladder::default();
        let reassigned = timed && self.kind != ClauseKind::Acknowledgement;
        let mut problems = Problems::new();
        let steps = [
            ("warnPercent", self.warn_percent, usual.warn, timed),
            ("escalatePercent", self.escalate_percent, usual.escalate, timed),
            ("reassignPercent", self.reassign_percent, usual.reassign, reassigned),
        ];
        let mut percents = [None; 3];
        for ((field, given, usual, has), place) in steps.into_iter().zip(&mut percents) {
            match given {
                Some(Some(_)) if !has => problems.take(Err::<(), _>(self.is_not_owed(field)))?,
                Some(Some(percent)) => problems.take(in_range(field, percent).map(|percent| *place = Some(percent)))?,
                Some(None) => None,
                None => {
                    *place = usual.filter(|_| has);
                    None
                }
            };
        }
        problems.check()?;
        let [warn, escalate, reassign] = percents;
        if self.reassign_percent.is_some() && escalate.zip(reassign).is_some_and(|(escalate, reassign)| reassign < escalate) {
            return Err(Error::invalid("reassignPercent", ProblemCode::OutOfOrder, "must not come before the lead is told"));
        }
        // What is usual gives way to what was asked for.
        let reassign = reassign.map(|reassign| escalate.map_or(reassign, |escalate| reassign.max(escalate)));
        if timed { Ladder::new(warn, escalate, reassign).map(Some).map_err(off_the_ladder) } else { Ok(None) }
    }
}

/// Whether a clause says in what time something is owed.
pub(super) const fn is_timed(kind: ClauseKind) -> bool {
    matches!(kind, ClauseKind::Speed | ClauseKind::Depth | ClauseKind::Acknowledgement)
}

fn in_range(field: &str, percent: i32) -> Result<u16> {
    u16::try_from(percent).map_err(|_| Error::invalid(field, ProblemCode::Invalid, "must be a percentage of the time"))
}

fn off_the_ladder(error: LadderError) -> Error {
    let field = match error {
        LadderError::Warn(_) => "warnPercent",
        LadderError::After(Step::Reassign, _) => "reassignPercent",
        LadderError::After(..) => "escalatePercent",
    };
    Error::invalid(field, ProblemCode::Invalid, error.to_string())
}

fn minimum(share: Decimal) -> Result<i32> {
    let bp = basis_points(share).filter(|bp| (1..=WHOLE_BP).contains(bp));
    bp.ok_or_else(|| {
        Error::invalid("minimumShare", ProblemCode::Invalid, "must be more than 0 and at most 1, with at most four decimal places")
    })
}
