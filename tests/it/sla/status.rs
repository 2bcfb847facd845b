//! How both sides keep an agreement.

use serde_json::{Value, json};

use super::{ACCEPT, Agreed, LOG, OFFER, RECYCLE, SIGN, done};
use crate::support::on_both_engines;
use entity::kinds::Role;
use tandem::agreements::scheduler::service::pass;

const CLOCKS: &str = "met late overdue pending paused cancelled attainment { value numerator denominator nullReason }";
const HANDOFFS: &str = "offered accepted autoAccepted recycled rejected contested pending expired withdrawn overDelivered
    rejectRate { value } acceptanceRate { value }";

fn april() -> &'static str {
    r#"period: { from: "2026-04-01", to: "2026-05-01", timeZone: "Europe/Lisbon" }"#
}

fn may() -> &'static str {
    r#"period: { from: "2026-05-01", to: "2026-06-01", timeZone: "Europe/Lisbon" }"#
}

fn clocks(met: i32, late: i32, overdue: i32, pending: i32, cancelled: i32, value: Value) -> Value {
    let (decided, reason) = (met + late + overdue, if value.is_null() { json!("IMMATURE") } else { Value::Null });
    json!({
        "met": met, "late": late, "overdue": overdue, "pending": pending, "paused": 0, "cancelled": cancelled,
        "attainment": { "value": value, "numerator": met.to_string(), "denominator": decided.to_string(), "nullReason": reason },
    })
}

/// The 105 handoffs of the worked example: 70 contacted in time, 12 too late, 8 not at all, 10 with time left, 5 cancelled.
async fn contacted(agreed: &Agreed<'_>) {
    let first = agreed.leads(90, "2026-04-06T08:00:00Z", json!({})).await;
    agreed.call(&first[..70], "2026-04-06T09:00:00Z").await;
    agreed.call(&first[70..82], "2026-04-06T15:00:00Z").await;
    let cancelled = agreed.leads(5, "2026-04-07T08:00:00Z", json!({})).await;
    let desk = agreed.desk("2026-04-07T09:00:00Z");
    for lead in &cancelled {
        let input = json!({ "clockId": lead.clock, "reason": "OPT_OUT", "note": "wrote that they want no calls" });
        assert_eq!(super::done(&desk, super::CANCEL_CLOCK, input).await["clock"]["state"], "CANCELLED");
    }
    agreed.leads(10, "2026-04-07T16:30:00Z", json!({})).await;
}

