//! What account generation knows when it looks at an item, and the row the item would become.

use std::collections::{HashMap, HashSet};

use entity::ids::{AccountId, CloseId, OpportunityId, PersonId};
use entity::kinds::{CloseKind, PolicyRule, Resource};
use entity::time::Timestamp;
use entity::{account, close, credit_opening, credit_policy, person};

use super::evidence::{JourneyTouch, Journeys};
use super::generate::{self, Decided, GenerateAccount, Referral};
use super::policy;
use super::terms::Earlier;
use crate::auth::Scope;
use crate::auth::permission::grant::{BuyerWrite, CloseWrite};
use crate::buyers::service::{draft_account, hold_buyers_and, is_erased};
use crate::credit::store::{self, Buyers};
use crate::db::{TenantTx, TenantWrite};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input::{self, ExternalId};
use crate::metrics::opening::{ClaimRefusal, Opening, OpeningError, OpeningFacts, Policy, ReferralClaim, SignedSplit, open};
use crate::metrics::shares::Shares;
use crate::organization::service::Owners;
use crate::periods::service::Restate;
use crate::pipeline::service::{Deals, hold_deals};

/// What is known of everybody a batch of items names.
#[derive(Debug)]
pub(super) struct Desk<'a> {
    scope: &'a Scope<CloseWrite>,
    accounts_scope: Scope<BuyerWrite>,
    policy: credit_policy::Model,
    parameters: Policy,
    people: HashMap<PersonId, person::Model>,
    accounts: HashMap<AccountId, account::Model>,
    named: HashMap<ExternalId, AccountId>,
    new_accounts: HashMap<AccountId, account::Model>,
    owners: Owners,
    journeys: Journeys,
    deals: Deals,
    /// Opportunities that an item before won.
    won: HashSet<OpportunityId>,
    /// Closes that items may take the place of.
    earlier: Earlier,
}

/// An item that was looked at by itself.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// The close it would become; whether a claim decides is not settled yet.
    pub(super) close: close::Model,
    /// Whether the account is one that others can name too.
    pub(super) account_settled: bool,
    referral: Option<(PersonId, ReferralClaim)>,
    signed_split: Option<SignedSplit>,
    source_resource: Option<Resource>,
    /// What the policy looks at besides evidence, to be kept.
    pub(super) said: Option<credit_opening::Model>,
    /// That it is written to a locked month all the same.
    pub(super) restate: Option<Restate>,
}

impl<'a> Desk<'a> {
    /// Looks up, and holds, everybody that some items name.
    pub(super) async fn open(tx: &TenantWrite, scope: &'a Scope<CloseWrite>, items: &[GenerateAccount]) -> Result<Self> {
        let policy = policy::current(tx, scope.now()).await?;
        let parameters = policy::parameters(&policy)?;
        let names: Vec<ExternalId> =
            items.iter().filter_map(|item| checked_name(item.new_account.as_ref()?.external_id.as_ref())).collect();
        let named = tx.get_named::<account::Entity>(&names).await?;
        let accounts = items.iter().filter_map(|item| item.account_id).chain(named.values().map(|row| row.id));
        let reopens = || items.iter().filter_map(|item| item.terms.reopens_id);
        let opportunities = || items.iter().filter_map(|item| item.opportunity_id);
        // Also of those that may be taken the place of: they may be of another account that is the same.
        let behind = store::accounts_behind(tx, reopens(), opportunities()).await?;
        let held = hold_buyers_and(tx, items.iter().flat_map(GenerateAccount::people), accounts, &behind).await?;
        // Read again: what was read before it was held may have changed.
        let accounts = tx.get_many::<account::Entity>(held.accounts.iter().copied()).await?;
        let people = tx.get_many::<person::Entity>(held.people.iter().copied()).await?;
        // After the accounts, as everybody does who holds both.
        let deals = hold_deals(tx, opportunities()).await?;
        let won_before = opportunities().filter_map(|opportunity| deals.won_by(opportunity));
        let earlier = Earlier::load(tx, reopens().chain(won_before), &behind).await?;
        let owners = Owners::load(tx, items.iter().filter_map(|item| item.new_account.as_ref()?.owner_id)).await?;
        let mut desk = Self {
            scope,
            accounts_scope: scope.also()?,
            policy,
            parameters,
            people: people.into_iter().map(|row| (row.id, row)).collect(),
            accounts: accounts.into_iter().map(|row| (row.id, row)).collect(),
            named: named.into_iter().map(|(name, row)| (name, row.id)).collect(),
            new_accounts: HashMap::new(),
            owners,
            journeys: Journeys::default(),
            deals,
            won: HashSet::new(),
            earlier,
        };
        desk.journeys = desk.load_journeys(tx, items).await?;
        Ok(desk)
    }

