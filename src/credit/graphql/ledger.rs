//! What happens to a close after it was generated.

use async_graphql::{Context, ID, InputObject, Object};
use entity::kinds::MovementKind;

use super::CloseMovement;
use crate::auth::permission::grant::CloseWrite;
use crate::credit::service;
use crate::error::Result;
use crate::graphql::context::Authorize;
use crate::graphql::metric::MoneyInput;
use crate::graphql::node::parse_id;
use crate::graphql::scalar::DateTime;
use crate::payloads;
use crate::periods::graphql::RestateInput;

/// Something that happened to a close.
#[derive(InputObject)]
pub struct RecordCloseMovementInput {
    /// The close.
    close_id: ID,
    /// What happened. Only what is voided can be reinstated, and only while no other close took its place; a voided close has no money
    /// to give back.
    kind: MovementKind,
    /// What was given back, in the currency of the close; for refunds and chargebacks only.
    amount: Option<MoneyInput>,
    /// When it happened; not before the close.
    occurred_at: DateTime,
    /// Why.
    reason: String,
    /// That it is written to a locked month all the same.
    restate: Option<RestateInput>,
    /// Repeating the mutation with the same key gives the same movement.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of recording a movement.
    RecordCloseMovementPayload {
        /// The movement.
        movement: CloseMovement
    }
}

/// Changing what follows from a close.
#[derive(Debug, Default)]
pub struct LedgerMutation;

#[Object]
impl LedgerMutation {
    /// Records a refund, chargeback, void or reinstatement of a close.
    async fn record_close_movement(&self, ctx: &Context<'_>, input: RecordCloseMovementInput) -> Result<RecordCloseMovementPayload> {
        let scope = ctx.authorize::<CloseWrite>()?;
        let new = service::RecordCloseMovement {
            close_id: parse_id(&input.close_id, "input.closeId")?,
            kind: input.kind,
            amount: input.amount.map(Into::into),
            occurred_at: input.occurred_at.0,
            reason: input.reason,
            restate: input.restate.map(Into::into),
            idempotency_key: input.idempotency_key,
        };
        RecordCloseMovementPayload::settle(service::record_close_movement(&scope, &new).await.map(CloseMovement::from))
    }
}
