//! Who belongs to which segment, and when.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{ADD, DEFINE, PROFILE, REMOVE, REVISE, account, act, condition, define, done, id, list, set};
use crate::support::story::{Story, problems};
use crate::support::{Caller, on_both_engines, rows};

const MEMBERS: &str = "query($id: ID!, $asOf: DateTime, $first: Int, $after: String) { segment(id: $id) {
    accounts(asOf: $asOf, first: $first, after: $after) { nodes { name } totalCount pageInfo { hasNextPage endCursor } visibility { complete } } } }";
const SEGMENTS: &str = "query($id: ID!, $asOf: DateTime) { account(id: $id) { segments(asOf: $asOf) { name } } }";

/// The names of the accounts of a segment.
async fn members(by: &Caller<'_>, segment: &str, as_of: Option<&str>) -> Vec<String> {
    let data = by.gql(MEMBERS, json!({ "id": segment, "asOf": as_of })).await;
    let accounts = &data["segment"]["accounts"];
    let names: Vec<String> = accounts["nodes"].as_array().unwrap().iter().map(|node| id(&node["name"])).collect();
    assert_eq!(accounts["totalCount"], names.len());
    names
}

async fn segments(by: &Caller<'_>, account: &str, as_of: Option<&str>) -> Vec<String> {
    let data = by.gql(SEGMENTS, json!({ "id": account, "asOf": as_of })).await;
    data["account"]["segments"].as_array().unwrap().iter().map(|node| id(&node["name"])).collect()
}

fn problem(field: &str, code: &str) -> (String, String) {
    (field.to_owned(), code.to_owned())
}

