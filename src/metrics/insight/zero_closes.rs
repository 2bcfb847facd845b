//! Money spent and nothing closed.
//!
//! Whoever spends answers for closing nothing, Product and its community as much as Sales and Marketing. That it closed nothing
//! says nothing about a resource that spent nothing, or of which nobody knows what it spent; cost that is there but in a currency
//! without a rate is spent. One such period can be chance or the time a deal takes; a second one in a row is critical. A resource
//! that spent nothing in the period before has only just begun, whatever it closed then.

use entity::kinds::{InsightKind, InsightSeverity};
use rust_decimal::Decimal;

use super::finding::{Figures, Finding, Subject, only, worst_first};
use crate::metrics::by_resource::ByResource;
use crate::metrics::investment::Stand;
use crate::metrics::ratio::NullReason;

/// Decimal places of closes in basis points of a close.
const CLOSE_PLACES: u32 = 4;

/// What a resource spent and closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spell {
    /// In the period.
    pub now: Stand,
    /// In the one before; `None` where there is none to compare with.
    pub before: Option<Stand>,
}

/// The resources that spent and closed nothing; `None` for those nothing is known of.
#[must_use]
pub fn zero_closes(spells: ByResource<Option<Spell>>) -> Vec<Finding> {
    let found = spells.into_pairs().into_iter().filter_map(|(resource, spell)| {
        let spell = spell.filter(|spell| in_vain(&spell.now))?;
        let again = spell.before.as_ref().is_some_and(in_vain);
        Some(Finding {
            kind: InsightKind::ZeroCloses,
            severity: if again { InsightSeverity::Critical } else { InsightSeverity::Warning },
            subject: Subject::Resource(resource),
            addressed_to: only(resource),
            figures: Figures {
                observed: closes(&spell.now),
                threshold: Decimal::ZERO,
                baseline: spell.before.as_ref().map(closes),
                count: 1 + u64::from(again),
                cost_minor: spell.now.no_cost.is_none().then_some(spell.now.cost_minor),
            },
        })
    });
    worst_first(found)
}

/// Whether money was spent and nothing closed. What refunds take away can leave less than nothing.
fn in_vain(stand: &Stand) -> bool {
    let spent = match stand.no_cost {
        None => stand.cost_minor > 0,
        Some(reason) => reason == NullReason::NoFxRate,
    };
    spent && stand.credit_bp <= 0
}

fn closes(stand: &Stand) -> Decimal {
    Decimal::new(stand.credit_bp, CLOSE_PLACES)
}
