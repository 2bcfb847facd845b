//! What the ideal customer is like: the type and the mutation.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, ID, InputObject, Object};
use entity::icp_profile;
use entity::ids::IcpProfileId;

use super::LIST;
use super::condition::{IcpCriterion, IcpCriterionInput};
use crate::auth::permission::grant::{BuyerRead, SegmentManage};
use crate::error::{Error, Result};
use crate::graphql::connection::list_cost;
use crate::graphql::context::{Authorize, Loads};
use crate::graphql::scalar::DateTime;
use crate::organization::graphql::Member;
use crate::segments::service;
use crate::{connections, payloads};

/// A version of what the ideal customer is like. It never changes; another version is defined beside it.
#[derive(Clone, Debug, Description)]
pub struct IcpProfile(icp_profile::Model);

impl From<icp_profile::Model> for IcpProfile {
    fn from(row: icp_profile::Model) -> Self {
        Self(row)
    }
}

impl IcpProfile {
    /// The version with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read buyers.
    pub async fn find(ctx: &Context<'_>, id: IcpProfileId) -> Result<Option<Self>> {
        ctx.authorize::<BuyerRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }
}

#[Object(use_type_description)]
impl IcpProfile {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What all its versions are called.
    async fn key(&self) -> &str {
        &self.0.key
    }

    /// Counts them, from 1.
    async fn profile_version(&self) -> i32 {
        self.0.profile_version
    }

    /// The score that is enough, of 100.
    async fn threshold(&self) -> i32 {
        self.0.threshold
    }

    /// What is asked of an account, and what it counts: 100 together. What is not known is not taken for false: where it decides,
    /// nobody knows whether the account fits.
    #[graphql(complexity = "list_cost(LIST, child_complexity)")]
    async fn criteria(&self) -> Result<Vec<IcpCriterion>> {
        Ok(service::criteria_of(&self.0)?.into_iter().map(IcpCriterion::from).collect())
    }

    /// Who defined it; null for background work, and where you may not read members.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.recorded_by).await
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

connections! {
    IcpProfileConnection, IcpProfileEdge, IcpProfile, "versions of profiles";
}

impl Loader<IcpProfileId> for Loads {
    type Value = icp_profile::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[IcpProfileId]) -> Result<HashMap<IcpProfileId, icp_profile::Model>, Arc<Error>> {
        service::icp_profiles_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// A version of a profile to define.
#[derive(InputObject)]
pub struct DefineIcpProfileInput {
    /// What all its versions are called: upper-case letters, digits and underscores, at most 40.
    key: String,
    /// The score that is enough, 0 to 100.
    threshold: i32,
    /// What is asked of an account, 1 to 50. The weights add up to 100.
    criteria: Vec<IcpCriterionInput>,
    /// Repeating the mutation with the same key gives the same version.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of defining a profile.
    DefineIcpProfilePayload {
        /// The new version.
        icp_profile: IcpProfile
    }
}

/// Defining what the ideal customer is like.
#[derive(Debug, Default)]
pub struct ProfileMutation;

#[Object]
impl ProfileMutation {
    /// Defines what the ideal customer is like, as the next version of a profile.
    async fn define_icp_profile(&self, ctx: &Context<'_>, input: DefineIcpProfileInput) -> Result<DefineIcpProfilePayload> {
        let scope = ctx.authorize::<SegmentManage>()?;
        let criteria = input.criteria.into_iter().enumerate().map(|(index, criterion)| criterion.read(index)).collect::<Result<_>>();
        let defined = match criteria {
            Ok(criteria) => {
                let DefineIcpProfileInput { key, threshold, idempotency_key, .. } = input;
                service::define_icp_profile(&scope, &service::DefineIcpProfile { key, threshold, criteria, idempotency_key }).await
            }
            Err(problem) => Err(problem),
        };
        DefineIcpProfilePayload::settle(defined.map(IcpProfile))
    }
}
