//! The whole demonstration before anything is written: pure data, the same every time.

use std::collections::HashMap;

use entity::kinds::{ClosePath, MovementKind, Resource};
use entity::time::Timestamp;

use super::calendar::{instant, liveliness};
use super::deals::Deals;
use super::dice::Dice;
use super::handoffs::Leads;
use super::market::{Firm, firms};
use super::names;
use super::others::{affiliate, colleague, other};
use super::spending::{Spending, spendings};
use super::touchpoint::Touchpoint;
use super::way::{Stretch, Way, at_work};
use super::won::{Deal, MOTIONS, Motion, won};

/// How many people there are.
pub const PEOPLE: usize = 6_000;

/// How many closes there are.
pub const CLOSES: usize = 900;

/// How many touches there are.
pub const TOUCHES: usize = 40_000;

/// How many people recommend us for a reward.
const AFFILIATES: usize = 10;

const SEED: u64 = 842;

/// A buying company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Company {
    /// Unique.
    pub name: String,
    /// Unique.
    pub domain: String,
}

/// A buyer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buyer {
    /// Of who is known.
    pub name: Option<String>,
    /// Of who is known.
    pub email: Option<String>,
    /// The company they buy for, by its place.
    pub company: Option<usize>,
    /// Since when they are known.
    pub known_at: Option<Timestamp>,
}

/// A touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// When.
    pub at: Timestamp,
    /// The buyer, by their place.
    pub buyer: usize,
    /// The company they buy for, by its place.
    pub company: Option<usize>,
    /// What and where.
    pub touchpoint: Touchpoint,
}

/// A stage event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageEntry {
    /// When.
    pub at: Timestamp,
    /// The buyer, by their place.
    pub buyer: usize,
    /// The stage's key.
    pub stage: &'static str,
    /// For stepping aside.
    pub reason: Option<&'static str>,
    /// Whether the buyer had closed before.
    pub after_close: bool,
}

/// A close.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Won {
    /// When.
    pub at: Timestamp,
    /// The buyer, by their place.
    pub buyer: usize,
    /// The customer, by its place.
    pub company: usize,
    /// In minor units.
    pub amount_minor: i64,
    /// How it came about.
    pub path: ClosePath,
    /// Who claims to have brought the buyer, by their place, and since when.
    pub referral: Option<(usize, Timestamp)>,
    /// When Sales and Marketing signed to share it.
    pub signed_at: Option<Timestamp>,
}

/// Money given back, or a close taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// When.
    pub at: Timestamp,
    /// The close, by its place.
    pub close: usize,
    /// What happened.
    pub kind: MovementKind,
    /// In minor units; 0 for a void.
    pub amount_minor: i64,
    /// Why.
    pub reason: &'static str,
}

/// Credit handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// When.
    pub at: Timestamp,
    /// The close, by its place.
    pub close: usize,
    /// Who gives.
    pub from: Resource,
    /// Who takes.
    pub to: Resource,
    /// How many basis points.
    pub bp: i64,
    /// Why.
    pub reason: &'static str,
}

/// Everything that happens, each list in the order of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// In the order in which somebody of theirs was first seen.
    pub companies: Vec<Company>,
    /// In the order in which they were first seen.
    pub buyers: Vec<Buyer>,
    /// By time.
    pub meetings: Vec<Meeting>,
    /// By time, those of one buyer as they follow each other.
    pub entries: Vec<StageEntry>,
    /// By time.
    pub closes: Vec<Won>,
    /// By time.
    pub movements: Vec<Movement>,
    /// By time.
    pub transfers: Vec<Transfer>,
    /// By the day they are booked.
    pub spendings: Vec<Spending>,
    /// The deals of those who became an opportunity.
    pub deals: Deals,
    /// Whom Marketing hands to Sales.
    pub leads: Leads,
    /// What the companies are like, in their order.
    pub firms: Vec<Firm>,
}

/// A buyer while the plan is being made.
#[derive(Debug, Default)]
struct Draft {
    way: Way,
    /// Those with the same number buy for the same company.
    household: Option<usize>,
    deal: Option<Deal>,
    /// From when on they recommend us.
    advocate: Option<i64>,
    /// Whether they do so for a reward.
    affiliate: bool,
}

