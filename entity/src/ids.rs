//! Typed ids: UUIDv7 inside, a `TypeID` (`acc_01h…`) outside.
//!
//! A typed id cannot be passed where another table's id is wanted, and its text form carries its type, so a
//! wrong id is caught before a query is made.

use std::fmt;

use sea_orm::DeriveValueType;
use uuid::Uuid;

/// Crockford's base 32, lower case, as the `TypeID` specification wants it.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Length of a UUID in base 32: 26 digits hold 130 bits, so the first digit is at most `7`.
const SUFFIX_LENGTH: usize = 26;

/// An id whose text form names the kind of object it belongs to.
pub trait TypedId: Copy + fmt::Display + Send + Sync + 'static {
    /// What stands before the underscore.
    const PREFIX: &'static str;

    /// Takes a UUID that is already known to belong to this kind of object.
    fn from_uuid(uuid: Uuid) -> Self;

    /// The bare UUID.
    fn uuid(self) -> Uuid;

    /// Reads the text form.
    ///
    /// # Errors
    /// [`IdError`] says whether the text is no id at all or the id of another kind of object.
    fn parse(text: &str) -> Result<Self, IdError> {
        let (prefix, suffix) = text.rsplit_once('_').ok_or(IdError::Malformed)?;
        let uuid = decode(suffix).ok_or(IdError::Malformed)?;
        if prefix == Self::PREFIX { Ok(Self::from_uuid(uuid)) } else { Err(IdError::OtherKind) }
    }
}

/// Why a text is not the id that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdError {
    /// Not a `TypeID`.
    Malformed,
    /// A `TypeID` of another kind of object.
    OtherKind,
}

/// The prefix of a text that has the form of a `TypeID`.
#[must_use]
pub fn prefix_of(text: &str) -> Option<&str> {
    let (prefix, suffix) = text.rsplit_once('_')?;
    decode(suffix).map(|_| prefix)
}

/// The UUID of a text that has the form of a `TypeID`, of whatever kind.
#[must_use]
pub fn uuid_of(text: &str) -> Option<Uuid> {
    decode(text.rsplit_once('_')?.1)
}

/// Writes 128 bits as 26 base 32 digits, most significant first.
fn encode(uuid: Uuid) -> String {
    let bits = uuid.as_u128();
    (0..SUFFIX_LENGTH)
        .rev()
        .map(|digit| {
            let index = usize::try_from((bits >> (digit * 5)) & 31).unwrap_or_default();
            char::from(ALPHABET.get(index).copied().unwrap_or(b'0'))
        })
        .collect()
}

/// Reads what [`encode`] wrote; `None` for anything else, upper case and overflow included.
fn decode(suffix: &str) -> Option<Uuid> {
    if suffix.len() != SUFFIX_LENGTH || !suffix.starts_with(|first: char| ('0'..='7').contains(&first)) {
        return None;
    }
    let mut bits: u128 = 0;
    for byte in suffix.bytes() {
        let digit = ALPHABET.iter().position(|&letter| letter == byte)?;
        bits = (bits << 5) | u128::try_from(digit).ok()?;
    }
    Some(Uuid::from_u128(bits))
}

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
        pub struct $name(Uuid);

        impl TypedId for $name {
            const PREFIX: &'static str = $prefix;

            fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "{}_{}", Self::PREFIX, encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, formatter)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(|_| serde::de::Error::custom(concat!("not an id of the kind ", $prefix)))
            }
        }

        // An id is made from the clock and randomness, never by the database.
        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    )*};
}

