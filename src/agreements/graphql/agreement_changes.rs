//! Finding, drafting, signing and ending agreements.

use async_graphql::{Context, ID, InputObject, Object};
use entity::kinds::Resource;

use super::agreement::{ServiceAgreement, ServiceAgreementConnection, ServiceAgreementState};
use super::clause::AgreementClauseInput;
use super::hours::BusinessSpanInput;
use crate::agreements::service;
use crate::auth::permission::grant::{AgreementRead, AgreementWrite};
use crate::db::PageRequest;
use crate::error::Result;
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, wants};
use crate::graphql::node::parse_id;
use crate::graphql::scalar::{Decimal, LocalDate};
use crate::payloads;

/// Which agreements are wanted: those that meet every condition given.
#[derive(Default, InputObject)]
pub struct ServiceAgreementFilter {
    /// Those a resource is a side of.
    resource: Option<Resource>,
    /// How they stand now.
    state: Option<ServiceAgreementState>,
}

/// Reading agreements.
#[derive(Debug, Default)]
pub struct AgreementQuery;

#[Object]
impl AgreementQuery {
    /// What the resources owe each other, the newest agreement first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn service_agreements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<ServiceAgreementFilter>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<ServiceAgreementConnection> {
        let scope = ctx.authorize::<AgreementRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = filter.unwrap_or_default();
        let filter = service::AgreementFilter { resource: filter.resource, state: filter.state.map(Into::into) };
        service::service_agreements(&scope, filter, page, wants(ctx, "totalCount")).await.map(ServiceAgreementConnection::new)
    }

    /// The agreement with an id; null where there is none.
    async fn service_agreement(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<ServiceAgreement>> {
        ctx.authorize::<AgreementRead>()?;
        ServiceAgreement::find(ctx, parse_id(&id, "id")?).await
    }
}

/// What two resources owe each other, and from when on.
#[derive(InputObject)]
pub struct AgreementTermsInput {
    /// The calendar its clocks go by, and where its days are days.
    calendar_id: ID,
    /// The first local day on which it holds. It never holds before both sides have signed.
    starts_on: LocalDate,
    /// The day after the last one; leave it out for no end.
    ends_on: Option<LocalDate>,
    /// How much of what is committed may be offered, 1 to 100; what is offered above that is over-delivery. Default 1.2.
    capacity_factor: Option<Decimal>,
    /// Whether over-delivery starts clocks too, and is accepted by silence.
    #[graphql(default)]
    counts_over_delivery: bool,
    /// How long an offer waits for an answer; silence is acceptance. Default: two business days.
    answer_within: Option<BusinessSpanInput>,
    /// What each side owes: 1 to 20 clauses.
    clauses: Vec<AgreementClauseInput>,
}

impl AgreementTermsInput {
    fn read(self) -> Result<service::WantedTerms> {
        let clauses = self.clauses.into_iter().enumerate().map(|(index, clause)| clause.read(index));
        Ok(service::WantedTerms {
            calendar_id: parse_id(&self.calendar_id, "input.calendarId")?,
            starts_on: self.starts_on.0,
            ends_on: self.ends_on.map(|day| day.0),
            capacity_factor: self.capacity_factor.map(|factor| factor.0),
            counts_over_delivery: self.counts_over_delivery,
            answer_within: self.answer_within.map(Into::into),
            clauses: clauses.collect::<Result<_>>()?,
        })
    }
}

/// A new agreement.
#[derive(InputObject)]
pub struct DraftAgreementInput {
    /// What it is called; unique.
    name: String,
    /// Who offers.
    from_resource: Resource,
    /// Who receives.
    to_resource: Resource,
    /// What is owed.
    #[graphql(flatten)]
    terms: AgreementTermsInput,
    /// Repeating the mutation with the same key gives the same agreement.
    idempotency_key: Option<String>,
}

