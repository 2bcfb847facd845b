//! What a segment cares for above others.
//!
//! The share of its touches that are about a topic, over the share of the touches of *all others* that are: the lift. Others, and
//! not all, because a segment that is half of all would be set against itself and never stand out. What nobody else touches at
//! all is above every lift. Some touches, by some accounts, must stand behind it, or one eager buyer would speak for a segment;
//! and others must have been touched too, or there is nothing to be above. Only the topics that stand out most are told, by lift
//! and then by touches, and a segment's own in that order. It is good to know, and for all three.

use std::cmp::{Ordering, Reverse};

use entity::ids::SegmentId;
use entity::kinds::{InsightKind, InsightSeverity};
use entity::resource_set::ResourceSet;

use super::exact::{Quotient, WHOLE_BP, compare, reaches, shown};
use super::finding::{Figures, Finding, Subject, Topic, once};

/// Decimal places of a share.
const PLACES: u32 = 4;

/// From where on a segment stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterestThresholds {
    /// How many times the share of the others, in basis points: 15 000, one and a half times.
    pub lift_bp: u32,
    /// The fewest touches of the segment on the topic: 20.
    pub least_touches: u64,
    /// The fewest of its accounts that they are of: 5.
    pub least_accounts: u64,
    /// The fewest touches of all others, on whatever topic: 20.
    pub least_others: u64,
    /// How many topics of a segment are told at most: 3.
    pub topics: usize,
}

impl Default for InterestThresholds {
    fn default() -> Self {
        Self { lift_bp: 15_000, least_touches: 20, least_accounts: 5, least_others: 20, topics: 3 }
    }
}

/// The touches of a segment and of all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    /// Which segment.
    pub segment: SegmentId,
    /// All touches of its people.
    pub touches: u64,
    /// All touches of everybody who is not in it.
    pub others: u64,
    /// What they were about, in whatever order. A touch may be about several things, or nothing.
    pub engagements: Vec<Engagement>,
}

/// Touches on one topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Engagement {
    /// About what.
    pub topic: Topic,
    /// Those of the segment.
    pub touches: u64,
    /// Of how many different accounts these are.
    pub accounts: u64,
    /// Those of everybody who is not in it.
    pub others: u64,
}

/// A finding with what it is ranked by.
struct Ranked {
    segment: SegmentId,
    topic: Topic,
    lift: Quotient,
    touches: u64,
    finding: Finding,
}

impl Ranked {
    fn order(&self, other: &Self) -> Ordering {
        let lift = compare(other.lift, self.lift);
        let rest = |ranked: &Self| (Reverse(ranked.touches), ranked.topic, ranked.finding.figures);
        self.segment.cmp(&other.segment).then(lift).then_with(|| rest(self).cmp(&rest(other)))
    }
}

/// What segments care for above others: segment by segment, what stands out most first.
#[must_use]
pub fn audience_interest(audiences: &[Audience], thresholds: &InterestThresholds) -> Vec<Finding> {
    let each = audiences.iter().flat_map(|audience| audience.engagements.iter().map(move |engagement| (audience, engagement)));
    let mut ranked: Vec<Ranked> = each.filter_map(|(audience, engagement)| judged(audience, engagement, thresholds)).collect();
    ranked.sort_by(Ranked::order);
    let by_segment = ranked.chunk_by(|one, next| one.segment == next.segment);
    let most = by_segment.flat_map(|own| once(own.iter().map(|ranked| ranked.finding).collect()).into_iter().take(thresholds.topics));
    most.collect()
}

fn judged(audience: &Audience, engagement: &Engagement, thresholds: &InterestThresholds) -> Option<Ranked> {
    let few = engagement.touches < thresholds.least_touches.max(1) || engagement.accounts < thresholds.least_accounts;
    if few || audience.others < thresholds.least_others {
        return None;
    }
    let times = |one: u64, other: u64| u128::from(one) * u128::from(other);
    let lift = (times(engagement.touches, audience.others), times(audience.touches, engagement.others));
    if !reaches(lift, thresholds.lift_bp) {
        return None;
    }
    let all_others = u128::from(audience.others);
    let needed = (u128::from(engagement.others) * u128::from(thresholds.lift_bp), all_others * WHOLE_BP);
    let figures = Figures {
        observed: shown((engagement.touches.into(), audience.touches.into()), PLACES)?,
        threshold: shown(needed, PLACES)?,
        // Without a touch of others there is no share of theirs, however few are asked for.
        baseline: Some(shown((engagement.others.into(), all_others), PLACES)?),
        count: engagement.touches,
        cost_minor: None,
    };
    let finding = Finding {
        kind: InsightKind::AudienceInterest,
        severity: InsightSeverity::Info,
        subject: Subject::Interest { segment: audience.segment, topic: engagement.topic },
        addressed_to: ResourceSet::default(),
        figures,
    };
    Some(Ranked { segment: audience.segment, topic: engagement.topic, lift, touches: engagement.touches, finding })
}
