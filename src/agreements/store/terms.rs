//! The rows that the terms of agreements are made of.

use entity::ids::{AgreementVersionId, BusinessCalendarId, CalendarVersionId, ServiceAgreementId};
use entity::time::Timestamp;
use entity::{agreement_clause, agreement_end, agreement_signature, agreement_version, calendar_version, service_agreement};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};

use crate::db::TenantTx;
use crate::error::Result;

/// The versions of some agreements that were recorded by an instant, by number.
pub(in crate::agreements) async fn versions(
    tx: &TenantTx,
    agreements: &[ServiceAgreementId],
    known_at: Timestamp,
) -> Result<Vec<agreement_version::Model>> {
    use agreement_version::Column;
    let rows = tx.find::<agreement_version::Entity>().filter(Column::AgreementId.is_in(agreements.iter().copied()));
    rows.filter(Column::RecordedAt.lte(known_at)).order_by_asc(Column::AgreementVersion).all().await
}

/// The versions with some ids, and the agreements they are of.
pub(in crate::agreements) async fn versions_by_id(
    tx: &TenantTx,
    ids: &[AgreementVersionId],
) -> Result<(Vec<agreement_version::Model>, Vec<service_agreement::Model>)> {
    let versions = tx.get_many::<agreement_version::Entity>(ids.iter().copied()).await?;
    let agreements: std::collections::HashSet<ServiceAgreementId> = versions.iter().map(|version| version.agreement_id).collect();
    Ok((versions, tx.get_many::<service_agreement::Entity>(agreements).await?))
}

/// The clauses of some versions, in their order.
pub(in crate::agreements) async fn clauses(tx: &TenantTx, versions: &[AgreementVersionId]) -> Result<Vec<agreement_clause::Model>> {
    use agreement_clause::Column;
    let rows = tx.find::<agreement_clause::Entity>().filter(Column::VersionId.is_in(versions.iter().copied()));
    rows.order_by_asc(Column::Ordinal).all().await
}

/// Who signed some versions by an instant, in the order in which they did.
pub(in crate::agreements) async fn signatures(
    tx: &TenantTx,
    versions: &[AgreementVersionId],
    known_at: Timestamp,
) -> Result<Vec<agreement_signature::Model>> {
    use agreement_signature::Column;
    let rows = tx.find::<agreement_signature::Entity>().filter(Column::VersionId.is_in(versions.iter().copied()));
    rows.filter(Column::RecordedAt.lte(known_at)).order_by_asc(Column::RecordedAt).order_by_asc(Column::Id).all().await
}

/// The ends of some agreements that were known by an instant, the one that counts last.
pub(in crate::agreements) async fn ends(
    tx: &TenantTx,
    agreements: &[ServiceAgreementId],
    known_at: Timestamp,
) -> Result<Vec<agreement_end::Model>> {
    use agreement_end::Column;
    let rows = tx.find::<agreement_end::Entity>().filter(Column::AgreementId.is_in(agreements.iter().copied()));
    rows.filter(Column::RecordedAt.lte(known_at)).order_by_desc(Column::EndsOn).order_by_asc(Column::Id).all().await
}

/// The newest version of each of some calendars that was recorded by an instant.
pub(in crate::agreements) async fn newest_hours(
    tx: &TenantTx,
    calendars: &[BusinessCalendarId],
    known_at: Timestamp,
) -> Result<Vec<calendar_version::Model>> {
    let rows = tx.find::<calendar_version::Entity>().newest(known_at);
    rows.filter(calendar_version::Column::CalendarId.is_in(calendars.iter().copied())).all().await
}

/// The versions of calendars with some ids.
pub(in crate::agreements) async fn hours(tx: &TenantTx, ids: &[CalendarVersionId]) -> Result<Vec<calendar_version::Model>> {
    tx.get_many::<calendar_version::Entity>(ids.iter().copied()).await
}
