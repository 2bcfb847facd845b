//! Service agreements: the types.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, Enum, ID, Object, SimpleObject};
use entity::ids::{AgreementVersionId, BusinessCalendarId, MemberId, ServiceAgreementId, TypedId};
use entity::kinds::Resource;
use entity::{agreement_end, agreement_signature, agreement_version, service_agreement};

use super::calendar::BusinessCalendar;
use super::clause::{AgreementClause, ClausesOf, share};
use super::hours::BusinessSpan;
use crate::agreements::service::{self, Standing};
use crate::auth::permission::grant::AgreementRead;
use crate::connections;
use crate::db::{Cursor, Listing, PageRequest};
use crate::error::{Error, Result};
use crate::graphql::connection::{list_cost, page_cost};
use crate::graphql::context::{Authorize, Loads};
use crate::graphql::scalar::{DateTime, Decimal, LocalDate, int};
use crate::metrics::sla::agreement::State;
use crate::organization::graphql::Member;

/// How many clauses a version has as a rule.
const CLAUSES: usize = 5;

/// How an agreement stands, or one of its versions.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "State")]
pub enum ServiceAgreementState {
    /// A side has not signed.
    Draft,
    /// Both sides have signed, and it has not begun.
    Signed,
    /// It counts.
    InForce,
    /// Its days are over, or the agreement's.
    Ended,
    /// Another version counts on its days, or was drafted in its place.
    Superseded,
}

/// What two resources owe each other. What it says stands in its versions, each of which both sides have to sign.
#[derive(Clone, Debug, Description)]
pub struct ServiceAgreement(service_agreement::Model);

impl From<service_agreement::Model> for ServiceAgreement {
    fn from(row: service_agreement::Model) -> Self {
        Self(row)
    }
}

impl ServiceAgreement {
    /// The agreement with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read agreements.
    pub async fn find(ctx: &Context<'_>, id: ServiceAgreementId) -> Result<Option<Self>> {
        ctx.authorize::<AgreementRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }

    /// The row of an agreement that is there.
    pub(super) async fn row(ctx: &Context<'_>, id: ServiceAgreementId) -> Result<service_agreement::Model> {
        Self::find(ctx, id).await?.map(|agreement| agreement.0).ok_or(Error::broken("a version is of an agreement"))
    }

    async fn standing(&self, ctx: &Context<'_>) -> Result<Arc<Standing>> {
        standing(ctx, self.0.id).await
    }
}

#[Object(use_type_description)]
impl ServiceAgreement {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Who offers.
    async fn from_resource(&self) -> Resource {
        self.0.from_resource
    }

    /// Who receives.
    async fn to_resource(&self) -> Resource {
        self.0.to_resource
    }

    /// How it stands now: in force if a version is, else about to be, else ended, else a draft.
    async fn state(&self, ctx: &Context<'_>) -> Result<ServiceAgreementState> {
        let now = ctx.authorize::<AgreementRead>()?.now();
        Ok(self.standing(ctx).await?.state(now).into())
    }

    /// The version that counts now; null where none does.
    async fn in_force(&self, ctx: &Context<'_>) -> Result<Option<ServiceAgreementVersion>> {
        let now = ctx.authorize::<AgreementRead>()?.now();
        Ok(self.standing(ctx).await?.in_force(now).cloned().map(ServiceAgreementVersion))
    }

    /// Its versions, the newest first: signatures are for that one.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn versions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<ServiceAgreementVersionConnection> {
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let rows: Vec<agreement_version::Model> = self.standing(ctx).await?.versions().iter().rev().cloned().collect();
        let total = u64::try_from(rows.len()).ok();
        let place = |row: &agreement_version::Model| Cursor { key: row.agreement_version.into(), id: row.id.uuid() };
        Ok(ServiceAgreementVersionConnection::new(Listing { page: page.of_sorted(rows, place), total }))
    }

    /// That it ends, where a side said so.
    async fn end(&self, ctx: &Context<'_>) -> Result<Option<AgreementEnd>> {
        Ok(self.standing(ctx).await?.end().cloned().map(AgreementEnd))
    }

    /// Who recorded it; null for background work, and where you may not read members.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.recorded_by).await
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }

    /// Counts the changes of what is agreed on, from 1; pass it as `expectedVersion` to sign or change only what you saw.
    async fn version(&self) -> i32 {
        int(self.0.version)
    }
}

/// The terms of an agreement from a version on. They hold once both sides have signed, and never change.
#[derive(Clone, Debug, Description)]
pub struct ServiceAgreementVersion(agreement_version::Model);

impl From<agreement_version::Model> for ServiceAgreementVersion {
    fn from(row: agreement_version::Model) -> Self {
        Self(row)
    }
}

impl ServiceAgreementVersion {
    /// The version with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read agreements.
    pub async fn find(ctx: &Context<'_>, id: AgreementVersionId) -> Result<Option<Self>> {
        ctx.authorize::<AgreementRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }

    pub(super) const fn agreement_id(&self) -> ServiceAgreementId {
        self.0.agreement_id
    }

    pub(super) const fn calendar_id(&self) -> BusinessCalendarId {
        self.0.calendar_id
    }
}

#[Object(use_type_description)]
impl ServiceAgreementVersion {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Counts the versions of the agreement, from 1.
    async fn number(&self) -> i32 {
        self.0.agreement_version
    }

