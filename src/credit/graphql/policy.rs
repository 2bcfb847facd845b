//! The policy by which credit is opened.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, ID, Object};
use entity::credit_policy;
use entity::ids::CreditPolicyId;
use entity::kinds::{PolicyRule, TransferApproval};

use crate::auth::permission::grant::CloseRead;
use crate::connections;
use crate::credit::service;
use crate::error::{Error, Result};
use crate::graphql::context::{Authorize, Loads};
use crate::graphql::scalar::DateTime;
use crate::organization::graphql::Member;

/// A version of the rules that decide who the credit of a close starts with, and who agrees when it is moved. It never
/// changes.
#[derive(Clone, Debug, Description)]
pub struct CreditPolicy(credit_policy::Model);

impl From<credit_policy::Model> for CreditPolicy {
    fn from(row: credit_policy::Model) -> Self {
        Self(row)
    }
}

impl CreditPolicy {
    /// The policy with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read closes.
    pub async fn find(ctx: &Context<'_>, id: CreditPolicyId) -> Result<Option<Self>> {
        ctx.authorize::<CloseRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }
}

#[Object(use_type_description)]
impl CreditPolicy {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Counts the versions, from 1.
    async fn version(&self) -> i32 {
        self.0.policy_version
    }

    /// The rules in their order: the first that applies decides.
    async fn rules(&self) -> &[PolicyRule] {
        self.0.rules.as_slice()
    }

    /// How many days before a close evidence counts.
    async fn lookback_days(&self) -> i32 {
        self.0.lookback_days.into()
    }

    /// To steps of how many basis points evidence is rounded.
    async fn rounding_basis_points(&self) -> i32 {
        self.0.rounding_bp.into()
    }

    /// Whose approval a transfer needs before it is posted.
    async fn transfer_approval(&self) -> TransferApproval {
        self.0.transfer_approval
    }

    /// Who defined it; null for the first version, and where you may not read members.
    async fn defined_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.recorded_by).await
    }

    /// When it was defined.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

connections! {
    CreditPolicyConnection, CreditPolicyEdge, CreditPolicy, "credit policies";
}

impl Loader<CreditPolicyId> for Loads {
    type Value = credit_policy::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[CreditPolicyId]) -> Result<HashMap<CreditPolicyId, credit_policy::Model>, Arc<Error>> {
        service::credit_policies_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}
