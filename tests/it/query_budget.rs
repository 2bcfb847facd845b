//! Statements per request do not grow with the number of rows: one parent and fifty cost the same.

use entity::kinds::{Resource, Role};
use serde_json::json;
use tandem::organization::service::{AddMember, CreateTeam, add_member, create_team};

use crate::support::{TestApp, TestOrganization, on_both_engines};

const MEMBERS: &str =
    "query($first: Int) { members(first: $first) { totalCount nodes { name team { name parent { name } children { name } } } } }";

async fn members_in_teams_of_their_own(acme: &TestOrganization<'_>, count: usize) {
    let scope = acme.setup().authorize().unwrap();
    let team = |name: String, parent_id| CreateTeam { name, parent_id, resources: vec![Resource::Sales], idempotency_key: None };
    for number in 0..count {
        let above = create_team(&scope, &team(format!("above {number}"), None)).await.unwrap();
        let team = create_team(&scope, &team(format!("team {number}"), Some(above.id))).await.unwrap();
        let member = AddMember {
            email: format!("m{number}@example.com"),
            name: format!("m{number}"),
            role: Role::SalesRep,
            custom_role_id: None,
            resource: Some(Resource::Sales),
            team_id: Some(team.id),
            idempotency_key: None,
        };
        add_member(&scope, &member).await.unwrap();
    }
}

/// Statements one request takes.
async fn cost(app: &TestApp, caller: &crate::support::Caller<'_>, document: &str, first: i32) -> u64 {
    let before = app.statements();
    caller.gql(document, json!({ "first": first })).await;
    app.app.db().statement_count() - before
}

on_both_engines! {
    async fn members_and_their_teams(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        members_in_teams_of_their_own(&acme, 50).await;
        // The caller, the count, the members, their teams, the teams above, the teams within.
        assert_eq!(cost(&app, &admin, MEMBERS, 1).await, 6);
        assert_eq!(cost(&app, &admin, MEMBERS, 50).await, 6);
    }
}