    async fn load_journeys(&self, tx: &TenantTx, items: &[GenerateAccount]) -> Result<Journeys> {
        let people: Vec<PersonId> = self.people.keys().copied().collect();
        let accounts: Vec<AccountId> = self.accounts.keys().copied().collect();
        let moments = || items.iter().map(|item| item.closed_at);
        let (Some(first), Some(last)) = (moments().min(), moments().max()) else { return Ok(Journeys::default()) };
        let opens = self.parameters.model().lookback.opens(first);
        Journeys::load(tx, Buyers::Listed(&people, &accounts), (opens, last), self.scope.now()).await
    }

    /// Checks an item by itself.
    pub(super) fn draft(&mut self, item: &GenerateAccount) -> Result<Draft> {
        let now = self.scope.now();
        let mut problems = Problems::new();
        let account = problems.take(self.account(item))?;
        if let Some(person) = item.person_id {
            problems.take(self.person(person, "personId"))?;
        }
        problems.take(input::moment("occurredAt", item.closed_at, now))?;
        let amount = problems.take(item.amount.check("amount"))?;
        if let Some(referral) = item.referral {
            problems.take(self.person(referral.referrer_id, "referral.referrerPersonId"))?;
            problems.take(input::moment("referral.claimedAt", referral.claimed_at, now))?;
        }
        let signed_split = problems.take(item.signed_split.as_ref().map(|split| self.signed(split)).transpose())?.flatten();
        let external_id = problems.take(ExternalId::optional("externalId", item.external_id.as_ref()))?.flatten();
        if let (Some(opportunity), Some((account, _))) = (item.opportunity_id, account) {
            problems.take(self.deals.of_account(opportunity, |other| self.journeys.are_one_account(other, account), "opportunityId"))?;
        }
        let recurring_minor = problems.take(item.terms.recurring_minor(amount))?.flatten();
        if let Some((account, _)) = account {
            if item.terms.kind == CloseKind::Expansion {
                problems.take(self.is_customer(account, item.closed_at))?;
            }
            if let Some(reopens) = item.terms.reopens_id {
                problems.take(self.reopens(reopens, account, item.closed_at, "reopensCloseId"))?;
            }
        }
        problems.check()?;
        let (Some((account_id, account_settled)), Some(amount)) = (account, amount) else {
            return Err(Error::broken("account and amount are settled by now"));
        };
        let (source, external_id) = ExternalId::split(external_id);
        let close = close::Model {
            organization_id: self.scope.organization_id(),
            id: self.scope.next_id(),
            account_id,
            person_id: item.person_id,
            closed_at: item.closed_at,
            amount_minor: amount.amount_minor(),
            currency: amount.currency(),
            path: item.path,
            policy_id: self.policy.id,
            referrer_id: None,
            recorded_by: self.scope.member_id(),
            source,
            external_id,
            recorded_at: now,
            opportunity_id: item.opportunity_id,
            kind: item.terms.kind,
            recurring_minor,
            reopens_id: item.terms.reopens_id,
        };
        Ok(Draft {
            said: self.said(&close, item, signed_split),
            referral: item.referral.map(|referral| (referral.referrer_id, self.claim(referral, item.person_id, account_id))),
            close,
            account_settled,
            signed_split,
            source_resource: item.source_resource,
            restate: item.restate.clone(),
        })
    }

    /// What is said besides evidence, where anything is.
    fn said(&self, close: &close::Model, item: &GenerateAccount, signed: Option<SignedSplit>) -> Option<credit_opening::Model> {
        if item.referral.is_none() && item.source_resource.is_none() && signed.is_none() {
            return None;
        }
        let claimant = item.referral.and_then(|referral| self.people.get(&referral.referrer_id));
        // Basis points of a whole are at most 10 000.
        let bp = |resource: Resource| signed.map(|split| i32::try_from(*split.bp.get(resource)).unwrap_or(i32::MAX));
        Some(credit_opening::Model {
            organization_id: self.scope.organization_id(),
            id: self.scope.next_id(),
            close_id: close.id,
            source_resource: item.source_resource,
            claimant_id: claimant.map(|person| person.id),
            claimant_account_id: claimant.and_then(|person| person.account_id),
            claimed_at: claimant.and(item.referral).map(|referral| referral.claimed_at),
            signed_at: signed.map(|split| split.signed_at),
            sales_bp: bp(Resource::Sales),
            marketing_bp: bp(Resource::Marketing),
            product_bp: bp(Resource::Product),
            recorded_at: close.recorded_at,
        })
    }

