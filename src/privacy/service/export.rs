//! Everything that is held on one person, as one document.

use entity::ids::{PersonId, TypedId};
use entity::time::Timestamp;
use entity::{account, member, person};
use serde_json::{Map, Value, json};

use super::{document, store};
use crate::auth::Scope;
use crate::auth::permission::grant::{ContactRead, PrivacyManage};
use crate::db::TenantTx;
use crate::error::{Error, ProblemCode, Result};
use crate::organization::service::settings;

/// Most rows of a document: some ten megabytes, which are held in memory.
pub const MAX_ROWS: u64 = 20_000;

/// The tables whose rows are about a person, because they name them or a row that does. Each is a list of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// What they allowed.
    Consents,
    /// What they did or had done to them, corrected or not.
    Touches,
    /// Stages they entered, corrected or not.
    StageEvents,
    /// Closes that end their journey, and closes they referred.
    Closes,
    /// What happened to the closes that end their journey.
    CloseMovements,
    /// By which rates those closes are converted.
    FxConversions,
    /// The credit of those closes.
    CreditBatches,
    /// The postings of that credit.
    CreditEntries,
    /// Transfers of that credit that were asked for.
    CreditTransfers,
    /// What was decided about them.
    CreditTransferDecisions,
    /// Disputes about that credit.
    CreditDisputes,
    /// How they were settled.
    CreditDisputeEnds,
    /// What was said when that credit was opened, and what they claimed to have referred.
    CreditOpenings,
    /// What was decided about what its policy would give by now.
    CreditProposalDecisions,
    /// What was written of those closes to locked months.
    Restatements,
    /// Opportunities that these closes won.
    OpportunityEvents,
    /// Parts they played in buying.
    BuyingRoles,
    /// When these parts ended.
    BuyingRoleEnds,
    /// What was planned with them.
    Activities,
    /// What became of that.
    ActivityEvents,
    /// Handoffs by which they were offered to another resource.
    Handoffs,
    /// What became of those.
    HandoffEvents,
    /// Clocks that ran meanwhile.
    SlaClocks,
    /// What counted for those.
    ClockEvents,
    /// What fell due meanwhile.
    SlaSteps,
    /// What resources told each other about those handoffs.
    Feedback,
    /// That they took note of that.
    FeedbackAcknowledgements,
    /// When they became known.
    Identifications,
    /// Which companies they bought for.
    Affiliations,
    /// Who they were said to be, and who was said to be them.
    IdentityPointers,
    /// Which of that was taken back.
    IdentityPointerEnds,
    /// That they were erased.
    Erasures,
    /// Hashes of the names they had before.
    ErasedNames,
}

