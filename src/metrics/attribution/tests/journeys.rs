//! Models of whole journeys.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::metrics::split::split;

/// The journeys of G6.
fn g6() -> Paths {
    let (s, m, p) = (Some(SALES), Some(MARKETING), Some(PRODUCT));
    let mut paths = Paths::default();
    for (steps, won) in [
        (vec![m, s], true),
        (vec![m, m, s, s], true),
        (vec![m], true),
        (vec![p], true),
        (vec![m, s], false),
        (vec![p, m], false),
        (vec![s], false),
    ] {
        paths.push(steps, won);
    }
    paths
}

/// Four closes, of one touch each.
fn four() -> Facts {
    let mut facts = Facts::new(Lookback::from_days(10));
    for number in 0..4 {
        let close = CloseFact { closed_at: day(number), value_minor: Some(30), milestones: Milestones::default() };
        facts.push(close, &[TouchFact { at: day(number), code: Some(SALES) }]).unwrap();
    }
    facts
}

fn shared_out(shared: &[Shared]) -> Vec<(Option<u32>, i64)> {
    let report = share_out(&four(), 0..4, shared).unwrap();
    assert!(report.conserved && report.closes == 4 && report.value_minor == 120);
    report.lines.iter().map(|line| (line.code, line.closes)).collect()
}

#[test]
fn g6_markov() {
    let removals = markov(&g6(), 7).unwrap();
    let effects: Vec<_> = removals.iter().map(|removal| (removal.code, removal.effect)).collect();
    let thousandths = |number| Decimal::new(number, 3);
    assert_eq!(effects, [(Some(SALES), thousandths(500)), (Some(MARKETING), thousandths(625)), (Some(PRODUCT), thousandths(375))]);
    let shared: Vec<Shared> = removals.into_iter().map(Shared::from).collect();
    assert_eq!(shared_out(&shared), [(Some(SALES), 1_333_333_333), (Some(MARKETING), 1_666_666_667), (Some(PRODUCT), 1_000_000_000)]);
    let weights: Vec<u64> = shared.iter().map(|shared| shared.weight).collect();
    assert_eq!(split(1_000_000, &weights).unwrap(), [333_333, 416_667, 250_000]);
}

#[test]
fn g6_shapley_names_its_game() {
    let conversions = shapley(&g6(), Game::Conversions).unwrap();
    assert_eq!(shared_out(&conversions), [(Some(SALES), WHOLE), (Some(MARKETING), 2 * WHOLE), (Some(PRODUCT), WHOLE)]);
    let rate = shapley(&g6(), Game::Rate).unwrap();
    let weights: Vec<u64> = rate.iter().map(|shared| shared.weight).collect();
    assert_eq!(split(10_000, &weights).unwrap(), [1_250, 5_000, 3_750]);
}

#[test]
fn too_few_journeys_and_too_many_values_are_refused() {
    assert_eq!(markov(&g6(), 8), Err(PathsError::Immature { journeys: 7 }));
    assert_eq!(markov(&Paths::default(), 0), Err(PathsError::Immature { journeys: 0 }));
    let mut paths = Paths::default();
    paths.push([Some(SALES)], false);
    paths.push([], true);
    assert_eq!(markov(&paths, 0), Err(PathsError::Immature { journeys: 1 }), "none was won, and one without touches is none");
    paths.push((0..12).map(Some), true);
    assert!(shapley(&paths, Game::Rate).is_ok());
    paths.push([None], true);
    assert_eq!(shapley(&paths, Game::Rate), Err(PathsError::TooManyValues { most: MOST_PLAYERS }));
    paths.push((0..100).map(Some), true);
    assert_eq!(markov(&paths, 0), Err(PathsError::TooManyValues { most: 100 }));
}

#[test]
fn what_closes_without_touches_are_worth_stays_unattributed() {
    let mut facts = four();
    facts.push(CloseFact { closed_at: day(9), value_minor: Some(7), milestones: Milestones::default() }, &[]).unwrap();
    let report = share_out(&facts, 0..5, &[Shared { code: None, weight: 1 }, Shared { code: Some(1), weight: 3 }]).unwrap();
    let line = |code, closes, value_minor| Line { code, closes, value_minor };
    assert_eq!(report.lines, [line(Some(1), 3 * WHOLE, 90), line(None, 2 * WHOLE, 37)]);
    assert!(report.conserved);
}

