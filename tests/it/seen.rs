//! Whatever belongs to whom: what somebody is shown is what a filter by hand finds, and totals tell nothing of the rest.
//!
//! Owners, companies and parts are thrown by dice; the filter here knows nothing of the server's.

use std::collections::{BTreeMap, BTreeSet};

use entity::kinds::Role;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

use crate::rights::Floor;
use crate::support::story::usd;
use crate::support::{Caller, on_both_engines};

/// Whom an object is of.
#[derive(Clone, Debug, Default)]
struct Object {
    owner: Option<String>,
    account: Option<String>,
    person: Option<String>,
    opportunity: Option<String>,
}

/// Everything there is, by kind and id.
#[derive(Debug, Default)]
struct World(BTreeMap<&'static str, BTreeMap<String, Object>>);

impl World {
    async fn add(&mut self, by: &Caller<'_>, kind: &'static str, mutation: &str, input: Value, of: Object) -> String {
        let capital = format!("{}{}", mutation[..1].to_uppercase(), &mutation[1..]);
        let document =
            format!("mutation($input: {capital}Input!) {{ {mutation}(input: $input) {{ {kind} {{ id }} userErrors {{ field code }} }} }}");
        let payload = by.gql(&document, json!({ "input": input })).await[mutation].take();
        assert_eq!(payload["userErrors"], json!([]), "{mutation} {input}");
        let id = payload[kind]["id"].as_str().unwrap().to_owned();
        self.0.entry(kind).or_default().insert(id.clone(), of);
        id
    }

    fn get(&self, kind: &str, id: &str) -> &Object {
        &self.0[kind][id]
    }

    /// Whether somebody to whom the objects of some members belong sees an object; of `None` everybody's do.
    fn sees(&self, kind: &str, object: &Object, members: Option<&BTreeSet<String>>) -> bool {
        let Some(members) = members else { return true };
        let owned = object.owner.as_ref().is_some_and(|owner| members.contains(owner));
        let through = |kind: &str, id: &Option<String>| id.as_ref().is_some_and(|id| self.sees(kind, self.get(kind, id), Some(members)));
        match kind {
            "blocker" => through("opportunity", &object.opportunity),
            _ => owned || through("account", &object.account) || through("person", &object.person),
        }
    }

    fn seen(&self, kind: &str, members: Option<&BTreeSet<String>>) -> BTreeSet<String> {
        self.0[kind].iter().filter(|(_, object)| self.sees(kind, object, members)).map(|(id, _)| id.clone()).collect()
    }
}

fn pick(dice: &mut StdRng, ids: &[String]) -> Option<String> {
    ids.get(dice.random_range(0..=ids.len())).cloned()
}

/// Throws a world.
async fn world(dice: &mut StdRng, ops: &Caller<'_>, owners: &[String]) -> World {
    let mut world = World::default();
    let (mut accounts, mut people, mut opportunities) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..7 {
        let owner = pick(dice, owners);
        let input = json!({ "name": format!("Company {number}"), "ownerId": owner });
        accounts.push(world.add(ops, "account", "recordAccount", input, Object { owner, ..Object::default() }).await);
    }
    for number in 0..12 {
        let (owner, account) = (pick(dice, owners), pick(dice, &accounts));
        let input =
            json!({ "email": format!("{number}@example.com"), "ownerId": owner, "accountId": account, "knownAt": "2026-01-02T00:00:00Z" });
        people.push(world.add(ops, "person", "recordPerson", input, Object { owner, account, ..Object::default() }).await);
    }
    for number in 0..16 {
        let (person, account) = (pick(dice, &people), pick(dice, &accounts));
        if person.is_none() && account.is_none() {
            continue;
        }
        let touch = json!({ "personId": person, "accountId": account, "occurredAt": format!("2026-01-03T{number:02}:00:00Z"), "kind": "VISIT",
            "channel": "WEB", "actorKind": "CAMPAIGN", "resource": "MARKETING" });
        world.add(ops, "touch", "recordTouch", touch, Object { person, account, ..Object::default() }).await;
    }
    for person in people.iter().step_by(2) {
        let event = json!({ "personId": person, "stage": "KNOWN", "occurredAt": "2026-01-04T00:00:00Z" });
        world.add(ops, "stageEvent", "recordStageEvent", event, Object { person: Some(person.clone()), ..Object::default() }).await;
    }
    for number in 0..8 {
        let (owner, account) = (pick(dice, owners), accounts[dice.random_range(0..accounts.len())].clone());
        let deal = json!({ "accountId": account, "name": format!("Deal {number}"), "ownerId": owner, "sourceResource": "SALES", "openedAt": "2026-01-05T00:00:00Z" });
        let of = Object { owner, account: Some(account), ..Object::default() };
        opportunities.push(world.add(ops, "opportunity", "createOpportunity", deal, of).await);
    }
    for _ in 0..8 {
        let opportunity = opportunities[dice.random_range(0..opportunities.len())].clone();
        let blocker = json!({ "opportunityId": opportunity, "kind": "BUDGET", "side": "BUYER", "raisedAt": "2026-01-06T00:00:00Z" });
        world.add(ops, "blocker", "raiseBlocker", blocker, Object { opportunity: Some(opportunity), ..Object::default() }).await;
    }
    for _ in 0..6 {
        let (person, account) = (pick(dice, &people), accounts[dice.random_range(0..accounts.len())].clone());
        let close = json!({ "accountId": account, "personId": person, "occurredAt": "2026-01-20T00:00:00Z", "amount": usd("10.00"), "path": "SELF_SERVE",
            "sourceResource": "SALES" });
        world.add(ops, "close", "generateAccount", close, Object { person, account: Some(account), ..Object::default() }).await;
    }
    // Account generation enters the stage CLOSED.
    let events = ops.gql("{ stageEvents(first: 100) { nodes { id person { id } account { id } } } }", json!({})).await;
    for event in events["stageEvents"]["nodes"].as_array().unwrap() {
        let id = |of: &str| event[of]["id"].as_str().map(str::to_owned);
        let of = Object { person: id("person"), account: id("account"), ..Object::default() };
        world.0.entry("stageEvent").or_default().insert(event["id"].as_str().unwrap().to_owned(), of);
    }
    world
}

const LISTS: [(&str, &str); 7] = [
    ("account", "accounts"),
    ("person", "people"),
    ("touch", "touches"),
    ("stageEvent", "stageEvents"),
    ("opportunity", "opportunities"),
    ("blocker", "blockers"),
    ("close", "closes"),
];

fn ids(nodes: &Value, pointer: &str) -> BTreeSet<String> {
    nodes.as_array().unwrap().iter().map(|node| node.pointer(pointer).unwrap().as_str().unwrap().to_owned()).collect()
}

/// Compares what somebody is shown with what the filter finds.
async fn compare(world: &World, by: &Caller<'_>, members: Option<&BTreeSet<String>>, what: &str) -> Value {
    for (kind, list) in LISTS {
        let answer = by.gql(&format!("{{ {list}(first: 100) {{ totalCount nodes {{ id }} }} }}"), json!({})).await[list].take();
        let expected = world.seen(kind, members);
        assert_eq!(ids(&answer["nodes"], "/id"), expected, "{what} {list}");
        assert_eq!(answer["totalCount"], expected.len(), "{what} {list}");
    }
    // Below an object that is shown stands only what is shown.
    let nested = by.gql("{ accounts(first: 20) { nodes { id people(first: 20) { totalCount nodes { id } } touches(first: 20) { totalCount nodes { id } } } } }", json!({})).await;
    for node in nested["accounts"]["nodes"].as_array().unwrap() {
        for (kind, list) in [("person", "people"), ("touch", "touches")] {
            let of_account = |id: &&String| world.get(kind, id).account.as_deref() == node["id"].as_str();
            let seen = world.seen(kind, members);
            let expected: BTreeSet<String> = seen.iter().filter(of_account).cloned().collect();
            assert_eq!(ids(&node[list]["nodes"], "/id"), expected, "{what} {list} of {}", node["id"]);
            assert_eq!(node[list]["totalCount"], expected.len(), "{what}");
        }
    }
    // The journey of whom one does not see is that of nobody.
    for account in world.0["account"].keys() {
        let journey =
            by.answer("query($id: ID!) { journey(accountId: $id, first: 100) { nodes { __typename } } }", json!({ "id": account })).await;
        let seen = world.seen("account", members).contains(account);
        assert_eq!(journey["errors"].is_null(), seen, "{what} {account} {journey}");
    }
    // Totals are everybody's and the rows behind them are one's own.
    let period = r#"period: { from: "2026-01-01", to: "2026-02-01" }"#;
    let document = format!("{{ funnel({period}, stages: [\"KNOWN\", \"CLOSED\"]) {{ steps {{ entered }} rows(first: 100) {{ totalCount nodes {{ person {{ id }} }} }} }}
        repFreeShare({period}) {{ whole {{ closes }} rows(first: 100) {{ totalCount nodes {{ close {{ id }} }} }} }}
        blockerReport({period}) {{ whole {{ all {{ raised }} }} }} }}");
    let mut answer = by.gql(&document, json!({})).await;
    let rows = answer["funnel"]["rows"].take();
    let entered: BTreeSet<String> = world.0["stageEvent"].values().filter_map(|event| event.person.clone()).collect();
    let expected: BTreeSet<String> = world.seen("person", members).intersection(&entered).cloned().collect();
    assert_eq!((ids(&rows["nodes"], "/person/id"), &rows["totalCount"]), (expected.clone(), &json!(expected.len())), "{what}");
    let rows = answer["repFreeShare"]["rows"].take();
    assert_eq!(
        (ids(&rows["nodes"], "/close/id"), &rows["totalCount"]),
        (world.seen("close", members), &json!(world.seen("close", members).len())),
        "{what}"
    );
    answer
}

