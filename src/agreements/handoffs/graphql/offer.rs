//! Offering buyers to another resource, and answering what became of that.

use async_graphql::{Context, ID, InputObject, Object};

use super::Handoff;
use crate::agreements::handoffs::service;
use crate::auth::permission::grant::HandoffOffer;
use crate::error::Result;
use crate::graphql::context::Authorize;
use crate::graphql::external::ExternalIdInput;
use crate::graphql::node::{parse_id, parse_optional_id};
use crate::graphql::scalar::DateTime;
use crate::{bulk_payloads, payloads};

/// A buyer to offer: a person, an account, or both. Where a person is named it is they who are offered, once to a resource until that
/// is at its end; else it is the account.
#[derive(InputObject)]
pub struct NewHandoffInput {
    /// The agreement under which they are offered. It says who offers and who receives.
    agreement_id: ID,
    /// Who.
    person_id: Option<ID>,
    /// Which company.
    account_id: Option<ID>,
    /// The tactic that brought them: one of the offering resource.
    tactic_id: Option<ID>,
    /// Whose they are from now on: somebody who works for the receiving resource. Default: who looks after the person, else after the
    /// account, where they work for it; else nobody's, until somebody takes them.
    owner_id: Option<ID>,
    /// More about it, in words.
    note: Option<String>,
    /// When they were offered. Default: now. Only who offers for the whole organization may tell an earlier moment.
    offered_at: Option<DateTime>,
    /// What another system calls it.
    external_id: Option<ExternalIdInput>,
}

impl NewHandoffInput {
    fn read(self, path: &str) -> Result<service::NewHandoff> {
        Ok(service::NewHandoff {
            agreement_id: parse_id(&self.agreement_id, &format!("{path}.agreementId"))?,
            person_id: parse_optional_id(self.person_id.as_ref(), &format!("{path}.personId"))?,
            account_id: parse_optional_id(self.account_id.as_ref(), &format!("{path}.accountId"))?,
            tactic_id: parse_optional_id(self.tactic_id.as_ref(), &format!("{path}.tacticId"))?,
            owner_id: parse_optional_id(self.owner_id.as_ref(), &format!("{path}.ownerId"))?,
            note: self.note,
            offered_at: self.offered_at.map(|at| at.0),
            external_id: self.external_id.map(Into::into),
        })
    }
}

/// A new handoff.
#[derive(InputObject)]
pub struct OfferHandoffInput {
    /// The buyer, and the agreement.
    #[graphql(flatten)]
    handoff: NewHandoffInput,
    /// Repeating the mutation with the same key gives the same handoff.
    idempotency_key: Option<String>,
}

/// Many new handoffs.
#[derive(InputObject)]
pub struct OfferHandoffsInput {
    /// The handoffs, at most 1 000.
    items: Vec<NewHandoffInput>,
    /// Repeating the mutation with the same key gives the same results.
    idempotency_key: Option<String>,
}

/// Something the offering side does about a handoff.
macro_rules! answers {
    ($($(#[$doc:meta])* $name:ident { $(#[$note_doc:meta])* note: $note:ty })+) => {$(
        $(#[$doc])*
        #[derive(InputObject)]
        pub struct $name {
            /// The handoff.
            handoff_id: ID,
            $(#[$note_doc])*
            note: $note,
            /// Repeating the mutation with the same key changes nothing more.
            idempotency_key: Option<String>,
        }

        impl $name {
            fn read(self) -> Result<service::AnswerHandoff> {
                Ok(service::AnswerHandoff {
                    handoff_id: parse_id(&self.handoff_id, "input.handoffId")?,
                    note: self.note.into(),
                    idempotency_key: self.idempotency_key,
                })
            }
        }
    )+};
}

answers! {
    /// That an offer is taken back.
    WithdrawHandoffInput {
        /// Why, in words.
        note: Option<String>
    }
    /// That a rejection is noted.
    AcknowledgeRejectionInput {
        /// What follows from it, in words.
        note: Option<String>
    }
    /// That a rejection is not agreed with.
    ContestRejectionInput {
        /// Why, in words.
        note: String
    }
}

payloads! {
    /// What came of offering a buyer.
    OfferHandoffPayload {
        /// The handoff.
        handoff: Handoff
    }
    /// What came of taking an offer back.
    WithdrawHandoffPayload {
        /// The handoff as it is now.
        handoff: Handoff
    }
    /// What came of noting a rejection.
    AcknowledgeRejectionPayload {
        /// The handoff as it is now.
        handoff: Handoff
    }
    /// What came of contesting a rejection.
    ContestRejectionPayload {
        /// The handoff as it is now.
        handoff: Handoff
    }
}

bulk_payloads! {
    /// What came of offering many buyers.
    OfferHandoffsPayload, HandoffResult {
        /// The handoff, unless it was rejected.
        handoff: Handoff
    }
}

/// What the offering side does.
#[derive(Debug, Default)]
pub struct OfferMutation;

#[Object]
impl OfferMutation {
    /// Offers a buyer to another resource. It waits for an answer as long as the agreement says, and silence accepts it. The clocks of
    /// the receiving side run from the offer on.
    async fn offer_handoff(&self, ctx: &Context<'_>, input: OfferHandoffInput) -> Result<OfferHandoffPayload> {
        let scope = ctx.authorize::<HandoffOffer>()?;
        let new = input.handoff.read("input")?;
        OfferHandoffPayload::settle(service::offer_handoff(&scope, new, input.idempotency_key.as_deref()).await.map(Handoff::from))
    }

    /// Offers buyers to other resources, each for themselves.
    async fn offer_handoffs(&self, ctx: &Context<'_>, input: OfferHandoffsInput) -> Result<OfferHandoffsPayload> {
        let scope = ctx.authorize::<HandoffOffer>()?;
        let items = (0..).zip(input.items).map(|(index, item): (usize, _)| item.read(&format!("input.items.{index}")));
        let items = items.collect::<Result<Vec<_>>>()?;
        OfferHandoffsPayload::settle(service::offer_handoffs(&scope, items, input.idempotency_key.as_deref()).await)
    }

    /// Takes an offer back that was not answered yet. The clocks end.
    async fn withdraw_handoff(&self, ctx: &Context<'_>, input: WithdrawHandoffInput) -> Result<WithdrawHandoffPayload> {
        let scope = ctx.authorize::<HandoffOffer>()?;
        WithdrawHandoffPayload::settle(service::withdraw_handoff(&scope, &input.read()?).await.map(Handoff::from))
    }

    /// Takes note of a rejection, as the offering side may owe within a time.
    async fn acknowledge_rejection(&self, ctx: &Context<'_>, input: AcknowledgeRejectionInput) -> Result<AcknowledgeRejectionPayload> {
        let scope = ctx.authorize::<HandoffOffer>()?;
        AcknowledgeRejectionPayload::settle(service::acknowledge_rejection(&scope, &input.read()?).await.map(Handoff::from))
    }

    /// Contests a rejection, which takes note of it too. Somebody else says whether it stands.
    async fn contest_rejection(&self, ctx: &Context<'_>, input: ContestRejectionInput) -> Result<ContestRejectionPayload> {
        let scope = ctx.authorize::<HandoffOffer>()?;
        ContestRejectionPayload::settle(service::contest_rejection(&scope, &input.read()?).await.map(Handoff::from))
    }
}
