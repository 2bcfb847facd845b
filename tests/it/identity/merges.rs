//! Merging and taking back: the rules, and who may.

use entity::ids::{AccountId, TypedId};
use entity::kinds::{ActorKind, Channel, Resource, Role, TouchKind};
use entity::time::Timestamp;
use entity::touch;
use serde_json::{Value, json};
use tandem::auth::Scope;
use tandem::auth::permission::grant::TouchWrite;

use super::{MERGE, UNMERGE, act, done, merge, unmerge};
use crate::support::story::{Story, problems};
use crate::support::{Caller, on_both_engines, rows};

const IDENTITIES: &str = "query($id: ID!) { person(id: $id) { identity { id } identities { id } } }";
const SUGGESTIONS: &str =
    "query($kind: BuyerKind!, $first: Int, $after: String) { duplicateSuggestions(kind: $kind, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { reason shared from { ... on Person { id } ... on Account { id } } to { ... on Person { id } ... on Account { id } } } } }";

/// Who somebody is, and all who are the same.
async fn who(by: &Caller<'_>, id: &str) -> (String, Vec<String>) {
    let person = by.gql(IDENTITIES, json!({ "id": id })).await["person"].take();
    let text = |value: &Value| value["id"].as_str().unwrap().to_owned();
    (text(&person["identity"]), person["identities"].as_array().unwrap().iter().map(text).collect())
}

