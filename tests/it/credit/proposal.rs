//! Proposals about credit: raised by evidence that came after a close was recorded, and decided about.

use entity::kinds::Role;
use serde_json::{Value, json};

use crate::support::story::{MOVE_CLOSE, Story, problems, usd};
use crate::support::{Caller, on_both_engines, rows};

const PROPOSALS: &str = "query($state: CreditProposalState, $asOf: DateTime, $first: Int, $after: String) {
    creditProposals(period: { from: \"2026-01-01\", to: \"2026-04-01\", timeZone: \"UTC\" }, state: $state, asOf: $asOf, first: $first, after: $after) {
        totalCount pageInfo { hasNextPage endCursor } nodes { close { id } state causes openingRule openingShares { basisPoints } heldShares { basisPoints }
            rule suggestedShares { basisPoints } decision { kind reason batch { sequence } } } } }";
const ACCEPT: &str = "mutation($input: AcceptCreditProposalInput!) { acceptCreditProposal(input: $input) {
    decision { kind reason suggestedShares { basisPoints } decidedBy { role } close { id balances { basisPoints } }
        batch { sequence kind reason effectiveAt transfer { id } entries { resource basisPoints } } } userErrors { field code } } }";
const DISMISS: &str = "mutation($input: DismissCreditProposalInput!) { dismissCreditProposal(input: $input) {
    decision { kind reason suggestedShares { basisPoints } batch { id } } userErrors { field code } } }";
const MERGE: &str = "mutation($input: MergeIdentitiesInput!) { mergeIdentities(input: $input) { userErrors { field code } } }";
const UNMERGE: &str = "mutation($input: UnmergeIdentitiesInput!) { unmergeIdentities(input: $input) { userErrors { field code } } }";
const CORRECT: &str = "mutation($input: CorrectTouchInput!) { correctTouch(input: $input) { userErrors { field code } } }";
const LEDGER: &str = "query($id: ID!) { close(id: $id) { balances { basisPoints } batches { id } } }";

/// Does something that nothing is said against.
async fn done(by: &Caller<'_>, document: &str, input: Value) -> Value {
    let mut data = by.gql(document, json!({ "input": input })).await;
    let payload = data.as_object_mut().unwrap().values_mut().next().unwrap();
    assert_eq!(payload["userErrors"], json!([]), "{input}");
    payload["decision"].take()
}

/// The only problem of what is refused.
async fn refused(by: &Caller<'_>, document: &str, input: Value) -> (String, String) {
    let mut data = by.gql(document, json!({ "input": input })).await;
    let problems = problems(data.as_object_mut().unwrap().values_mut().next().unwrap());
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems[0].clone()
}

fn told(field: &str, code: &str) -> (String, String) {
    (field.to_owned(), code.to_owned())
}

async fn asked(by: &Caller<'_>, variables: Value) -> Value {
    by.gql(PROPOSALS, variables).await["creditProposals"].take()
}

/// The proposals, without what pages them.
async fn proposals(by: &Caller<'_>, variables: Value) -> Vec<Value> {
    let mut found = asked(by, variables).await;
    assert_eq!(found["totalCount"].as_u64().unwrap(), u64::try_from(found["nodes"].as_array().unwrap().len()).unwrap());
    found["nodes"].as_array_mut().unwrap().drain(..).collect()
}

fn bp(shares: [i64; 3]) -> Value {
    shares.iter().map(|bp| json!({ "basisPoints": bp })).collect()
}

fn given(close: &Value, shares: [i64; 3]) -> Value {
    let share = |(resource, bp): (&str, i64)| json!({ "resource": resource, "basisPoints": bp });
    let shares: Value = ["SALES", "MARKETING", "PRODUCT"].into_iter().zip(shares).map(share).collect();
    json!({ "closeId": close, "suggestedShares": shares })
}

fn because(mut input: Value, reason: &str) -> Value {
    input["reason"] = json!(reason);
    input
}

/// What a proposal says in short: state, causes, rule and shares.
fn short(proposal: &Value) -> Value {
    let shares: Value = proposal["suggestedShares"].as_array().unwrap().iter().map(|share| share["basisPoints"].clone()).collect();
    json!([proposal["state"], proposal["causes"], proposal["rule"], shares])
}

