//! Offering buyers to another resource.

use std::collections::{BTreeSet, HashMap, HashSet};

use entity::ids::{AccountId, AgreementVersionId, MemberId, PersonId, ServiceAgreementId, TacticId, TypedId};
use entity::time::Timestamp;
use entity::{account, handoff, member, person, service_agreement, tactic};
use serde::Serialize;
use uuid::Uuid;

use super::admission::{Admission, Subject};
use super::course::{deciders, receiver};
use crate::agreements::handoffs::store;
use crate::auth::Scope;
use crate::auth::permission::Reach;
use crate::auth::permission::grant::HandoffOffer;
use crate::buyers::service::{Together, hold_together};
use crate::db::{Batch, BulkCall, Outcome, TenantWrite, checked, only};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input::{self, ExternalId};

/// A buyer who is offered under an agreement. It names a person, an account, or both.
#[derive(Clone, Debug, Serialize)]
pub struct NewHandoff {
    /// The agreement.
    pub agreement_id: ServiceAgreementId,
    /// Who.
    pub person_id: Option<PersonId>,
    /// Which company.
    pub account_id: Option<AccountId>,
    /// The tactic that brought them.
    pub tactic_id: Option<TacticId>,
    /// Whose it is from now on; of who looks after the buyer, where it is not said and they work for the receiving resource.
    pub owner_id: Option<MemberId>,
    /// More about it, in words.
    pub note: Option<String>,
    /// When it was offered; now where it is not said.
    pub offered_at: Option<Timestamp>,
    /// What another system calls it.
    pub external_id: Option<ExternalId>,
}

/// Offers a buyer to another resource.
///
/// # Errors
/// Problems with the fields: `AGREEMENT_STATE` where the agreement is not in force then, `HANDOFF_OPEN` where the buyer is open with
/// the receiving resource already, `ERASED` where the person was erased, `NOT_ALLOWED` where the caller offers for another resource.
pub async fn offer_handoff(scope: &Scope<HandoffOffer>, new: NewHandoff, key: Option<&str>) -> Result<handoff::Model> {
    only(offer(scope, "offerHandoff", vec![new], key).await?)
}

/// Offers buyers to another resource, each for themselves.
///
/// # Errors
/// A problem with `items` where there are too many; problems with an offer are its outcome.
pub async fn offer_handoffs(
    scope: &Scope<HandoffOffer>,
    items: Vec<NewHandoff>,
    key: Option<&str>,
) -> Result<Vec<Outcome<handoff::Model>>> {
    offer(scope, "offerHandoffs", items, key).await
}

async fn offer(
    scope: &Scope<HandoffOffer>,
    operation: &'static str,
    items: Vec<NewHandoff>,
    key: Option<&str>,
) -> Result<Vec<Outcome<handoff::Model>>> {
    let call = BulkCall::<handoff::Entity>::new(key, operation, &items)?;
    let tx = scope.write().await?;
    if let Some(outcomes) = call.recall(&tx).await? {
        return Ok(outcomes);
    }
    let known = Known::load(&tx, scope, &items).await?;
    let drafts = items.iter().map(|new| checked(known.check(scope, new))).collect::<Result<Vec<_>>>()?;
    let mut batch = Batch::<handoff::Entity>::begin(&tx, drafts.iter().flatten().map(|draft| &draft.row)).await?;
    let subjects = drafts.iter().flatten().map(|draft| (draft.subject, draft.row.to_resource)).collect();
    let mut admission = Admission::begin(&tx, scope, &known.together, subjects).await?;
    for draft in drafts {
        let Draft { row, agreement_id, subject, owner_id, note, told_at } = match draft {
            Ok(draft) => draft,
            Err(problems) => {
                batch.reject(problems);
                continue;
            }
        };
        if batch.knows(&row, |stored, offered| known.is_same((stored, offered), agreement_id, told_at)) {
            continue;
        }
        match checked(admission.admit(&tx, scope, row, agreement_id, subject).await)? {
            Ok(row) => {
                admission.opening.put(scope, &row, owner_id, note);
                batch.record(row);
            }
            Err(problems) => batch.reject(problems),
        }
    }
    let outcomes = batch.insert(&tx).await?;
    // No system names what follows from what one of them named.
    tx.derive(admission.opening.insert(&tx)).await?;
    call.commit(tx, scope, &outcomes).await?;
    Ok(outcomes)
}

