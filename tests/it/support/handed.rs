//! Somebody who was handed over, with words about it everywhere. Written past the rules of the areas.

use entity::ids::{
    AgreementClauseId, AgreementVersionId, BusinessCalendarId, CalendarVersionId, FeedbackId, HandoffId, MemberId, PersonId,
    ServiceAgreementId, SlaClockId,
};
use entity::kinds::{ClauseKind, ClockEventKind, FeedbackKind, FeedbackOutcome, HandoffEventKind, Resource, StepKind};
use entity::{
    agreement_clause, agreement_version, business_calendar, calendar_version, clock_event, feedback, feedback_acknowledgement, handoff,
    handoff_event, service_agreement, sla_clock, sla_step,
};
use serde_json::json;
use tandem::auth::Scope;
use tandem::auth::permission::grant::OrganizationManage;
use tandem::db::TenantWrite;

/// What was written of somebody who was handed over.
pub struct Handed {
    pub handoff: HandoffId,
    pub clock: SlaClockId,
    pub clause: AgreementClauseId,
    pub feedback: FeedbackId,
}

/// Hands a person over from Marketing to Sales.
pub async fn hand_over(tx: &TenantWrite, scope: &Scope<OrganizationManage>, person: PersonId, teller: MemberId) -> Handed {
    let (organization_id, recorded_at) = (scope.organization_id(), scope.now());
    let (version_id, clause_id, calendar_version_id) = agree(tx, scope).await;
    let (handoff_id, clock_id): (HandoffId, SlaClockId) = (scope.next_id(), scope.next_id());
    let row = handoff::Model {
        organization_id,
        id: handoff_id,
        version_id,
        from_resource: Resource::Marketing,
        to_resource: Resource::Sales,
        person_id: Some(person),
        account_id: None,
        tactic_id: None,
        over_delivery: false,
        offered_at: recorded_at,
        answer_due_at: None,
        source: Some("crm".to_owned()),
        external_id: Some("zyxwvut h1".to_owned()),
        recorded_by: None,
        recorded_at,
    };
    tx.insert::<handoff::Entity>(row).await.unwrap();
    let event = handoff_event::Model {
        organization_id,
        id: scope.next_id(),
        handoff_id,
        sequence: 0,
        kind: HandoffEventKind::Offered,
        owner_id: None,
        reason: None,
        note: Some("Zyxwvut wants it".to_owned()),
        occurred_at: recorded_at,
        recorded_by: None,
        recorded_at,
    };
    tx.insert::<handoff_event::Entity>(event).await.unwrap();
    let clock = sla_clock::Model {
        organization_id,
        id: clock_id,
        handoff_id,
        clause_id,
        resource: Resource::Sales,
        wanted: 1,
        calendar_version_id,
        started_at: recorded_at,
        target_micros: 0,
        due_at: None,
        met_at: None,
        paused_at: Some(recorded_at),
        cancelled_at: None,
        recorded_at,
        version: 1,
    };
    tx.insert::<sla_clock::Entity>(clock).await.unwrap();
    let paused = clock_event::Model {
        organization_id,
        id: scope.next_id(),
        clock_id,
        sequence: 0,
        kind: ClockEventKind::Paused,
        activity_id: None,
        calendar_version_id: None,
        reason: Some("Zyxwvut is away".to_owned()),
        occurred_at: recorded_at,
        recorded_by: None,
        recorded_at,
    };
    tx.insert::<clock_event::Entity>(paused).await.unwrap();
    let (kind, due_at) = (StepKind::Answer, None);
    let step = sla_step::Model {
        organization_id,
        id: scope.next_id(),
        handoff_id,
        clock_id: None,
        kind,
        due_at,
        fired_at: None,
        member_id: None,
        version: 1,
    };
    tx.insert::<sla_step::Entity>(step).await.unwrap();
    let feedback_id: FeedbackId = scope.next_id();
    let told = feedback::Model {
        organization_id,
        id: feedback_id,
        from_resource: Resource::Sales,
        to_resource: Resource::Marketing,
        kind: FeedbackKind::Praise,
        handoff_id: Some(handoff_id),
        clock_id: None,
        tactic_id: None,
        content_id: None,
        metric_key: None,
        body: "Zyxwvut was a good one".to_owned(),
        acknowledge_by: None,
        recorded_by: None,
        recorded_at,
    };
    tx.insert::<feedback::Entity>(told).await.unwrap();
    let noted = feedback_acknowledgement::Model {
        organization_id,
        id: scope.next_id(),
        feedback_id,
        outcome: FeedbackOutcome::Noted,
        note: Some("Zyxwvut was".to_owned()),
        acknowledged_by: teller,
        recorded_at,
    };
    tx.insert::<feedback_acknowledgement::Entity>(noted).await.unwrap();
    Handed { handoff: handoff_id, clock: clock_id, clause: clause_id, feedback: feedback_id }
}

async fn agree(tx: &TenantWrite, scope: &Scope<OrganizationManage>) -> (AgreementVersionId, AgreementClauseId, CalendarVersionId) {
    let (organization_id, recorded_at) = (scope.organization_id(), scope.now());
    let (calendar_id, hours, agreement_id, version_id, clause_id): (BusinessCalendarId, CalendarVersionId, ServiceAgreementId, _, _) =
        (scope.next_id(), scope.next_id(), scope.next_id(), scope.next_id(), scope.next_id());
    let calendar =
        business_calendar::Model { organization_id, id: calendar_id, name: "Hours of handoffs".to_owned(), recorded_by: None, recorded_at };
    tx.insert::<business_calendar::Entity>(calendar).await.unwrap();
    let day = json!([{ "from": "09:00", "to": "17:00" }]);
    let week = calendar_version::Model {
        organization_id,
        id: hours,
        calendar_id,
        calendar_version: 1,
        time_zone: "UTC".to_owned(),
        week: json!([day, day, day, day, day, [], []]).to_string().parse().unwrap(),
        special_days: "[]".parse().unwrap(),
        recorded_by: None,
        recorded_at,
    };
    tx.insert::<calendar_version::Entity>(week).await.unwrap();
    let agreement = service_agreement::Model {
        organization_id,
        id: agreement_id,
        name: "Handoffs".to_owned(),
        from_resource: Resource::Marketing,
        to_resource: Resource::Sales,
        recorded_by: None,
        recorded_at,
        version: 1,
    };
    tx.insert::<service_agreement::Entity>(agreement).await.unwrap();
    let version = agreement_version::Model {
        organization_id,
        id: version_id,
        agreement_id,
        agreement_version: 1,
        calendar_id,
        starts_on: "2026-01-01".parse().unwrap(),
        ends_on: None,
        capacity_bp: 12_000,
        counts_over_delivery: false,
        answer_minutes: None,
        answer_days: Some(2),
        recorded_by: None,
        recorded_at,
    };
    tx.insert::<agreement_version::Entity>(version).await.unwrap();
    let clause = agreement_clause::Model {
        organization_id,
        id: clause_id,
        version_id,
        ordinal: 1,
        kind: ClauseKind::Speed,
        quantity: None,
        per: None,
        minimum_bp: None,
        within_minutes: Some(60),
        within_days: None,
        warn_percent: None,
        escalate_percent: None,
        reassign_percent: None,
        calendar_id: None,
    };
    tx.insert::<agreement_clause::Entity>(clause).await.unwrap();
    (version_id, clause_id, hours)
}
