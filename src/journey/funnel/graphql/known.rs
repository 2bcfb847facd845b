//! The API of the conversion from anonymous to known.

use std::sync::Arc;

use async_graphql::{Context, Description, Enum, Object, SimpleObject};

use super::answer::{FunnelRates, rates};
use super::rows::rows_cost;
use crate::auth::permission::Reach;
use crate::auth::permission::grant::{BuyerRead, FunnelRead};
use crate::breakdown::graphql::{BreakdownGroup, BreakdownGroupInput, BreakdownInput, Dimension};
use crate::breakdown::service::Value;
use crate::buyers::graphql::Person;
use crate::db::PageRequest;
use crate::error::{Error, Result};
use crate::graphql::context::{Authorize, wants};
use crate::graphql::metric::{Grain, MetricDefinition, MetricUnit, PeriodInput, PeriodOutput, Visibility, trend_cost};
use crate::graphql::scalar::{DateTime, Duration, int};
use crate::input::WantedPeriod;
use crate::journey::funnel::service::{
    Known, KnownCounts, KnownPoint, KnownQuestion, Shares, VisitorFilter, VisitorRow, VisitorState, anonymous_to_known, visitor_rows,
};
use crate::metrics::definition::ANONYMOUS_TO_KNOWN;
use crate::metrics::funnel::Share;
use crate::{connections, trends};

/// The window where none is named: 30 days of 24 hours.
const WINDOW: i64 = 30 * 24 * 60 * 60 * 1_000_000;

/// Asking how visitors become known.
#[derive(Debug, Default)]
pub struct KnownQuery;

#[Object]
impl KnownQuery {
    /// How many of the visitors first seen in the period told who they are within the window. Visitors are counted as they came,
    /// and the people they turned out to be beside them.
    async fn anonymous_to_known(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days in which visitors were first seen.")] period: PeriodInput,
        #[graphql(desc = "Within which time of that they have to tell. Default: 30 days.")] window: Option<Duration>,
        #[graphql(desc = "By what the answer is split: as it was when they were seen first.")] breakdown: Option<BreakdownInput>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<AnonymousToKnown> {
        let scope = ctx.authorize::<FunnelRead>()?;
        let known = anonymous_to_known(&scope, question(&period, None, window.as_ref(), breakdown.as_ref(), as_of)?).await?;
        Ok(AnonymousToKnown { known, visibility: scope.reach(), point: 0 })
    }

    /// The conversion of each part of a period, each as `anonymousToKnown` would answer for that part alone.
    #[graphql(complexity = "trend_cost(&period, grain, child_complexity)")]
    async fn anonymous_to_known_trend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days in which visitors were first seen.")] period: PeriodInput,
        #[graphql(desc = "Into what the period is divided.")] grain: Grain,
        #[graphql(desc = "Within which time of that they have to tell. Default: 30 days.")] window: Option<Duration>,
        #[graphql(desc = "By what the answer is split: as it was when they were seen first.")] breakdown: Option<BreakdownInput>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<AnonymousToKnownTrend> {
        let scope = ctx.authorize::<FunnelRead>()?;
        let known = anonymous_to_known(&scope, question(&period, Some(grain), window.as_ref(), breakdown.as_ref(), as_of)?).await?;
        let point = |point| AnonymousToKnown { known: Arc::clone(&known), visibility: scope.reach(), point };
        let points = (0..known.points().len()).map(point).collect();
        Ok(AnonymousToKnownTrend::new(ANONYMOUS_TO_KNOWN, (known.period(), grain, known.as_of()), scope.reach(), points))
    }
}

fn question(
    period: &PeriodInput,
    grain: Option<Grain>,
    window: Option<&Duration>,
    breakdown: Option<&BreakdownInput>,
    as_of: Option<DateTime>,
) -> Result<KnownQuestion> {
    Ok(KnownQuestion {
        period: WantedPeriod::from(period),
        grain: grain.map(Into::into),
        window: window.map_or(Ok(WINDOW), |window| window.micros("window"))?,
        breakdown: breakdown.map(BreakdownInput::read).transpose()?,
        as_of: as_of.map(|as_of| as_of.0),
    })
}

/// Which visitors are wanted.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::journey::funnel::service::VisitorState", name = "VisitorState")]
pub enum VisitorStateInput {
    /// All of them.
    #[default]
    All,
    /// Those who told who they are in time.
    Identified,
    /// Those who did not, and whose time is over.
    Anonymous,
    /// Those whose time is not yet over and who did not tell yet.
    Pending,
}

/// How many visitors became known, with everything that explains the numbers.
#[derive(Clone, Debug, Description)]
pub struct AnonymousToKnown {
    known: Arc<Known>,
    visibility: Reach,
    point: usize,
}

impl AnonymousToKnown {
    fn point(&self) -> Result<&KnownPoint> {
        self.known.points().get(self.point).ok_or(Error::broken("a point of the answer"))
    }
}

#[Object(use_type_description)]
impl AnonymousToKnown {
    /// What is computed.
    async fn definition(&self) -> MetricDefinition {
        ANONYMOUS_TO_KNOWN.into()
    }

    /// What the rates are measured in.
    async fn unit(&self) -> MetricUnit {
        ANONYMOUS_TO_KNOWN.unit.into()
    }

    /// The days in which the visitors were first seen.
    async fn period(&self) -> Result<PeriodOutput> {
        Ok((&self.point()?.period).into())
    }

