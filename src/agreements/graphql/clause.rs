//! What a side owes: the type and its input.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, ID, InputObject, MaybeUndefined, Object};
use entity::agreement_clause;
use entity::ids::{AgreementClauseId, AgreementVersionId};
use entity::kinds::{ClauseKind, CommitmentPer, Resource};

use super::agreement::{ServiceAgreement, ServiceAgreementVersion};
use super::calendar::BusinessCalendar;
use super::hours::{BusinessSpan, BusinessSpanInput};
use crate::agreements::service::{self, WantedClause};
use crate::auth::permission::grant::AgreementRead;
use crate::error::{Error, Result};
use crate::graphql::context::{Authorize, Loads};
use crate::graphql::node::parse_optional_id;
use crate::graphql::scalar::Decimal;

/// Decimal places of a basis point.
const BP_SCALE: u32 = 4;

/// Basis points as a share of one.
pub(super) fn share(bp: i32) -> Decimal {
    Decimal(rust_decimal::Decimal::new(bp.into(), BP_SCALE).normalize())
}

/// One thing that a side owes by a version of an agreement. It never changes.
#[derive(Clone, Debug, Description)]
pub struct AgreementClause(agreement_clause::Model);

impl From<agreement_clause::Model> for AgreementClause {
    fn from(row: agreement_clause::Model) -> Self {
        Self(row)
    }
}

impl AgreementClause {
    /// The clause with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read agreements.
    pub async fn find(ctx: &Context<'_>, id: AgreementClauseId) -> Result<Option<Self>> {
        ctx.authorize::<AgreementRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }

    async fn of(&self, ctx: &Context<'_>) -> Result<ServiceAgreementVersion> {
        ServiceAgreementVersion::find(ctx, self.0.version_id).await?.ok_or(Error::broken("a clause is of a version"))
    }
}

#[Object(use_type_description)]
impl AgreementClause {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What is owed.
    async fn kind(&self) -> ClauseKind {
        self.0.kind
    }

    /// Who owes it: SPEED and DEPTH the receiving side, everything else the offering one.
    async fn owed_by(&self, ctx: &Context<'_>) -> Result<Resource> {
        let agreement = self.of(ctx).await?.of(ctx).await?;
        Ok(service::owed_by(&agreement, self.0.kind))
    }

    /// How many: buyers for VOLUME, attempts to contact one for DEPTH; null for everything else.
    async fn quantity(&self) -> Option<i32> {
        self.0.quantity
    }

    /// In which span so many buyers are owed, for VOLUME.
    async fn per(&self) -> Option<CommitmentPer> {
        self.0.per
    }

    /// The least share of decided handoffs that is accepted, for QUALITY.
    async fn minimum_share(&self) -> Option<Decimal> {
        self.0.minimum_bp.map(share)
    }

    /// In which time, for SPEED, DEPTH and ACKNOWLEDGEMENT.
    async fn within(&self) -> Option<BusinessSpan> {
        service::within_of(&self.0).map(BusinessSpan::from)
    }

    /// After how much of the time a warning is due, in percent; null for no warning.
    async fn warn_percent(&self) -> Option<i32> {
        self.0.warn_percent.map(i32::from)
    }

    /// After how much of the time the lead is told, in percent; null for not at all.
    async fn escalate_percent(&self) -> Option<i32> {
        self.0.escalate_percent.map(i32::from)
    }

    /// After how much of the time somebody else is to do it, in percent; null for nobody.
    async fn reassign_percent(&self) -> Option<i32> {
        self.0.reassign_percent.map(i32::from)
    }

    /// The calendar its clocks go by.
    async fn calendar(&self, ctx: &Context<'_>) -> Result<BusinessCalendar> {
        let id = match self.0.calendar_id {
            Some(id) => id,
            None => self.of(ctx).await?.calendar_id(),
        };
        BusinessCalendar::find(ctx, id).await?.ok_or(Error::broken("a clause has its calendar"))
    }

    /// The version it is of.
    async fn agreement_version(&self, ctx: &Context<'_>) -> Result<ServiceAgreementVersion> {
        self.of(ctx).await
    }
}

impl ServiceAgreementVersion {
    async fn of(&self, ctx: &Context<'_>) -> Result<entity::service_agreement::Model> {
        ServiceAgreement::row(ctx, self.agreement_id()).await
    }
}

impl Loader<AgreementClauseId> for Loads {
    type Value = agreement_clause::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[AgreementClauseId]) -> Result<HashMap<AgreementClauseId, agreement_clause::Model>, Arc<Error>> {
        service::clauses_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// The key of the clauses of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ClausesOf(pub(super) AgreementVersionId);

impl Loader<ClausesOf> for Loads {
    type Value = Vec<agreement_clause::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[ClausesOf]) -> Result<HashMap<ClausesOf, Vec<agreement_clause::Model>>, Arc<Error>> {
        let versions: Vec<AgreementVersionId> = keys.iter().map(|key| key.0).collect();
        let found = service::clauses_of(&self.authorize()?, &versions).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(version, rows)| (ClausesOf(version), rows)).collect())
    }
}

/// One thing that a side owes. It has what its kind has, and nothing else.
#[derive(InputObject)]
pub struct AgreementClauseInput {
    /// What is owed: VOLUME, QUALITY and ACKNOWLEDGEMENT at most once each, SPEED and DEPTH as often as there are steps.
    kind: ClauseKind,
    /// How many: for VOLUME at most 1 000 000 buyers, for DEPTH at most 100 attempts.
    quantity: Option<i32>,
    /// In which span so many buyers are owed: for VOLUME.
    per: Option<CommitmentPer>,
    /// The least share of decided handoffs that is accepted: for QUALITY, above 0 and at most 1.
    minimum_share: Option<Decimal>,
    /// In which time: for SPEED, DEPTH and ACKNOWLEDGEMENT.
    within: Option<BusinessSpanInput>,
    /// After how much of the time a warning is due: 1 to 99 percent. Default 75; null for no warning.
    warn_percent: MaybeUndefined<i32>,
    /// After how much of the time the lead is told: 101 to 1 000 percent. Default 125; null for not at all.
    escalate_percent: MaybeUndefined<i32>,
    /// After how much of the time somebody else is to do it: 101 to 1 000 percent, and not before the lead is told. Default 150; null for
    /// nobody. For SPEED and DEPTH.
    reassign_percent: MaybeUndefined<i32>,
    /// Another calendar than that of the agreement: for SPEED, DEPTH and ACKNOWLEDGEMENT.
    calendar_id: Option<ID>,
}

impl AgreementClauseInput {
    /// The clause as it is told, at a place of the list.
    pub(super) fn read(self, index: usize) -> Result<WantedClause> {
        Ok(WantedClause {
            kind: self.kind,
            quantity: self.quantity,
            per: self.per,
            minimum_share: self.minimum_share.map(|share| share.0),
            within: self.within.map(Into::into),
            warn_percent: self.warn_percent.into(),
            escalate_percent: self.escalate_percent.into(),
            reassign_percent: self.reassign_percent.into(),
            calendar_id: parse_optional_id(self.calendar_id.as_ref(), &format!("input.clauses.{index}.calendarId"))?,
        })
    }
}
