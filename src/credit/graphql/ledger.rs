//! What happens to a close after it was generated.

use async_graphql::{Context, ID, InputObject, Object};
use entity::kinds::{MovementKind, Resource};

use super::{CloseMovement, CreditBatch};
use crate::auth::permission::grant::{CloseWrite, CreditWrite};
use crate::credit::service;
use crate::error::Result;
use crate::graphql::context::Authorize;
use crate::graphql::metric::MoneyInput;
use crate::graphql::node::parse_id;
use crate::graphql::scalar::DateTime;
use crate::payloads;

/// Something that happened to a close.
#[derive(InputObject)]
pub struct RecordCloseMovementInput {
    /// The close.
    close_id: ID,
    /// What happened. Only what is voided can be reinstated; a voided close has no money to give back.
    kind: MovementKind,
    /// What was given back, in the currency of the close; for refunds and chargebacks only.
    amount: Option<MoneyInput>,
    /// When it happened; not before the close.
    occurred_at: DateTime,
    /// Why.
    reason: String,
    /// Repeating the mutation with the same key gives the same movement.
    idempotency_key: Option<String>,
}

/// Credit to be moved from one resource to another.
#[derive(InputObject)]
pub struct TransferCreditInput {
    /// The close.
    close_id: ID,
    /// Who gives.
    from: Resource,
    /// Who receives.
    to: Resource,
    /// How much of the close, of 10 000. The donor must have it from `effectiveAt` on for ever.
    basis_points: i32,
    /// From when on it counts.
    effective_at: DateTime,
    /// Why.
    reason: String,
    /// Repeating the mutation with the same key gives the same batch.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of recording a movement.
    RecordCloseMovementPayload {
        /// The movement.
        movement: CloseMovement
    }
    /// What came of transferring credit.
    TransferCreditPayload {
        /// The postings.
        batch: CreditBatch
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
            idempotency_key: input.idempotency_key,
        };
        RecordCloseMovementPayload::settle(service::record_close_movement(&scope, &new).await.map(CloseMovement::from))
    }

    /// Moves credit of a close from one resource to another.
    async fn transfer_credit(&self, ctx: &Context<'_>, input: TransferCreditInput) -> Result<TransferCreditPayload> {
        let scope = ctx.authorize::<CreditWrite>()?;
        let new = service::TransferCredit {
            close_id: parse_id(&input.close_id, "input.closeId")?,
            from: input.from,
            to: input.to,
            basis_points: input.basis_points.into(),
            effective_at: input.effective_at.0,
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        };
        TransferCreditPayload::settle(service::transfer_credit(&scope, &new).await.map(CreditBatch::from))
    }
}
