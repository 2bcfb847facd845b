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
        let answer = asked(&ops, QUARTER, &format!("definition {{ key version unit }} unit lookback asOf visibility {{ complete }} {FIGURES}")).await;
        // The touch a second after the close and the one of long before do not count.
        assert_eq!(answer, json!({ "definition": { "key": "rep_free_share", "version": 1, "unit": "RATIO" }, "unit": "RATIO", "lookback": "P90D",
            "asOf": "2026-04-02T00:00:00Z", "visibility": { "complete": true }, "closes": 5, "selfServe": 3, "repFree": 2, "touches": 5, "sellerTouches": 1,
            "share": { "value": "0.4000", "numerator": "2", "denominator": "5", "nullReason": null },
            "touchShare": { "value": "0.8000", "numerator": "4", "denominator": "5", "nullReason": null } }));
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
        let trend = format!("{{ repFreeShareTrend({QUARTER}, grain: MONTH) {{ definition {{ key }} points {{ period {{ from }} closes repFree share {{ value }} touchShare {{ value nullReason }} }} }} }}");
        let answer = ops.gql(&trend, json!({})).await["repFreeShareTrend"].take();
        let point = |from: &str, closes: u32, rep_free: u32, share: &str, touches: Value| json!({ "period": { "from": from }, "closes": closes, "repFree": rep_free,
            "share": { "value": share }, "touchShare": touches });
        let share = |value: &str| json!({ "value": value, "nullReason": null });
        assert_eq!(answer["points"], json!([
            point("2026-01-01", 1, 1, "1.0000", json!({ "value": null, "nullReason": "ZERO_DENOMINATOR" })),
            point("2026-02-01", 2, 1, "0.5000", share("0.7500")),
            point("2026-03-01", 2, 0, "0.0000", share("1.0000")),
        ]));
        let before = asked(&ops, QUARTER, FIGURES).await;
        // A seller's touch that comes in late counts from then on, and a close that was voided no more.
        let ops = story.at("2026-04-03T00:00:00Z");
        let account = ops.gql(&format!("{{ node(id: \"{}\") {{ ... on Close {{ account {{ id }} }} }} }}", closes[1]), json!({})).await["node"]["account"]["id"].clone();
        story.touch("2026-02-05T00:00:00Z", "SALES", json!({ "accountId": account, "kind": "CALL", "channel": "PHONE", "actorKind": "SELLER" })).await;
        story.movement(json!({ "closeId": closes[4], "kind": "VOID", "occurredAt": "2026-03-21T00:00:00Z", "reason": "entered twice" })).await;
        let after = asked(&ops, QUARTER, FIGURES).await;
        assert_eq!((&after["closes"], &after["selfServe"], &after["repFree"], &after["share"]["value"]), (&json!(4), &json!(3), &json!(1), &json!("0.2500")));
        assert_eq!((&after["touches"], &after["sellerTouches"]), (&json!(6), &json!(2)));
        assert_eq!(asked(&ops, &format!("{QUARTER}, asOf: \"2026-04-02T00:00:00Z\""), FIGURES).await, before);
    }

    async fn totals_are_of_all_and_rows_of_what_one_may_see(app: TestApp) {
        let story = Told::begin(&app).await;
        closes(&story).await;
        story.at("2026-04-02T00:00:00Z");
        let rep = story.member(Role::SalesRep).await;
        let answer = asked(&rep, QUARTER, "closes rows { totalCount } ").await;
        assert_eq!(answer, json!({ "closes": 5, "rows": { "totalCount": 0 } }));
        let partner = story.member(Role::Partner).await;
        assert_eq!(partner.refused(&format!("{{ repFreeShare({QUARTER}) {{ closes }} }}"), json!({})).await, "FORBIDDEN");
        let lead = story.member(Role::MarketingLead).await;
        let empty = asked(&lead, r#"period: { from: "2025-01-01", to: "2025-02-01" }"#, FIGURES).await;
        assert_eq!(empty, json!({ "closes": 0, "selfServe": 0, "repFree": 0, "touches": 0, "sellerTouches": 0,
            "share": { "value": null, "numerator": "0", "denominator": "0", "nullReason": "ZERO_CLOSES" },
            "touchShare": { "value": null, "numerator": "0", "denominator": "0", "nullReason": "ZERO_DENOMINATOR" } }));
    }
}