on_both_engines! {
    async fn merges_are_pointers_that_can_be_taken_back_one_by_one(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-02-01T00:00:00Z");
        let (a, b, c) = (story.person(json!({})).await, story.person(json!({})).await, story.person(json!({})).await);
        let first = merge(&ops, &c, &a).await;
        assert_eq!((&first["from"]["id"], &first["to"]["id"], &first["endedAt"]), (&json!(c), &json!(a), &Value::Null));
        merge(&ops, &b, &c).await;
        assert_eq!(who(&ops, &b).await, (a.clone(), vec![a.clone(), b.clone(), c.clone()]));
        let later = story.at("2026-02-02T00:00:00Z");
        let ended = done(&later, UNMERGE, json!({ "from": c, "to": a, "reason": "two visitors of one desk" })).await;
        assert_eq!(ended["identityPointer"]["endedAt"], "2026-02-02T00:00:00Z");
        assert_eq!(ended["identityPointer"]["endReason"], "two visitors of one desk");
        // The other merge stays.
        assert_eq!(who(&later, &a).await, (a.clone(), vec![a.clone()]));
        assert_eq!(who(&later, &b).await, (c.clone(), vec![b.clone(), c.clone()]));
        let listed = later.gql("query($id: ID) { identityPointers(buyerId: $id) { totalCount nodes { endedAt } } }", json!({ "id": c })).await;
        assert_eq!(listed["identityPointers"]["totalCount"], 2);
    }

    async fn said_again_nothing_changes(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-02-01T00:00:00Z");
        let (a, b) = (story.person(json!({})).await, story.person(json!({})).await);
        let first = merge(&ops, &a, &b).await;
        let before = rows(&app).await;
        assert_eq!(merge(&ops, &a, &b).await, first);
        assert_eq!(rows(&app).await, before);
        let keyed = json!({ "from": a, "to": b, "idempotencyKey": "once" });
        assert_eq!(done(&ops, UNMERGE, keyed.clone()).await, done(&ops, UNMERGE, keyed).await);
        let ended = unmerge(&ops, &a, &b).await;
        let before = rows(&app).await;
        assert_eq!(unmerge(&ops, &a, &b).await, ended, "taken back already");
        assert_eq!(rows(&app).await, before);
        // What was taken back can be said again.
        assert_ne!(merge(&ops, &a, &b).await["id"], first["id"]);
        assert_eq!(who(&ops, &a).await.0, b);
    }

    async fn what_makes_no_sense_is_refused_and_nothing_is_stored(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-02-01T00:00:00Z");
        let (a, b, c) = (story.person(json!({})).await, story.person(json!({})).await, story.person(json!({})).await);
        let account = story.account("Globex").await;
        let erased = story.person(json!({})).await;
        done(&ops, "mutation($input: ErasePersonInput!) { erasePerson(input: $input) { userErrors { code } } }", json!({ "personId": erased })).await;
        merge(&ops, &a, &b).await;
        merge(&ops, &b, &c).await;
        let before = rows(&app).await;
        let nobody = "per_00000000000000000000000001";
        for (from, to, field, code) in [
            (&c, a.as_str(), "to", "CYCLE"),
            (&b, a.as_str(), "to", "CYCLE"),
            (&a, a.as_str(), "to", "SELF_REFERENCE"),
            (&a, account.as_str(), "to", "INVALID"),
            (&account, a.as_str(), "to", "INVALID"),
            (&a, nobody, "to", "NOT_FOUND"),
            (&a, erased.as_str(), "to", "ERASED"),
            (&erased, a.as_str(), "from", "ERASED"),
        ] {
            assert_eq!(problems(&act(&ops, MERGE, json!({ "from": from, "to": to })).await), [(field.to_owned(), code.to_owned())], "{from} {to}");
        }
        assert_eq!(problems(&act(&ops, UNMERGE, json!({ "from": a, "to": c })).await), [("from".to_owned(), "NOT_FOUND".to_owned())]);
        assert_eq!(ops.refused(MERGE, json!({ "input": { "from": "tac_00000000000000000000000001", "to": a } })).await, "BAD_USER_INPUT");
        assert_eq!(rows(&app).await, before);
        // What does not lead round is fine, whichever way.
        merge(&ops, &a, &c).await;
    }

    async fn merging_much_writes_little(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-02-01T00:00:00Z");
        let (a, b) = (story.account("Globex").await, story.account("Globex Inc.").await);
        let scope: Scope<TouchWrite> = story.acme.setup().authorize().unwrap();
        let row = |account: &str| touch::Model {
            organization_id: scope.organization_id(),
            id: scope.next_id(),
            occurred_at: Timestamp::EPOCH,
            kind: TouchKind::Visit,
            channel: Channel::Web,
            actor_kind: ActorKind::Campaign,
            resource: Resource::Marketing,
            direction: None,
            tactic_id: None,
            person_id: None,
            account_id: Some(AccountId::parse(account).unwrap()),
            content_id: None,
            supersedes_id: None,
            retracted: false,
            source: None,
            external_id: None,
            recorded_at: scope.now(),
        };
        let touches: Vec<touch::Model> = (0..10_000).map(|index| row(if index % 2 == 0 { &a } else { &b })).collect();
        let tx = scope.write().await.unwrap();
        tx.insert_many::<touch::Entity>(&touches).await.unwrap();
        tx.commit().await.unwrap();
        let before = rows(&app).await;
        let statements = app.statements();
        merge(&ops, &a, &b).await;
        assert!(app.statements() - statements < 30, "{}", app.statements() - statements);
        let changed: Vec<_> = rows(&app).await.into_iter().filter(|(table, count)| table != "event" && before[table] != *count).collect();
        assert_eq!(changed, [("identity_pointer".to_owned(), "1/0".to_owned())]);
        let journey = ops.gql(crate::identity::JOURNEY, json!({ "account": b })).await;
        assert_eq!(journey["journey"]["totalCount"], 10_001);
    }

    async fn of_two_that_would_lead_round_one_wins(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-02-01T00:00:00Z");
        let mut people = Vec::new();
        for _ in 0..4 {
            people.push(story.person(json!({})).await);
        }
        // Each holds two of the four; together they would lead round.
        let said = (0..4).map(|index| act(&ops, MERGE, json!({ "from": people[index], "to": people[(index + 1) % 4] })));
        let answers = futures_util::future::join_all(said).await;
        let refused: Vec<_> = answers.iter().flat_map(problems).collect();
        assert_eq!(refused, [("to".to_owned(), "CYCLE".to_owned())]);
        assert_eq!(rows(&app).await["identity_pointer"], "3/0");
    }

    async fn who_may_change_both_merges_them(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-02-01T00:00:00Z");
        let (a, b) = (story.person(json!({})).await, story.person(json!({})).await);
        let callers = [Role::SalesRep, Role::Executive, Role::Auditor, Role::SalesAssistant];
        let mut members = Vec::new();
        for role in callers {
            members.push(story.acme.member(role).await);
        }
        let own = json!({ "ownerId": members[0].member.unwrap().to_string() });
        let mine = story.person(own.clone()).await;
        let mine_too = story.person(own).await;
        let before = rows(&app).await;
        for caller in &members[1..] {
            for document in [MERGE, UNMERGE] {
                assert_eq!(caller.refused(document, json!({ "input": { "from": a, "to": b } })).await, "FORBIDDEN");
            }
        }
        assert_eq!(problems(&act(&members[0], MERGE, json!({ "from": mine, "to": a })).await), [("to".to_owned(), "NOT_FOUND".to_owned())]);
        assert_eq!(rows(&app).await, before);
        merge(&members[0], &mine, &mine_too).await;
        // That others are the same is for those who see both.
        merge(&ops, &mine, &a).await;
        let seen = members[0].gql("{ identityPointers { totalCount } }", json!({})).await;
        assert_eq!(seen["identityPointers"]["totalCount"], 1);
        let (name, all) = who(&ops, &mine).await;
        assert_eq!((name, all.len()), (a, 3));
    }

    async fn duplicates_are_suggested_with_a_reason_and_merged_on_request_only(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-02-01T00:00:00Z");
        let known = |email: &str| json!({ "email": email, "knownAt": "2026-01-10T00:00:00Z" });
        let ada = story.person(known("Ada@Example.com")).await;
        story.person(known("bob@example.com")).await;
        let again = story.person(known("ada+news@example.com")).await;
        let third = story.person(known("ada@example.com")).await;
        let asked = |kind: &str| json!({ "kind": kind, "first": 1 });
        let first = ops.gql(SUGGESTIONS, asked("PERSON")).await["duplicateSuggestions"].take();
        assert_eq!((&first["totalCount"], &first["pageInfo"]["hasNextPage"]), (&json!(2), &json!(true)));
        assert_eq!(first["nodes"], json!([{ "reason": "SAME_EMAIL", "shared": "ada@example.com", "from": { "id": again }, "to": { "id": ada } }]));
        let rest = ops.gql(SUGGESTIONS, json!({ "kind": "PERSON", "after": first["pageInfo"]["endCursor"] })).await["duplicateSuggestions"].take();
        assert_eq!((&rest["nodes"][0]["from"]["id"], rest["nodes"].as_array().unwrap().len()), (&json!(third), 1));
        assert_eq!(who(&ops, &again).await.0, again, "nobody merged them");
        merge(&ops, &again, &ada).await;
        let left = ops.gql(SUGGESTIONS, json!({ "kind": "PERSON" })).await["duplicateSuggestions"].take();
        assert_eq!((&left["totalCount"], &left["nodes"][0]["from"]["id"]), (&json!(1), &json!(third)));

        let account = "mutation($input: RecordAccountInput!) { recordAccount(input: $input) { account { id } userErrors { code } } }";
        let one = done(&ops, account, json!({ "name": "Globex", "domain": "globex.example" })).await["account"]["id"].take();
        let two = done(&ops, account, json!({ "name": "Globex Inc.", "domain": "www.globex.example" })).await["account"]["id"].take();
        let found = ops.gql(SUGGESTIONS, json!({ "kind": "ACCOUNT" })).await["duplicateSuggestions"]["nodes"].take();
        assert_eq!(found, json!([{ "reason": "SAME_DOMAIN", "shared": "globex.example", "from": { "id": two }, "to": { "id": one } }]));
        // An address is contact data; a domain is not.
        let executive = story.acme.member(Role::Executive).await;
        assert_eq!(executive.refused(SUGGESTIONS, json!({ "kind": "PERSON" })).await, "FORBIDDEN");
        assert_eq!(executive.gql(SUGGESTIONS, json!({ "kind": "ACCOUNT" })).await["duplicateSuggestions"]["totalCount"], 1);
    }

    async fn whoever_is_the_same_is_erased_with_somebody(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-02-01T00:00:00Z");
        let known = |email: &str| json!({ "name": "Ada", "email": email, "knownAt": "2026-01-10T00:00:00Z" });
        let (a, b, c) = (story.person(known("a@example.com")).await, story.person(known("b@example.com")).await, story.person(known("c@example.com")).await);
        merge(&ops, &b, &a).await;
        done(&ops, "mutation($input: ErasePersonInput!) { erasePerson(input: $input) { userErrors { code } } }", json!({ "personId": a })).await;
        let left = ops.gql("query($ids: [ID!]!) { nodes(ids: $ids) { ... on Person { name email } } }", json!({ "ids": [a, b, c] })).await;
        let nobody = json!({ "name": null, "email": null });
        assert_eq!(left["nodes"], json!([nobody, nobody, { "name": "Ada", "email": "c@example.com" }]));
    }

    async fn why_two_are_one_is_forgotten_with_them(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-02-01T00:00:00Z");
        let (a, b) = (story.person(json!({})).await, story.person(json!({})).await);
        done(&ops, MERGE, json!({ "from": a, "to": b, "reason": "she told Ada so" })).await;
        done(&ops, UNMERGE, json!({ "from": a, "to": b, "reason": "she did not tell Ada" })).await;
        let export = "mutation($input: ExportPersonInput!) { exportPerson(input: $input) { export { document } userErrors { code } } }";
        let held = done(&ops, export, json!({ "personId": a })).await["export"]["document"].take();
        assert_eq!((&held["identityPointers"][0]["reason"], &held["identityPointers"][0]["toPersonId"]), (&json!("she told Ada so"), &json!(b)));
        assert_eq!(held["identityPointerEnds"][0]["reason"], "she did not tell Ada");
        done(&ops, "mutation($input: ErasePersonInput!) { erasePerson(input: $input) { userErrors { code } } }", json!({ "personId": b })).await;
        let left = done(&ops, export, json!({ "personId": a })).await["export"]["document"].take();
        assert_eq!((&left["identityPointers"][0]["reason"], &left["identityPointerEnds"][0]["reason"]), (&Value::Null, &Value::Null));
    }
}
