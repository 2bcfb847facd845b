//! The API of consent, export and erasure.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, ID, InputObject, Object};
use entity::consent;
use entity::ids::{ConsentId, PersonId};
use entity::kinds::{ConsentDecision, ConsentPurpose, ErasureReason};

use super::service;
use crate::auth::permission::grant::{BuyerRead, BuyerWrite, ContactRead, PrivacyManage};
use crate::buyers::graphql::Person;
use crate::error::{Error, Result};
use crate::graphql::context::{Authorize, Loads};
use crate::graphql::node::parse_id;
use crate::graphql::scalar::{DateTime, Json};
use crate::organization::graphql::Member;
use crate::payloads;

/// A decision of a person on what may be done with what is known of them. It never changes; another decision is recorded
/// beside it.
#[derive(Clone, Debug, Description)]
pub struct Consent(consent::Model);

impl Consent {
    /// The decision with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read buyers.
    pub async fn find(ctx: &Context<'_>, id: ConsentId) -> Result<Option<Self>> {
        ctx.authorize::<BuyerRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }
}

#[Object(use_type_description)]
impl Consent {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Who decided.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::find(ctx, self.0.person_id).await
    }

    /// What for.
    async fn purpose(&self) -> ConsentPurpose {
        self.0.purpose
    }

    /// What they decided.
    async fn decision(&self) -> ConsentDecision {
        self.0.decision
    }

    /// When they did.
    async fn occurred_at(&self) -> DateTime {
        DateTime(self.0.occurred_at)
    }

    /// What shows that they did, in words; null also where you may not read contact data, and once they are erased.
    async fn evidence(&self, ctx: &Context<'_>) -> Option<&str> {
        self.0.evidence.as_deref().filter(|_| ctx.permits::<ContactRead>())
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

/// The latest decisions of a person.
///
/// # Errors
/// [`Error::Forbidden`] where the caller may not read buyers.
pub async fn consents_of(ctx: &Context<'_>, person: PersonId) -> Result<Vec<Consent>> {
    let rows = ctx.loads()?.load_one(ConsentsOf(person)).await.map_err(Arc::unwrap_or_clone)?;
    Ok(rows.unwrap_or_default().into_iter().map(Consent).collect())
}

/// Asks for the latest decisions of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct ConsentsOf(PersonId);

impl Loader<ConsentsOf> for Loads {
    type Value = Vec<consent::Model>;
    type Error = Arc<Error>;

    async fn load(&self, of: &[ConsentsOf]) -> Result<HashMap<ConsentsOf, Vec<consent::Model>>, Arc<Error>> {
        let people: Vec<PersonId> = of.iter().map(|of| of.0).collect();
        let found = service::consents_of(&self.authorize()?, &people).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(person, rows)| (ConsentsOf(person), rows)).collect())
    }
}

impl Loader<ConsentId> for Loads {
    type Value = consent::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[ConsentId]) -> Result<HashMap<ConsentId, consent::Model>, Arc<Error>> {
        service::consents_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// Everything that is held on a person, at a moment.
#[derive(Clone, Debug, Description)]
pub struct PersonExport(service::PersonExport);

#[Object(use_type_description)]
impl PersonExport {
    /// The person.
    async fn person(&self) -> Person {
        Person::from(self.0.person.clone())
    }

    /// When it was made.
    async fn exported_at(&self) -> DateTime {
        DateTime(self.0.exported_at)
    }

    /// An object with `version` (1), `exportedAt`, `organization`, `person`, `account` and `owner`, and a list for each kind of
    /// row: `consents`, `touches`, `stageEvents`, `closes`, `closeMovements`, `fxConversions`, `creditBatches`, `creditEntries`,
    /// `creditTransfers`, `creditTransferDecisions`, `creditDisputes`, `creditDisputeEnds`, `creditOpenings`,
    /// `creditProposalDecisions`, `restatements`, `opportunityEvents`, `buyingRoles`, `buyingRoleEnds`, `activities`,
    /// `activityEvents`, `handoffs`, `handoffEvents`, `slaClocks`, `clockEvents`, `slaSteps`, `feedback`, `feedbackAcknowledgements`, `identifications`, `affiliations`, `identityPointers`, `identityPointerEnds`, `erasures`, `erasedNames`,
    /// `auditEntries`, `peopleWithTheSameAddress`. Rows that were corrected are there too. Instants are in UTC, amounts are text; `null` stands
    /// where nothing is known.
    async fn document(&self) -> Json {
        Json(self.0.document.clone())
    }
}

/// A person who was erased.
#[derive(Clone, Debug, Description)]
pub struct Erasure(service::Erased);

#[Object(use_type_description)]
impl Erasure {
    /// The anonymous subject that is left.
    async fn person(&self) -> Person {
        Person::from(self.0.person.clone())
    }

    /// Why they were erased.
    async fn reason(&self) -> Option<ErasureReason> {
        self.0.erasure.reason
    }

    /// Who erased them; null for background work, and where you may not read members.
    async fn erased_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.erasure.recorded_by).await
    }

    /// When.
    async fn erased_at(&self) -> DateTime {
        DateTime(self.0.erasure.recorded_at)
    }
}

