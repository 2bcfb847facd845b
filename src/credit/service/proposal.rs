//! Closes whose policy would give their credit otherwise on the evidence that is known by now. Nothing of it is kept but what was
//! decided: a proposal is told anew for every instant.

use std::collections::{BTreeSet, HashMap};

use entity::ids::{AccountId, CloseId, CreditPolicyId, PersonId, TypedId};
use entity::kinds::{PolicyRule, ProposalDecisionKind, Resource};
use entity::time::Timestamp;
use entity::{credit_opening, credit_policy, credit_proposal_decision};
use uuid::Uuid;

use super::facts::{During, standings};
use super::policy::parameters;
use super::trace::{Touched, Trace, everybody, number};
use crate::auth::Scope;
use crate::auth::permission::grant::CreditRead;
use crate::buyers::service::{BuyerKind, EverSame, ever_same};
use crate::credit::store::{self, Judged, MomentRow, Of, VersionRow, Which};
use crate::db::{Cursor, Listing, PageRequest, TenantTx};
use crate::error::{Error, Result};
use crate::input::{self, WantedPeriod};
use crate::metrics::by_resource::ByResource;
use crate::metrics::late_evidence::Change;
use crate::metrics::ledger::balances;
use crate::metrics::opening::{Policy, SignedSplit};
use crate::metrics::proposal::{Case, Claim, Decision, KnownVersion, OpportunityVersion, Said, State, judge, state};
use crate::metrics::shares::Shares;
use crate::organization;

/// What is asked.
#[derive(Clone, Debug)]
pub struct ProposalQuestion {
    /// The days in which closes were won.
    pub period: WantedPeriod,
    /// What was known at this instant; `None` for now.
    pub as_of: Option<Timestamp>,
    /// How they stand; `None` for all.
    pub state: Option<State>,
}

/// What became known otherwise since a close was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A touch was recorded.
    TouchRecorded,
    /// A touch was corrected.
    TouchCorrected,
    /// A touch was taken back.
    TouchTakenBack,
    /// Who is whom.
    Identity,
    /// When the buyer became known, or an opportunity.
    Milestone,
}

/// A close whose policy would give its credit otherwise by now.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The close.
    pub close_id: CloseId,
    /// When it was won.
    pub closed_at: Timestamp,
    /// What became known otherwise, in a fixed order; empty where all is as it was again after a proposal was accepted.
    pub causes: Vec<Cause>,
    /// What its credit was opened with, and by which rule.
    pub opened: (PolicyRule, Shares),
    /// Who holds it.
    pub held: Shares,
    /// What the policy would give now, and by which rule.
    pub suggested: (PolicyRule, Shares),
    /// How it stands.
    pub state: State,
    /// What was decided about it, where anything was.
    pub decision: Option<credit_proposal_decision::Model>,
}

