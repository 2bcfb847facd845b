//! The deals behind the stage OPPORTUNITY: what they are worth, who decides, what kept the buyer from deciding, and how it ended.
//!
//! They follow from the plan, by dice of their own, so that there can be more of them without anything else changing.

use std::collections::HashMap;

use entity::kinds::{BlockerKind, BlockerSide, BuyingRoleKind, BuyingStance, ContentKind, OpportunityOutcome, Resource};
use entity::time::Timestamp;

use super::calendar::{END, MINUTES_OF_DAY, instant};
use super::dice::Dice;
use super::plan::{Buyer, Meeting, StageEntry, Won};

const SEED: u64 = 1_842;

/// Days after which a buyer of whom nothing was heard has bought elsewhere.
const SILENCE: i64 = 150;

/// A piece of content and what it is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Help {
    pub(super) name: &'static str,
    pub(super) kind: ContentKind,
    pub(super) resource: Resource,
    pub(super) stages: &'static [&'static str],
    pub(super) blockers: &'static [BlockerKind],
}

/// What helps buyers to decide. Nothing helps against a change of priorities.
pub(super) const HELPS: [Help; 4] = [
    Help {
        name: "Cost calculator",
        kind: ContentKind::Calculator,
        resource: Resource::Marketing,
        stages: &["QUALIFIED", "OPPORTUNITY"],
        blockers: &[BlockerKind::Budget, BlockerKind::RegretRisk],
    },
    Help {
        name: "One page for the committee",
        kind: ContentKind::Template,
        resource: Resource::Sales,
        stages: &["ACCEPTED", "OPPORTUNITY"],
        blockers: &[BlockerKind::Consensus],
    },
    Help {
        name: "Security questionnaire, answered",
        kind: ContentKind::Article,
        resource: Resource::Product,
        stages: &["OPPORTUNITY"],
        blockers: &[BlockerKind::Procurement, BlockerKind::Technical],
    },
    Help {
        name: "Start small, grow later",
        kind: ContentKind::Play,
        resource: Resource::Sales,
        stages: &["OPPORTUNITY"],
        blockers: &[BlockerKind::Commitment, BlockerKind::RegretRisk],
    },
];

/// A deal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deal {
    /// When it began.
    pub at: Timestamp,
    /// Who would buy, by their place.
    pub buyer: usize,
    /// For which company, by its place.
    pub company: usize,
    /// In minor units.
    pub amount_minor: i64,
    /// The part the buyer plays.
    pub role: BuyingRoleKind,
    /// Whether they are for it.
    pub stance: BuyingStance,
    /// The resource whose touch was their first.
    pub source: Resource,
    /// The close that wins it, by its place.
    pub won: Option<usize>,
}

/// What keeps the buyer of a deal from deciding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hindrance {
    /// Since when.
    pub at: Timestamp,
    /// The deal, by its place.
    pub deal: usize,
    /// What.
    pub kind: BlockerKind,
    /// Whose it is.
    pub side: BlockerSide,
}

/// That something keeps the buyer from deciding no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solution {
    /// Since when.
    pub at: Timestamp,
    /// What kept them, by its place.
    pub hindrance: usize,
    /// The content that helped, by its name.
    pub content: Option<&'static str>,
}

/// That a deal was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// When.
    pub at: Timestamp,
    /// The deal, by its place.
    pub deal: usize,
    /// How.
    pub outcome: OpportunityOutcome,
    /// Why.
    pub reason: &'static str,
}

/// The deals and what became of them, each list in the order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deals {
    /// By time.
    pub deals: Vec<Deal>,
    /// By time.
    pub hindrances: Vec<Hindrance>,
    /// By time.
    pub solutions: Vec<Solution>,
    /// By time.
    pub losses: Vec<Loss>,
}