    /// Goes on where more may be recorded of a person.
    fn person(&self, id: PersonId, field: &str) -> Result<()> {
        match self.people.get(&id) {
            None => Err(Error::unknown(field)),
            Some(row) if row.erased_at.is_some() => Err(is_erased(field)),
            Some(_) => Ok(()),
        }
    }

    /// The account of an item, and whether it is one that others can name too.
    fn account(&mut self, item: &GenerateAccount) -> Result<(AccountId, bool)> {
        let new = match (item.account_id, &item.new_account) {
            (Some(id), None) if self.accounts.contains_key(&id) => return Ok((id, true)),
            (Some(_), None) => return Err(Error::unknown("accountId")),
            (None, Some(new)) => new,
            (None, None) => return Err(Error::invalid("accountId", ProblemCode::Required, "name an account, or give a new one")),
            (Some(_), Some(_)) => {
                return Err(Error::invalid("newAccount", ProblemCode::Invalid, "name an account, or give a new one, not both"));
            }
        };
        let row = draft_account(&self.accounts_scope, new, &self.owners).map_err(|error| error.below("newAccount"))?;
        let name = checked_name(new.external_id.as_ref());
        if let Some(&known) = name.as_ref().and_then(|name| self.named.get(name)) {
            return Ok((known, true));
        }
        let id = row.id;
        let settled = name.is_some();
        self.named.extend(name.map(|name| (name, id)));
        self.new_accounts.insert(id, row);
        Ok((id, settled))
    }

    /// Goes on where an account was a customer by a moment.
    fn is_customer(&self, account: AccountId, at: Timestamp) -> Result<()> {
        match self.accounts.get(&account).and_then(|row| row.generated_at) {
            Some(since) if since <= at => Ok(()),
            _ => Err(Error::invalid("accountId", ProblemCode::CloseState, "it was no customer then: generate the account first")),
        }
    }

    /// Since when the close stood whose place is taken, and who holds its credit.
    fn reopens(&self, id: CloseId, account: AccountId, at: Timestamp, field: &str) -> Result<(Timestamp, Shares)> {
        self.earlier.shares(id, at, |other| self.journeys.are_one_account(other, account), (field, "occurredAt"))
    }

    fn signed(&self, split: &generate::SignedSplit) -> Result<SignedSplit> {
        let shares = input::shares("signedSplit.shares", &split.shares)?;
        input::moment("signedSplit.signedAt", split.signed_at, self.scope.now())?;
        Ok(SignedSplit { bp: shares.by_resource(), signed_at: split.signed_at })
    }

    /// Goes on where the opportunity of an item can be won, and decides on the credit. An opportunity is won once.
    pub(super) fn settle(&mut self, draft: &Draft) -> Result<Decided> {
        if let Some(opportunity) = draft.close.opportunity_id {
            self.deals.may_win(opportunity, draft.close.closed_at, "opportunityId", "occurredAt")?;
            if self.won.contains(&opportunity) {
                return Err(Error::invalid("opportunityId", ProblemCode::OpportunityState, "an item before won it"));
            }
        }
        let decided = self.decide(draft)?;
        self.won.extend(draft.close.opportunity_id);
        decided.reopens_id.into_iter().for_each(|earlier| self.earlier.reopen(earlier));
        Ok(decided)
    }

    /// The opportunities that items name, held.
    pub(super) const fn deals(&self) -> &Deals {
        &self.deals
    }

