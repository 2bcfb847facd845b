//! How much of what sellers get credit for they only wrote down.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{JANUARY, asked, refusal};
use crate::support::on_both_engines;
use crate::support::story::{Story, usd};

/// A close of a company of its own, with what Sales holds of it, a touch of Sales and a sign of intent.
async fn sold(story: &Story<'_>, name: &str, sales_bp: i64, touch: Option<&str>, intent: Option<(&str, &str)>) -> String {
    let account = story.account(name).await;
    if let Some(at) = touch {
        story.touch(at, "SALES", json!({ "accountId": account, "kind": "CALL", "channel": "PHONE", "actorKind": "SELLER" })).await;
    }
    if let Some((at, kind)) = intent {
        story.touch(at, "PRODUCT", json!({ "accountId": account, "kind": kind, "channel": "WEB", "actorKind": "PRODUCT" })).await;
    }
    let shares: Vec<Value> = [("SALES", sales_bp), ("PRODUCT", 10_000 - sales_bp)]
        .into_iter()
        .filter(|(_, bp)| *bp > 0)
        .map(|(resource, bp)| json!({ "resource": resource, "basisPoints": bp }))
        .collect();
    let close = json!({ "accountId": account, "occurredAt": "2026-01-20T00:00:00Z", "amount": usd("100.00"), "path": "ASSISTED",
        "signedSplit": { "signedAt": "2026-01-19T00:00:00Z", "shares": shares } });
    story.close(close).await["id"].as_str().unwrap().to_owned()
}

/// The closes of G23, in order.
async fn g23(story: &Story<'_>) -> Vec<String> {
    story.at("2026-02-01T00:00:00Z");
    let asked = |kind| Some(("2026-01-10T00:00:00Z", kind));
    let mut closes = Vec::new();
    for (name, bp, touch, intent) in [
        ("X1", 10_000, Some("2026-01-05T00:00:00Z"), asked("PRICE_REQUEST")),
        ("X2", 10_000, Some("2026-01-12T00:00:00Z"), asked("CHECKOUT_START")),
        ("X3", 10_000, None, asked("TRIAL_START")),
        ("X4", 4_000, Some("2026-01-12T00:00:00Z"), asked("PRICE_REQUEST")),
        ("X5", 6_000, Some("2026-01-10T00:00:00Z"), None),
    ] {
        closes.push(sold(story, name, bp, touch, intent).await);
    }
    closes
}

const COUNTS: &str = "closes eligible unknown taken share { value numerator denominator nullReason }";