/// The buyer of G17, a visitor, and what they bought; all of its credit went to Sales afterwards.
async fn bought(story: &Story<'_>) -> (String, String, Value) {
    story.at("2026-02-01T00:00:00Z");
    let (anonymous, known) = (story.person(json!({})).await, story.person(json!({})).await);
    story.touch("2026-01-03T00:00:00Z", "PRODUCT", json!({ "personId": anonymous })).await;
    story.touch("2026-01-10T00:00:00Z", "MARKETING", json!({ "personId": known })).await;
    story.touch("2026-01-25T00:00:00Z", "SALES", json!({ "personId": known })).await;
    let close = story.close(sold("K", &known, json!({}))).await["id"].take();
    story.at("2026-02-02T00:00:00Z");
    let moved = json!({ "closeId": close, "from": "MARKETING", "to": "SALES", "basisPoints": 7500, "effectiveAt": "2026-02-02T00:00:00Z", "reason": "they closed it" });
    story.transfer(moved).await;
    (anonymous, known, close)
}

fn sold(name: &str, person: &str, more: Value) -> Value {
    let mut input = json!({ "newAccount": { "name": name }, "personId": person, "occurredAt": "2026-01-31T00:00:00Z", "amount": usd("100.00"), "path": "ASSISTED" });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

on_both_engines! {
    async fn g17_a_merge_raises_a_proposal_and_its_undoing_withdraws_it(app: TestApp) {
        let story = Story::begin(&app).await;
        let (anonymous, known, close) = bought(&story).await;
        let ops = story.at("2026-02-02T06:00:00Z");
        let ledger = ops.gql(LEDGER, json!({ "id": close })).await;
        assert_eq!(ledger["close"]["balances"], bp([10_000, 0, 0]));
        assert_eq!(proposals(&ops, json!({})).await, Vec::<Value>::new());

        let ops = story.at("2026-02-03T00:00:00Z");
        done(&ops, MERGE, json!({ "from": anonymous, "to": known })).await;
        let raised = json!({ "close": { "id": close }, "state": "OPEN", "causes": ["IDENTITY"], "openingRule": "EVIDENCE", "openingShares": bp([2500, 7500, 0]),
            "heldShares": bp([10_000, 0, 0]), "rule": "EVIDENCE", "suggestedShares": bp([1300, 1200, 7500]), "decision": null });
        assert_eq!(proposals(&ops, json!({})).await, std::slice::from_ref(&raised));
        assert_eq!(ops.gql(LEDGER, json!({ "id": close })).await, ledger);

        let ops = story.at("2026-02-04T00:00:00Z");
        done(&ops, UNMERGE, json!({ "from": anonymous, "to": known })).await;
        assert_eq!(proposals(&ops, json!({})).await, Vec::<Value>::new());
        assert_eq!(ops.gql(LEDGER, json!({ "id": close })).await, ledger);
        // Each instant keeps its answer.
        let ops = story.today();
        for (as_of, expected) in [("2026-02-02T12:00:00Z", vec![]), ("2026-02-03T12:00:00Z", vec![raised]), ("2026-02-04T12:00:00Z", vec![])] {
            assert_eq!(proposals(&ops, json!({ "asOf": as_of })).await, expected, "{as_of}");
        }
        // What is no longer suggested is not accepted.
        assert_eq!(refused(&ops, ACCEPT, given(&close, [1300, 1200, 7500])).await, told("suggestedShares", "STALE_VERSION"));
    }

    async fn what_is_accepted_is_posted_in_one_batch(app: TestApp) {
        let story = Story::begin(&app).await;
        let (anonymous, known, close) = bought(&story).await;
        let ops = story.at("2026-02-03T00:00:00Z");
        done(&ops, MERGE, json!({ "from": anonymous, "to": known })).await;
        let before = rows(&app).await;
        let input = given(&close, [1300, 1200, 7500]);
        assert_eq!(refused(&ops, ACCEPT, given(&close, [2500, 7500, 0])).await, told("suggestedShares", "STALE_VERSION"));
        assert_eq!(refused(&ops, ACCEPT, given(&close, [1, 0, 0])).await, told("suggestedShares", "SHARES_DO_NOT_SUM"));
        assert_eq!(refused(&ops, ACCEPT, given(&json!("cls_00000000000000000000000001"), [1300, 1200, 7500])).await, told("closeId", "NOT_FOUND"));
        assert_eq!(refused(&ops, DISMISS, because(input.clone(), " ")).await, told("reason", "REQUIRED"));
        assert_eq!(rows(&app).await, before);
        let ops = story.at("2026-02-03T12:00:00Z");
        let mut once = input.clone();
        once["idempotencyKey"] = json!("k");
        let accepted = done(&ops, ACCEPT, once.clone()).await;
        assert_eq!(accepted, json!({ "kind": "ACCEPTED", "reason": null, "suggestedShares": bp([1300, 1200, 7500]), "decidedBy": { "role": "REVOPS" },
            "close": { "id": close, "balances": bp([1300, 1200, 7500]) },
            "batch": { "sequence": 2, "kind": "TRANSFER", "reason": "as the policy gives it on the evidence known by now", "effectiveAt": "2026-02-03T12:00:00Z", "transfer": null,
                "entries": [{ "resource": "SALES", "basisPoints": -8700 }, { "resource": "MARKETING", "basisPoints": 1200 }, { "resource": "PRODUCT", "basisPoints": 7500 }] } }));
        let before = rows(&app).await;
        assert_eq!(done(&ops, ACCEPT, once).await, accepted);
        for document in [ACCEPT, DISMISS] {
            assert_eq!(refused(&ops, document, because(input.clone(), "again")).await, told("closeId", "ALREADY_DECIDED"));
        }
        assert_eq!(rows(&app).await, before);
        let [proposal] = proposals(&ops, json!({ "state": "ACCEPTED" })).await.try_into().unwrap();
        assert_eq!((short(&proposal), &proposal["heldShares"]), (json!(["ACCEPTED", ["IDENTITY"], "EVIDENCE", [1300, 1200, 7500]]), &bp([1300, 1200, 7500])));
        assert_eq!(proposal["decision"], json!({ "kind": "ACCEPTED", "reason": null, "batch": { "sequence": 2 } }));
        assert_eq!(proposals(&ops, json!({ "state": "OPEN" })).await, Vec::<Value>::new());
        // What was accepted on evidence that is gone is proposed back.
        let ops = story.at("2026-02-04T00:00:00Z");
        done(&ops, UNMERGE, json!({ "from": anonymous, "to": known })).await;
        let [proposal] = proposals(&ops, json!({})).await.try_into().unwrap();
        assert_eq!(short(&proposal), json!(["OPEN", [], "EVIDENCE", [2500, 7500, 0]]));
        let back = done(&ops, ACCEPT, because(given(&close, [2500, 7500, 0]), "they are not one")).await;
        assert_eq!((&back["close"]["balances"], &back["batch"]["reason"]), (&bp([2500, 7500, 0]), &json!("they are not one")));
        assert_eq!(short(&proposals(&ops, json!({})).await[0]), json!(["ACCEPTED", [], "EVIDENCE", [2500, 7500, 0]]));
        let then = proposals(&ops, json!({ "asOf": "2026-02-03T06:00:00Z" })).await;
        assert_eq!((short(&then[0]), &then[0]["heldShares"]), (json!(["OPEN", ["IDENTITY"], "EVIDENCE", [1300, 1200, 7500]]), &bp([10_000, 0, 0])));
    }

    async fn what_was_accepted_and_undone_is_decided_again(app: TestApp) {
        let story = Story::begin(&app).await;
        let (anonymous, known, close) = bought(&story).await;
        let ops = story.at("2026-02-03T00:00:00Z");
        done(&ops, MERGE, json!({ "from": anonymous, "to": known })).await;
        let ops = story.at("2026-02-04T00:00:00Z");
        let input = given(&close, [1300, 1200, 7500]);
        done(&ops, ACCEPT, input.clone()).await;
        let ops = story.at("2026-02-05T00:00:00Z");
        let batches = ops.gql(LEDGER, json!({ "id": close })).await["close"]["batches"].take();
        let undo = "mutation($input: ReverseCreditBatchInput!) { reverseCreditBatch(input: $input) { userErrors { field code } } }";
        done(&ops, undo, json!({ "batchId": batches[2]["id"], "reason": "too early" })).await;
        let [proposal] = proposals(&ops, json!({})).await.try_into().unwrap();
        assert_eq!((short(&proposal), &proposal["heldShares"]), (json!(["OPEN", ["IDENTITY"], "EVIDENCE", [1300, 1200, 7500]]), &bp([10_000, 0, 0])));
        assert_eq!(proposal["decision"], Value::Null);
        // Until it was undone it was accepted.
        assert_eq!(short(&proposals(&ops, json!({ "asOf": "2026-02-04T12:00:00Z" })).await[0])[0], "ACCEPTED");
        let again = done(&ops, ACCEPT, because(input, "in earnest")).await;
        assert_eq!(again["close"]["balances"], bp([1300, 1200, 7500]));
        let ops = story.at("2026-02-06T00:00:00Z");
        let [proposal] = proposals(&ops, json!({})).await.try_into().unwrap();
        assert_eq!((&proposal["state"], &proposal["decision"]["reason"]), (&json!("ACCEPTED"), &json!("in earnest")));
        // What was undone and is not suggested any more is gone.
        let batches = ops.gql(LEDGER, json!({ "id": close })).await["close"]["batches"].take();
        done(&ops, undo, json!({ "batchId": batches[4]["id"], "reason": "they are not one" })).await;
        done(&ops, UNMERGE, json!({ "from": anonymous, "to": known })).await;
        assert_eq!(proposals(&ops, json!({})).await, Vec::<Value>::new());
    }

    async fn a_close_that_is_yet_to_come_is_not_decided_about(app: TestApp) {
        let story = Story::begin(&app).await;
        story.at("2026-02-01T00:00:00Z");
        let person = story.person(json!({})).await;
        let ahead = json!({ "sourceResource": "SALES", "occurredAt": "2026-02-01T12:00:00Z" });
        let close = story.close(sold("buyer", &person, ahead)).await["id"].take();
        let ops = story.at("2026-02-01T06:00:00Z");
        story.touch("2026-01-20T00:00:00Z", "PRODUCT", json!({ "personId": person })).await;
        let input = because(given(&close, [0, 0, 10_000]), "it was the product");
        let before = rows(&app).await;
        for document in [ACCEPT, DISMISS] {
            assert_eq!(refused(&ops, document, input.clone()).await, told("suggestedShares", "STALE_VERSION"));
        }
        assert_eq!(rows(&app).await, before);
        let ops = story.at("2026-02-01T13:00:00Z");
        assert_eq!(done(&ops, ACCEPT, input).await["close"]["balances"], bp([0, 0, 10_000]));
    }

    async fn what_is_dismissed_stays_so_until_something_else_is_suggested(app: TestApp) {
        let story = Story::begin(&app).await;
        let (anonymous, known, close) = bought(&story).await;
        let ops = story.at("2026-02-03T00:00:00Z");
        done(&ops, MERGE, json!({ "from": anonymous, "to": known })).await;
        let ledger = ops.gql(LEDGER, json!({ "id": close })).await;
        let ops = story.at("2026-02-04T00:00:00Z");
        let dismissed = done(&ops, DISMISS, because(given(&close, [1300, 1200, 7500]), "it was agreed")).await;
        assert_eq!(dismissed, json!({ "kind": "DISMISSED", "reason": "it was agreed", "suggestedShares": bp([1300, 1200, 7500]), "batch": null }));
        assert_eq!(refused(&ops, DISMISS, because(given(&close, [1300, 1200, 7500]), "again")).await, told("closeId", "ALREADY_DECIDED"));
        let [proposal] = proposals(&ops, json!({ "state": "DISMISSED" })).await.try_into().unwrap();
        assert_eq!(proposal["decision"], json!({ "kind": "DISMISSED", "reason": "it was agreed", "batch": null }));
        assert_eq!(ops.gql(LEDGER, json!({ "id": close })).await, ledger);
        let ops = story.at("2026-02-05T00:00:00Z");
        story.touch("2026-01-20T00:00:00Z", "PRODUCT", json!({ "personId": known })).await;
        let [proposal] = proposals(&ops, json!({})).await.try_into().unwrap();
        // The first touch has 30 parts of 40, and the other three share the rest.
        assert_eq!(short(&proposal), json!(["OPEN", ["TOUCH_RECORDED", "IDENTITY"], "EVIDENCE", [900, 800, 8300]]));
        assert_eq!(proposal["decision"], Value::Null);
        assert_eq!(short(&proposals(&ops, json!({ "asOf": "2026-02-04T12:00:00Z" })).await[0])[0], "DISMISSED");
        assert_eq!(short(&proposals(&ops, json!({ "asOf": "2026-02-03T12:00:00Z" })).await[0])[0], "OPEN");
        // Of a voided close nothing is proposed, and nothing decided.
        done(&ops, MOVE_CLOSE, json!({ "closeId": close, "kind": "VOID", "occurredAt": "2026-02-05T00:00:00Z", "reason": "because" })).await;
        assert_eq!(proposals(&ops, json!({})).await, Vec::<Value>::new());
        assert_eq!(refused(&ops, ACCEPT, given(&close, [900, 800, 8300])).await, told("closeId", "CLOSE_STATE"));
    }

    async fn each_rule_is_asked_again(app: TestApp) {
        let story = Story::begin(&app).await;
        story.at("2026-02-01T00:00:00Z");
        let mut closes = Vec::new();
        let mut people = Vec::new();
        let mut touches = Vec::new();
        let signed = json!({ "signedAt": "2026-01-30T00:00:00Z", "shares": [{ "resource": "SALES", "basisPoints": 10_000 }] });
        let referrer = story.person(json!({})).await;
        let claim = json!({ "referrerPersonId": referrer, "claimedAt": "2026-01-15T00:00:00Z" });
        for more in [
            json!({ "path": "SELF_SERVE" }),
            json!({ "sourceResource": "SALES" }),
            json!({ "signedSplit": signed }),
            json!({ "referral": claim, "sourceResource": "SALES" }),
            json!({ "sourceResource": "SALES" }),
            json!({ "sourceResource": "MARKETING" }),
            json!({}),
            json!({ "sourceResource": "SALES" }),
        ] {
            let person = story.person(json!({})).await;
            if matches!(closes.len(), 4..=6) {
                touches.push(story.touch("2026-01-20T00:00:00Z", "PRODUCT", json!({ "personId": person })).await);
            }
            closes.push(story.close(sold("buyer", &person, more)).await["id"].take());
            people.push(person);
        }
        let before = "2026-02-01T12:00:00Z";
        let ops = story.at("2026-02-03T00:00:00Z");
        assert_eq!(proposals(&ops, json!({})).await, Vec::<Value>::new());
        // Marketing touched the first four before they bought, and so it did the last, but too early.
        for person in &people[..4] {
            story.touch("2026-01-10T00:00:00Z", "MARKETING", json!({ "personId": person })).await;
        }
        story.touch("2025-10-10T00:00:00Z", "MARKETING", json!({ "personId": people[7] })).await;
        // The referrer turns out to be the buyer.
        done(&ops, MERGE, json!({ "from": referrer, "to": people[3] })).await;
        // One touch was of Sales, and two never were.
        done(&ops, CORRECT, json!({ "touchId": touches[0], "resource": "SALES" })).await;
        for touch in &touches[1..] {
            done(&ops, CORRECT, json!({ "touchId": touch, "retract": true })).await;
        }
        let found = proposals(&ops, json!({})).await;
        let found: Vec<(usize, Value)> = found.iter().map(|it| (closes.iter().position(|close| *close == it["close"]["id"]).unwrap(), short(it))).collect();
        let mut found = found;
        found.sort_by_key(|(place, _)| *place);
        assert_eq!(found, [
            (0, json!(["OPEN", ["TOUCH_RECORDED"], "SELF_SERVE", [0, 10_000, 0]])),
            (1, json!(["OPEN", ["TOUCH_RECORDED"], "EVIDENCE", [0, 10_000, 0]])),
            // What was signed stays so, and where nothing says any more who earned it nothing is suggested.
            (3, json!(["OPEN", ["TOUCH_RECORDED"], "EVIDENCE", [0, 10_000, 0]])),
            (4, json!(["OPEN", ["TOUCH_CORRECTED"], "EVIDENCE", [10_000, 0, 0]])),
            (5, json!(["OPEN", ["TOUCH_TAKEN_BACK"], "SOURCE_RESOURCE", [0, 10_000, 0]])),
        ]);
        assert_eq!(proposals(&ops, json!({ "asOf": before })).await, Vec::<Value>::new());
        // A policy that is defined since does not judge them.
        story.policy(json!({ "lookbackDays": 1, "roundingBasisPoints": 10_000, "transferApproval": "NONE",
            "rules": ["EVIDENCE", "SIGNED_SPLIT", "REFERRAL_CLAIM", "SELF_SERVE", "SOURCE_RESOURCE"] })).await;
        assert_eq!(asked(&ops, json!({})).await["totalCount"], 5);
        // One that takes the place of another has what that had, whatever is known.
        let voided = &closes[1];
        done(&ops, MOVE_CLOSE, json!({ "closeId": voided, "kind": "VOID", "occurredAt": "2026-02-01T00:00:00Z", "reason": "because" })).await;
        let account = ops.gql("query($id: ID!) { close(id: $id) { account { id } } }", json!({ "id": voided })).await["close"]["account"]["id"].take();
        let again = json!({ "accountId": account, "personId": people[1], "occurredAt": "2026-02-02T00:00:00Z", "amount": usd("100.00"), "path": "ASSISTED", "reopensCloseId": voided });
        let again = story.close(again).await;
        assert_eq!(again["batches"][0]["rule"], "REOPENED");
        let ops = story.at("2026-02-04T00:00:00Z");
        story.touch("2026-02-01T00:00:00Z", "PRODUCT", json!({ "personId": people[1] })).await;
        assert_eq!(asked(&ops, json!({})).await["totalCount"], 4);
        // Pages in the order in which they were won.
        let first = asked(&ops, json!({ "first": 3 })).await;
        assert_eq!((first["nodes"].as_array().unwrap().len(), &first["pageInfo"]["hasNextPage"]), (3, &json!(true)));
        let rest = asked(&ops, json!({ "first": 3, "after": first["pageInfo"]["endCursor"] })).await;
        assert_eq!((rest["nodes"].as_array().unwrap().len(), &rest["pageInfo"]["hasNextPage"]), (1, &json!(false)));
    }

    async fn leads_see_their_buyers_and_only_the_desk_decides(app: TestApp) {
        let story = Story::begin(&app).await;
        let (anonymous, known, close) = bought(&story).await;
        done(&story.today(), MERGE, json!({ "from": anonymous, "to": known })).await;
        let (lead, other, product, rep) = (story.member(Role::SalesLead).await, story.member(Role::SalesLead).await,
            story.member(Role::ProductLead).await, story.member(Role::SalesRep).await);
        story.give_to(close.as_str().unwrap(), &lead).await;
        for (caller, count) in [(&lead, 1), (&other, 0), (&product, 1)] {
            assert_eq!(asked(caller, json!({})).await["totalCount"], count);
        }
        assert_eq!(rep.refused(PROPOSALS, json!({})).await, "FORBIDDEN");
        let before = rows(&app).await;
        for caller in [&lead, &product, &rep] {
            let input = json!({ "input": because(given(&close, [1300, 1200, 7500]), "ours") });
            assert_eq!(caller.refused(ACCEPT, input.clone()).await, "FORBIDDEN");
            assert_eq!(caller.refused(DISMISS, input).await, "FORBIDDEN");
        }
        assert_eq!(rows(&app).await, before);
    }

    async fn the_proposals_of_thirty_take_as_many_statements_as_that_of_one(app: TestApp) {
        let story = Story::begin(&app).await;
        let mut costs = Vec::new();
        for count in [1, 29] {
            for _ in 0..count {
                story.at("2026-02-01T00:00:00Z");
                let (visitor, person) = (story.person(json!({})).await, story.person(json!({})).await);
                story.touch("2026-01-03T00:00:00Z", "PRODUCT", json!({ "personId": visitor })).await;
                story.close(sold("buyer", &person, json!({ "sourceResource": "SALES" }))).await;
                let ops = story.at("2026-02-03T00:00:00Z");
                done(&ops, MERGE, json!({ "from": visitor, "to": person })).await;
            }
            let ops = story.at("2026-02-04T00:00:00Z");
            let before = app.statements();
            let found = ops.gql("{ creditProposals(period: { from: \"2026-01-01\", to: \"2026-04-01\" }, first: 100) { nodes { state rule } } }", json!({})).await;
            costs.push((found.to_string().matches("EVIDENCE").count(), app.app.db().statement_count() - before));
        }
        assert_eq!((costs[0].0, costs[1].0), (1, 30));
        assert_eq!(costs[0].1, costs[1].1);
    }
}
