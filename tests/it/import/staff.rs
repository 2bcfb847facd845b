//! Who works here and how accounts are divided, as files tell it.

use entity::kinds::Role;
use serde_json::{Value, json};
use tandem::ingest::Kind;

use super::{Files, run_with};
use crate::identity::done;
use crate::support::on_both_engines;

const MAPPING: &str = r#"
source = "crm"

[[file]]
name = "deals"

[[file.team]]
when = "{team}"
name = "{team}"
resource = "SALES"

[[file.member]]
when = "{seller}"
email = "{seller}@example.com"
name = "Seller {seller}"
role = { value = "{role}", default = "SALES_REP" }
team = { value = "{member_of}", default = "{team}" }

[[file.account]]
id = "{account}"
name = "Company {account}"
owner = { value = "{owner}", default = "{seller}@example.com" }

[[file.person]]
id = "{account}#buyer"
account = "{account}"
owner = "{seller}@example.com"

[[file.attribute]]
when = "{branch}"
account = "{account}"
key = "BRANCH"
value = "{branch}"

[[file.segment]]
when = "{branch}"
name = "Branch {branch}"
key = "BRANCH"
value = "{branch}"
"#;

const HEADER: &str = "account,seller,role,team,member_of,owner,branch\n";

const QUESTION: &str = "{
    teams(first: 10) { nodes { name resources } }
    members(first: 20) { nodes { email name role resource team { name } } }
    segments(first: 10) { nodes { name accounts(first: 10) { nodes { name owner { email } } } } }
    people(first: 10) { nodes { owner { email } } } }";

fn member(email: &str, name: &str, role: &str, team: &str) -> Value {
    json!({ "email": email, "name": name, "role": role, "resource": "SALES", "team": { "name": team } })
}

/// The members the files told of.
fn imported(answer: &Value) -> Vec<Value> {
    answer["members"]["nodes"].as_array().unwrap().iter().filter(|member| !member["team"].is_null()).cloned().collect()
}

