//! How rows are told in an export.
//!
//! Each row is taken apart completely: a column that is added later does not compile until it is told here, or left out on
//! purpose. Left out are the organization, which is told once, and what is about somebody else.

use std::collections::HashMap;

use entity::ids::{PersonId, StageId};
use entity::money::Money;
use entity::{
    activity, activity_event, affiliation, audit_entry, buying_role, buying_role_end, close, close_movement, consent, credit_batch,
    credit_entry, erased_name, erasure, identification, identity_pointer, identity_pointer_end, opportunity_event, person, stage_event,
    touch,
};
use serde_json::{Value, json};

fn name(source: Option<String>, external_id: Option<String>) -> Value {
    json!(source.zip(external_id).map(|(source, value)| json!({ "source": source, "value": value })))
}

fn at(instant: Option<entity::time::Timestamp>) -> Value {
    json!(instant.map(|instant| instant.to_string()))
}

pub(super) fn person(row: person::Model) -> Value {
    let person::Model {
        organization_id: _,
        id,
        kind,
        name: called,
        email,
        account_id,
        known_at,
        owner_id,
        source,
        external_id,
        search_key,
        erased_at,
        recorded_at,
        version,
    } = row;
    json!({
        "id": id, "kind": kind, "name": called, "email": email, "accountId": account_id, "knownAt": at(known_at), "ownerId": owner_id,
        "externalId": name(source, external_id), "searchKey": search_key, "erasedAt": at(erased_at), "recordedAt": at(Some(recorded_at)),
        "version": version,
    })
}

pub(super) fn consent(row: consent::Model) -> Value {
    let consent::Model { organization_id: _, id, person_id: _, purpose, decision, occurred_at, evidence, recorded_by, recorded_at } = row;
    json!({
        "id": id, "purpose": purpose, "decision": decision, "occurredAt": at(Some(occurred_at)), "evidence": evidence,
        "recordedBy": recorded_by, "recordedAt": at(Some(recorded_at)),
    })
}

pub(super) fn touch(row: touch::Model) -> Value {
    let touch::Model {
        organization_id: _,
        id,
        occurred_at,
        kind,
        channel,
        actor_kind,
        resource,
        direction,
        tactic_id,
        content_id,
        person_id: _,
        account_id,
        supersedes_id,
        retracted,
        source,
        external_id,
        recorded_at,
    } = row;
    json!({
        "id": id, "occurredAt": at(Some(occurred_at)), "kind": kind, "channel": channel, "actorKind": actor_kind, "resource": resource,
        "direction": direction, "tacticId": tactic_id, "contentId": content_id, "accountId": account_id, "supersedesId": supersedes_id, "retracted": retracted,
        "externalId": name(source, external_id), "recordedAt": at(Some(recorded_at)),
    })
}

pub(super) fn stage_event(row: stage_event::Model, stages: &HashMap<StageId, String>) -> Value {
    let stage_event::Model {
        organization_id: _,
        id,
        pipeline_id,
        stage_id,
        from_stage_id,
        person_id: _,
        // The subject is the person, so there is no account.
        account_id: _,
        occurred_at,
        backdated,
        reason,
        recorded_by,
        supersedes_id,
        retracted,
        source,
        external_id,
        recorded_at,
    } = row;
    json!({
        "id": id, "pipelineId": pipeline_id, "stage": stages.get(&stage_id), "fromStage": from_stage_id.and_then(|id| stages.get(&id)),
        "occurredAt": at(Some(occurred_at)), "backdated": backdated, "reason": reason, "recordedBy": recorded_by,
        "supersedesId": supersedes_id, "retracted": retracted, "externalId": name(source, external_id),
        "recordedAt": at(Some(recorded_at)),
    })
}

/// A close that ends their journey, in full; of one they referred only that they did.
pub(super) fn close(row: close::Model, person: PersonId) -> Value {
    let close::Model {
        organization_id: _,
        id,
        account_id,
        person_id,
        closed_at,
        amount_minor,
        currency,
        path,
        policy_id,
        referrer_id,
        recorded_by,
        source,
        external_id,
        recorded_at,
        opportunity_id,
    } = row;
    if person_id != Some(person) {
        return json!({ "id": id, "as": "REFERRER", "closedAt": at(Some(closed_at)), "recordedAt": at(Some(recorded_at)) });
    }
    let amount = Money::from_minor(amount_minor, currency).to_decimal();
    json!({
        "id": id, "as": "BUYER", "accountId": account_id, "closedAt": at(Some(closed_at)), "amount": amount.to_string(),
        "currency": currency.to_string(), "path": path, "policyId": policy_id, "wasReferred": referrer_id.is_some(),
        "recordedBy": recorded_by, "externalId": name(source, external_id), "opportunityId": opportunity_id,
        "recordedAt": at(Some(recorded_at)),
    })
}

pub(super) fn opportunity_event(row: opportunity_event::Model) -> Value {
    let opportunity_event::Model {
        organization_id: _,
        id,
        opportunity_id,
        sequence,
        kind,
        outcome,
        reason,
        competitor,
        resumes_on,
        close_id,
        occurred_at,
        recorded_by,
        recorded_at,
    } = row;
    json!({
        "id": id, "opportunityId": opportunity_id, "sequence": sequence, "kind": kind, "outcome": outcome, "reason": reason,
        "competitor": competitor, "resumesOn": resumes_on.map(|day| day.to_string()), "closeId": close_id,
        "occurredAt": at(Some(occurred_at)), "recordedBy": recorded_by, "recordedAt": at(Some(recorded_at)),
    })
}