/// A page of the proposals about closes of a period, of those whose credit the caller sees, in the order in which they were won.
///
/// # Errors
/// Problems with `period` and `asOf`.
pub async fn credit_proposals(
    scope: &Scope<CreditRead>,
    question: &ProposalQuestion,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<Proposal>> {
    let as_of = input::as_of(question.as_of, scope.now())?;
    let tx = scope.read().await?;
    let organization = organization::service::settings(&tx).await?;
    let period = input::period(&question.period, &organization)?;
    let seen = store::closes_seen(&tx).await?;
    let mut found = proposals(&tx, Which::Won(period.start(), period.end()), as_of).await?;
    found.retain(|row| question.state.is_none_or(|state| row.state == state));
    found.retain(|row| seen.as_ref().is_none_or(|seen| seen.contains(&row.close_id.uuid())));
    let total = with_total.then(|| u64::try_from(found.len()).unwrap_or(u64::MAX));
    let cursor = |row: &Proposal| Cursor { key: row.closed_at.micros(), id: row.close_id.uuid() };
    Ok(Listing { page: page.of_rising(&found, cursor), total })
}

/// The proposals about closes as of an instant, in the order in which they were won. The number of statements does not grow with
/// the closes but by the hundreds of their buyers.
pub(super) async fn proposals(tx: &TenantTx, which: Which, as_of: Timestamp) -> Result<Vec<Proposal>> {
    let mut won = store::closes_judged(tx, which, as_of).await?;
    let one: Vec<CloseId> = won.iter().map(|it| it.close.id).collect();
    let of = match which {
        Which::Won(start, end) => Of::During(During { start, end, moved: false }),
        Which::One(_) => Of::Any(&one),
    };
    let standings = standings(tx, of, as_of).await?;
    // The credit of a voided close does not move.
    won.retain(|it| standings.get(&it.close.id).is_none_or(|standing| !standing.voided));
    if won.is_empty() {
        return Ok(Vec::new());
    }
    let file = File {
        policies: tx.everything::<credit_policy::Entity>().all().await?.into_iter().map(|policy| (policy.id, policy)).collect(),
        opened: store::opening_shares(tx, which, as_of).await?,
        said: store::said_of(tx, which, as_of).await?,
        people: ever_same(tx, BuyerKind::Person, as_of).await?,
        accounts: ever_same(tx, BuyerKind::Account, as_of).await?,
    };
    let postings = store::postings_of(tx, of, as_of).await?;
    let mut decisions = store::decisions_about(tx, which, as_of).await?;
    let people: Vec<PersonId> = everybody(won.iter().filter_map(|it| it.close.person), &file.people);
    let accounts: Vec<AccountId> = everybody(won.iter().map(|it| it.close.account), &file.accounts);
    let rows = store::touch_versions(tx, &people, &accounts, as_of).await?;
    let moments =
        Moments::new(store::opportunity_versions(tx, &people, &accounts, as_of).await?, store::known_versions(tx, &people, as_of).await?);
    let touched = Touched::new(&rows, &file.people, &file.accounts);
    let mut found = Vec::new();
    for it in &won {
        let Some(judged) = file.judge(it, &touched.trace(&it.close)?, &moments, as_of)? else { continue };
        let decisions = decisions.remove(&it.close.id).unwrap_or_default();
        let made = decisions.iter().map(decision).collect::<Result<Vec<_>>>()?;
        // Where it was never accepted, it takes evidence that is another by now.
        if !judged.changed && !made.iter().any(|decision| decision.accepted) {
            continue;
        }
        let Some((state, place)) = state(judged.opened.1, judged.suggested.1, &made) else { continue };
        let postings = postings.get(&it.close.id).map(Vec::as_slice).unwrap_or_default();
        found.push(Proposal {
            close_id: it.close.id,
            closed_at: it.close.closed_at,
            causes: judged.causes,
            opened: judged.opened,
            held: balances(postings, as_of).map_err(Error::internal)?.ok_or(Error::broken("a close has its opening"))?,
            suggested: judged.suggested,
            state,
            decision: place.and_then(|place| decisions.into_iter().nth(place)),
        });
    }
    Ok(found)
}

fn decision(row: &credit_proposal_decision::Model) -> Result<Decision> {
    let bp = [row.sales_bp, row.marketing_bp, row.product_bp].map(i64::from);
    let suggested = Shares::new(ByResource::from_array(bp)).map_err(Error::internal)?;
    Ok(Decision { accepted: row.kind == ProposalDecisionKind::Accepted, suggested })
}

/// What is on file of closes, besides the time before them.
struct File {
    policies: HashMap<CreditPolicyId, credit_policy::Model>,
    opened: HashMap<CloseId, (PolicyRule, ByResource<i64>)>,
    said: HashMap<CloseId, credit_opening::Model>,
    people: EverSame,
    accounts: EverSame,
}

/// A close that was judged.
struct Outcome {
    opened: (PolicyRule, Shares),
    suggested: (PolicyRule, Shares),
    changed: bool,
    causes: Vec<Cause>,
}

impl File {
    /// What the policy of a close gives now; `None` where it was not asked, or nothing says any more who earned the close.
    fn judge(&self, it: &Judged, trace: &Trace<'_>, moments: &Moments, as_of: Timestamp) -> Result<Option<Outcome>> {
        let (rule, shares) = *self.opened.get(&it.close.id).ok_or(Error::broken("a close has its opening"))?;
        let opened = Shares::new(shares).map_err(Error::internal)?;
        if rule == PolicyRule::Reopened {
            return Ok(None);
        }
        let (opportunities, known) = moments.of(trace);
        let case = Case {
            closed: (it.close.closed_at, it.close.recorded_at),
            path: it.path,
            policy: self.policy(it.policy)?,
            said: self.said(it, trace, (rule, opened)),
            trail: trace.trail(),
            opportunities: &opportunities,
            known: &known,
        };
        let judged = judge(&case, as_of).map_err(Error::internal)?;
        let Some(now) = judged.now else { return Ok(None) };
        let mut causes: BTreeSet<Cause> =
            judged.late.changes.iter().filter_map(|&(index, how)| cause(trace.rows.get(index)?, how, as_of)).collect();
        causes.extend(judged.milestones_changed.then_some(Cause::Milestone));
        let changed = judged.then.is_none_or(|then| then.shares != now.shares);
        if changed && causes.is_empty() {
            // The claim counts otherwise: somebody turned out to be the buyer, or one who buys for the same account.
            causes.insert(Cause::Identity);
        }
        Ok(Some(Outcome { opened: (rule, opened), suggested: (now.rule, now.shares), changed, causes: causes.into_iter().collect() }))
    }

    fn policy(&self, id: CreditPolicyId) -> Result<Policy> {
        parameters(self.policies.get(&id).ok_or(Error::broken("a close has its policy"))?)
    }

    /// What was said when a close was opened. Of closes from before that was kept, it is what decided.
    fn said(&self, it: &Judged, trace: &Trace<'_>, (rule, opened): (PolicyRule, Shares)) -> Said {
        let claim = |person: PersonId, account: Option<AccountId>, claimed_at: Timestamp| Claim {
            person: number(&trace.people, person.uuid()),
            account: account.and_then(|account| number(&trace.accounts, account.uuid())),
            claimed_at,
        };
        let Some(row) = self.said.get(&it.close.id) else {
            let signed = (rule == PolicyRule::SignedSplit).then(|| SignedSplit { bp: opened.by_resource(), signed_at: it.close.closed_at });
            return Said {
                claim: it.referrer.map(|person| claim(person, None, it.close.closed_at)),
                signed_split: signed,
                source_resource: Resource::ALL.iter().copied().find(|it| rule == PolicyRule::SourceResource && opened.bp(*it) > 0),
            };
        };
        let split = |signed_at| {
            let bp = [row.sales_bp, row.marketing_bp, row.product_bp].map(|bp| bp.map_or(0, i64::from));
            SignedSplit { bp: ByResource::from_array(bp), signed_at }
        };
        Said {
            claim: row.claimant_id.zip(row.claimed_at).map(|(person, at)| claim(person, row.claimant_account_id, at)),
            signed_split: row.signed_at.map(split),
            source_resource: row.source_resource,
        }
    }
}

/// Why a touch came or went.
fn cause(row: &VersionRow, how: Change, as_of: Timestamp) -> Option<Cause> {
    let superseded = row.version.superseded_at.is_some_and(|at| at <= as_of);
    Some(match how {
        Change::RecordedLate if row.corrects => Cause::TouchCorrected,
        Change::RecordedLate => Cause::TouchRecorded,
        Change::Lost if superseded && row.taken_back => Cause::TouchTakenBack,
        Change::Lost if superseded => Cause::TouchCorrected,
        Change::MergedLater | Change::Lost => Cause::Identity,
    })
}

/// When buyers became known, and opportunities, by whose it is.
struct Moments {
    opportunities: Vec<MomentRow>,
    by_buyer: HashMap<Uuid, Vec<usize>>,
    known: HashMap<Uuid, Vec<(Timestamp, Timestamp)>>,
}

impl Moments {
    fn new(opportunities: Vec<MomentRow>, known_rows: Vec<(PersonId, Timestamp, Timestamp)>) -> Self {
        let mut by_buyer: HashMap<Uuid, Vec<usize>> = HashMap::new();
        for (place, row) in opportunities.iter().enumerate() {
            let buyers = [row.person.map(|id| id.uuid()), row.account.map(|id| id.uuid())];
            buyers.into_iter().flatten().for_each(|buyer| by_buyer.entry(buyer).or_default().push(place));
        }
        let mut known: HashMap<Uuid, Vec<(Timestamp, Timestamp)>> = HashMap::new();
        for (person, at, recorded_at) in known_rows {
            known.entry(person.uuid()).or_default().push((at, recorded_at));
        }
        Self { opportunities, by_buyer, known }
    }

    /// Those of a close, numbered as its people and accounts are.
    fn of(&self, trace: &Trace<'_>) -> (Vec<OpportunityVersion>, Vec<KnownVersion>) {
        let buyers = || trace.people.iter().chain(&trace.accounts);
        let places: BTreeSet<usize> = buyers().filter_map(|id| self.by_buyer.get(id)).flatten().copied().collect();
        let numbered = |row: &MomentRow| OpportunityVersion {
            person: row.person.and_then(|id| number(&trace.people, id.uuid())),
            account: row.account.and_then(|id| number(&trace.accounts, id.uuid())),
            ..row.version
        };
        let opportunities = places.into_iter().filter_map(|place| self.opportunities.get(place)).map(numbered).collect();
        let known = trace.people.iter().filter_map(|id| Some((number(&trace.people, *id)?, self.known.get(id)?)));
        let known = known.flat_map(|(person, rows)| {
            rows.iter().map(move |&(occurred_at, recorded_at)| KnownVersion { occurred_at, recorded_at, person })
        });
        (opportunities, known.collect())
    }
}
