//! The numbers of a report on an agreement.

use async_graphql::{ComplexObject, Context, Enum, SimpleObject};
use entity::kinds::{ClauseKind, RejectReason, Resource};

use crate::agreements::graphql::AgreementClause;
use crate::agreements::report::service::{self, Figures, Group};
use crate::auth::permission::grant::{DirectoryRead, TacticRead};
use crate::error::{Error, Result};
use crate::graphql::context::Authorize;
use crate::graphql::metric::RatioMetric;
use crate::graphql::scalar::{Decimal, int};
use crate::journey::graphql::Tactic;
use crate::metrics::definition::SLA_STATUS;
use crate::metrics::insight::{Run, SideClocks, run_of};
use crate::metrics::outcomes::rate;
use crate::metrics::ratio::Ratio;
use crate::metrics::sla::handoff::State;
use crate::metrics::sla::{ClockCounts, HandoffCounts, clock};
use crate::organization::graphql::{Member, Team};

/// By what the report on an agreement is split.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub enum SlaDimension {
    /// Whose the handoffs are now. A clock counts for whoever owed it: of the receiving side whose the handoff was when it was done or
    /// due, whoever has it since; of the offering side who offered.
    Owner,
    /// The team those belong to today.
    Team,
    /// The tactic that brought the buyers.
    Tactic,
    /// Why handoffs were rejected; those that were not have no value.
    RejectReason,
}

pub(super) fn ratio(ratio: &Ratio) -> RatioMetric {
    RatioMetric::new(ratio, SLA_STATUS.unit)
}

/// Handoffs by how they stand. Those accepted, rejected, pending and expired sum to those offered.
#[derive(Clone, Debug, SimpleObject)]
pub struct HandoffFigures {
    /// Offered, without those that were withdrawn.
    offered: i32,
    /// Accepted, by an answer or by silence, also where they were given back later.
    accepted: i32,
    /// Of those, accepted by silence, and not given back.
    auto_accepted: i32,
    /// Of those accepted, given back later.
    recycled: i32,
    /// Rejected, also where that is contested.
    rejected: i32,
    /// Of those, the ones whose rejection is contested.
    contested: i32,
    /// Waiting for an answer.
    pending: i32,
    /// More than had been agreed, and not answered.
    expired: i32,
    /// Taken back before they were answered; in no other number.
    withdrawn: i32,
    /// Of those offered, more than had been agreed.
    over_delivered: i32,
    /// Rejected of those offered.
    reject_rate: RatioMetric,
    /// Accepted of those accepted or rejected.
    acceptance_rate: RatioMetric,
}

impl From<&HandoffCounts> for HandoffFigures {
    fn from(counts: &HandoffCounts) -> Self {
        Self {
            offered: int(counts.offered()),
            accepted: int(counts.accepted()),
            auto_accepted: int(counts.of(State::AutoAccepted)),
            recycled: int(counts.of(State::Recycled)),
            rejected: int(counts.rejected()),
            contested: int(counts.of(State::Contested)),
            pending: int(counts.pending()),
            expired: int(counts.of(State::Expired)),
            withdrawn: int(counts.of(State::Withdrawn)),
            over_delivered: int(counts.over_delivery()),
            reject_rate: ratio(&counts.reject_rate()),
            acceptance_rate: ratio(&counts.quality()),
        }
    }
}

/// Clocks by how they stand. Those met, late, overdue, pending and cancelled are all there are.
#[derive(Clone, Debug, SimpleObject)]
pub struct ClockFigures {
    /// Done in time, by when it was done.
    met: i32,
    /// Of those met, recorded only after they were due.
    met_told_late: i32,
    /// Done too late.
    late: i32,
    /// Not done, and too late.
    overdue: i32,
    /// Running or paused, with time left; in no rate.
    pending: i32,
    /// Of those, the ones that are paused.
    paused: i32,
    /// What they were about ended in time; in no rate.
    cancelled: i32,
    /// Met of those met, late or overdue.
    attainment: RatioMetric,
}

impl From<&ClockCounts> for ClockFigures {
    fn from(counts: &ClockCounts) -> Self {
        use clock::State::{Cancelled, Late, Met, Overdue, Paused};
        Self {
            met: int(counts.of(Met)),
            met_told_late: int(counts.told_late()),
            late: int(counts.of(Late)),
            overdue: int(counts.of(Overdue)),
            pending: int(counts.pending()),
            paused: int(counts.of(Paused)),
            cancelled: int(counts.of(Cancelled)),
            attainment: ratio(&counts.attainment()),
        }
    }
}

/// How one clause is kept.
#[derive(Clone, Debug, SimpleObject)]
pub struct ClauseFigures {
    /// The clause.
    clause: AgreementClause,
    /// Its clocks; null for VOLUME and QUALITY, which are kept by handoffs.
    clocks: Option<ClockFigures>,
    /// Whether at least the share that QUALITY asks for was accepted of what was offered under its version; null for other clauses, and
    /// where nothing is decided.
    quality_kept: Option<bool>,
}