/// Other terms of an agreement.
#[derive(InputObject)]
pub struct AmendAgreementInput {
    /// The agreement.
    agreement_id: ID,
    /// What is owed from then on: all of it.
    #[graphql(flatten)]
    terms: AgreementTermsInput,
    /// The version you saw; the change is refused if there is a newer one.
    expected_version: Option<i32>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// That a side agrees to the newest version of an agreement.
#[derive(InputObject)]
pub struct SignAgreementInput {
    /// The agreement.
    agreement_id: ID,
    /// For which side you sign.
    side: Resource,
    /// The `version` of the agreement you saw; the signature is refused if there is a newer one.
    expected_version: i32,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// That an agreement ends.
#[derive(InputObject)]
pub struct EndAgreementInput {
    /// The agreement.
    agreement_id: ID,
    /// The first local day on which it no longer holds: today, or later.
    ends_on: LocalDate,
    /// Why, in words.
    reason: String,
    /// The version you saw; the change is refused if there is a newer one.
    expected_version: Option<i32>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of drafting an agreement.
    DraftAgreementPayload {
        /// The agreement.
        agreement: ServiceAgreement
    }
    /// What came of drafting other terms of an agreement.
    AmendAgreementPayload {
        /// The agreement as it is now.
        agreement: ServiceAgreement
    }
    /// What came of signing an agreement.
    SignAgreementPayload {
        /// The agreement as it is now.
        agreement: ServiceAgreement
    }
    /// What came of ending an agreement.
    EndAgreementPayload {
        /// The agreement as it is now.
        agreement: ServiceAgreement
    }
}

/// Changing agreements.
#[derive(Debug, Default)]
pub struct AgreementMutation;

#[Object]
impl AgreementMutation {
    /// Drafts what two resources owe each other, for one of them. It holds once both have signed.
    async fn draft_agreement(&self, ctx: &Context<'_>, input: DraftAgreementInput) -> Result<DraftAgreementPayload> {
        let scope = ctx.authorize::<AgreementWrite>()?;
        let new = service::DraftAgreement {
            name: input.name,
            from: input.from_resource,
            to: input.to_resource,
            terms: input.terms.read()?,
            idempotency_key: input.idempotency_key,
        };
        DraftAgreementPayload::settle(service::draft_agreement(&scope, &new).await.map(ServiceAgreement::from))
    }

    /// Drafts other terms of an agreement, as a new version. The former ones hold until both sides have signed the new ones and these
    /// begin. A draft that waits for a signature is given up.
    async fn amend_agreement(&self, ctx: &Context<'_>, input: AmendAgreementInput) -> Result<AmendAgreementPayload> {
        let scope = ctx.authorize::<AgreementWrite>()?;
        let change = service::AmendAgreement {
            agreement_id: parse_id(&input.agreement_id, "input.agreementId")?,
            terms: input.terms.read()?,
            expected_version: input.expected_version.map(i64::from),
            idempotency_key: input.idempotency_key,
        };
        AmendAgreementPayload::settle(service::amend_agreement(&scope, &change).await.map(ServiceAgreement::from))
    }

    /// Signs the newest version of an agreement for a side, as a member of it who may agree for it. Nobody signs for both.
    async fn sign_agreement(&self, ctx: &Context<'_>, input: SignAgreementInput) -> Result<SignAgreementPayload> {
        let scope = ctx.authorize::<AgreementWrite>()?;
        let new = service::SignAgreement {
            agreement_id: parse_id(&input.agreement_id, "input.agreementId")?,
            side: input.side,
            expected_version: input.expected_version.into(),
            idempotency_key: input.idempotency_key,
        };
        SignAgreementPayload::settle(service::sign_agreement(&scope, &new).await.map(ServiceAgreement::from))
    }

    /// Ends an agreement, for either side, or earlier than was said before. Until it ends it may be amended and signed. What was offered
    /// under it goes on by its terms.
    async fn end_agreement(&self, ctx: &Context<'_>, input: EndAgreementInput) -> Result<EndAgreementPayload> {
        let scope = ctx.authorize::<AgreementWrite>()?;
        let new = service::EndAgreement {
            agreement_id: parse_id(&input.agreement_id, "input.agreementId")?,
            ends_on: input.ends_on.0,
            reason: input.reason,
            expected_version: input.expected_version.map(i64::from),
            idempotency_key: input.idempotency_key,
        };
        EndAgreementPayload::settle(service::end_agreement(&scope, &new).await.map(ServiceAgreement::from))
    }
}
