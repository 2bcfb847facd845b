//! The credit a close starts with.
//!
//! The policy asks its rules in its order, and the first that applies decides. They are, in the order of the first version:
//! 1. a valid referral claim: PRODUCT takes all;
//! 2. a split signed at or before the close: as signed;
//! 3. self-serve: MARKETING takes all if it touched the buyer within the lookback, else PRODUCT;
//! 4. assisted or partner: W-shaped evidence summed by resource, rounded to the policy's steps by largest remainder;
//! 5. always the last: the resource the opportunity was sourced by takes all.

use std::fmt;

use entity::kinds::{ClosePath, PolicyRule, Resource};
use entity::money::BASIS_POINTS;
use entity::policy_rules::PolicyRules;
use entity::time::Timestamp;

use super::by_resource::ByResource;
use super::evidence::{Milestones, Model};
use super::shares::{Shares, SharesError};
use super::split::split_by_resource;

/// The parameters of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    model: Model,
    step_bp: i64,
    rules: PolicyRules,
}

/// Steps of this many basis points do not make a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnevenSteps {
    /// The step.
    pub step_bp: i64,
}

impl fmt::Display for UnevenSteps {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "steps of {} basis points do not make up {BASIS_POINTS}", self.step_bp)
    }
}

impl std::error::Error for UnevenSteps {}

impl Policy {
    /// A policy that weighs touches by a model, rounds evidence to steps of so many basis points, and asks its rules in an
    /// order.
    ///
    /// # Errors
    /// [`UnevenSteps`] unless whole steps make up 10 000 basis points.
    pub fn new(model: Model, step_bp: i64, rules: PolicyRules) -> Result<Self, UnevenSteps> {
        if step_bp > 0 && BASIS_POINTS % step_bp == 0 { Ok(Self { model, step_bp, rules }) } else { Err(UnevenSteps { step_bp }) }
    }

    /// How touches are weighed.
    #[must_use]
    pub const fn model(&self) -> Model {
        self.model
    }
}

/// Somebody claims to have referred the buyer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReferralClaim {
    by_buyer: bool,
    claimed_at: Timestamp,
}

impl ReferralClaim {
    /// A claim by a referrer on a buyer; both are ids of one kind.
    pub fn new<Id: PartialEq>(referrer: &Id, buyer: &Id, claimed_at: Timestamp) -> Self {
        Self { by_buyer: referrer == buyer, claimed_at }
    }

    /// Why the claim does not count; `None` if it does.
    fn refusal(self, closed_at: Timestamp, model: Model) -> Option<ClaimRefusal> {
        if self.by_buyer {
            Some(ClaimRefusal::SelfReferral)
        } else if self.claimed_at > closed_at {
            Some(ClaimRefusal::AfterClose)
        } else if model.lookback.reaches(self.claimed_at, closed_at) {
            None
        } else {
            Some(ClaimRefusal::OutsideLookback)
        }
    }
}

/// Why a referral claim does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimRefusal {
    /// The buyer claims to have referred itself.
    SelfReferral,
    /// It was made after the close.
    AfterClose,
    /// It was made longer before the close than the lookback.
    OutsideLookback,
}

/// Shares agreed and signed by those concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedSplit {
    /// Basis points as given; checked when the close is opened.
    pub bp: ByResource<i64>,
    /// When it was signed; after the close it has no effect.
    pub signed_at: Timestamp,
}

/// What the policy looks at.
#[derive(Clone, Debug)]
pub struct OpeningFacts<'a> {
    /// When the business was won.
    pub closed_at: Timestamp,
    /// How the buyer came to the close.
    pub path: ClosePath,
    /// A claim to have referred the buyer.
    pub referral: Option<ReferralClaim>,
    /// A split agreed beforehand.
    pub signed_split: Option<SignedSplit>,
    /// Touches of the buyer, in order of time, those of one instant in order of their id.
    pub touches: &'a [(Timestamp, Resource)],
    /// When the buyer became known and the opportunity was created.
    pub milestones: Milestones,
    /// The resource the opportunity was sourced by.
    pub source_resource: Option<Resource>,
}

/// The credit a close starts with, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The rule that decided.
    pub rule: PolicyRule,
    /// What each resource starts with.
    pub shares: Shares,
    /// Why a referral claim that was made did not count.
    pub refused_claim: Option<ClaimRefusal>,
}

/// Why a close cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpeningError {
    /// The signed split is no split of a whole, whether it would have applied or not.
    SignedSplit(SharesError),
    /// No touch counts, and nothing says which resource the deal was sourced by.
    NoEvidenceNorSource,
}

