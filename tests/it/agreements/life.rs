//! Agreements: drafted by one side, signed by both, amended, ended.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{
    AMEND, DEFINE_CALENDAR, DRAFT, END, SIGN, Sides, agreement, done, fewest_statements, lisbon, made, refused, terms, with, without,
};
use crate::support::story::Story;
use crate::support::{Caller, on_both_engines, rows};

const TOLD: &str = "query($id: ID!) { serviceAgreement(id: $id) { name fromResource toResource state version recordedBy { id }
    inForce { number } end { endsOn reason recordedBy { id } recordedAt }
    versions(first: 5) { totalCount nodes { number state startsOn endsOn capacityFactor countsOverDelivery answerWithin { minutes days } calendar { name }
        signatures { side signedBy { id } signedAt }
        clauses { kind owedBy quantity per minimumShare within { minutes days } warnPercent escalatePercent reassignPercent calendar { name } } } } } }";

async fn told(by: &Caller<'_>, id: &str) -> Value {
    by.gql(TOLD, json!({ "id": id })).await["serviceAgreement"].take()
}

/// The states of the versions, the newest first, and of the agreement.
async fn states(by: &Caller<'_>, id: &str) -> (Vec<String>, String) {
    let told = told(by, id).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (told["versions"]["nodes"].as_array().unwrap().iter().map(|version| text(&version["state"])).collect(), text(&told["state"]))
}

fn signature(id: &str, side: &str, version: i32) -> Value {
    json!({ "agreementId": id, "side": side, "expectedVersion": version })
}

async fn calendar(story: &Story<'_>) -> String {
    made(&story.at("2026-01-05T09:00:00Z"), DEFINE_CALENDAR, lisbon()).await
}

fn member(caller: &Caller<'_>) -> Value {
    json!({ "id": caller.member.unwrap().to_string() })
}