pub(super) fn buying_role(row: buying_role::Model) -> Value {
    let buying_role::Model { organization_id: _, id, opportunity_id, person_id: _, role, stance, since, recorded_by, recorded_at } = row;
    json!({
        "id": id, "opportunityId": opportunity_id, "role": role, "stance": stance, "since": at(Some(since)), "recordedBy": recorded_by,
        "recordedAt": at(Some(recorded_at)),
    })
}

pub(super) fn buying_role_end(row: buying_role_end::Model) -> Value {
    let buying_role_end::Model { organization_id: _, id, buying_role_id, until, recorded_by, recorded_at } = row;
    json!({
        "id": id, "buyingRoleId": buying_role_id, "until": at(Some(until)), "recordedBy": recorded_by,
        "recordedAt": at(Some(recorded_at)),
    })
}

pub(super) fn activity(row: activity::Model) -> Value {
    let activity::Model {
        organization_id: _,
        id,
        kind,
        subject,
        person_id: _,
        account_id,
        opportunity_id,
        direction,
        follows_id,
        source,
        external_id,
        recorded_by,
        recorded_at,
    } = row;
    json!({
        "id": id, "kind": kind, "subject": subject, "accountId": account_id, "opportunityId": opportunity_id, "direction": direction,
        "followsId": follows_id, "externalId": name(source, external_id), "recordedBy": recorded_by, "recordedAt": at(Some(recorded_at)),
    })
}

pub(super) fn activity_event(row: activity_event::Model) -> Value {
    let activity_event::Model {
        organization_id: _,
        id,
        activity_id,
        sequence,
        kind,
        owner_id,
        due_at,
        outcome,
        note,
        reason,
        touch_id,
        occurred_at,
        recorded_by,
        recorded_at,
    } = row;
    json!({
        "id": id, "activityId": activity_id, "sequence": sequence, "kind": kind, "ownerId": owner_id, "dueAt": at(due_at),
        "outcome": outcome, "note": note, "reason": reason, "touchId": touch_id, "occurredAt": at(Some(occurred_at)),
        "recordedBy": recorded_by, "recordedAt": at(Some(recorded_at)),
    })
}

pub(super) fn close_movement(row: close_movement::Model) -> Value {
    let close_movement::Model { organization_id: _, id, close_id, kind, amount_minor, occurred_at, reason, recorded_by, recorded_at } = row;
    json!({
        "id": id, "closeId": close_id, "kind": kind, "amountMinor": amount_minor.to_string(), "occurredAt": at(Some(occurred_at)),
        "reason": reason, "recordedBy": recorded_by, "recordedAt": at(Some(recorded_at)),
    })
}

pub(super) fn credit_batch(row: credit_batch::Model) -> Value {
    let credit_batch::Model { organization_id: _, id, close_id, sequence, kind, rule, reason, requested_by, effective_at, recorded_at } =
        row;
    json!({
        "id": id, "closeId": close_id, "sequence": sequence, "kind": kind, "rule": rule, "reason": reason, "requestedBy": requested_by,
        "effectiveAt": at(Some(effective_at)), "recordedAt": at(Some(recorded_at)),
    })
}

pub(super) fn credit_entry(row: credit_entry::Model) -> Value {
    let credit_entry::Model { organization_id: _, id, batch_id, resource, delta_bp } = row;
    json!({ "id": id, "batchId": batch_id, "resource": resource, "basisPoints": delta_bp })
}

pub(super) fn identification(row: identification::Model) -> Value {
    let identification::Model { organization_id: _, id, person_id: _, how, occurred_at, recorded_by, recorded_at } = row;
    json!({
        "id": id, "how": how, "occurredAt": at(Some(occurred_at)), "recordedBy": recorded_by, "recordedAt": at(Some(recorded_at)),
    })
}

pub(super) fn affiliation(row: affiliation::Model) -> Value {
    let affiliation::Model { organization_id: _, id, person_id: _, account_id, recorded_by, recorded_at } = row;
    json!({ "id": id, "accountId": account_id, "recordedBy": recorded_by, "recordedAt": at(Some(recorded_at)) })
}

pub(super) fn identity_pointer(row: identity_pointer::Model) -> Value {
    let identity_pointer::Model {
        organization_id: _,
        id,
        from_person_id,
        to_person_id,
        // They are of people, so they are of no accounts.
        from_account_id: _,
        to_account_id: _,
        reason,
        recorded_by,
        recorded_at,
    } = row;
    json!({
        "id": id, "fromPersonId": from_person_id, "toPersonId": to_person_id, "reason": reason, "recordedBy": recorded_by,
        "recordedAt": at(Some(recorded_at)),
    })
}

pub(super) fn identity_pointer_end(row: identity_pointer_end::Model) -> Value {
    let identity_pointer_end::Model { organization_id: _, id, pointer_id, reason, recorded_by, recorded_at } = row;
    json!({ "id": id, "identityPointerId": pointer_id, "reason": reason, "recordedBy": recorded_by, "recordedAt": at(Some(recorded_at)) })
}

pub(super) fn erasure(row: erasure::Model) -> Value {
    let erasure::Model { organization_id: _, id, person_id: _, reason, recorded_by, recorded_at } = row;
    json!({ "id": id, "reason": reason, "recordedBy": recorded_by, "recordedAt": at(Some(recorded_at)) })
}

pub(super) fn erased_name(row: erased_name::Model) -> Value {
    let erased_name::Model { organization_id: _, id, erasure_id, hash } = row;
    json!({ "id": id, "erasureId": erasure_id, "hash": hash })
}

/// That the log tells of them, not what else an entry tells.
pub(super) fn audit_entry(row: audit_entry::Model) -> Value {
    json!({ "id": row.id, "action": row.action, "outcome": row.outcome, "recordedAt": at(Some(row.recorded_at)) })
}