on_both_engines! {
    #[doc = "G11: both attainments, as the worked example has them."]
    async fn g11_both_sides_on_the_same_rows(app: TestApp) {
        let agreed = Agreed::begin(&app).await;
        contacted(&agreed).await;
        let fields = format!("whole {{ receiving {{ {CLOCKS} }} clauses {{ clause {{ kind }} clocks {{ met }} qualityKept }} }}");
        let status = agreed.status("2026-04-07T17:00:00Z", april(), &fields).await;
        assert_eq!(status["whole"]["receiving"], clocks(70, 12, 8, 10, 5, json!("0.7778")));
        assert_eq!(status["whole"]["clauses"], json!([
            { "clause": { "kind": "VOLUME" }, "clocks": null, "qualityKept": null },
            { "clause": { "kind": "QUALITY" }, "clocks": null, "qualityKept": null },
            { "clause": { "kind": "SPEED" }, "clocks": { "met": 70 }, "qualityKept": null },
        ]));

        let offered = agreed.leads(110, "2026-05-04T09:00:00Z", json!({})).await;
        agreed.reject(&offered[..9], "NOT_ICP", "2026-05-05T09:00:00Z").await;
        agreed.reject(&offered[9..15], "BAD_DATA", "2026-05-06T16:59:59Z").await;
        let volume = "volume { committed attainment { value numerator denominator } capped { value } }";
        let fields = format!("{volume} whole {{ handoffs {{ {HANDOFFS} }} clauses {{ qualityKept }} }}");
        // Silence is acceptance from the end of the second business day on: 18:00 in Lisbon.
        let waiting = agreed.status("2026-05-06T17:00:00Z", may(), "whole { handoffs { accepted pending rejected } }").await;
        assert_eq!(waiting["whole"]["handoffs"], json!({ "accepted": 0, "pending": 95, "rejected": 15 }));
        let status = agreed.status("2026-05-06T17:00:01Z", may(), &fields).await;
        assert_eq!(status["whole"]["handoffs"], json!({
            "offered": 110, "accepted": 95, "autoAccepted": 95, "recycled": 0, "rejected": 15, "contested": 0, "pending": 0, "expired": 0,
            "withdrawn": 0, "overDelivered": 0, "rejectRate": { "value": "0.1364" }, "acceptanceRate": { "value": "0.8636" },
        }));
        let attained = json!({ "value": "0.9500", "numerator": "95", "denominator": "100" });
        assert_eq!(status["volume"], json!({ "committed": "100", "attainment": attained, "capped": { "value": "0.9500" } }));
        assert_eq!(status["whole"]["clauses"][1]["qualityKept"], true);
    }

    async fn every_number_drills_down_to_its_rows(app: TestApp) {
        let agreed = Agreed::begin(&app).await;
        contacted(&agreed).await;
        let rejected = agreed.leads(4, "2026-04-08T08:00:00Z", json!({})).await;
        agreed.reject(&rejected, "NO_INTENT", "2026-04-08T09:00:00Z").await;
        let clocks = |states: &str| format!("clocks(filter: {{ states: [{states}] }}, first: 100) {{ totalCount nodes {{ state }} }}");
        for (state, count) in [("MET", 70), ("LATE", 12), ("OVERDUE", 8), ("RUNNING", 10), ("CANCELLED", 9), ("PAUSED", 0)] {
            let status = agreed.status("2026-04-08T09:00:00Z", april(), &clocks(state)).await;
            assert_eq!(status["clocks"]["totalCount"], count, "{state}");
            assert!(status["clocks"]["nodes"].as_array().unwrap().iter().all(|clock| clock["state"] == state), "{state}");
        }
        let rows = agreed.status("2026-04-08T09:00:00Z", april(), "handoffs(filter: { rejectReason: NO_INTENT }) { totalCount nodes { id state rejectReason } }").await;
        let expected: Vec<Value> =
            rejected.iter().map(|lead| json!({ "id": lead.handoff, "state": "REJECTED", "rejectReason": "NO_INTENT" })).collect();
        assert_eq!(rows["handoffs"], json!({ "totalCount": 4, "nodes": expected }));
        // Page by page, in one order, all of them once.
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        loop {
            let document = format!("query($id: ID!, $after: String) {{ slaStatus(agreementId: $id, {}) {{
                handoffs(first: 40, after: $after) {{ nodes {{ id offeredAt }} pageInfo {{ hasNextPage endCursor }} }} }} }}", april());
            let data = agreed.desk("2026-04-08T09:00:00Z").gql(&document, json!({ "id": agreed.agreement, "after": after })).await;
            let page = &data["slaStatus"]["handoffs"];
            seen.extend(page["nodes"].as_array().unwrap().iter().map(|row| (row["offeredAt"].to_string(), row["id"].to_string())));
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
        let mut sorted = seen.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!((seen.len(), &seen), (109, &sorted));
    }

    async fn parts_sum_to_the_whole_and_name_what_they_are_of(app: TestApp) {
        let agreed = Agreed::begin(&app).await;
        agreed.app().clock.set(crate::support::story::instant("2026-04-01T08:00:00Z"));
        let webinar = json!({ "name": "Webinar", "resource": "MARKETING", "channel": "EVENT" });
        let webinar = agreed.desk("2026-04-01T08:00:00Z").gql(
            "mutation($input: CreateTacticInput!) { createTactic(input: $input) { tactic { id } userErrors { code } } }",
            json!({ "input": webinar }),
        ).await["createTactic"]["tactic"]["id"].clone();
        let brought = agreed.leads(6, "2026-04-06T08:00:00Z", json!({ "tacticId": webinar })).await;
        let others = agreed.leads(4, "2026-04-06T08:00:00Z", json!({})).await;
        agreed.call(&brought[..2], "2026-04-06T09:00:00Z").await;
        agreed.call(&others[..3], "2026-04-06T09:00:00Z").await;
        agreed.reject(&brought[5..], "WRONG_REGION", "2026-04-06T09:30:00Z").await;
        let figures = "handoffs { offered rejected } receiving { met overdue cancelled }";
        let fields = format!("by whole {{ {figures} }} groups {{ value rejectReason tactic {{ name }} owner {{ id }} figures {{ {figures} }} }}");
        let at = "2026-04-07T10:00:00Z";
        let by = |dimension: &str| format!("{}, by: {dimension}", april());
        let line = |offered: i32, rejected: i32, met: i32, overdue: i32, cancelled: i32| {
            json!({ "handoffs": { "offered": offered, "rejected": rejected }, "receiving": { "met": met, "overdue": overdue, "cancelled": cancelled } })
        };
        let split = agreed.status(at, &by("TACTIC"), &fields).await;
        assert_eq!(split["whole"], line(10, 1, 5, 4, 1));
        assert_eq!(split["groups"], json!([
            { "value": webinar, "rejectReason": null, "tactic": { "name": "Webinar" }, "owner": null, "figures": line(6, 1, 2, 3, 1) },
            { "value": null, "rejectReason": null, "tactic": null, "owner": null, "figures": line(4, 0, 3, 1, 0) },
        ]));
        let split = agreed.status(at, &by("REJECT_REASON"), &fields).await;
        assert_eq!(split["groups"], json!([
            { "value": "WRONG_REGION", "rejectReason": "WRONG_REGION", "tactic": null, "owner": null, "figures": line(1, 1, 0, 0, 1) },
            { "value": null, "rejectReason": null, "tactic": null, "owner": null, "figures": line(9, 0, 5, 4, 0) },
        ]));
        let split = agreed.status(at, &by("OWNER"), &fields).await;
        let seller = agreed.seller.to_string();
        assert_eq!(split["groups"], json!([
            { "value": seller, "rejectReason": null, "tactic": null, "owner": { "id": seller }, "figures": line(10, 1, 5, 4, 1) },
        ]));
        // A group without a value is looked at by asking for none.
        for (filter, count) in [("tacticId: null", 4), ("rejectReason: null", 9), ("ownerId: null", 0), ("teamId: null", 10), ("overDelivery: null", 10)] {
            let rows = agreed.status(at, april(), &format!("handoffs(filter: {{ {filter} }}) {{ totalCount }}")).await;
            assert_eq!(rows["handoffs"]["totalCount"], count, "{filter}");
        }
        let clocks = agreed.status(at, april(), "clocks(filter: { states: [OVERDUE], handoff: { tacticId: null } }) { totalCount }").await;
        assert_eq!(clocks["clocks"]["totalCount"], 1);
    }

    async fn a_clock_counts_for_who_owed_it(app: TestApp) {
        let agreed = Agreed::begin(&app).await;
        agreed.desk("2026-03-20T09:00:00Z");
        let other = agreed.acme().member(Role::SalesRep).await.member.unwrap();
        let lead = agreed.leads(1, "2026-04-06T08:00:00Z", json!({})).await.remove(0);
        agreed.reject(&agreed.leads(1, "2026-04-06T08:00:00Z", json!({})).await, "NOT_ICP", "2026-04-06T09:00:00Z").await;
        let at = "2026-04-07T09:00:00Z";
        agreed.desk(at);
        pass(&app.app).await.unwrap();
        let (seller, other) = (agreed.seller.to_string(), other.to_string());
        assert_eq!(agreed.desk(at).gql("query($id: ID!) { handoff(id: $id) { owner { id } } }", json!({ "id": lead.handoff })).await["handoff"]["owner"]["id"], other);
        let fields = "groups { value figures { handoffs { offered } receiving { overdue cancelled } } }";
        let split = agreed.status(at, &format!("{}, by: OWNER", april()), fields).await;
        let group = |value: &str, offered: i32, overdue: i32, cancelled: i32| json!({
            "value": value, "figures": { "handoffs": { "offered": offered }, "receiving": { "overdue": overdue, "cancelled": cancelled } } });
        let mut groups = vec![group(&seller, 1, 1, 1), group(&other, 1, 0, 0)];
        groups.sort_by_key(|group| group["value"].to_string());
        assert_eq!(split["groups"], json!(groups));
        for (who, count) in [(&seller, 1), (&other, 0)] {
            let fields = format!(r#"clocks(filter: {{ states: [OVERDUE], handoff: {{ ownerId: "{who}" }} }}) {{ totalCount }}"#);
            assert_eq!(agreed.status(at, april(), &fields).await["clocks"]["totalCount"], count);
        }
    }

    async fn what_marketing_owes_is_not_who_receives(app: TestApp) {
        let clauses = json!([{ "kind": "ACKNOWLEDGEMENT", "within": { "days": 0 } }]);
        let agreed = Agreed::with(&app, clauses).await;
        let leads = agreed.leads(2, "2026-04-06T08:00:00Z", json!({})).await;
        agreed.reject(&leads, "NOT_ICP", "2026-04-06T09:00:00Z").await;
        let fields = "groups { value figures { handoffs { offered } offering { overdue } } }";
        let split = agreed.status("2026-04-08T09:00:00Z", &format!("{}, by: OWNER", april()), fields).await;
        let group = |value: &entity::ids::MemberId, offered: i32, overdue: i32| json!({
            "value": value.to_string(), "figures": { "handoffs": { "offered": offered }, "offering": { "overdue": overdue } } });
        let mut groups = vec![group(&agreed.seller, 2, 0), group(&agreed.marketing, 0, 2)];
        groups.sort_by_key(|group| group["value"].to_string());
        assert_eq!(split["groups"], json!(groups));
    }

    async fn a_buyer_is_one_of_those_owed_once(app: TestApp) {
        let agreed = Agreed::begin(&app).await;
        let leads = agreed.leads(3, "2026-04-06T08:00:00Z", json!({})).await;
        let seller = agreed.by(agreed.seller, "2026-04-07T08:00:00Z");
        for lead in &leads {
            done(&seller, ACCEPT, json!({ "handoffId": lead.handoff })).await;
        }
        done(&seller, RECYCLE, json!({ "handoffId": leads[0].handoff, "note": "too early" })).await;
        let again = json!({ "agreementId": agreed.agreement, "personId": leads[0].person, "ownerId": agreed.seller.to_string() });
        let again = done(&agreed.by(agreed.marketing, "2026-04-08T08:00:00Z"), OFFER, again).await["handoff"]["id"].clone();
        done(&agreed.by(agreed.seller, "2026-04-08T09:00:00Z"), ACCEPT, json!({ "handoffId": again })).await;
        let fields = "volume { attainment { numerator value } repeated } whole { handoffs { accepted } }";
        let told = |numerator: &str, value: &str, repeated: i32| json!({
            "volume": { "attainment": { "numerator": numerator, "value": value }, "repeated": repeated }, "whole": { "handoffs": { "accepted": 4 } } });
        assert_eq!(agreed.status("2026-04-08T10:00:00Z", april(), fields).await, told("3", "0.0300", 1));
        // Two names of one buyer are one, from when that is known on.
        let merge = "mutation($input: MergeIdentitiesInput!) { mergeIdentities(input: $input) { identityPointer { id } userErrors { code } } }";
        done(&agreed.desk("2026-04-09T08:00:00Z"), merge, json!({ "from": leads[1].person, "to": leads[2].person })).await;
        assert_eq!(agreed.status("2026-04-09T10:00:00Z", april(), fields).await, told("2", "0.0200", 2));
        let before = format!(r#"{}, asOf: "2026-04-08T10:00:00Z""#, april());
        assert_eq!(agreed.status("2026-04-09T10:00:00Z", &before, fields).await, told("3", "0.0300", 1));
    }

    async fn each_version_is_kept_by_what_was_offered_under_it(app: TestApp) {
        let agreed = Agreed::with(&app, json!([{ "kind": "QUALITY", "minimumShare": "0.8" }])).await;
        let desk = agreed.desk("2026-01-10T09:00:00Z");
        let calendar = "query($id: ID!) { serviceAgreement(id: $id) { versions { nodes { calendar { id } } } } }";
        let calendar = desk.gql(calendar, json!({ "id": agreed.agreement })).await["serviceAgreement"]["versions"]["nodes"][0]["calendar"]["id"].clone();
        let amend = "mutation($input: AmendAgreementInput!) { amendAgreement(input: $input) { agreement { version } userErrors { field code } } }";
        let clauses = json!([{ "kind": "VOLUME", "quantity": 100, "per": "MONTH" }, { "kind": "QUALITY", "minimumShare": "0.5" }]);
        let terms = json!({ "agreementId": agreed.agreement, "calendarId": calendar, "startsOn": "2026-04-01", "clauses": clauses });
        let version = done(&desk, amend, terms).await["agreement"]["version"].clone();
        for (member, side) in [(agreed.marketing, "MARKETING"), (agreed.sales, "SALES")] {
            let input = json!({ "agreementId": agreed.agreement, "side": side, "expectedVersion": version });
            done(&agreed.by(member, "2026-01-10T09:00:00Z"), SIGN, input).await;
        }
        let march = agreed.leads(10, "2026-03-09T09:00:00Z", json!({})).await;
        agreed.reject(&march[..1], "NOT_ICP", "2026-03-09T10:00:00Z").await;
        let april = agreed.leads(10, "2026-04-06T09:00:00Z", json!({})).await;
        agreed.reject(&april[..5], "NOT_ICP", "2026-04-06T10:00:00Z").await;
        let both = r#"period: { from: "2026-03-01", to: "2026-05-01" }"#;
        let fields = "volume { committed attainment { numerator } } whole { handoffs { accepted } clauses { clause { kind } qualityKept } }";
        let quality = json!({ "clause": { "kind": "QUALITY" }, "qualityKept": true });
        assert_eq!(agreed.status("2026-05-10T09:00:00Z", both, fields).await, json!({
            "volume": { "committed": "100", "attainment": { "numerator": "5" } },
            "whole": { "handoffs": { "accepted": 14 }, "clauses": [quality, { "clause": { "kind": "VOLUME" }, "qualityKept": null }, quality] },
        }));
    }

    async fn what_is_told_late_is_counted_apart(app: TestApp) {
        let agreed = Agreed::begin(&app).await;
        let leads = agreed.leads(2, "2026-04-06T08:00:00Z", json!({})).await;
        agreed.call(&leads[..1], "2026-04-06T09:00:00Z").await;
        let input = json!({ "kind": "CALL", "subject": "First call", "personId": leads[1].person, "outcome": "REACHED", "occurredAt": "2026-04-06T09:00:00Z" });
        done(&agreed.by(agreed.seller, "2026-04-07T09:00:00Z"), LOG, input).await;
        let status = agreed.status("2026-04-07T10:00:00Z", april(), "whole { receiving { met metToldLate overdue } } clocks(filter: { toldLate: true }) { nodes { id metAt } }").await;
        assert_eq!(status, json!({
            "whole": { "receiving": { "met": 2, "metToldLate": 1, "overdue": 0 } },
            "clocks": { "nodes": [{ "id": leads[1].clock, "metAt": "2026-04-06T09:00:00Z" }] },
        }));
        let before = format!(r#"{}, asOf: "2026-04-07T08:00:00Z""#, april());
        let status = agreed.status("2026-04-07T10:00:00Z", &before, "whole { receiving { met metToldLate overdue } }").await;
        assert_eq!(status["whole"]["receiving"], json!({ "met": 1, "metToldLate": 0, "overdue": 1 }));
    }

    async fn an_earlier_instant_knows_nothing_of_what_came_later(app: TestApp) {
        let agreed = Agreed::begin(&app).await;
        contacted(&agreed).await;
        let fields = format!("asOf whole {{ receiving {{ {CLOCKS} }} }}");
        for (instant, expected) in [
            ("2026-04-06T08:30:00Z", clocks(0, 0, 0, 90, 0, Value::Null)),
            // Due at 14:00 in Lisbon: at that moment there is still time.
            ("2026-04-06T13:00:00Z", clocks(70, 0, 0, 20, 0, json!("1.0000"))),
            ("2026-04-06T13:00:01Z", clocks(70, 0, 20, 0, 0, json!("0.7778"))),
            ("2026-04-06T15:00:00Z", clocks(70, 12, 8, 0, 0, json!("0.7778"))),
        ] {
            let arguments = format!(r#"{}, asOf: "{instant}""#, april());
            let status = agreed.status("2026-05-20T12:00:00Z", &arguments, &fields).await;
            assert_eq!((&status["asOf"], &status["whole"]["receiving"]), (&json!(instant), &expected), "{instant}");
        }
    }

    async fn a_trend_asks_for_each_part_alone(app: TestApp) {
        let agreed = Agreed::begin(&app).await;
        let april_leads = agreed.leads(8, "2026-04-06T08:00:00Z", json!({})).await;
        agreed.call(&april_leads[..6], "2026-04-06T09:00:00Z").await;
        let may_leads = agreed.leads(5, "2026-05-04T08:00:00Z", json!({})).await;
        agreed.call(&may_leads[..1], "2026-05-04T09:00:00Z").await;
        let figures = "period { from } volume { committed attainment { value } } whole { handoffs { offered } receiving { met overdue } }";
        let document = format!(r#"query($id: ID!) {{ slaTrend(agreementId: $id, grain: MONTH,
            period: {{ from: "2026-04-16", to: "2026-06-01", timeZone: "Europe/Lisbon" }}) {{ grain points {{ {figures} }} }} }}"#);
        let data = agreed.desk("2026-05-20T12:00:00Z").gql(&document, json!({ "id": agreed.agreement })).await;
        assert_eq!(data["slaTrend"]["points"], json!([
            {
                // Half of April commits to half of what is owed in it.
                "period": { "from": "2026-04-16" }, "volume": { "committed": "50", "attainment": { "value": "0.0000" } },
                "whole": { "handoffs": { "offered": 0 }, "receiving": { "met": 0, "overdue": 0 } },
            },
            {
                "period": { "from": "2026-05-01" }, "volume": { "committed": "100", "attainment": { "value": "0.0500" } },
                "whole": { "handoffs": { "offered": 5 }, "receiving": { "met": 1, "overdue": 4 } },
            },
        ]));
    }

    async fn drift_sets_a_tactic_beside_all_and_beside_the_month_before(app: TestApp) {
        let agreed = Agreed::begin(&app).await;
        let tactic = |name: &'static str| {
            let desk = agreed.desk("2026-04-01T08:00:00Z");
            async move {
                let input = json!({ "name": name, "resource": "MARKETING", "channel": "EMAIL" });
                let document = "mutation($input: CreateTacticInput!) { createTactic(input: $input) { tactic { id } userErrors { code } } }";
                desk.gql(document, json!({ "input": input })).await["createTactic"]["tactic"]["id"].as_str().unwrap().to_owned()
            }
        };
        let (letter, search) = (tactic("Letter").await, tactic("Search").await);
        let before = agreed.leads(10, "2026-04-06T08:00:00Z", json!({ "tacticId": letter })).await;
        agreed.reject(&before[..1], "NOT_ICP", "2026-04-06T09:00:00Z").await;
        let now = agreed.leads(10, "2026-05-04T08:00:00Z", json!({ "tacticId": letter })).await;
        agreed.reject(&now[..3], "NOT_ICP", "2026-05-04T09:00:00Z").await;
        agreed.reject(&now[3..4], "NO_INTENT", "2026-05-04T09:00:00Z").await;
        agreed.leads(10, "2026-05-04T08:00:00Z", json!({ "tacticId": search })).await;
        let rejections = "rejections { handoffs { offered rejected rejectRate { value } } reasons { reason rejected } rejectRateBefore { value nullReason } changePoints }";
        let document = format!("query($id: ID!) {{ handoffDrift(agreementId: $id, {}) {{
            definition {{ key }} whole {{ handoffs {{ rejectRate {{ value }} }} rejectRateBefore {{ value }} changePoints }}
            tactics {{ tacticId tactic {{ name }} driftPoints {rejections} }} }} }}", may());
        let data = agreed.desk("2026-05-20T12:00:00Z").gql(&document, json!({ "id": agreed.agreement })).await;
        let drift = &data["handoffDrift"];
        assert_eq!(drift["definition"]["key"], "handoff_drift");
        assert_eq!(drift["whole"], json!({ "handoffs": { "rejectRate": { "value": "0.2000" } }, "rejectRateBefore": { "value": "0.1000" }, "changePoints": "10.00" }));
        assert_eq!(drift["tactics"], json!([
            {
                "tacticId": letter, "tactic": { "name": "Letter" }, "driftPoints": "20.00", "rejections": {
                    "handoffs": { "offered": 10, "rejected": 4, "rejectRate": { "value": "0.4000" } },
                    "reasons": [{ "reason": "NOT_ICP", "rejected": 3 }, { "reason": "NO_INTENT", "rejected": 1 }],
                    "rejectRateBefore": { "value": "0.1000", "nullReason": null }, "changePoints": "30.00",
                },
            },
            {
                "tacticId": search, "tactic": { "name": "Search" }, "driftPoints": "-20.00", "rejections": {
                    "handoffs": { "offered": 10, "rejected": 0, "rejectRate": { "value": "0.0000" } }, "reasons": [],
                    "rejectRateBefore": { "value": null, "nullReason": "ZERO_DENOMINATOR" }, "changePoints": null,
                },
            },
        ]));
    }

    async fn nothing_offered_is_no_rate(app: TestApp) {
        let agreed = Agreed::begin(&app).await;
        let fields = "volume { committed attainment { value numerator } } whole { handoffs { offered rejectRate { value nullReason } }
            receiving { attainment { value nullReason } } }";
        let status = agreed.status("2026-05-20T12:00:00Z", may(), fields).await;
        assert_eq!(status, json!({
            "volume": { "committed": "100", "attainment": { "value": "0.0000", "numerator": "0" } },
            "whole": {
                "handoffs": { "offered": 0, "rejectRate": { "value": null, "nullReason": "ZERO_DENOMINATOR" } },
                "receiving": { "attainment": { "value": null, "nullReason": "ZERO_DENOMINATOR" } },
            },
        }));
        // What is still to come is neither kept nor broken.
        let june = r#"period: { from: "2026-06-01", to: "2026-07-01" }"#;
        let status = agreed.status("2026-05-20T12:00:00Z", june, "volume { committed attainment { value nullReason } capped { value } }").await;
        assert_eq!(status["volume"], json!({ "committed": "100", "attainment": { "value": null, "nullReason": "IMMATURE" }, "capped": { "value": null } }));
        // Before it begins it commits to nothing.
        let february = r#"period: { from: "2026-02-01", to: "2026-03-01" }"#;
        assert_eq!(agreed.status("2026-05-20T12:00:00Z", february, "volume { committed }").await, json!({ "volume": null }));
        let unknown = json!({ "id": "sla_00000000000000000000000000" });
        let document = format!("query($id: ID!) {{ slaStatus(agreementId: $id, {}) {{ asOf }} }}", may());
        assert_eq!(agreed.desk("2026-05-20T12:00:00Z").answer(&document, unknown).await["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    }
}
