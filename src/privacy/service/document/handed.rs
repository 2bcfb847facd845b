//! Handoffs, and what belongs to them.

use entity::{clock_event, feedback, feedback_acknowledgement, handoff, handoff_event, sla_clock, sla_step};
use serde_json::{Value, json};

use super::{at, name};

pub(in crate::privacy::service) fn handoff(row: handoff::Model) -> Value {
    let handoff::Model {
        organization_id: _,
        id,
        version_id,
        from_resource,
        to_resource,
        person_id: _,
        account_id,
        tactic_id,
        over_delivery,
        offered_at,
        answer_due_at,
        source,
        external_id,
        recorded_by,
        recorded_at,
    } = row;
    json!({
        "id": id, "versionId": version_id, "fromResource": from_resource, "toResource": to_resource, "accountId": account_id,
        "tacticId": tactic_id, "overDelivery": over_delivery, "offeredAt": at(Some(offered_at)), "answerDueAt": at(answer_due_at),
        "externalId": name(source, external_id), "recordedBy": recorded_by, "recordedAt": at(Some(recorded_at)),
    })
}

pub(in crate::privacy::service) fn handoff_event(row: handoff_event::Model) -> Value {
    let handoff_event::Model {
        organization_id: _,
        id,
        handoff_id,
        sequence,
        kind,
        owner_id,
        reason,
        note,
        occurred_at,
        recorded_by,
        recorded_at,
    } = row;
    json!({
        "id": id, "handoffId": handoff_id, "sequence": sequence, "kind": kind, "ownerId": owner_id, "reason": reason, "note": note,
        "occurredAt": at(Some(occurred_at)), "recordedBy": recorded_by, "recordedAt": at(Some(recorded_at)),
    })
}

pub(in crate::privacy::service) fn sla_clock(row: sla_clock::Model) -> Value {
    let sla_clock::Model {
        organization_id: _,
        id,
        handoff_id,
        clause_id,
        resource,
        wanted,
        calendar_version_id,
        started_at,
        target_micros,
        due_at,
        met_at,
        paused_at,
        cancelled_at,
        recorded_at,
        version: _,
    } = row;
    json!({
        "id": id, "handoffId": handoff_id, "clauseId": clause_id, "resource": resource, "wanted": wanted,
        "calendarVersionId": calendar_version_id, "startedAt": at(Some(started_at)), "targetMicros": target_micros.to_string(),
        "dueAt": at(due_at), "metAt": at(met_at), "pausedAt": at(paused_at), "cancelledAt": at(cancelled_at),
        "recordedAt": at(Some(recorded_at)),
    })
}

pub(in crate::privacy::service) fn clock_event(row: clock_event::Model) -> Value {
    let clock_event::Model {
        organization_id: _,
        id,
        clock_id,
        sequence,
        kind,
        activity_id,
        calendar_version_id,
        reason,
        occurred_at,
        recorded_by,
        recorded_at,
    } = row;
    json!({
        "id": id, "clockId": clock_id, "sequence": sequence, "kind": kind, "activityId": activity_id,
        "calendarVersionId": calendar_version_id, "reason": reason, "occurredAt": at(Some(occurred_at)), "recordedBy": recorded_by,
        "recordedAt": at(Some(recorded_at)),
    })
}

pub(in crate::privacy::service) fn sla_step(row: sla_step::Model) -> Value {
    let sla_step::Model { organization_id: _, id, handoff_id, clock_id, kind, due_at, fired_at, member_id, version: _ } = row;
    json!({
        "id": id, "handoffId": handoff_id, "clockId": clock_id, "kind": kind, "dueAt": at(due_at), "firedAt": at(fired_at),
        "memberId": member_id,
    })
}

pub(in crate::privacy::service) fn feedback(row: feedback::Model) -> Value {
    let feedback::Model {
        organization_id: _,
        id,
        from_resource,
        to_resource,
        kind,
        handoff_id,
        clock_id,
        tactic_id,
        content_id,
        metric_key,
        body,
        acknowledge_by,
        recorded_by,
        recorded_at,
    } = row;
    json!({
        "id": id, "fromResource": from_resource, "toResource": to_resource, "kind": kind, "handoffId": handoff_id, "clockId": clock_id,
        "tacticId": tactic_id, "contentId": content_id, "metricKey": metric_key, "body": body, "acknowledgeBy": at(acknowledge_by), "recordedBy": recorded_by,
        "recordedAt": at(Some(recorded_at)),
    })
}

pub(in crate::privacy::service) fn feedback_acknowledgement(row: feedback_acknowledgement::Model) -> Value {
    let feedback_acknowledgement::Model { organization_id: _, id, feedback_id, outcome, note, acknowledged_by, recorded_at } = row;
    json!({
        "id": id, "feedbackId": feedback_id, "outcome": outcome, "note": note, "acknowledgedBy": acknowledged_by,
        "recordedAt": at(Some(recorded_at)),
    })
}
