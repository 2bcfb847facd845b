//! Finding activities, also of whoever is said to be the same, and in the journey.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{
    CANCEL, COMPLETE, CREATE_OPPORTUNITY, LOG, PLAN, REASSIGN, RECORD_ACCOUNT, RECORD_PERSON, RESCHEDULE, act, done, ids, listed, made,
    member, with,
};
use crate::identity::{JOURNEY, told};
use crate::stream::by_pages;
use crate::support::story::{Story, problems};
use crate::support::{Caller, on_both_engines};

async fn below(by: &Caller<'_>, kind: &str, id: &str) -> Vec<String> {
    let document = format!("query($id: ID!) {{ {kind}(id: $id) {{ activities {{ totalCount nodes {{ id }} }} }} }}");
    let data = by.gql(&document, json!({ "id": id })).await;
    let found = ids(&data[kind]["activities"]["nodes"]);
    assert_eq!(data[kind]["activities"]["totalCount"], found.len());
    found
}

on_both_engines! {
    async fn they_are_found_by_what_they_are_now(app: TestApp) {
        let acme = app.org("acme").await;
        let (ops, rep) = (acme.member(Role::Revops).await, acme.member(Role::SalesRep).await);
        let (ada, initech) = (made(&ops, RECORD_PERSON, json!({})).await, made(&ops, RECORD_ACCOUNT, json!({ "name": "Initech" })).await);
        let deal = made(&ops, CREATE_OPPORTUNITY, json!({ "accountId": initech, "name": "Paper" })).await;
        let plan = |kind: &str, more: Value| with(json!({ "kind": kind, "subject": kind }), more);
        let call = made(&ops, PLAN, plan("CALL", json!({ "personId": ada, "dueAt": "2026-06-01T11:00:00Z" }))).await;
        let meeting = made(&ops, PLAN, plan("MEETING", json!({ "accountId": initech, "dueAt": "2026-06-05T00:00:00Z" }))).await;
        let email = made(&ops, PLAN, plan("EMAIL", json!({ "opportunityId": deal, "ownerId": member(&rep) }))).await;
        let task = made(&ops, LOG, plan("TASK", json!({ "personId": ada, "accountId": initech, "outcome": "DONE" }))).await;
        let gone = made(&ops, PLAN, plan("CALL", json!({ "personId": ada }))).await;
        done(&ops, CANCEL, json!({ "activityId": gone, "reason": "no" })).await;
        for (filter, found) in [
            (json!({}), vec![&gone, &task, &email, &meeting, &call]),
            (json!({ "ownerId": member(&rep) }), vec![&email]),
            (json!({ "personId": ada }), vec![&gone, &task, &call]),
            (json!({ "accountId": initech }), vec![&task, &email, &meeting]),
            (json!({ "opportunityId": deal }), vec![&email]),
            (json!({ "kind": "CALL" }), vec![&gone, &call]),
            (json!({ "state": "PLANNED" }), vec![&email, &meeting]),
            (json!({ "state": "OVERDUE" }), vec![&call]),
            (json!({ "state": "COMPLETED" }), vec![&task]),
            (json!({ "state": "CANCELLED" }), vec![&gone]),
            (json!({ "dueFrom": "2026-06-01T11:00:00Z" }), vec![&meeting, &call]),
            (json!({ "dueFrom": "2026-06-01T11:00:00.000001Z" }), vec![&meeting]),
            (json!({ "dueTo": "2026-06-05T00:00:00Z" }), vec![&call]),
            (json!({ "dueTo": "2026-06-05T00:00:00.000001Z", "kind": "MEETING" }), vec![&meeting]),
            (json!({ "state": "PLANNED", "ownerId": member(&ops), "accountId": initech }), vec![&meeting]),
        ] {
            assert_eq!(listed(&ops, filter.clone()).await.iter().collect::<Vec<_>>(), found, "{filter}");
        }
        assert_eq!(below(&ops, "person", &ada).await, [&gone, &task, &call].map(Clone::clone));
        assert_eq!(below(&ops, "account", &initech).await, [&task, &email, &meeting].map(Clone::clone));
        assert_eq!(below(&ops, "opportunity", &deal).await, std::slice::from_ref(&email));
        // What was moved or given on is found where it is now.
        done(&ops, RESCHEDULE, json!({ "activityId": call, "dueAt": "2026-06-09T00:00:00Z" })).await;
        done(&ops, REASSIGN, json!({ "activityId": email, "ownerId": member(&ops) })).await;
        assert_eq!(listed(&ops, json!({ "dueTo": "2026-06-05T00:00:00Z" })).await, Vec::<String>::new());
        assert_eq!(listed(&ops, json!({ "dueFrom": "2026-06-09T00:00:00Z" })).await, std::slice::from_ref(&call));
        assert_eq!((listed(&ops, json!({ "state": "OVERDUE" })).await, listed(&ops, json!({ "ownerId": member(&rep) })).await), (vec![], vec![]));
        let document = "{ activities(filter: { dueFrom: \"2026-06-02T00:00:00Z\", dueTo: \"2026-06-02T00:00:00Z\" }) { totalCount } }";
        assert_eq!(ops.refused(document, json!({})).await, "BAD_USER_INPUT");
        let walk = "query($after: String) { activities(first: 2, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }";
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        loop {
            let mut page = ops.gql(walk, json!({ "after": after })).await["activities"].take();
            seen.extend(ids(&page["nodes"]));
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = page["pageInfo"]["endCursor"].take();
        }
        assert_eq!(seen.iter().collect::<Vec<_>>(), [&gone, &task, &email, &meeting, &call]);
    }

    async fn whoever_is_the_same_has_them_in_common(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let mut people = Vec::new();
        let mut planned = Vec::new();
        for _ in 0..3 {
            let person = made(&ops, RECORD_PERSON, json!({})).await;
            planned.push(made(&ops, PLAN, json!({ "kind": "CALL", "subject": "Ask", "personId": person })).await);
            people.push(person);
        }
        let merge = "mutation($input: MergeIdentitiesInput!) { mergeIdentities(input: $input) { userErrors { field code } } }";
        let both = json!({ "from": people[1], "to": people[0], "reason": "she said so" });
        assert_eq!(problems(&act(&ops, merge, both.clone()).await), []);
        let joined = vec![planned[1].clone(), planned[0].clone()];
        for person in &people[..2] {
            assert_eq!(below(&ops, "person", person).await, joined);
            assert_eq!(listed(&ops, json!({ "personId": person })).await, joined);
        }
        assert_eq!(below(&ops, "person", &people[2]).await, planned[2..]);
        // One of several at a time, in one document.
        let document = "{ people { nodes { id activities(first: 1) { totalCount nodes { id } pageInfo { hasNextPage } } } } }";
        let data = ops.gql(document, json!({})).await;
        for node in data["people"]["nodes"].as_array().unwrap() {
            let expected = if node["id"] == json!(people[2]) { (1, &planned[2], false) } else { (2, &planned[1], true) };
            let page = &node["activities"];
            assert_eq!((&page["totalCount"], ids(&page["nodes"]), &page["pageInfo"]["hasNextPage"]), (&json!(expected.0), vec![expected.1.clone()], &json!(expected.2)));
        }
        let unmerge = "mutation($input: UnmergeIdentitiesInput!) { unmergeIdentities(input: $input) { userErrors { field code } } }";
        assert_eq!(problems(&act(&ops, unmerge, both).await), []);
        for (person, planned) in people.iter().zip(&planned) {
            assert_eq!(below(&ops, "person", person).await, std::slice::from_ref(planned));
        }
    }

    async fn the_journey_tells_of_each_once(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-03-01T00:00:00Z");
        let initech = story.account("Initech").await;
        let ada = story.person(json!({ "accountId": initech })).await;
        let deal = made(&ops, CREATE_OPPORTUNITY, json!({ "accountId": initech, "name": "Paper", "openedAt": "2026-02-01T00:00:00Z" })).await;
        let plan = |kind: &str, of: Value| with(json!({ "kind": kind, "subject": kind, "dueAt": "2026-03-09T00:00:00Z" }), of);
        let call = made(&ops, PLAN, plan("CALL", json!({ "personId": ada, "accountId": initech, "opportunityId": deal }))).await;
        story.at("2026-03-02T00:00:00Z");
        let ops = story.at("2026-03-02T00:00:00Z");
        let email = made(&ops, PLAN, plan("EMAIL", json!({ "accountId": initech }))).await;
        let task = made(&ops, PLAN, plan("TASK", json!({ "opportunityId": deal }))).await;
        let ops = story.at("2026-03-04T00:00:00Z");
        done(&ops, COMPLETE, json!({ "activityId": call, "outcome": "REACHED", "occurredAt": "2026-03-03T00:00:00Z" })).await;
        done(&ops, CANCEL, json!({ "activityId": email, "reason": "no" })).await;
        done(&ops, RESCHEDULE, json!({ "activityId": task, "dueAt": "2026-03-20T00:00:00Z" })).await;
        let ops = story.at("2026-03-05T00:00:00Z");
        let found = ops.gql(JOURNEY, json!({ "account": initech })).await;
        let activities = |found: &Value| {
            let nodes = found["journey"]["nodes"].as_array().unwrap().iter().filter(|item| item["kind"].as_str().unwrap().starts_with("ACTIVITY"));
            nodes.map(|item| json!([item["occurredAt"], item["kind"], item["object"]["id"]])).collect::<Vec<_>>()
        };
        assert_eq!(activities(&found), [
            json!(["2026-03-02T00:00:00Z", "ACTIVITY_PLANNED", task]),
            json!(["2026-03-03T00:00:00Z", "ACTIVITY_COMPLETED", call]),
            json!(["2026-03-04T00:00:00Z", "ACTIVITY_CANCELLED", email]),
        ]);
        // What is of the person, the account and the deal is one item.
        assert_eq!(found["journey"]["totalCount"], found["journey"]["nodes"].as_array().unwrap().len());
        assert_eq!(told(&found).iter().filter(|word| *word == "TOUCH SALES").count(), 1);
        for size in [1, 2, 3, 100] {
            assert_eq!(by_pages(&ops, json!({ "account": initech }), size).await, *found["journey"]["nodes"].as_array().unwrap(), "{size}");
        }
        // Before it was recorded that one was done, it was to be done.
        let before = ops.gql(JOURNEY, json!({ "account": initech, "asOf": "2026-03-03T12:00:00Z" })).await;
        let mut then = activities(&before);
        then.sort_by_key(|item| item.to_string());
        let mut expected = vec![
            json!(["2026-03-01T00:00:00Z", "ACTIVITY_PLANNED", call]),
            json!(["2026-03-02T00:00:00Z", "ACTIVITY_PLANNED", email]),
            json!(["2026-03-02T00:00:00Z", "ACTIVITY_PLANNED", task]),
        ];
        expected.sort_by_key(|item| item.to_string());
        assert_eq!((then, &before["journey"]["totalCount"]), (expected, &json!(before["journey"]["nodes"].as_array().unwrap().len())));
        assert_eq!(activities(&ops.gql(JOURNEY, json!({ "person": ada })).await), [json!(["2026-03-03T00:00:00Z", "ACTIVITY_COMPLETED", call])]);
    }
}
