//! How far the ledger is from the evidence.

use std::sync::Arc;

use entity::ids::{CloseId, TypedId};
use entity::kinds::Resource;
use entity::money::{BASIS_POINTS, Money};

use super::answer::{Attribution, key_of};
use super::evidence::{Evidence, EvidenceQuestion};
use super::model::{WantedModel, Way};
use crate::auth::Scope;
use crate::auth::permission::Visibility;
use crate::auth::permission::grant::{CostPerCloseRead, CreditRead};
use crate::credit::service as credit;
use crate::db::{Cursor, Listing, PageRequest, TenantTx};
use crate::error::{Error, ProblemCode, Result};
use crate::metrics::attribution::{WHOLE, walk};
use crate::metrics::credit_gap::{Gap, gaps};
use crate::metrics::dimension::Value;
use crate::metrics::split::split_by_shares;

/// A basis point of a close, in billionths.
const BASIS_POINT: i64 = WHOLE / BASIS_POINTS;

/// What a line got on both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sides {
    /// Closes by the ledger, in billionths.
    pub ledger_closes: i64,
    /// Closes by evidence, in billionths.
    pub evidence_closes: i64,
    /// Value by the ledger, in minor units.
    pub ledger_minor: i64,
    /// Value by evidence, in minor units.
    pub evidence_minor: i64,
}

impl Sides {
    const fn add(&mut self, other: Self) {
        self.ledger_closes = self.ledger_closes.saturating_add(other.ledger_closes);
        self.evidence_closes = self.evidence_closes.saturating_add(other.evidence_closes);
        self.ledger_minor = self.ledger_minor.saturating_add(other.ledger_minor);
        self.evidence_minor = self.evidence_minor.saturating_add(other.evidence_minor);
    }
}

/// What the ledger and the evidence give one resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GapLine {
    /// The resource; `None` for what evidence gives to none.
    pub resource: Option<Resource>,
    /// What it got.
    pub sides: Sides,
    /// Its shares; `None` where there are none.
    pub gap: Option<Gap>,
}

/// One close on one line.
#[derive(Clone, Copy, Debug)]
pub struct GapRow {
    /// The close.
    pub close: CloseId,
    /// The line.
    pub resource: Option<Resource>,
    /// What the line got of it.
    pub sides: Sides,
    /// Whether there is a rate for its currency.
    pub priced: bool,
    ordinal: i64,
}

/// The answer for a part of the period.
#[derive(Clone, Debug)]
pub struct CreditGap {
    /// What evidence says.
    pub evidence: Attribution,
    lines: Vec<GapLine>,
}

/// Answers for each part of the period; for the whole of it where it is not divided.
///
/// # Errors
/// As [`super::attribution`].
pub async fn credit_gap(scope: &Scope<CostPerCloseRead>, question: &EvidenceQuestion, model: &WantedModel) -> Result<Vec<CreditGap>> {
    credit_gap_in(&scope.read().await?, scope, question, model).await
}

/// Answers for each part of the period, within a transaction of another area.
///
/// # Errors
/// As [`credit_gap`].
pub async fn credit_gap_in(
    tx: &TenantTx,
    scope: &Scope<CostPerCloseRead>,
    question: &EvidenceQuestion,
    model: &WantedModel,
) -> Result<Vec<CreditGap>> {
    let model = model.check("settings")?;
    let evidence = Arc::new(Evidence::load(tx, question, scope.now(), model.needs_losses()).await?);
    evidence.points.iter().map(|part| Attribution::of(&evidence, model, *part, "model").map(CreditGap::of)).collect()
}

fn value_of(resource: Option<Resource>) -> Option<Value> {
    resource.map(Value::Resource)
}

