//! What holds buyers back, and what they care for.

use chrono::NaiveDate;
use entity::kinds::BlockerKind;
use entity::time::Timestamp;
use futures_util::future::BoxFuture;

use super::{Found, Look};
use crate::auth::permission::grant::FunnelRead;
use crate::error::{Error, Result};
use crate::input::WantedPeriod;
use crate::metrics::insight::{Finding, Pile, Subject, audience_interest, blockers_piling_up};
use crate::metrics::period::Period;
use crate::pipeline::report::service::{BlockerSummary, Question, Subjects, report};
use crate::segments::service::audiences;

const BLOCKERS: &str = "query Insight($ever: PeriodInput!, $asOf: DateTime!, $began: DateTime!) {
  blockerReport(period: $ever, asOf: $asOf) { whole { kinds { kind open } } }
  before: blockerReport(period: $ever, asOf: $began) { whole { kinds { kind open } } }
}";

const BLOCKER_ROWS: &str = "query InsightRows($ever: PeriodInput!, $asOf: DateTime!, $kind: BlockerKind!, $first: Int, $after: String) {
  blockerReport(period: $ever, asOf: $asOf) {
    rows(kind: $kind, state: OPEN, first: $first, after: $after) {
      nodes { blocker { id } raisedAt days }
      pageInfo { hasNextPage endCursor }
    }
  }
}";

const INTERESTS: &str = "query Insight($segmentId: ID!, $period: PeriodInput!, $asOf: DateTime!) {
  audienceInterests(segmentId: $segmentId, period: $period, asOf: $asOf) {
    touches
    others
    topics { key touches accounts others share { value } othersShare { value } }
  }
}";

const INTEREST_ROWS: &str =
    "query InsightRows($segmentId: ID!, $period: PeriodInput!, $asOf: DateTime!, $topic: String!, $first: Int, $after: String) {
  audienceInterests(segmentId: $segmentId, period: $period, asOf: $asOf) {
    rows(topic: $topic, first: $first, after: $after) {
      nodes { id occurredAt }
      pageInfo { hasNextPage endCursor }
    }
  }
}";

/// Blockers that pile up.
pub(super) fn piles(look: &Look) -> BoxFuture<'_, Result<Vec<Found>>> {
    Box::pin(async move {
        let (period, began) = (look.running, look.running.start());
        // Whatever was raised ever may be open still. Before this day nothing is told.
        let first = NaiveDate::from_ymd_opt(1970, 1, 1).ok_or(Error::broken("there is such a day"))?;
        let ever = Period::new(first, period.to(), period.zone()).map_err(Error::internal)?;
        let (now, before) = (blockers(look, &ever, look.as_of).await?, blockers(look, &ever, began).await?);
        let pile = |kind: &BlockerKind| Pile { kind: *kind, before: open(&before, *kind), now: open(&now, *kind) };
        let piles: Vec<Pile> = BlockerKind::ALL.iter().map(pile).collect();
        let found = |finding: Finding| {
            let Subject::Blockers(kind) = finding.subject else { return Err(Error::broken("it was looked for by kind")) };
            let told = || look.told().days("ever", &ever);
            let path = format!("blockerReport.whole.kinds[kind={}].open", kind.name());
            Ok(Found {
                finding,
                period,
                source: told().with("began", began.to_string()).asks(BLOCKERS, path),
                evidence: told().with("kind", kind.name()).asks(BLOCKER_ROWS, "blockerReport.rows"),
            })
        };
        blockers_piling_up(&piles, &look.thresholds.blockers).into_iter().map(found).collect()
    })
}

/// The blockers of some days as they stood at an instant.
async fn blockers(look: &Look, days: &Period, as_of: Timestamp) -> Result<BlockerSummary> {
    let (period, subjects) = (WantedPeriod::from(days), Subjects::Blockers);
    let question = Question { period, grain: None, breakdown: None, as_of: Some(as_of), subjects };
    Ok(report(&look.scope.also::<FunnelRead>()?, question).await?.blockers(0)?.whole)
}

/// Those of a kind that were open; of one that never came up there is no line.
fn open(blockers: &BlockerSummary, kind: BlockerKind) -> u64 {
    blockers.kinds.iter().find(|figures| figures.line.kind == Some(kind)).map_or(0, |figures| figures.line.spread.running)
}

/// What segments care for more than others.
pub(super) fn interests(look: &Look) -> BoxFuture<'_, Result<Vec<Found>>> {
    Box::pin(async move {
        let period = look.complete;
        let audiences = audiences(&look.scope.also()?, &period, look.as_of).await?;
        let found = |finding: Finding| {
            let Subject::Interest { segment, topic } = finding.subject else {
                return Err(Error::broken("it was looked for by segment"));
            };
            let (told, topic) = (|| look.told().with("segmentId", segment.to_string()).days("period", &period), topic.to_string());
            Ok(Found {
                finding,
                period,
                source: told().asks(INTERESTS, format!("audienceInterests.topics[key={topic}].share.value")),
                evidence: told().with("topic", topic).asks(INTEREST_ROWS, "audienceInterests.rows"),
            })
        };
        audience_interest(&audiences, &look.thresholds.interest).into_iter().map(found).collect()
    })
}
