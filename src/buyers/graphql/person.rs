//! People: the type and the mutations.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, ID, InputObject, MaybeUndefined, Object};
use entity::ids::PersonId;
use entity::kinds::PersonKind;
use entity::person;

use super::Account;
use super::identity::{people_same, person_is};
use crate::activities::graphql::{ActivityConnection, activities_of};
use crate::activities::service::ActivitiesOf;
use crate::auth::permission::grant::{BuyerRead, BuyerWrite, ContactRead, JourneyRead, OpportunityRead};
use crate::buyers::service;
use crate::db::PageRequest;
use crate::error::{Error, Result};
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, Loads};
use crate::graphql::external::{ExternalId, ExternalIdInput};
use crate::graphql::node::{parse_id, parse_optional_id, parse_patch_id};
use crate::graphql::scalar::{DateTime, int};
use crate::journey::graphql::{StageEventConnection, TouchConnection, stage_events_of, touches_of};
use crate::journey::service::{Subject, TouchesOf};
use crate::organization::graphql::Member;
use crate::pipeline::graphql::role::PartsOf;
use crate::pipeline::graphql::{BuyingRole, buying_roles_of};
use crate::privacy::graphql::{Consent, consents_of};
use crate::{bulk_payloads, connections, payloads};

/// A buyer, anonymous or known.
#[derive(Clone, Debug, Description)]
pub struct Person(person::Model);

impl From<person::Model> for Person {
    fn from(row: person::Model) -> Self {
        Self(row)
    }
}

impl Person {
    /// The person with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read buyers.
    pub async fn find(ctx: &Context<'_>, id: PersonId) -> Result<Option<Self>> {
        ctx.authorize::<BuyerRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }
}

#[Object(use_type_description)]
impl Person {
    /// Their id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Whether they told us who they are.
    async fn kind(&self) -> PersonKind {
        self.0.kind
    }

    /// What they are called; null also where you may not read contact data, and once they are erased.
    async fn name(&self, ctx: &Context<'_>) -> Option<&str> {
        self.0.name.as_deref().filter(|_| ctx.permits::<ContactRead>())
    }

    /// Their e-mail address, in lower case; null also where you may not read contact data.
    async fn email(&self, ctx: &Context<'_>) -> Option<&str> {
        self.0.email.as_deref().filter(|_| ctx.permits::<ContactRead>())
    }

    /// When they became known; null for an anonymous person.
    async fn known_at(&self) -> Option<DateTime> {
        self.0.known_at.map(DateTime)
    }

    /// The company they buy for.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        match self.0.account_id {
            Some(id) => Account::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The member who looks after them; null also where you may not read members.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.owner_id).await
    }

    /// What another system calls them; null also where they were erased.
    async fn external_id(&self) -> Option<ExternalId> {
        ExternalId::of(self.0.source.as_ref(), self.0.external_id.as_ref())
    }

    /// Who they are: themselves, unless they were said to be somebody else; null where you may not see who that is.
    async fn identity(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        person_is(ctx, self.0.id).await
    }

    /// Everybody who is said to be the same, themselves included, oldest first.
    #[graphql(complexity = "5 * child_complexity + 1")]
    async fn identities(&self, ctx: &Context<'_>) -> Result<Vec<Person>> {
        people_same(ctx, self.0.id).await
    }

    /// Their touches, latest first, without those that were corrected or taken back.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn touches(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<TouchConnection> {
        ctx.authorize::<JourneyRead>()?;
        touches_of(ctx, TouchesOf::Person(self.0.id), PageRequest::new(first, after.as_deref(), last, before.as_deref())?).await
    }

    /// Stages they entered, latest first, without entries that were corrected or taken back.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn stage_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<StageEventConnection> {
        ctx.authorize::<JourneyRead>()?;
        stage_events_of(ctx, Subject::Person(self.0.id), PageRequest::new(first, after.as_deref(), last, before.as_deref())?).await
    }

    /// The parts they play in buying, by what was known at an instant, in the order in which they began to.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn buying_roles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As seen at this instant. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<Vec<BuyingRole>> {
        ctx.authorize::<OpportunityRead>()?;
        buying_roles_of(ctx, PartsOf::Person(self.0.id), as_of).await
    }

    /// What is planned with them and what came of it, what was planned last first. Whoever is said to be the same counts as one.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn activities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<ActivityConnection> {
        activities_of(ctx, ActivitiesOf::Person(self.0.id), PageRequest::new(first, after.as_deref(), last, before.as_deref())?).await
    }

    /// Their latest decision on each purpose they decided on. Who never decided on one has not granted it.
    #[graphql(complexity = "7 * child_complexity + 1")]
    async fn consents(&self, ctx: &Context<'_>) -> Result<Vec<Consent>> {
        ctx.authorize::<BuyerRead>()?;
        consents_of(ctx, self.0.id).await
    }

    /// When everything that says who they are was erased; null if it was not. Of an erased person `kind`, `knownAt` and what
    /// happened stay, so that no number of the past changes.
    async fn erased_at(&self) -> Option<DateTime> {
        self.0.erased_at.map(DateTime)
    }

    /// When they were recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }

    /// Counts the changes, from 1; pass it as `expectedVersion` to change only what you saw.
    async fn version(&self) -> i32 {
        int(self.0.version)
    }
}