impl fmt::Display for OpeningError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignedSplit(error) => write!(formatter, "the signed split does not stand: {error}"),
            Self::NoEvidenceNorSource => formatter.write_str("no touch within the lookback and no source resource to credit"),
        }
    }
}

impl std::error::Error for OpeningError {}

/// Applies the policy to one close.
///
/// # Errors
/// [`OpeningError`] if the signed split is malformed or nothing says who earned the close.
pub fn open(facts: &OpeningFacts<'_>, policy: Policy) -> Result<Opening, OpeningError> {
    let signed = facts.signed_split.map(|split| Shares::new(split.bp).map(|shares| (shares, split.signed_at)));
    let signed = signed.transpose().map_err(OpeningError::SignedSplit)?;
    let refused_claim = facts.referral.and_then(|claim| claim.refusal(facts.closed_at, policy.model));
    let decides = |rule: PolicyRule| match rule {
        PolicyRule::ReferralClaim => (facts.referral.is_some() && refused_claim.is_none()).then(|| Shares::whole(Resource::Product)),
        PolicyRule::SignedSplit => signed.filter(|&(_, signed_at)| signed_at <= facts.closed_at).map(|(shares, _)| shares),
        PolicyRule::SelfServe => (facts.path == ClosePath::SelfServe).then(|| Shares::whole(self_served(facts, policy.model))),
        PolicyRule::Evidence => evidence(facts, policy).filter(|_| facts.path != ClosePath::SelfServe),
        PolicyRule::SourceResource => facts.source_resource.map(Shares::whole),
        // It was settled before the policy was asked.
        PolicyRule::Reopened => None,
    };
    let decided = policy.rules.as_slice().iter().find_map(|&rule| Some((rule, decides(rule)?)));
    let (rule, shares) = decided.ok_or(OpeningError::NoEvidenceNorSource)?;
    Ok(Opening { rule, shares, refused_claim })
}

/// Who takes a close that nobody sold.
fn self_served(facts: &OpeningFacts<'_>, model: Model) -> Resource {
    let marketed =
        facts.touches.iter().any(|&(at, resource)| resource == Resource::Marketing && model.lookback.reaches(at, facts.closed_at));
    if marketed { Resource::Marketing } else { Resource::Product }
}

/// W-shaped evidence by resource in whole steps; `None` without an eligible touch.
fn evidence(facts: &OpeningFacts<'_>, policy: Policy) -> Option<Shares> {
    let (times, resources): (Vec<_>, Vec<_>) = facts.touches.iter().copied().unzip();
    let weights = policy.model.shape(&times, facts.milestones, facts.closed_at)?.by_resource(&resources);
    let steps = split_by_resource(BASIS_POINTS / policy.step_bp, weights).ok()?;
    Shares::new(steps.map(|steps| steps * policy.step_bp)).ok()
}

#[cfg(test)]
mod tests {
    use entity::kinds::Resource::{Marketing, Product, Sales};
    use proptest::prelude::*;

    use super::super::evidence::{Lookback, Spread};
    use super::*;

    const CLOSED: i64 = 100;

    fn policy(step_bp: i64) -> Policy {
        in_order(step_bp, PolicyRules::default())
    }

    fn in_order(step_bp: i64, rules: PolicyRules) -> Policy {
        Policy::new(Model { lookback: Lookback::from_days(90), spread: Spread::AllOthers }, step_bp, rules).unwrap()
    }

    fn day(day: i64) -> Timestamp {
        Timestamp::from_micros((20_000 + day) * 86_400_000_000)
    }