    /// The agreement.
    async fn agreement(&self, ctx: &Context<'_>) -> Result<ServiceAgreement> {
        ServiceAgreement::row(ctx, self.0.agreement_id).await.map(ServiceAgreement)
    }

    /// How it stands now.
    async fn state(&self, ctx: &Context<'_>) -> Result<ServiceAgreementState> {
        let now = ctx.authorize::<AgreementRead>()?.now();
        Ok(standing(ctx, self.0.agreement_id).await?.state_of(&self.0, now).into())
    }

    /// The first local day on which it holds.
    async fn starts_on(&self) -> LocalDate {
        LocalDate(self.0.starts_on)
    }

    /// The day after the last one; null where it holds until another one takes its place.
    async fn ends_on(&self) -> Option<LocalDate> {
        self.0.ends_on.map(LocalDate)
    }

    /// The calendar its clocks go by, and where its days are days.
    async fn calendar(&self, ctx: &Context<'_>) -> Result<BusinessCalendar> {
        BusinessCalendar::find(ctx, self.0.calendar_id).await?.ok_or(Error::broken("a version has its calendar"))
    }

    /// How much of what is committed may be offered: 1.2 is a fifth more. What is offered above that is over-delivery.
    async fn capacity_factor(&self) -> Decimal {
        share(self.0.capacity_bp)
    }

    /// Whether over-delivery starts clocks too, and is accepted by silence.
    async fn counts_over_delivery(&self) -> bool {
        self.0.counts_over_delivery
    }

    /// How long an offer waits for an answer; silence is acceptance.
    async fn answer_within(&self) -> BusinessSpan {
        service::answer_of(&self.0).into()
    }

    /// What each side owes.
    #[graphql(complexity = "list_cost(CLAUSES, child_complexity)")]
    async fn clauses(&self, ctx: &Context<'_>) -> Result<Vec<AgreementClause>> {
        ctx.authorize::<AgreementRead>()?;
        let rows = ctx.loads()?.load_one(ClausesOf(self.0.id)).await.map_err(Arc::unwrap_or_clone)?;
        Ok(rows.unwrap_or_default().into_iter().map(AgreementClause::from).collect())
    }

    /// Who signed it, in the order in which they did: both sides, where it is agreed on.
    #[graphql(complexity = "2 * child_complexity + 1")]
    async fn signatures(&self, ctx: &Context<'_>) -> Result<Vec<AgreementSignature>> {
        let standing = standing(ctx, self.0.agreement_id).await?;
        Ok(standing.signatures(self.0.id).map(AgreementSignature::from).collect())
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

/// That a side agreed to a version of an agreement.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct AgreementSignature {
    /// The side.
    side: Resource,
    /// When it did.
    signed_at: DateTime,
    #[graphql(skip)]
    member: MemberId,
}

impl From<&agreement_signature::Model> for AgreementSignature {
    fn from(row: &agreement_signature::Model) -> Self {
        Self { side: row.side, signed_at: DateTime(row.recorded_at), member: row.signed_by }
    }
}

#[async_graphql::ComplexObject]
impl AgreementSignature {
    /// Who signed for it; null where you may not read members.
    async fn signed_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, Some(self.member)).await
    }
}

/// That an agreement ends.
#[derive(Clone, Debug, Description)]
pub struct AgreementEnd(agreement_end::Model);

#[Object(use_type_description)]
impl AgreementEnd {
    /// The first local day on which it no longer holds.
    async fn ends_on(&self) -> LocalDate {
        LocalDate(self.0.ends_on)
    }

    /// Why, in words.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// Who ended it; null for background work, and where you may not read members.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.recorded_by).await
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

connections! {
    ServiceAgreementConnection, ServiceAgreementEdge, ServiceAgreement, "service agreements";
    ServiceAgreementVersionConnection, ServiceAgreementVersionEdge, ServiceAgreementVersion, "versions of a service agreement";
}

impl Loader<ServiceAgreementId> for Loads {
    type Value = service_agreement::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[ServiceAgreementId]) -> Result<HashMap<ServiceAgreementId, service_agreement::Model>, Arc<Error>> {
        service::agreements_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

impl Loader<AgreementVersionId> for Loads {
    type Value = agreement_version::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[AgreementVersionId]) -> Result<HashMap<AgreementVersionId, agreement_version::Model>, Arc<Error>> {
        service::agreement_versions_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// The key of how an agreement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct StandingOf(ServiceAgreementId);

impl Loader<StandingOf> for Loads {
    type Value = Arc<Standing>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[StandingOf]) -> Result<HashMap<StandingOf, Arc<Standing>>, Arc<Error>> {
        let ids: Vec<ServiceAgreementId> = keys.iter().map(|key| key.0).collect();
        let found = service::standings_by_id(&self.authorize()?, &ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(id, standing)| (StandingOf(id), Arc::new(standing))).collect())
    }
}

async fn standing(ctx: &Context<'_>, id: ServiceAgreementId) -> Result<Arc<Standing>> {
    ctx.authorize::<AgreementRead>()?;
    let standing = ctx.loads()?.load_one(StandingOf(id)).await.map_err(Arc::unwrap_or_clone)?;
    standing.ok_or(Error::broken("an agreement has a version"))
}
