//! How both sides keep an agreement.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, ID, InputObject, MaybeUndefined, SimpleObject};
use entity::kinds::RejectReason;

use super::figures::{SlaBreachRun, SlaDimension, SlaFigures, SlaGroup, SlaVolume};
use crate::agreements::graphql::ServiceAgreement;
use crate::agreements::handoffs::graphql::{HandoffConnection, HandoffState, SlaClockConnection, SlaClockState};
use crate::agreements::report::service::{ClockWanted, HandoffWanted, Report, clock_rows, handoff_rows};
use crate::auth::permission::Reach;
use crate::auth::permission::grant::HandoffRead;
use crate::db::PageRequest;
use crate::error::{Error, Result};
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, wants};
use crate::graphql::metric::{MetricDefinition, MetricUnit, PeriodOutput, Visibility};
use crate::graphql::node::{parse_optional_id, parse_patch_id};
use crate::graphql::scalar::DateTime;
use crate::metrics::definition::SLA_STATUS;
use crate::metrics::sla::Dimension;
use crate::trends;

/// Points one walk through the facts costs, so that a document cannot ask for many of them.
const WALK_COST: usize = 200;

/// Points a page of rows costs.
fn rows_cost(first: Option<i32>, last: Option<i32>, child: usize) -> usize {
    page_cost(first, last, child).saturating_add(WALK_COST)
}

/// Which handoffs behind a number are wanted: those that meet every condition given. A condition that is null wants those without a
/// value, as the `value` of a group has it; one that is left out does not narrow.
#[derive(Default, InputObject)]
pub struct SlaStatusHandoffFilter {
    /// Those that stand in one of these ways.
    states: Option<Vec<HandoffState>>,
    /// Those of an owner; null for those nobody took. Of clocks: those that this member owed.
    owner_id: MaybeUndefined<ID>,
    /// Those of the members of a team; null for those of none. Of clocks: those that one of them owed.
    team_id: MaybeUndefined<ID>,
    /// Those that a tactic brought; null for those that none did.
    tactic_id: MaybeUndefined<ID>,
    /// Those that were rejected for a reason; null for those that were not rejected.
    reject_reason: MaybeUndefined<RejectReason>,
    /// Those that are above what was agreed, or those that are not.
    over_delivery: Option<bool>,
}

impl SlaStatusHandoffFilter {
    fn read(self, field: &str) -> Result<HandoffWanted> {
        Ok(HandoffWanted {
            states: self.states.unwrap_or_default().into_iter().map(Into::into).collect(),
            owner: parse_patch_id(self.owner_id, &format!("{field}.ownerId"))?,
            team: parse_patch_id(self.team_id, &format!("{field}.teamId"))?,
            tactic: parse_patch_id(self.tactic_id, &format!("{field}.tacticId"))?,
            reason: self.reject_reason.as_opt_ref().map(|reason| reason.copied()),
            over_delivery: self.over_delivery,
        })
    }
}

/// Which clocks behind a number are wanted: those that meet every condition given.
#[derive(Default, InputObject)]
pub struct SlaStatusClockFilter {
    /// Those of a clause.
    clause_id: Option<ID>,
    /// Those that stand in one of these ways.
    states: Option<Vec<SlaClockState>>,
    /// Those that are met by what was recorded only after they were due, or those that are not.
    told_late: Option<bool>,
    /// Those of some handoffs.
    handoff: Option<SlaStatusHandoffFilter>,
}

/// How both sides keep a service agreement, with everything that explains the numbers.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct SlaStatus {
    /// What is computed.
    definition: MetricDefinition,
    /// What the rates are measured in.
    unit: MetricUnit,
    /// The days in which the handoffs were offered.
    period: PeriodOutput,
    /// As seen at this instant.
    as_of: DateTime,
    /// The agreement.
    agreement: ServiceAgreement,
    /// What the offering side committed to, and how much of it was accepted; null where no clause that was in force in the period
    /// commits to a number.
    volume: Option<SlaVolume>,
    /// By what the answer is split; null where it is not.
    by: Option<SlaDimension>,
    /// All together.
    whole: SlaFigures,
    /// By value, those without one last. They add up to the whole.
    #[graphql(complexity = "5 * child_complexity + 1")]
    groups: Vec<SlaGroup>,
    /// How often in a row each side was late: who offers, and who is offered.
    breach_runs: Vec<SlaBreachRun>,
    /// What you could not see.
    visibility: Visibility,
    #[graphql(skip)]
    report: Arc<Report>,
    #[graphql(skip)]
    point: usize,
}

impl SlaStatus {
    /// Shows one point of a report.
    ///
    /// # Errors
    /// [`Error::Internal`] where there is no such point.
    pub fn new(report: Arc<Report>, visibility: Reach, point: usize, by: Option<SlaDimension>) -> Result<Self> {
        let dimension = by.map(|by| match by {
            SlaDimension::Owner => Dimension::Owner,
            SlaDimension::Team => Dimension::Team,
            SlaDimension::Tactic => Dimension::Tactic,
            SlaDimension::RejectReason => Dimension::RejectReason,
        });
        let split = report.split(point, dimension)?;
        let period = report.points().get(point).ok_or(Error::broken("a point of the report"))?.into();
        Ok(Self {
            definition: SLA_STATUS.into(),
            unit: SLA_STATUS.unit.into(),
            period,
            as_of: DateTime(report.as_of()),
            agreement: report.agreement.clone().into(),
            volume: report.volume(point)?.as_ref().map(SlaVolume::of).transpose()?,
            by,
            whole: (&split.whole).into(),
            groups: split.groups.iter().map(|group| SlaGroup::new(group, &split.whole.handoffs)).collect(),
            breach_runs: report.sides(point)?.iter().map(SlaBreachRun::from).collect(),
            visibility: visibility.into(),
            report,
            point,
        })
    }
}

#[ComplexObject]
impl SlaStatus {
    /// The handoffs behind the numbers that you may see, those offered first first. They are as many as the numbers say to those who
    /// may see all of them. Each shows how it stands now, whatever `asOf` the numbers are of.
    #[graphql(complexity = "rows_cost(first, last, child_complexity)")]
    async fn handoffs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<SlaStatusHandoffFilter>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<HandoffConnection> {
        let scope = ctx.authorize::<HandoffRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let wanted = filter.unwrap_or_default().read("filter")?;
        let rows = handoff_rows(&scope, &self.report, self.point, &wanted, page, wants(ctx, "totalCount")).await?;
        Ok(HandoffConnection::new(rows))
    }

    /// The clocks behind the numbers that you may see, those that began first first. They are as many as the numbers say to those who
    /// may see all of them. Each shows how it stands now, whatever `asOf` the numbers are of.
    #[graphql(complexity = "rows_cost(first, last, child_complexity)")]
    async fn clocks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<SlaStatusClockFilter>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<SlaClockConnection> {
        let scope = ctx.authorize::<HandoffRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = filter.unwrap_or_default();
        let wanted = ClockWanted {
            clause: parse_optional_id(filter.clause_id.as_ref(), "filter.clauseId")?,
            states: filter.states.unwrap_or_default().into_iter().map(Into::into).collect(),
            told_late: filter.told_late,
            handoffs: filter.handoff.unwrap_or_default().read("filter.handoff")?,
        };
        let rows = clock_rows(&scope, &self.report, self.point, &wanted, page, wants(ctx, "totalCount")).await?;
        Ok(SlaClockConnection::new(rows))
    }
}

trends! {
    /// How both sides keep a service agreement in each part of a period.
    SlaTrend of SlaStatus;
}