/// What kept a buyer, and since when it does no longer, with the content that helped.
type Met = (Hindrance, Option<(Timestamp, Option<&'static str>)>);

/// How a deal ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Won(Timestamp),
    Lost(Timestamp, OpportunityOutcome, &'static str),
    Open,
}

impl Deals {
    /// The deals of everybody who became an opportunity for a company.
    pub(super) fn of(entries: &[StageEntry], closes: &[Won], buyers: &[Buyer], meetings: &[Meeting]) -> Self {
        let mut dice = Dice::new(SEED);
        let won: HashMap<usize, (usize, &Won)> = closes.iter().enumerate().map(|(place, won)| (won.buyer, (place, won))).collect();
        let lost: HashMap<usize, &StageEntry> =
            entries.iter().filter(|entry| entry.stage == "NO_DECISION").map(|entry| (entry.buyer, entry)).collect();
        let mut first: HashMap<usize, Resource> = HashMap::new();
        for meeting in meetings {
            first.entry(meeting.buyer).or_insert(meeting.touchpoint.resource);
        }
        let mut all = Self::default();
        // What a deal that is yet to be numbered met, with the solution.
        let mut met: Vec<Met> = Vec::new();
        for entry in entries.iter().filter(|entry| entry.stage == "OPPORTUNITY") {
            let Some(company) = buyers.get(entry.buyer).and_then(|buyer| buyer.company) else { continue };
            let close = won.get(&entry.buyer).filter(|(_, won)| won.at >= entry.at);
            let end = match (close, lost.get(&entry.buyer)) {
                (Some((_, won)), _) => End::Won(won.at),
                (None, Some(left)) => End::Lost(left.at, outcome_of(left.reason), left.reason.unwrap_or_default()),
                (None, None) => silence(&mut dice, entry.at),
            };
            let deal = all.deals.len();
            let (role, stance) = part(&mut dice, end);
            all.deals.push(Deal {
                at: entry.at,
                buyer: entry.buyer,
                company,
                amount_minor: close.map_or_else(|| dice.early(24, 240) * 10_000, |(_, won)| won.amount_minor),
                role,
                stance,
                source: first.get(&entry.buyer).copied().unwrap_or(Resource::Sales),
                won: close.map(|(place, _)| *place),
            });
            met.extend(hindrance(&mut dice, deal, entry.at, end));
            if let End::Lost(at, outcome, reason) = end {
                all.losses.push(Loss { at, deal, outcome, reason });
            }
        }
        met.sort_by_key(|(hindrance, _)| (hindrance.at, hindrance.deal));
        for (place, (hindrance, solved)) in met.into_iter().enumerate() {
            all.hindrances.push(hindrance);
            all.solutions.extend(solved.map(|(at, content)| Solution { at, hindrance: place, content }));
        }
        all.solutions.sort_by_key(|solution| (solution.at, solution.hindrance));
        all.losses.sort_by_key(|loss| (loss.at, loss.deal));
        all
    }
}

/// Half of those who could not decide are afraid, the others stay with what they have.
fn outcome_of(reason: Option<&'static str>) -> OpportunityOutcome {
    match reason {
        Some("stayed with what they have" | "priorities changed") => OpportunityOutcome::NoDecisionStatusQuo,
        _ => OpportunityOutcome::NoDecisionIndecision,
    }
}

/// Of whom nothing was heard for long, most bought elsewhere.
fn silence(dice: &mut Dice, since: Timestamp) -> End {
    let end = since.saturating_add_micros(SILENCE * MINUTES_OF_DAY * 60 * 1_000_000);
    if end >= instant(END) || dice.percent(15) {
        return End::Open;
    }
    End::Lost(end, OpportunityOutcome::LostCompetitor, "bought from somebody else")
}

fn part(dice: &mut Dice, end: End) -> (BuyingRoleKind, BuyingStance) {
    let role = dice.choose(&[(45, BuyingRoleKind::Champion), (35, BuyingRoleKind::Decider)], BuyingRoleKind::User);
    let stance = match end {
        End::Won(_) => BuyingStance::Supports,
        End::Lost(..) => dice.choose(&[(30, BuyingStance::Opposes)], BuyingStance::Neutral),
        End::Open => BuyingStance::Neutral,
    };
    (role, stance)
}

/// What kept a buyer, and what took it away. Three in ten of those who bought had something in their way, and nearly all who did
/// not.
fn hindrance(dice: &mut Dice, deal: usize, since: Timestamp, end: End) -> Option<Met> {
    let (chance, until, solved) = match end {
        End::Won(at) => (30, at, 92),
        End::Lost(at, ..) => (85, at, 25),
        End::Open => (50, instant(END), 40),
    };
    if !dice.percent(chance) {
        return None;
    }
    let kind = dice.choose(
        &[
            (24, BlockerKind::Consensus),
            (18, BlockerKind::Budget),
            (16, BlockerKind::RegretRisk),
            (12, BlockerKind::PriorityAlignment),
            (10, BlockerKind::Commitment),
            (8, BlockerKind::Procurement),
            (6, BlockerKind::Technical),
        ],
        BlockerKind::InformationOverload,
    );
    let minutes = (until.micros() - since.micros()) / 60_000_000;
    let later = |minutes: i64| since.saturating_add_micros(minutes * 60_000_000);
    let raised = minutes * dice.between(50, 400) / 1_000;
    let side = if dice.percent(75) { BlockerSide::Buyer } else { BlockerSide::Seller };
    let solution = dice.percent(solved).then(|| {
        let helped = HELPS.iter().filter(|help| help.blockers.contains(&kind)).map(|help| help.name);
        let content = helped.take(1).next().filter(|_| dice.percent(60));
        (later(raised + (minutes - raised) * dice.between(100, 850) / 1_000), content)
    });
    Some((Hindrance { at: later(raised), deal, kind, side }, solution))
}