impl Plan {
    /// Makes the plan. It is always the same.
    #[must_use]
    pub fn new() -> Self {
        let mut dice = Dice::new(SEED);
        let drafts = drafts(&mut dice);
        let (companies, buyers) = name_them(&mut dice, &drafts);
        let meetings = meetings(&mut dice, &drafts, &buyers);
        let spendings = spendings(&mut dice, drafts.iter().filter_map(|draft| draft.deal.as_ref()));
        let closes = closes(&mut dice, &drafts, &buyers);
        let mut plan = Self {
            firms: firms(companies.len()),
            companies,
            buyers,
            meetings,
            entries: entries(&drafts),
            closes: Vec::new(),
            movements: Vec::new(),
            transfers: Vec::new(),
            spendings,
            deals: Deals::default(),
            leads: Leads::default(),
        };
        for (close, (won, deal)) in closes.into_iter().enumerate() {
            plan.closes.push(won);
            plan.movements.extend(deal.movement.as_ref().map(|undoing| Movement {
                at: instant(undoing.minute),
                close,
                kind: undoing.kind,
                amount_minor: undoing.amount_minor,
                reason: undoing.reason,
            }));
            plan.transfers.extend(deal.transfer.as_ref().map(|handing| Transfer {
                at: instant(handing.minute),
                close,
                from: handing.from,
                to: handing.to,
                bp: handing.bp,
                reason: handing.reason,
            }));
        }
        plan.deals = Deals::of(&plan.entries, &plan.closes, &plan.buyers, &plan.meetings);
        plan.leads = Leads::of(&plan.entries, &plan.meetings, &plan.buyers);
        plan.movements.sort_by_key(|movement| movement.at);
        plan.transfers.sort_by_key(|transfer| transfer.at);
        plan
    }
}

impl Default for Plan {
    fn default() -> Self {
        Self::new()
    }
}

/// Everybody and their ways, in the order in which they were first seen.
fn drafts(dice: &mut Dice) -> Vec<Draft> {
    let liveliness = liveliness();
    let mut drafts: Vec<Draft> = (0..AFFILIATES).map(|_| Draft { way: affiliate(dice), affiliate: true, ..Draft::default() }).collect();
    let mut household = 0;
    for (motion, count) in MOTIONS {
        for _ in 0..count {
            let (way, deal, advocate) = won(dice, motion, &liveliness);
            let (first, closed) = (way.first(), deal.closed);
            drafts.push(Draft { way, household: Some(household), deal: Some(deal), advocate, affiliate: false });
            let colleagues = if motion == Motion::Assisted { dice.early(0, 4) } else { i64::from(dice.percent(12)) };
            for _ in 0..colleagues {
                drafts.push(Draft { way: colleague(dice, first, closed), household: Some(household), ..Draft::default() });
            }
            household += 1;
        }
    }
    while drafts.len() < PEOPLE {
        let day = i64::try_from(dice.place(&liveliness)).unwrap_or_default();
        let way = other(dice, day);
        let known_company = way.known.is_some() && dice.percent(55);
        let household = known_company.then(|| {
            household += 1;
            household
        });
        drafts.push(Draft { way, household, ..Draft::default() });
    }
    drafts.sort_by_key(|draft| draft.way.first());
    drafts
}

