//! What a rule found: about what, how bad it is, and the figures that say so.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt;

use chrono::NaiveDate;
use entity::ids::{ContentId, GoalId, SegmentId, ServiceAgreementId, TacticId};
use entity::kinds::{BlockerKind, Channel, InsightKind, InsightSeverity, RejectReason, Resource};
use entity::resource_set::ResourceSet;
use rust_decimal::Decimal;

use super::key::Key;

/// What a segment may care for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Topic {
    /// Where it is met.
    Channel(Channel),
    /// What is done for it.
    Tactic(TacticId),
    /// What it reads or watches.
    Content(ContentId),
    /// What holds it back: content about that.
    Blocker(BlockerKind),
}

impl fmt::Display for Topic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // An id says what it is an id of; a name does not, and both of these have an `OTHER`.
            Self::Channel(channel) => write!(formatter, "CHANNEL/{}", channel.name()),
            Self::Blocker(kind) => write!(formatter, "BLOCKER/{}", kind.name()),
            Self::Tactic(id) => id.fmt(formatter),
            Self::Content(id) => id.fmt(formatter),
        }
    }
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Subject {
    /// A goal.
    Goal(GoalId),
    /// A resource.
    Resource(Resource),
    /// A reason to reject what is handed over under an agreement.
    RejectReason {
        /// Under which.
        agreement: ServiceAgreementId,
        /// Why it is rejected.
        reason: RejectReason,
    },
    /// A side of an agreement.
    Side {
        /// Of which.
        agreement: ServiceAgreementId,
        /// Who owes.
        resource: Resource,
    },
    /// The blockers of a kind.
    Blockers(BlockerKind),
    /// What a segment cares for.
    Interest {
        /// Who cares.
        segment: SegmentId,
        /// For what.
        topic: Topic,
    },
}

impl fmt::Display for Subject {
    /// Its part of a key, which never changes.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Goal(id) => id.fmt(formatter),
            Self::Resource(resource) => formatter.write_str(resource.name()),
            Self::RejectReason { agreement, reason } => write!(formatter, "{agreement}/{}", reason.name()),
            Self::Side { agreement, resource } => write!(formatter, "{agreement}/{}", resource.name()),
            Self::Blockers(kind) => formatter.write_str(kind.name()),
            Self::Interest { segment, topic } => write!(formatter, "{segment}/{topic}"),
        }
    }
}

/// The figures that say so: observed, threshold and baseline in one unit, as they are shown.
///
/// | kind | observed | baseline | count |
/// |---|---|---|---|
/// | `GOAL_OFF_PACE` | pace; attainment of what was missed | | days of its curve that are over |
/// | `CREDIT_GAP` | ledger less evidence, in percentage points | | closes |
/// | `ZERO_CLOSES` | credited closes | the same before | periods in a row |
/// | `REJECT_REASON_DRIFT` | rejected for it, in percent of those offered | the same before | rejected for it |
/// | `SLA_BREACH_RUN` | clocks breached in a row | | clocks decided |
/// | `BLOCKERS_PILING_UP` | open now | open at the start | open now |
/// | `AUDIENCE_INTEREST` | share of the segment's touches | the same of all others | touches of the segment on it |
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Figures {
    /// What there is.
    pub observed: Decimal,
    /// From where on it is as bad as the finding says. Of a pace: below which.
    pub threshold: Decimal,
    /// What there was before, or is elsewhere.
    pub baseline: Option<Decimal>,
    /// How many stand behind it.
    pub count: u64,
    /// What was spent, in minor units; only where something was spent for nothing, and `None` if it cannot be priced.
    pub cost_minor: Option<i64>,
}

/// What a rule found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// By which rule.
    pub kind: InsightKind,
    /// How bad it is.
    pub severity: InsightSeverity,
    /// What it is about.
    pub subject: Subject,
    /// Who is told to do something about it; nobody in particular where it is for all.
    pub addressed_to: ResourceSet,
    /// The figures that say so.
    pub figures: Figures,
}

impl Finding {
    /// What it is known by among the findings of a period that begins on a day.
    #[must_use]
    pub const fn key(&self, period_start: NaiveDate) -> Key {
        Key { kind: self.kind, subject: self.subject, period_start }
    }
}

/// Who is told, where it is one.
pub(super) fn only(resource: Resource) -> ResourceSet {
    std::iter::once(resource).collect()
}

/// How bad it is to be so high.
pub(super) fn severity_from<T: PartialOrd>(observed: &T, warning: &T, critical: &T) -> Option<InsightSeverity> {
    if observed >= critical { Some(InsightSeverity::Critical) } else { (observed >= warning).then_some(InsightSeverity::Warning) }
}

/// The worst first, then by subject; of what is told twice of one subject, the worst.
pub(super) fn worst_first(findings: impl Iterator<Item = Finding>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = findings.collect();
    findings.sort_by_key(|finding| (Reverse(finding.severity), finding.subject, finding.figures));
    once(findings)
}

/// The first of what is told of each subject.
pub(super) fn once(mut findings: Vec<Finding>) -> Vec<Finding> {
    let mut told = BTreeSet::new();
    findings.retain(|finding| told.insert(finding.subject));
    findings
}
