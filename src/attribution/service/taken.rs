//! How much of what sellers get credit for they only wrote down.

use std::sync::Arc;

use entity::ids::{CloseId, TypedId};
use entity::kinds::{Resource, TouchKind};
use entity::time::Timestamp;

use super::evidence::{Evidence, EvidenceQuestion, Pooling};
use crate::auth::Scope;
use crate::auth::permission::Visibility;
use crate::auth::permission::grant::{CloseRead, CreditRead, FunnelRead};
use crate::credit::service as credit;
use crate::db::{Cursor, Listing, PageRequest};
use crate::error::{Error, ProblemCode, Result};
use crate::input::WantedPeriod;
use crate::metrics::dimension::Dimension;
use crate::metrics::evidence::Lookback;
use crate::metrics::order_taking::{OrderTaking, Sale, Verdict};
use crate::metrics::period::{Grain, Period};

/// What shows that somebody wants to buy, where nothing is named.
pub const INTENT: &[TouchKind] = &[TouchKind::PriceRequest, TouchKind::CheckoutStart, TouchKind::TrialStart];

/// What is asked.
#[derive(Clone, Debug)]
pub struct OrderQuestion {
    /// The days in which closes were won.
    pub period: WantedPeriod,
    /// Into what it is divided; `None` for not at all.
    pub grain: Option<Grain>,
    /// The touches that show that somebody wants to buy; `None` for the usual ones.
    pub intent: Option<Vec<TouchKind>>,
    /// Whose touches count.
    pub pooling: Pooling,
    /// How far back they do; `None` for as far as the policy says.
    pub lookback_days: Option<i32>,
    /// What was known at this instant; `None` for now.
    pub as_of: Option<Timestamp>,
}

/// A close and what it tells.
#[derive(Clone, Copy, Debug)]
pub struct OrderRow {
    /// The close.
    pub id: CloseId,
    /// When it was won.
    pub closed_at: Timestamp,
    /// What decides.
    pub sale: Sale,
    /// What it tells.
    pub verdict: Verdict,
}

/// The answer. It keeps the closes its figures were counted from.
#[derive(Debug)]
pub struct OrdersTaken {
    evidence: Evidence,
    intent: Vec<TouchKind>,
    rows: Vec<OrderRow>,
    points: Vec<(Period, OrderTaking)>,
}

/// Answers a question.
///
/// # Errors
/// Problems with `period`, `intentKinds`, `lookbackDays` and `asOf`.
pub async fn order_taking(scope: &Scope<FunnelRead>, question: OrderQuestion) -> Result<Arc<OrdersTaken>> {
    let intent = question.intent.unwrap_or_else(|| INTENT.to_vec());
    if intent.is_empty() {
        return Err(Error::invalid("intentKinds", ProblemCode::Required, "must not be empty"));
    }
    let OrderQuestion { period, grain, pooling, lookback_days, as_of, .. } = question;
    let question = EvidenceQuestion { period, grain, by: Dimension::Resource, pooling, lookback_days, as_of };
    let evidence = Evidence::load(&scope.read().await?, &question, scope.now(), false).await?;
    let row = |(place, close): (usize, &super::evidence::EvidenceClose)| {
        let touches = evidence.touches(place);
        let sale = Sale {
            sales_bp: close.won.shares.bp(Resource::Sales),
            first_sales_touch: touches.iter().find(|touch| touch.resource == Resource::Sales).map(|touch| touch.at),
            intent: touches.iter().find(|touch| intent.contains(&touch.kind)).map(|touch| touch.at),
        };
        OrderRow { id: close.won.id, closed_at: close.won.closed_at, sale, verdict: sale.verdict() }
    };
    let rows: Vec<OrderRow> = evidence.closes.iter().enumerate().map(row).collect();
    let counted = |part: &Period| {
        let within = rows.iter().filter(|row| part.contains(row.closed_at));
        (*part, OrderTaking::of(within.map(|row| row.verdict)))
    };
    let points = evidence.points.iter().map(counted).collect();
    Ok(Arc::new(OrdersTaken { evidence, intent, rows, points }))
}

impl OrdersTaken {
    /// As seen when.
    #[must_use]
    pub const fn as_of(&self) -> Timestamp {
        self.evidence.as_of
    }

    /// The whole period.
    #[must_use]
    pub const fn period(&self) -> &Period {
        &self.evidence.period
    }

    /// Whose touches count.
    #[must_use]
    pub const fn pooling(&self) -> Pooling {
        self.evidence.pooling
    }

    /// How far back they do.
    #[must_use]
    pub const fn lookback(&self) -> Lookback {
        self.evidence.facts.lookback()
    }

    /// The touches that show that somebody wants to buy.
    #[must_use]
    pub fn intent(&self) -> &[TouchKind] {
        &self.intent
    }

    /// The parts of the period with what was counted in each.
    #[must_use]
    pub fn points(&self) -> &[(Period, OrderTaking)] {
        &self.points
    }

    /// One page of the closes of a part, of those whose credit the caller sees: all, or those that tell something.
    ///
    /// # Errors
    /// Where the caller may not read closes.
    pub async fn rows(
        &self,
        scope: &Scope<CreditRead>,
        point: usize,
        verdict: Option<Verdict>,
        (page, with_total): (PageRequest, bool),
    ) -> Result<(Listing<OrderRow>, Visibility)> {
        scope.also::<CloseRead>()?;
        let (period, _) = self.points.get(point).ok_or(Error::broken("a point of the answer"))?;
        let tx = scope.read().await?;
        let seen = credit::closes_seen_and_readable(&tx).await?;
        drop(tx);
        let shown = Visibility { scope: scope.reach(), complete: seen.is_none() };
        let visible = |row: &&OrderRow| seen.as_ref().is_none_or(|seen| seen.contains(&row.id.uuid()));
        let wanted = |row: &&OrderRow| period.contains(row.closed_at) && verdict.is_none_or(|verdict| row.verdict == verdict);
        let found: Vec<OrderRow> = self.rows.iter().filter(wanted).filter(visible).copied().collect();
        let total = with_total.then(|| u64::try_from(found.len()).unwrap_or(u64::MAX));
        let page = page.of_rising(&found, |row| Cursor { key: row.closed_at.micros(), id: row.id.uuid() });
        Ok((Listing { page, total }, shown))
    }
}