#[test]
fn long_journeys_between_many_values_stay_exact() {
    let mut paths = Paths::default();
    // To and fro a thousand times before an end.
    paths.push((0..2_000).map(|step| Some(step % 2)), true);
    paths.push((0..99).map(Some), false);
    let removals = markov(&paths, 2).unwrap();
    assert_eq!(removals.len(), 99);
    // Nothing is won without either of the two.
    for (removal, lost) in removals.iter().zip([1, 1, 0]) {
        assert!((removal.effect - Decimal::from(lost)).abs() < Decimal::new(1, 2), "{removal:?}");
    }
}

/// The definition: conversions of the chain with a value taken out, by following it for many steps.
#[expect(clippy::float_arithmetic, reason = "a slow and obvious computation to compare with")]
fn converts_without(journeys: &[(Vec<u32>, bool)], without: Option<u32>) -> f64 {
    const STATES: usize = 4;
    let mut counts = [[0_u32; STATES + 2]; STATES + 1];
    for (steps, won) in journeys {
        let mut steps = steps.clone();
        steps.dedup();
        let mut from = STATES;
        for step in steps {
            counts[from][step as usize] += 1;
            from = step as usize;
        }
        counts[from][STATES + usize::from(*won)] += 1;
    }
    let mut standing = [0.0; STATES + 1];
    standing[STATES] = 1.0;
    let mut converted = 0.0;
    for _ in 0..4_000 {
        let mut next = [0.0; STATES + 1];
        for (from, mass) in standing.iter().enumerate() {
            let all: u32 = counts[from].iter().sum();
            for (to, count) in counts[from].iter().enumerate().filter(|(_, count)| **count > 0) {
                let moved = mass * f64::from(*count) / f64::from(all);
                if to == STATES + 1 {
                    converted += moved;
                } else if to < STATES && without.is_none_or(|without| usize::try_from(without) != Ok(to)) {
                    next[to] += moved;
                }
            }
        }
        standing = next;
    }
    converted
}

/// The definition: what a player adds to the players before, over all orders.
#[expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "a slow and obvious computation to compare with")]
fn added(journeys: &[(Vec<u32>, bool)], game: Game, player: u32) -> f64 {
    let worth = |set: u32| -> f64 {
        let mut sum = 0.0;
        for exact in (0..16_u32).filter(|exact| exact & !set == 0) {
            let of: Vec<_> = journeys.iter().filter(|(steps, _)| steps.iter().fold(0, |bits, step| bits | 1 << step) == exact).collect();
            let wins = of.iter().filter(|(_, won)| *won).count() as f64;
            sum += match game {
                Game::Conversions => wins,
                Game::Rate => wins / (of.len().max(1) as f64),
            };
        }
        sum
    };
    let mut sum = 0.0;
    let mut orders = 0.0;
    for number in 0..256_u32 {
        let order = [number & 3, number >> 2 & 3, number >> 4 & 3, number >> 6];
        if (0..4).all(|one| order.contains(&one)) {
            let before = order.iter().take_while(|&&one| one != player).fold(0, |set, one| set | 1 << one);
            sum += worth(before | 1 << player) - worth(before);
            orders += 1.0;
        }
    }
    sum / orders
}

fn journeys() -> impl Strategy<Value = Vec<(Vec<u32>, bool)>> {
    prop::collection::vec((prop::collection::vec(0..4_u32, 1..7), any::<bool>()), 1..25)
}

fn paths(journeys: &[(Vec<u32>, bool)]) -> Paths {
    let mut paths = Paths::default();
    for (steps, won) in journeys {
        paths.push(steps.iter().copied().map(Some), *won);
    }
    paths
}

proptest! {
    #[test]
    #[expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "a slow and obvious computation to compare with")]
    fn removal_effects_are_what_is_lost_without(journeys in journeys()) {
        prop_assume!(journeys.iter().any(|(_, won)| *won));
        let base = converts_without(&journeys, None);
        for removal in markov(&paths(&journeys), 0).unwrap() {
            let wanted = 1.0 - converts_without(&journeys, removal.code) / base;
            let found = removal.weight as f64 / 1e9;
            prop_assert!((wanted - found).abs() < 1e-6, "{wanted} {found}");
        }
    }

    #[test]
    #[expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "a slow and obvious computation to compare with")]
    fn shapley_values_are_those_of_all_orders(journeys in journeys(), rate: bool) {
        let game = if rate { Game::Rate } else { Game::Conversions };
        for shared in shapley(&paths(&journeys), game).unwrap() {
            let unit = if rate { 27_720.0 * f64::from(1 << 30) } else { 27_720.0 };
            let (wanted, found) = (added(&journeys, game, shared.code.unwrap()), shared.weight as f64 / unit);
            prop_assert!((wanted - found).abs() < 1e-9, "{wanted} {found}");
        }
    }
}
