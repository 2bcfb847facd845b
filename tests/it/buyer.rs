//! One buyer's way, from the first anonymous visit to a close they made by themselves, told by their journey after every step.

use serde_json::{Value, json};

use crate::identity::{JOURNEY, done};
use crate::support::on_both_engines;
use crate::support::story::{Story, usd};

const IDENTIFY: &str = "mutation($input: IdentifyPersonInput!) { identifyPerson(input: $input) {
    identification { person { id } visitor { identity { id } } } userErrors { field code } } }";
const OPEN: &str =
    "mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) { opportunity { id } userErrors { field code } } }";
const STALL: &str = "mutation($input: MarkStalledInput!) { markStalled(input: $input) { userErrors { field code } } }";
const RESUME: &str = "mutation($input: ResumeOpportunityInput!) { resumeOpportunity(input: $input) { userErrors { field code } } }";
const ROLE: &str = "mutation($input: SetBuyingRoleInput!) { setBuyingRole(input: $input) { userErrors { field code } } }";
const RAISE: &str = "mutation($input: RaiseBlockerInput!) { raiseBlocker(input: $input) { blocker { id } userErrors { field code } } }";
const RESOLVE: &str = "mutation($input: ResolveBlockerInput!) { resolveBlocker(input: $input) { userErrors { field code } } }";
const STANDING: &str = "query($id: ID!) { opportunity(id: $id) { status outcome } }";

