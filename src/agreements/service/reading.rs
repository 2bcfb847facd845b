//! Finding agreements, their versions and their clauses.

use std::collections::HashMap;

use entity::ids::{AgreementClauseId, AgreementVersionId, ServiceAgreementId};
use entity::kinds::Resource;
use entity::time::Timestamp;
use entity::{agreement_clause, agreement_version, service_agreement};

use super::standing::standings;
use crate::agreements::store;
use crate::auth::Scope;
use crate::auth::permission::grant::AgreementRead;
use crate::db::{Listing, PageRequest};
use crate::error::Result;
use crate::metrics::sla::agreement::State;

/// Which agreements are wanted; what is `None` does not narrow.
#[derive(Clone, Copy, Debug, Default)]
pub struct AgreementFilter {
    /// Those a resource is a side of.
    pub resource: Option<Resource>,
    /// How they stand now.
    pub state: Option<State>,
}

/// A page of the agreements, the newest first.
///
/// # Errors
/// What the database says.
pub async fn service_agreements(
    scope: &Scope<AgreementRead>,
    filter: AgreementFilter,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<service_agreement::Model>> {
    let tx = scope.read().await?;
    let among = match filter.state {
        None => None,
        Some(wanted) => {
            // There are few of them, and how one stands is in no column.
            let ids = store::agreement_ids(&tx, filter.resource).await?;
            let standings = standings(&tx, &ids, Timestamp::MAX).await?;
            Some(standings.into_iter().filter(|(_, standing)| standing.state(scope.now()) == wanted).map(|(id, _)| id).collect())
        }
    };
    store::agreements(&tx, filter.resource, among).listing(page, with_total).await
}

/// The ids of all agreements, however they stand.
///
/// # Errors
/// What the database says.
pub async fn agreement_ids(scope: &Scope<AgreementRead>) -> Result<Vec<ServiceAgreementId>> {
    store::agreement_ids(&scope.read().await?, None).await
}

/// The agreements with some ids.
///
/// # Errors
/// What the database says.
pub async fn agreements_by_id(
    scope: &Scope<AgreementRead>,
    ids: &[ServiceAgreementId],
) -> Result<HashMap<ServiceAgreementId, service_agreement::Model>> {
    let rows = scope.read().await?.get_many::<service_agreement::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The versions with some ids.
///
/// # Errors
/// What the database says.
pub async fn agreement_versions_by_id(
    scope: &Scope<AgreementRead>,
    ids: &[AgreementVersionId],
) -> Result<HashMap<AgreementVersionId, agreement_version::Model>> {
    let rows = scope.read().await?.get_many::<agreement_version::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The clauses with some ids.
///
/// # Errors
/// What the database says.
pub async fn clauses_by_id(
    scope: &Scope<AgreementRead>,
    ids: &[AgreementClauseId],
) -> Result<HashMap<AgreementClauseId, agreement_clause::Model>> {
    let rows = scope.read().await?.get_many::<agreement_clause::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The clauses of some versions, in their order.
///
/// # Errors
/// What the database says.
pub async fn clauses_of(
    scope: &Scope<AgreementRead>,
    versions: &[AgreementVersionId],
) -> Result<HashMap<AgreementVersionId, Vec<agreement_clause::Model>>> {
    let mut found: HashMap<AgreementVersionId, Vec<agreement_clause::Model>> = HashMap::with_capacity(versions.len());
    for clause in store::clauses(&scope.read().await?, versions).await? {
        found.entry(clause.version_id).or_default().push(clause);
    }
    Ok(found)
}
