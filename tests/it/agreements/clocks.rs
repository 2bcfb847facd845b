//! Clocks through the API: business time, pauses, ends, other hours.

use serde_json::{Value, json};

use super::ground::{Ground, acknowledgement, mutation, of_clock, same_day, speed};
use crate::support::on_both_engines;
use crate::support::story::problems;

const REPIN: &str = "mutation($input: RepinCalendarInput!) { repinCalendar(input: $input) { repinned userErrors { field code } } }";

const ERASE: &str = "mutation($input: ErasePersonInput!) { erasePerson(input: $input) { erasure { erasedAt } userErrors { field code } } }";

const STATES: [&str; 6] = ["RUNNING", "PAUSED", "MET", "LATE", "OVERDUE", "CANCELLED"];

/// How a clock stands: as it is told, and as lists find it.
async fn state(ground: &Ground<'_>, clock: &Value) -> String {
    let data = ground.now(ground.ops).gql("query($id: ID!) { slaClock(id: $id) { state } }", json!({ "id": clock })).await;
    let told = data["slaClock"]["state"].as_str().unwrap().to_owned();
    for state in STATES {
        let found = ground.listed("slaClocks", json!({ "state": state })).await;
        assert_eq!(found.contains(clock), state == told, "{state} and {told}");
    }
    told
}

