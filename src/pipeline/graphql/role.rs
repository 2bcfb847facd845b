//! Parts in buying: the type and the mutations.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, ID, InputObject, Object};
use entity::ids::{BuyingRoleId, OpportunityId, PersonId};
use entity::kinds::{BuyingRoleKind, BuyingStance};
use entity::time::Timestamp;

use super::Opportunity;
use crate::auth::permission::grant::{BuyerRead, OpportunityRead, OpportunityWrite};
use crate::buyers::graphql::Person;
use crate::error::{Error, Result};
use crate::graphql::context::{Authorize, Loads};
use crate::graphql::metric;
use crate::graphql::node::parse_id;
use crate::graphql::scalar::DateTime;
use crate::organization::graphql::Member;
use crate::payloads;
use crate::pipeline::service::{self, Part};

/// The part somebody plays in buying.
#[derive(Clone, Debug, Description)]
pub struct BuyingRole(Part);

impl From<Part> for BuyingRole {
    fn from(part: Part) -> Self {
        Self(part)
    }
}

impl BuyingRole {
    /// The part with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read opportunities.
    pub async fn find(ctx: &Context<'_>, id: BuyingRoleId) -> Result<Option<Self>> {
        ctx.authorize::<OpportunityRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }
}

#[Object(use_type_description)]
impl BuyingRole {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.role.id.to_string())
    }

    /// What they decide on.
    async fn opportunity(&self, ctx: &Context<'_>) -> Result<Opportunity> {
        Opportunity::find(ctx, self.0.role.opportunity_id).await?.ok_or(Error::broken("a part has its opportunity"))
    }

    /// Who; null where you may not see them.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        if ctx.permits::<BuyerRead>() { Person::find(ctx, self.0.role.person_id).await } else { Ok(None) }
    }

    /// Their part in it.
    async fn role(&self) -> BuyingRoleKind {
        self.0.role.role
    }

    /// Whether they are for it.
    async fn stance(&self) -> BuyingStance {
        self.0.role.stance
    }

    /// From when on.
    async fn since(&self) -> DateTime {
        DateTime(self.0.role.since)
    }

    /// The first moment after it; null while it goes on.
    async fn until(&self) -> Option<DateTime> {
        self.0.end.as_ref().map(|end| DateTime(end.until))
    }

    /// Who recorded it; null for background work, and where you may not read members.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.role.recorded_by).await
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.role.recorded_at)
    }
}

impl Loader<BuyingRoleId> for Loads {
    type Value = Part;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[BuyingRoleId]) -> Result<HashMap<BuyingRoleId, Part>, Arc<Error>> {
        service::parts_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// Whose parts are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PartsOf {
    /// Everybody's who decides on an opportunity.
    Opportunity(OpportunityId),
    /// Those of a person.
    Person(PersonId),
}

/// The key of the parts of an opportunity or a person at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct PartsAt(PartsOf, Option<Timestamp>);

impl Loader<PartsAt> for Loads {
    type Value = Vec<Part>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[PartsAt]) -> Result<HashMap<PartsAt, Vec<Part>>, Arc<Error>> {
        let mut instants: HashMap<Option<Timestamp>, (Vec<OpportunityId>, Vec<PersonId>)> = HashMap::new();
        for PartsAt(of, as_of) in keys {
            let (opportunities, people) = instants.entry(*as_of).or_default();
            match of {
                PartsOf::Opportunity(id) => opportunities.push(*id),
                PartsOf::Person(id) => people.push(*id),
            }
        }
        let mut found = HashMap::with_capacity(keys.len());
        for (as_of, (opportunities, people)) in instants {
            let scope = self.authorize()?;
            if !opportunities.is_empty() {
                let parts = service::parts_of_opportunities(&scope, &opportunities, as_of).await.map_err(Arc::new)?;
                found.extend(parts.into_iter().map(|(id, parts)| (PartsAt(PartsOf::Opportunity(id), as_of), parts)));
            }
            if !people.is_empty() {
                let parts = service::parts_of_people(&scope, &people, as_of).await.map_err(Arc::new)?;
                found.extend(parts.into_iter().map(|(id, parts)| (PartsAt(PartsOf::Person(id), as_of), parts)));
            }
        }
        Ok(found)
    }
}

/// The parts of an opportunity or a person at an instant.
///
/// # Errors
/// A problem with `asOf`; [`Error::Forbidden`] where the caller may not read opportunities.
pub async fn buying_roles_of(ctx: &Context<'_>, of: PartsOf, as_of: Option<DateTime>) -> Result<Vec<BuyingRole>> {
    let scope = ctx.authorize::<OpportunityRead>()?;
    let wanted = as_of.map(|at| at.0);
    metric::as_of(as_of, scope.now())?;
    let parts = ctx.loads()?.load_one(PartsAt(of, wanted)).await.map_err(Arc::unwrap_or_clone)?;
    Ok(parts.unwrap_or_default().into_iter().map(BuyingRole).collect())
}

/// That somebody plays a part in buying.
#[derive(InputObject)]
pub struct SetBuyingRoleInput {
    /// What they decide on.
    opportunity_id: ID,
    /// Who.
    person_id: ID,
    /// Their part in it.
    role: BuyingRoleKind,
    /// Whether they are for it. Another stance than before ends the part and begins it anew.
    stance: BuyingStance,
    /// From when on. Default: now.
    since: Option<DateTime>,
    /// Repeating the mutation with the same key gives the same part.
    idempotency_key: Option<String>,
}

/// That somebody plays a part in buying no longer.
#[derive(InputObject)]
pub struct EndBuyingRoleInput {
    /// The part.
    buying_role_id: ID,
    /// The first moment after it. Default: now.
    until: Option<DateTime>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of recording that somebody plays a part.
    SetBuyingRolePayload {
        /// The part.
        buying_role: BuyingRole
    }
    /// What came of ending a part.
    EndBuyingRolePayload {
        /// The part with its end.
        buying_role: BuyingRole
    }
}

/// Changing who plays which part.
#[derive(Debug, Default)]
pub struct BuyingRoleMutation;

#[Object]
impl BuyingRoleMutation {
    /// Records that somebody plays a part in buying, or plays it with another stance from now on.
    async fn set_buying_role(&self, ctx: &Context<'_>, input: SetBuyingRoleInput) -> Result<SetBuyingRolePayload> {
        let scope = ctx.authorize::<OpportunityWrite>()?;
        let new = service::SetBuyingRole {
            opportunity_id: parse_id(&input.opportunity_id, "input.opportunityId")?,
            person_id: parse_id(&input.person_id, "input.personId")?,
            role: input.role,
            stance: input.stance,
            since: input.since.map(|at| at.0),
            idempotency_key: input.idempotency_key,
        };
        SetBuyingRolePayload::settle(service::set_buying_role(&scope, &new).await.map(BuyingRole))
    }

    /// Records that somebody plays a part in buying no longer.
    async fn end_buying_role(&self, ctx: &Context<'_>, input: EndBuyingRoleInput) -> Result<EndBuyingRolePayload> {
        let scope = ctx.authorize::<OpportunityWrite>()?;
        let change = service::EndBuyingRole {
            buying_role_id: parse_id(&input.buying_role_id, "input.buyingRoleId")?,
            until: input.until.map(|at| at.0),
            idempotency_key: input.idempotency_key,
        };
        EndBuyingRolePayload::settle(service::end_buying_role(&scope, &change).await.map(BuyingRole))
    }
}
