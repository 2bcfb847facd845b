//! Account generation: the act that makes an account a customer, and the only one that writes a close.
//!
//! Everything is checked before anything is written, so what is refused leaves nothing behind: no account, no close.

use std::collections::HashMap;

use entity::ids::{AccountId, CloseId, OpportunityId, PersonId};
use entity::kinds::{BatchKind, CloseKind, ClosePath, PolicyRule, Resource};
use entity::time::Timestamp;
use entity::{account, close, credit_batch, credit_entry, credit_opening};
use serde::Serialize;

use super::draft::{Desk, Draft};
use super::terms::Terms;
use super::transfer::entry;
use crate::auth::Scope;
use crate::auth::permission::grant::{CloseWrite, StageWrite};
use crate::buyers::service::{NewAccount, make_customers};
use crate::costs::exchange::service::pin_closes;
use crate::db::{Batch, BulkCall, Outcome, TenantWrite, checked, only};
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::input::{ExternalId, WantedMoney};
use crate::journey;
use crate::journey::service::NewStageEvent;
use crate::periods;
use crate::periods::service::{Counts, LockedMonths, Restate, Restated};
use crate::pipeline;

/// The stage a buyer enters by closing.
const CLOSED: &str = "CLOSED";

/// The stage a customer enters by buying more.
const EXPANDED: &str = "EXPANDED";

/// Why the buyer enters it, where they were further on already.
const STAGE_REASON: &str = "account generation";

/// A claim to have referred the buyer.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Referral {
    /// Who claims it.
    pub referrer_id: PersonId,
    /// When.
    pub claimed_at: Timestamp,
}

/// Shares agreed and signed by those concerned.
#[derive(Clone, Debug, Serialize)]
pub struct SignedSplit {
    /// When it was signed; after the close it has no effect.
    pub signed_at: Timestamp,
    /// Basis points of the close. Who is not named gets nothing.
    pub shares: Vec<(Resource, i64)>,
}

/// An account to be generated.
#[derive(Clone, Debug, Serialize)]
pub struct GenerateAccount {
    /// The account that becomes a customer; just one of this and `new_account`.
    pub account_id: Option<AccountId>,
    /// The account to record. One that the same system named the same way before is that account.
    pub new_account: Option<NewAccount>,
    /// The buyer whose journey it ends.
    pub person_id: Option<PersonId>,
    /// When the business was won.
    pub closed_at: Timestamp,
    /// What it is worth.
    pub amount: WantedMoney,
    /// How the buyer came to the close.
    pub path: ClosePath,
    /// A claim to have referred the buyer.
    pub referral: Option<Referral>,
    /// A split agreed beforehand.
    pub signed_split: Option<SignedSplit>,
    /// The resource the deal was sourced by, for a close without evidence.
    pub source_resource: Option<Resource>,
    /// What another system calls the close.
    pub external_id: Option<ExternalId>,
    /// The opportunity it wins. A key is remembered by what was said: nothing is said where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opportunity_id: Option<OpportunityId>,
    /// On what terms.
    #[serde(skip_serializing_if = "Terms::are_ordinary")]
    pub terms: Terms,
    /// That it is written to a locked month all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restate: Option<Restate>,
}

/// Generates an account: account, close, opening credit and the buyer's stage, all or nothing.
///
/// # Errors
/// Problems with the fields; `NO_EVIDENCE` where nothing says who earned the credit; `PERIOD_LOCKED` where it was won in a
/// locked month.
pub async fn generate_account(scope: &Scope<CloseWrite>, new: GenerateAccount, key: Option<&str>) -> Result<close::Model> {
    only(generate(scope, "generateAccount", &[new], key).await?)
}

/// Records more business with a customer: as [`generate_account`], of an account that became one by then.
///
/// # Errors
/// As [`generate_account`]; `CLOSE_STATE` where the account is no customer yet.
pub async fn record_expansion(scope: &Scope<CloseWrite>, new: GenerateAccount, key: Option<&str>) -> Result<close::Model> {
    let terms = Terms { kind: CloseKind::Expansion, ..new.terms };
    only(generate(scope, "recordExpansion", &[GenerateAccount { terms, ..new }], key).await?)
}

