//! What the figures tell by themselves, and what segments care for.

use entity::ids::{ContentId, SegmentId, ServiceAgreementId, TacticId, TypedId};
use entity::kinds::{BlockerKind, Channel, InsightKind, RejectReason, Resource};
use serde_json::json;
use tandem::auth::Scope;
use tandem::auth::permission::grant::OrganizationManage;
use tandem::metrics::insight::{Subject, Topic};

use super::Asker;
use crate::support::TestOrganization;
use crate::support::insights::found;
use crate::support::operations::Ids;
use crate::support::selection::full;

/// Of everything that insights can be about, some that were found; what is found now; and that somebody takes note.
pub(super) async fn look(asker: &mut Asker<'_>, acme: &TestOrganization<'_>, ids: &dyn Ids) {
    let agreement = ServiceAgreementId::parse(&ids.ordinary("sla")).unwrap();
    let segment = SegmentId::parse(&ids.ordinary("seg")).unwrap();
    let (tactic, content) = (TacticId::parse(&ids.ordinary("tac")).unwrap(), ContentId::parse(&ids.ordinary("cnt")).unwrap());
    let topics = [Topic::Channel(Channel::Email), Topic::Tactic(tactic), Topic::Content(content), Topic::Blocker(BlockerKind::Budget)];
    let mut subjects = vec![
        (InsightKind::RejectReasonDrift, Subject::RejectReason { agreement, reason: RejectReason::NotIcp }),
        (InsightKind::SlaBreachRun, Subject::Side { agreement, resource: Resource::Sales }),
        (InsightKind::BlockersPilingUp, Subject::Blockers(BlockerKind::Consensus)),
    ];
    subjects.extend(topics.map(|topic| (InsightKind::AudienceInterest, Subject::Interest { segment, topic })));
    let scope: Scope<OrganizationManage> = acme.setup().authorize().unwrap();
    let tx = scope.write().await.unwrap();
    let mut last = None;
    for subject in subjects {
        last = Some(found(&tx, &scope, subject, None).await);
    }
    let about = (InsightKind::AudienceInterest, Subject::Interest { segment, topic: Topic::Channel(Channel::Web) });
    found(&tx, &scope, about, last).await;
    tx.commit().await.unwrap();
    let payload = asker.change("findInsights", json!({})).await;
    assert_eq!(payload["userErrors"], json!([]));
    let noted = asker.ask("{ insights(kind: SLA_BREACH_RUN) { nodes { id } } }", json!({})).await;
    asker.made("acknowledgeInsight", json!({ "insightId": noted["insights"]["nodes"][0]["id"], "action": "called them" })).await;
    asker.change("coverContent", json!({ "contentId": content.to_string(), "stages": [], "blockers": ["CONSENSUS"] })).await;
    let touch = json!({ "accountId": ids.ordinary("acc"), "occurredAt": "2026-05-10T12:00:00Z", "kind": "VISIT", "actorKind": "CAMPAIGN",
        "resource": "MARKETING", "channel": "WEB", "tacticId": tactic.to_string(), "contentId": content.to_string() });
    asker.made("recordTouch", touch).await;
    let period = r#"period: { from: "2026-05-01", to: "2026-06-01" }"#;
    let of = |kind| full(&asker.told, kind);
    let documents = [
        format!("query($id: ID!) {{ audienceInterests(segmentId: $id, {period}) {} }}", of("AudienceInterests")),
        format!("{{ insights {} }}", of("InsightConnection")),
    ];
    for document in documents {
        asker.ask(&document, json!({ "id": segment.to_string() })).await;
    }
}