on_both_engines! {
    async fn what_is_shown_is_what_a_filter_by_hand_finds(app: TestApp) {
        for seed in 1..=2_u64 {
            let mut dice = StdRng::seed_from_u64(seed);
            let floor = Floor::of(app.org(&format!("acme {seed}")).await).await;
            let ops = floor.acme.member(Role::Revops).await;
            let id = |caller: &Caller<'_>| caller.member.unwrap().to_string();
            let (ann, bob, lead, head) = (id(&floor.ann), id(&floor.bob), id(&floor.lead), id(&floor.head));
            let world = world(&mut dice, &ops, &[ann.clone(), bob.clone(), lead.clone()]).await;
            let set = |members: &[&String]| -> BTreeSet<String> { members.iter().map(|&member| member.clone()).collect() };
            let north = set(&[&ann, &lead]);
            let all = set(&[&ann, &bob, &lead, &head]);
            let whole = compare(&world, &ops, None, "ops").await;
            for (by, members, what) in
                [(&floor.ann, set(&[&ann]), "ann"), (&floor.bob, set(&[&bob]), "bob"), (&floor.lead, north, "lead"), (&floor.head, all.clone(), "head")]
            {
                assert_eq!(compare(&world, by, Some(&members), &format!("seed {seed} {what}")).await, whole, "totals are everybody's");
            }
            // Who moves takes what is theirs along, at once and for sessions that had begun before.
            let admin = floor.acme.member(Role::Admin).await;
            let document = "mutation($input: ReviseMemberInput!) { reviseMember(input: $input) { member { team { name } } userErrors { field code } } }";
            let team = admin.gql("query($id: ID!) { member(id: $id) { team { id } } }", json!({ "id": lead })).await["member"]["team"]["id"].clone();
            let moved = admin.gql(document, json!({ "input": { "memberId": bob, "teamId": team } })).await;
            assert_eq!(moved["reviseMember"], json!({ "member": { "team": { "name": "North" } }, "userErrors": [] }));
            compare(&world, &floor.lead, Some(&set(&[&ann, &bob, &lead])), &format!("seed {seed} lead after")).await;
            compare(&world, &floor.ann, Some(&set(&[&ann])), &format!("seed {seed} ann after")).await;
        }
    }
}
