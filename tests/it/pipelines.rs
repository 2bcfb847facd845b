//! Pipelines and their versions, what their stages demand, and whose duty each is.

use entity::kinds::Role;
use serde_json::{Value, json};

use crate::support::story::problems;
use crate::support::{Caller, on_both_engines, rows};

const DEFINE: &str = "mutation($input: DefinePipelineInput!) { definePipeline(input: $input) {
    pipeline { id key version name stages { id key position kind ownerResource entryRule { knownPerson fromStages { key } reasonRequired } } }
    userErrors { field code } } }";
const RECORD: &str = "mutation($input: RecordStageEventInput!) { recordStageEvent(input: $input) {
    stageEvent { id stage { key } fromStage { key } movement backdated } userErrors { field code } } }";
const CORRECT: &str = "mutation($input: CorrectStageEventInput!) { correctStageEvent(input: $input) {
    stageEvent { id stage { key } movement } userErrors { field code } } }";

fn main(key: &str, owner: &str) -> Value {
    json!({ "key": key, "kind": "MAIN", "ownerResource": owner })
}

fn side(key: &str, owner: &str) -> Value {
    json!({ "key": key, "kind": "SIDE", "ownerResource": owner })
}

fn demanding(mut stage: Value, rule: Value) -> Value {
    stage["entryRule"] = rule;
    stage
}

fn renewal(stages: Value) -> Value {
    json!({ "key": "renewal", "name": "Renewals", "stages": stages })
}

fn id(object: &Value) -> String {
    object["id"].as_str().unwrap().to_owned()
}

async fn act(caller: &Caller<'_>, document: &str, input: Value) -> Value {
    let mut data = caller.gql(document, json!({ "input": input })).await;
    data.as_object_mut().unwrap().values_mut().next().unwrap().take()
}

async fn define(caller: &Caller<'_>, input: Value) -> Value {
    let payload = act(caller, DEFINE, input).await;
    assert_eq!(payload["userErrors"], json!([]));
    payload["pipeline"].clone()
}

async fn person(caller: &Caller<'_>, input: Value) -> String {
    let document = "mutation($input: RecordPersonInput!) { recordPerson(input: $input) { person { id } } }";
    id(&act(caller, document, input).await["person"])
}

async fn account(caller: &Caller<'_>) -> String {
    let document = "mutation($input: RecordAccountInput!) { recordAccount(input: $input) { account { id } } }";
    id(&act(caller, document, json!({ "name": "Globex" })).await["account"])
}

fn event(pipeline: &Value, person: &str, stage: &str, day: u32) -> Value {
    json!({ "pipelineId": pipeline["id"], "personId": person, "stage": stage, "occurredAt": format!("2026-05-{day:02}T00:00:00Z") })
}

fn with(mut object: Value, more: Value) -> Value {
    object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    object
}

/// The movement and the stage left of an entry that must be accepted.
async fn moves(caller: &Caller<'_>, input: Value) -> Value {
    let payload = act(caller, RECORD, input.clone()).await;
    assert_eq!(payload["userErrors"], json!([]), "{input:#}");
    json!([payload["stageEvent"]["movement"], payload["stageEvent"]["fromStage"]["key"]])
}

async fn refused(caller: &Caller<'_>, input: Value) -> Vec<(String, String)> {
    let payload = act(caller, RECORD, input).await;
    assert_eq!(payload["stageEvent"], Value::Null);
    problems(&payload)
}

fn at(field: &str, code: &str) -> (String, String) {
    (field.to_owned(), code.to_owned())
}

