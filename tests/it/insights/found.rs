//! What each rule finds from what happened, with the questions that tell it again.

use serde_json::{Value, json};

use super::{figures, find, observed_again, rows_of, shown, spent_in_vain};
use crate::support::Caller;
use crate::support::on_both_engines;
use crate::support::story::{Story, usd};

const CREATE_OPPORTUNITY: &str =
    "mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) { opportunity { id } userErrors { field code } } }";
const RAISE_BLOCKER: &str =
    "mutation($input: RaiseBlockerInput!) { raiseBlocker(input: $input) { blocker { id } userErrors { field code } } }";
const DEFINE_SEGMENT: &str =
    "mutation($input: DefineSegmentInput!) { defineSegment(input: $input) { segment { id } userErrors { field code } } }";
const ADD_TO_LIST: &str =
    "mutation($input: AddToTargetListInput!) { addToTargetList(input: $input) { targetList { changed } userErrors { field code } } }";
const RECORD_TOUCHES: &str = "mutation($input: RecordTouchesInput!) { recordTouches(input: $input) {
    results { touch { id } userErrors { field code } } userErrors { field code } } }";
const CREATE_CONTENT: &str =
    "mutation($input: CreateContentInput!) { createContent(input: $input) { content { id } userErrors { field code } } }";
const COVER_CONTENT: &str =
    "mutation($input: CoverContentInput!) { coverContent(input: $input) { content { id } userErrors { field code } } }";

/// What a mutation made or changed.
async fn done(by: &Caller<'_>, document: &str, input: Value) -> Value {
    let mut payload = by.gql(document, json!({ "input": input })).await.as_object_mut().unwrap().values_mut().next().unwrap().take();
    assert_eq!(payload["userErrors"], json!([]), "{input}");
    payload.as_object_mut().unwrap().values_mut().next().unwrap().take()
}

fn said<'v>(insight: &'v Value, name: &str) -> &'v str {
    insight[name].as_str().unwrap()
}

/// So many closes in May that SALES holds, with a touch by Marketing before each.
async fn won_by_marketing(story: &Story<'_>, count: u32) {
    story.at("2026-05-20T12:00:00Z");
    let whole = json!([{ "resource": "SALES", "basisPoints": 10_000 }]);
    for number in 0..count {
        let person = story.touched_by("MARKETING", "2026-05-08T12:00:00Z").await;
        let close = json!({ "newAccount": { "name": format!("Won {number}") }, "personId": person, "occurredAt": "2026-05-10T12:00:00Z",
            "amount": usd("100.00"), "path": "ASSISTED", "signedSplit": { "signedAt": "2026-05-09T12:00:00Z", "shares": whole } });
        story.close(close).await;
    }
}

/// So many blockers of a kind, each of an opportunity of its own.
async fn held_back(story: &Story<'_>, by: &Caller<'_>, count: u32, at: &str) {
    for number in 0..count {
        let account = story.account(&format!("Held back {number} {at}")).await;
        let opportunity = json!({ "accountId": account, "name": "Paper", "openedAt": "2026-03-02T00:00:00Z" });
        let opportunity = done(by, CREATE_OPPORTUNITY, opportunity).await["id"].take();
        let blocker = json!({ "opportunityId": opportunity, "kind": "CONSENSUS", "side": "BUYER", "raisedAt": at });
        done(by, RAISE_BLOCKER, blocker).await;
    }
}

