//! What the policy of a close would give on the evidence known at an instant, set against what it gave when the close was opened.
//!
//! It is judged by the rules of [`super::opening`], on what was said when the close was opened and on the evidence as it was known
//! at the instant. So a proposal is raised by what becomes known of the time before a close, is gone where that is taken back, and
//! stands as of every past instant as it stood then; only what people decided about it has to be kept. See `metrics.md`, 2.4 (G17).

use entity::kinds::{ClosePath, Resource};
use entity::time::Timestamp;

use super::evidence::Milestones;
use super::identity::{Identities, UnknownIdentity};
use super::late_evidence::{Late, Trail, late};
use super::opening::{Opening, OpeningFacts, Policy, ReferralClaim, SignedSplit, open};
use super::shares::Shares;

/// One row that says when a buyer became an opportunity: the first, or one that corrects an earlier row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpportunityVersion {
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When the row was recorded.
    pub recorded_at: Timestamp,
    /// When a later row took its place; `None` while it stands.
    pub superseded_at: Option<Timestamp>,
    /// Whether it only takes the earlier row back.
    pub retracted: bool,
    /// Whose it is, by number.
    pub person: Option<u32>,
    /// The account it is of, by number.
    pub account: Option<u32>,
}

impl OpportunityVersion {
    fn stands_at(&self, instant: Timestamp) -> bool {
        !self.retracted && self.recorded_at <= instant && self.superseded_at.is_none_or(|end| instant < end)
    }
}

/// One row that says since when somebody is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownVersion {
    /// Since when.
    pub occurred_at: Timestamp,
    /// When the row was recorded.
    pub recorded_at: Timestamp,
    /// Who, by number.
    pub person: u32,
}

/// A claim to have referred the buyer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Who claims it, by number; `None` for somebody who never was the buyer.
    pub person: Option<u32>,
    /// For whom they bought, by number; `None` for what never was the customer.
    pub account: Option<u32>,
    /// When.
    pub claimed_at: Timestamp,
}

/// What was said when a close was opened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Said {
    /// A claim to have referred the buyer.
    pub claim: Option<Claim>,
    /// A split agreed beforehand.
    pub signed_split: Option<SignedSplit>,
    /// The resource the deal was sourced by.
    pub source_resource: Option<Resource>,
}

/// A close, and everything that was ever known of the time before it.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// When it was won, and recorded.
    pub closed: (Timestamp, Timestamp),
    /// How the buyer came to it.
    pub path: ClosePath,
    /// The policy it was opened by.
    pub policy: Policy,
    /// What was said then.
    pub said: Said,
    /// The touches, and who is whom.
    pub trail: Trail<'a>,
    /// When the buyers became opportunities.
    pub opportunities: &'a [OpportunityVersion],
    /// Since when people are known, in the order in which it was recorded.
    pub known: &'a [KnownVersion],
}

/// What a policy gives on the evidence of two instants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// On what was known when the close was recorded; `None` where nothing says who earned it.
    pub then: Option<Opening>,
    /// On what is known now.
    pub now: Option<Opening>,
    /// Which touches came and went.
    pub late: Late,
    /// Whether another moment is known at which the buyer became known, or an opportunity.
    pub milestones_changed: bool,
}

/// Judges a close on what was known when it was recorded, and on what was known at an instant.
///
/// # Errors
/// [`UnknownIdentity`] where a pointer leads out of the table.
pub fn judge(case: &Case<'_>, as_of: Timestamp) -> Result<Judged, UnknownIdentity> {
    let late = late(&case.trail, case.closed, case.policy.model().lookback, as_of)?;
    let (then, now) = (milestones_at(case, case.closed.1)?, milestones_at(case, as_of)?);
    Ok(Judged {
        then: opening_at(case, &late.before.touches, then, case.closed.1)?,
        now: opening_at(case, &late.after.touches, now, as_of)?,
        late,
        milestones_changed: then != now,
    })
}