    /// Within which time they have to tell.
    async fn window(&self) -> Duration {
        Duration::from_micros(self.known.question().window)
    }

    /// As seen at this instant.
    async fn as_of(&self) -> DateTime {
        DateTime(self.known.as_of())
    }

    /// Visitors first seen in the period, still anonymous.
    async fn visitors(&self) -> Result<i32> {
        Ok(int(self.point()?.whole.visitors))
    }

    /// Those of them whose time is over.
    async fn matured(&self) -> Result<i32> {
        Ok(int(self.point()?.whole.matured))
    }

    /// Those of them whose time is not yet over: they can still tell.
    async fn pending(&self) -> Result<i32> {
        Ok(int(self.point()?.whole.pending))
    }

    /// Those who told who they are in time.
    async fn identified(&self) -> Result<i32> {
        Ok(int(self.point()?.whole.identified))
    }

    /// How many people those who told are: several visitors may be one.
    async fn known_people(&self) -> Result<i32> {
        Ok(int(self.point()?.whole.people))
    }

    /// Those who told, over all visitors and over those whose time is over.
    async fn rates(&self) -> Result<FunnelRates> {
        rates_of(&self.point()?.whole)
    }

    /// By what the answer is split; null where it is not.
    async fn by(&self) -> Option<Dimension> {
        self.known.question().breakdown.as_ref().map(|breakdown| breakdown.by.into())
    }

    /// By value of the breakdown, visitors without one last; empty without a breakdown. Every count of visitors is the sum of
    /// the groups' counts; people may be in several. Segments may have visitors in common: theirs do not add up.
    #[graphql(complexity = "5 * child_complexity + 1")]
    async fn groups(&self) -> Result<Vec<KnownGroup>> {
        self.point()?.groups.iter().map(|(value, counts)| KnownGroup::new(*value, counts)).collect()
    }

    /// What you could not see.
    async fn visibility(&self) -> Visibility {
        self.visibility.into()
    }

    /// The visitors behind the numbers that you may see, first seen first. They are as many as the numbers say to those who may
    /// see all of them.
    #[graphql(complexity = "rows_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "a page and what the rows are narrowed to")]
    async fn rows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Those of a group.")] group: Option<BreakdownGroupInput>,
        #[graphql(desc = "What became of them.", default)] state: VisitorStateInput,
    ) -> Result<VisitorConnection> {
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let scope = ctx.authorize::<BuyerRead>()?;
        let filter = VisitorFilter { state: VisitorState::from(state), group: group.map(|group| group.value) };
        let rows = visitor_rows(&scope, &self.known, self.point, filter, page, wants(ctx, "totalCount")).await?;
        Ok(VisitorConnection::new(rows.map(|row| (Arc::clone(&self.known), row)), scope.reach()))
    }
}

fn rates_of(counts: &KnownCounts) -> Result<FunnelRates> {
    let nobody = Share::default();
    rates(counts.shares.unwrap_or(Shares { naive: nobody, matured: Some(nobody) }))
}

/// The visitors with the same value.
#[derive(Clone, Debug, SimpleObject)]
pub struct KnownGroup {
    /// What they have in common.
    of: BreakdownGroup,
    /// Visitors first seen in the period.
    visitors: i32,
    /// Those of them whose time is over.
    matured: i32,
    /// Those of them whose time is not yet over.
    pending: i32,
    /// Those who told in time.
    identified: i32,
    /// How many people those are.
    known_people: i32,
    /// Those who told, over all visitors and over those whose time is over.
    rates: FunnelRates,
}

impl KnownGroup {
    fn new(value: Option<Value>, counts: &KnownCounts) -> Result<Self> {
        Ok(Self {
            of: value.into(),
            visitors: int(counts.visitors),
            matured: int(counts.matured),
            pending: int(counts.pending),
            identified: int(counts.identified),
            known_people: int(counts.people),
            rates: rates_of(counts)?,
        })
    }
}

trends! {
    /// The conversion of each part of a period.
    AnonymousToKnownTrend of AnonymousToKnown;
}

/// Somebody who was first seen anonymous.
#[derive(Clone, Debug, Description)]
pub struct Visitor {
    known: Arc<Known>,
    row: VisitorRow,
}

impl From<(Arc<Known>, VisitorRow)> for Visitor {
    fn from((known, row): (Arc<Known>, VisitorRow)) -> Self {
        Self { known, row }
    }
}

connections! {
    VisitorConnection, VisitorEdge, Visitor, "the visitors behind a number", visibility;
}

#[Object(use_type_description)]
impl Visitor {
    /// The person as they were recorded; `identity` says who they turned out to be.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::find(ctx, self.row.person).await
    }

    /// When they were first seen.
    async fn first_seen_at(&self) -> DateTime {
        DateTime(self.row.first_seen_at)
    }

    /// When they told who they are, where that was in time.
    async fn identified_at(&self) -> Option<DateTime> {
        self.row.identified_at.map(DateTime)
    }

    /// The groups they are in: none where the answer is not split or they have no value, several for SEGMENT alone.
    async fn groups(&self) -> Vec<BreakdownGroup> {
        self.known.groups_of(&self.row).into_iter().map(BreakdownGroup::from).collect()
    }

    /// Whether their time is over.
    async fn matured(&self) -> bool {
        self.row.matured
    }
}