/// An offer that was looked at by itself.
struct Draft {
    /// What is kept of it, once it is known under which version it is offered.
    row: handoff::Model,
    agreement_id: ServiceAgreementId,
    subject: Subject,
    owner_id: Option<MemberId>,
    note: Option<String>,
    told_at: Option<Timestamp>,
}

/// What the offers of a call name and what of it exists.
struct Known {
    together: Together,
    people: HashMap<PersonId, person::Model>,
    accounts: HashMap<AccountId, account::Model>,
    tactics: HashMap<TacticId, tactic::Model>,
    members: HashMap<MemberId, member::Model>,
    deciders: HashSet<MemberId>,
    agreements: HashMap<ServiceAgreementId, service_agreement::Model>,
    versions: HashSet<(ServiceAgreementId, AgreementVersionId)>,
}

impl Known {
    /// Nobody else offers these buyers, or under these agreements, until the transaction ends.
    async fn load(tx: &TenantWrite, scope: &Scope<HandoffOffer>, items: &[NewHandoff]) -> Result<Self> {
        let people: Vec<PersonId> = items.iter().filter_map(|new| new.person_id).collect();
        let accounts: Vec<AccountId> = items.iter().filter_map(|new| new.account_id).collect();
        let together = hold_together(tx, people, accounts, scope.now()).await?;
        let people: Vec<person::Model> = tx.get_many::<person::Entity>(together.buyers.people.iter().copied()).await?;
        let of_people = people.iter().filter_map(|person| person.account_id);
        let accounts: BTreeSet<AccountId> = together.buyers.accounts.iter().copied().chain(of_people).collect();
        let accounts = tx.get_many::<account::Entity>(accounts).await?;
        let tactics: BTreeSet<TacticId> = items.iter().filter_map(|new| new.tactic_id).collect();
        let tactics = tx.get_many::<tactic::Entity>(tactics).await?;
        let of_buyers = people.iter().filter_map(|row| row.owner_id).chain(accounts.iter().filter_map(|row| row.owner_id));
        let members: BTreeSet<MemberId> = items.iter().filter_map(|new| new.owner_id).chain(of_buyers).collect();
        let members = tx.get_many::<member::Entity>(members).await?;
        let deciders = deciders(tx, &members).await?;
        let agreements: BTreeSet<ServiceAgreementId> = items.iter().map(|new| new.agreement_id).collect();
        let agreements = store::hold_agreements(tx, &Vec::from_iter(agreements)).await?;
        let ids: Vec<ServiceAgreementId> = agreements.iter().map(|row| row.id).collect();
        let versions = store::versions_of(tx, &ids).await?;
        Ok(Self {
            together,
            people: people.into_iter().map(|row| (row.id, row)).collect(),
            accounts: accounts.into_iter().map(|row| (row.id, row)).collect(),
            tactics: tactics.into_iter().map(|row| (row.id, row)).collect(),
            members: members.into_iter().map(|row| (row.id, row)).collect(),
            deciders,
            agreements: agreements.into_iter().map(|row| (row.id, row)).collect(),
            versions: versions.into_iter().map(|row| (row.agreement_id, row.id)).collect(),
        })
    }

    /// Whether a handoff that is known is the one that is offered again.
    fn is_same(
        &self,
        (stored, offered): (&handoff::Model, &handoff::Model),
        agreement: ServiceAgreementId,
        told_at: Option<Timestamp>,
    ) -> bool {
        let about = |row: &handoff::Model| (row.person_id, row.account_id, row.tactic_id);
        let agreed = self.versions.contains(&(agreement, stored.version_id));
        about(stored) == about(offered) && agreed && told_at.is_none_or(|at| at == stored.offered_at)
    }