on_both_engines! {
    async fn an_agreement_holds_once_both_have_signed_and_it_begins(app: TestApp) {
        let story = Story::begin(&app).await;
        let calendar = calendar(&story).await;
        let sides = Sides::at(&story, "2026-02-10T10:00:00Z").await;
        let id = made(&sides.marketing, DRAFT, agreement(&calendar)).await;
        let first = told(&sides.sales, &id).await;
        assert_eq!((&first["state"], &first["version"], &first["recordedBy"], &first["inForce"]), (&json!("DRAFT"), &json!(1), &member(&sides.marketing), &json!(null)));
        let version = &first["versions"]["nodes"][0];
        assert_eq!((&version["capacityFactor"], &version["countsOverDelivery"], &version["answerWithin"]), (&json!("1.2"), &json!(false), &json!({ "minutes": null, "days": 2 })));
        let clause = |kind: &str, owes: &str| json!({ "kind": kind, "owedBy": owes, "quantity": null, "per": null, "minimumShare": null, "within": null,
            "warnPercent": null, "escalatePercent": null, "reassignPercent": null, "calendar": { "name": "Lisbon" } });
        let ladder = |warn: Option<i32>, escalate: Option<i32>, reassign: Option<i32>| json!({ "warnPercent": warn, "escalatePercent": escalate, "reassignPercent": reassign });
        let minutes = json!({ "minutes": 240, "days": null });
        let days = |days: i32| json!({ "within": { "minutes": null, "days": days } });
        assert_eq!(version["clauses"], json!([
            with(clause("VOLUME", "MARKETING"), json!({ "quantity": 100, "per": "MONTH" })),
            with(clause("QUALITY", "MARKETING"), json!({ "minimumShare": "0.8" })),
            with(with(clause("SPEED", "SALES"), days(0)), ladder(Some(75), Some(125), Some(150))),
            with(with(clause("SPEED", "SALES"), json!({ "within": minutes })), ladder(Some(50), None, Some(200))),
            with(with(clause("DEPTH", "SALES"), with(days(10), json!({ "quantity": 5 }))), ladder(None, Some(125), Some(150))),
            with(with(clause("ACKNOWLEDGEMENT", "MARKETING"), days(2)), ladder(Some(75), Some(125), None)),
        ]));
        // One signature is none.
        done(&sides.marketing, SIGN, with(signature(&id, "MARKETING", 1), json!({ "idempotencyKey": "ours" }))).await;
        let before = rows(&app).await;
        done(&sides.marketing, SIGN, with(signature(&id, "MARKETING", 1), json!({ "idempotencyKey": "ours" }))).await;
        assert_eq!(rows(&app).await, before, "the same again");
        assert_eq!(states(&sides.sales, &id).await, (vec!["DRAFT".to_owned()], "DRAFT".to_owned()));
        let sides = sides.later(&story, "2026-02-11T10:00:00Z");
        let signed = done(&sides.sales, SIGN, signature(&id, "SALES", 1)).await;
        assert_eq!((&signed["state"], &signed["version"]), (&json!("SIGNED"), &json!(1)), "a signature changes no terms");
        let told_then = told(&sides.marketing, &id).await;
        assert_eq!(told_then["versions"]["nodes"][0]["signatures"], json!([
            { "side": "MARKETING", "signedBy": member(&sides.marketing), "signedAt": "2026-02-10T10:00:00Z" },
            { "side": "SALES", "signedBy": member(&sides.sales), "signedAt": "2026-02-11T10:00:00Z" },
        ]));
        // It begins with the first of March where its calendar is, which is that of UTC there and then.
        for (moment, state) in [("2026-02-28T23:59:59.999999Z", "SIGNED"), ("2026-03-01T00:00:00Z", "IN_FORCE")] {
            let ops = story.at(moment);
            assert_eq!(states(&ops, &id).await.1, state, "{moment}");
            for filter in ["DRAFT", "SIGNED", "IN_FORCE", "ENDED"] {
                let document = "query($filter: ServiceAgreementFilter) { serviceAgreements(filter: $filter) { totalCount nodes { id } } }";
                let found = ops.gql(document, json!({ "filter": { "state": filter, "resource": "SALES" } })).await;
                assert_eq!(found["serviceAgreements"]["totalCount"], i32::from(filter == state), "{filter} at {moment}");
                let found = ops.gql(document, json!({ "filter": { "resource": "PRODUCT" } })).await;
                assert_eq!(found["serviceAgreements"]["nodes"], json!([]));
            }
        }
    }

    async fn what_was_agreed_on_holds_until_the_next_version_begins(app: TestApp) {
        let story = Story::begin(&app).await;
        let calendar = calendar(&story).await;
        let sides = Sides::at(&story, "2026-02-10T10:00:00Z").await;
        let id = made(&sides.marketing, DRAFT, agreement(&calendar)).await;
        done(&sides.marketing, SIGN, signature(&id, "MARKETING", 1)).await;
        done(&sides.sales, SIGN, signature(&id, "SALES", 1)).await;
        let sides = sides.later(&story, "2026-03-10T10:00:00Z");
        let change = with(terms(&calendar), json!({ "agreementId": id, "expectedVersion": 1, "startsOn": "2026-04-01", "endsOn": "2026-07-01", "capacityFactor": "1.5",
            "countsOverDelivery": true, "answerWithin": { "minutes": 60 }, "idempotencyKey": "april" }));
        let amended = done(&sides.sales, AMEND, change.clone()).await;
        assert_eq!((&amended["state"], &amended["version"]), (&json!("IN_FORCE"), &json!(2)));
        let before = rows(&app).await;
        done(&sides.sales, AMEND, change.clone()).await;
        assert_eq!(rows(&app).await, before);
        refused(&app, &sides.sales, AMEND, without(change.clone(), "idempotencyKey"), &[("expectedVersion", "STALE_VERSION")]).await;
        refused(&app, &sides.sales, SIGN, signature(&id, "SALES", 1), &[("expectedVersion", "STALE_VERSION")]).await;
        // A draft that waits is given up for another one.
        done(&sides.sales, SIGN, signature(&id, "SALES", 2)).await;
        let change = with(without(change, "idempotencyKey"), json!({ "expectedVersion": 2, "startsOn": "2026-04-02" }));
        done(&sides.marketing, AMEND, change).await;
        let states_of = |states: &[&str], whole: &str| (states.iter().map(|state| (*state).to_owned()).collect::<Vec<_>>(), whole.to_owned());
        assert_eq!(states(&sides.sales, &id).await, states_of(&["DRAFT", "SUPERSEDED", "IN_FORCE"], "IN_FORCE"));
        done(&sides.sales, SIGN, signature(&id, "SALES", 3)).await;
        done(&sides.marketing, SIGN, signature(&id, "MARKETING", 3)).await;
        for (moment, each, number) in [
            ("2026-04-01T22:59:59Z", ["SIGNED", "SUPERSEDED", "IN_FORCE"], 1),
            ("2026-04-01T23:00:00Z", ["IN_FORCE", "SUPERSEDED", "SUPERSEDED"], 3),
            ("2026-07-01T00:00:00Z", ["ENDED", "SUPERSEDED", "IN_FORCE"], 1),
        ] {
            let ops = story.at(moment);
            assert_eq!(states(&ops, &id).await, states_of(&each, "IN_FORCE"), "{moment}");
            assert_eq!(told(&ops, &id).await["inForce"]["number"], number, "{moment}");
        }
        let told = told(&story.at("2026-07-01T00:00:00Z"), &id).await;
        let newest = &told["versions"]["nodes"][0];
        assert_eq!((&newest["capacityFactor"], &newest["countsOverDelivery"], &newest["answerWithin"]), (&json!("1.5"), &json!(true), &json!({ "minutes": 60, "days": null })));
    }

    async fn nobody_signs_for_both_sides(app: TestApp) {
        let story = Story::begin(&app).await;
        let calendar = calendar(&story).await;
        let sides = Sides::at(&story, "2026-02-10T10:00:00Z").await;
        let id = made(&sides.marketing, DRAFT, agreement(&calendar)).await;
        refused(&app, &sides.marketing, SIGN, signature(&id, "SALES", 1), &[("side", "NOT_ALLOWED")]).await;
        refused(&app, &sides.marketing, SIGN, signature(&id, "PRODUCT", 1), &[("side", "INVALID")]).await;
        refused(&app, &sides.marketing, SIGN, signature("sla_00000000000000000000000001", "MARKETING", 1), &[("agreementId", "NOT_FOUND")]).await;
        // Not with organization reach either, and not as an assistant of who signed.
        let (ops, admin) = (story.at("2026-02-10T10:00:00Z"), story.acme.member(Role::Admin).await);
        for by in [&ops, &admin] {
            for side in ["MARKETING", "SALES"] {
                refused(&app, by, SIGN, signature(&id, side, 1), &[("side", "NOT_ALLOWED")]).await;
            }
        }
        done(&sides.marketing, SIGN, signature(&id, "MARKETING", 1)).await;
        refused(&app, &sides.marketing, SIGN, signature(&id, "MARKETING", 1), &[("side", "ALREADY_DECIDED")]).await;
        let delegate = "mutation($input: DelegateInput!) { delegate(input: $input) { userErrors { field code } } }";
        let lent = json!({ "assistantId": sides.sales.member.unwrap().to_string(), "principalId": sides.marketing.member.unwrap().to_string() });
        assert_eq!(admin.gql(delegate, json!({ "input": lent })).await["delegate"]["userErrors"], json!([]));
        refused(&app, &sides.sales, SIGN, signature(&id, "SALES", 1), &[("side", "SELF_APPROVAL")]).await;
        done(&story.acme.member(Role::SalesLead).await, SIGN, signature(&id, "SALES", 1)).await;
        // Those who lead nothing, and those of another resource.
        for role in [Role::Marketer, Role::SalesRep, Role::Executive, Role::Partner] {
            let by = story.acme.member(role).await;
            for (document, input) in [(SIGN, signature(&id, "SALES", 1)), (DRAFT, agreement(&calendar)), (END, json!({ "agreementId": id, "endsOn": "2026-06-01", "reason": "no" }))] {
                assert_eq!(by.refused(document, json!({ "input": input })).await, "FORBIDDEN", "{role:?}");
            }
        }
        let product = story.acme.member(Role::ProductLead).await;
        refused(&app, &product, DRAFT, with(agreement(&calendar), json!({ "name": "Theirs" })), &[("fromResource", "NOT_ALLOWED")]).await;
        refused(&app, &product, AMEND, with(terms(&calendar), json!({ "agreementId": id })), &[("agreementId", "NOT_ALLOWED")]).await;
        refused(&app, &product, END, json!({ "agreementId": id, "endsOn": "2026-06-01", "reason": "no" }), &[("agreementId", "NOT_ALLOWED")]).await;
        let own = json!({ "name": "Trials", "fromResource": "PRODUCT", "toResource": "SALES" });
        made(&product, DRAFT, with(agreement(&calendar), own)).await;
    }

    async fn an_agreement_ends_for_either_side(app: TestApp) {
        let story = Story::begin(&app).await;
        let calendar = calendar(&story).await;
        let sides = Sides::at(&story, "2026-02-10T10:00:00Z").await;
        let id = made(&sides.marketing, DRAFT, agreement(&calendar)).await;
        done(&sides.marketing, SIGN, signature(&id, "MARKETING", 1)).await;
        done(&sides.sales, SIGN, signature(&id, "SALES", 1)).await;
        let sides = sides.later(&story, "2026-04-10T23:30:00Z");
        let end = json!({ "agreementId": id, "endsOn": "2026-04-11", "reason": " Other plans ", "expectedVersion": 1, "idempotencyKey": "end" });
        // In Lisbon it is the next day by now.
        for (change, reasons) in [
            (json!({ "endsOn": "2026-04-10" }), vec![("endsOn", "DATE_OUT_OF_RANGE")]),
            (json!({ "endsOn": "2201-01-01", "reason": "" }), vec![("endsOn", "DATE_OUT_OF_RANGE"), ("reason", "REQUIRED")]),
            (json!({ "expectedVersion": 2 }), vec![("expectedVersion", "STALE_VERSION")]),
        ] {
            refused(&app, &sides.sales, END, without(with(end.clone(), change), "idempotencyKey"), &reasons).await;
        }
        let ended = done(&sides.sales, END, with(end.clone(), json!({ "endsOn": "2026-05-20" }))).await;
        assert_eq!((&ended["state"], &ended["version"], &ended["end"]), (&json!("IN_FORCE"), &json!(2), &json!({ "endsOn": "2026-05-20", "reason": "Other plans" })));
        let before = rows(&app).await;
        done(&sides.sales, END, with(end.clone(), json!({ "endsOn": "2026-05-20" }))).await;
        assert_eq!(rows(&app).await, before);
        // Nobody is bound for longer by that: until then it is changed and signed as before, and either side may say an earlier day.
        let end = without(without(end, "idempotencyKey"), "expectedVersion");
        for day in ["2026-05-20", "2026-06-01"] {
            refused(&app, &sides.marketing, END, with(end.clone(), json!({ "endsOn": day })), &[("endsOn", "DATE_OUT_OF_RANGE")]).await;
        }
        done(&sides.marketing, END, with(end.clone(), json!({ "endsOn": "2026-04-12", "reason": "at once" }))).await;
        let told_end = told(&sides.marketing, &id).await["end"].take();
        assert_eq!((&told_end["recordedBy"], &told_end["recordedAt"]), (&member(&sides.marketing), &json!("2026-04-10T23:30:00Z")));
        assert_eq!((&told_end["endsOn"], &told_end["reason"]), (&json!("2026-04-12"), &json!("at once")));
        for (moment, state) in [("2026-04-11T22:59:59Z", "IN_FORCE"), ("2026-04-11T23:00:00Z", "ENDED")] {
            assert_eq!(states(&story.at(moment), &id).await, (vec![state.to_owned()], state.to_owned()), "{moment}");
        }
        let sides = sides.later(&story, "2026-05-01T10:00:00Z");
        for (document, input) in [
            (END, end),
            (AMEND, with(terms(&calendar), json!({ "agreementId": id }))),
            (SIGN, signature(&id, "MARKETING", 3)),
        ] {
            refused(&app, &sides.marketing, document, input, &[("agreementId", "AGREEMENT_STATE")]).await;
        }
        // A draft whose days are over can no longer be signed.
        let late = with(agreement(&calendar), json!({ "name": "Late", "endsOn": "2026-05-01" }));
        let late = made(&sides.marketing, DRAFT, late).await;
        refused(&app, &sides.sales, SIGN, signature(&late, "SALES", 1), &[("agreementId", "AGREEMENT_STATE")]).await;
    }

    async fn clauses_have_what_their_kind_has_and_nothing_else(app: TestApp) {
        let story = Story::begin(&app).await;
        let calendar = calendar(&story).await;
        let sides = Sides::at(&story, "2026-02-10T10:00:00Z").await;
        made(&sides.marketing, DRAFT, with(agreement(&calendar), json!({ "name": "There" }))).await;
        let one = |clause: Value| json!({ "clauses": [clause] });
        let speed = |more: Value| one(with(json!({ "kind": "SPEED", "within": { "minutes": 60 } }), more));
        for (change, reasons) in [
            (json!({ "name": "There" }), vec![("name", "TAKEN")]),
            (json!({ "name": "", "toResource": "MARKETING" }), vec![("name", "REQUIRED"), ("toResource", "SELF_REFERENCE")]),
            (json!({ "calendarId": "cal_00000000000000000000000001" }), vec![("calendarId", "NOT_FOUND")]),
            (json!({ "startsOn": "1969-01-01", "endsOn": "2201-01-01" }), vec![("startsOn", "DATE_OUT_OF_RANGE"), ("endsOn", "DATE_OUT_OF_RANGE")]),
            (json!({ "endsOn": "2026-03-01" }), vec![("endsOn", "PERIOD_EMPTY")]),
            (json!({ "capacityFactor": "0.9999" }), vec![("capacityFactor", "INVALID")]),
            (json!({ "capacityFactor": "1.00001" }), vec![("capacityFactor", "INVALID")]),
            (json!({ "capacityFactor": "100.1" }), vec![("capacityFactor", "INVALID")]),
            (json!({ "answerWithin": {} }), vec![("answerWithin", "REQUIRED")]),
            (json!({ "answerWithin": { "days": 61 } }), vec![("answerWithin.days", "INVALID")]),
            (json!({ "clauses": [] }), vec![("clauses", "REQUIRED")]),
            (json!({ "clauses": vec![json!({ "kind": "SPEED", "within": { "days": 1 } }); 21] }), vec![("clauses", "TOO_MANY")]),
            (one(json!({ "kind": "VOLUME" })), vec![("clauses.0.quantity", "REQUIRED"), ("clauses.0.per", "REQUIRED")]),
            (one(json!({ "kind": "VOLUME", "quantity": 0, "per": "WEEK" })), vec![("clauses.0.quantity", "INVALID")]),
            (one(json!({ "kind": "VOLUME", "quantity": 1_000_001, "per": "WEEK" })), vec![("clauses.0.quantity", "INVALID")]),
            (one(json!({ "kind": "VOLUME", "quantity": 1, "per": "WEEK", "within": { "days": 1 }, "warnPercent": 10, "calendarId": calendar, "minimumShare": "1" })),
                vec![("clauses.0.minimumShare", "INVALID"), ("clauses.0.within", "INVALID"), ("clauses.0.warnPercent", "INVALID"), ("clauses.0.calendarId", "INVALID")]),
            (one(json!({ "kind": "QUALITY" })), vec![("clauses.0.minimumShare", "REQUIRED")]),
            (one(json!({ "kind": "QUALITY", "minimumShare": "0" })), vec![("clauses.0.minimumShare", "INVALID")]),
            (one(json!({ "kind": "QUALITY", "minimumShare": "1.0001" })), vec![("clauses.0.minimumShare", "INVALID")]),
            (one(json!({ "kind": "QUALITY", "minimumShare": "0.50001" })), vec![("clauses.0.minimumShare", "INVALID")]),
            (one(json!({ "kind": "QUALITY", "minimumShare": "99999999999999999999999999" })), vec![("clauses.0.minimumShare", "INVALID")]),
            (one(json!({ "kind": "SPEED" })), vec![("clauses.0.within", "REQUIRED")]),
            (speed(json!({ "quantity": 1 })), vec![("clauses.0.quantity", "INVALID")]),
            (speed(json!({ "within": { "minutes": 86_401 } })), vec![("clauses.0.within.minutes", "INVALID")]),
            (speed(json!({ "within": { "minutes": 1, "days": 1 } })), vec![("clauses.0.within", "INVALID")]),
            (speed(json!({ "warnPercent": 0 })), vec![("clauses.0.warnPercent", "INVALID")]),
            (speed(json!({ "warnPercent": 100 })), vec![("clauses.0.warnPercent", "INVALID")]),
            (speed(json!({ "escalatePercent": 100 })), vec![("clauses.0.escalatePercent", "INVALID")]),
            (speed(json!({ "reassignPercent": 1001 })), vec![("clauses.0.reassignPercent", "INVALID")]),
            (speed(json!({ "reassignPercent": 110 })), vec![("clauses.0.reassignPercent", "OUT_OF_ORDER")]),
            (speed(json!({ "calendarId": "cal_00000000000000000000000001" })), vec![("clauses.0.calendarId", "NOT_FOUND")]),
            (one(json!({ "kind": "DEPTH", "quantity": 101, "within": { "days": 1 } })), vec![("clauses.0.quantity", "INVALID")]),
            (one(json!({ "kind": "DEPTH", "within": { "days": -1 } })), vec![("clauses.0.quantity", "REQUIRED"), ("clauses.0.within.days", "INVALID")]),
            (one(json!({ "kind": "ACKNOWLEDGEMENT", "within": { "days": 1 }, "reassignPercent": 150 })), vec![("clauses.0.reassignPercent", "INVALID")]),
            (json!({ "clauses": [{ "kind": "QUALITY", "minimumShare": "0.5" }, { "kind": "QUALITY", "minimumShare": "0.6" }] }), vec![("clauses.1.kind", "INVALID")]),
        ] {
            refused(&app, &sides.marketing, DRAFT, with(agreement(&calendar), change), &reasons).await;
        }
        // What is usual gives way to what was asked for, and both ends of every range are in.
        let wide = json!({ "capacityFactor": "1", "answerWithin": { "days": 0 }, "clauses": [
            { "kind": "SPEED", "within": { "minutes": 1 }, "escalatePercent": 1000 },
            { "kind": "SPEED", "within": { "minutes": 86_400 }, "warnPercent": 1, "escalatePercent": 101, "reassignPercent": 101, "calendarId": calendar },
            { "kind": "DEPTH", "quantity": 100, "within": { "days": 60 }, "reassignPercent": null },
            { "kind": "QUALITY", "minimumShare": "0.0001" },
        ] });
        let id = made(&sides.marketing, DRAFT, with(agreement(&calendar), wide)).await;
        let clauses = told(&sides.marketing, &id).await["versions"]["nodes"][0]["clauses"].take();
        let steps: Vec<(Value, Value, Value)> =
            clauses.as_array().unwrap().iter().map(|clause| (clause["warnPercent"].clone(), clause["escalatePercent"].clone(), clause["reassignPercent"].clone())).collect();
        assert_eq!(json!(steps), json!([[75, 1000, 1000], [1, 101, 101], [75, 125, null], [null, null, null]]));
    }

    async fn two_at_once_are_told_apart(app: TestApp) {
        let story = Story::begin(&app).await;
        let calendar = calendar(&story).await;
        let sides = Sides::at(&story, "2026-02-10T10:00:00Z").await;
        let other = story.acme.member(Role::MarketingLead).await;
        let id = made(&sides.marketing, DRAFT, agreement(&calendar)).await;
        // Both for one side: one of them comes too late.
        let input = json!({ "input": signature(&id, "MARKETING", 1) });
        let both = futures_util::future::join(sides.marketing.answer(SIGN, input.clone()), other.answer(SIGN, input)).await;
        let code = |answer: &Value, field: &str| {
            let refused = answer["data"][field]["userErrors"][0]["code"].as_str().or(answer["errors"][0]["extensions"]["code"].as_str());
            refused.unwrap_or("DONE").to_owned()
        };
        let mut codes = [code(&both.0, "signAgreement"), code(&both.1, "signAgreement")];
        codes.sort();
        assert!(matches!(codes[0].as_str(), "ALREADY_DECIDED" | "CONFLICT") && codes[1] == "DONE", "{codes:?}");
        assert_eq!(states(&sides.sales, &id).await.1, "DRAFT");
        // Two amendments of what both saw.
        let change = json!({ "input": with(terms(&calendar), json!({ "agreementId": id, "expectedVersion": 1 })) });
        let both = futures_util::future::join(sides.marketing.answer(AMEND, change.clone()), sides.sales.answer(AMEND, change)).await;
        let mut codes = [code(&both.0, "amendAgreement"), code(&both.1, "amendAgreement")];
        codes.sort_by_key(|code| code == "DONE");
        assert!(matches!(codes[0].as_str(), "STALE_VERSION" | "CONFLICT") && codes[1] == "DONE", "{codes:?}");
        assert_eq!(told(&sides.sales, &id).await["versions"]["totalCount"], 2);
        // Both sides at once: agreed.
        let (ours, theirs) = (json!({ "input": signature(&id, "MARKETING", 2) }), json!({ "input": signature(&id, "SALES", 2) }));
        let both = futures_util::future::join(sides.marketing.answer(SIGN, ours.clone()), sides.sales.answer(SIGN, theirs.clone())).await;
        for (answer, by, input) in [(both.0, &sides.marketing, ours), (both.1, &sides.sales, theirs)] {
            // Whoever was told to try again does.
            match code(&answer, "signAgreement").as_str() {
                "DONE" => {}
                "CONFLICT" => assert_eq!(code(&by.answer(SIGN, input).await, "signAgreement"), "DONE"),
                other => panic!("{other} {answer:#}"),
            }
        }
        assert_eq!(states(&sides.sales, &id).await.1, "SIGNED");
    }

    async fn many_agreements_cost_no_more_statements_than_one(app: TestApp) {
        let story = Story::begin(&app).await;
        let calendar = calendar(&story).await;
        let sides = Sides::at(&story, "2026-02-10T10:00:00Z").await;
        let document = "{ serviceAgreements(first: 10) { nodes { name state inForce { number } end { reason }
            versions(first: 2) { nodes { state calendar { name timeZone } clauses { kind owedBy calendar { week { weekday } } } signatures { side signedBy { name } } } } } } }";
        let mut spent = Vec::new();
        for number in 0..6 {
            made(&sides.marketing, DRAFT, with(agreement(&calendar), json!({ "name": format!("Leads {number}") }))).await;
            if [0, 5].contains(&number) {
                spent.push(fewest_statements(&app, &sides.marketing, document, json!({})).await);
                let told = sides.marketing.gql(document, json!({})).await;
                assert_eq!(told["serviceAgreements"]["nodes"].as_array().unwrap().len(), number + 1);
            }
        }
        assert_eq!(spent[0], spent[1]);
    }
}
