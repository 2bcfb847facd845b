//! Random journeys against the definitions.

use proptest::prelude::*;

use super::*;
use crate::metrics::split::split;

/// A share as a fraction.
#[derive(Clone, Copy)]
struct Fraction(u128, u128);

impl Fraction {
    fn plus(self, other: Self) -> Self {
        Self(self.0 * other.1 + other.0 * self.1, self.1 * other.1)
    }
}

/// The definition, word for word: each milestone there is takes its part, the rest shares its own, and what is left is scaled
/// up; as numbers of the same unit.
fn by_definition(days: &[i64], known: Option<i64>, opportunity: Option<i64>, weights: Weights) -> Vec<u64> {
    let last_by = |moment: Option<i64>| moment.and_then(|moment| days.iter().rposition(|&day| day <= moment));
    let places = [Some(0), last_by(known), last_by(opportunity), Some(days.len() - 1)];
    let mut shares = vec![Fraction(0, 1); days.len()];
    let mut is_milestone = vec![false; days.len()];
    for (place, bp) in places.into_iter().zip(weights.milestones()) {
        if let Some(place) = place.filter(|_| bp > 0) {
            shares[place] = shares[place].plus(Fraction(bp.into(), 1));
            is_milestone[place] = true;
        }
    }
    let in_rest = |place: usize| match weights.spread() {
        Spread::AllOthers => true,
        Spread::BeforeOpportunity => last_by(opportunity).is_some_and(|opportunity| place < opportunity),
    };
    let rest: Vec<usize> = (0..days.len()).filter(|&place| !is_milestone[place] && in_rest(place)).collect();
    for &place in &rest {
        shares[place] = shares[place].plus(Fraction(weights.rest().into(), rest.len() as u128));
    }
    let unit = rest.len().max(1) as u128;
    shares.into_iter().map(|share| u64::try_from(share.0 * unit / share.1).unwrap()).collect()
}

fn weights() -> impl Strategy<Value = Weights> {
    let standard = prop::sample::select(vec![
        Weights::FIRST_TOUCH,
        Weights::LAST_TOUCH,
        Weights::LINEAR,
        Weights::U_SHAPED,
        Weights::U_SHAPED_HALVES,
        Weights::POSITION,
        Weights::W_SHAPED,
        Weights::FULL_PATH,
    ]);
    let custom = prop::collection::vec(0..=2_000_i64, 4)
        .prop_map(|bp| Weights::new([bp[0], bp[1], bp[2], bp[3]], 10_000 - bp.iter().sum::<i64>(), Spread::AllOthers).unwrap());
    (prop_oneof![standard, custom], any::<bool>())
        .prop_map(|(weights, before)| weights.over(if before { Spread::BeforeOpportunity } else { Spread::AllOthers }))
}

fn facts_of(days: &[i64], milestones: Milestones, value_minor: i64, lookback: u32) -> Facts {
    let mut facts = Facts::new(Lookback::from_days(lookback));
    let touches: Vec<TouchFact> = days
        .iter()
        .map(|&number| TouchFact { at: day(number), code: u32::try_from(number.rem_euclid(4)).ok().filter(|&code| code < 3) })
        .collect();
    facts.push(CloseFact { closed_at: day(40), value_minor: Some(value_minor), milestones }, &touches).unwrap();
    facts
}

proptest! {
    /// Property 7: the parts of a close are all of it, and a touch out of reach changes nothing.
    #[test]
    fn shares_are_100_percent_and_touches_out_of_reach_change_nothing(
        days in prop::collection::vec(1..=40_i64, 0..9), early in prop::collection::vec(-40..=0_i64, 0..4), late in prop::collection::vec(41..60_i64, 0..4),
        known in prop::option::of(1..50_i64), opportunity in prop::option::of(1..50_i64), weights in weights(), half_life in 0..60_u32, value in -1_000_000..1_000_000_i64,
    ) {
        let mut days = days;
        days.sort_unstable();
        let milestones = Milestones { known_at: known.map(day), opportunity_created_at: opportunity.map(day) };
        let mut more = [early, days.clone(), late].concat();
        more.sort_unstable();
        let rule = if half_life == 0 { Rule::Place(weights) } else { Rule::Age(HalfLife::from_days(half_life)) };
        let found = report(&facts_of(&days, milestones, value, 40), 0..1, rule);
        prop_assert!(found.conserved);
        prop_assert_eq!(found.lines.iter().map(|line| line.closes).sum::<i64>(), WHOLE);
        prop_assert_eq!(found.lines.iter().map(|line| line.value_minor).sum::<i64>(), value);
        prop_assert_eq!(report(&facts_of(&more, milestones, value, 40), 0..1, rule), found);
    }

    #[test]
    #[expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "what is computed in integers is compared with the formula")]
    fn weights_by_age_are_the_formula(days in 1..400_u32, age in 0..400_000_000_000_000_i64) {
        let mut weights = Vec::new();
        HalfLife::from_days(days).weigh(&[Timestamp::EPOCH, Timestamp::from_micros(age)], &mut weights);
        let wanted = (-(age as f64) / (f64::from(days) * 86_400_000_000.0)).exp2();
        let found = weights[0] as f64 / weights[1] as f64;
        prop_assert!((wanted - found).abs() < 1e-12, "{wanted} {found}");
    }

    #[test]
    fn models_agree_with_their_definitions(
        days in prop::collection::vec(1..=30_i64, 1..12), known in prop::option::of(1..40_i64), opportunity in prop::option::of(1..40_i64),
        weights in weights(), amount in -2_000_000..2_000_000_i64,
    ) {
        let mut days = days;
        days.sort_unstable();
        let definition = by_definition(&days, known, opportunity, weights);
        let times: Vec<_> = days.iter().map(|&number| day(number)).collect();
        let milestones = Milestones { known_at: known.map(day), opportunity_created_at: opportunity.map(day) };
        let found = Found::of(&times, milestones, day(30), Lookback::from_days(90)).unwrap();
        let shape = Shape::weigh(&found, weights);
        prop_assert_eq!(shape.is_none(), definition.iter().all(|&weight| weight == 0));
        if let Some(shape) = shape {
            let expected = [split(10_000, &definition).unwrap(), split(amount, &definition).unwrap()];
            prop_assert_eq!(&shape.split(10_000).unwrap(), &expected[0]);
            let mut handed = [vec![0; days.len()], vec![0; days.len()]];
            let mut order = Vec::new();
            shape.hand_out([10_000, amount], |position, parts| {
                order.push(position);
                for (handed, part) in handed.iter_mut().zip(parts) {
                    handed[position] += part;
                }
            });
            prop_assert_eq!(handed, expected);
            prop_assert!(order.windows(2).all(|pair| pair[0] < pair[1]), "each once, in order");
        }
    }
}
