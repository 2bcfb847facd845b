//! How opportunities end: win rates on two bases, and the losses to nobody.
//!
//! Rates of what was decided in a period ([`Outcomes::rates`] of those that closed in it) and of what was created in it
//! ([`Outcomes::cohort`]) answer different questions and are easily taken for each other; so each names its terms. What was
//! disqualified or recorded twice stands outside of every denominator. The literature divides no-decision by all that was
//! decided, or by what was lost; both are given. See `metrics.md`, sections 2.6 and 2.7 (G9, G10).

use entity::kinds::OpportunityOutcome;
use rust_decimal::Decimal;

use super::ratio::{NullReason, Ratio};

/// Decimal places of a rate.
const RATE_PLACES: u32 = 4;

/// Counts of opportunities by how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Not ended yet.
    pub open: u64,
    /// They bought.
    pub won: u64,
    /// They bought from somebody else.
    pub lost_to_competitor: u64,
    /// They could not decide.
    pub indecision: u64,
    /// They stayed with what they have.
    pub status_quo: u64,
    /// They did not buy for another reason.
    pub lost_otherwise: u64,
    /// Disqualified or recorded twice.
    pub excluded: u64,
}

/// Rates of what was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecisionRates {
    /// Won of what was decided.
    pub win: Ratio,
    /// Won of what was won or lost to a competitor.
    pub competitive_win: Ratio,
    /// Ended without a decision, of what was decided.
    pub no_decision: Ratio,
    /// Ended without a decision, of what was lost.
    pub no_decision_of_losses: Ratio,
    /// For indecision, of what ended without a decision.
    pub indecision_of_no_decision: Ratio,
}

/// Rates of what was created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CohortRates {
    /// Won so far, of what was created.
    pub win: Ratio,
    /// Not ended yet, of what was created: by so much the rate of wins may still rise.
    pub open: Ratio,
}

impl Outcomes {
    /// Takes one in; `None` while it is open.
    pub const fn add(&mut self, outcome: Option<OpportunityOutcome>) {
        let count = match outcome {
            None => &mut self.open,
            Some(OpportunityOutcome::Won) => &mut self.won,
            Some(OpportunityOutcome::LostCompetitor) => &mut self.lost_to_competitor,
            Some(OpportunityOutcome::NoDecisionIndecision) => &mut self.indecision,
            Some(OpportunityOutcome::NoDecisionStatusQuo) => &mut self.status_quo,
            Some(OpportunityOutcome::LostOther) => &mut self.lost_otherwise,
            Some(OpportunityOutcome::Disqualified | OpportunityOutcome::Duplicate) => &mut self.excluded,
        };
        *count = count.saturating_add(1);
    }

    /// Ended without a decision.
    #[must_use]
    pub const fn no_decision(&self) -> u64 {
        self.indecision.saturating_add(self.status_quo)
    }

    /// Lost, for whatever reason.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.lost_to_competitor.saturating_add(self.no_decision()).saturating_add(self.lost_otherwise)
    }

    /// Won or lost.
    #[must_use]
    pub const fn decided(&self) -> u64 {
        self.won.saturating_add(self.lost())
    }

    /// All but those that are outside of every rate.
    #[must_use]
    pub const fn counted(&self) -> u64 {
        self.decided().saturating_add(self.open)
    }

    /// Rates of what was decided: of opportunities that ended in a period.
    #[must_use]
    pub fn rates(&self) -> DecisionRates {
        DecisionRates {
            win: rate(self.won, self.decided()),
            competitive_win: rate(self.won, self.won.saturating_add(self.lost_to_competitor)),
            no_decision: rate(self.no_decision(), self.decided()),
            no_decision_of_losses: rate(self.no_decision(), self.lost()),
            indecision_of_no_decision: rate(self.indecision, self.no_decision()),
        }
    }

    /// Rates of what was created: of opportunities that began in a period, as they stand now.
    #[must_use]
    pub fn cohort(&self) -> CohortRates {
        CohortRates { win: rate(self.won, self.counted()), open: rate(self.open, self.counted()) }
    }
}

/// A part of a whole, which is at most one and therefore always fits.
#[must_use]
pub fn rate(part: u64, whole: u64) -> Ratio {
    let (part, whole) = (Decimal::from(part), Decimal::from(whole));
    Ratio::new(part, whole, RATE_PLACES, NullReason::ZeroDenominator).unwrap_or(Ratio::null(part, whole, NullReason::ZeroDenominator))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn outcomes(counts: &[(Option<OpportunityOutcome>, usize)]) -> Outcomes {
        let mut outcomes = Outcomes::default();
        counts.iter().for_each(|&(outcome, count)| (0..count).for_each(|_| outcomes.add(outcome)));
        outcomes
    }

    fn value(ratio: Ratio) -> String {
        ratio.value.map_or_else(|| format!("{:?}", ratio.null_reason.unwrap()), |value| value.to_string())
    }

    #[test]
    fn g9_the_same_opportunities_on_two_bases() {
        use OpportunityOutcome::{LostOther, Won};
        let created = outcomes(&[(Some(Won), 4), (Some(LostOther), 6), (None, 10)]);
        assert_eq!(value(created.rates().win), "0.4000");
        assert_eq!([created.cohort().win, created.cohort().open].map(value), ["0.2000", "0.5000"]);
    }

    #[test]
    fn g10_most_losses_are_to_nobody() {
        use OpportunityOutcome::{Disqualified, Duplicate, LostCompetitor, NoDecisionIndecision, NoDecisionStatusQuo, Won};
        let ended = outcomes(&[
            (Some(Won), 10),
            (Some(LostCompetitor), 5),
            (Some(NoDecisionIndecision), 5),
            (Some(NoDecisionStatusQuo), 4),
            (Some(Disqualified), 2),
            (Some(Duplicate), 1),
        ]);
        assert_eq!((ended.decided(), ended.lost(), ended.excluded), (24, 14, 3));
        let rates = ended.rates();
        let told = [rates.no_decision, rates.no_decision_of_losses, rates.win, rates.competitive_win, rates.indecision_of_no_decision];
        assert_eq!(told.map(value), ["0.3750", "0.6429", "0.4167", "0.6667", "0.5556"]);
    }

    #[test]
    fn of_nothing_there_is_no_rate() {
        let nothing = outcomes(&[(Some(OpportunityOutcome::Duplicate), 3)]);
        assert_eq!([nothing.rates().win, nothing.rates().no_decision_of_losses, nothing.cohort().open].map(value), ["ZeroDenominator"; 3]);
    }

    proptest! {
        #[test]
        fn every_opportunity_stands_at_one_place(chosen in prop::collection::vec(prop::option::of(0..OpportunityOutcome::ALL.len()), 0..60)) {
            let outcomes = outcomes(&chosen.iter().map(|choice| (choice.map(|index| OpportunityOutcome::ALL[index]), 1)).collect::<Vec<_>>());
            prop_assert_eq!(outcomes.counted() + outcomes.excluded, chosen.len() as u64);
            prop_assert_eq!(outcomes.decided(), outcomes.won + outcomes.lost());
            for ratio in [outcomes.rates().win, outcomes.rates().no_decision, outcomes.cohort().win, outcomes.cohort().open] {
                prop_assert!(ratio.value.is_none_or(|value| value >= Decimal::ZERO && value <= Decimal::ONE));
            }
        }
    }
}
