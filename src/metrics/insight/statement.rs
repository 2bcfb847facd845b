//! What a finding says, in a sentence. Its figures are those of the finding, as they are shown, so that whoever writes it in another
//! language needs no more than its [`Statement`] and these.

use entity::kinds::InsightKind;
use entity::money::CurrencyCode;
use rust_decimal::Decimal;

use super::finding::{Finding, Subject, Topic};

/// What is said, without its figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statement {
    /// A goal is behind.
    GoalBehind,
    /// It was missed.
    GoalMissed,
    /// The ledger gives a resource more than evidence does.
    LedgerAboveEvidence,
    /// It gives it less.
    LedgerBelowEvidence,
    /// A resource spent and closed nothing.
    NothingClosed,
    /// In the period before it did so too.
    NothingClosedAgain,
    /// What is offered is rejected for a reason more often than before.
    RejectedMoreOften,
    /// A side was late time after time.
    LateInARow,
    /// More and more blockers of a kind are open.
    MoreBlockers,
    /// A segment cares for something more than others do.
    CaresMore,
}

impl Statement {
    /// What a finding says.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        let figures = &finding.figures;
        match finding.kind {
            // Who was to reach all of it by now has missed it.
            InsightKind::GoalOffPace if figures.threshold >= Decimal::ONE => Self::GoalMissed,
            InsightKind::GoalOffPace => Self::GoalBehind,
            InsightKind::CreditGap if figures.observed.is_sign_negative() => Self::LedgerBelowEvidence,
            InsightKind::CreditGap => Self::LedgerAboveEvidence,
            InsightKind::ZeroCloses if figures.count > 1 => Self::NothingClosedAgain,
            InsightKind::ZeroCloses => Self::NothingClosed,
            InsightKind::RejectReasonDrift => Self::RejectedMoreOften,
            InsightKind::SlaBreachRun => Self::LateInARow,
            InsightKind::BlockersPilingUp => Self::MoreBlockers,
            InsightKind::AudienceInterest => Self::CaresMore,
        }
    }
}

/// The sentence, in English. What was spent is in a currency.
#[must_use]
pub fn statement(finding: &Finding, currency: CurrencyCode) -> String {
    let (who, figures) = (name_of(&finding.subject), &finding.figures);
    let (observed, threshold, count) = (figures.observed, figures.threshold, figures.count);
    let before = figures.baseline.unwrap_or_default();
    let spent = || match figures.cost_minor {
        Some(minor) => format!("{} {currency}", Decimal::new(minor, currency.scale())),
        None => "money that cannot be priced".to_owned(),
    };
    match Statement::of(finding) {
        Statement::GoalBehind => format!("the goal is behind: its pace is {observed} after {count} days, below {threshold}"),
        Statement::GoalMissed => format!("the goal was missed: its attainment is {observed}"),
        Statement::LedgerAboveEvidence => {
            format!("of {count} closes the ledger gives {who} {observed} percentage points more than evidence does")
        }
        Statement::LedgerBelowEvidence => {
            let less = observed.abs();
            format!("of {count} closes the ledger gives {who} {less} percentage points less than evidence does")
        }
        Statement::NothingClosed => format!("{who} spent {} and closed nothing", spent()),
        Statement::NothingClosedAgain => format!("{who} spent {} and closed nothing, as in the period before", spent()),
        Statement::RejectedMoreOften => {
            format!("{observed} % of what was offered was rejected for {who}, where it was {before} % in the period before")
        }
        Statement::LateInARow => format!("{who} was late {observed} times in a row, of {count} times that are decided"),
        Statement::MoreBlockers => {
            format!("{observed} blockers of the kind {who} are open, where there were {before} when the period began")
        }
        Statement::CaresMore => {
            format!("{who} has a share of {observed} of the touches of the segment, and of {before} of those of all others")
        }
    }
}

/// What a finding is about, as far as it has a name of its own.
fn name_of(subject: &Subject) -> String {
    match subject {
        Subject::Goal(_) => "the goal".to_owned(),
        Subject::Resource(resource) | Subject::Side { resource, .. } => resource.name().to_owned(),
        Subject::RejectReason { reason, .. } => reason.name().to_owned(),
        Subject::Blockers(kind) => kind.name().to_owned(),
        Subject::Interest { topic: Topic::Channel(channel), .. } => format!("the channel {}", channel.name()),
        Subject::Interest { topic: Topic::Tactic(_), .. } => "the tactic".to_owned(),
        Subject::Interest { topic: Topic::Content(_), .. } => "the content".to_owned(),
        Subject::Interest { topic: Topic::Blocker(kind), .. } => format!("content about {}", kind.name()),
    }
}
