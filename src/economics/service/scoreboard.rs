//! What each resource closes, costs, and is given more than evidence gives it.

use entity::kinds::Resource;
use entity::time::Timestamp;

use super::close_rate::{CloseRates, given_days};
use crate::attribution::service::{CreditGap, EvidenceQuestion, GapLine, Pooling, WantedModel, credit_gap_in};
use crate::auth::Scope;
use crate::auth::permission::grant::CostPerCloseRead;
use crate::costs::exchange::service::Rates;
use crate::costs::service::{CostDimension, CostPerClose, CostPerCloseQuestion, LineSubject, Matching, cost_per_close_in};
use crate::error::{Error, Result};
use crate::input::{self, WantedPeriod};
use crate::metrics::cost_per_close::{Basis, Line, Refunds};
use crate::metrics::dimension::Dimension;
use crate::metrics::ratio::Ratio;

/// What is asked.
#[derive(Clone, Debug)]
pub struct ScoreboardQuestion {
    /// The days it is about.
    pub period: WantedPeriod,
    /// How evidence divides closes.
    pub model: WantedModel,
    /// Whose touches are evidence.
    pub pooling: Pooling,
    /// How far back they are; `None` for as far as the policy says.
    pub lookback_days: Option<i32>,
    /// How many days opportunities have to be won; `None` for as many as touches are evidence.
    pub mature_after_days: Option<i32>,
    /// What was known at this instant; `None` for now.
    pub as_of: Option<Timestamp>,
}

/// What is known of one resource.
#[derive(Clone, Copy, Debug)]
pub struct ScoreLine {
    /// Which.
    pub resource: Resource,
    /// What it closed and cost.
    pub cost: Line,
    /// What the ledger and evidence give it.
    pub gap: GapLine,
    /// How much of what it brought in it closes.
    pub close_rate: Ratio,
}

/// The answer: what belongs together, as of one instant.
#[derive(Clone, Debug)]
pub struct ResourceScoreboard {
    /// What closes cost.
    pub costs: CostPerClose,
    /// How far the ledger is from evidence.
    pub gap: CreditGap,
    /// What was brought in.
    pub rates: CloseRates,
    /// One for each resource.
    pub lines: Vec<ScoreLine>,
}

/// Answers for a period.
///
/// # Errors
/// Problems with `period`, `settings`, `lookbackDays`, `matureAfterDays` and `asOf`.
pub async fn resource_scoreboard(scope: &Scope<CostPerCloseRead>, question: &ScoreboardQuestion) -> Result<ResourceScoreboard> {
    // One instant, and one transaction, for all of it.
    let as_of = input::as_of(question.as_of, scope.now())?;
    let days = question.mature_after_days.map(given_days).transpose()?;
    let tx = scope.read().await?;
    let costs = cost_per_close_in(
        &tx,
        scope,
        &CostPerCloseQuestion {
            period: question.period.clone(),
            by: CostDimension::Resource,
            basis: Basis::Net,
            refunds: Refunds::OriginalPeriod,
            matching: Matching::SamePeriod,
            rates: Rates::OwnDate,
            as_of: Some(as_of),
        },
    )
    .await?;
    let evidence = EvidenceQuestion {
        period: question.period.clone(),
        grain: None,
        by: Dimension::Resource,
        pooling: question.pooling,
        lookback_days: question.lookback_days,
        as_of: Some(as_of),
    };
    let gap =
        credit_gap_in(&tx, scope, &evidence, &question.model).await?.into_iter().next().ok_or(Error::broken("a period has a part"))?;
    let rates = CloseRates::load(&tx, costs.period(), days, costs.currency(), as_of).await?;
    drop(tx);
    let lines = costs
        .lines()
        .filter_map(|(subject, cost)| {
            let LineSubject::Resource(resource) = subject else { return None };
            Some((resource, *cost))
        })
        .map(|(resource, cost)| {
            let gap = *gap.line(resource).ok_or(Error::broken("every resource has its line"))?;
            let close_rate = rates.brought.get(resource).rate().map_err(Error::internal)?;
            Ok(ScoreLine { resource, cost, gap, close_rate })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(ResourceScoreboard { costs, gap, rates, lines })
}

impl ResourceScoreboard {
    /// The line that holds most more credit than evidence gives it; `None` where none does.
    #[must_use]
    pub fn most_over_credited(&self) -> Option<&ScoreLine> {
        let over = self.lines.iter().filter_map(|line| Some((line.gap.gap?.points(), line)));
        // The first of equals, by the order of resources.
        over.rev()
            .filter(|(points, _)| points.is_sign_positive() && !points.is_zero())
            .max_by_key(|(points, _)| *points)
            .map(|(_, line)| line)
    }

    /// The line whose closes cost least; `None` where nobody closed anything that cost something.
    #[must_use]
    pub fn cheapest(&self) -> Option<&ScoreLine> {
        let priced = self.lines.iter().filter_map(|line| Some((line.cost.cost_per_close.value?, line)));
        priced.min_by_key(|(cost, _)| *cost).map(|(_, line)| line)
    }
}