on_both_engines! {
    async fn from_an_anonymous_visit_to_a_close_by_themselves(app: TestApp) {
        let story = Story::begin(&app).await;
        let mut told: Vec<String> = Vec::new();
        let account = { story.at("2026-01-02T12:00:00Z"); story.account("Globex").await };
        // Reads the whole journey at the end of a day, and keeps it: it must be what it was, and what was added.
        let journey = async |day: &str, of: &Value| -> Vec<String> {
            let ops = story.at(&format!("{day}T20:00:00Z"));
            let data = ops.gql(JOURNEY, of.clone()).await;
            crate::identity::told(&data)
        };
        let mut kept: Vec<(String, Vec<String>)> = Vec::new();

        // Anonymous: a search, and a visit to the community.
        story.at("2026-01-03T12:00:00Z");
        let visitor = story.person(json!({ "externalId": { "source": "web", "value": "c1" } })).await;
        story.touch("2026-01-03T10:00:00Z", "MARKETING", json!({ "personId": visitor, "channel": "ORGANIC_SEARCH" })).await;
        story.touch("2026-01-03T11:00:00Z", "PRODUCT", json!({ "personId": visitor, "channel": "COMMUNITY" })).await;
        let person = json!({ "person": visitor });
        told.extend(["TOUCH MARKETING", "TOUCH PRODUCT"].map(str::to_owned));
        assert_eq!(journey("2026-01-03", &person).await, told);
        kept.push(("2026-01-03T20:00:00Z".to_owned(), told.clone()));

        // Known: they begin a trial and leave their address.
        let ops = story.at("2026-01-06T12:00:00Z");
        let input = json!({ "anonymousId": { "source": "web", "value": "c1" }, "how": "TRIAL_BEGUN", "occurredAt": "2026-01-06T10:00:00Z",
            "name": "Ada", "email": "ada@globex.example", "accountId": account });
        let known = done(&ops, IDENTIFY, input).await["identification"].take();
        assert_eq!((&known["person"]["id"], &known["visitor"]["identity"]["id"]), (&json!(visitor), &json!(visitor)));
        story.stage("2026-01-06T11:00:00Z", "KNOWN", &visitor).await;
        told.extend(["IDENTIFIED", "STAGE_EVENT KNOWN"].map(str::to_owned));
        assert_eq!(journey("2026-01-06", &person).await, told);
        kept.push(("2026-01-06T20:00:00Z".to_owned(), told.clone()));

        // An opportunity, in which they decide.
        let ops = story.at("2026-01-10T12:00:00Z");
        let opened = json!({ "accountId": account, "name": "Globex trial", "openedAt": "2026-01-10T10:00:00Z", "sourceResource": "PRODUCT" });
        let opportunity = done(&ops, OPEN, opened).await["opportunity"]["id"].take();
        let role = json!({ "opportunityId": opportunity, "personId": visitor, "role": "DECIDER", "stance": "NEUTRAL", "since": "2026-01-10T11:00:00Z" });
        done(&ops, ROLE, role).await;
        told.extend(["OPPORTUNITY", "BUYING_ROLE"].map(str::to_owned));
        assert_eq!(journey("2026-01-10", &person).await, told);
        kept.push(("2026-01-10T20:00:00Z".to_owned(), told.clone()));

        // Stalled, for the colleagues do not agree.
        let ops = story.at("2026-01-15T12:00:00Z");
        let blocker = json!({ "opportunityId": opportunity, "kind": "CONSENSUS", "side": "BUYER", "raisedAt": "2026-01-15T09:00:00Z" });
        let blocker = done(&ops, RAISE, blocker).await["blocker"]["id"].take();
        let stalled = json!({ "opportunityId": opportunity, "stalledAt": "2026-01-15T10:00:00Z", "reason": "they disagree", "resumesOn": "2026-02-01" });
        done(&ops, STALL, stalled).await;
        assert_eq!(ops.gql(STANDING, json!({ "id": opportunity })).await["opportunity"], json!({ "status": null, "outcome": null }));
        told.extend(["BLOCKER_RAISED", "OPPORTUNITY_EVENT"].map(str::to_owned));
        assert_eq!(journey("2026-01-15", &person).await, told);
        kept.push(("2026-01-15T20:00:00Z".to_owned(), told.clone()));

        // Resolved: a peer told how others did it.
        let ops = story.at("2026-01-25T12:00:00Z");
        story.touch("2026-01-24T10:00:00Z", "PRODUCT", json!({ "personId": visitor, "channel": "WORD_OF_MOUTH", "actorKind": "PEER" })).await;
        done(&ops, RESOLVE, json!({ "blockerId": blocker, "resolvedAt": "2026-01-25T10:00:00Z", "resolution": "a peer showed how" })).await;
        done(&ops, RESUME, json!({ "opportunityId": opportunity, "resumedAt": "2026-01-25T11:00:00Z" })).await;
        told.extend(["TOUCH PRODUCT", "BLOCKER_RESOLVED", "OPPORTUNITY_EVENT"].map(str::to_owned));
        assert_eq!(journey("2026-01-25", &person).await, told);
        kept.push(("2026-01-25T20:00:00Z".to_owned(), told.clone()));

        // A close they made by themselves: no seller ever touched them, and Marketing was there first.
        story.at("2026-02-02T12:00:00Z");
        let close = story.close(json!({ "accountId": account, "personId": visitor, "opportunityId": opportunity, "occurredAt": "2026-02-02T10:00:00Z",
            "amount": usd("900.00"), "path": "SELF_SERVE" })).await;
        assert_eq!(close["batches"][0]["entries"], json!([{ "resource": "MARKETING", "basisPoints": 10000 }]));
        let ops = story.at("2026-02-02T13:00:00Z");
        assert_eq!(ops.gql(STANDING, json!({ "id": opportunity })).await["opportunity"], json!({ "status": "WON", "outcome": "WON" }));
        let mut at_last = journey("2026-02-02", &person).await;
        assert_eq!(at_last[..told.len()], told[..]);
        let mut added = at_last.split_off(told.len());
        added.sort();
        assert_eq!(added, ["CLOSE", "CREDIT", "OPPORTUNITY_EVENT", "STAGE_EVENT CLOSED"]);

        // The account's journey is the same, and every day keeps what was told on it.
        let of_account = ops_journey(&story, json!({ "account": account })).await;
        let of_person = ops_journey(&story, json!({ "person": visitor })).await;
        assert_eq!(of_account, of_person);
        for (as_of, told) in kept {
            assert_eq!(crate::identity::told(&story.today().gql(JOURNEY, json!({ "person": visitor, "asOf": as_of })).await), told, "{as_of}");
        }
    }
}

/// The items of a journey as they stand today.
async fn ops_journey(story: &Story<'_>, of: Value) -> Value {
    story.today().gql(JOURNEY, of).await["journey"]["nodes"].take()
}
