//! What metrics are told.

use async_graphql::{ID, InputObject, SimpleObject};
use entity::kinds::{BlockerKind, Channel, Resource};

use crate::attribution::graphql::model::{AttributionModel, PoolingOutput};
use crate::catalogue::service::{MetricArgs, renamed};
use crate::costs::exchange::graphql::ConstantCurrencyInput;
use crate::costs::graphql::{CloseBasis, CostMatching, CostMatchingInput, RefundPeriod};
use crate::costs::service::Matching;
use crate::error::Result;
use crate::graphql::node::parse_optional_id;
use crate::graphql::scalar::{Decimal, Duration, LocalDate, int};
use crate::journey::funnel::graphql::{FunnelOrder, FunnelSubject};
use crate::pipeline::report::graphql::WinRateBasis;
use crate::segments::graphql::{DemandCoveragePart, IcpFitOf};

/// What a metric is told besides its period: which of these it takes stands in its definition, and others are refused. Of resource,
/// tactic, team, channel, segment and owner one at most: what is counted is narrowed to it.
#[derive(Clone, Debug, Default, InputObject)]
pub struct MetricArgsInput {
    /// One resource.
    resource: Option<Resource>,
    /// One tactic.
    tactic_id: Option<ID>,
    /// One team.
    team_id: Option<ID>,
    /// One channel.
    channel: Option<Channel>,
    /// One segment.
    segment_id: Option<ID>,
    /// One member.
    owner_id: Option<ID>,
    /// Which closes count. Default: NET.
    basis: Option<CloseBasis>,
    /// When counts what is given back, voided or reinstated. Default: ORIGINAL_PERIOD.
    refund_period: Option<RefundPeriod>,
    /// Which closes and which costs are held against each other. Default: those of the same days.
    matching: Option<CostMatchingInput>,
    /// Restate amounts in other currencies at the rates of one day. Default: each at the rate of its own date.
    constant_currency: Option<ConstantCurrencyInput>,
    /// What is left of revenue once what was sold is paid for: above 0, at most 1.
    gross_margin: Option<Decimal>,
    /// How many days opportunities have before they count, 0 to 3 650. Default: as many as touches count by the credit policy.
    mature_after_days: Option<i32>,
    /// A version of a pipeline. Default: the newest of the default one.
    pipeline_id: Option<ID>,
    /// The key of a stage.
    stage: Option<String>,
    /// Who is counted. Default: PERSON.
    subject: Option<FunnelSubject>,
    /// When a stage is reached. Default: REACHED_OR_PASSED.
    order: Option<FunnelOrder>,
    /// Within which time of the entry. Default: for ever; of becoming known 30 days.
    window: Option<Duration>,
    /// Which opportunities a win rate is of. Default: CLOSED_BASIS.
    win_rate_basis: Option<WinRateBasis>,
    /// One kind of blocker. Default: all.
    blocker: Option<BlockerKind>,
    /// How evidence divides closes, with its usual settings. Default: LINEAR.
    model: Option<AttributionModel>,
    /// Whose touches are evidence. Default: ACCOUNT.
    pooling: Option<PoolingOutput>,
    /// How far back from a close its touches count, 1 to 3 650. Default: as the credit policy says.
    lookback_days: Option<i32>,
    /// One service agreement.
    agreement_id: Option<ID>,
    /// What is held against the ideal customer. Default: TOUCHES.
    of: Option<IcpFitOf>,
    /// A version of a profile of the ideal customer. Default: the newest, where there is one profile only.
    icp_profile_id: Option<ID>,
    /// How far accounts were reached. Default: TOUCHED.
    reached: Option<DemandCoveragePart>,
}

impl MetricArgsInput {
    /// What is said, as the service wants it.
    ///
    /// # Errors
    /// Problems with what is below `field`.
    pub fn read(self, field: &str) -> Result<MetricArgs> {
        let id = |name: &str| format!("{field}.{name}");
        let matching = self.matching.map(CostMatchingInput::read).transpose().map_err(|error| renamed(error, field))?;
        Ok(MetricArgs {
            resource: self.resource,
            tactic_id: parse_optional_id(self.tactic_id.as_ref(), &id("tacticId"))?,
            team_id: parse_optional_id(self.team_id.as_ref(), &id("teamId"))?,
            channel: self.channel,
            segment_id: parse_optional_id(self.segment_id.as_ref(), &id("segmentId"))?,
            owner_id: parse_optional_id(self.owner_id.as_ref(), &id("ownerId"))?,
            basis: self.basis.map(Into::into),
            refund_period: self.refund_period.map(Into::into),
            matching,
            constant_currency_on: self.constant_currency.map(|constant| constant.on.0),
            gross_margin: self.gross_margin.map(|margin| margin.0),
            mature_after_days: self.mature_after_days,
            pipeline_id: parse_optional_id(self.pipeline_id.as_ref(), &id("pipelineId"))?,
            stage: self.stage,
            subject: self.subject.map(Into::into),
            order: self.order.map(Into::into),
            window_micros: self.window.map(|window| window.micros(&id("window"))).transpose()?,
            win_rate_of_cohort: self.win_rate_basis.map(|basis| basis == WinRateBasis::CohortBasis),
            blocker: self.blocker,
            model: self.model.map(Into::into),
            pooling: self.pooling.map(PoolingOutput::pooling),
            lookback_days: self.lookback_days,
            agreement_id: parse_optional_id(self.agreement_id.as_ref(), &id("agreementId"))?,
            of: self.of.map(Into::into),
            icp_profile_id: parse_optional_id(self.icp_profile_id.as_ref(), &id("icpProfileId"))?,
            reached: self.reached.map(Into::into),
        })
    }
}

