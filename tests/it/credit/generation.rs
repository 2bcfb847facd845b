//! Generating accounts: all or nothing, once, and what is refused leaves nothing.

use entity::kinds::{ClosePath, Resource, Role};
use serde_json::{Value, json};
use tandem::auth::Scope;
use tandem::auth::permission::grant::CloseWrite;
use tandem::buyers::service::NewAccount;
use tandem::credit::service::{GenerateAccount, Terms, generate_accounts_in};
use tandem::db::Outcome;
use tandem::input::{ExternalId, WantedMoney};

use crate::support::story::{GENERATE, Story, instant, problems, usd};
use crate::support::{on_both_engines, rows};

const GENERATE_MANY: &str = "mutation($input: GenerateAccountsInput!) { generateAccounts(input: $input) {
    results { index outcome close { id account { id name } } userErrors { field code } } userErrors { field code } } }";

fn sourced(more: Value) -> Value {
    let mut input = json!({ "newAccount": { "name": "buyer" }, "occurredAt": "2026-04-30T12:00:00Z", "amount": usd("100.00"), "path": "ASSISTED", "sourceResource": "SALES" });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

on_both_engines! {
    async fn a_close_comes_with_its_account_credit_and_stage(app: TestApp) {
        let story = Story::begin(&app).await;
        let caller = story.at("2026-05-01T00:00:00Z");
        let person = story.person(json!({ "knownAt": "2026-04-01T00:00:00Z", "email": "ada@example.com" })).await;
        story.stage("2026-04-02T00:00:00Z", "KNOWN", &person).await;
        let input = sourced(json!({ "personId": person, "newAccount": { "name": "Ada", "domain": "Ada.example", "externalId": { "source": "crm", "value": "a1" } },
            "externalId": { "source": "crm", "value": "c1" } }));
        let made = story.close(input).await;
        let document = "query($id: ID!) { close(id: $id) { occurredAt amount { amount currency } refunded { amount } status path person { id } policy { version }
            externalId { source value } recordedAt recordedBy { role } movements { id } batches { sequence effectiveAt requestedBy { role } }
            balances { resource basisPoints } account { name domain generatedAt externalId { value } } } }";
        let data = caller.gql(document, json!({ "id": made["id"] })).await;
        assert_eq!(data["close"], json!({
            "occurredAt": "2026-04-30T12:00:00Z", "amount": usd("100.00"), "refunded": { "amount": "0.00" }, "status": "WON", "path": "ASSISTED",
            "person": { "id": person }, "policy": { "version": 1 }, "externalId": { "source": "crm", "value": "c1" },
            "recordedAt": "2026-05-01T00:00:00Z", "recordedBy": { "role": "REVOPS" }, "movements": [],
            "batches": [{ "sequence": 0, "effectiveAt": "2026-04-30T12:00:00Z", "requestedBy": { "role": "REVOPS" } }],
            "balances": [{ "resource": "SALES", "basisPoints": 10_000 }, { "resource": "MARKETING", "basisPoints": 0 }, { "resource": "PRODUCT", "basisPoints": 0 }],
            "account": { "name": "Ada", "domain": "ada.example", "generatedAt": "2026-04-30T12:00:00Z", "externalId": { "value": "a1" } },
        }));
        let stages = "query($id: ID!) { person(id: $id) { stageEvents { nodes { stage { key } occurredAt backdated } } } }";
        let data = caller.gql(stages, json!({ "id": person })).await;
        assert_eq!(data["person"]["stageEvents"]["nodes"], json!([
            { "stage": { "key": "CLOSED" }, "occurredAt": "2026-04-30T12:00:00Z", "backdated": false },
            { "stage": { "key": "KNOWN" }, "occurredAt": "2026-04-02T00:00:00Z", "backdated": false },
        ]));
    }

    async fn without_a_person_the_account_closes_and_only_once(app: TestApp) {
        let story = Story::begin(&app).await;
        let caller = story.at("2026-05-01T00:00:00Z");
        let account = story.account("Ada").await;
        let at = |moment: &str| sourced(json!({ "newAccount": null, "accountId": account, "occurredAt": moment }));
        let stages = "query($id: ID!) { account(id: $id) { generatedAt version stageEvents { nodes { stage { key } occurredAt backdated } } } }";
        let closed = |moment: &str, backdated: bool| json!({ "stage": { "key": "CLOSED" }, "occurredAt": moment, "backdated": backdated });
        // The first close makes the customer; a later one changes nothing; one known later but won earlier was the first.
        for (moment, generated_at, version) in [
            ("2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z", 2),
            ("2026-04-01T00:00:00Z", "2026-03-01T00:00:00Z", 2),
            ("2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z", 3),
        ] {
            story.close(at(moment)).await;
            let data = caller.gql(stages, json!({ "id": account })).await;
            assert_eq!((&data["account"]["generatedAt"], &data["account"]["version"]), (&json!(generated_at), &json!(version)), "{moment}");
            assert_eq!(data["account"]["stageEvents"]["nodes"], json!([closed("2026-03-01T00:00:00Z", false)]), "who is there stays there");
        }
    }

    async fn a_close_before_what_is_known_is_backdated(app: TestApp) {
        let story = Story::begin(&app).await;
        let caller = story.at("2026-05-01T00:00:00Z");
        let person = story.person(json!({ "knownAt": "2026-04-10T00:00:00Z", "email": "ada@example.com" })).await;
        story.stage("2026-04-10T00:00:00Z", "KNOWN", &person).await;
        story.close(sourced(json!({ "personId": person, "occurredAt": "2026-04-08T00:00:00Z" }))).await;
        let stages = "query($id: ID!) { person(id: $id) { stageEvents { nodes { stage { key } backdated } } } }";
        let data = caller.gql(stages, json!({ "id": person })).await;
        assert_eq!(data["person"]["stageEvents"]["nodes"], json!([{ "stage": { "key": "KNOWN" }, "backdated": false }, { "stage": { "key": "CLOSED" }, "backdated": true }]));
    }

    async fn what_is_refused_leaves_nothing_behind(app: TestApp) {
        let story = Story::begin(&app).await;
        let other = app.org("other").await;
        let foreign_admin = other.member(Role::Admin).await;
        let foreign = foreign_admin.gql(GENERATE, json!({ "input": sourced(json!({ "occurredAt": "2025-12-30T00:00:00Z" })) })).await;
        let foreign_account = foreign["generateAccount"]["close"]["account"]["id"].clone();
        let unknown = "per_00000000000000000000000001";
        let caller = story.at("2026-05-01T00:00:00Z");
        story.close(sourced(json!({ "externalId": { "source": "crm", "value": "c1" } }))).await;
        let account = story.account("there").await;
        let before = rows(&app).await;
        let one = |field: &str, code: &str| vec![(field.to_owned(), code.to_owned())];
        let shares = |sales: i64, product: i64| json!({ "signedAt": "2026-04-01T00:00:00Z", "shares": [{ "resource": "SALES", "basisPoints": sales }, { "resource": "PRODUCT", "basisPoints": product }] });
        for (more, expected) in [
            (json!({ "sourceResource": null }), one("sourceResource", "NO_EVIDENCE")),
            (json!({ "newAccount": null }), one("accountId", "REQUIRED")),
            (json!({ "accountId": account }), one("newAccount", "INVALID")),
            (json!({ "newAccount": null, "accountId": foreign_account }), one("accountId", "NOT_FOUND")),
            (json!({ "newAccount": null, "accountId": "acc_00000000000000000000000001" }), one("accountId", "NOT_FOUND")),
            (json!({ "newAccount": { "name": " ", "domain": "nowhere" } }), vec![("newAccount.name".into(), "REQUIRED".into()), ("newAccount.domain".into(), "INVALID".into())]),
            (json!({ "personId": unknown }), one("personId", "NOT_FOUND")),
            (json!({ "amount": { "amount": "1.00", "currency": "XXX" } }), one("amount.currency", "UNKNOWN_CURRENCY")),
            (json!({ "amount": usd("-0.01") }), one("amount.amount", "INVALID_AMOUNT")),
            (json!({ "amount": usd("0.001") }), one("amount.amount", "INVALID_AMOUNT")),
            (json!({ "occurredAt": "1969-12-31T23:59:59Z" }), one("occurredAt", "DATE_OUT_OF_RANGE")),
            (json!({ "occurredAt": "2026-05-02T00:00:01Z" }), one("occurredAt", "DATE_OUT_OF_RANGE")),
            (json!({ "referral": { "referrerPersonId": unknown, "claimedAt": "2026-05-03T00:00:00Z" } }),
                vec![("referral.referrerPersonId".into(), "NOT_FOUND".into()), ("referral.claimedAt".into(), "DATE_OUT_OF_RANGE".into())]),
            (json!({ "signedSplit": shares(5000, 4999) }), one("signedSplit.shares", "SHARES_DO_NOT_SUM")),
            (json!({ "signedSplit": shares(10_001, -1) }), one("signedSplit.shares", "INVALID_AMOUNT")),
            (json!({ "externalId": { "source": "crm", "value": "c1" }, "amount": usd("100.01") }), one("externalId", "EXTERNAL_ID_CONFLICT")),
            (json!({ "externalId": { "source": "", "value": "c2" } }), one("externalId.source", "REQUIRED")),
        ] {
            let data = caller.gql(GENERATE, json!({ "input": sourced(more.clone()) })).await;
            assert_eq!(problems(&data["generateAccount"]), expected, "{more}");
            assert!(data["generateAccount"]["close"].is_null());
        }
        assert_eq!(rows(&app).await, before);
    }

    async fn the_same_close_is_generated_once(app: TestApp) {
        let story = Story::begin(&app).await;
        let caller = story.at("2026-05-01T00:00:00Z");
        let named = json!({ "input": sourced(json!({ "externalId": { "source": "crm", "value": "c1" } })) });
        let keyed = json!({ "input": sourced(json!({ "idempotencyKey": "k" })) });
        for input in [named, keyed] {
            let first = caller.gql(GENERATE, input.clone()).await;
            let before = rows(&app).await;
            assert_eq!(caller.gql(GENERATE, input).await, first);
            assert_eq!(rows(&app).await, before);
        }
        let other = caller.gql(GENERATE, json!({ "input": sourced(json!({ "idempotencyKey": "k", "amount": usd("1.00") })) })).await;
        assert_eq!(problems(&other["generateAccount"]), [("idempotencyKey".to_owned(), "IDEMPOTENCY_MISMATCH".to_owned())]);
    }

    async fn many_are_generated_each_for_itself(app: TestApp) {
        let story = Story::begin(&app).await;
        let caller = story.at("2026-05-01T00:00:00Z");
        let name = |id: &str| json!({ "source": "crm", "value": id });
        let account = |id: &str| json!({ "name": format!("account {id}"), "externalId": name(id) });
        let items = json!([
            sourced(json!({ "newAccount": account("a1"), "externalId": name("c1") })),
            sourced(json!({ "newAccount": account("a1"), "externalId": name("c2"), "occurredAt": "2026-04-29T12:00:00Z" })),
            sourced(json!({ "newAccount": account("a2"), "externalId": name("c3"), "sourceResource": null })),
            sourced(json!({ "newAccount": account("a1"), "externalId": name("c1") })),
            sourced(json!({ "newAccount": account("a3"), "externalId": name("c1") })),
        ]);
        let input = json!({ "input": { "items": items, "idempotencyKey": "k" } });
        let data = caller.gql(GENERATE_MANY, input.clone()).await;
        let results = data["generateAccounts"]["results"].as_array().unwrap();
        let told: Vec<_> = results.iter().map(|result| (result["outcome"].as_str().unwrap(), result["userErrors"][0]["code"].as_str())).collect();
        assert_eq!(told, [("RECORDED", None), ("RECORDED", None), ("REJECTED", Some("NO_EVIDENCE")), ("UNCHANGED", None), ("REJECTED", Some("EXTERNAL_ID_CONFLICT"))]);
        assert_eq!(results[2]["userErrors"][0]["field"], json!(["input", "items", "2", "sourceResource"]));
        assert_eq!(results[0]["close"]["account"], results[1]["close"]["account"]);
        assert_eq!(results[3]["close"], results[0]["close"]);
        let data_again = caller.gql(GENERATE_MANY, input).await;
        assert_eq!(data_again, data);
        let accounts = caller.gql("{ accounts { totalCount nodes { name generatedAt } } closes { totalCount } }", json!({})).await;
        assert_eq!(accounts, json!({ "accounts": { "totalCount": 1, "nodes": [{ "name": "account a1", "generatedAt": "2026-04-29T12:00:00Z" }] }, "closes": { "totalCount": 2 } }));
        let data = caller.gql(GENERATE_MANY, json!({ "input": { "items": [] } })).await;
        assert_eq!(problems(&data["generateAccounts"]), [("items".to_owned(), "REQUIRED".to_owned())]);
    }

    async fn a_large_batch_takes_few_statements_and_a_second_one_changes_nothing(app: TestApp) {
        let story = Story::begin(&app).await;
        story.today();
        let scope: Scope<CloseWrite> = story.acme.setup().authorize().unwrap();
        let name = |kind: &str, number: usize| Some(ExternalId { source: "file".to_owned(), id: format!("{kind}{number}") });
        let batch = |from: usize, count: usize| {
            (from..from + count).map(|number| GenerateAccount {
                account_id: None,
                new_account: Some(NewAccount { name: format!("account {number}"), domain: None, owner_id: None, external_id: name("a", number) }),
                person_id: None,
                closed_at: instant("2026-01-01T00:00:00Z"),
                amount: WantedMoney { amount: 100.into(), currency: "USD".to_owned() },
                path: ClosePath::Assisted,
                referral: None,
                signed_split: None,
                source_resource: Some(Resource::Sales),
                opportunity_id: None,
                terms: Terms::default(),
                external_id: name("c", number),
                restate: None,
            }).collect::<Vec<_>>()
        };
        let import = async |items: &[GenerateAccount]| {
            let before = app.statements();
            let tx = scope.write().await.unwrap();
            let outcomes = generate_accounts_in(&tx, &scope, items).await.unwrap();
            tx.commit().await.unwrap();
            (app.app.db().statement_count() - before, outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Recorded(_))).count())
        };
        let (few, recorded) = import(&batch(0, 2)).await;
        assert_eq!(recorded, 2);
        let (many, recorded) = import(&batch(2, 60)).await;
        assert_eq!((many, recorded), (few, 60));
        let before = rows(&app).await;
        assert_eq!(import(&batch(0, 62)).await.1, 0);
        assert_eq!(rows(&app).await, before);
    }

    async fn no_department_marks_its_own_close(app: TestApp) {
        let story = Story::begin(&app).await;
        for &role in Role::ALL {
            let caller = story.member(role).await;
            let before = rows(&app).await;
            let input = json!({ "input": sourced(json!({})) });
            if matches!(role, Role::Admin | Role::Revops | Role::Integration) {
                let data = caller.gql(GENERATE, input).await;
                assert_eq!(problems(&data["generateAccount"]), [], "{role:?}");
            } else {
                assert_eq!(caller.refused(GENERATE, input).await, "FORBIDDEN", "{role:?}");
                assert_eq!(rows(&app).await, before, "{role:?}");
            }
        }
    }
}
