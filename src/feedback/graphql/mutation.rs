//! Telling another resource something, and taking note of what it tells.

use async_graphql::{Context, ID, InputObject, Object};
use entity::kinds::{FeedbackKind, FeedbackOutcome, Resource};

use super::Feedback;
use crate::auth::permission::grant::FeedbackWrite;
use crate::error::Result;
use crate::feedback::service;
use crate::graphql::context::Authorize;
use crate::graphql::node::{parse_id, parse_optional_id};
use crate::payloads;

/// Something to tell another resource.
#[derive(InputObject)]
pub struct SendFeedbackInput {
    /// Who tells: your resource, unless you may for all of them.
    from_resource: Resource,
    /// Who is told: another one.
    to_resource: Resource,
    /// What it is; not BREACH, which only clocks tell.
    kind: FeedbackKind,
    /// The handoff it is about.
    handoff_id: Option<ID>,
    /// The tactic it is about.
    tactic_id: Option<ID>,
    /// The content it is about.
    content_id: Option<ID>,
    /// The key of the metric whose definition it is about.
    metric_key: Option<String>,
    /// The agreement by whose business time it is to be acknowledged; it is in force. Default: that of the handoff; without either it
    /// is never late.
    agreement_id: Option<ID>,
    /// What is told, in words.
    body: String,
    /// Repeating the mutation with the same key tells it once.
    idempotency_key: Option<String>,
}

/// That your resource takes note of what it was told.
#[derive(InputObject)]
pub struct AcknowledgeFeedbackInput {
    /// What it was told.
    feedback_id: ID,
    /// What comes of it.
    outcome: FeedbackOutcome,
    /// More about that, in words.
    note: Option<String>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of telling something.
    SendFeedbackPayload {
        /// What was told.
        feedback: Feedback
    }
    /// What came of taking note.
    AcknowledgeFeedbackPayload {
        /// What was told, as it stands now.
        feedback: Feedback
    }
}

/// Changing feedback.
#[derive(Debug, Default)]
pub struct FeedbackMutation;

#[Object]
impl FeedbackMutation {
    /// Tells another resource something.
    async fn send_feedback(&self, ctx: &Context<'_>, input: SendFeedbackInput) -> Result<SendFeedbackPayload> {
        let scope = ctx.authorize::<FeedbackWrite>()?;
        let new = service::SendFeedback {
            from: input.from_resource,
            to: input.to_resource,
            kind: input.kind,
            handoff_id: parse_optional_id(input.handoff_id.as_ref(), "input.handoffId")?,
            tactic_id: parse_optional_id(input.tactic_id.as_ref(), "input.tacticId")?,
            content_id: parse_optional_id(input.content_id.as_ref(), "input.contentId")?,
            metric_key: input.metric_key,
            agreement_id: parse_optional_id(input.agreement_id.as_ref(), "input.agreementId")?,
            body: input.body,
            idempotency_key: input.idempotency_key,
        };
        SendFeedbackPayload::settle(service::send_feedback(&scope, &new).await.map(Feedback::from))
    }

    /// Takes note of what your resource was told, once, by somebody else than who told it.
    async fn acknowledge_feedback(&self, ctx: &Context<'_>, input: AcknowledgeFeedbackInput) -> Result<AcknowledgeFeedbackPayload> {
        let scope = ctx.authorize::<FeedbackWrite>()?;
        let change = service::AcknowledgeFeedback {
            feedback_id: parse_id(&input.feedback_id, "input.feedbackId")?,
            outcome: input.outcome,
            note: input.note,
            idempotency_key: input.idempotency_key,
        };
        AcknowledgeFeedbackPayload::settle(service::acknowledge_feedback(&scope, &change).await.map(Feedback::from))
    }
}
