//! How far the ledger is from the evidence: shares of both, in basis points that sum to a whole each, so that the gaps sum to
//! zero. See `metrics.md`, section 2.2 (G16).

use entity::money::BASIS_POINTS;
use rust_decimal::Decimal;

use super::split::split;

/// The shares of one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gap {
    /// Of all closes by the ledger, in basis points.
    pub ledger_bp: i64,
    /// Of all closes by evidence, in basis points.
    pub evidence_bp: i64,
}

impl Gap {
    /// What the ledger gives more than evidence does, in percentage points.
    #[must_use]
    pub fn points(self) -> Decimal {
        // A hundred basis points are a percentage point.
        Decimal::new(self.ledger_bp.saturating_sub(self.evidence_bp), 2)
    }
}

/// The shares of lines, from what each got by the ledger and by evidence, in one unit; `None` where nothing was won.
#[must_use]
pub fn gaps(ledger: &[u64], evidence: &[u64]) -> Option<Vec<Gap>> {
    let (ledger, evidence) = (split(BASIS_POINTS, ledger).ok()?, split(BASIS_POINTS, evidence).ok()?);
    Some(ledger.into_iter().zip(evidence).map(|(ledger_bp, evidence_bp)| Gap { ledger_bp, evidence_bp }).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn g16_the_ledger_gives_sales_all_and_evidence_a_third() {
        let found = gaps(&[1_000_000_000, 0, 0, 0], &[333_333_332, 500_000_001, 166_666_667, 0]).unwrap();
        let points: Vec<String> = found.iter().map(|gap| gap.points().to_string()).collect();
        assert_eq!(points, ["66.67", "-50.00", "-16.67", "0.00"]);
        assert_eq!(found.iter().map(|gap| gap.evidence_bp).collect::<Vec<_>>(), [3_333, 5_000, 1_667, 0]);
        assert_eq!(gaps(&[0, 0], &[0, 0]), None);
    }

    proptest! {
        #[test]
        fn gaps_sum_to_zero(parts in prop::collection::vec((0..1_000_000_u64, 0..1_000_000_u64), 4)) {
            let (ledger, evidence): (Vec<u64>, Vec<u64>) = parts.into_iter().unzip();
            prop_assume!(ledger.iter().any(|part| *part > 0) && evidence.iter().any(|part| *part > 0));
            let sum: Decimal = gaps(&ledger, &evidence).unwrap().into_iter().map(Gap::points).sum();
            prop_assert_eq!(sum, Decimal::ZERO);
        }
    }
}