    fn check(&self, scope: &Scope<HandoffOffer>, new: &NewHandoff) -> Result<Draft> {
        let mut problems = Problems::new();
        let agreement = self.agreements.get(&new.agreement_id);
        if agreement.is_none() {
            problems.take::<()>(Err(Error::unknown("agreementId")))?;
        }
        if let Some(agreement) = agreement {
            problems.take(scope.covers(agreement.from_resource, "agreementId"))?;
            problems.take(self.tactic(new, agreement))?;
        }
        let subject = problems.take(self.subject(new))?;
        let owner_id = match agreement {
            Some(agreement) => problems.take(self.owner(new, agreement))?.flatten(),
            None => None,
        };
        let offered_at = problems.take(offered_at(scope, new.offered_at))?;
        let note = problems.take(input::optional_text("note", new.note.as_deref(), input::NOTE))?.flatten();
        let external_id = problems.take(ExternalId::optional("externalId", new.external_id.as_ref()))?.flatten();
        problems.check()?;
        let settled = || Error::broken("an offer is settled by now");
        let agreement = agreement.ok_or_else(settled)?;
        let (source, external_id) = ExternalId::split(external_id);
        let row = handoff::Model {
            organization_id: scope.organization_id(),
            id: scope.next_id(),
            // Of no version before it is admitted.
            version_id: AgreementVersionId::from_uuid(Uuid::nil()),
            from_resource: agreement.from_resource,
            to_resource: agreement.to_resource,
            person_id: new.person_id,
            account_id: new.account_id,
            tactic_id: new.tactic_id,
            over_delivery: false,
            offered_at: offered_at.ok_or_else(settled)?,
            answer_due_at: None,
            source,
            external_id,
            recorded_by: scope.member_id(),
            recorded_at: scope.now(),
        };
        Ok(Draft { row, agreement_id: agreement.id, subject: subject.ok_or_else(settled)?, owner_id, note, told_at: new.offered_at })
    }

    /// About whom it is: the person, where one is named, else the account; whoever is the same is one.
    fn subject(&self, new: &NewHandoff) -> Result<Subject> {
        let mut problems = Problems::new();
        if let Some(person) = new.person_id {
            problems.take(self.together.buyers.person(person, "personId"))?;
        }
        if new.account_id.is_some_and(|account| !self.together.buyers.accounts.contains(&account)) {
            problems.take::<()>(Err(Error::unknown("accountId")))?;
        }
        problems.check()?;
        match (new.person_id, new.account_id) {
            (Some(person), _) => Ok(Subject::Person(self.together.people.of(person))),
            (None, Some(account)) => Ok(Subject::Account(self.together.accounts.of(account))),
            (None, None) => Err(Error::invalid("personId", ProblemCode::Required, "a handoff has a person or an account")),
        }
    }

    fn tactic(&self, new: &NewHandoff, agreement: &service_agreement::Model) -> Result<()> {
        let Some(id) = new.tactic_id else { return Ok(()) };
        let tactic = self.tactics.get(&id).ok_or_else(|| Error::unknown("tacticId"))?;
        if tactic.resource == agreement.from_resource {
            return Ok(());
        }
        let message = format!("it is no tactic of {}", agreement.from_resource.name());
        Err(Error::invalid("tacticId", ProblemCode::Invalid, message))
    }

    /// Whose it is to be: who is named; else who looks after the person, else after the account, where they work for the receiving
    /// resource; else nobody's.
    fn owner(&self, new: &NewHandoff, agreement: &service_agreement::Model) -> Result<Option<MemberId>> {
        if let Some(wanted) = new.owner_id {
            return receiver(self.members.get(&wanted), &self.deciders, agreement.to_resource, "ownerId").map(Some);
        }
        let person = new.person_id.and_then(|id| self.people.get(&id));
        let account = new.account_id.or_else(|| person?.account_id).and_then(|id| self.accounts.get(&id));
        let owners = [person.and_then(|row| row.owner_id), account.and_then(|row| row.owner_id)];
        let receives = |owner: MemberId| receiver(self.members.get(&owner), &self.deciders, agreement.to_resource, "ownerId").ok();
        Ok(owners.into_iter().flatten().find_map(receives))
    }
}

/// When it was offered. What was offered before is told by who answers for all of it: clocks begin then.
fn offered_at(scope: &Scope<HandoffOffer>, told: Option<Timestamp>) -> Result<Timestamp> {
    let now = scope.now();
    match told {
        None => Ok(now),
        Some(at) if !(Timestamp::EPOCH..=now).contains(&at) => {
            Err(Error::invalid("offeredAt", ProblemCode::DateOutOfRange, "must lie between 1970 and now"))
        }
        Some(at) if at < now && scope.reach() != Reach::Organization => {
            Err(scope.out_of_reach("offeredAt", "you may not say that it was offered before"))
        }
        Some(at) => Ok(at),
    }
}