/// Generates accounts, each for itself.
///
/// # Errors
/// A problem with `items` where there are too many; problems with an account are its outcome.
pub async fn generate_accounts(
    scope: &Scope<CloseWrite>,
    items: &[GenerateAccount],
    key: Option<&str>,
) -> Result<Vec<Outcome<close::Model>>> {
    generate(scope, "generateAccounts", items, key).await
}

async fn generate(
    scope: &Scope<CloseWrite>,
    operation: &'static str,
    items: &[GenerateAccount],
    key: Option<&str>,
) -> Result<Vec<Outcome<close::Model>>> {
    let call = BulkCall::<close::Entity>::new(key, operation, items)?;
    let tx = scope.write().await?;
    if let Some(outcomes) = call.recall(&tx).await? {
        return Ok(outcomes);
    }
    let outcomes = generate_accounts_in(&tx, scope, items).await?;
    call.commit(tx, scope, &outcomes).await?;
    Ok(outcomes)
}

/// Generates any number of accounts within a transaction. The number of statements does not grow with the items but by
/// the hundreds of them. People and accounts are held until the transaction ends.
///
/// # Errors
/// What the database says; problems with an account are its outcome.
pub async fn generate_accounts_in(
    tx: &TenantWrite,
    scope: &Scope<CloseWrite>,
    items: &[GenerateAccount],
) -> Result<Vec<Outcome<close::Model>>> {
    let mut desk = Desk::open(tx, scope, items).await?;
    let drafts = items.iter().map(|item| checked(desk.draft(item))).collect::<Result<Vec<_>>>()?;
    let mut batch = Batch::<close::Entity>::begin(tx, drafts.iter().flatten().map(|draft| &draft.close)).await?;
    let months = LockedMonths::share(tx).await?;
    let mut accepted = Vec::with_capacity(drafts.len());
    let mut restated = Vec::new();
    for draft in drafts {
        match draft {
            Err(problems) => batch.reject(problems),
            Ok(draft) if batch.knows(&draft.close, |known, offered| says_the_same(known, offered, draft.account_settled)) => {}
            Ok(draft) => match checked(
                months
                    .permit(scope, &[Counts::At(draft.close.closed_at)], "occurredAt", draft.restate.as_ref())
                    .and_then(|restating| Ok((restating, desk.settle(&draft)?))),
            )? {
                Err(problems) => batch.reject(problems),
                Ok((restating, opening)) => {
                    restated.push((Restated::Close(draft.close.id), restating));
                    let (referrer_id, reopens_id) = (opening.referrer_id, opening.reopens_id);
                    let close = close::Model { referrer_id, reopens_id, ..draft.close.clone() };
                    batch.record(close);
                    accepted.push((draft, opening));
                }
            },
        }
    }
    write_accounts(tx, &mut desk, &accepted).await?;
    let outcomes = batch.insert(tx).await?;
    post_openings(tx, scope, &accepted).await?;
    let said: Vec<credit_opening::Model> = accepted.iter().filter_map(|(draft, _)| draft.said.clone()).collect();
    tx.insert_many::<credit_opening::Entity>(&said).await?;
    periods::service::leave(tx, scope, restated).await?;
    pin_closes(tx, scope, &accepted.iter().map(|(draft, _)| &draft.close).collect::<Vec<_>>()).await?;
    pipeline::service::win(tx, scope, accepted.iter().map(|(draft, _)| &draft.close), desk.deals()).await?;
    tx.derive(record_stages(tx, &scope.also()?, accepted.iter().map(|(draft, _)| &draft.close))).await?;
    Ok(outcomes)
}

/// Whether two rows tell of the same close. A new account that no system named cannot be told from another one.
fn says_the_same(known: &close::Model, offered: &close::Model, account_settled: bool) -> bool {
    let content = |row: &close::Model| {
        let money = (row.amount_minor, row.currency, row.recurring_minor);
        (row.person_id, row.closed_at, money, row.path, row.opportunity_id, row.kind)
    };
    content(known) == content(offered) && (!account_settled || known.account_id == offered.account_id)
}

/// The credit a close starts with, as it will be posted.
#[derive(Clone, Debug)]
pub(super) struct Decided {
    pub(super) rule: PolicyRule,
    pub(super) reason: String,
    /// Basis points by resource.
    pub(super) shares: [(Resource, i64); 3],
    /// Who referred the buyer, if the claim decided.
    pub(super) referrer_id: Option<PersonId>,
    /// The voided close it takes the place of.
    pub(super) reopens_id: Option<CloseId>,
}

