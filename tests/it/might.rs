//! Nobody makes themselves or anybody else mightier than they are, on both engines.

use entity::kinds::Role;
use serde_json::{Value, json};

use crate::support::story::problems;
use crate::support::{Caller, TestOrganization, on_both_engines, rows};

const DEFINE_ROLE: &str = "mutation($input: DefineRoleInput!) { defineRole(input: $input) {
    customRole { id grants { permission reach } } userErrors { field code message } } }";
const REVISE_ROLE: &str =
    "mutation($input: ReviseRoleInput!) { reviseRole(input: $input) { customRole { version } userErrors { field code } } }";
const REVISE_MEMBER: &str = "mutation($input: ReviseMemberInput!) { reviseMember(input: $input) {
    member { name active team { id } } userErrors { field code } } }";
const ADD_MEMBER: &str = "mutation($input: AddMemberInput!) { addMember(input: $input) { member { id } userErrors { field code } } }";
const CREATE_TEAM: &str = "mutation($input: CreateTeamInput!) { createTeam(input: $input) { team { id } userErrors { field code } } }";
const REVISE_TEAM: &str = "mutation($input: ReviseTeamInput!) { reviseTeam(input: $input) { team { id } userErrors { field code } } }";

fn grants(list: &[(&str, &str)]) -> Value {
    list.iter().map(|(permission, reach)| json!({ "permission": permission, "reach": reach })).collect()
}

const CLERK: &[(&str, &str)] =
    &[("ORGANIZATION_READ", "ORGANIZATION"), ("ORGANIZATION_MANAGE", "ORGANIZATION"), ("DIRECTORY_READ", "ORGANIZATION")];

async fn role(admin: &Caller<'_>, name: &str, list: &[(&str, &str)]) -> Value {
    admin.gql(DEFINE_ROLE, json!({ "input": { "name": name, "grants": grants(list) } })).await["defineRole"]["customRole"]["id"].take()
}

/// A member with a role of their own that lets them manage the organization, and more.
async fn clerk<'a>(acme: &TestOrganization<'a>, admin: &Caller<'a>, more: &[(&str, &str)], place: Value) -> Caller<'a> {
    let role = role(admin, "Clerk", &[CLERK, more].concat()).await;
    let clerk = acme.member(Role::Partner).await;
    let mut input = json!({ "memberId": clerk.member.unwrap().to_string(), "customRoleId": role });
    input.as_object_mut().unwrap().extend(place.as_object().unwrap().clone());
    assert_eq!(revised(admin, input).await, []);
    clerk
}

async fn revised(by: &Caller<'_>, input: Value) -> Vec<(String, String)> {
    problems(&by.gql(REVISE_MEMBER, json!({ "input": input })).await["reviseMember"])
}

async fn team(admin: &Caller<'_>, name: &str, parent: Option<&Value>) -> Value {
    let input = json!({ "name": name, "parentId": parent, "resources": ["SALES"] });
    admin.gql(CREATE_TEAM, json!({ "input": input })).await["createTeam"]["team"]["id"].take()
}

fn not_allowed(field: &str) -> Vec<(String, String)> {
    vec![(field.to_owned(), "NOT_ALLOWED".to_owned())]
}

