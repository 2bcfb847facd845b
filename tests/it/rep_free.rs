//! How many buy without a seller, on both engines.

use entity::kinds::Role;
use serde_json::{Value, json};

use crate::support::story::{Story as Told, usd};
use crate::support::{Caller, on_both_engines};

const QUARTER: &str = r#"period: { from: "2026-01-01", to: "2026-04-01" }"#;

const FIGURES: &str = "closes selfServe repFree touches sellerTouches
    share { value numerator denominator nullReason } touchShare { value numerator denominator nullReason }";

async fn asked(caller: &Caller<'_>, arguments: &str, fields: &str) -> Value {
    caller.gql(&format!("{{ repFreeShare({arguments}) {{ {fields} }} }}"), json!({})).await["repFreeShare"].take()
}

async fn whole(caller: &Caller<'_>, arguments: &str) -> Value {
    asked(caller, arguments, &format!("whole {{ {FIGURES} }}")).await["whole"].take()
}

/// Five closes of five accounts: without anybody, with campaigns only, with a seller though self-serve, assisted though no
/// seller's touch is known, and by a partner.
async fn closes(story: &Told<'_>) -> Vec<String> {
    story.at("2026-03-31T12:00:00Z");
    let mut closes = Vec::new();
    let sold = |kind: &str| json!({ "kind": kind, "channel": "PHONE", "actorKind": "SELLER" });
    for (number, path, at, touches) in [
        (1, "SELF_SERVE", "2026-01-31T23:30:00Z", vec![]),
        (
            2,
            "SELF_SERVE",
            "2026-02-10T00:00:00Z",
            vec![("2026-02-01T00:00:00Z", "MARKETING", json!({})), ("2026-02-10T00:00:00Z", "PRODUCT", json!({ "actorKind": "PEER" }))],
        ),
        (
            3,
            "SELF_SERVE",
            "2026-02-10T00:00:00Z",
            vec![("2026-02-01T00:00:00Z", "MARKETING", json!({})), ("2026-02-09T00:00:00Z", "SALES", sold("CALL"))],
        ),
        (
            4,
            "ASSISTED",
            "2026-03-10T00:00:00Z",
            vec![("2026-03-01T00:00:00Z", "MARKETING", json!({})), ("2026-03-10T00:00:01Z", "SALES", sold("CALL"))],
        ),
        (5, "PARTNER", "2026-03-20T00:00:00Z", vec![("2025-01-01T00:00:00Z", "SALES", sold("MEETING"))]),
    ] {
        let account = story.account(&format!("Company {number}")).await;
        for (at, resource, more) in touches {
            let mut of = more;
            of["accountId"] = json!(account);
            story.touch(at, resource, of).await;
        }
        let close = json!({ "accountId": account, "occurredAt": at, "amount": usd("100.00"), "path": path, "sourceResource": "SALES" });
        closes.push(story.close(close).await["id"].as_str().unwrap().to_owned());
    }
    closes
}

