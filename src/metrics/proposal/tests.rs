use entity::kinds::PolicyRule;
use entity::kinds::Resource::{Marketing, Product, Sales};
use entity::policy_rules::PolicyRules;
use proptest::prelude::*;

use super::super::by_resource::ByResource;
use super::super::evidence::{Lookback, Model, Spread};
use super::super::identity::Pointer;
use super::super::late_evidence::TouchVersion;
use super::*;

fn day(day: i64) -> Timestamp {
    Timestamp::from_micros((20_000 + day) * 86_400_000_000)
}

fn policy() -> Policy {
    let model = Model { lookback: Lookback::from_days(90), spread: Spread::AllOthers };
    Policy::new(model, 100, PolicyRules::default()).unwrap()
}

fn touch(happened: i64, recorded: i64, resource: Resource, person: u32) -> TouchVersion {
    let (occurred_at, recorded_at) = (day(happened), day(recorded));
    TouchVersion { occurred_at, recorded_at, superseded_at: None, retracted: false, resource, person: Some(person), account: None }
}

fn trail<'a>(touches: &'a [TouchVersion], people: &'a [Pointer]) -> Trail<'a> {
    Trail { touches, people: (2, people), accounts: (2, &[]), person: Some(1), account: 0 }
}

/// A close of day 30, recorded a day later.
fn case(trail: Trail<'_>) -> Case<'_> {
    let closed = (day(30), day(31));
    Case { closed, path: ClosePath::Assisted, policy: policy(), said: Said::default(), trail, opportunities: &[], known: &[] }
}

fn gives(opening: Option<Opening>) -> Option<(PolicyRule, [i64; 3])> {
    opening.map(|opening| (opening.rule, opening.shares.by_resource().into_array()))
}

fn shares(bp: [i64; 3]) -> Shares {
    Shares::new(ByResource::from_array(bp)).unwrap()
}

#[test]
fn g17_a_merge_raises_a_proposal_and_its_undoing_withdraws_it() {
    let touches = [touch(3, 3, Product, 0), touch(10, 10, Marketing, 1), touch(25, 25, Sales, 1)];
    let pointers = [Pointer { from: 0, to: 1, begins_at: day(33), ends_at: Some(day(35)) }];
    let case = case(trail(&touches, &pointers));
    // No milestone but the first touch: 75 and 25 of a hundred, then 75 and twice the half of the rest.
    let alone = Some((PolicyRule::Evidence, [2500, 7500, 0]));
    let joined = Some((PolicyRule::Evidence, [1300, 1200, 7500]));
    for (as_of, expected) in [(32, alone), (33, joined), (34, joined), (35, alone)] {
        let judged = judge(&case, day(as_of)).unwrap();
        assert_eq!((gives(judged.then), gives(judged.now)), (alone, expected), "{as_of}");
        assert!(!judged.milestones_changed);
    }
}

#[test]
fn milestones_that_come_in_late_weigh_too() {
    let touches = [touch(3, 3, Product, 1), touch(10, 10, Marketing, 1), touch(25, 25, Sales, 1)];
    let opportunity = |happened: i64, recorded: i64| OpportunityVersion {
        occurred_at: day(happened),
        recorded_at: day(recorded),
        superseded_at: None,
        retracted: false,
        person: None,
        account: Some(0),
    };
    let known = |happened: i64, recorded: i64, person: u32| KnownVersion { occurred_at: day(happened), recorded_at: day(recorded), person };
    let judged = |opportunities: &[OpportunityVersion], known: &[KnownVersion]| {
        judge(&Case { opportunities, known, ..case(trail(&touches, &[])) }, day(40)).unwrap()
    };
    let bare = judged(&[], &[]);
    assert_eq!((bare.then, bare.milestones_changed), (bare.now, false));
    let late = judged(&[opportunity(26, 35)], &[]);
    assert!(late.milestones_changed);
    assert_ne!((late.then, gives(late.then)), (late.now, gives(late.now)));
    let in_time = judged(&[opportunity(26, 26)], &[]);
    assert_eq!((in_time.then, in_time.now), (late.now, late.now));
    // After the close, of another account, and taken back: none of it counts.
    let other = OpportunityVersion { account: Some(1), ..opportunity(26, 35) };
    let gone = OpportunityVersion { superseded_at: Some(day(36)), ..opportunity(26, 35) };
    for none in [opportunity(31, 35), other, gone] {
        assert!(!judged(&[none], &[]).milestones_changed, "{none:?}");
    }
    // The last word on somebody counts; of somebody else it does not.
    let said = [known(11, 11, 1), known(26, 35, 1)];
    assert!(judged(&[], &said).milestones_changed);
    assert!(!judged(&[], &[known(11, 11, 1), known(11, 35, 1), known(1, 35, 0)]).milestones_changed);
}

#[test]
fn what_was_said_decides_as_it_did() {
    let touches = [touch(3, 35, Product, 1)];
    let claim = Claim { person: Some(0), account: None, claimed_at: day(20) };
    let split = SignedSplit { bp: ByResource::from_array([5000, 5000, 0]), signed_at: day(20) };
    let judged = |said: Said, people: &[Pointer]| {
        let judged = judge(&Case { said, ..case(trail(&touches, people)) }, day(40)).unwrap();
        (gives(judged.then), gives(judged.now))
    };
    let sourced = Said { source_resource: Some(Sales), ..Said::default() };
    let evidence = Some((PolicyRule::Evidence, [0, 0, 10_000]));
    assert_eq!(judged(sourced, &[]), (Some((PolicyRule::SourceResource, [10_000, 0, 0])), evidence));
    assert_eq!(judged(Said::default(), &[]), (None, evidence));
    let signed = Some((PolicyRule::SignedSplit, [5000, 5000, 0]));
    assert_eq!(judged(Said { signed_split: Some(split), ..sourced }, &[]), (signed, signed));
    // Who claims it turns out to be the buyer.
    let referred = Some((PolicyRule::ReferralClaim, [0, 0, 10_000]));
    let said = Said { claim: Some(claim), signed_split: Some(split), ..sourced };
    assert_eq!(judged(said, &[]), (referred, referred));
    let merged = [Pointer { from: 0, to: 1, begins_at: day(33), ends_at: None }];
    assert_eq!(judged(said, &merged), (referred, signed));
    let colleague = Said { claim: Some(Claim { person: None, account: Some(0), ..claim }), ..said };
    assert_eq!(judged(colleague, &[]), (signed, signed));
}

#[test]
fn a_decision_holds_for_what_was_suggested() {
    let [opened, one, other] = [[10_000, 0, 0], [0, 10_000, 0], [0, 0, 10_000]].map(shares);
    let (accept, dismiss) = (|suggested| Decision { accepted: true, suggested }, |suggested| Decision { accepted: false, suggested });
    for (suggested, decisions, expected) in [
        (opened, vec![], None),
        (one, vec![], Some((State::Open, None))),
        (one, vec![dismiss(one)], Some((State::Dismissed, Some(0)))),
        (other, vec![dismiss(one)], Some((State::Open, None))),
        (opened, vec![dismiss(one)], None),
        (one, vec![dismiss(one), accept(one)], Some((State::Accepted, Some(1)))),
        (other, vec![accept(one)], Some((State::Open, None))),
        // What was accepted is what the policy gave from then on, and what was dismissed before is asked anew.
        (opened, vec![accept(one)], Some((State::Open, None))),
        (other, vec![dismiss(other), accept(one)], Some((State::Open, None))),
        (opened, vec![accept(one), dismiss(opened)], Some((State::Dismissed, Some(1)))),
        (opened, vec![accept(one), accept(opened)], Some((State::Accepted, Some(1)))),
    ] {
        assert_eq!(state(opened, suggested, &decisions), expected, "{decisions:?}");
    }
}

proptest! {
    #[test]
    fn without_late_evidence_there_is_no_proposal(
        rows in prop::collection::vec((0_i64..31, 0_i64..31, 0_usize..3, 0_u32..2, prop::option::of(0_i64..31)), 0..8),
        known in prop::collection::vec((0_i64..31, 0_i64..31, 0_u32..2), 0..4),
        deals in prop::collection::vec((0_i64..31, 0_i64..31), 0..3),
        merged in prop::option::of(0_i64..31),
        source in prop::option::of(0_usize..3),
        as_of in 31_i64..100,
    ) {
        // All of it was recorded before the close was.
        let touches: Vec<TouchVersion> = rows
            .iter()
            .map(|&(at, recorded, resource, person, superseded)| TouchVersion {
                superseded_at: superseded.map(day),
                ..touch(at, recorded, Resource::ALL[resource], person)
            })
            .collect();
        let mut known: Vec<KnownVersion> =
            known.iter().map(|&(at, recorded, person)| KnownVersion { occurred_at: day(at), recorded_at: day(recorded), person }).collect();
        known.sort_by_key(|row| row.recorded_at);
        let opportunities: Vec<OpportunityVersion> = deals
            .iter()
            .map(|&(at, recorded)| OpportunityVersion {
                occurred_at: day(at), recorded_at: day(recorded), superseded_at: None, retracted: false, person: Some(1), account: None,
            })
            .collect();
        let pointers: Vec<Pointer> = merged.iter().map(|&at| Pointer { from: 0, to: 1, begins_at: day(at), ends_at: None }).collect();
        let said = Said { source_resource: source.map(|place| Resource::ALL[place]), ..Said::default() };
        let case = Case { said, opportunities: &opportunities, known: &known, ..case(trail(&touches, &pointers)) };
        let judged = judge(&case, day(as_of)).unwrap();
        prop_assert_eq!(judged.then, judged.now);
        prop_assert!(!judged.late.changed() && !judged.milestones_changed);
    }
}