on_both_engines! {
    async fn g23_two_of_three_were_taken(app: TestApp) {
        let story = Story::begin(&app).await;
        let closes = g23(&story).await;
        let ops = story.today();
        let answer = asked(&ops, "orderTaking", JANUARY, &format!("definition {{ key }} lookback pooling intentKinds visibility {{ complete }} {COUNTS}")).await;
        assert_eq!(answer, json!({ "definition": { "key": "order_taking" }, "lookback": "P90D", "pooling": "ACCOUNT", "intentKinds": ["PRICE_REQUEST", "CHECKOUT_START", "TRIAL_START"],
            "visibility": { "complete": true }, "closes": 5, "eligible": 4, "unknown": 1, "taken": 2,
            "share": { "value": "0.6667", "numerator": "2", "denominator": "3", "nullReason": null } }));
        let rows = asked(&ops, "orderTaking", JANUARY, "rows { totalCount nodes { close { id } verdict salesBasisPoints firstSalesTouchAt intentAt } }").await["rows"].take();
        assert_eq!(rows["totalCount"], 5);
        for (close, verdict, bp, touch, intent) in [
            (0, "SOLD", 10_000, json!("2026-01-05T00:00:00Z"), json!("2026-01-10T00:00:00Z")),
            (1, "TAKEN", 10_000, json!("2026-01-12T00:00:00Z"), json!("2026-01-10T00:00:00Z")),
            (2, "TAKEN", 10_000, json!(null), json!("2026-01-10T00:00:00Z")),
            (3, "NOT_OF_SALES", 4_000, json!("2026-01-12T00:00:00Z"), json!("2026-01-10T00:00:00Z")),
            (4, "UNKNOWN", 6_000, json!("2026-01-10T00:00:00Z"), json!(null)),
        ] {
            let row = rows["nodes"].as_array().unwrap().iter().find(|row| row["close"]["id"] == closes[close]).unwrap();
            assert_eq!(*row, json!({ "close": { "id": closes[close] }, "verdict": verdict, "salesBasisPoints": bp, "firstSalesTouchAt": touch, "intentAt": intent }));
        }
        for (verdict, count) in [("TAKEN", 2), ("SOLD", 1), ("UNKNOWN", 1), ("NOT_OF_SALES", 1)] {
            let rows = asked(&ops, "orderTaking", JANUARY, &format!("rows(verdict: {verdict}) {{ totalCount nodes {{ verdict }} }}")).await["rows"].take();
            assert_eq!((&rows["totalCount"], &rows["nodes"][0]["verdict"]), (&json!(count), &json!(verdict)));
        }
    }

    async fn intent_is_what_the_question_says_and_within_the_lookback(app: TestApp) {
        let story = Story::begin(&app).await;
        let closes = g23(&story).await;
        let ops = story.today();
        let counts = async |arguments: &str| {
            let answer = asked(&ops, "orderTaking", &format!("{JANUARY}{arguments}"), "closes eligible unknown taken share { value nullReason }").await;
            (answer["closes"].as_u64().unwrap(), answer["eligible"].as_u64().unwrap(), answer["unknown"].as_u64().unwrap(), answer["taken"].as_u64().unwrap())
        };
        // Of checkouts alone X2 tells; of calls every touch of Sales is one, and none came before itself.
        assert_eq!(counts(", intentKinds: [CHECKOUT_START]").await, (5, 4, 3, 1));
        assert_eq!(counts(", intentKinds: [CALL]").await, (5, 4, 1, 3));
        // Ten days before the close leave the requests out: they are of just then.
        assert_eq!(counts(", lookbackDays: 10").await, (5, 4, 4, 0));
        // Eleven leave out the call that came before the request of X1; sixteen do not.
        assert_eq!(counts(", lookbackDays: 11").await, (5, 4, 1, 3));
        assert_eq!(counts(", lookbackDays: 16").await, (5, 4, 1, 2));
        assert_eq!(counts(", pooling: PERSON").await, (5, 4, 4, 0));
        let none = asked(&ops, "orderTaking", &format!("{JANUARY}, lookbackDays: 10"), "share { value nullReason }").await;
        assert_eq!(none["share"], json!({ "value": null, "nullReason": "ZERO_DENOMINATOR" }));
        assert_eq!(refusal(&ops, "orderTaking", &format!("{JANUARY}, intentKinds: []"), "unit").await, ("BAD_USER_INPUT".to_owned(), "intentKinds".to_owned()));
        // A close that was voided counts no more, and in another month none was won.
        let ops = story.at("2026-02-02T00:00:00Z");
        story.movement(json!({ "closeId": closes[1], "kind": "VOID", "occurredAt": "2026-02-02T00:00:00Z", "reason": "entered twice" })).await;
        let trend = "period: { from: \"2026-01-01\", to: \"2026-03-01\" }, grain: MONTH";
        let points = asked(&ops, "orderTakingTrend", trend, "points { closes eligible unknown taken share { value } }").await["points"].take();
        assert_eq!(points, json!([{ "closes": 4, "eligible": 3, "unknown": 1, "taken": 1, "share": { "value": "0.5000" } }, { "closes": 0, "eligible": 0, "unknown": 0, "taken": 0, "share": { "value": null } }]));
        let before = asked(&ops, "orderTaking", &format!("{JANUARY}, asOf: \"2026-02-01T00:00:00Z\""), "closes taken").await;
        assert_eq!(before, json!({ "closes": 5, "taken": 2 }));
    }

    async fn everybody_reads_the_share_and_its_rows_those_who_read_the_ledger(app: TestApp) {
        let story = Story::begin(&app).await;
        g23(&story).await;
        assert_eq!(story.member(Role::Partner).await.refused(&format!("{{ orderTaking({JANUARY}) {{ unit }} }}"), json!({})).await, "FORBIDDEN");
        let rep = story.member(Role::SalesRep).await;
        assert_eq!(asked(&rep, "orderTaking", JANUARY, "taken").await["taken"], 2);
        assert_eq!(refusal(&rep, "orderTaking", JANUARY, "rows { totalCount }").await.0, "FORBIDDEN");
        let lead = story.member(Role::SalesLead).await;
        let rows = asked(&lead, "orderTaking", JANUARY, "rows { totalCount visibility { complete } }").await["rows"].take();
        assert_eq!(rows, json!({ "totalCount": 0, "visibility": { "complete": false } }));
    }
}