/// The touches of the steps, and so many between them that there are [`TOUCHES`].
fn meetings(dice: &mut Dice, drafts: &[Draft], buyers: &[Buyer]) -> Vec<Meeting> {
    let mut met: Vec<(i64, usize, Touchpoint)> = Vec::with_capacity(TOUCHES);
    let mut stretches: Vec<(usize, &Stretch)> = Vec::new();
    for (buyer, draft) in drafts.iter().enumerate() {
        met.extend(draft.way.touches.iter().map(|&(minute, touchpoint)| (minute, buyer, touchpoint)));
        stretches.extend(draft.way.stretches.iter().map(|stretch| (buyer, stretch)));
    }
    let weights: Vec<u64> = stretches.iter().map(|(_, stretch)| stretch.weight).collect();
    let left = i64::try_from(TOUCHES.saturating_sub(met.len())).unwrap_or_default();
    let parts = crate::metrics::split::split(left, &weights).unwrap_or_default();
    for ((buyer, stretch), part) in stretches.into_iter().zip(parts) {
        let (touchpoints, otherwise) = stretch.palette;
        for _ in 0..part {
            let minute = dice.between(stretch.from, stretch.to);
            let minute = if stretch.at_work { at_work(dice, minute, stretch.from, stretch.to) } else { minute };
            met.push((minute, buyer, dice.choose(touchpoints, otherwise)));
        }
    }
    met.sort_by_key(|&(minute, buyer, _)| (minute, buyer));
    let company = |buyer: usize| buyers.get(buyer).and_then(|buyer| buyer.company);
    met.into_iter().map(|(minute, buyer, touchpoint)| Meeting { at: instant(minute), buyer, company: company(buyer), touchpoint }).collect()
}

fn entries(drafts: &[Draft]) -> Vec<StageEntry> {
    let mut entries = Vec::new();
    for (buyer, draft) in drafts.iter().enumerate() {
        let closed = draft.deal.as_ref().map(|deal| deal.closed);
        entries.extend(draft.way.steps.iter().map(|step| StageEntry {
            at: instant(step.minute),
            buyer,
            stage: step.stage,
            reason: step.reason,
            after_close: closed.is_some_and(|closed| closed < step.minute),
        }));
    }
    entries.sort_by_key(|entry| (entry.at, entry.buyer));
    entries
}

/// The companies, and everybody by name.
fn name_them(dice: &mut Dice, drafts: &[Draft]) -> (Vec<Company>, Vec<Buyer>) {
    let mut companies: Vec<Company> = Vec::new();
    let mut places: HashMap<usize, usize> = HashMap::new();
    let mut buyers = Vec::with_capacity(drafts.len());
    for (number, draft) in drafts.iter().enumerate() {
        let company = draft.household.map(|household| {
            *places.entry(household).or_insert_with(|| {
                companies.push(names::company(companies.len()));
                companies.len() - 1
            })
        });
        let domain = company.and_then(|place| companies.get(place)).map(|company| company.domain.as_str());
        let named = draft.way.known.map(|_| names::person(dice, number, domain));
        let (name, email) = named.unzip();
        buyers.push(Buyer { name, email, company, known_at: draft.way.known.map(instant) });
    }
    (companies, buyers)
}

/// The closes by time. Who was recommended was so by a customer who had become an advocate before, or by an affiliate.
fn closes<'a>(dice: &mut Dice, drafts: &'a [Draft], buyers: &[Buyer]) -> Vec<(Won, &'a Deal)> {
    let those = |wanted: &dyn Fn(&Draft) -> bool| -> Vec<usize> {
        drafts.iter().enumerate().filter(|(_, draft)| wanted(draft)).map(|(place, _)| place).collect()
    };
    let affiliates = those(&|draft| draft.affiliate);
    let mut closes = Vec::new();
    for (buyer, draft) in drafts.iter().enumerate() {
        let (Some(deal), Some(company)) = (&draft.deal, buyers.get(buyer).and_then(|buyer| buyer.company)) else { continue };
        let first = draft.way.first();
        let referral = deal.motion.is_referred().then(|| {
            let advocates = those(&|draft| draft.advocate.is_some_and(|since| since < first));
            let among = if advocates.len() < AFFILIATES || dice.percent(40) { &affiliates } else { &advocates };
            (among.get(dice.place(&vec![1; among.len()])).copied().unwrap_or_default(), instant(first))
        });
        let won = Won {
            at: instant(deal.closed),
            buyer,
            company,
            amount_minor: deal.amount_minor,
            path: deal.motion.path(),
            referral,
            signed_at: deal.signed.map(instant),
        };
        closes.push((won, deal));
    }
    closes.sort_by_key(|(won, _)| won.at);
    closes
}

#[cfg(test)]
mod tests;