impl Held {
    /// All of them, in the order of the document.
    pub const ALL: &'static [Self] = &[
        Self::Consents,
        Self::Touches,
        Self::StageEvents,
        Self::Closes,
        Self::CloseMovements,
        Self::FxConversions,
        Self::CreditBatches,
        Self::CreditEntries,
        Self::CreditTransfers,
        Self::CreditTransferDecisions,
        Self::CreditDisputes,
        Self::CreditDisputeEnds,
        Self::CreditOpenings,
        Self::CreditProposalDecisions,
        Self::Restatements,
        Self::OpportunityEvents,
        Self::BuyingRoles,
        Self::BuyingRoleEnds,
        Self::Activities,
        Self::ActivityEvents,
        Self::Handoffs,
        Self::HandoffEvents,
        Self::SlaClocks,
        Self::ClockEvents,
        Self::SlaSteps,
        Self::Feedback,
        Self::FeedbackAcknowledgements,
        Self::Identifications,
        Self::Affiliations,
        Self::IdentityPointers,
        Self::IdentityPointerEnds,
        Self::Erasures,
        Self::ErasedNames,
    ];

    /// The table.
    #[must_use]
    pub const fn table(self) -> &'static str {
        match self {
            Self::Consents => "consent",
            Self::Touches => "touch",
            Self::StageEvents => "stage_event",
            Self::Closes => "close",
            Self::CloseMovements => "close_movement",
            Self::FxConversions => "fx_conversion",
            Self::CreditBatches => "credit_batch",
            Self::CreditEntries => "credit_entry",
            Self::CreditTransfers => "credit_transfer",
            Self::CreditTransferDecisions => "credit_transfer_decision",
            Self::CreditDisputes => "credit_dispute",
            Self::CreditDisputeEnds => "credit_dispute_end",
            Self::CreditOpenings => "credit_opening",
            Self::CreditProposalDecisions => "credit_proposal_decision",
            Self::Restatements => "restatement",
            Self::OpportunityEvents => "opportunity_event",
            Self::BuyingRoles => "buying_role",
            Self::BuyingRoleEnds => "buying_role_end",
            Self::Activities => "activity",
            Self::ActivityEvents => "activity_event",
            Self::Handoffs => "handoff",
            Self::HandoffEvents => "handoff_event",
            Self::SlaClocks => "sla_clock",
            Self::ClockEvents => "clock_event",
            Self::SlaSteps => "sla_step",
            Self::Feedback => "feedback",
            Self::FeedbackAcknowledgements => "feedback_acknowledgement",
            Self::Identifications => "identification",
            Self::Affiliations => "affiliation",
            Self::IdentityPointers => "identity_pointer",
            Self::IdentityPointerEnds => "identity_pointer_end",
            Self::Erasures => "erasure",
            Self::ErasedNames => "erased_name",
        }
    }

    /// The columns of the table that name the person; none where its rows belong to rows that do.
    #[must_use]
    pub const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Consents
            | Self::Touches
            | Self::StageEvents
            | Self::BuyingRoles
            | Self::Activities
            | Self::Handoffs
            | Self::Identifications
            | Self::Affiliations
            | Self::Erasures => &["person_id"],
            Self::IdentityPointers => &["from_person_id", "to_person_id"],
            Self::Closes => &["person_id", "referrer_id"],
            Self::CreditOpenings => &["claimant_id"],
            Self::CloseMovements
            | Self::FxConversions
            | Self::CreditBatches
            | Self::CreditEntries
            | Self::CreditTransfers
            | Self::CreditTransferDecisions
            | Self::CreditDisputes
            | Self::CreditDisputeEnds
            | Self::CreditProposalDecisions
            | Self::Restatements
            | Self::OpportunityEvents
            | Self::BuyingRoleEnds
            | Self::ActivityEvents
            | Self::HandoffEvents
            | Self::SlaClocks
            | Self::ClockEvents
            | Self::SlaSteps
            | Self::Feedback
            | Self::FeedbackAcknowledgements
            | Self::IdentityPointerEnds
            | Self::ErasedNames => &[],
        }
    }

    /// The list in the document.
    #[must_use]
    pub const fn list(self) -> &'static str {
        match self {
            Self::Consents => "consents",
            Self::Touches => "touches",
            Self::StageEvents => "stageEvents",
            Self::Closes => "closes",
            Self::CloseMovements => "closeMovements",
            Self::FxConversions => "fxConversions",
            Self::CreditBatches => "creditBatches",
            Self::CreditEntries => "creditEntries",
            Self::CreditTransfers => "creditTransfers",
            Self::CreditTransferDecisions => "creditTransferDecisions",
            Self::CreditDisputes => "creditDisputes",
            Self::CreditDisputeEnds => "creditDisputeEnds",
            Self::CreditOpenings => "creditOpenings",
            Self::CreditProposalDecisions => "creditProposalDecisions",
            Self::Restatements => "restatements",
            Self::OpportunityEvents => "opportunityEvents",
            Self::BuyingRoles => "buyingRoles",
            Self::BuyingRoleEnds => "buyingRoleEnds",
            Self::Activities => "activities",
            Self::ActivityEvents => "activityEvents",
            Self::Handoffs => "handoffs",
            Self::HandoffEvents => "handoffEvents",
            Self::SlaClocks => "slaClocks",
            Self::ClockEvents => "clockEvents",
            Self::SlaSteps => "slaSteps",
            Self::Feedback => "feedback",
            Self::FeedbackAcknowledgements => "feedbackAcknowledgements",
            Self::Identifications => "identifications",
            Self::Affiliations => "affiliations",
            Self::IdentityPointers => "identityPointers",
            Self::IdentityPointerEnds => "identityPointerEnds",
            Self::Erasures => "erasures",
            Self::ErasedNames => "erasedNames",
        }
    }

    async fn rows(self, tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<Value>> {
        Ok(match self {
            Self::Consents => told(store::consents(tx, person, most).await?, document::consent),
            Self::Touches => told(store::touches(tx, person, most).await?, document::touch),
            Self::StageEvents => {
                let rows = store::stage_events(tx, person, most).await?;
                let stages = store::stage_keys(tx).await?;
                told(rows, |row| document::stage_event(row, &stages))
            }
            Self::Closes => told(store::closes(tx, person, most).await?, |row| document::close(row, person)),
            Self::CloseMovements => told(store::close_movements(tx, person, most).await?, document::close_movement),
            Self::FxConversions => told(store::fx_conversions(tx, person, most).await?, document::fx_conversion),
            Self::CreditBatches => told(store::credit_batches(tx, person, most).await?, document::credit_batch),
            Self::CreditEntries => told(store::credit_entries(tx, person, most).await?, document::credit_entry),
            Self::CreditTransfers => told(store::credit_transfers(tx, person, most).await?, document::credit_transfer),
            Self::CreditTransferDecisions => {
                told(store::credit_transfer_decisions(tx, person, most).await?, document::credit_transfer_decision)
            }
            Self::CreditDisputes => told(store::credit_disputes(tx, person, most).await?, document::credit_dispute),
            Self::CreditDisputeEnds => told(store::credit_dispute_ends(tx, person, most).await?, document::credit_dispute_end),
            Self::CreditOpenings => told(store::credit_openings(tx, person, most).await?, |row| document::credit_opening(row, person)),
            Self::CreditProposalDecisions => {
                told(store::credit_proposal_decisions(tx, person, most).await?, document::credit_proposal_decision)
            }
            Self::Restatements => told(store::restatements(tx, person, most).await?, document::restatement),
            Self::OpportunityEvents => told(store::opportunity_events(tx, person, most).await?, document::opportunity_event),
            Self::BuyingRoles => told(store::buying_roles(tx, person, most).await?, document::buying_role),
            Self::BuyingRoleEnds => told(store::buying_role_ends(tx, person, most).await?, document::buying_role_end),
            Self::Activities => told(store::activities(tx, person, most).await?, document::activity),
            Self::ActivityEvents => told(store::activity_events(tx, person, most).await?, document::activity_event),
            Self::Handoffs => told(store::handoffs(tx, person, most).await?, document::handoff),
            Self::HandoffEvents => told(store::handoff_events(tx, person, most).await?, document::handoff_event),
            Self::SlaClocks => told(store::sla_clocks(tx, person, most).await?, document::sla_clock),
            Self::ClockEvents => told(store::clock_events(tx, person, most).await?, document::clock_event),
            Self::SlaSteps => told(store::sla_steps(tx, person, most).await?, document::sla_step),
            Self::Feedback => told(store::feedback(tx, person, most).await?, document::feedback),
            Self::FeedbackAcknowledgements => {
                told(store::feedback_acknowledgements(tx, person, most).await?, document::feedback_acknowledgement)
            }
            Self::Identifications => told(store::identifications(tx, person, most).await?, document::identification),
            Self::Affiliations => told(store::affiliations(tx, person, most).await?, document::affiliation),
            Self::IdentityPointers => told(store::identity_pointers(tx, person, most).await?, document::identity_pointer),
            Self::IdentityPointerEnds => told(store::identity_pointer_ends(tx, person, most).await?, document::identity_pointer_end),
            Self::Erasures => told(store::erasures(tx, person, most).await?, document::erasure),
            Self::ErasedNames => told(store::erased_names(tx, person, most).await?, document::erased_name),
        })
    }
}