on_both_engines! {
    async fn a_segment_is_answered_as_it_was_defined_and_known_then(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-01-10T00:00:00Z");
        let small = account(&story, &ops, "Small", "INDUSTRY=Software EMPLOYEES=20").await;
        account(&story, &ops, "Large", "INDUSTRY=software EMPLOYEES=200").await;
        let open = account(&story, &ops, "Open", "INDUSTRY=Software").await;
        account(&story, &ops, "Steel", "INDUSTRY=Steel").await;
        let software = condition("INDUSTRY", "IN", &["SOFTWARE", "Games"]);
        let segment = define(&ops, "Software", &[software.clone(), condition("EMPLOYEES", "AT_LEAST", &["50"])]).await;
        assert_eq!(members(&ops, &segment, None).await, ["Large"]);
        let ops = story.at("2026-02-10T00:00:00Z");
        set(&ops, &open, "EMPLOYEES=50").await;
        assert_eq!(members(&ops, &segment, None).await, ["Large", "Open"]);
        let ops = story.at("2026-03-10T00:00:00Z");
        done(&ops, REVISE, json!({ "segmentId": segment, "conditions": [software, condition("EMPLOYEES", "AT_MOST", &["50"])] })).await;
        assert_eq!(members(&ops, &segment, None).await, ["Small", "Open"]);
        assert_eq!(segments(&ops, &small, None).await, ["Software"]);
        for (as_of, expected) in [
            ("2026-01-09T00:00:00Z", &[][..]),
            ("2026-01-10T00:00:00Z", &["Large"]),
            ("2026-02-09T23:59:59Z", &["Large"]),
            ("2026-02-10T00:00:00Z", &["Large", "Open"]),
            ("2026-03-09T23:59:59Z", &["Large", "Open"]),
            ("2026-03-10T00:00:00Z", &["Small", "Open"]),
        ] {
            assert_eq!(members(&ops, &segment, Some(as_of)).await, expected, "{as_of}");
            let belongs = |name: &str| if expected.contains(&name) { vec!["Software".to_owned()] } else { Vec::new() };
            assert_eq!(segments(&ops, &small, Some(as_of)).await, belongs("Small"), "{as_of}");
            assert_eq!(segments(&ops, &open, Some(as_of)).await, belongs("Open"), "{as_of}");
        }
    }

    async fn what_is_not_known_makes_nobody_belong_and_nobody_stay_out(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.today();
        account(&story, &ops, "Inside", "REGION=EMEA").await;
        account(&story, &ops, "Outside", "REGION=APAC").await;
        account(&story, &ops, "Nothing", "").await;
        for (name, one, expected) in [
            ("in", condition("REGION", "IN", &["EMEA"]), &["Inside"][..]),
            ("not in", condition("REGION", "NOT_IN", &["EMEA"]), &["Outside"]),
            ("known", condition("REGION", "KNOWN", &[]), &["Inside", "Outside"]),
            ("unknown", condition("REGION", "UNKNOWN", &[]), &["Nothing"]),
        ] {
            let segment = define(&ops, name, &[one]).await;
            assert_eq!(members(&ops, &segment, None).await, expected, "{name}");
        }
    }

    async fn a_list_holds_whom_it_was_given_until_they_are_taken_off(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-01-10T00:00:00Z");
        let (a, b, c) = (story.account("A").await, story.account("B").await, story.account("C").await);
        let segment = list(&ops, "Targets", &[&a, &b, &a]).await;
        assert_eq!(rows(&app).await["target_list_entry"], "2/0");
        let ops = story.at("2026-02-10T00:00:00Z");
        let input = |accounts: &[&str], key: Option<&str>| json!({ "segmentId": segment, "accountIds": accounts, "idempotencyKey": key });
        let first = done(&ops, ADD, input(&[&b, &c], Some("k"))).await;
        assert_eq!(first["targetList"]["changed"], 1);
        assert_eq!(done(&ops, ADD, input(&[&b, &c], Some("k"))).await, first);
        assert_eq!(done(&ops, ADD, input(&[&b, &c], None)).await["targetList"]["changed"], 0);
        assert_eq!(done(&ops, REMOVE, input(&[&a], None)).await["targetList"]["changed"], 1);
        assert_eq!(done(&ops, REMOVE, input(&[&a], None)).await["targetList"]["changed"], 0);
        assert_eq!(rows(&app).await["target_list_entry"], "4/0");
        assert_eq!(members(&ops, &segment, None).await, ["B", "C"]);
        assert_eq!(members(&ops, &segment, Some("2026-02-09T00:00:00Z")).await, ["A", "B"]);
        assert_eq!((segments(&ops, &a, None).await, segments(&ops, &c, None).await), (Vec::new(), vec!["Targets".to_owned()]));
        let page = ops.gql(MEMBERS, json!({ "id": segment, "first": 1 })).await;
        let end = &page["segment"]["accounts"]["pageInfo"];
        assert_eq!(end["hasNextPage"], true);
        let rest = ops.gql(MEMBERS, json!({ "id": segment, "first": 1, "after": end["endCursor"] })).await;
        assert_eq!(rest["segment"]["accounts"]["nodes"], json!([{ "name": "C" }]));
        assert_eq!(rest["segment"]["accounts"]["pageInfo"]["hasNextPage"], false);
        let before = rows(&app).await;
        let unknown = "acc_00000000000000000000000001";
        assert_eq!(problems(&act(&ops, ADD, input(&[&a, unknown], None)).await), [problem("accountIds.1", "NOT_FOUND")]);
        assert_eq!(problems(&act(&ops, ADD, input(&[], None)).await), [problem("accountIds", "REQUIRED")]);
        let conditions = json!({ "segmentId": segment, "conditions": [condition("REGION", "KNOWN", &[])] });
        assert_eq!(problems(&act(&ops, REVISE, conditions).await), [problem("conditions", "FIXED")]);
        assert_eq!(rows(&app).await, before);
        let filter = define(&ops, "Filter", &[condition("REGION", "KNOWN", &[])]).await;
        assert_eq!(problems(&act(&ops, ADD, json!({ "segmentId": filter, "accountIds": [a] })).await), [problem("segmentId", "INVALID")]);
    }

    async fn a_segment_is_defined_once_and_revised_by_who_saw_it(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.today();
        let known = condition("REGION", "KNOWN", &[]);
        let mut input = json!({ "name": "EMEA", "conditions": [known], "idempotencyKey": "k" });
        let first = done(&ops, DEFINE, input.clone()).await;
        assert_eq!(first["segment"]["kind"], "FILTER");
        assert_eq!(done(&ops, DEFINE, input.clone()).await, first);
        input["name"] = json!("APAC");
        assert_eq!(problems(&act(&ops, DEFINE, input).await), [problem("idempotencyKey", "IDEMPOTENCY_MISMATCH")]);
        assert_eq!(problems(&act(&ops, DEFINE, json!({ "name": "EMEA" })).await), [problem("name", "TAKEN")]);
        assert_eq!(problems(&act(&ops, DEFINE, json!({ "name": "None", "conditions": [] })).await), [problem("conditions", "REQUIRED")]);
        let bad = json!({ "name": "Bad", "conditions": [condition("region", "IN", &["x"]), condition("EMPLOYEES", "AT_LEAST", &["many"])] });
        assert_eq!(problems(&act(&ops, DEFINE, bad).await), [problem("conditions.0.key", "INVALID"), problem("conditions.1.values.0", "INVALID")]);
        assert_eq!((rows(&app).await["segment"].as_str(), rows(&app).await["segment_version"].as_str()), ("1/1", "1/0"));
        let id = id(&first["segment"]["id"]);
        // The same conditions again are no new version.
        let same = json!({ "segmentId": id, "name": "Europe", "conditions": [known], "expectedVersion": 1 });
        assert_eq!(done(&ops, REVISE, same.clone()).await["segment"]["version"], 2);
        assert_eq!(problems(&act(&ops, REVISE, same).await), [problem("expectedVersion", "STALE_VERSION")]);
        done(&ops, REVISE, json!({ "segmentId": id, "conditions": [condition("REGION", "IN", &["EMEA"])] })).await;
        let document = "query($id: ID!) { segment(id: $id) { name conditions { key op values } versions { totalCount nodes { number kind conditions { op } recordedBy { id } } } } }";
        let data = ops.gql(document, json!({ "id": id })).await;
        let by = json!({ "id": ops.member.unwrap().to_string() });
        assert_eq!(data["segment"], json!({ "name": "Europe", "conditions": [condition("REGION", "IN", &["EMEA"])], "versions": { "totalCount": 2, "nodes": [
            { "number": 2, "kind": "FILTER", "conditions": [{ "op": "IN" }], "recordedBy": by },
            { "number": 1, "kind": "FILTER", "conditions": [{ "op": "KNOWN" }], "recordedBy": by },
        ] } }));
    }

    async fn definitions_are_for_all_and_accounts_for_those_who_see_them(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.today();
        let theirs = story.account("Theirs").await;
        let (rep, marketer, lead) = (story.member(Role::SalesRep).await, story.member(Role::Marketer).await, story.member(Role::MarketingLead).await);
        let own = rep.gql("mutation { recordAccount(input: { name: \"Own\" }) { account { id } } }", json!({})).await;
        let own = id(&own["recordAccount"]["account"]["id"]);
        let segment = list(&lead, "Targets", &[&theirs, &own]).await;
        let shown = |data: Value| data["segment"]["accounts"].clone();
        let seen = shown(rep.gql(MEMBERS, json!({ "id": segment })).await);
        assert_eq!((&seen["nodes"], &seen["totalCount"], &seen["visibility"]["complete"]), (&json!([{ "name": "Own" }]), &json!(1), &json!(false)));
        let all = shown(ops.gql(MEMBERS, json!({ "id": segment })).await);
        assert_eq!((&all["totalCount"], &all["visibility"]["complete"]), (&json!(2), &json!(true)));
        let before = rows(&app).await;
        let profile = json!({ "key": "MAIN", "threshold": 50, "criteria": [{ "condition": condition("REGION", "KNOWN", &[]), "weight": 100 }] });
        for caller in [&rep, &marketer] {
            assert_eq!(caller.refused(DEFINE, json!({ "input": { "name": "x" } })).await, "FORBIDDEN");
            assert_eq!(caller.refused(REVISE, json!({ "input": { "segmentId": segment, "name": "x" } })).await, "FORBIDDEN");
            assert_eq!(caller.refused(ADD, json!({ "input": { "segmentId": segment, "accountIds": [own] } })).await, "FORBIDDEN");
            assert_eq!(caller.refused(REMOVE, json!({ "input": { "segmentId": segment, "accountIds": [own] } })).await, "FORBIDDEN");
            assert_eq!(caller.refused(PROFILE, json!({ "input": profile })).await, "FORBIDDEN");
            assert_eq!(caller.gql("{ segments { nodes { name } } icpProfiles { totalCount } }", json!({})).await["segments"]["nodes"], json!([{ "name": "Targets" }]));
        }
        assert_eq!(rows(&app).await, before);
        assert_eq!(story.member(Role::Partner).await.refused("{ segments { totalCount } }", json!({})).await, "FORBIDDEN");
        done(&lead, PROFILE, profile).await;
        assert_eq!(rows(&app).await["icp_profile"], "1/0");
    }
}