    fn facts(path: ClosePath, touches: &[(Timestamp, Resource)]) -> OpeningFacts<'_> {
        OpeningFacts {
            closed_at: day(CLOSED),
            path,
            referral: None,
            signed_split: None,
            touches,
            milestones: Milestones::default(),
            source_resource: None,
        }
    }

    fn split(bp: [i64; 3], signed: i64) -> Option<SignedSplit> {
        Some(SignedSplit { bp: ByResource::from_array(bp), signed_at: day(signed) })
    }

    fn claim(referrer: u8, claimed: i64) -> Option<ReferralClaim> {
        Some(ReferralClaim::new(&referrer, &1, day(claimed)))
    }

    fn opened(facts: &OpeningFacts<'_>) -> (PolicyRule, [i64; 3]) {
        let opening = open(facts, policy(100)).unwrap();
        (opening.rule, opening.shares.by_resource().into_array())
    }

    #[test]
    fn a_valid_claim_comes_before_everything() {
        let touches = [(day(90), Sales)];
        for path in ClosePath::ALL {
            for claimed in [11, CLOSED] {
                let facts = OpeningFacts { referral: claim(2, claimed), signed_split: split([10_000, 0, 0], 50), ..facts(*path, &touches) };
                assert_eq!(opened(&facts), (PolicyRule::ReferralClaim, [0, 0, 10_000]), "{path:?} claimed on {claimed}");
            }
        }
    }

    #[test]
    fn a_refused_claim_says_why_and_leaves_the_other_rules() {
        let touches = [(day(90), Sales)];
        for (referral, refusal) in [
            (claim(1, 90), ClaimRefusal::SelfReferral),
            (claim(2, CLOSED + 1), ClaimRefusal::AfterClose),
            (claim(2, 10), ClaimRefusal::OutsideLookback),
        ] {
            let opening = open(&OpeningFacts { referral, ..facts(ClosePath::Partner, &touches) }, policy(100)).unwrap();
            assert_eq!((opening.rule, opening.refused_claim), (PolicyRule::Evidence, Some(refusal)));
            assert_eq!(opening.shares, Shares::whole(Sales));
        }
    }

    #[test]
    fn a_split_signed_by_the_close_stands_and_a_later_one_does_not() {
        let touches = [(day(90), Marketing)];
        for (signed, outcome) in
            [(CLOSED, (PolicyRule::SignedSplit, [2500, 2500, 5000])), (CLOSED + 1, (PolicyRule::Evidence, [0, 10_000, 0]))]
        {
            let facts = OpeningFacts { signed_split: split([2500, 2500, 5000], signed), ..facts(ClosePath::Assisted, &touches) };
            assert_eq!(opened(&facts), outcome, "signed on {signed}");
        }
    }

    #[test]
    fn a_malformed_split_is_refused_even_where_it_would_not_apply() {
        for (bp, error) in [
            ([5000, 4000, 0], SharesError::NotWhole { sum_bp: 9000 }),
            ([11_000, -1000, 0], SharesError::Negative { resource: Marketing, bp: -1000 }),
        ] {
            for referral in [None, claim(2, 90)] {
                let facts = OpeningFacts { referral, signed_split: split(bp, CLOSED + 1), ..facts(ClosePath::SelfServe, &[]) };
                assert_eq!(open(&facts, policy(100)), Err(OpeningError::SignedSplit(error)));
            }
        }
    }

    #[test]
    fn self_serve_is_marketings_if_it_touched_the_buyer_in_time() {
        for (touches, shares) in [
            (&[(day(11), Marketing), (day(99), Sales)][..], [0, 10_000, 0]),
            (&[(day(CLOSED), Marketing)], [0, 10_000, 0]),
            (&[(day(10), Marketing)], [0, 0, 10_000]),
            (&[(day(CLOSED + 1), Marketing)], [0, 0, 10_000]),
            (&[(day(99), Sales)], [0, 0, 10_000]),
            (&[], [0, 0, 10_000]),
        ] {
            assert_eq!(opened(&facts(ClosePath::SelfServe, touches)), (PolicyRule::SelfServe, shares), "{touches:?}");
        }
    }

    #[test]
    fn evidence_is_rounded_to_hundreds_of_basis_points() {
        // The journey of G5: 6.67 %, 63.33 %, 30 %.
        let touches =
            [(69, Marketing), (76, Marketing), (83, Marketing), (88, Product), (93, Sales), (99, Sales)].map(|(at, who)| (day(at), who));
        let milestones = Milestones { known_at: Some(day(76)), opportunity_created_at: Some(day(88)) };
        for path in [ClosePath::Assisted, ClosePath::Partner] {
            let facts = OpeningFacts { milestones, ..facts(path, &touches) };
            assert_eq!(opened(&facts), (PolicyRule::Evidence, [700, 6300, 3000]));
        }
    }

    #[test]
    fn steps_are_the_policys_and_must_make_a_whole() {
        let touches = [(day(80), Marketing), (day(90), Sales), (day(95), Product)];
        for (step_bp, shares) in [(1, [3334, 3333, 3333]), (10, [3340, 3330, 3330]), (2500, [5000, 2500, 2500]), (10_000, [10_000, 0, 0])] {
            let milestones = Milestones { known_at: Some(day(90)), opportunity_created_at: Some(day(95)) };
            let opening = open(&OpeningFacts { milestones, ..facts(ClosePath::Assisted, &touches) }, policy(step_bp)).unwrap();
            assert_eq!(opening.shares.by_resource().into_array(), shares, "steps of {step_bp}");
        }
        let model = policy(1).model();
        for step_bp in [0, -100, 3, 20_000] {
            assert_eq!(Policy::new(model, step_bp, PolicyRules::default()), Err(UnevenSteps { step_bp }));
        }
    }

    #[test]
    fn without_evidence_the_source_takes_all_or_nobody_can() {
        let late = [(day(CLOSED + 1), Marketing)];
        for path in [ClosePath::Assisted, ClosePath::Partner] {
            let sourced = OpeningFacts { source_resource: Some(Sales), ..facts(path, &late) };
            assert_eq!(opened(&sourced), (PolicyRule::SourceResource, [10_000, 0, 0]));
            assert_eq!(open(&facts(path, &late), policy(100)), Err(OpeningError::NoEvidenceNorSource));
        }
    }

    #[test]
    fn the_policy_says_which_rule_is_asked_first() {
        use PolicyRule::{Evidence, ReferralClaim, SelfServe, SignedSplit, SourceResource};
        let touches = [(day(90), Sales), (day(95), Marketing)];
        let everything = |path| OpeningFacts {
            referral: claim(2, 90),
            signed_split: split([2500, 2500, 5000], 50),
            source_resource: Some(Sales),
            ..facts(path, &touches)
        };
        for (rules, path, rule, shares) in [
            ([ReferralClaim, SignedSplit, SelfServe, Evidence, SourceResource], ClosePath::Assisted, ReferralClaim, [0, 0, 10_000]),
            ([SignedSplit, ReferralClaim, SelfServe, Evidence, SourceResource], ClosePath::Assisted, SignedSplit, [2500, 2500, 5000]),
            ([Evidence, SignedSplit, ReferralClaim, SelfServe, SourceResource], ClosePath::Assisted, Evidence, [7500, 2500, 0]),
            ([Evidence, SignedSplit, ReferralClaim, SelfServe, SourceResource], ClosePath::Partner, Evidence, [7500, 2500, 0]),
            // What speaks of deals that somebody sold says nothing of those that nobody did.
            ([Evidence, SignedSplit, ReferralClaim, SelfServe, SourceResource], ClosePath::SelfServe, SignedSplit, [2500, 2500, 5000]),
            ([SelfServe, Evidence, SignedSplit, ReferralClaim, SourceResource], ClosePath::SelfServe, SelfServe, [0, 10_000, 0]),
            ([SelfServe, ReferralClaim, Evidence, SignedSplit, SourceResource], ClosePath::Assisted, ReferralClaim, [0, 0, 10_000]),
        ] {
            let policy = in_order(100, PolicyRules::new(&rules).unwrap());
            let opening = open(&everything(path), policy).unwrap();
            assert_eq!((opening.rule, opening.shares.by_resource().into_array()), (rule, shares), "{rules:?} {path:?}");
        }
        // A rule that does not apply leaves it to the next, whatever the order.
        let policy = in_order(100, PolicyRules::new(&[Evidence, SignedSplit, ReferralClaim, SelfServe, SourceResource]).unwrap());
        let sourced = OpeningFacts { source_resource: Some(Marketing), ..facts(ClosePath::Assisted, &[]) };
        assert_eq!(open(&sourced, policy).unwrap().rule, SourceResource);
        assert_eq!(open(&facts(ClosePath::Assisted, &[]), policy), Err(OpeningError::NoEvidenceNorSource));
    }

    proptest! {
        #[test]
        fn evidence_always_makes_a_whole_in_steps(
            mut touches in prop::collection::vec((11..=100_i64, 0..3_usize), 1..10), known in prop::option::of(0..120_i64), opportunity in prop::option::of(0..120_i64),
        ) {
            touches.sort_unstable();
            let touches: Vec<_> = touches.into_iter().map(|(at, who)| (day(at), Resource::ALL[who])).collect();
            let milestones = Milestones { known_at: known.map(day), opportunity_created_at: opportunity.map(day) };
            let (rule, shares) = opened(&OpeningFacts { milestones, ..facts(ClosePath::Assisted, &touches) });
            prop_assert_eq!(rule, PolicyRule::Evidence);
            prop_assert_eq!(shares.iter().sum::<i64>(), 10_000);
            prop_assert!(shares.iter().all(|bp| bp % 100 == 0));
            for (resource, bp) in ByResource::from_array(shares).into_pairs() {
                prop_assert!(bp == 0 || touches.iter().any(|&(_, who)| who == resource), "credit without a touch");
            }
        }
    }
}