fn told<T>(rows: Vec<T>, tell: impl FnMut(T) -> Value) -> Vec<Value> {
    rows.into_iter().map(tell).collect()
}

/// A document.
#[derive(Clone, Debug)]
pub struct PersonExport {
    /// The person.
    pub person: person::Model,
    /// When it was made.
    pub exported_at: Timestamp,
    /// Everything that is held on them.
    pub document: Value,
}

/// Exports everything that is held on a person, and tells the audit log so.
///
/// # Errors
/// Problems with `personId`: `TOO_MANY` where there are more than [`MAX_ROWS`] rows; [`Error::Forbidden`] where the caller may
/// not read contact data.
pub async fn export_person(scope: &Scope<PrivacyManage>, id: PersonId) -> Result<PersonExport> {
    scope.also::<ContactRead>()?;
    let exported_at = scope.now();
    let tx = scope.write().await?;
    let organization = settings(&tx).await?;
    let person = store::person_shared(&tx, id).await?.ok_or_else(|| Error::unknown("personId"))?;
    let mut left = MAX_ROWS;
    let mut whole = Map::new();
    whole.insert("version".to_owned(), json!(1));
    whole.insert("exportedAt".to_owned(), json!(exported_at.to_string()));
    whole.insert("organization".to_owned(), json!({ "id": organization.organization_id, "name": organization.name }));
    whole.insert("person".to_owned(), document::person(person.clone()));
    let account = match person.account_id {
        Some(id) => store::account(&tx, id).await?.map(|account::Model { id, name, .. }| json!({ "id": id, "name": name })),
        None => None,
    };
    whole.insert("account".to_owned(), json!(account));
    let owner = match person.owner_id {
        Some(id) => tx.get::<member::Entity>(id).await?.map(|member| json!({ "id": member.id, "name": member.name })),
        None => None,
    };
    whole.insert("owner".to_owned(), json!(owner));
    for held in Held::ALL {
        let rows = held.rows(&tx, id, left + 1).await?;
        whole.insert(held.list().to_owned(), Value::Array(within(&mut left, rows)?));
    }
    let audited = told(store::audit_entries(&tx, id.uuid(), left + 1).await?, document::audit_entry);
    whole.insert("auditEntries".to_owned(), Value::Array(within(&mut left, audited)?));
    let same = match &person.email {
        Some(email) => told(store::others_at(&tx, id, email, left + 1).await?, |id| json!(id)),
        None => Vec::new(),
    };
    whole.insert("peopleWithTheSameAddress".to_owned(), Value::Array(within(&mut left, same)?));
    tx.tell_exported::<person::Entity>(id);
    tx.commit().await?;
    Ok(PersonExport { person, exported_at, document: Value::Object(whole) })
}

/// Counts rows, and goes on where they are not too many.
fn within(left: &mut u64, rows: Vec<Value>) -> Result<Vec<Value>> {
    let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    *left = left.checked_sub(count).ok_or_else(|| {
        let message = format!("more than {MAX_ROWS} rows are about them: read these by the lists of the API");
        Error::invalid("personId", ProblemCode::TooMany, message)
    })?;
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_rows_as_are_left_and_no_more() {
        let rows = |count| vec![Value::Null; count];
        let mut left = 3;
        assert_eq!(within(&mut left, rows(2)).unwrap().len(), 2);
        assert_eq!(within(&mut left, rows(1)).unwrap().len(), 1);
        assert_eq!(within(&mut left, rows(0)).unwrap().len(), 0);
        assert!(matches!(within(&mut left, rows(1)), Err(Error::Invalid(problems)) if problems[0].code == ProblemCode::TooMany));
    }

    #[test]
    fn every_list_is_there_once() {
        let mut lists: Vec<&str> = Held::ALL.iter().map(|held| held.list()).collect();
        lists.sort_unstable();
        lists.dedup();
        assert_eq!(lists.len(), Held::ALL.len());
    }
}