    /// Decides who the credit of a close starts with: whoever held that of the one it takes the place of, unless it was agreed
    /// anew; else by the policy.
    fn decide(&self, draft: &Draft) -> Result<Decided> {
        let close = &draft.close;
        let won_before = || self.deals.won_by(close.opportunity_id?).filter(|earlier| self.earlier.waits(*earlier));
        let reopens_id = close.reopens_id.or_else(won_before);
        let agreed = draft.signed_split.is_some_and(|split| split.signed_at <= close.closed_at);
        if let Some(earlier) = reopens_id {
            // Also where it was agreed anew: an item before may have taken its place.
            let (since, shares) = self.reopens(earlier, close.account_id, close.closed_at, "reopensCloseId")?;
            if !agreed {
                return Ok(Decided {
                    rule: PolicyRule::Reopened,
                    reason: format!("as held of the close of {since} that was voided"),
                    shares: shares.by_resource().into_pairs(),
                    referrer_id: None,
                    reopens_id,
                });
            }
        }
        let lookback = self.parameters.model().lookback;
        let mut touches: Vec<JourneyTouch> = Vec::new();
        let milestones = self.journeys.behind(close.person_id, Some(close.account_id), close.closed_at, lookback, &mut touches);
        let evidence: Vec<_> = touches.iter().map(|touch| (touch.at, touch.resource)).collect();
        let facts = OpeningFacts {
            closed_at: close.closed_at,
            path: close.path,
            referral: draft.referral.map(|(_, claim)| claim),
            signed_split: draft.signed_split,
            touches: &evidence,
            milestones,
            source_resource: draft.source_resource,
        };
        let opening = open(&facts, self.parameters).map_err(refused)?;
        let decided_by_claim = opening.rule == PolicyRule::ReferralClaim;
        Ok(Decided {
            rule: opening.rule,
            reason: self.reason(&opening, &facts),
            shares: opening.shares.by_resource().into_pairs(),
            referrer_id: draft.referral.filter(|_| decided_by_claim).map(|(referrer, _)| referrer),
            reopens_id,
        })
    }

    /// Why the rule applied, in words.
    fn reason(&self, opening: &Opening, facts: &OpeningFacts<'_>) -> String {
        let days = self.policy.lookback_days;
        let mut reason = match opening.rule {
            PolicyRule::ReferralClaim => "referred to us: the claim was made within the lookback".to_owned(),
            PolicyRule::SignedSplit => match facts.signed_split {
                Some(split) => format!("as signed on {}", split.signed_at),
                None => "as signed".to_owned(),
            },
            PolicyRule::SelfServe if opening.shares.bp(Resource::Marketing) > 0 => {
                format!("self-serve, and Marketing touched the buyer in the {days} days before")
            }
            PolicyRule::SelfServe => format!("self-serve, and Marketing did not touch the buyer in the {days} days before"),
            PolicyRule::Evidence => format!("W-shaped weights of {} touches in the {days} days before", facts.touches.len()),
            // It was settled before the policy was asked.
            PolicyRule::Reopened => "as held of the close that was voided".to_owned(),
            PolicyRule::SourceResource => match facts.source_resource {
                Some(source) => format!("no touch in the {days} days before: sourced by {}", source.name()),
                None => format!("no touch in the {days} days before"),
            },
        };
        if let Some(refusal) = opening.refused_claim {
            reason.push_str("; the referral claim does not count: ");
            reason.push_str(match refusal {
                ClaimRefusal::SelfReferral => "nobody refers themselves",
                ClaimRefusal::AfterClose => "it was made after the close",
                ClaimRefusal::OutsideLookback => "it was made too long before the close",
            });
        }
        reason
    }

    /// A claim by the buyer, or by somebody who buys for the same account, is one on themselves.
    fn claim(&self, referral: Referral, buyer: Option<PersonId>, account: AccountId) -> ReferralClaim {
        let of_account = self.people.get(&referral.referrer_id).and_then(|referrer| referrer.account_id);
        let colleague = of_account.is_some_and(|other| self.journeys.are_one_account(other, account));
        let themselves = buyer.is_some_and(|buyer| self.journeys.are_one(buyer, referral.referrer_id));
        let buyer = if colleague || themselves { Some(referral.referrer_id) } else { buyer };
        ReferralClaim::new(&Some(referral.referrer_id), &buyer, referral.claimed_at)
    }

    /// The accounts that are not there yet.
    pub(super) fn take_new_accounts(&mut self) -> impl Iterator<Item = account::Model> {
        std::mem::take(&mut self.new_accounts).into_values()
    }

    /// The accounts that were there before.
    pub(super) fn take_known_accounts(&mut self) -> impl Iterator<Item = account::Model> {
        std::mem::take(&mut self.accounts).into_values()
    }
}

/// A name of another system, where it is one.
fn checked_name(name: Option<&ExternalId>) -> Option<ExternalId> {
    ExternalId::optional("externalId", name).ok().flatten()
}

fn refused(error: OpeningError) -> Error {
    match error {
        OpeningError::NoEvidenceNorSource => Error::invalid("sourceResource", ProblemCode::NoEvidence, error.to_string()),
        // Checked before.
        OpeningError::SignedSplit(_) => Error::internal(error),
    }
}