typed_ids! {
    /// The tenant: one company.
    OrganizationId = "org";
    /// A team of the organization chart.
    TeamId = "team";
    /// A person who works in the organization and may sign in.
    MemberId = "mem";
    /// For which resource a member works from a moment on.
    MemberStateId = "mst";
    /// A role an organization defined for itself.
    CustomRoleId = "rol";
    /// The right of a member to act for another one.
    DelegationId = "dlg";
    /// A buying company.
    AccountId = "acc";
    /// A buyer, anonymous or known.
    PersonId = "per";
    /// That one person or account is another one.
    IdentityPointerId = "idp";
    /// The end of such a pointer.
    IdentityPointerEndId = "ide";
    /// That a person became known.
    IdentificationId = "idn";
    /// Which company a person buys for.
    AffiliationId = "aff";
    /// A campaign, programme or play.
    TacticId = "tac";
    /// A piece of content, or a play.
    ContentId = "cnt";
    /// That a piece of content covers something, or no longer does.
    ContentCoverageId = "ccv";
    /// One interaction of a buyer.
    TouchId = "tch";
    /// A pipeline of stages.
    PipelineId = "pip";
    /// One stage of one version of a pipeline.
    StageId = "stg";
    /// What entries into a stage have to meet.
    StageRuleId = "srl";
    /// One entry of a subject into a stage.
    StageEventId = "evt";
    /// A possible deal with an account.
    OpportunityId = "opp";
    /// What an opportunity was like from a moment on.
    OpportunityRevisionId = "orv";
    /// Something that happened to an opportunity.
    OpportunityEventId = "oev";
    /// The part somebody plays in buying.
    BuyingRoleId = "bro";
    /// That somebody no longer plays a part.
    BuyingRoleEndId = "bre";
    /// What keeps a buyer from deciding.
    BlockerId = "blk";
    /// That a blocker is one no longer.
    BlockerResolutionId = "blr";
    /// What somebody plans to do with a buyer.
    ActivityId = "act";
    /// What happened to an activity.
    ActivityEventId = "ace";
    /// When an organization works.
    BusinessCalendarId = "cal";
    /// The hours of a business calendar from a version on.
    CalendarVersionId = "cav";
    /// What two resources owe each other.
    ServiceAgreementId = "sla";
    /// The terms of a service agreement from a version on.
    AgreementVersionId = "agv";
    /// One thing that a side owes.
    AgreementClauseId = "clu";
    /// That a side agreed to the terms.
    AgreementSignatureId = "sig";
    /// That a service agreement ends.
    AgreementEndId = "age";
    /// A buyer whom one resource offers to another.
    HandoffId = "hnd";
    /// What happened to a handoff.
    HandoffEventId = "hev";
    /// The time that runs for one clause of one handoff.
    SlaClockId = "clk";
    /// Something that counts for a clock.
    ClockEventId = "cke";
    /// What falls due.
    SlaStepId = "stp";
    /// What one resource tells another.
    FeedbackId = "fbk";
    /// That a resource took note of that.
    FeedbackAcknowledgementId = "fba";
    /// What is to be reached in a period.
    GoalId = "gol";
    /// A team that answers for it.
    GoalTeamId = "gtm";
    /// How much of it, by version.
    GoalTargetId = "gtg";
    /// What somebody says of how it goes.
    GoalCheckInId = "gci";
    /// That it is pursued no longer.
    GoalEndId = "gen";
    /// Something in the figures that somebody should look at.
    InsightId = "ins";
    /// That somebody took note of it.
    InsightAcknowledgementId = "ina";
    /// Whether somebody looks for such things now, and when that was done last.
    InsightSearchId = "ise";
    /// A won piece of business.
    CloseId = "cls";
    /// A refund, chargeback, void or reinstatement of a close.
    CloseMovementId = "mov";
    /// A version of the rules by which credit is opened.
    CreditPolicyId = "pol";
    /// A group of postings of the credit ledger.
    CreditBatchId = "bat";
    /// One posting of the credit ledger.
    CreditEntryId = "ent";
    /// Credit somebody asks to move.
    CreditTransferId = "ctr";
    /// What was decided about that.
    CreditTransferDecisionId = "ctd";
    /// A claim that credit should be shared otherwise.
    CreditDisputeId = "dsp";
    /// How that was settled.
    CreditDisputeEndId = "dse";
    /// What was said when credit was opened.
    CreditOpeningId = "cop";
    /// What was decided about credit that its policy would give otherwise.
    CreditProposalDecisionId = "cpd";
    /// Money spent over some days.
    CostEntryId = "cst";
    /// Money that may be spent over some days.
    BudgetId = "bgt";
    /// How shared cost is split over some days.
    AllocationRuleId = "alr";
    /// That a month is locked, or open again.
    PeriodLockId = "plk";
    /// That something was written to a locked month.
    RestatementId = "rst";
    /// What one currency was worth in another one on a day.
    FxRateId = "fxr";
    /// By which rate a close or a cost entry is converted.
    FxConversionId = "fxc";
    /// A decision of a buyer on what may be done with what is known of them.
    ConsentId = "cns";
    /// That a buyer was erased.
    ErasureId = "era";
    /// A name that was erased, hashed.
    ErasedNameId = "ern";
    /// The key erased names are hashed with.
    ErasureKeyId = "erk";
    /// What is said of an account under a key.
    AccountAttributeId = "atr";
    /// Whether an account is looking for what is sold.
    DemandSignalId = "dem";
    /// A part of the market.
    SegmentId = "seg";
    /// How a segment was defined from a moment on.
    SegmentVersionId = "sgv";
    /// That an account was put on a list or taken off it.
    TargetListEntryId = "tle";
    /// A version of what the ideal customer is like.
    IcpProfileId = "icp";
    /// What somebody did, or was denied.
    AuditEntryId = "aud";
    /// An object an audit entry is about.
    AuditObjectId = "auo";
    /// Where the chain of audit entries ends.
    AuditHeadId = "auh";
    /// That something was recorded or changed.
    EventId = "obe";
    /// The remembered answer of a mutation.
    IdempotencyId = "idm";
    /// The password of a member.
    PasswordId = "pwd";
    /// One sign-in and what was refreshed from it.
    SignInId = "sin";
    /// A refresh token.
    RefreshTokenId = "rft";
    /// An invitation, or a reset of a password.
    AccessTicketId = "tkt";
    /// Failures at the door.
    ThrottleId = "thr";
    /// A link to an identity provider.
    ExternalIdentityId = "xid";
    /// An integration that calls as itself.
    ApiClientId = "cli";
    /// A secret of an API client.
    ClientSecretId = "csc";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_matches_the_typeid_specification() {
        // The example of the TypeID specification.
        let uuid = Uuid::parse_str("01890a5d-ac96-774b-bcce-b302099a8057").unwrap();
        assert_eq!(encode(uuid), "01h455vb4pex5vsknk084sn02q");
        assert_eq!(decode("01h455vb4pex5vsknk084sn02q"), Some(uuid));
    }

    #[test]
    fn extremes_come_back() {
        for uuid in [Uuid::nil(), Uuid::max()] {
            let text = AccountId::from_uuid(uuid).to_string();
            assert_eq!(AccountId::parse(&text), Ok(AccountId::from_uuid(uuid)));
        }
        assert_eq!(encode(Uuid::max()), "7zzzzzzzzzzzzzzzzzzzzzzzzz");
    }

    #[test]
    fn a_wrong_kind_is_told_from_nonsense() {
        let person = PersonId::from_uuid(Uuid::max()).to_string();
        assert_eq!(AccountId::parse(&person), Err(IdError::OtherKind));
        for text in ["", "acc_", "acc", "acc_8zzzzzzzzzzzzzzzzzzzzzzzzz", "acc_01H455VB4PEX5VSKNK084SN02Q", "acc_01h455vb4pex5vsknk084sn0é"]
        {
            assert_eq!(AccountId::parse(text), Err(IdError::Malformed), "{text}");
        }
    }
}
