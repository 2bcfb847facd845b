//! The worked examples, and random journeys against the definitions.

mod journeys;
mod properties;

use chrono::{DateTime, Utc};
use entity::time::Timestamp;

use super::*;
use crate::metrics::evidence::{Lookback, Milestones, Spread};

/// The resources by their codes.
const SALES: u32 = 0;
const MARKETING: u32 = 1;
const PRODUCT: u32 = 2;

fn at(text: &str) -> Timestamp {
    text.parse::<DateTime<Utc>>().unwrap().into()
}

fn day(day: i64) -> Timestamp {
    Timestamp::from_micros((20_000 + day) * 86_400_000_000)
}

/// The journey of G5, closed 2026-01-31T12:00Z for 10 000.00.
fn g5() -> Facts {
    let times = ["01-01T12", "01-08T12", "01-15T12", "01-20T12", "01-25T12", "01-31T11"];
    let codes = [MARKETING, MARKETING, MARKETING, PRODUCT, SALES, SALES];
    let touches: Vec<TouchFact> =
        times.into_iter().zip(codes).map(|(time, code)| TouchFact { at: at(&format!("2026-{time}:00:00Z")), code: Some(code) }).collect();
    let milestones = Milestones { known_at: Some(at("2026-01-08T12:00:00Z")), opportunity_created_at: Some(at("2026-01-20T12:00:00Z")) };
    let mut facts = Facts::new(Lookback::from_days(90));
    facts.push(CloseFact { closed_at: at("2026-01-31T12:00:00Z"), value_minor: Some(1_000_000), milestones }, &touches).unwrap();
    facts
}

fn values(facts: &Facts, rule: Rule) -> Vec<i64> {
    let mut values = vec![0; 6];
    walk(facts, 0..1, rule, |part| values[part.touch.unwrap()] += part.value_minor);
    values
}

/// By resource: SALES, MARKETING, PRODUCT.
fn rolled(report: &Report) -> [i64; 3] {
    let of = |code| report.lines.iter().filter(|line| line.code == Some(code)).map(|line| line.value_minor).sum();
    [of(SALES), of(MARKETING), of(PRODUCT)]
}

#[test]
fn g5_every_model_to_the_cent() {
    let facts = g5();
    for (rule, touches, resources) in [
        (Rule::Place(Weights::FIRST_TOUCH), [1_000_000, 0, 0, 0, 0, 0], [0, 1_000_000, 0]),
        (Rule::Place(Weights::LAST_TOUCH), [0, 0, 0, 0, 0, 1_000_000], [1_000_000, 0, 0]),
        (Rule::Place(Weights::LINEAR), [166_667, 166_667, 166_667, 166_667, 166_666, 166_666], [333_332, 500_001, 166_667]),
        (Rule::Place(Weights::U_SHAPED), [400_000, 400_000, 50_000, 50_000, 50_000, 50_000], [100_000, 850_000, 50_000]),
        (Rule::Place(Weights::U_SHAPED_HALVES), [500_000, 500_000, 0, 0, 0, 0], [0, 1_000_000, 0]),
        (Rule::Place(Weights::POSITION), [400_000, 50_000, 50_000, 50_000, 50_000, 400_000], [450_000, 500_000, 50_000]),
        (Rule::Place(Weights::W_SHAPED), [300_000, 300_000, 33_334, 300_000, 33_333, 33_333], [66_666, 633_334, 300_000]),
        (Rule::Place(Weights::W_SHAPED.over(Spread::BeforeOpportunity)), [300_000, 300_000, 100_000, 300_000, 0, 0], [0, 700_000, 300_000]),
        (Rule::Place(Weights::FULL_PATH), [225_000, 225_000, 50_000, 225_000, 50_000, 225_000], [275_000, 500_000, 225_000]),
        (Rule::Age(HalfLife::from_days(7)), [22_855, 45_710, 91_421, 149_991, 246_086, 443_937], [690_023, 159_986, 149_991]),
    ] {
        assert_eq!(values(&facts, rule), touches, "{rule:?}");
        let report = report(&facts, 0..1, rule);
        assert_eq!((rolled(&report), report.value_minor, report.closes, report.conserved), (resources, 1_000_000, 1, true), "{rule:?}");
    }
}

/// Parts of a million of touches on some days; LC and OC given as days.
fn percents(days: &[i64], known: Option<i64>, opportunity: Option<i64>, weights: Weights) -> Option<Vec<i64>> {
    let times: Vec<_> = days.iter().map(|&number| day(number)).collect();
    let milestones = Milestones { known_at: known.map(day), opportunity_created_at: opportunity.map(day) };
    let found = Found::of(&times, milestones, day(30), Lookback::from_days(90))?;
    Some(Shape::weigh(&found, weights)?.split(1_000_000).unwrap())
}