on_both_engines! {
    async fn they_count_business_time(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240), same_day()]).await;
        // Four business hours, or the same business day, in Lisbon, where the clocks go forward on 29 March.
        for (start, four_hours, day) in [
            ("2026-03-27T16:30:00Z", "2026-03-30T10:30:00Z", "2026-03-27T18:00:00Z"),
            ("2026-04-02T16:00:00Z", "2026-04-06T11:00:00Z", "2026-04-02T17:00:00Z"),
            ("2026-03-28T11:00:00Z", "2026-03-30T13:00:00Z", "2026-03-30T17:00:00Z"),
            ("2026-03-30T11:30:00Z", "2026-03-30T16:00:00Z", "2026-03-30T17:00:00Z"),
            ("2026-03-27T11:00:00Z", "2026-03-27T16:00:00Z", "2026-03-27T18:00:00Z"),
            ("2026-03-27T20:00:00Z", "2026-03-30T13:00:00Z", "2026-03-30T17:00:00Z"),
        ] {
            let offered = ground.offered(start, json!({})).await;
            let due = [&offered["clocks"][0]["dueAt"], &offered["clocks"][1]["dueAt"]];
            assert_eq!(due, [&json!(four_hours), &json!(day)], "{start}");
        }
    }

    async fn a_pause_does_not_count(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240), acknowledgement(1)]).await;
        let offered = ground.offered("2026-03-27T16:30:00Z", json!({})).await;
        let clock = &offered["clocks"][0]["id"];
        let (pause, resume) = (of_clock("pauseClock"), of_clock("resumeClock"));
        // Monday, 10:00 in Lisbon.
        let lead = ground.at("2026-03-30T09:00:00Z", ground.sales_lead);
        ground.refused(&lead, &pause, json!({ "clockId": clock, "reason": " " }), "reason", "REQUIRED").await;
        ground.refused(&lead, &resume, json!({ "clockId": clock }), "clockId", "CLOCK_STATE").await;
        ground.refused(&ground.now(ground.marketing_lead), &pause, json!({ "clockId": clock, "reason": "x" }), "clockId", "NOT_ALLOWED").await;
        assert_eq!(ground.now(ground.rep).refused(&pause, json!({ "input": { "clockId": clock, "reason": "x" } })).await, "FORBIDDEN");
        let paused = ground.done(&lead, &pause, json!({ "clockId": clock, "reason": "they are away" })).await;
        assert_eq!((&paused["state"], &paused["dueAt"], &paused["elapsed"], &paused["remaining"]), (&json!("PAUSED"), &Value::Null, &json!("PT2H30M"), &json!("PT1H30M")));
        assert!(paused["steps"].as_array().unwrap().iter().all(|step| step["dueAt"].is_null()), "{paused:#}");
        assert_eq!(state(&ground, clock).await, "PAUSED");
        ground.refused(&lead, &pause, json!({ "clockId": clock, "reason": "x" }), "clockId", "CLOCK_STATE").await;
        let lead = ground.at("2026-03-30T12:30:00Z", ground.sales_lead);
        let resumed = ground.done(&lead, &resume, json!({ "clockId": clock })).await;
        assert_eq!((&resumed["state"], &resumed["dueAt"]), (&json!("RUNNING"), &json!("2026-03-30T14:00:00Z")));
        assert_eq!(resumed["pauses"], json!([{ "from": "2026-03-30T09:00:00Z", "to": "2026-03-30T12:30:00Z" }]));
        assert_eq!((&resumed["elapsed"], &resumed["remaining"]), (&json!("PT2H30M"), &json!("PT1H30M")));
        assert_eq!(state(&ground, clock).await, "RUNNING");
        ground.at("2026-03-30T14:00:00Z", ground.ops);
        assert_eq!(state(&ground, clock).await, "RUNNING");
        let lead = ground.at("2026-03-30T14:00:00.000001Z", ground.sales_lead);
        assert_eq!(state(&ground, clock).await, "OVERDUE");
        // A breach stays a breach.
        ground.refused(&lead, &pause, json!({ "clockId": clock, "reason": "x" }), "clockId", "CLOCK_STATE").await;
        let cancel = of_clock("cancelClock");
        ground.refused(&lead, &cancel, json!({ "clockId": clock, "reason": "DUPLICATE" }), "clockId", "CLOCK_STATE").await;
        assert_eq!(ground.listed("slaClocks", json!({ "dueBefore": "2026-03-30T14:00:00.000001Z", "resource": "SALES" })).await, std::slice::from_ref(clock));
        assert_eq!(ground.listed("slaClocks", json!({ "dueBefore": "2026-03-30T14:00:00Z" })).await, [] as [Value; 0]);
    }

    async fn one_ends_before_its_time(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240)]).await;
        let offered = ground.offered("2026-03-30T09:00:00Z", json!({})).await;
        let clock = &offered["clocks"][0]["id"];
        let lead = ground.at("2026-03-30T10:00:00Z", ground.sales_lead);
        let cancelled = ground.done(&lead, &of_clock("cancelClock"), json!({ "clockId": clock, "reason": "OPT_OUT", "note": "asked us to stop", "idempotencyKey": "c" })).await;
        assert_eq!((&cancelled["state"], &cancelled["events"][0]["reason"]), (&json!("CANCELLED"), &json!("OPT_OUT: asked us to stop")));
        assert!(cancelled["steps"].as_array().unwrap().iter().all(|step| step["dueAt"].is_null()));
        assert_eq!(state(&ground, clock).await, "CANCELLED");
        ground.refused(&lead, &of_clock("cancelClock"), json!({ "clockId": clock, "reason": "OPT_OUT" }), "clockId", "CLOCK_STATE").await;
        ground.refused(&lead, REPIN, json!({ "clockId": clock }), "clockId", "CLOCK_STATE").await;
        // What fell due before is still to be told.
        let offered = ground.offered("2026-03-31T08:00:00Z", json!({})).await;
        let lead = ground.at("2026-03-31T12:15:00Z", ground.sales_lead);
        let cancelled = ground.done(&lead, &of_clock("cancelClock"), json!({ "clockId": offered["clocks"][0]["id"], "reason": "DUPLICATE" })).await;
        let due: Vec<Value> = cancelled["steps"].as_array().unwrap().iter().map(|step| step["dueAt"].clone()).collect();
        assert_eq!(due, [json!("2026-03-31T11:00:00Z"), Value::Null, Value::Null, Value::Null]);
    }

    async fn other_hours_count_once_it_is_said(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240), same_day()]).await;
        let first = ground.offered("2026-03-27T16:30:00Z", json!({})).await;
        let second = ground.offered("2026-03-27T16:30:00Z", json!({})).await;
        ground.at("2026-03-27T17:00:00Z", ground.ops);
        ground.holiday(2, "2026-03-30").await;
        let due = async |handoff: &Value| {
            let told = ground.handoff(&handoff["id"]).await;
            [told["clocks"][0]["dueAt"].clone(), told["clocks"][1]["dueAt"].clone()]
        };
        // Clocks that run keep the hours they began with; new ones have the newest.
        assert_eq!(due(&first).await, [json!("2026-03-30T10:30:00Z"), json!("2026-03-27T18:00:00Z")]);
        let third = ground.offered("2026-03-27T17:00:00Z", json!({})).await;
        assert_eq!(third["clocks"][0]["dueAt"], "2026-03-31T11:00:00Z");
        let ops = ground.now(ground.ops);
        assert_eq!(problems(&ground.act(&ops, REPIN, json!({})).await), [("agreementId".to_owned(), "REQUIRED".to_owned())]);
        let one = ground.act(&ops, REPIN, json!({ "clockId": first["clocks"][0]["id"] })).await;
        assert_eq!(one["repinned"], 1);
        assert_eq!(due(&first).await[0], "2026-03-31T10:30:00Z");
        let marketing = ground.now(ground.marketing_lead);
        let all = ground.act(&marketing, REPIN, json!({ "agreementId": ground.agreement })).await;
        assert_eq!(all["repinned"], 0);
        let all = ground.act(&ops, REPIN, json!({ "agreementId": ground.agreement, "idempotencyKey": "r" })).await;
        assert_eq!(all["repinned"], 3);
        assert_eq!(ground.act(&ops, REPIN, json!({ "agreementId": ground.agreement, "idempotencyKey": "r" })).await["repinned"], 3);
        assert_eq!(due(&second).await, [json!("2026-03-31T10:30:00Z"), json!("2026-03-27T18:00:00Z")]);
        assert_eq!(ground.act(&ops, REPIN, json!({ "agreementId": ground.agreement })).await["repinned"], 0);
        let told = ground.handoff(&second["id"]).await;
        let warn = &told["clocks"][0]["steps"][0];
        assert_eq!((&warn["kind"], &warn["dueAt"]), (&json!("WARN"), &json!("2026-03-31T09:30:00Z")));
        // What was breached by the hours it had stays so.
        let ops = ground.at("2026-04-01T10:00:00Z", ground.ops);
        ground.holiday(3, "2026-03-31").await;
        ground.refused(&ops, REPIN, json!({ "clockId": second["clocks"][0]["id"] }), "clockId", "CLOCK_STATE").await;
        assert_eq!(ground.act(&ops, REPIN, json!({ "agreementId": ground.agreement })).await["repinned"], 0);
        assert_eq!(ground.clocks(&second["id"]).await[0].1, "OVERDUE");
    }

    async fn the_offering_side_owes_an_acknowledgement(app: TestApp) {
        let ground = Ground::begin(&app, &[acknowledgement(0)]).await;
        let offered = ground.offered("2026-03-26T10:00:00Z", json!({})).await;
        assert_eq!(offered["clocks"], json!([]));
        let rep = ground.now(ground.rep);
        let rejected = ground.done(&rep, &mutation("rejectHandoff"), json!({ "handoffId": offered["id"], "reason": "WRONG_REGION" })).await;
        let clock = &rejected["clocks"][0]["id"];
        assert_eq!(rejected["clocks"][0]["dueAt"], "2026-03-26T18:00:00Z");
        let lead = ground.now(ground.marketing_lead);
        ground.done(&lead, &of_clock("pauseClock"), json!({ "clockId": clock, "reason": "on a fair" })).await;
        ground.refused(&ground.now(ground.sales_lead), &of_clock("resumeClock"), json!({ "clockId": clock }), "clockId", "NOT_ALLOWED").await;
        let lead = ground.at("2026-03-27T10:00:00Z", ground.marketing_lead);
        ground.done(&lead, &of_clock("resumeClock"), json!({ "clockId": clock })).await;
        let lead = ground.at("2026-03-27T18:00:00Z", ground.marketing_lead);
        assert_eq!(state(&ground, clock).await, "RUNNING");
        ground.done(&lead, &mutation("acknowledgeRejection"), json!({ "handoffId": offered["id"], "note": "we ask for the region now" })).await;
        assert_eq!(state(&ground, clock).await, "MET");
    }

    async fn nobody_stops_the_clock_that_runs_for_themselves(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240)]).await;
        let lead = ground.sales_lead.to_string();
        let clock = ground.offered("2026-03-26T10:00:00Z", json!({ "ownerId": lead })).await["clocks"][0]["id"].clone();
        let by = ground.at("2026-03-26T11:00:00Z", ground.sales_lead);
        ground.refused(&by, &of_clock("pauseClock"), json!({ "clockId": clock, "reason": "lunch" }), "clockId", "SELF_APPROVAL").await;
        ground.refused(&by, &of_clock("cancelClock"), json!({ "clockId": clock, "reason": "OPT_OUT" }), "clockId", "SELF_APPROVAL").await;
        let ops = ground.now(ground.ops);
        ground.done(&ops, &of_clock("pauseClock"), json!({ "clockId": clock, "reason": "they asked for Monday" })).await;
        // Not one of another team either.
        let elsewhere = ground.story.acme.member(entity::kinds::Role::SalesLead).await;
        let told = problems(&ground.act(&elsewhere, &of_clock("resumeClock"), json!({ "clockId": clock })).await);
        assert_eq!(told[0].0, "clockId");
        ground.done(&ground.now(ground.sales_lead), &of_clock("resumeClock"), json!({ "clockId": clock })).await;
    }

    async fn nothing_is_owed_to_who_was_erased(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240), acknowledgement(1)]).await;
        let overdue = ground.offered("2026-03-26T10:00:00Z", json!({})).await["id"].clone();
        let buyer = ground.handoff(&overdue).await["person"]["id"].clone();
        let rejected = ground.offered("2026-03-27T10:00:00Z", json!({})).await["id"].clone();
        let other = ground.handoff(&rejected).await["person"]["id"].clone();
        ground.done(&ground.now(ground.rep), &mutation("rejectHandoff"), json!({ "handoffId": rejected, "reason": "NOT_ICP" })).await;
        let running = ground.offered("2026-03-27T10:30:00Z", json!({ "note": "call at home" })).await["id"].clone();
        let third = ground.handoff(&running).await["person"]["id"].clone();
        let ops = ground.at("2026-03-27T11:00:00Z", ground.ops);
        for id in [&buyer, &other, &third] {
            ground.done(&ops, ERASE, json!({ "personId": id })).await;
        }
        // What was breached stays so; the offering side still owes an answer to those who rejected.
        let states = async |id: &Value| ground.clocks(id).await.into_iter().map(|(_, state)| state).collect::<Vec<_>>();
        assert_eq!(states(&overdue).await, ["OVERDUE"]);
        assert_eq!(states(&rejected).await, ["CANCELLED", "RUNNING"]);
        assert_eq!(states(&running).await, ["CANCELLED"]);
        let told = ops.gql("query($id: ID!) { handoff(id: $id) { events { note } clocks { events { kind reason } steps { dueAt } } } }", json!({ "id": running })).await;
        let clock = &told["handoff"]["clocks"][0];
        assert_eq!((&clock["events"], &told["handoff"]["events"][0]["note"]), (&json!([{ "kind": "CANCELLED", "reason": null }]), &Value::Null));
        assert!(clock["steps"].as_array().unwrap().iter().all(|step| step["dueAt"].is_null()));
    }
}
