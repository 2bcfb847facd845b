//! From the offer to its end.

use serde_json::{Value, json};

use super::fewest_statements;
use super::ground::{Agreed, Ground, acknowledgement, depth, monthly, mutation, speed};
use crate::support::{on_both_engines, rows};

/// What happened to a handoff, in order.
const LOG: &str =
    "mutation($input: LogActivityInput!) { logActivity(input: $input) { activity { id } userErrors { field code message } } }";

fn kinds(handoff: &Value) -> Vec<&str> {
    handoff["events"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect()
}

on_both_engines! {
    async fn an_offer_is_taken_passed_on_and_given_back(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240), depth(3, 5)]).await;
        // Thursday, 10:00 in Lisbon; two business days later is Monday.
        let offered = ground.offered("2026-03-26T10:00:00Z", json!({ "note": "asked for a price" })).await;
        let id = &offered["id"];
        assert_eq!((&offered["state"], &offered["stateSince"], &offered["overDelivery"]), (&json!("OFFERED"), &json!("2026-03-26T10:00:00Z"), &json!(false)));
        assert_eq!((&offered["answerDueAt"], &offered["owner"]), (&json!("2026-03-30T17:00:00Z"), &Value::Null));
        let clocks = offered["clocks"].as_array().unwrap();
        assert_eq!((&clocks[0]["kind"], &clocks[0]["state"], &clocks[0]["dueAt"]), (&json!("SPEED"), &json!("RUNNING"), &json!("2026-03-26T15:00:00Z")));
        assert_eq!((&clocks[1]["kind"], &clocks[1]["state"], &clocks[1]["resource"]), (&json!("DEPTH"), &json!("RUNNING"), &json!("SALES")));
        let steps = json!([
            { "kind": "WARN", "dueAt": "2026-03-26T14:00:00Z", "firedAt": null }, { "kind": "BREACH", "dueAt": "2026-03-26T15:00:00Z", "firedAt": null },
            { "kind": "ESCALATE", "dueAt": "2026-03-26T16:00:00Z", "firedAt": null }, { "kind": "REASSIGN", "dueAt": "2026-03-26T17:00:00Z", "firedAt": null }]);
        assert_eq!(clocks[0]["steps"], steps);
        for state in ["OFFERED", "ACCEPTED", "AUTO_ACCEPTED", "REJECTED", "CONTESTED", "RECYCLED", "WITHDRAWN", "EXPIRED"] {
            assert_eq!(ground.listed("handoffs", json!({ "state": state })).await.len(), usize::from(state == "OFFERED"), "{state}");
        }
        // What nobody took yet is for everybody of the receiving side; who takes it has it.
        let rep = ground.at("2026-03-26T11:00:00Z", ground.rep);
        let taken = ground.done(&rep, &mutation("acceptHandoff"), json!({ "handoffId": id })).await;
        assert_eq!((&taken["state"], &taken["stateSince"], &taken["owner"]["id"]), (&json!("ACCEPTED"), &json!("2026-03-26T11:00:00Z"), &json!(ground.rep.to_string())));
        let other = ground.now(ground.other_rep);
        assert_eq!(other.gql("query($id: ID!) { handoff(id: $id) { id } }", json!({ "id": id })).await["handoff"], Value::Null);
        let lead = ground.at("2026-03-26T12:00:00Z", ground.sales_lead);
        let given = ground.done(&lead, &mutation("reassignHandoff"), json!({ "handoffId": id, "ownerId": ground.other_rep.to_string() })).await;
        assert_eq!((&given["owner"]["id"], &given["clocks"][0]["startedAt"]), (&json!(ground.other_rep.to_string()), &json!("2026-03-26T10:00:00Z")));
        assert_eq!(ground.listed("handoffs", json!({ "ownerId": ground.other_rep.to_string(), "state": "ACCEPTED" })).await, std::slice::from_ref(id));
        let other = ground.at("2026-03-26T13:00:00Z", ground.other_rep);
        let call = json!({ "kind": "CALL", "subject": "Hello", "outcome": "REACHED", "personId": ground.handoff(id).await["person"]["id"] });
        ground.done(&other, LOG, call).await;
        let back = ground.done(&other, &mutation("recycleHandoff"), json!({ "handoffId": id, "note": "not this year" })).await;
        assert_eq!(back["state"], "RECYCLED");
        let states: Vec<&Value> = back["clocks"].as_array().unwrap().iter().map(|clock| &clock["state"]).collect();
        assert_eq!(states, ["MET", "CANCELLED"]);
        let told = ground.handoff(id).await;
        assert_eq!(kinds(&told), ["OFFERED", "ACCEPTED", "REASSIGNED", "RECYCLED"]);
        assert_eq!((&told["events"][0]["note"], &told["events"][3]["note"]), (&json!("asked for a price"), &json!("not this year")));
        let (rep, other) = (json!({ "id": ground.rep.to_string() }), json!({ "id": ground.other_rep.to_string() }));
        assert_eq!(told["owners"], json!([
            { "owner": null, "from": "2026-03-26T10:00:00Z", "to": "2026-03-26T11:00:00Z" },
            { "owner": rep, "from": "2026-03-26T11:00:00Z", "to": "2026-03-26T12:00:00Z" },
            { "owner": other, "from": "2026-03-26T12:00:00Z", "to": null }]));
        assert!(told["steps"].as_array().unwrap().iter().all(|step| step["dueAt"].is_null()), "{told:#}");
        // At its end the buyer may be offered again.
        let person = told["person"]["id"].clone();
        let by = ground.at("2026-03-27T10:00:00Z", ground.marketer);
        ground.done(&by, &mutation("offerHandoff"), json!({ "agreementId": ground.agreement, "personId": person })).await;
    }

    async fn what_is_given_back_without_contact_stays_owed(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240), depth(2, 0)]).await;
        let owner = json!({ "ownerId": ground.rep.to_string() });
        let id = ground.offered("2026-03-26T10:00:00Z", owner).await["id"].clone();
        let rep = ground.at("2026-03-26T14:59:00Z", ground.rep);
        ground.done(&rep, &mutation("acceptHandoff"), json!({ "handoffId": id })).await;
        ground.done(&rep, &mutation("recycleHandoff"), json!({ "handoffId": id, "note": "no time" })).await;
        let states = async || ground.clocks(&id).await.into_iter().map(|(_, state)| state).collect::<Vec<_>>();
        assert_eq!(states().await, ["RUNNING", "RUNNING"]);
        ground.at("2026-03-27T10:00:00Z", ground.ops);
        assert_eq!(states().await, ["OVERDUE", "OVERDUE"]);
    }

    async fn who_may_only_help_is_given_nothing(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240)]).await;
        let id = ground.offered("2026-03-26T10:00:00Z", json!({})).await["id"].clone();
        let assistant = ground.story.acme.member(entity::kinds::Role::SalesAssistant).await.member.unwrap().to_string();
        let person = ground.story.person(json!({})).await;
        let offer = json!({ "agreementId": ground.agreement, "personId": person, "ownerId": assistant });
        ground.refused(&ground.now(ground.marketer), &mutation("offerHandoff"), offer, "ownerId", "INVALID").await;
        let given = json!({ "handoffId": id, "ownerId": assistant });
        for name in ["acceptHandoff", "reassignHandoff"] {
            ground.refused(&ground.now(ground.ops), &mutation(name), given.clone(), "ownerId", "INVALID").await;
        }
    }

    async fn who_rejects_does_not_say_that_it_stands(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240)]).await;
        let id = ground.offered("2026-03-26T10:00:00Z", json!({})).await["id"].clone();
        let ops = ground.at("2026-03-26T11:00:00Z", ground.ops);
        ground.done(&ops, &mutation("rejectHandoff"), json!({ "handoffId": id, "reason": "NOT_ICP" })).await;
        let lead = ground.now(ground.marketing_lead);
        ground.done(&lead, &mutation("contestRejection"), json!({ "handoffId": id, "note": "they fit" })).await;
        let stands = json!({ "handoffId": id, "overturned": false, "note": "no" });
        ground.refused(&ops, &mutation("resolveContest"), stands.clone(), "overturned", "SELF_APPROVAL").await;
        let admin = ground.story.acme.member(entity::kinds::Role::Admin).await;
        assert_eq!(ground.done(&admin, &mutation("resolveContest"), stands).await["state"], "REJECTED");
    }

    async fn a_part_of_a_month_is_filled_by_a_part_of_what_is_owed(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240)]).await;
        let agreed = Agreed { starts_on: "2026-03-16", ..Agreed::on(&[monthly(10)]) };
        let id = ground.agree("From the middle on", &agreed).await;
        // 10 × 16 of 31 days × 1.2 = 6.19.
        let mut above = Vec::new();
        for _ in 0..7 {
            above.push(ground.offered("2026-03-17T10:00:00Z", json!({ "agreementId": id })).await["overDelivery"].clone());
        }
        assert_eq!(above, [false, false, false, false, false, false, true]);
    }

    async fn silence_accepts_at_a_moment(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240)]).await;
        let id = ground.offered("2026-03-26T10:00:00Z", json!({})).await["id"].clone();
        let late = ground.offered("2026-03-26T10:00:00Z", json!({})).await["id"].clone();
        // At the moment itself an answer still counts.
        let rep = ground.at("2026-03-30T17:00:00Z", ground.rep);
        assert_eq!(ground.handoff(&id).await["state"], "OFFERED");
        ground.done(&rep, &mutation("rejectHandoff"), json!({ "handoffId": late, "reason": "NO_INTENT" })).await;
        let rep = ground.at("2026-03-30T17:00:00.000001Z", ground.rep);
        let told = ground.handoff(&id).await;
        assert_eq!((&told["state"], &told["stateSince"]), (&json!("AUTO_ACCEPTED"), &json!("2026-03-30T17:00:00Z")));
        assert_eq!(ground.listed("handoffs", json!({ "state": "AUTO_ACCEPTED" })).await, std::slice::from_ref(&id));
        assert_eq!(ground.listed("handoffs", json!({ "state": "OFFERED" })).await, [] as [Value; 0]);
        for (name, more) in [("acceptHandoff", json!({})), ("rejectHandoff", json!({ "reason": "NOT_ICP" }))] {
            let mut input = json!({ "handoffId": id });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            ground.refused(&rep, &mutation(name), input, "handoffId", "HANDOFF_STATE").await;
        }
        let rep = ground.at("2026-04-01T10:00:00Z", ground.rep);
        ground.done(&rep, &mutation("recycleHandoff"), json!({ "handoffId": id, "note": "too early" })).await;
        let told = ground.handoff(&id).await;
        assert_eq!(kinds(&told), ["OFFERED", "AUTO_ACCEPTED", "RECYCLED"]);
        assert_eq!((&told["events"][1]["occurredAt"], &told["events"][1]["recordedAt"]), (&json!("2026-03-30T17:00:00Z"), &json!("2026-04-01T10:00:00Z")));
    }

    async fn a_rejection_is_contested_and_overturned(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240), acknowledgement(1)]).await;
        let id = ground.offered("2026-03-26T10:00:00Z", json!({})).await["id"].clone();
        let rep = ground.at("2026-03-26T11:00:00Z", ground.rep);
        ground.refused(&rep, &mutation("rejectHandoff"), json!({ "handoffId": id, "reason": "OTHER" }), "note", "REQUIRED").await;
        let rejected = ground.done(&rep, &mutation("rejectHandoff"), json!({ "handoffId": id, "reason": "NOT_ICP" })).await;
        assert_eq!((&rejected["state"], &rejected["rejectReason"]), (&json!("REJECTED"), &json!("NOT_ICP")));
        let clocks = rejected["clocks"].as_array().unwrap();
        assert_eq!((&clocks[0]["kind"], &clocks[0]["state"]), (&json!("SPEED"), &json!("CANCELLED")));
        assert_eq!((&clocks[1]["kind"], &clocks[1]["state"], &clocks[1]["resource"]), (&json!("ACKNOWLEDGEMENT"), &json!("RUNNING"), &json!("MARKETING")));
        assert_eq!(clocks[1]["dueAt"], "2026-03-27T18:00:00Z");
        assert_eq!(ground.listed("handoffs", json!({ "rejectReason": "NOT_ICP" })).await, std::slice::from_ref(&id));
        let by = ground.at("2026-03-26T12:00:00Z", ground.marketing_lead);
        ground.refused(&by, &mutation("contestRejection"), json!({ "handoffId": id, "note": " " }), "note", "REQUIRED").await;
        let contested = ground.done(&by, &mutation("contestRejection"), json!({ "handoffId": id, "note": "they fit" })).await;
        assert_eq!((&contested["state"], &contested["clocks"][1]["state"]), (&json!("CONTESTED"), &json!("MET")));
        // Neither who contested it, nor the side that rejected it says that this stands.
        let uphold = |id: &Value| json!({ "handoffId": id, "overturned": false, "note": "no" });
        let overturn = |id: &Value| json!({ "handoffId": id, "overturned": true, "note": "indeed" });
        ground.refused(&by, &mutation("resolveContest"), overturn(&id), "handoffId", "NOT_ALLOWED").await;
        let rep = ground.now(ground.rep);
        ground.refused(&rep, &mutation("resolveContest"), uphold(&id), "overturned", "NOT_ALLOWED").await;
        let rep = ground.at("2026-03-27T09:00:00Z", ground.rep);
        let won = ground.done(&rep, &mutation("resolveContest"), overturn(&id)).await;
        assert_eq!((&won["state"], &won["stateSince"], &won["rejectReason"]), (&json!("ACCEPTED"), &json!("2026-03-27T09:00:00Z"), &Value::Null));
        assert_eq!(ground.clocks(&id).await, [("SPEED", "CANCELLED"), ("ACKNOWLEDGEMENT", "MET"), ("SPEED", "RUNNING")].map(|(kind, state)| (kind.to_owned(), state.to_owned())));
        assert_eq!((&won["clocks"][2]["startedAt"], &won["clocks"][2]["dueAt"]), (&json!("2026-03-27T09:00:00Z"), &json!("2026-03-27T14:00:00Z")));
        assert_eq!(ground.listed("handoffs", json!({ "rejectReason": "NOT_ICP" })).await, [] as [Value; 0]);
        // One that stands stays rejected, and may be noted once.
        let id = ground.offered("2026-03-27T10:00:00Z", json!({})).await["id"].clone();
        let rep = ground.now(ground.rep);
        ground.done(&rep, &mutation("rejectHandoff"), json!({ "handoffId": id, "reason": "OTHER", "note": "rude" })).await;
        let ops = ground.now(ground.ops);
        ground.done(&ops, &mutation("contestRejection"), json!({ "handoffId": id, "note": "polite" })).await;
        ground.refused(&ops, &mutation("resolveContest"), uphold(&id), "handoffId", "SELF_APPROVAL").await;
        let admin = ground.story.acme.member(entity::kinds::Role::Admin).await;
        assert_eq!(ground.done(&admin, &mutation("resolveContest"), uphold(&id)).await["state"], "REJECTED");
        ground.refused(&ops, &mutation("contestRejection"), json!({ "handoffId": id, "note": "again" }), "handoffId", "HANDOFF_STATE").await;
        ground.done(&ops, &mutation("acknowledgeRejection"), json!({ "handoffId": id })).await;
        ground.refused(&ops, &mutation("acknowledgeRejection"), json!({ "handoffId": id }), "handoffId", "HANDOFF_STATE").await;
    }

    async fn what_is_above_the_agreement_starts_no_clock(app: TestApp) {
        // Five a month, and a fifth more: six.
        let ground = Ground::begin(&app, &[monthly(5), speed(240)]).await;
        let mut offers = Vec::new();
        for day in 2..8 {
            offers.push(ground.offered(&format!("2026-03-{day:02}T10:00:00Z"), json!({})).await);
        }
        assert!(offers.iter().all(|offer| offer["overDelivery"] == false && offer["clocks"].as_array().unwrap().len() == 1));
        let above = ground.offered("2026-03-31T22:59:59.999999Z", json!({})).await;
        assert_eq!((&above["overDelivery"], &above["clocks"]), (&json!(true), &json!([])));
        // The last of March in Lisbon is over an hour before it is in Greenwich.
        assert_eq!(ground.offered("2026-03-31T23:00:00Z", json!({})).await["overDelivery"], false);
        assert_eq!(ground.listed("handoffs", json!({ "overDelivery": true })).await, [above["id"].clone()]);
        // What is told late counts where it was offered; what was taken back leaves room.
        let by = ground.at("2026-04-01T10:00:00Z", ground.ops);
        let told = json!({ "offeredAt": "2026-03-20T10:00:00Z" });
        let person = ground.story.person(json!({})).await;
        let mut input = json!({ "agreementId": ground.agreement, "personId": person });
        input.as_object_mut().unwrap().extend(told.as_object().unwrap().clone());
        let late = ground.done(&by, &mutation("offerHandoff"), input).await;
        assert_eq!((&late["overDelivery"], &late["state"], &late["stateSince"]), (&json!(true), &json!("EXPIRED"), &json!("2026-03-24T18:00:00Z")));
        assert_eq!(ground.listed("handoffs", json!({ "state": "EXPIRED" })).await, [late["id"].clone()]);
        // Who accepts it may start its clocks, from then on.
        let rep = ground.now(ground.rep);
        let taken = ground.done(&rep, &mutation("acceptHandoff"), json!({ "handoffId": above["id"], "startClocks": true })).await;
        assert_eq!((&taken["state"], &taken["clocks"][0]["startedAt"]), (&json!("ACCEPTED"), &json!("2026-04-01T10:00:00Z")));
        // An agreement may count all of them.
        let all = ground.agree("All", &Agreed { counts_over_delivery: true, ..Agreed::on(&[monthly(1), speed(240)]) }).await;
        let first = ground.offered("2026-05-04T10:00:00Z", json!({ "agreementId": all })).await;
        let marketer = ground.now(ground.marketer);
        ground.done(&marketer, &mutation("withdrawHandoff"), json!({ "handoffId": first["id"] })).await;
        assert_eq!(ground.offered("2026-05-04T10:00:00Z", json!({ "agreementId": all })).await["overDelivery"], false);
        let above = ground.offered("2026-05-04T10:00:00Z", json!({ "agreementId": all })).await;
        assert_eq!((&above["overDelivery"], &above["clocks"][0]["state"]), (&json!(true), &json!("RUNNING")));
    }

    async fn a_repeated_offer_is_the_same(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240)]).await;
        let by = ground.at("2026-03-26T10:00:00Z", ground.marketer);
        let (ada, bob) = (ground.story.person(json!({})).await, ground.story.person(json!({})).await);
        let named = |person: &str| json!({ "agreementId": ground.agreement, "personId": person, "externalId": { "source": "crm", "value": "1" } });
        let offer = mutation("offerHandoff");
        let first = ground.done(&by, &offer, named(&ada)).await;
        let before = rows(&app).await;
        assert_eq!(ground.done(&by, &offer, named(&ada)).await["id"], first["id"]);
        assert_eq!(rows(&app).await, before);
        ground.refused(&by, &offer, named(&bob), "externalId", "EXTERNAL_ID_CONFLICT").await;
        let keyed = json!({ "agreementId": ground.agreement, "personId": bob, "idempotencyKey": "k" });
        let once = ground.done(&by, &offer, keyed.clone()).await;
        assert_eq!(ground.done(&by, &offer, keyed).await, once);
        let rep = ground.now(ground.rep);
        let accept = json!({ "handoffId": once["id"], "idempotencyKey": "a" });
        let taken = ground.done(&rep, &mutation("acceptHandoff"), accept.clone()).await;
        let before = rows(&app).await;
        assert_eq!((ground.done(&rep, &mutation("acceptHandoff"), accept).await, rows(&app).await), (taken, before));
        // Many at once: each for itself.
        let document = "mutation($input: OfferHandoffsInput!) { offerHandoffs(input: $input) {
            results { index outcome handoff { id overDelivery } userErrors { field code } } userErrors { field code } } }";
        let eve = ground.story.person(json!({})).await;
        let items = json!([
            { "agreementId": ground.agreement, "personId": eve }, { "agreementId": ground.agreement, "personId": eve }, named(&ada),
            { "agreementId": ground.agreement }]);
        let told = ground.act(&by, document, json!({ "items": items })).await;
        let outcomes: Vec<&str> = told["results"].as_array().unwrap().iter().map(|result| result["outcome"].as_str().unwrap()).collect();
        assert_eq!(outcomes, ["RECORDED", "REJECTED", "UNCHANGED", "REJECTED"]);
        assert_eq!(told["results"][1]["userErrors"], json!([{ "field": ["input", "items", "1", "personId"], "code": "HANDOFF_OPEN" }]));
        assert_eq!(told["results"][3]["userErrors"][0]["code"], "REQUIRED");
    }

    async fn a_buyer_is_offered_once_though_two_do_it_at_once(app: TestApp) {
        let ground = Ground::begin(&app, &[monthly(1), speed(240)]).await;
        let one_a_month = ground.agree("One", &Agreed::on(&[monthly(1)])).await;
        let by = ground.at("2026-03-26T10:00:00Z", ground.marketer);
        let person = ground.story.person(json!({})).await;
        let offer = mutation("offerHandoff");
        let input = json!({ "input": { "agreementId": ground.agreement, "personId": person } });
        let answers = futures_util::future::join_all((0..4).map(|_| by.answer(&offer, input.clone()))).await;
        let made = answers.iter().filter(|answer| answer["data"]["offerHandoff"]["handoff"].is_object()).count();
        assert_eq!(made, 1, "{answers:#?}");
        // Of several buyers one is above what was agreed, whoever comes first.
        let (ada, bob) = (ground.story.person(json!({})).await, ground.story.person(json!({})).await);
        let offered = [ada, bob].map(|person| json!({ "input": { "agreementId": one_a_month, "personId": person } }));
        let answers = futures_util::future::join_all(offered.into_iter().map(|input| by.answer(&offer, input))).await;
        let above = answers.iter().filter(|answer| answer["data"]["offerHandoff"]["handoff"]["overDelivery"] == true).count();
        assert_eq!(above, 1, "{answers:#?}");
    }

    async fn a_decision_is_made_once_though_two_make_it_at_once(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240), acknowledgement(1)]).await;
        let id = ground.offered("2026-03-26T10:00:00Z", json!({})).await["id"].clone();
        let (rep, other) = (ground.now(ground.rep), ground.now(ground.other_rep));
        let (accept, reject) = (mutation("acceptHandoff"), mutation("rejectHandoff"));
        let (one, two) = futures_util::join!(
            rep.answer(&accept, json!({ "input": { "handoffId": id } })),
            other.answer(&reject, json!({ "input": { "handoffId": id, "reason": "DUPLICATE" } }))
        );
        let done = [&one["data"]["acceptHandoff"]["handoff"], &two["data"]["rejectHandoff"]["handoff"]];
        assert_eq!(done.iter().filter(|handoff| handoff.is_object()).count(), 1, "{one:#} {two:#}");
        assert_eq!(kinds(&ground.handoff(&id).await).len(), 2);
    }

    async fn many_cost_as_few_statements_as_one(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240), depth(2, 3)]).await;
        let document = "query($first: Int) { handoffs(first: $first) { nodes { state stateSince owner { id } person { id } events { kind } owners { from }
            clocks { state kind elapsed remaining pauses { from } events { kind } steps { kind } handoff { id } } steps { kind } } } }";
        for _ in 0..6 {
            ground.offered("2026-03-26T10:00:00Z", json!({})).await;
        }
        let ops = ground.now(ground.ops);
        let mut counts = Vec::new();
        for first in [1, 6] {
            counts.push(fewest_statements(&app, &ops, document, json!({ "first": first })).await);
        }
        assert_eq!(counts[0], counts[1]);
    }
}
