//! What could have been found in the figures. Written past the rules that find it.

use entity::ids::InsightId;
use entity::insight;
use entity::kinds::{InsightKind, InsightSeverity, Resource};
use entity::money::CurrencyCode;
use rust_decimal::Decimal;
use serde_json::json;
use tandem::auth::Scope;
use tandem::auth::permission::grant::OrganizationManage;
use tandem::db::TenantWrite;
use tandem::metrics::insight::{Figures, Subject};

/// Something that was found about a subject; worse than the one whose place it takes, where there is one.
pub async fn found(
    tx: &TenantWrite,
    scope: &Scope<OrganizationManage>,
    (kind, subject): (InsightKind, Subject),
    replaces_id: Option<InsightId>,
) -> InsightId {
    let figures =
        Figures { observed: Decimal::ONE, threshold: Decimal::ZERO, baseline: Some(Decimal::ZERO), count: 1, cost_minor: Some(100) };
    let question = json!({ "document": "{ me { id } }", "variables": {}, "path": "me.id" }).to_string();
    let row = insight::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        kind,
        severity: if replaces_id.is_some() { InsightSeverity::Critical } else { InsightSeverity::Warning },
        key: format!("{}/{subject}/2026-05-01", kind.name()),
        subject: serde_json::to_string(&subject).unwrap(),
        addressed_to: std::iter::once(Resource::Sales).collect(),
        figures: serde_json::to_string(&figures).unwrap(),
        currency: CurrencyCode::USD,
        period_from: "2026-05-01".parse().unwrap(),
        period_to: "2026-06-01".parse().unwrap(),
        time_zone: "UTC".to_owned(),
        as_of: scope.now(),
        source: question.clone(),
        evidence: question,
        replaces_id,
        recorded_at: scope.now(),
    };
    tx.insert::<insight::Entity>(row).await.unwrap().id
}