on_both_engines! {
    async fn nobody_makes_anybody_mightier_than_themselves(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let clerk = clerk(&acme, &admin, &[("BUYER_READ", "TEAM")], json!({})).await;
        let before = rows(&app).await;
        let too_much = json!({ "input": { "name": "x", "grants": grants(&[("BUYER_READ", "ORGANIZATION")]) } });
        assert_eq!(problems(&clerk.gql(DEFINE_ROLE, too_much).await["defineRole"]), not_allowed("grants"));
        let own = clerk.member.unwrap().to_string();
        assert_eq!(revised(&clerk, json!({ "memberId": own, "role": "ADMIN", "customRoleId": null })).await, not_allowed("role"));
        // The last admin stays one, by this way too.
        let last = json!({ "memberId": admin.member.unwrap().to_string(), "customRoleId": role(&admin, "Reader", &[("BUYER_READ", "OWN")]).await });
        assert_eq!(revised(&admin, last).await, not_allowed("memberId"));
        assert_eq!(rows(&app).await["member"], before["member"]);
        let fitting = json!({ "input": { "name": "y", "grants": grants(&[("BUYER_READ", "OWN")]) } });
        assert_eq!(problems(&clerk.gql(DEFINE_ROLE, fitting).await["defineRole"]), []);
    }

    async fn a_permission_is_given_as_far_as_it_can_go(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        for (permission, reach) in [("ORGANIZATION_MANAGE", "OWN"), ("CONTACT_READ", "TEAM"), ("SALARY_READ", "RESOURCE"), ("COST_WRITE", "OWN"), ("AUDIT_READ", "TEAM")] {
            let input = json!({ "input": { "name": "x", "grants": grants(&[(permission, reach)]) } });
            let answer = admin.gql(DEFINE_ROLE, input).await["defineRole"].take();
            assert_eq!(problems(&answer), [("grants".to_owned(), "INVALID".to_owned())], "{permission}");
            assert!(answer["userErrors"][0]["message"].as_str().unwrap().starts_with(&format!("{permission} goes as far as ")));
        }
        let client = "mutation($input: CreateApiClientInput!) { createApiClient(input: $input) { secret userErrors { field code } } }";
        let input = json!({ "input": { "name": "x", "grants": grants(&[("CONTACT_READ", "OWN")]) } });
        assert_eq!(problems(&admin.gql(client, input).await["createApiClient"]), [("grants".to_owned(), "INVALID".to_owned())]);
    }

    async fn who_changes_a_member_has_all_that_they_have(app: TestApp) {
        let acme = app.org("acme").await;
        let (admin, analyst, partner) = (acme.member(Role::Admin).await, acme.member(Role::Revops).await, acme.member(Role::Partner).await);
        let partners_rights = [("DEFINITION_READ", "ORGANIZATION")];
        let clerk = clerk(&acme, &admin, &partners_rights, json!({})).await;
        let north = team(&admin, "North", None).await;
        for mightier in [&admin, &analyst] {
            for change in [json!({ "active": false }), json!({ "teamId": north }), json!({ "resource": "SALES" }), json!({ "name": "Nobody" }), json!({ "role": "PARTNER" })] {
                let mut input = json!({ "memberId": mightier.member.unwrap().to_string() });
                input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
                assert_eq!(revised(&clerk, input).await, not_allowed("memberId"), "{change}");
            }
        }
        let partner = partner.member.unwrap().to_string();
        assert_eq!(revised(&clerk, json!({ "memberId": partner, "teamId": north, "name": "Pat" })).await, []);
        assert_eq!(revised(&clerk, json!({ "memberId": partner, "active": false })).await, []);
    }

    async fn nobody_moves_what_is_not_theirs_into_their_reach(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let sales = team(&admin, "Sales", None).await;
        let (north, south) = (team(&admin, "North", Some(&sales)).await, team(&admin, "South", Some(&sales)).await);
        let inner = team(&admin, "Inner", Some(&north)).await;
        let clerk = clerk(&acme, &admin, &[("BUYER_READ", "TEAM")], json!({ "teamId": north })).await;
        let own = clerk.member.unwrap().to_string();
        // Not oneself elsewhere, nor others to oneself: what is theirs would come along.
        let reader = role(&admin, "Reader", &[("BUYER_READ", "OWN")]).await;
        let other = acme.member(Role::Partner).await.member.unwrap().to_string();
        assert_eq!(revised(&admin, json!({ "memberId": other, "customRoleId": reader, "teamId": south })).await, []);
        assert_eq!(revised(&clerk, json!({ "memberId": own, "teamId": sales })).await, not_allowed("customRoleId"));
        assert_eq!(revised(&clerk, json!({ "memberId": other, "teamId": north })).await, not_allowed("teamId"));
        assert_eq!(revised(&admin, json!({ "memberId": other, "teamId": inner })).await, []);
        assert_eq!(revised(&clerk, json!({ "memberId": other, "teamId": north })).await, [], "within their own teams");
        // Nor whole teams.
        let moved = async |team: &Value, parent: &Value| {
            problems(&clerk.gql(REVISE_TEAM, json!({ "input": { "teamId": team, "parentId": parent } })).await["reviseTeam"])
        };
        assert_eq!(moved(&south, &north).await, not_allowed("parentId"));
        assert_eq!(moved(&inner, &south).await, not_allowed("parentId"));
        assert_eq!(moved(&south, &sales).await, [], "it is there already");
        // Nor somebody whose rights go by team into a team that is not theirs.
        let lead = json!({ "email": "lead@example.com", "name": "L", "role": "PARTNER", "customRoleId": role(&admin, "Lead", &[("BUYER_READ", "TEAM")]).await });
        let added = async |place: Value| {
            let mut input = lead.clone();
            input.as_object_mut().unwrap().extend(place.as_object().unwrap().clone());
            problems(&clerk.gql(ADD_MEMBER, json!({ "input": input })).await["addMember"])
        };
        assert_eq!(added(json!({ "teamId": south })).await, not_allowed("customRoleId"));
        assert_eq!(added(json!({ "teamId": inner })).await, []);
    }

    async fn nobody_changes_the_resource_that_bounds_them(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let clerk = clerk(&acme, &admin, &[("BUYER_READ", "RESOURCE")], json!({ "resource": "SALES" })).await;
        let own = clerk.member.unwrap().to_string();
        assert_eq!(revised(&clerk, json!({ "memberId": own, "resource": "MARKETING" })).await, not_allowed("customRoleId"));
        assert_eq!(revised(&clerk, json!({ "memberId": own, "resource": null })).await, not_allowed("resource"));
        assert_eq!(revised(&clerk, json!({ "memberId": own, "name": "C" })).await, []);
    }

    async fn a_role_is_changed_by_those_who_may_all_it_lets_do(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let (north, south) = (team(&admin, "North", None).await, team(&admin, "South", None).await);
        let clerk = clerk(&acme, &admin, &[("BUYER_READ", "TEAM"), ("BUYER_WRITE", "TEAM")], json!({ "teamId": north })).await;
        let revise = async |role: &Value, change: Value| {
            let mut input = json!({ "roleId": role });
            input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            problems(&clerk.gql(REVISE_ROLE, json!({ "input": input })).await["reviseRole"])
        };
        let mighty = role(&admin, "Books", &[("COST_READ", "ORGANIZATION")]).await;
        assert_eq!(revise(&mighty, json!({ "grants": [] })).await, not_allowed("roleId"));
        assert_eq!(revise(&mighty, json!({ "name": "Nothing" })).await, not_allowed("roleId"));
        let reader = role(&admin, "Reader", &[("BUYER_READ", "OWN")]).await;
        let wider = json!({ "grants": grants(&[("BUYER_READ", "TEAM")]) });
        let holder = acme.member(Role::Partner).await.member.unwrap().to_string();
        assert_eq!(revised(&admin, json!({ "memberId": holder, "customRoleId": reader, "teamId": south })).await, []);
        assert_eq!(revise(&reader, wider.clone()).await, not_allowed("roleId"), "who has it reads another team");
        assert_eq!(revised(&admin, json!({ "memberId": holder, "teamId": north })).await, []);
        assert_eq!(revise(&reader, wider).await, []);
    }

    async fn a_client_adds_members_as_mighty_as_itself(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let client = "mutation($input: CreateApiClientInput!) { createApiClient(input: $input) { secret userErrors { field code } } }";
        // All that a seller may, but for what they may over themselves.
        let rights = "{ builtInRoles { role grants { permission reach } } }";
        let roles = admin.gql(rights, json!({})).await["builtInRoles"].take();
        let seller = roles.as_array().unwrap().iter().find(|role| role["role"] == "SALES_REP").unwrap()["grants"].as_array().unwrap();
        let personal = ["SESSION_OWN", "DELEGATION_MANAGE"];
        let mut wanted: Vec<Value> = seller.iter().filter(|grant| !personal.contains(&grant["permission"].as_str().unwrap())).cloned().collect();
        for grant in &mut wanted {
            grant["reach"] = json!("ORGANIZATION");
        }
        wanted.push(json!({ "permission": "ORGANIZATION_MANAGE", "reach": "ORGANIZATION" }));
        let secret = admin.gql(client, json!({ "input": { "name": "Directory", "grants": wanted } })).await["createApiClient"]["secret"].take();
        let caller = Caller { token: Some(secret.as_str().unwrap().to_owned()), ..admin.clone() };
        let added = async |role: &str, resource: Value| {
            let input = json!({ "email": format!("{role}@example.com"), "name": "New", "role": role, "resource": resource });
            problems(&caller.gql(ADD_MEMBER, json!({ "input": input })).await["addMember"])
        };
        assert_eq!(added("SALES_REP", json!("SALES")).await, []);
        assert_eq!(added("SALES_LEAD", json!("SALES")).await, not_allowed("role"), "a lead lets others act for their team");
        assert_eq!(added("ADMIN", Value::Null).await, not_allowed("role"));
    }
}