on_both_engines! {
    async fn teams_members_and_segments_come_with_the_rows(app: TestApp) {
        let acme = app.org("acme").await;
        let files = Files::new();
        let rows = format!("{HEADER}A1,ada,,Field,,,pet\nA2,ada,,Field,,,books\nA3,Bob,SALES_ASSISTANT,Desk,,Ada@example.com,pet\n");
        let first = run_with(&acme, MAPPING, vec![files.csv("deals.csv", &rows)], false).await.unwrap();
        assert_eq!((first.rows, first.rejected), (3, 0), "{}", if first.rejected > 0 { files.read("deals.csv.rejects.csv") } else { String::new() });
        let recorded = |kind| first.count(kind).recorded;
        assert_eq!([Kind::Team, Kind::Member, Kind::Account, Kind::Attribute, Kind::Segment].map(recorded), [2, 2, 3, 3, 2]);
        let ops = acme.member(Role::Executive).await;
        let answer = ops.gql(QUESTION, json!({})).await;
        assert_eq!(answer["teams"]["nodes"], json!([{ "name": "Desk", "resources": ["SALES"] }, { "name": "Field", "resources": ["SALES"] }]));
        let (ada, bob) = (member("ada@example.com", "Seller ada", "SALES_REP", "Field"), member("bob@example.com", "Seller Bob", "SALES_ASSISTANT", "Desk"));
        // The newest first.
        assert_eq!(imported(&answer), [bob, ada]);
        let owned = |name: &str| json!({ "name": name, "owner": { "email": "ada@example.com" } });
        let mut segments = answer["segments"]["nodes"].clone();
        segments[1]["accounts"]["nodes"].as_array_mut().unwrap().sort_by_key(|account| account["name"].to_string());
        assert_eq!(segments, json!([
            { "name": "Branch books", "accounts": { "nodes": [owned("Company A2")] } },
            { "name": "Branch pet", "accounts": { "nodes": [owned("Company A1"), owned("Company A3")] } },
        ]));
        let mut owners: Vec<&str> = answer["people"]["nodes"].as_array().unwrap().iter().map(|person| person["owner"]["email"].as_str().unwrap()).collect();
        owners.sort_unstable();
        assert_eq!(owners, ["ada@example.com", "ada@example.com", "bob@example.com"]);

        // What somebody changed since then stays, and another branch takes the place of the first.
        let admin = acme.member(Role::Admin).await;
        let found = admin.gql("{ members(first: 20) { nodes { id email } } }", json!({})).await;
        let ada = found["members"]["nodes"].as_array().unwrap().iter().find(|member| member["email"] == "ada@example.com").unwrap()["id"].clone();
        done(&admin, "mutation($input: ReviseMemberInput!) { reviseMember(input: $input) { member { id } userErrors { code } } }", json!({ "memberId": ada, "name": "Ada L." })).await;
        let again = rows.replace("A2,ada,,Field,,,books", "A2,ada,,Field,,,pet");
        let second = run_with(&acme, MAPPING, vec![files.csv("deals.csv", &again)], false).await.unwrap();
        assert_eq!((second.rejected, second.total().recorded, second.count(Kind::Attribute).recorded), (0, 1, 1));
        let answer = ops.gql(QUESTION, json!({})).await;
        assert_eq!(imported(&answer)[1]["name"], "Ada L.");
        let counts: Vec<usize> = answer["segments"]["nodes"].as_array().unwrap().iter().map(|segment| segment["accounts"]["nodes"].as_array().unwrap().len()).collect();
        assert_eq!(counts, [0, 3]);
    }

    async fn nothing_new_becomes_theirs_who_left(app: TestApp) {
        let acme = app.org("acme").await;
        let files = Files::new();
        let rows = format!("{HEADER}A1,ada,,Field,,,\n");
        run_with(&acme, MAPPING, vec![files.csv("deals.csv", &rows)], false).await.unwrap();
        let admin = acme.member(Role::Admin).await;
        let found = admin.gql("{ members(first: 20) { nodes { id email } } }", json!({})).await;
        let ada = found["members"]["nodes"].as_array().unwrap().iter().find(|member| member["email"] == "ada@example.com").unwrap()["id"].clone();
        done(&admin, "mutation($input: ReviseMemberInput!) { reviseMember(input: $input) { member { id } userErrors { field code } } }", json!({ "memberId": ada, "active": false })).await;
        // The same file again, with one more row of theirs.
        let more = format!("{rows}A2,ada,,Field,,,\nA3,nul\0,,Field,,,\n");
        let summary = run_with(&acme, MAPPING, vec![files.csv("deals.csv", more)], false).await.unwrap();
        assert_eq!((summary.rejected, summary.count(Kind::Account).recorded, summary.count(Kind::Account).unchanged), (1, 1, 1), "{}", files.read("deals.csv.rejects.csv"));
        let accounts = admin.gql("{ accounts { nodes { name owner { email } } } }", json!({})).await["accounts"]["nodes"].take();
        assert_eq!(accounts, json!([{ "name": "Company A2", "owner": null }, { "name": "Company A1", "owner": { "email": "ada@example.com" } }]));
    }

    async fn what_does_not_fit_is_told_with_its_row(app: TestApp) {
        let acme = app.org("acme").await;
        let files = Files::new();
        let rows = format!("{HEADER}A1,root,ADMIN,Field,,,\nA2,cleo,,,Nowhere,,\nA3,dan,,Field,,nobody@example.com,\nA4,eve,,Field,,,{}\n", "x".repeat(300));
        let summary = run_with(&acme, MAPPING, vec![files.csv("deals.csv", rows)], false).await.unwrap();
        assert_eq!((summary.rows, summary.rejected), (4, 4));
        let told = files.read("deals.csv.rejects.csv");
        for (row, problem) in [
            (1, "member.role: administrators are added by administrators"),
            (2, "member.team: no team is called `Nowhere`"),
            (3, "account.owner: no member has the address `nobody@example.com`"),
            (4, "attribute.attributes.0.value: "),
        ] {
            let line = told.lines().nth(row).unwrap();
            assert!(line.contains(problem), "{line}");
        }
        let members = acme.member(Role::Executive).await.gql("{ members(first: 20) { nodes { email } } }", json!({})).await.to_string();
        assert!(!members.contains("root@") && !members.contains("cleo@") && members.contains("dan@") && members.contains("eve@"), "{members}");
    }
}
