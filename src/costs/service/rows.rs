//! The rows behind an answer, from the same pass that adds them up.

use std::collections::{HashMap, HashSet};

use entity::cost_entry;
use entity::ids::{CloseId, CloseMovementId, CostEntryId, TypedId};
use entity::kinds::Resource;
use entity::money::Money;
use uuid::Uuid;

use super::cost_per_close::{CostPerClose, LineSubject};
use crate::auth::Scope;
use crate::auth::permission::Visibility;
use crate::auth::permission::grant::{CostRead, CreditRead};
use crate::credit::service as credit;
use crate::db::{Cursor, Listing, PageRequest};
use crate::error::{Error, ProblemCode, Result};
use crate::metrics::accrual::DaySpan;
use crate::metrics::cost_per_close::{CostRow, CreditRow, LineKey, Sink, answer_with_rows};

/// One contribution to a line.
#[derive(Clone, Copy, Debug)]
pub struct Contribution {
    /// What contributed.
    pub of: ContributionOf,
    /// Who holds the credit, or bears the cost.
    pub resource: Resource,
    /// The line it was added to.
    pub line: LineSubject,
    /// How often the same object contributed before in this list.
    ordinal: i64,
}

/// What contributed to a line, and what.
#[derive(Clone, Copy, Debug)]
pub enum ContributionOf {
    /// Credit of a close.
    Close {
        /// The close.
        id: CloseId,
        /// The movement that is booked; `None` for the close itself.
        movement: Option<CloseMovementId>,
        /// In basis points of the close; negative where a movement takes it back.
        basis_points: i64,
        /// The value credited; `None` without a rate for its currency.
        value: Option<Money>,
        /// What a new customer brings each month of it; `None` without a rate for its currency.
        monthly: Option<Money>,
    },
    /// Part of a cost entry.
    Cost {
        /// The entry.
        id: CostEntryId,
        /// The cost borne.
        amount: Money,
        /// The days of the entry it is for.
        days: DaySpan,
    },
}

impl Contribution {
    fn object(&self) -> Uuid {
        match self.of {
            ContributionOf::Close { id, .. } => id.uuid(),
            ContributionOf::Cost { id, .. } => id.uuid(),
        }
    }
}

/// Keeps the rows of one side that are wanted.
struct Wanted<'a> {
    answer: &'a CostPerClose,
    line: Option<LineKey>,
    side: Side,
    /// The objects the caller sees; `None` where they see all.
    visible: Option<HashSet<Uuid>>,
    rows: Vec<Contribution>,
    seen: HashMap<Uuid, i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Closes,
    Costs,
}

impl Wanted<'_> {
    fn keep(&mut self, line: LineKey, resource: Resource, of: ContributionOf) {
        let mut row = Contribution { of, resource, line: self.answer.subject(line), ordinal: 0 };
        if self.visible.as_ref().is_some_and(|visible| !visible.contains(&row.object())) {
            return;
        }
        let seen = self.seen.entry(row.object()).or_default();
        row.ordinal = *seen;
        *seen += 1;
        self.rows.push(row);
    }

    fn wants(&self, line: LineKey) -> bool {
        self.line.is_none_or(|wanted| wanted == line)
    }
}

impl Sink for Wanted<'_> {
    fn credit(&mut self, row: CreditRow) {
        if self.side != Side::Closes || !self.wants(row.line) {
            return;
        }
        if let Some(close) = self.answer.facts.closes.get(row.close) {
            let money = |minor: i64| close.priced.then(|| self.answer.money(minor));
            let (value, monthly) = (money(row.value_minor), money(row.monthly_minor));
            let movement = row.change.and_then(|change| self.answer.facts.changes.get(change)).map(|change| change.id);
            self.keep(row.line, row.resource, ContributionOf::Close { id: close.id, movement, basis_points: row.bp, value, monthly });
        }
    }

    fn cost(&mut self, row: CostRow) {
        if self.side != Side::Costs || !self.wants(row.line) {
            return;
        }
        if let Some(&id) = self.answer.facts.costs.get(row.cost) {
            let amount = self.answer.money(row.amount_minor);
            self.keep(row.line, row.resource, ContributionOf::Cost { id, amount, days: row.days });
        }
    }
}

impl CostPerClose {
    /// The credit that was added to a line, or to all of them, of the closes the caller may see: in order of time, movements that are booked apart
    /// after all closes.
    ///
    /// # Errors
    /// A problem with `line` where there is no such line.
    pub async fn credit_rows(
        &self,
        scope: &Scope<CreditRead>,
        line: Option<&str>,
        page: PageRequest,
    ) -> Result<(Listing<Contribution>, Visibility)> {
        let visible = credit::closes_seen(&scope.read().await?).await?;
        let shown = Visibility { scope: scope.reach(), complete: visible.is_none() };
        Ok((self.rows(Side::Closes, visible, line, page)?, shown))
    }

    /// The cost that was added to a line, or to all of them, of the entries the caller may see: in order of their days.
    ///
    /// # Errors
    /// A problem with `line` where there is no such line.
    pub async fn cost_rows(
        &self,
        scope: &Scope<CostRead>,
        line: Option<&str>,
        page: PageRequest,
    ) -> Result<(Listing<Contribution>, Visibility)> {
        let visible = scope.read().await?.ids_seen::<cost_entry::Entity>().await?;
        let shown = Visibility { scope: scope.reach(), complete: visible.is_none() };
        Ok((self.rows(Side::Costs, visible, line, page)?, shown))
    }

    fn rows(&self, side: Side, visible: Option<HashSet<Uuid>>, line: Option<&str>, page: PageRequest) -> Result<Listing<Contribution>> {
        let line = line.map(|key| self.line_with(key)).transpose()?;
        let mut wanted = Wanted { answer: self, line, side, visible, rows: Vec::new(), seen: HashMap::new() };
        answer_with_rows(&self.facts.facts, &self.facts.question(), &self.interval, &mut wanted).map_err(Error::internal)?;
        let rows = wanted.rows;
        let total = u64::try_from(rows.len()).ok();
        let page = page.of_sorted(rows, |row| Cursor { key: row.ordinal, id: row.object() });
        Ok(Listing { page, total })
    }

    fn line_with(&self, key: &str) -> Result<LineKey> {
        let found = self.report().lines.iter().map(|line| line.key).find(|&line| self.subject(line).key() == key);
        found.ok_or_else(|| Error::invalid("line", ProblemCode::Invalid, "must be the key of one of the lines"))
    }
}