#[test]
fn g5_degenerate_journeys_add_drop_and_renormalise() {
    let same = |days: &[i64], known, opportunity, weights, parts: &[i64]| {
        assert_eq!(percents(days, known, opportunity, weights).as_deref(), Some(parts), "{days:?} {known:?} {opportunity:?} {weights:?}");
    };
    for weights in [Weights::W_SHAPED, Weights::W_SHAPED.over(Spread::BeforeOpportunity)] {
        same(&[1], Some(1), Some(1), weights, &[1_000_000]);
        same(&[1, 2], Some(1), Some(2), weights, &[666_667, 333_333]);
        same(&[1, 2, 3], Some(2), Some(3), weights, &[333_334, 333_333, 333_333]);
        same(&[1, 2, 3], None, Some(3), weights, &[428_572, 142_857, 428_571]);
    }
    same(&[1], None, None, Weights::POSITION, &[1_000_000]);
    same(&[1, 2], None, None, Weights::POSITION, &[500_000, 500_000]);
    same(&[1, 2, 3], None, None, Weights::POSITION, &[400_000, 200_000, 400_000]);
    same(&[1, 2, 3], None, None, Weights::U_SHAPED_HALVES, &[1_000_000, 0, 0]);
    same(&[1, 2, 3], Some(1), None, Weights::U_SHAPED, &[800_000, 100_000, 100_000]);
    same(&[1], Some(1), Some(1), Weights::FULL_PATH, &[1_000_000]);
    same(&[1, 2], Some(1), Some(2), Weights::FULL_PATH, &[500_000, 500_000]);
    // Without a weight a milestone is none, and its touch one of the rest.
    let custom = Weights::new([0, 6_000, 0, 0], 4_000, Spread::AllOthers).unwrap();
    same(&[1, 2, 3], Some(2), Some(3), custom, &[200_000, 600_000, 200_000]);
    same(&[1, 2], None, None, custom, &[500_000, 500_000]);
    // Where nothing of a model exists nobody gets anything.
    let only_known = Weights::new([0, 10_000, 0, 0], 0, Spread::AllOthers).unwrap();
    assert_eq!(percents(&[1, 2], None, None, only_known), None);
    assert_eq!(percents(&[1, 2], None, None, Weights::LINEAR.over(Spread::BeforeOpportunity)), None);
    same(&[1, 2, 3], None, Some(3), Weights::LINEAR.over(Spread::BeforeOpportunity), &[500_000, 500_000, 0]);
}

#[test]
fn weights_are_of_a_whole_and_none_is_negative() {
    assert_eq!(Weights::new([3_000, 3_000, 3_000, 0], 1_000, Spread::AllOthers), Ok(Weights::W_SHAPED));
    let sum = |sum_bp| Err(WeightsError::NotWhole { sum_bp });
    assert_eq!(Weights::new([3_000, 3_000, 3_000, 0], 999, Spread::AllOthers), sum(9_999));
    assert_eq!(Weights::new([i64::MAX; 4], 0, Spread::AllOthers), sum(i64::MAX));
    assert_eq!(Weights::new([10_001, 0, 0, 0], -1, Spread::AllOthers), Err(WeightsError::Negative));
}

#[test]
fn what_no_touch_gets_is_unattributed_and_what_has_no_price_counted() {
    let mut facts = Facts::new(Lookback::from_days(10));
    let close = |closed_at, value_minor| CloseFact { closed_at, value_minor, milestones: Milestones::default() };
    let touch = |number, code| TouchFact { at: day(number), code };
    facts.push(close(day(20), Some(100)), &[touch(10, Some(SALES)), touch(21, Some(SALES))]).unwrap();
    facts.push(close(day(30), Some(101)), &[touch(25, Some(3)), touch(26, None)]).unwrap();
    facts.push(close(day(40), None), &[touch(31, Some(3))]).unwrap();
    let found = report(&facts, facts.between(day(20), day(41)), Rule::Place(Weights::LINEAR));
    let line = |code, closes, value_minor| Line { code, closes, value_minor };
    assert_eq!(found.lines, [line(Some(3), WHOLE / 2 * 3, 51), line(None, WHOLE / 2 * 3, 150)]);
    assert_eq!((found.closes, found.value_minor, found.unpriced, found.conserved), (3, 201, 1, true));
    assert_eq!(facts.between(day(20), day(30)), 0..1);
    assert_eq!(report(&facts, 0..0, Rule::Place(Weights::LINEAR)).lines, []);
    assert_eq!(facts.push(close(day(39), None), &[]), Err(FactError::ClosesOutOfOrder));
    assert_eq!(facts.push(close(day(40), None), &[touch(2, None), touch(1, None)]), Err(FactError::TouchesOutOfOrder));
    assert_eq!(facts.push(close(day(40), None), &[touch(2, Some(CODES_MAX))]), Err(FactError::CodeTooLarge { code: CODES_MAX }));
    assert_eq!(facts.between(day(0), day(99)), 0..3, "nothing of a refused fact is kept");
}
