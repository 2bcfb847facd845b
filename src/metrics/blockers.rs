//! What keeps buyers from deciding: how much of it is resolved, how fast, and whether it costs decisions.
//!
//! Of what is resolved the median says how fast; what is open has an age and is not mixed into it. Whether opportunities with
//! a blocker end without a decision more often than those without is shown as a pair: it is no proof that the blocker is why.
//! See `metrics.md`, section 2.7 (G19).

use entity::kinds::BlockerKind;
use entity::time::Timestamp;

use super::durations::{Durations, Spread};
use super::outcomes::{Outcomes, rate};
use super::ratio::{Ratio, TooLarge};

/// A blocker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockerFact {
    /// Of what kind.
    pub kind: BlockerKind,
    /// Since when it is known.
    pub raised_at: Timestamp,
    /// When it was resolved, if it was.
    pub resolved_at: Option<Timestamp>,
}

/// Blockers of one kind, or of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockerLine {
    /// Of what kind; `None` for all.
    pub kind: Option<BlockerKind>,
    /// How many there are, of all there are.
    pub share: Ratio,
    /// How many were resolved, of those.
    pub resolved: Ratio,
    /// How long those took that were resolved, and how old the others are.
    pub spread: Spread,
}

/// The lines of the blockers that were raised by an instant, as they stood then: one for all, then one for each kind that
/// occurs, in the order of declaration.
///
/// # Errors
/// [`TooLarge`] where a sum of durations is no decimal any more.
pub fn blockers(facts: &[BlockerFact], as_of: Timestamp) -> Result<Vec<BlockerLine>, TooLarge> {
    let kinds = std::iter::once(None).chain(BlockerKind::ALL.iter().copied().map(Some));
    let mut durations: Vec<(Option<BlockerKind>, Durations)> = kinds.map(|kind| (kind, Durations::default())).collect();
    for fact in facts.iter().filter(|fact| fact.raised_at <= as_of) {
        let resolved_at = fact.resolved_at.filter(|at| *at <= as_of);
        let micros = resolved_at.unwrap_or(as_of).micros().saturating_sub(fact.raised_at.micros());
        let lines = durations.iter_mut().filter(|(kind, _)| kind.is_none_or(|kind| kind == fact.kind));
        lines.for_each(|(_, line)| line.push(micros, resolved_at.is_some()));
    }
    let mut lines = Vec::new();
    let mut all = 0;
    for (kind, mut line) in durations {
        let spread = line.spread()?;
        let raised = spread.ended + spread.running;
        if kind.is_none() {
            all = raised;
        }
        if kind.is_none() || raised > 0 {
            lines.push(BlockerLine { kind, share: rate(raised, all), resolved: rate(spread.ended, raised), spread });
        }
    }
    Ok(lines)
}

/// How often opportunities end without a decision, with something and without it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WithAndWithout {
    /// Those that had it.
    pub with: Outcomes,
    /// Those that had not.
    pub without: Outcomes,
}

impl WithAndWithout {
    /// Their rates of no decision: with it, without it.
    #[must_use]
    pub fn no_decision(&self) -> [Ratio; 2] {
        [self.with, self.without].map(|outcomes| outcomes.rates().no_decision)
    }
}

#[cfg(test)]
mod tests {
    use entity::kinds::OpportunityOutcome;

    use super::*;
    use crate::metrics::durations::DAY_MICROS;

    const NOW: i64 = 100;

    /// A blocker that took so many days until it was resolved, or is so many days old.
    fn blocker(kind: BlockerKind, days: i64, resolved: bool) -> BlockerFact {
        let at = |day: i64| Timestamp::from_micros(day * DAY_MICROS);
        let until = if resolved { NOW - 10 } else { NOW };
        BlockerFact { kind, raised_at: at(until - days), resolved_at: resolved.then_some(at(until)) }
    }

    fn value(ratio: Ratio) -> String {
        ratio.value.map_or_else(|| format!("{:?}", ratio.null_reason.unwrap()), |value| value.to_string())
    }

    fn g19() -> Vec<BlockerFact> {
        use BlockerKind::{Budget, Consensus, PriorityAlignment};
        vec![
            blocker(Consensus, 10, true),
            blocker(Budget, 4, true),
            blocker(Consensus, 30, false),
            blocker(PriorityAlignment, 12, false),
            blocker(Consensus, 20, true),
        ]
    }

    #[test]
    fn g19_how_much_is_resolved_and_how_fast() {
        let lines = blockers(&g19(), Timestamp::from_micros(NOW * DAY_MICROS)).unwrap();
        let told: Vec<_> = lines
            .iter()
            .map(|line| (line.kind.map(BlockerKind::name), value(line.share), value(line.resolved), value(line.spread.median)))
            .collect();
        let line = |kind, share: &str, resolved: &str, median: &str| (kind, share.to_owned(), resolved.to_owned(), median.to_owned());
        assert_eq!(
            told,
            [
                line(None, "1.0000", "0.6000", "10.00"),
                line(Some("CONSENSUS"), "0.6000", "0.6667", "15.00"),
                line(Some("PRIORITY_ALIGNMENT"), "0.2000", "0.0000", "Immature"),
                line(Some("BUDGET"), "0.2000", "1.0000", "4.00"),
            ]
        );
        assert_eq!(lines[0].spread.longest_running, Some(30 * DAY_MICROS));
    }

    #[test]
    fn what_is_resolved_later_was_open_then() {
        let before = Timestamp::from_micros((NOW - 11) * DAY_MICROS);
        let lines = blockers(&g19(), before).unwrap();
        assert_eq!((value(lines[0].resolved), lines[0].spread.running), ("0.0000".to_owned(), 5));
        // What was raised later is not known then.
        let early = Timestamp::from_micros((NOW - 40) * DAY_MICROS);
        let lines = blockers(&g19(), early).unwrap();
        assert_eq!((lines.len(), value(lines[0].share)), (1, "ZeroDenominator".to_owned()));
    }

    #[test]
    fn decisions_with_and_without() {
        let mut pair = WithAndWithout::default();
        pair.with.add(Some(OpportunityOutcome::NoDecisionIndecision));
        pair.with.add(Some(OpportunityOutcome::Won));
        pair.without.add(Some(OpportunityOutcome::Won));
        assert_eq!(pair.no_decision().map(value), ["0.5000", "0.0000"]);
    }
}
