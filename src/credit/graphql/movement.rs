//! What happened to a close afterwards.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, ID, Object};
use entity::close_movement;
use entity::ids::CloseMovementId;
use entity::kinds::MovementKind;

use super::Close;
use crate::auth::permission::grant::CloseRead;
use crate::credit::service;
use crate::error::{Error, Result};
use crate::graphql::context::{Authorize, Loads};
use crate::graphql::metric::Money;
use crate::graphql::scalar::DateTime;
use crate::organization::graphql::Member;

/// A refund, chargeback, void or reinstatement of a close. It never changes.
#[derive(Clone, Debug, Description)]
pub struct CloseMovement(close_movement::Model);

impl From<close_movement::Model> for CloseMovement {
    fn from(row: close_movement::Model) -> Self {
        Self(row)
    }
}

impl CloseMovement {
    /// The movement with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read closes.
    pub async fn find(ctx: &Context<'_>, id: CloseMovementId) -> Result<Option<Self>> {
        ctx.authorize::<CloseRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }
}

#[Object(use_type_description)]
impl CloseMovement {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The close it happened to.
    async fn close(&self, ctx: &Context<'_>) -> Result<Close> {
        Close::find(ctx, self.0.close_id).await?.ok_or(Error::broken("a movement has its close"))
    }

    /// What happened.
    async fn kind(&self) -> MovementKind {
        self.0.kind
    }

    /// What was given back; null for voids and reinstatements.
    async fn amount(&self, ctx: &Context<'_>) -> Result<Option<Money>> {
        match self.0.kind {
            MovementKind::Refund | MovementKind::Chargeback => {
                let close = Close::find(ctx, self.0.close_id).await?.ok_or(Error::broken("a movement has its close"))?;
                Ok(Some(close.money(self.0.amount_minor)))
            }
            MovementKind::Void | MovementKind::Reinstate => Ok(None),
        }
    }

    /// When it happened.
    async fn occurred_at(&self) -> DateTime {
        DateTime(self.0.occurred_at)
    }

    /// Why; empty where the buyer or referrer was erased.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// Who recorded it; null for background work, and where you may not read members.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.recorded_by).await
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

impl Loader<CloseMovementId> for Loads {
    type Value = close_movement::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[CloseMovementId]) -> Result<HashMap<CloseMovementId, close_movement::Model>, Arc<Error>> {
        service::movements_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}