on_both_engines! {
    async fn who_bought_by_themselves_and_was_not_spoken_to_did_without_a_seller(app: TestApp) {
        let story = Told::begin(&app).await;
        let closes = closes(&story).await;
        let ops = story.at("2026-04-02T00:00:00Z");
        let answer = asked(&ops, QUARTER, &format!("definition {{ key version unit }} unit lookback asOf visibility {{ complete }} whole {{ {FIGURES} }}")).await;
        // The touch a second after the close and the one of long before do not count.
        assert_eq!(answer, json!({ "definition": { "key": "rep_free_share", "version": 1, "unit": "RATIO" }, "unit": "RATIO", "lookback": "P90D",
            "asOf": "2026-04-02T00:00:00Z", "visibility": { "complete": true }, "whole": { "closes": 5, "selfServe": 3, "repFree": 2, "touches": 5, "sellerTouches": 1,
            "share": { "value": "0.4000", "numerator": "2", "denominator": "5", "nullReason": null },
            "touchShare": { "value": "0.8000", "numerator": "4", "denominator": "5", "nullReason": null } } }));
        for (filter, wanted) in [("", vec![0, 1, 2, 3, 4]), ("(repFree: true)", vec![0, 1]), ("(repFree: false)", vec![2, 3, 4])] {
            let rows = asked(&ops, QUARTER, &format!("rows{filter} {{ totalCount nodes {{ close {{ id }} path repFree touches sellerTouches firstTouch }} }}")).await["rows"].take();
            assert_eq!(rows["totalCount"], wanted.len());
            let mut ids: Vec<&str> = rows["nodes"].as_array().unwrap().iter().map(|row| row["close"]["id"].as_str().unwrap()).collect();
            let mut expected: Vec<&str> = wanted.iter().map(|&place: &usize| closes[place].as_str()).collect();
            ids.sort_unstable();
            expected.sort_unstable();
            assert_eq!(ids, expected);
            if filter.is_empty() {
                let third = rows["nodes"].as_array().unwrap().iter().find(|row| row["close"]["id"] == closes[2]).unwrap();
                assert_eq!((&third["repFree"], &third["touches"], &third["sellerTouches"], &third["firstTouch"]), (&json!(false), &json!(2), &json!(1), &json!("MARKETING")));
                let sum = |key: &str| rows["nodes"].as_array().unwrap().iter().map(|row| row[key].as_u64().unwrap()).sum::<u64>();
                assert_eq!((sum("touches"), sum("sellerTouches")), (5, 1), "rows add up to the numbers");
            }
        }
    }

    async fn a_trend_asks_each_part_and_the_past_stays(app: TestApp) {
        let story = Told::begin(&app).await;
        let closes = closes(&story).await;
        let ops = story.at("2026-04-02T00:00:00Z");
        let trend = format!("{{ repFreeShareTrend({QUARTER}, grain: MONTH) {{ definition {{ key }} points {{ period {{ from }} whole {{ closes repFree share {{ value }} touchShare {{ value nullReason }} }} }} }} }}");
        let answer = ops.gql(&trend, json!({})).await["repFreeShareTrend"].take();
        let point = |from: &str, closes: u32, rep_free: u32, share: &str, touches: Value| json!({ "period": { "from": from },
            "whole": { "closes": closes, "repFree": rep_free, "share": { "value": share }, "touchShare": touches } });
        let share = |value: &str| json!({ "value": value, "nullReason": null });
        assert_eq!(answer["points"], json!([
            point("2026-01-01", 1, 1, "1.0000", json!({ "value": null, "nullReason": "ZERO_DENOMINATOR" })),
            point("2026-02-01", 2, 1, "0.5000", share("0.7500")),
            point("2026-03-01", 2, 0, "0.0000", share("1.0000")),
        ]));
        let before = whole(&ops, QUARTER).await;
        // A seller's touch that comes in late counts from then on, and a close that was voided no more.
        let ops = story.at("2026-04-03T00:00:00Z");
        let account = ops.gql(&format!("{{ node(id: \"{}\") {{ ... on Close {{ account {{ id }} }} }} }}", closes[1]), json!({})).await["node"]["account"]["id"].clone();
        story.touch("2026-02-05T00:00:00Z", "SALES", json!({ "accountId": account, "kind": "CALL", "channel": "PHONE", "actorKind": "SELLER" })).await;
        story.movement(json!({ "closeId": closes[4], "kind": "VOID", "occurredAt": "2026-03-21T00:00:00Z", "reason": "entered twice" })).await;
        // What was given back in part is a close still; wholly given back it is none.
        story.movement(json!({ "closeId": closes[0], "kind": "REFUND", "amount": usd("40.00"), "occurredAt": "2026-02-01T00:00:00Z", "reason": "less" })).await;
        story.movement(json!({ "closeId": closes[3], "kind": "REFUND", "amount": usd("100.00"), "occurredAt": "2026-03-21T00:00:00Z", "reason": "all" })).await;
        let after = whole(&ops, QUARTER).await;
        assert_eq!((&after["closes"], &after["selfServe"], &after["repFree"], &after["share"]["value"]), (&json!(3), &json!(3), &json!(1), &json!("0.3333")));
        assert_eq!((&after["touches"], &after["sellerTouches"]), (&json!(5), &json!(2)));
        assert_eq!(whole(&ops, &format!("{QUARTER}, asOf: \"2026-04-02T00:00:00Z\"")).await, before);
    }

    async fn groups_and_their_rows_add_up(app: TestApp) {
        let story = Told::begin(&app).await;
        let closes = closes(&story).await;
        let ops = story.at("2026-04-02T00:00:00Z");
        let account = |close: &str| format!("{{ node(id: \"{close}\") {{ ... on Close {{ account {{ id }} }} }} }}");
        for (close, size) in closes.iter().zip(["10", "10", "200", "200"]) {
            let account = ops.gql(&account(close), json!({})).await["node"]["account"]["id"].clone();
            let said = json!({ "input": { "accountId": account, "attributes": [{ "key": "EMPLOYEES", "value": size }] } });
            let document = "mutation($input: SetAccountAttributesInput!) { setAccountAttributes(input: $input) { userErrors { field code } } }";
            assert_eq!(ops.gql(document, said).await["setAccountAttributes"]["userErrors"], json!([]));
        }
        let segment = async |name: &str, op: &str, value: &str| {
            let new = json!({ "input": { "name": name, "conditions": [{ "key": "EMPLOYEES", "op": op, "values": [value] }] } });
            let document = "mutation($input: DefineSegmentInput!) { defineSegment(input: $input) { segment { id } userErrors { field code } } }";
            ops.gql(document, new).await["defineSegment"]["segment"]["id"].as_str().unwrap().to_owned()
        };
        let (small, large, any) = (segment("Small", "AT_MOST", "50").await, segment("Large", "AT_LEAST", "51").await, segment("Any", "AT_LEAST", "1").await);
        let by_segment = format!("{QUARTER}, breakdown: {{ by: SEGMENT, segments: [\"{large}\", \"{small}\", \"{any}\"] }}");
        let groups = "by groups { of { value channel } figures { closes repFree touches } }";
        let answer = asked(&ops, &by_segment, groups).await;
        let group = |value: Value, counts: [u32; 3]| json!({ "of": { "value": value, "channel": null }, "figures": { "closes": counts[0], "repFree": counts[1], "touches": counts[2] } });
        // As they were named, with closes in common, and the one of which nobody knows how many work there last.
        assert_eq!(answer, json!({ "by": "SEGMENT", "groups": [
            group(json!(large), [2, 0, 3]), group(json!(small), [2, 2, 2]), group(json!(any), [4, 2, 5]), group(Value::Null, [1, 0, 0]) ] }));
        // By the channel of the latest touch at or before the close.
        let by_channel = format!("{QUARTER}, breakdown: {{ by: CHANNEL }}");
        let answer = asked(&ops, &by_channel, &format!("{groups} whole {{ closes repFree touches }}")).await;
        let parts = answer["groups"].as_array().unwrap();
        for figure in ["closes", "repFree", "touches"] {
            let sum: u64 = parts.iter().map(|part| part["figures"][figure].as_u64().unwrap()).sum();
            assert_eq!(json!(sum), answer["whole"][figure], "{figure}");
        }
        for part in parts {
            let value = serde_json::to_string(&part["of"]["value"]).unwrap();
            let rows = asked(&ops, &by_channel, &format!("rows(group: {{ value: {value} }}) {{ totalCount nodes {{ touches }} }}")).await["rows"].take();
            let touches: u64 = rows["nodes"].as_array().unwrap().iter().map(|row| row["touches"].as_u64().unwrap()).sum();
            assert_eq!((&rows["totalCount"], json!(touches)), (&part["figures"]["closes"], part["figures"]["touches"].clone()), "{value}");
        }
        let phone = parts.iter().find(|part| part["of"]["value"] == "PHONE").unwrap();
        // The call of long before is the latest touch of the partner's customer still; it is no step of the way.
        assert_eq!(phone["figures"], json!({ "closes": 2, "repFree": 0, "touches": 2 }));
        for (arguments, rows, field, reason) in [
            (QUARTER.to_owned(), "rows(group: { value: \"PHONE\" }) { totalCount }", "group", "INVALID"),
            (by_channel.clone(), "rows(group: { value: \"NOWHERE\" }) { totalCount }", "group.value", "NOT_FOUND"),
            (format!("{QUARTER}, breakdown: {{ by: SEGMENT }}"), "unit", "breakdown.segments", "REQUIRED"),
        ] {
            let refused = ops.answer(&format!("{{ repFreeShare({arguments}) {{ {rows} }} }}"), json!({})).await;
            let extensions = &refused["errors"][0]["extensions"];
            assert_eq!((&extensions["field"], &extensions["reason"]), (&json!(field), &json!(reason)), "{refused}");
        }
        // A group without a close in one part is one of the answer still.
        let trend = format!("{{ repFreeShareTrend({by_channel}, grain: MONTH) {{ points {{ rows(group: {{ value: \"PHONE\" }}) {{ totalCount }} }} }} }}");
        let points = ops.gql(&trend, json!({})).await["repFreeShareTrend"]["points"].take();
        assert_eq!(points, json!([{ "rows": { "totalCount": 0 } }, { "rows": { "totalCount": 1 } }, { "rows": { "totalCount": 1 } }]));
    }

    async fn totals_are_of_all_and_rows_of_what_one_may_see(app: TestApp) {
        let story = Told::begin(&app).await;
        closes(&story).await;
        story.at("2026-04-02T00:00:00Z");
        let rep = story.member(Role::SalesRep).await;
        let answer = asked(&rep, QUARTER, "whole { closes } rows { totalCount } ").await;
        assert_eq!(answer, json!({ "whole": { "closes": 5 }, "rows": { "totalCount": 0 } }));
        let partner = story.member(Role::Partner).await;
        assert_eq!(partner.refused(&format!("{{ repFreeShare({QUARTER}) {{ unit }} }}"), json!({})).await, "FORBIDDEN");
        let lead = story.member(Role::MarketingLead).await;
        let empty = whole(&lead, r#"period: { from: "2025-01-01", to: "2025-02-01" }"#).await;
        assert_eq!(empty, json!({ "closes": 0, "selfServe": 0, "repFree": 0, "touches": 0, "sellerTouches": 0,
            "share": { "value": null, "numerator": "0", "denominator": "0", "nullReason": "ZERO_CLOSES" },
            "touchShare": { "value": null, "numerator": "0", "denominator": "0", "nullReason": "ZERO_DENOMINATOR" } }));
    }
}