/// What a metric was told besides its period; what is null was not said.
#[derive(Clone, Debug, SimpleObject)]
pub struct MetricArguments {
    /// One resource.
    resource: Option<Resource>,
    /// The id of one tactic.
    tactic_id: Option<ID>,
    /// The id of one team.
    team_id: Option<ID>,
    /// One channel.
    channel: Option<Channel>,
    /// The id of one segment.
    segment_id: Option<ID>,
    /// The id of one member.
    owner_id: Option<ID>,
    /// Which closes count.
    basis: Option<CloseBasis>,
    /// When counts what is given back, voided or reinstated.
    refund_period: Option<RefundPeriod>,
    /// Which closes and which costs are held against each other.
    matching: Option<CostMatching>,
    /// How many days earlier costs lie, for `LAGGED`.
    matching_days: Option<i32>,
    /// How many days cohorts take, for `COHORT`.
    matching_mature_after_days: Option<i32>,
    /// The day at whose rates amounts in other currencies are restated.
    constant_currency_on: Option<LocalDate>,
    /// What is left of revenue once what was sold is paid for.
    gross_margin: Option<Decimal>,
    /// How many days opportunities have before they count.
    mature_after_days: Option<i32>,
    /// The id of a version of a pipeline.
    pipeline_id: Option<ID>,
    /// The key of a stage.
    stage: Option<String>,
    /// Who is counted.
    subject: Option<FunnelSubject>,
    /// When a stage is reached.
    order: Option<FunnelOrder>,
    /// Within which time.
    window: Option<Duration>,
    /// Which opportunities a win rate is of.
    win_rate_basis: Option<WinRateBasis>,
    /// One kind of blocker.
    blocker: Option<BlockerKind>,
    /// How evidence divides closes.
    model: Option<AttributionModel>,
    /// Whose touches are evidence.
    pooling: Option<PoolingOutput>,
    /// How far back from a close its touches count.
    lookback_days: Option<i32>,
    /// The id of one service agreement.
    agreement_id: Option<ID>,
    /// What is held against the ideal customer.
    of: Option<IcpFitOf>,
    /// The id of a version of a profile of the ideal customer.
    icp_profile_id: Option<ID>,
    /// How far accounts were reached.
    reached: Option<DemandCoveragePart>,
}

impl From<&MetricArgs> for MetricArguments {
    fn from(args: &MetricArgs) -> Self {
        let id = |id: Option<String>| id.map(ID);
        let (matching, matching_days, matching_mature_after_days) = match args.matching {
            None => (None, None, None),
            Some(Matching::SamePeriod) => (Some(CostMatching::SamePeriod), None, None),
            Some(Matching::Lagged { days }) => (Some(CostMatching::Lagged), Some(int(days)), None),
            Some(Matching::Cohort { mature_after_days }) => (Some(CostMatching::Cohort), None, mature_after_days.map(int)),
        };
        let basis = |of_cohort| if of_cohort { WinRateBasis::CohortBasis } else { WinRateBasis::ClosedBasis };
        Self {
            resource: args.resource,
            tactic_id: id(args.tactic_id.map(|id| id.to_string())),
            team_id: id(args.team_id.map(|id| id.to_string())),
            channel: args.channel,
            segment_id: id(args.segment_id.map(|id| id.to_string())),
            owner_id: id(args.owner_id.map(|id| id.to_string())),
            basis: args.basis.map(Into::into),
            refund_period: args.refund_period.map(Into::into),
            matching,
            matching_days,
            matching_mature_after_days,
            constant_currency_on: args.constant_currency_on.map(LocalDate),
            gross_margin: args.gross_margin.map(Decimal),
            mature_after_days: args.mature_after_days,
            pipeline_id: id(args.pipeline_id.map(|id| id.to_string())),
            stage: args.stage.clone(),
            subject: args.subject.map(Into::into),
            order: args.order.map(Into::into),
            window: args.window_micros.map(Duration::from_micros),
            win_rate_basis: args.win_rate_of_cohort.map(basis),
            blocker: args.blocker,
            model: args.model.map(Into::into),
            pooling: args.pooling.map(Into::into),
            lookback_days: args.lookback_days,
            agreement_id: id(args.agreement_id.map(|id| id.to_string())),
            of: args.of.map(Into::into),
            icp_profile_id: id(args.icp_profile_id.map(|id| id.to_string())),
            reached: args.reached.map(Into::into),
        }
    }
}