impl ClauseFigures {
    fn of(clause: &service::Clause) -> Self {
        let minimum = clause.clause.minimum_bp.and_then(|minimum| u16::try_from(minimum).ok());
        Self {
            clocks: clause.clause.kind.has_clock().then(|| (&clause.clocks).into()),
            quality_kept: minimum.and_then(|minimum| clause.handoffs.keeps_quality(minimum)),
            clause: clause.clause.clone().into(),
        }
    }
}

/// How both sides keep an agreement.
#[derive(Clone, Debug, SimpleObject)]
pub struct SlaFigures {
    /// The handoffs.
    handoffs: HandoffFigures,
    /// What the receiving side owes: the clocks of all SPEED and DEPTH clauses together.
    receiving: ClockFigures,
    /// What the offering side owes on rejections: the clocks of the ACKNOWLEDGEMENT clause. How many it offers is in `volume`.
    offering: ClockFigures,
    /// Each clause that was in force in the period, or that clocks ran for.
    #[graphql(complexity = "6 * child_complexity + 1")]
    clauses: Vec<ClauseFigures>,
}

impl From<&Figures> for SlaFigures {
    fn from(figures: &Figures) -> Self {
        Self {
            handoffs: (&figures.handoffs).into(),
            receiving: (&figures.clocks_of(|kind| matches!(kind, ClauseKind::Speed | ClauseKind::Depth))).into(),
            offering: (&figures.clocks_of(|kind| kind == ClauseKind::Acknowledgement)).into(),
            clauses: figures.clauses.iter().map(ClauseFigures::of).collect(),
        }
    }
}

/// How often in a row a side was late. Its clocks are looked at from the one due last backwards.
#[derive(Clone, Debug, SimpleObject)]
pub struct SlaBreachRun {
    /// The side.
    resource: Resource,
    /// Its clocks that were breached since it last met one.
    in_a_row: i32,
    /// Its clocks that are decided.
    decided: i32,
}

impl From<&SideClocks> for SlaBreachRun {
    fn from(side: &SideClocks) -> Self {
        let Run { breached, decided } = run_of(&side.clocks);
        Self { resource: side.resource, in_a_row: int(breached), decided: int(decided) }
    }
}

/// How much of what the offering side committed to was accepted.
#[derive(Clone, Debug, SimpleObject)]
pub struct SlaVolume {
    /// What it committed to for the days of the period on which the agreement was in force; a part of a week, month or quarter
    /// counts by its days.
    committed: Decimal,
    /// Buyers accepted over committed, as it is. Each counts once, however often they were offered in the period; null with IMMATURE
    /// for a period that has not begun.
    attainment: RatioMetric,
    /// The same, at most a whole: for scoring.
    capped: RatioMetric,
    /// How many more handoffs than buyers were accepted under clauses that commit to a number: those of a buyer who was accepted before
    /// in the same period.
    repeated: i32,
}

impl SlaVolume {
    pub(super) fn of(volume: &service::Volume) -> Result<Self> {
        Ok(Self {
            committed: Decimal(volume.committed.rounded().map_err(Error::internal)?),
            attainment: ratio(&volume.reached.raw),
            capped: ratio(&volume.reached.capped),
            repeated: int(volume.repeated),
        })
    }
}

/// The handoffs with the same value.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct SlaGroup {
    /// The id of the owner, team or tactic, or the reason; null for handoffs without one.
    value: Option<String>,
    /// Why they were rejected, where the answer is split by that.
    reject_reason: Option<RejectReason>,
    /// Their figures.
    figures: SlaFigures,
    /// How many of all that were offered they are, without those that were withdrawn.
    share: RatioMetric,
    #[graphql(skip)]
    of: Group,
}

impl SlaGroup {
    /// Shows a group of some handoffs.
    pub(super) fn new((of, figures): &(Group, Figures), whole: &HandoffCounts) -> Self {
        let (value, reject_reason) = match *of {
            Group::Owner(owner) => (owner.map(|id| id.to_string()), None),
            Group::Team(team) => (team.map(|id| id.to_string()), None),
            Group::Tactic(tactic) => (tactic.map(|id| id.to_string()), None),
            Group::Reason(reason) => (reason.map(|reason| reason.name().to_owned()), reason),
        };
        let share = ratio(&rate(figures.handoffs.offered(), whole.offered()));
        Self { value, reject_reason, figures: figures.into(), share, of: *of }
    }
}

#[ComplexObject]
impl SlaGroup {
    /// The owner, where the answer is split by owner; null where you may not read members.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        match self.of {
            Group::Owner(owner) => Member::shown(ctx, owner).await,
            _ => Ok(None),
        }
    }

    /// The team, where the answer is split by team; null where you may not read teams.
    async fn team(&self, ctx: &Context<'_>) -> Result<Option<Team>> {
        match self.of {
            Group::Team(Some(id)) if ctx.permits::<DirectoryRead>() => Team::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// The tactic, where the answer is split by tactic; null where you may not read tactics.
    async fn tactic(&self, ctx: &Context<'_>) -> Result<Option<Tactic>> {
        match self.of {
            Group::Tactic(Some(id)) if ctx.permits::<TacticRead>() => Tactic::find(ctx, id).await,
            _ => Ok(None),
        }
    }
}