impl CreditGap {
    fn of(answer: Attribution) -> Self {
        let evidence = &answer.evidence;
        let mut lines: Vec<GapLine> = Vec::new();
        for resource in Resource::ALL.iter().copied().map(Some).chain([None]) {
            let mut sides = Sides::default();
            for close in evidence.between(answer.part()) {
                sides.add(ledger_side(evidence, close, resource));
            }
            let said = answer.lines().iter().filter(|line| line.value == value_of(resource));
            for line in said {
                sides.add(Sides { evidence_closes: line.closes, evidence_minor: line.value_minor, ..Sides::default() });
            }
            lines.push(GapLine { resource, sides, gap: None });
        }
        if !answer.is_immature() {
            let parts = |part: fn(&Sides) -> i64| -> Vec<u64> {
                lines.iter().map(|line| u64::try_from(part(&line.sides)).unwrap_or_default()).collect()
            };
            let found = gaps(&parts(|sides| sides.ledger_closes), &parts(|sides| sides.evidence_closes));
            for (line, gap) in lines.iter_mut().zip(found.into_iter().flatten()) {
                line.gap = Some(gap);
            }
        }
        lines.retain(|line| line.resource.is_some() || line.sides != Sides::default());
        Self { evidence: answer, lines }
    }

    /// Resources, and last what evidence gives to none if there is any.
    #[must_use]
    pub fn lines(&self) -> &[GapLine] {
        &self.lines
    }

    /// The line of a resource.
    #[must_use]
    pub fn line(&self, resource: Resource) -> Option<&GapLine> {
        self.lines.iter().find(|line| line.resource == Some(resource))
    }

    /// An amount in the currency of the answer.
    #[must_use]
    pub fn money(&self, amount_minor: i64) -> Money {
        self.evidence.money(amount_minor)
    }

    /// One page of what closes give a line, or all of them, of the closes whose credit the caller sees: in the order in which they
    /// were won.
    ///
    /// # Errors
    /// A problem with `line` where there is no such line, or where the model weighs no touches.
    pub async fn rows(&self, scope: &Scope<CreditRead>, line: Option<&str>, page: PageRequest) -> Result<(Listing<GapRow>, Visibility)> {
        let no_rows = || Error::invalid("rows", ProblemCode::Invalid, "this model weighs journeys, not touches: it has no rows");
        let Way::Touches(rule) = self.evidence.model.way else { return Err(no_rows()) };
        let line = line.map(|key| self.line_with(key)).transpose()?;
        let tx = scope.read().await?;
        let seen = credit::closes_seen_and_readable(&tx).await?;
        drop(tx);
        let shown = Visibility { scope: scope.reach(), complete: seen.is_none() };
        let evidence = &self.evidence.evidence;
        let mut rows: Vec<GapRow> = Vec::new();
        for place in evidence.between(self.evidence.part()) {
            let Some(close) = evidence.closes.get(place) else { continue };
            let id = close.won.id.uuid();
            if seen.as_ref().is_some_and(|seen| !seen.contains(&id)) {
                continue;
            }
            let mut said: Vec<(Option<Value>, Sides)> = Vec::new();
            walk(&evidence.facts, place..place + 1, rule, |part| {
                let sides = Sides { evidence_closes: part.closes, evidence_minor: part.value_minor, ..Sides::default() };
                said.push((evidence.value(part.code), sides));
            });
            for (ordinal, resource) in (0..).zip(Resource::ALL.iter().copied().map(Some).chain([None])) {
                let mut sides = ledger_side(evidence, place, resource);
                for (_, more) in said.iter().filter(|(value, _)| *value == value_of(resource)) {
                    sides.add(*more);
                }
                if sides != Sides::default() && line.is_none_or(|line| line == resource) {
                    rows.push(GapRow { close: close.won.id, resource, sides, priced: close.value_minor.is_some(), ordinal });
                }
            }
        }
        let total = u64::try_from(rows.len()).ok();
        let page = page.of_sorted(rows, |row| Cursor { key: row.ordinal, id: row.close.uuid() });
        Ok((Listing { page, total }, shown))
    }

    fn line_with(&self, key: &str) -> Result<Option<Resource>> {
        let found = self.lines.iter().map(|line| line.resource).find(|resource| key_of(value_of(*resource)) == key);
        found.ok_or_else(|| Error::invalid("line", ProblemCode::Invalid, "must be the key of one of the lines"))
    }
}

/// What the ledger gives a resource of a close.
fn ledger_side(evidence: &Evidence, close: usize, resource: Option<Resource>) -> Sides {
    let (Some(close), Some(resource)) = (evidence.closes.get(close), resource) else { return Sides::default() };
    let shares = close.won.shares;
    Sides {
        ledger_closes: shares.bp(resource).saturating_mul(BASIS_POINT),
        ledger_minor: *split_by_shares(close.value_minor.unwrap_or_default(), shares).get(resource),
        ..Sides::default()
    }
}