/// A decision to record.
#[derive(InputObject)]
pub struct RecordConsentInput {
    /// Who decided.
    person_id: ID,
    /// What for.
    purpose: ConsentPurpose,
    /// What they decided.
    decision: ConsentDecision,
    /// When they did. The decision that happened last counts, whenever it is recorded.
    occurred_at: DateTime,
    /// What shows that they did, in words: the form and its version, the letter, the call.
    evidence: Option<String>,
    /// Repeating the mutation with the same key gives the same decision.
    idempotency_key: Option<String>,
}

/// Whose data is to be exported.
#[derive(InputObject)]
pub struct ExportPersonInput {
    /// The person.
    person_id: ID,
}

/// Who is to be erased.
#[derive(InputObject)]
pub struct ErasePersonInput {
    /// The person.
    person_id: ID,
    /// The version you saw; the erasure is refused if there is a newer one.
    expected_version: Option<i32>,
    /// Why.
    reason: Option<ErasureReason>,
}

payloads! {
    /// What came of recording a decision.
    RecordConsentPayload {
        /// The decision.
        consent: Consent
    }
    /// What came of exporting what is held on a person.
    ExportPersonPayload {
        /// What is held on them.
        export: PersonExport
    }
    /// What came of erasing a person.
    ErasePersonPayload {
        /// That they were erased.
        erasure: Erasure
    }
}

/// Changing consent, exporting, erasing.
#[derive(Debug, Default)]
pub struct PrivacyMutation;

#[Object]
impl PrivacyMutation {
    /// Records what a person allows, or no longer allows, to be done with what is known of them.
    async fn record_consent(&self, ctx: &Context<'_>, input: RecordConsentInput) -> Result<RecordConsentPayload> {
        let scope = ctx.authorize::<BuyerWrite>()?;
        let new = service::RecordConsent {
            person_id: parse_id(&input.person_id, "input.personId")?,
            purpose: input.purpose,
            decision: input.decision,
            occurred_at: input.occurred_at.0,
            evidence: input.evidence,
            idempotency_key: input.idempotency_key,
        };
        RecordConsentPayload::settle(service::record_consent(&scope, &new).await.map(Consent))
    }

    /// Exports everything that is held on a person, at most 20 000 rows. It changes nothing, but the audit log tells of it. You
    /// need to be allowed to read contact data too.
    #[graphql(complexity = "500 + child_complexity")]
    async fn export_person(&self, ctx: &Context<'_>, input: ExportPersonInput) -> Result<ExportPersonPayload> {
        let scope = ctx.authorize::<PrivacyManage>()?;
        let person = parse_id(&input.person_id, "input.personId")?;
        ExportPersonPayload::settle(service::export_person(&scope, person).await.map(PersonExport))
    }

    /// Erases who a person is, for ever: name, address, external ids, and what was written in words about them. What happened,
    /// amounts and credit stay with an anonymous subject, and no number changes. They cannot be revised or recorded again.
    /// Everybody they are said to be the same as is erased with them. Who was erased before stays as they were erased then.
    #[graphql(complexity = "100 + child_complexity")]
    async fn erase_person(&self, ctx: &Context<'_>, input: ErasePersonInput) -> Result<ErasePersonPayload> {
        let scope = ctx.authorize::<PrivacyManage>()?;
        let wanted = service::ErasePerson {
            person_id: parse_id(&input.person_id, "input.personId")?,
            reason: input.reason,
            expected_version: input.expected_version.map(i64::from),
        };
        ErasePersonPayload::settle(service::erase_person(&scope, &wanted).await.map(Erasure))
    }
}