connections! {
    PersonConnection, PersonEdge, Person, "people";
}

impl Loader<PersonId> for Loads {
    type Value = person::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[PersonId]) -> Result<HashMap<PersonId, person::Model>, Arc<Error>> {
        service::people_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// A buyer to record: anonymous, or known since a moment.
#[derive(InputObject)]
pub struct NewPersonInput {
    /// What they are called.
    name: Option<String>,
    /// Their e-mail address.
    email: Option<String>,
    /// The company they buy for.
    account_id: Option<ID>,
    /// The member who looks after them. Default: you, unless you may look after everybody.
    owner_id: Option<ID>,
    /// Since when they are known: they left details, or began a trial or consultation. Leave it out for an anonymous
    /// person. Who is known needs a name, an address or an external id.
    known_at: Option<DateTime>,
    /// What another system calls them.
    external_id: Option<ExternalIdInput>,
}

impl NewPersonInput {
    fn read(self, path: &str) -> Result<service::NewPerson> {
        Ok(service::NewPerson {
            name: self.name,
            email: self.email,
            account_id: parse_optional_id(self.account_id.as_ref(), &format!("{path}.accountId"))?,
            owner_id: parse_optional_id(self.owner_id.as_ref(), &format!("{path}.ownerId"))?,
            known_at: self.known_at.map(|at| at.0),
            external_id: self.external_id.map(Into::into),
        })
    }
}

/// A new person.
#[derive(InputObject)]
pub struct RecordPersonInput {
    /// The person.
    #[graphql(flatten)]
    person: NewPersonInput,
    /// Repeating the mutation with the same key gives the same person.
    idempotency_key: Option<String>,
}

/// Many new people.
#[derive(InputObject)]
pub struct RecordPeopleInput {
    /// The people, at most 1 000.
    items: Vec<NewPersonInput>,
    /// Repeating the mutation with the same key gives the same results.
    idempotency_key: Option<String>,
}

/// Changes of a person; fields left out stay as they are.
#[derive(InputObject)]
pub struct RevisePersonInput {
    /// The person.
    person_id: ID,
    /// What they are called; null for none.
    name: MaybeUndefined<String>,
    /// Their e-mail address; null for none.
    email: MaybeUndefined<String>,
    /// The company they buy for; null for none.
    account_id: MaybeUndefined<ID>,
    /// The member who looks after them; null for nobody.
    owner_id: MaybeUndefined<ID>,
    /// Since when they are known; not before their first touch. Nobody becomes anonymous again.
    known_at: Option<DateTime>,
    /// The version you saw; the change is refused if there is a newer one.
    expected_version: Option<i32>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of recording a person.
    RecordPersonPayload {
        /// The person.
        person: Person
    }
    /// What came of revising a person.
    RevisePersonPayload {
        /// The person as they are now.
        person: Person
    }
}

bulk_payloads! {
    /// What came of recording people.
    RecordPeoplePayload, RecordPeopleResult {
        /// The person.
        person: Person
    }
}

/// Changing people.
#[derive(Debug, Default)]
pub struct PersonMutation;

#[Object]
impl PersonMutation {
    /// Records a buyer, anonymous or known.
    async fn record_person(&self, ctx: &Context<'_>, input: RecordPersonInput) -> Result<RecordPersonPayload> {
        let scope = ctx.authorize::<BuyerWrite>()?;
        let new = input.person.read("input")?;
        RecordPersonPayload::settle(service::record_person(&scope, new, input.idempotency_key.as_deref()).await.map(Person))
    }

    /// Records many buyers at once: those that are accepted stay, the others are named with the reason.
    async fn record_people(&self, ctx: &Context<'_>, input: RecordPeopleInput) -> Result<RecordPeoplePayload> {
        let scope = ctx.authorize::<BuyerWrite>()?;
        let items = input.items.into_iter().enumerate().map(|(index, item)| item.read(&format!("input.items.{index}")));
        let items = items.collect::<Result<_>>()?;
        RecordPeoplePayload::settle(service::record_people(&scope, items, input.idempotency_key.as_deref()).await)
    }

    /// Changes a person, who may become known by it.
    async fn revise_person(&self, ctx: &Context<'_>, input: RevisePersonInput) -> Result<RevisePersonPayload> {
        let scope = ctx.authorize::<BuyerWrite>()?;
        let change = service::RevisePerson {
            person_id: parse_id(&input.person_id, "input.personId")?,
            name: input.name.into(),
            email: input.email.into(),
            account_id: parse_patch_id(input.account_id, "input.accountId")?,
            owner_id: parse_patch_id(input.owner_id, "input.ownerId")?,
            known_at: input.known_at.map(|at| at.0),
            expected_version: input.expected_version.map(i64::from),
            idempotency_key: input.idempotency_key,
        };
        RevisePersonPayload::settle(service::revise_person(&scope, &change).await.map(Person))
    }
}