on_both_engines! {
    async fn a_pipeline_is_defined_and_defined_anew(app: TestApp) {
        let acme = app.org("acme").await;
        let (ops, reader) = (acme.member(Role::Revops).await, acme.member(Role::Executive).await);
        let rule = json!({ "knownPerson": true, "fromStages": ["DUE"], "reasonRequired": true });
        let first = define(&ops, renewal(json!([main("DUE", "SALES"), demanding(main("RENEWED", "PRODUCT"), rule), side("LOST", "SALES")]))).await;
        assert_eq!((&first["key"], &first["version"], &first["name"]), (&json!("renewal"), &json!(1), &json!("Renewals")));
        let stages: Vec<Value> = first["stages"].as_array().unwrap().iter()
            .map(|stage| json!([stage["key"], stage["position"], stage["kind"], stage["ownerResource"], stage["entryRule"]])).collect();
        assert_eq!(stages, [
            json!(["DUE", 0, "MAIN", "SALES", null]),
            json!(["RENEWED", 1, "MAIN", "PRODUCT", { "knownPerson": true, "fromStages": [{ "key": "DUE" }], "reasonRequired": true }]),
            json!(["LOST", 2, "SIDE", "SALES", null]),
        ]);
        let second = define(&ops, renewal(json!([main("DUE", "SALES"), main("RENEWED", "SALES")]))).await;
        assert_eq!(second["version"], 2);
        assert_ne!(second["id"], first["id"]);
        let listed = reader.gql("{ pipelines { key version stages { key } } }", json!({})).await;
        let listed: Vec<Value> = listed["pipelines"].as_array().unwrap().iter()
            .map(|pipeline| json!([pipeline["key"], pipeline["version"], pipeline["stages"].as_array().unwrap().len()])).collect();
        assert_eq!(listed, [json!(["default", 1, 16]), json!(["renewal", 2, 2]), json!(["renewal", 1, 3])]);
    }

    async fn what_a_pipeline_must_be_is_named(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Admin).await;
        let before = rows(&app).await;
        let two = json!([main("A", "SALES"), main("B", "SALES")]);
        let from = |keys: Value| json!([main("A", "SALES"), demanding(main("B", "SALES"), json!({ "fromStages": keys }))]);
        let many: Vec<Value> = (0..51).map(|number| main(&format!("S{number}"), "SALES")).collect();
        for (input, expected) in [
            (renewal(json!([main("A", "SALES"), side("B", "SALES")])), vec![at("stages", "REQUIRED")]),
            (renewal(json!([])), vec![at("stages", "REQUIRED")]),
            (renewal(json!(many)), vec![at("stages", "TOO_MANY")]),
            (renewal(json!([main("A", "SALES"), main("b", "SALES"), main("2C", "SALES"), main("A", "SALES"), main("", "SALES")])),
                vec![at("stages.1.key", "INVALID"), at("stages.2.key", "INVALID"), at("stages.3.key", "TAKEN"), at("stages.4.key", "REQUIRED")]),
            (renewal(from(json!(["C", "B", "A", "A"]))), vec![
                at("stages.1.entryRule.fromStages.0", "NOT_FOUND"), at("stages.1.entryRule.fromStages.1", "SELF_REFERENCE"),
                at("stages.1.entryRule.fromStages.3", "TAKEN"),
            ]),
            (with(renewal(two.clone()), json!({ "key": "Renewal", "name": " " })), vec![at("key", "INVALID"), at("name", "REQUIRED")]),
            (with(renewal(two.clone()), json!({ "key": "default" })), vec![at("stages", "REQUIRED")]),
            (with(renewal(json!([main("A", "SALES"), main("B", "SALES"), side("CLOSED", "SALES")])), json!({ "key": "default" })), vec![at("stages", "REQUIRED")]),
        ] {
            assert_eq!(problems(&act(&ops, DEFINE, input.clone()).await), expected, "{input:#}");
        }
        for role in [Role::Executive, Role::SalesLead, Role::MarketingLead, Role::Integration] {
            assert_eq!(acme.member(role).await.refused(DEFINE, json!({ "input": renewal(two.clone()) })).await, "FORBIDDEN");
        }
        let after = rows(&app).await;
        for table in ["pipeline", "stage", "stage_rule", "idempotency"] {
            assert_eq!(after[table], before[table], "{table}");
        }
        define(&ops, with(renewal(json!([main("A", "SALES"), main("CLOSED", "SALES")])), json!({ "key": "default" }))).await;
    }

    async fn a_repeated_definition_is_one_version(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let input = with(renewal(json!([main("A", "SALES"), main("B", "SALES")])), json!({ "idempotencyKey": "k" }));
        let first = define(&ops, input.clone()).await;
        assert_eq!(define(&ops, input.clone()).await, first);
        let other = with(input, json!({ "name": "Other" }));
        assert_eq!(problems(&act(&ops, DEFINE, other).await), [at("idempotencyKey", "IDEMPOTENCY_MISMATCH")]);
        assert_eq!(rows(&app).await["pipeline"], "2/0");
    }

    async fn movements_are_told(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let buyer = person(&ops, json!({})).await;
        let new = |stage: &str, day: u32| {
            json!({ "personId": buyer, "stage": stage, "occurredAt": format!("2026-05-{day:02}T00:00:00Z"), "reason": "so it was" })
        };
        for (day, stage, expected) in [
            (1, "ENGAGED", json!(["FORWARD", null])),
            (2, "KNOWN", json!(["FORWARD", "ENGAGED"])),
            (3, "ACCEPTED", json!(["SKIP", "KNOWN"])),
            (4, "QUALIFIED", json!(["REGRESS", "ACCEPTED"])),
            (5, "RECYCLED", json!(["ASIDE", "QUALIFIED"])),
            (6, "ENGAGED", json!(["RETURN", "RECYCLED"])),
        ] {
            assert_eq!(moves(&ops, new(stage, day)).await, expected, "{stage}");
        }
    }

    async fn subjects_stand_in_several_pipelines(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let renewals = define(&ops, renewal(json!([main("DUE", "SALES"), main("ENGAGED", "SALES")]))).await;
        let buyer = person(&ops, json!({})).await;
        let default = json!({ "id": null });
        assert_eq!(moves(&ops, event(&default, &buyer, "ENGAGED", 3)).await, json!(["FORWARD", null]));
        // The same key in another pipeline is another stage, and another time.
        assert_eq!(moves(&ops, event(&renewals, &buyer, "DUE", 1)).await, json!(["FORWARD", null]));
        assert_eq!(moves(&ops, event(&renewals, &buyer, "ENGAGED", 2)).await, json!(["FORWARD", "DUE"]));
        let before = rows(&app).await;
        assert_eq!(refused(&ops, event(&renewals, &buyer, "QUALIFIED", 4)).await, [at("stage", "NOT_FOUND")]);
        assert_eq!(refused(&ops, event(&default, &buyer, "DUE", 4)).await, [at("stage", "NOT_FOUND")]);
        let other = app.org("other").await;
        let theirs = define(&other.member(Role::Revops).await, renewal(json!([main("A", "SALES"), main("B", "SALES")]))).await;
        assert_eq!(refused(&ops, event(&theirs, &buyer, "A", 4)).await, [at("pipelineId", "NOT_FOUND")]);
        assert_eq!(before["stage_event"], rows(&app).await["stage_event"]);
    }

    async fn the_versions_of_a_pipeline_have_one_history(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let first = define(&ops, renewal(json!([main("DUE", "SALES"), main("OFFERED", "SALES"), main("TRIED", "SALES"), main("RENEWED", "SALES")]))).await;
        let buyer = person(&ops, json!({})).await;
        moves(&ops, event(&first, &buyer, "DUE", 1)).await;
        let tried = act(&ops, RECORD, event(&first, &buyer, "TRIED", 3)).await;
        assert_eq!(tried["stageEvent"]["movement"], "SKIP");
        app.wait(60);
        // The next version drops a stage and turns two others round.
        let second = define(&ops, renewal(json!([main("DUE", "SALES"), main("RENEWED", "SALES"), main("OFFERED", "SALES"), main("GROWN", "SALES")]))).await;
        let reason = json!({ "reason": "they wanted it" });
        for (input, expected) in [
            (event(&second, &buyer, "TRIED", 4), vec![at("stage", "NOT_FOUND")]),
            (event(&second, &buyer, "OFFERED", 2), vec![at("occurredAt", "OUT_OF_ORDER")]),
            (event(&first, &buyer, "TRIED", 4), vec![at("stage", "SAME_STAGE")]),
            // What was dropped stands behind what it followed: OFFERED, and so behind RENEWED.
            (event(&second, &buyer, "RENEWED", 4), vec![at("reason", "REQUIRED")]),
        ] {
            assert_eq!(refused(&ops, input.clone()).await, expected, "{input:#}");
        }
        assert_eq!(moves(&ops, event(&second, &buyer, "GROWN", 4)).await, json!(["FORWARD", "TRIED"]));
        assert_eq!(refused(&ops, event(&first, &buyer, "DUE", 5)).await, [at("reason", "REQUIRED")]);
        assert_eq!(moves(&ops, with(event(&second, &buyer, "DUE", 5), reason)).await, json!(["REGRESS", "GROWN"]));
        assert_eq!(refused(&ops, event(&first, &buyer, "DUE", 6)).await, [at("stage", "SAME_STAGE")]);
        assert_eq!(moves(&ops, event(&second, &buyer, "OFFERED", 6)).await, json!(["SKIP", "DUE"]));
        // What a movement was when it was recorded it stays.
        let document = "query($id: ID!) { stageEvent(id: $id) { movement } }";
        assert_eq!(ops.gql(document, json!({ "id": tried["stageEvent"]["id"] })).await["stageEvent"]["movement"], "SKIP");
    }

    async fn a_funnel_goes_on_in_the_next_version(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let first = define(&ops, renewal(json!([main("DUE", "SALES"), main("OFFERED", "SALES"), main("RENEWED", "SALES")]))).await;
        let (early, late) = (person(&ops, json!({})).await, person(&ops, json!({})).await);
        moves(&ops, event(&first, &early, "DUE", 1)).await;
        moves(&ops, event(&first, &early, "OFFERED", 2)).await;
        let second = define(&ops, renewal(json!([main("RENEWED", "SALES"), main("DUE", "SALES"), main("WON", "SALES")]))).await;
        moves(&ops, event(&second, &early, "WON", 3)).await;
        moves(&ops, event(&second, &late, "DUE", 3)).await;
        let document = "query($pipeline: ID) { funnel(period: { from: \"2026-05-01\", to: \"2026-06-01\" }, mode: PERIOD, pipeline: $pipeline) {
            steps { stage { key } entered } } }";
        let counts = async |pipeline: &Value| -> Vec<Value> {
            let data = ops.gql(document, json!({ "pipeline": pipeline["id"] })).await;
            data["funnel"]["steps"].as_array().unwrap().iter().map(|step| json!([step["stage"]["key"], step["entered"]])).collect()
        };
        assert_eq!(counts(&first).await, [json!(["DUE", 2]), json!(["OFFERED", 1]), json!(["RENEWED", 0])]);
        assert_eq!(counts(&second).await, [json!(["RENEWED", 0]), json!(["DUE", 2]), json!(["WON", 1])]);
    }

    async fn events_are_found_by_the_stage_of_any_version(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let default = json!({ "id": null });
        let buyer = person(&ops, json!({})).await;
        moves(&ops, event(&default, &buyer, "ENGAGED", 1)).await;
        let old = ops.gql("{ pipelines { id } }", json!({})).await["pipelines"][0].clone();
        let new = define(&ops, json!({ "key": "default", "name": "Buyers", "stages": [main("ENGAGED", "SALES"), main("CLOSED", "SALES")] })).await;
        moves(&ops, event(&default, &person(&ops, json!({})).await, "ENGAGED", 2)).await;
        let found = async |filter: Value| {
            let document = "query($filter: StageEventFilter) { stageEvents(filter: $filter) { totalCount } }";
            ops.gql(document, json!({ "filter": filter })).await["stageEvents"]["totalCount"].clone()
        };
        assert_eq!(found(json!({ "stage": "ENGAGED" })).await, 2);
        assert_eq!(found(json!({ "stage": "ENGAGED", "pipelineId": old["id"] })).await, 1);
        assert_eq!(found(json!({ "stage": "ENGAGED", "pipelineId": new["id"] })).await, 1);
        // A stage that only an old version has is still found.
        assert_eq!(found(json!({ "stage": "KNOWN" })).await, 0);
    }

    async fn a_stage_may_demand_a_known_person(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let demanded = demanding(main("RENEWED", "SALES"), json!({ "knownPerson": true }));
        let renewals = define(&ops, renewal(json!([main("DUE", "SALES"), demanded]))).await;
        let (nobody, known) = (person(&ops, json!({})).await, person(&ops, json!({ "name": "Ada", "email": "ada@example.com", "knownAt": "2026-01-05T00:00:00Z" })).await);
        let before = rows(&app).await["stage_event"].clone();
        assert_eq!(refused(&ops, event(&renewals, &nobody, "RENEWED", 1)).await, [at("stage", "NOT_ALLOWED")]);
        let globex = account(&ops).await;
        let of_account = json!({ "pipelineId": renewals["id"], "accountId": globex, "stage": "RENEWED", "occurredAt": "2026-05-01T00:00:00Z" });
        person(&ops, json!({ "accountId": globex })).await;
        assert_eq!(refused(&ops, of_account.clone()).await, [at("stage", "NOT_ALLOWED")]);
        assert_eq!(rows(&app).await["stage_event"], before);
        assert_eq!(moves(&ops, event(&renewals, &known, "RENEWED", 1)).await, json!(["FORWARD", null]));
        person(&ops, json!({ "accountId": globex, "name": "Bob", "email": "bob@example.com", "knownAt": "2026-01-05T00:00:00Z" })).await;
        assert_eq!(moves(&ops, of_account).await, json!(["FORWARD", null]));
        // What is told of the past is not held to it; that it is flagged as the past is not enough.
        let flagged = json!({ "backdated": true });
        assert_eq!(refused(&ops, with(event(&renewals, &nobody, "RENEWED", 1), flagged.clone())).await, [at("stage", "NOT_ALLOWED")]);
        moves(&ops, event(&renewals, &nobody, "DUE", 9)).await;
        assert_eq!(moves(&ops, with(event(&renewals, &nobody, "RENEWED", 1), flagged)).await, json!(["FORWARD", null]));
    }

    async fn a_stage_may_demand_where_from_and_why(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let from = demanding(main("RENEWED", "SALES"), json!({ "fromStages": ["DUE", "LOST"] }));
        let why = demanding(main("GROWN", "SALES"), json!({ "reasonRequired": true }));
        let renewals = define(&ops, renewal(json!([main("DUE", "SALES"), main("OFFERED", "SALES"), from, why, side("LOST", "SALES")]))).await;
        let buyer = person(&ops, json!({})).await;
        assert_eq!(refused(&ops, event(&renewals, &buyer, "RENEWED", 1)).await, [at("stage", "NOT_ALLOWED")]);
        moves(&ops, event(&renewals, &buyer, "OFFERED", 1)).await;
        let refusal = refused(&ops, event(&renewals, &buyer, "RENEWED", 2)).await;
        assert_eq!(refusal, [at("stage", "NOT_ALLOWED")]);
        moves(&ops, with(event(&renewals, &buyer, "LOST", 2), json!({ "reason": "silence" }))).await;
        assert_eq!(moves(&ops, event(&renewals, &buyer, "RENEWED", 3)).await, json!(["RETURN", "LOST"]));
        assert_eq!(refused(&ops, event(&renewals, &buyer, "GROWN", 4)).await, [at("reason", "REQUIRED")]);
        let grown = act(&ops, RECORD, with(event(&renewals, &buyer, "GROWN", 4), json!({ "reason": "more seats" }))).await;
        assert_eq!((&grown["stageEvent"]["movement"], &grown["userErrors"]), (&json!("FORWARD"), &json!([])));
        // A correction is held to the rules of the stage it names.
        let other = person(&ops, json!({})).await;
        let entered = act(&ops, RECORD, event(&renewals, &other, "OFFERED", 1)).await;
        let correct = json!({ "stageEventId": entered["stageEvent"]["id"], "stage": "RENEWED" });
        assert_eq!(problems(&act(&ops, CORRECT, correct).await), [at("stage", "NOT_ALLOWED")]);
        let correct = json!({ "stageEventId": entered["stageEvent"]["id"], "stage": "DUE" });
        assert_eq!(act(&ops, CORRECT, correct).await["stageEvent"]["stage"]["key"], "DUE");
    }

    async fn closes_are_not_held_to_the_rules_of_their_stage(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let closed = demanding(main("CLOSED", "SALES"), json!({ "knownPerson": true, "fromStages": ["ENGAGED"], "reasonRequired": true }));
        define(&ops, json!({ "key": "default", "name": "Buyers", "stages": [main("ENGAGED", "SALES"), closed] })).await;
        let buyer = person(&ops, json!({})).await;
        assert_eq!(refused(&ops, event(&json!({ "id": null }), &buyer, "CLOSED", 1)).await,
            [at("stage", "NOT_ALLOWED"), at("stage", "NOT_ALLOWED"), at("reason", "REQUIRED")]);
        let generate = "mutation($input: GenerateAccountInput!) { generateAccount(input: $input) { close { id } userErrors { field code } } }";
        let input = json!({ "newAccount": { "name": "Globex" }, "personId": buyer, "occurredAt": "2026-05-01T00:00:00Z",
            "amount": { "amount": "10.00", "currency": "USD" }, "path": "SELF_SERVE" });
        assert_eq!(act(&ops, generate, input).await["userErrors"], json!([]));
        assert_eq!(rows(&app).await["stage_event"], "1/0");
    }

    async fn duties_follow_from_who_owns_a_stage(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let renewals = define(&ops, renewal(json!([main("DUE", "SALES"), main("RENEWED", "PRODUCT")]))).await;
        let document = "query($id: ID) { dutiesMatrix(pipelineId: $id) { pipeline { key version }
            duties { stage { key } ownerResource yours roles { role workingFor } } } }";
        let duties = async |caller: &Caller<'_>| caller.gql(document, json!({ "id": renewals["id"] })).await["dutiesMatrix"].take();
        let found = duties(&ops).await;
        assert_eq!(found["pipeline"], json!({ "key": "renewal", "version": 1 }));
        let roles = |owner: &str| {
            let bound = |role: &str| json!({ "role": role, "workingFor": owner });
            let free = |role: &str| json!({ "role": role, "workingFor": null });
            json!([free("ADMIN"), free("REVOPS"), bound("MARKETING_LEAD"), bound("MARKETER"), bound("SALES_LEAD"), bound("SALES_REP"), bound("PRODUCT_LEAD"), free("INTEGRATION")])
        };
        assert_eq!(found["duties"], json!([
            { "stage": { "key": "DUE" }, "ownerResource": "SALES", "yours": true, "roles": roles("SALES") },
            { "stage": { "key": "RENEWED" }, "ownerResource": "PRODUCT", "yours": true, "roles": roles("PRODUCT") },
        ]));
        // What the matrix says is what happens.
        for (role, expected) in [
            (Role::SalesRep, [true, false]), (Role::ProductLead, [false, true]), (Role::Marketer, [false, false]), (Role::Executive, [false, false]),
        ] {
            let caller = acme.member(role).await;
            let found = duties(&caller).await;
            assert_eq!([0, 1].map(|place: usize| found["duties"][place]["yours"] == true), expected, "{role:?}");
            if role == Role::Executive {
                continue;
            }
            for (stage, may) in [("DUE", expected[0]), ("RENEWED", expected[1])] {
                let input = if role == Role::SalesRep { json!({}) } else { json!({ "ownerId": caller.member.unwrap().to_string() }) };
                let buyer = person(if role == Role::SalesRep { &caller } else { &ops }, input).await;
                let errors = problems(&act(&caller, RECORD, event(&renewals, &buyer, stage, 1)).await);
                assert_eq!(errors, if may { vec![] } else { vec![at("stage", "NOT_ALLOWED")] }, "{role:?} {stage}");
            }
        }
        let unknown = ops.answer(document, json!({ "id": "pip_00000000000000000000000001" })).await;
        assert_eq!(unknown["errors"][0]["extensions"]["reason"], "NOT_FOUND");
    }
}