on_both_engines! {
    async fn money_spent_for_nothing_is_told_once_and_again_when_it_was_before_too(app: TestApp) {
        let story = Story::begin(&app).await;
        let (desk, warned) = spent_in_vain(&story).await;
        assert_eq!((said(&warned, "kind"), said(&warned, "severity"), said(&warned, "statementKey")), ("ZERO_CLOSES", "WARNING", "NOTHING_CLOSED"));
        assert_eq!(said(&warned, "statement"), "MARKETING spent 1200.00 USD and closed nothing");
        assert_eq!((&warned["addressedTo"], &warned["subject"]["resource"]), (&json!(["MARKETING"]), &json!("MARKETING")));
        assert_eq!(warned["figures"], json!({ "observed": "0.0000", "threshold": "0", "baseline": "0.0000", "count": 1, "cost": usd("1200.00") }));
        assert_eq!((&warned["period"], &warned["raisedAt"]), (&json!({ "from": "2026-05-01", "to": "2026-06-01" }), &json!("2026-06-01T12:00:00Z")));
        assert_eq!((observed_again(&desk, &warned).await.as_str(), rows_of(&desk, &warned).await), ("0", 1));
        assert_eq!(find(&desk).await, Vec::<Value>::new(), "it is told once");
        story.cost("MARKETING", "300.00", "2026-04-01", "2026-04-30").await;
        let worse = find(&desk).await;
        assert_eq!(worse.len(), 1);
        assert_eq!((said(&worse[0], "severity"), said(&worse[0], "statementKey")), ("CRITICAL", "NOTHING_CLOSED_AGAIN"));
        assert_eq!((&worse[0]["replaces"], said(&worse[0], "state")), (&json!({ "id": warned["id"] }), "OPEN"));
        assert_eq!((shown(&desk, "").await, shown(&desk, "(unacknowledged: true)").await, shown(&desk, "(unacknowledged: false)").await), (2, 1, 1));
        let state = desk.gql("query($id: ID!) { insight(id: $id) { state } }", json!({ "id": warned["id"] })).await;
        assert_eq!(state["insight"]["state"], "REPLACED");
        assert_eq!(find(&desk).await, Vec::<Value>::new());
        // What was told is as it was known then, whatever was recorded since.
        story.at("2026-06-02T12:00:00Z");
        story.close(json!({ "newAccount": { "name": "Late" }, "occurredAt": "2026-05-20T12:00:00Z", "amount": usd("10.00"), "path": "SELF_SERVE",
            "signedSplit": { "signedAt": "2026-05-19T12:00:00Z", "shares": [{ "resource": "MARKETING", "basisPoints": 10_000 }] } })).await;
        assert_eq!(observed_again(&story.at("2026-06-02T12:00:00Z"), &warned).await, "0");
    }

    async fn nothing_is_told_where_nothing_is_off(app: TestApp) {
        let story = Story::begin(&app).await;
        let desk = story.at("2026-06-01T12:00:00Z");
        assert_eq!(find(&desk).await, Vec::<Value>::new());
        won_by_marketing(&story, 9).await;
        held_back(&story, &story.at("2026-05-20T12:00:00Z"), 4, "2026-05-10T12:00:00Z").await;
        let desk = story.at("2026-06-01T12:00:00Z");
        story.cost("SALES", "1200.00", "2026-05-01", "2026-05-31").await;
        assert_eq!(find(&desk).await, Vec::<Value>::new(), "a handful says nothing");
        assert_eq!(find(&story.at("2026-05-20T12:00:00Z")).await, Vec::<Value>::new());
    }

    async fn what_the_ledger_gives_above_evidence_is_told_to_who_holds_it(app: TestApp) {
        let story = Story::begin(&app).await;
        won_by_marketing(&story, 10).await;
        let desk = story.at("2026-06-01T12:00:00Z");
        let found = find(&desk).await;
        let told: Vec<_> = found.iter().map(|insight| (said(insight, "kind"), said(insight, "severity"), said(insight, "statementKey"), figures(insight))).collect();
        assert_eq!(told, [
            ("CREDIT_GAP", "CRITICAL", "LEDGER_ABOVE_EVIDENCE", ("100.00", "25.00", None, 10)),
            ("CREDIT_GAP", "CRITICAL", "LEDGER_BELOW_EVIDENCE", ("-100.00", "-25.00", None, 10)),
        ]);
        assert_eq!(said(&found[0], "statement"), "of 10 closes the ledger gives SALES 100.00 percentage points more than evidence does");
        assert_eq!(said(&found[1], "statement"), "of 10 closes the ledger gives MARKETING 100.00 percentage points less than evidence does");
        for (insight, resource, observed) in [(&found[0], "SALES", "100"), (&found[1], "MARKETING", "-100")] {
            assert_eq!((&insight["addressedTo"], &insight["subject"]["resource"]), (&json!(["SALES"]), &json!(resource)));
            assert_eq!((observed_again(&desk, insight).await.as_str(), rows_of(&desk, insight).await), (observed, 10));
        }
        assert_eq!(find(&desk).await, Vec::<Value>::new());
    }

    async fn blockers_that_pile_up_are_told_to_all_three(app: TestApp) {
        let story = Story::begin(&app).await;
        held_back(&story, &story.at("2026-04-20T12:00:00Z"), 3, "2026-04-10T12:00:00Z").await;
        held_back(&story, &story.at("2026-05-20T12:00:00Z"), 2, "2026-05-10T12:00:00Z").await;
        let desk = story.at("2026-05-25T12:00:00Z");
        let found = find(&desk).await;
        assert_eq!(found.len(), 1);
        let pile = &found[0];
        assert_eq!((said(pile, "kind"), said(pile, "severity"), figures(pile)), ("BLOCKERS_PILING_UP", "WARNING", ("5", "5", Some("3"), 5)));
        assert_eq!(said(pile, "statement"), "5 blockers of the kind CONSENSUS are open, where there were 3 when the period began");
        assert_eq!((&pile["addressedTo"], &pile["subject"]["blocker"]), (&json!([]), &json!("CONSENSUS")));
        assert_eq!((observed_again(&desk, pile).await.as_str(), rows_of(&desk, pile).await), ("5", 5));
        held_back(&story, &desk, 5, "2026-05-24T12:00:00Z").await;
        let worse = find(&story.at("2026-05-26T12:00:00Z")).await;
        assert_eq!((worse.len(), said(&worse[0], "severity"), figures(&worse[0])), (1, "CRITICAL", ("10", "10", Some("3"), 10)));
        // Of the next month these are no news: they were there when it began.
        assert_eq!(find(&story.at("2026-06-02T12:00:00Z")).await, Vec::<Value>::new());
    }

    async fn what_a_segment_cares_for_above_others_is_told(app: TestApp) {
        let story = Story::begin(&app).await;
        let desk = story.at("2026-05-20T12:00:00Z");
        let segment = done(&desk, DEFINE_SEGMENT, json!({ "name": "Large" })).await["id"].take();
        let tactic = story.tactic(json!({ "name": "Newsletter", "resource": "MARKETING", "channel": "EMAIL" })).await;
        let content = done(&desk, CREATE_CONTENT, json!({ "name": "Guide", "kind": "ARTICLE", "resource": "MARKETING" })).await["id"].take();
        done(&desk, COVER_CONTENT, json!({ "contentId": content, "stages": [], "blockers": ["CONSENSUS"] })).await;
        let mut listed = Vec::new();
        for number in 0..5 {
            listed.push(story.account(&format!("Large {number}")).await);
        }
        done(&desk, ADD_TO_LIST, json!({ "segmentId": segment, "accountIds": listed })).await;
        let other = story.account("Other").await;
        let touch = |account: &str, of: Value| {
            let mut touch = json!({ "accountId": account, "occurredAt": "2026-05-10T12:00:00Z", "kind": "VISIT", "actorKind": "CAMPAIGN", "resource": "MARKETING" });
            touch.as_object_mut().unwrap().extend(of.as_object().unwrap().clone());
            touch
        };
        let mut touches: Vec<Value> = Vec::new();
        for account in &listed {
            touches.extend((0..4).map(|_| touch(account, json!({ "channel": "EMAIL", "tacticId": tactic, "contentId": content }))));
        }
        touches.extend((0..20).map(|_| touch(&other, json!({ "channel": "WEB" }))));
        done(&desk, RECORD_TOUCHES, json!({ "items": touches })).await;
        let desk = story.at("2026-06-01T12:00:00Z");
        let found = find(&desk).await;
        let subjects: Vec<(&str, &Value)> = found.iter().map(|insight| (said(insight, "severity"), &insight["subject"]["segment"]["id"])).collect();
        assert_eq!(subjects, [("INFO", &segment), ("INFO", &segment), ("INFO", &segment)], "the three that stand out most");
        for insight in &found {
            assert_eq!((said(insight, "kind"), figures(insight)), ("AUDIENCE_INTEREST", ("1.0000", "0.0000", Some("0.0000"), 20)));
            assert_eq!((observed_again(&desk, insight).await.as_str(), rows_of(&desk, insight).await), ("1", 20));
        }
        let topics: Vec<&Value> = found.iter().map(|insight| &insight["subject"]).collect();
        assert_eq!((&topics[0]["channel"], &topics[1]["tactic"]["id"], &topics[2]["content"]["id"]), (&json!("EMAIL"), &json!(tactic), &content));
        assert_eq!(said(&found[0], "statement"), "the channel EMAIL has a share of 1.0000 of the touches of the segment, and of 0.0000 of those of all others");
        let asked = "query($id: ID!) { audienceInterests(segmentId: $id, period: { from: \"2026-05-01\", to: \"2026-06-01\" }) {
            touches others topics { key channel blocker touches accounts others share { value } othersShare { value } } rows { totalCount } } }";
        let told = desk.gql(asked, json!({ "id": segment })).await["audienceInterests"].take();
        let topic = |key: &str, channel: Value, blocker: Value, (own, accounts, others): (i32, i32, i32), shares: [&str; 2]| json!({ "key": key, "channel": channel,
            "blocker": blocker, "touches": own, "accounts": accounts, "others": others, "share": { "value": shares[0] }, "othersShare": { "value": shares[1] } });
        let (own, null) = (["1.0000", "0.0000"], json!(null));
        let expected = json!({ "touches": 20, "others": 20, "rows": { "totalCount": 20 }, "topics": [
            topic("CHANNEL/EMAIL", json!("EMAIL"), null.clone(), (20, 5, 0), own),
            topic("CHANNEL/WEB", json!("WEB"), null.clone(), (0, 0, 20), ["0.0000", "1.0000"]),
            topic(&tactic, null.clone(), null.clone(), (20, 5, 0), own),
            topic(content.as_str().unwrap(), null.clone(), null.clone(), (20, 5, 0), own),
            topic("BLOCKER/CONSENSUS", null, json!("CONSENSUS"), (20, 5, 0), own),
        ] });
        assert_eq!(told, expected);
        let past = asked.replace("to: \"2026-06-01\" }", "to: \"2026-06-01\" }, asOf: \"2026-05-20T11:00:00Z\"");
        assert_eq!(desk.gql(&past, json!({ "id": segment })).await["audienceInterests"]["touches"], 0);
    }
}
