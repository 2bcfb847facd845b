//! How rows are told in an export.
//!
//! Each row is taken apart completely: a column that is added later does not compile until it is told here, or left out on
//! purpose. Left out are the organization, which is told once, and what is about somebody else.

mod handed;

use std::collections::HashMap;

use entity::ids::{PersonId, StageId};
use entity::money::Money;
use entity::{
    activity, activity_event, affiliation, audit_entry, buying_role, buying_role_end, close, close_movement, consent, credit_batch,
    credit_dispute, credit_dispute_end, credit_entry, credit_opening, credit_proposal_decision, credit_transfer, credit_transfer_decision,
    erased_name, erasure, fx_conversion, identification, identity_pointer, identity_pointer_end, opportunity_event, person, restatement,
    stage_event, touch,
};
use serde_json::{Value, json};

pub(super) use handed::{clock_event, feedback, feedback_acknowledgement, handoff, handoff_event, sla_clock, sla_step};

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
        kind,
        recurring_minor,
        reopens_id,
    } = row;
    if person_id != Some(person) {
        return json!({ "id": id, "as": "REFERRER", "closedAt": at(Some(closed_at)), "recordedAt": at(Some(recorded_at)) });
    }
    let amount = Money::from_minor(amount_minor, currency).to_decimal();
    let monthly = recurring_minor.map(|minor| Money::from_minor(minor, currency).to_decimal().to_string());
    json!({
        "kind": kind, "recurringMonthly": monthly, "reopensId": reopens_id,
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
    let credit_batch::Model {
        organization_id: _,
        id,
        close_id,
        sequence,
        kind,
        rule,
        reason,
        requested_by,
        effective_at,
        recorded_at,
        transfer_id,
        reverses_id,
        asked_effective_at,
    } = row;
    json!({
        "id": id, "closeId": close_id, "sequence": sequence, "kind": kind, "rule": rule, "reason": reason, "requestedBy": requested_by,
        "effectiveAt": at(Some(effective_at)), "transferId": transfer_id, "reversesId": reverses_id, "recordedAt": at(Some(recorded_at)),
        "askedEffectiveAt": at(asked_effective_at),
    })
}

pub(super) fn restatement(row: restatement::Model) -> Value {
    // Of a close nothing else is restated.
    let restatement::Model {
        organization_id: _,
        id,
        month,
        close_id,
        movement_id,
        batch_id,
        cost_entry_id: _,
        rate_id: _,
        rule_id: _,
        reason,
        recorded_by,
        recorded_at,
    } = row;
    json!({
        "id": id, "month": month, "closeId": close_id, "movementId": movement_id, "batchId": batch_id, "reason": reason,
        "recordedBy": recorded_by, "recordedAt": at(Some(recorded_at)),
    })
}

pub(super) fn credit_transfer(row: credit_transfer::Model) -> Value {
    let credit_transfer::Model {
        organization_id: _,
        id,
        close_id,
        from_resource,
        to_resource,
        basis_points,
        effective_at,
        reason,
        policy_id,
        requested_by,
        requested_for,
        recorded_at,
    } = row;
    json!({
        "id": id, "closeId": close_id, "from": from_resource, "to": to_resource, "basisPoints": basis_points,
        "effectiveAt": at(Some(effective_at)), "reason": reason, "policyId": policy_id, "requestedBy": requested_by,
        "requestedFor": requested_for, "recordedAt": at(Some(recorded_at)),
    })
}

pub(super) fn credit_transfer_decision(row: credit_transfer_decision::Model) -> Value {
    let credit_transfer_decision::Model { organization_id: _, id, transfer_id, kind, side, decided_by, reason, recorded_at } = row;
    json!({
        "id": id, "transferId": transfer_id, "kind": kind, "side": side, "decidedBy": decided_by, "reason": reason,
        "recordedAt": at(Some(recorded_at)),
    })
}

pub(super) fn fx_conversion(row: fx_conversion::Model) -> Value {
    let fx_conversion::Model { organization_id: _, id, close_id, cost_entry_id: _, rate_id, recorded_at } = row;
    json!({ "id": id, "closeId": close_id, "rateId": rate_id, "recordedAt": at(Some(recorded_at)) })
}

pub(super) fn credit_dispute(row: credit_dispute::Model) -> Value {
    let credit_dispute::Model {
        organization_id: _,
        id,
        close_id,
        resource,
        reason,
        sales_bp,
        marketing_bp,
        product_bp,
        opened_by,
        opened_for,
        recorded_at,
    } = row;
    json!({
        "id": id, "closeId": close_id, "resource": resource, "reason": reason, "salesBasisPoints": sales_bp,
        "marketingBasisPoints": marketing_bp, "productBasisPoints": product_bp, "openedBy": opened_by, "openedFor": opened_for,
        "recordedAt": at(Some(recorded_at)),
    })
}

pub(super) fn credit_dispute_end(row: credit_dispute_end::Model) -> Value {
    let credit_dispute_end::Model { organization_id: _, id, dispute_id, kind, batch_id, decided_by, reason, recorded_at } = row;
    json!({
        "id": id, "disputeId": dispute_id, "kind": kind, "batchId": batch_id, "decidedBy": decided_by, "reason": reason,
        "recordedAt": at(Some(recorded_at)),
    })
}

pub(super) fn credit_opening(row: credit_opening::Model, person: PersonId) -> Value {
    let credit_opening::Model {
        organization_id: _,
        id,
        close_id,
        source_resource,
        claimant_id,
        claimant_account_id: _,
        claimed_at,
        signed_at,
        sales_bp,
        marketing_bp,
        product_bp,
        recorded_at,
    } = row;
    if claimant_id == Some(person) {
        return json!({ "id": id, "as": "REFERRER", "claimedAt": at(claimed_at), "recordedAt": at(Some(recorded_at)) });
    }
    json!({
        "id": id, "as": "BUYER", "closeId": close_id, "sourceResource": source_resource, "wasReferred": claimant_id.is_some(),
        "signedAt": at(signed_at), "salesBasisPoints": sales_bp, "marketingBasisPoints": marketing_bp, "productBasisPoints": product_bp,
        "recordedAt": at(Some(recorded_at)),
    })
}

pub(super) fn credit_proposal_decision(row: credit_proposal_decision::Model) -> Value {
    let credit_proposal_decision::Model {
        organization_id: _,
        id,
        close_id,
        kind,
        sales_bp,
        marketing_bp,
        product_bp,
        batch_id,
        decided_by,
        reason,
        recorded_at,
    } = row;
    json!({
        "id": id, "closeId": close_id, "kind": kind, "salesBasisPoints": sales_bp, "marketingBasisPoints": marketing_bp,
        "productBasisPoints": product_bp, "batchId": batch_id, "decidedBy": decided_by, "reason": reason,
        "recordedAt": at(Some(recorded_at)),
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
