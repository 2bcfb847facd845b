//! What is not taken, and leaves nothing behind.

use entity::ids::MemberId;
use entity::kinds::Role;
use serde_json::{Value, json};

use super::ground::{Agreed, Ground, acknowledgement, mutation, speed};
use crate::support::on_both_engines;

const MERGE: &str =
    "mutation($input: MergeIdentitiesInput!) { mergeIdentities(input: $input) { identityPointer { id } userErrors { field code } } }";

on_both_engines! {
    async fn an_offer_needs_an_agreement_in_force(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240)]).await;
        let by = ground.at("2026-03-26T10:00:00Z", ground.marketer);
        let person = ground.story.person(json!({})).await;
        let offer = mutation("offerHandoff");
        let all = [
            Agreed { signed: 1, ..Agreed::on(&[speed(60)]) },
            Agreed { signed: 0, ..Agreed::on(&[speed(60)]) },
            Agreed { starts_on: "2026-03-27", ..Agreed::on(&[speed(60)]) },
            Agreed { ends_on: Some("2026-03-26"), ..Agreed::on(&[speed(60)]) },
            Agreed { ended_on: Some("2026-03-26"), ..Agreed::on(&[speed(60)]) },
        ];
        for (number, agreed) in all.iter().enumerate() {
            let id = ground.agree(&format!("Agreement {number}"), agreed).await;
            let input = json!({ "agreementId": id, "personId": person });
            ground.refused(&by, &offer, input, "agreementId", "AGREEMENT_STATE").await;
        }
        let ends_later = ground.agree("Ends", &Agreed { ends_on: Some("2026-03-27"), ..Agreed::on(&[speed(60)]) }).await;
        ground.done(&by, &offer, json!({ "agreementId": ends_later, "personId": person })).await;
    }

    async fn an_offer_is_wrong_in_many_ways(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240)]).await;
        let ops = ground.at("2026-03-26T10:00:00Z", ground.ops);
        let story = &ground.story;
        let (ada, bob, gone) = (story.person(json!({})).await, story.person(json!({})).await, story.person(json!({})).await);
        let account = story.account("Initech").await;
        let tactic = json!({ "name": "Cold calls", "resource": "SALES", "channel": "PHONE" });
        let tactic = story.tactic(tactic).await;
        let erase = "mutation($input: ErasePersonInput!) { erasePerson(input: $input) { userErrors { field code } } }";
        let admin = story.acme.member(Role::Admin).await;
        assert_eq!(ground.act(&admin, erase, json!({ "personId": gone })).await["userErrors"], json!([]));
        let offer = mutation("offerHandoff");
        let with = |more: Value| {
            let mut input = json!({ "agreementId": ground.agreement, "personId": ada });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            input
        };
        let marketer_id = ground.marketer.to_string();
        for (more, field, code) in [
            (json!({ "personId": null }), "personId", "REQUIRED"),
            (json!({ "personId": gone }), "personId", "ERASED"),
            (json!({ "personId": "per_00000000000000000000000000" }), "personId", "NOT_FOUND"),
            (json!({ "accountId": "acc_00000000000000000000000000" }), "accountId", "NOT_FOUND"),
            (json!({ "agreementId": "sla_00000000000000000000000000" }), "agreementId", "NOT_FOUND"),
            (json!({ "tacticId": tactic }), "tacticId", "INVALID"),
            (json!({ "tacticId": "tac_00000000000000000000000000" }), "tacticId", "NOT_FOUND"),
            (json!({ "ownerId": marketer_id }), "ownerId", "INVALID"),
            (json!({ "ownerId": "mem_00000000000000000000000000" }), "ownerId", "NOT_FOUND"),
            (json!({ "offeredAt": "2026-03-26T10:00:00.000001Z" }), "offeredAt", "DATE_OUT_OF_RANGE"),
            (json!({ "note": "" }), "note", "REQUIRED"),
        ] {
            ground.refused(&ops, &offer, with(more), field, code).await;
        }
        let marketer = ground.now(ground.marketer);
        ground.refused(&marketer, &offer, with(json!({ "offeredAt": "2026-03-26T09:00:00Z" })), "offeredAt", "NOT_ALLOWED").await;
        let product = story.acme.member(Role::ProductLead).await;
        ground.refused(&product, &offer, with(json!({})), "agreementId", "NOT_ALLOWED").await;
        assert_eq!(ground.now(ground.rep).refused(&offer, json!({ "input": with(json!({})) })).await, "FORBIDDEN");
        // A buyer is open once, whoever they are; so is an account.
        ground.done(&marketer, &offer, with(json!({}))).await;
        ground.refused(&marketer, &offer, with(json!({})), "personId", "HANDOFF_OPEN").await;
        ground.refused(&marketer, &offer, with(json!({ "accountId": account })), "personId", "HANDOFF_OPEN").await;
        ground.done(&ops, MERGE, json!({ "from": bob, "to": ada })).await;
        ground.refused(&marketer, &offer, with(json!({ "personId": bob })), "personId", "HANDOFF_OPEN").await;
        let of_account = json!({ "agreementId": ground.agreement, "accountId": account });
        ground.done(&marketer, &offer, of_account.clone()).await;
        ground.refused(&marketer, &offer, of_account, "accountId", "HANDOFF_OPEN").await;
    }

    async fn nobody_answers_for_the_other_side(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240), acknowledgement(1)]).await;
        let id = ground.offered("2026-03-26T10:00:00Z", json!({})).await["id"].clone();
        let (accept, reject) = (mutation("acceptHandoff"), mutation("rejectHandoff"));
        let lead = ground.now(ground.marketing_lead);
        ground.refused(&lead, &accept, json!({ "handoffId": id }), "handoffId", "NOT_ALLOWED").await;
        ground.refused(&lead, &reject, json!({ "handoffId": id, "reason": "NOT_ICP" }), "handoffId", "NOT_ALLOWED").await;
        assert_eq!(ground.now(ground.marketer).refused(&accept, json!({ "input": { "handoffId": id } })).await, "FORBIDDEN");
        let product = ground.story.acme.member(Role::ProductLead).await;
        ground.refused(&product, &accept, json!({ "handoffId": id }), "handoffId", "NOT_ALLOWED").await;
        // Nor does who offered it, in whatever role.
        let ops = ground.now(ground.ops);
        let person = ground.story.person(json!({})).await;
        let own = ground.done(&ops, &mutation("offerHandoff"), json!({ "agreementId": ground.agreement, "personId": person })).await["id"].clone();
        ground.refused(&ops, &accept, json!({ "handoffId": own }), "handoffId", "SELF_APPROVAL").await;
        ground.refused(&ops, &reject, json!({ "handoffId": own, "reason": "NOT_ICP" }), "handoffId", "SELF_APPROVAL").await;
        // What is somebody's is theirs; nobody gives it to who does not work there.
        let rep = ground.now(ground.rep);
        let to = |owner: MemberId| json!({ "handoffId": id, "ownerId": owner.to_string() });
        ground.refused(&rep, &accept, to(ground.other_rep), "ownerId", "NOT_ALLOWED").await;
        ground.refused(&rep, &accept, to(ground.marketer), "ownerId", "INVALID").await;
        ground.done(&rep, &accept, json!({ "handoffId": id })).await;
        let other = ground.now(ground.other_rep);
        ground.refused(&other, &mutation("recycleHandoff"), json!({ "handoffId": id, "note": "mine" }), "handoffId", "NOT_FOUND").await;
        // The offering side answers a rejection, the receiving side does not.
        let late = ground.offered("2026-03-26T10:00:00Z", json!({})).await["id"].clone();
        let rep = ground.now(ground.rep);
        ground.done(&rep, &reject, json!({ "handoffId": late, "reason": "BAD_DATA" })).await;
        let sales = ground.now(ground.sales_lead);
        for name in ["acknowledgeRejection", "contestRejection", "withdrawHandoff"] {
            ground.refused(&sales, &mutation(name), json!({ "handoffId": late, "note": "x" }), "handoffId", "NOT_ALLOWED").await;
        }
    }

    async fn what_is_at_its_end_stays_there(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240), acknowledgement(1)]).await;
        let ends = [("withdrawHandoff", json!({})), ("rejectHandoff", json!({ "reason": "DUPLICATE" })), ("acceptHandoff", json!({}))];
        for (end, more) in ends {
            let id = ground.offered("2026-03-26T10:00:00Z", json!({})).await["id"].clone();
            let input = |more: &Value| {
                let mut input = json!({ "handoffId": id });
                input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
                input
            };
            let (marketer, rep) = (ground.now(ground.marketer), ground.now(ground.rep));
            let by = if end == "withdrawHandoff" { &marketer } else { &rep };
            ground.done(by, &mutation(end), input(&more)).await;
            for (act, more, by) in [
                ("acceptHandoff", json!({}), &rep),
                ("rejectHandoff", json!({ "reason": "NOT_ICP" }), &rep),
                ("withdrawHandoff", json!({}), &marketer),
                ("resolveContest", json!({ "overturned": true, "note": "x" }), &rep),
            ] {
                ground.refused(by, &mutation(act), input(&more), "handoffId", "HANDOFF_STATE").await;
            }
            let taken = end == "acceptHandoff";
            if !taken {
                ground.refused(&rep, &mutation("recycleHandoff"), input(&json!({ "note": "x" })), "handoffId", "HANDOFF_STATE").await;
                let owner = json!({ "ownerId": ground.rep.to_string() });
                ground.refused(&rep, &mutation("reassignHandoff"), input(&owner), "handoffId", "HANDOFF_STATE").await;
            }
            if end != "rejectHandoff" {
                ground.refused(&marketer, &mutation("acknowledgeRejection"), input(&json!({})), "handoffId", "HANDOFF_STATE").await;
                ground.refused(&marketer, &mutation("contestRejection"), input(&json!({ "note": "x" })), "handoffId", "HANDOFF_STATE").await;
            }
        }
    }
}
