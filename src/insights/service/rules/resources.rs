//! What the resources earn and spend.

use entity::kinds::Resource;
use futures_util::future::BoxFuture;

use super::{Found, Look};
use crate::attribution::service::{EvidenceQuestion, ModelName, Pooling, WantedModel, credit_gap as gap_of};
use crate::auth::permission::grant::CostPerCloseRead;
use crate::costs::exchange::service::Rates;
use crate::costs::service::{CostDimension, CostPerClose, CostPerCloseQuestion, LineSubject, Matching, cost_per_close};
use crate::error::{Error, Result};
use crate::input::WantedPeriod;
use crate::metrics::by_resource::ByResource;
use crate::metrics::cost_per_close::{Basis, Refunds};
use crate::metrics::dimension::Dimension;
use crate::metrics::insight::{Finding, Spell, Subject, credit_gap, zero_closes};
use crate::metrics::investment::Stand;
use crate::metrics::period::Period;

const GAP: &str = "query Insight($period: PeriodInput!, $asOf: DateTime!) {
  creditGap(period: $period, model: LINEAR, asOf: $asOf) { evidence { closes } lines { key gap } }
}";

const GAP_ROWS: &str = "query InsightRows($period: PeriodInput!, $asOf: DateTime!, $line: String!, $first: Int, $after: String) {
  creditGap(period: $period, model: LINEAR, asOf: $asOf) {
    rows(line: $line, first: $first, after: $after) {
      nodes { close { id } ledgerCloses evidenceCloses }
      pageInfo { hasNextPage endCursor }
    }
  }
}";

const COSTS: &str = "query Insight($period: PeriodInput!, $before: PeriodInput!, $asOf: DateTime!) {
  costPerClose(period: $period, by: RESOURCE, asOf: $asOf) { lines { key creditedCloses cost { amount currency } } }
  before: costPerClose(period: $before, by: RESOURCE, asOf: $asOf) { lines { key creditedCloses } }
}";

const COST_ROWS: &str = "query InsightRows($period: PeriodInput!, $asOf: DateTime!, $line: String!, $first: Int, $after: String) {
  costPerClose(period: $period, by: RESOURCE, asOf: $asOf) {
    rows(side: COSTS, line: $line, first: $first, after: $after) {
      nodes { ... on CostRow { costEntry { id } amount { amount currency } firstOn lastOn } }
      pageInfo { hasNextPage endCursor }
    }
  }
}";

fn resource(finding: &Finding) -> Result<Resource> {
    match finding.subject {
        Subject::Resource(resource) => Ok(resource),
        _ => Err(Error::broken("it was looked for by resource")),
    }
}

/// Where ledger and evidence are apart.
pub(super) fn credit_gaps(look: &Look) -> BoxFuture<'_, Result<Vec<Found>>> {
    Box::pin(async move {
        let period = look.complete;
        let question = EvidenceQuestion {
            period: WantedPeriod::from(&period),
            grain: None,
            by: Dimension::Resource,
            pooling: Pooling::Account,
            lookback_days: None,
            as_of: Some(look.as_of),
        };
        let scope = look.scope.also::<CostPerCloseRead>()?;
        let answers = gap_of(&scope, &question, &WantedModel::usual(ModelName::Linear)).await?;
        let answer = answers.first().ok_or(Error::broken("a period has a part"))?;
        // Without a close there is no share of any.
        let gap = |resource| answer.line(resource).and_then(|line| line.gap).unwrap_or_default();
        let gaps = ByResource::from_array([Resource::Sales, Resource::Marketing, Resource::Product].map(gap));
        let findings = credit_gap(gaps, answer.evidence.report().closes, &look.thresholds.credit_gap);
        let found = |finding: Finding| {
            let line = resource(&finding)?.name();
            let told = || look.told().days("period", &period);
            Ok(Found {
                finding,
                period,
                source: told().asks(GAP, format!("creditGap.lines[key={line}].gap")),
                evidence: told().with("line", line).asks(GAP_ROWS, "creditGap.rows"),
            })
        };
        findings.into_iter().map(found).collect()
    })
}

/// Who spent and closed nothing.
pub(super) fn spent_in_vain(look: &Look) -> BoxFuture<'_, Result<Vec<Found>>> {
    Box::pin(async move {
        let period = look.complete;
        let before = period.before().map_err(Error::internal)?;
        let (costs, costs_before) = (costs(look, &period).await?, costs(look, &before).await?);
        let spell = |resource| Some(Spell { now: stand(&costs, resource)?, before: stand(&costs_before, resource) });
        let spells = ByResource::from_array([Resource::Sales, Resource::Marketing, Resource::Product].map(spell));
        let found = |finding: Finding| {
            let line = resource(&finding)?.name();
            let told = || look.told().days("period", &period);
            Ok(Found {
                finding,
                period,
                source: told().days("before", &before).asks(COSTS, format!("costPerClose.lines[key={line}].creditedCloses")),
                evidence: told().with("line", line).asks(COST_ROWS, "costPerClose.rows"),
            })
        };
        zero_closes(spells).into_iter().map(found).collect()
    })
}

async fn costs(look: &Look, period: &Period) -> Result<CostPerClose> {
    let question = CostPerCloseQuestion {
        period: WantedPeriod::from(period),
        by: CostDimension::Resource,
        basis: Basis::Net,
        refunds: Refunds::OriginalPeriod,
        matching: Matching::SamePeriod,
        rates: Rates::OwnDate,
        as_of: Some(look.as_of),
    };
    cost_per_close(&look.scope.also()?, &question).await
}

fn stand(costs: &CostPerClose, resource: Resource) -> Option<Stand> {
    costs.lines().find(|(subject, _)| *subject == LineSubject::Resource(resource)).map(|(_, line)| Stand::from(line))
}