fn opening_at(case: &Case<'_>, touches: &[usize], milestones: Milestones, at: Timestamp) -> Result<Option<Opening>, UnknownIdentity> {
    let touches = touches.iter().filter_map(|index| case.trail.touches.get(*index));
    let touches: Vec<(Timestamp, Resource)> = touches.map(|touch| (touch.occurred_at, touch.resource)).collect();
    let facts = OpeningFacts {
        closed_at: case.closed.0,
        path: case.path,
        referral: case.said.claim.map(|claim| referral(case, claim, at)).transpose()?,
        signed_split: case.said.signed_split,
        touches: &touches,
        milestones,
        source_resource: case.said.source_resource,
    };
    Ok(open(&facts, case.policy).ok())
}

/// A claim by whoever is the buyer at an instant, or buys for the same account, is one on themselves.
fn referral(case: &Case<'_>, claim: Claim, at: Timestamp) -> Result<ReferralClaim, UnknownIdentity> {
    let people = Identities::at(case.trail.people.0, case.trail.people.1, at)?;
    let accounts = Identities::at(case.trail.accounts.0, case.trail.accounts.1, at)?;
    let themselves = claim.person.zip(case.trail.person).is_some_and(|(one, other)| people.of(one) == people.of(other));
    let colleague = claim.account.is_some_and(|account| accounts.of(account) == accounts.of(case.trail.account));
    Ok(ReferralClaim::new(&true, &(themselves || colleague), claim.claimed_at))
}

/// When the buyer became known, and an opportunity, by what was known at an instant.
fn milestones_at(case: &Case<'_>, at: Timestamp) -> Result<Milestones, UnknownIdentity> {
    let people = Identities::at(case.trail.people.0, case.trail.people.1, at)?;
    let accounts = Identities::at(case.trail.accounts.0, case.trail.accounts.1, at)?;
    let is_buyer = |person: u32| case.trail.person.is_some_and(|buyer| people.of(person) == people.of(buyer));
    let is_customer = |account: u32| accounts.of(account) == accounts.of(case.trail.account);
    // Of each of them the last row counts; of all of them whoever became known first.
    let mut since: Vec<(u32, Timestamp)> = Vec::new();
    for row in case.known.iter().filter(|row| row.recorded_at <= at && is_buyer(row.person)) {
        match since.iter_mut().find(|(person, _)| *person == row.person) {
            Some((_, moment)) => *moment = row.occurred_at,
            None => since.push((row.person, row.occurred_at)),
        }
    }
    let opportunities = case.opportunities.iter().filter(|row| {
        row.stands_at(at) && row.occurred_at <= case.closed.0 && (row.person.is_some_and(is_buyer) || row.account.is_some_and(is_customer))
    });
    Ok(Milestones {
        known_at: since.into_iter().map(|(_, moment)| moment).filter(|moment| *moment <= at).min(),
        opportunity_created_at: opportunities.map(|row| row.occurred_at).max(),
    })
}

/// How a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody decided about what is suggested now.
    Open,
    /// The credit was moved as suggested.
    Accepted,
    /// Somebody decided to leave the credit as it is.
    Dismissed,
}

/// What was decided about a suggestion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether it was accepted, else dismissed.
    pub accepted: bool,
    /// What was suggested.
    pub suggested: Shares,
}

/// How what a policy gives now stands against what it gave: at the opening, or as was last accepted. With the place of the decision
/// that says so. `None` where the two are the same, and nobody accepted anything.
///
/// The decisions are those that stand: one that was accepted and whose batch was undone is none.
///
/// A suggestion that was dismissed stays so for as long as it is the one, and when it comes back.
#[must_use]
pub fn state(opened: Shares, suggested: Shares, decisions: &[Decision]) -> Option<(State, Option<usize>)> {
    let accepted = decisions.iter().rposition(|decision| decision.accepted);
    let given = accepted.and_then(|place| decisions.get(place)).map_or(opened, |decision| decision.suggested);
    if suggested == given {
        return accepted.map(|place| (State::Accepted, Some(place)));
    }
    let since = accepted.map_or(0, |place| place + 1);
    let dismissed = decisions.iter().enumerate().skip(since).rev().find(|(_, decision)| decision.suggested == suggested);
    Some(dismissed.map_or((State::Open, None), |(place, _)| (State::Dismissed, Some(place))))
}

#[cfg(test)]
mod tests;