/// An account becomes a customer with the first of its closes.
async fn write_accounts(tx: &TenantWrite, desk: &mut Desk<'_>, accepted: &[(Draft, Decided)]) -> Result<()> {
    let mut first: HashMap<AccountId, Timestamp> = HashMap::new();
    for (draft, _) in accepted {
        let at = first.entry(draft.close.account_id).or_insert(draft.close.closed_at);
        *at = draft.close.closed_at.min(*at);
    }
    let generated = |row: account::Model| {
        let at = first.get(&row.id).copied()?;
        row.generated_at.is_none_or(|before| at < before).then_some(account::Model { generated_at: Some(at), ..row })
    };
    let new = desk.take_new_accounts().filter_map(generated).collect();
    let known: Vec<account::Model> = desk.take_known_accounts().filter_map(generated).collect();
    make_customers(tx, new, &known).await
}

/// Every close gets its opening, effective from when it was won.
async fn post_openings(tx: &TenantWrite, scope: &Scope<CloseWrite>, accepted: &[(Draft, Decided)]) -> Result<()> {
    let mut batches = Vec::with_capacity(accepted.len());
    let mut entries = Vec::with_capacity(accepted.len());
    for (draft, decided) in accepted {
        let batch = credit_batch::Model {
            organization_id: tx.organization_id(),
            id: scope.next_id(),
            close_id: draft.close.id,
            sequence: 0,
            kind: BatchKind::Opening,
            rule: Some(decided.rule),
            reason: decided.reason.clone(),
            requested_by: scope.member_id(),
            effective_at: draft.close.closed_at,
            // Whoever knows of the close knows who holds it.
            recorded_at: draft.close.recorded_at,
            transfer_id: None,
            reverses_id: None,
            asked_effective_at: None,
        };
        for &(resource, bp) in decided.shares.iter().filter(|(_, bp)| *bp != 0) {
            entries.push(entry(tx, scope.next_id(), batch.id, resource, bp)?);
        }
        batches.push(batch);
    }
    // The database looks at a batch with its entries.
    tx.insert_many::<credit_entry::Entity>(&entries).await?;
    tx.insert_many::<credit_batch::Entity>(&batches).await
}

/// Each buyer enters the stage of what they did; where the close lies before what is known of them, the entry is flagged as backdated. Who is
/// in the stage already stays there.
async fn record_stages(tx: &TenantWrite, scope: &Scope<StageWrite>, closes: impl Iterator<Item = &close::Model>) -> Result<()> {
    let events: Vec<NewStageEvent> = closes
        .map(|close| NewStageEvent {
            person_id: close.person_id,
            account_id: close.person_id.is_none().then_some(close.account_id),
            pipeline_id: None,
            stage: stage_of(close.kind).to_owned(),
            occurred_at: close.closed_at,
            backdated: true,
            reason: Some(STAGE_REASON.to_owned()),
            external_id: None,
            // A close is a fact: the rules of its stage do not undo it.
            settled: true,
        })
        .collect();
    // The first stage of a customer is always there; not every organization has one for those who buy more.
    let may_be = |event: &NewStageEvent, problem: &Problem| match problem.code {
        ProblemCode::SameStage => true,
        ProblemCode::NotFound => event.stage == EXPANDED && problem.field == "stage",
        _ => false,
    };
    for (event, outcome) in events.iter().zip(journey::service::record_stage_events_in(tx, scope, &events).await?) {
        if let Outcome::Rejected(problems) = outcome
            && !problems.iter().all(|problem| may_be(event, problem))
        {
            return Err(Error::Invalid(problems));
        }
    }
    Ok(())
}

const fn stage_of(kind: CloseKind) -> &'static str {
    match kind {
        CloseKind::New => CLOSED,
        CloseKind::Expansion => EXPANDED,
    }
}

impl GenerateAccount {
    /// Everybody it names.
    pub(super) fn people(&self) -> impl Iterator<Item = PersonId> {
        self.person_id.into_iter().chain(self.referral.map(|referral| referral.referrer_id))
    }
}
