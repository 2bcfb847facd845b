//! Who is erased is gone, what happened stays, and neither comes back.

use entity::ids::{PersonId, TypedId};
use entity::kinds::Role;
use serde_json::{Value, json};
use tandem::audit::service::verify;
use tandem::auth::permission::grant::TouchWrite;
use tandem::auth::{Scope, Session, System};

use super::walls::file_holds_nothing;
use super::{
    CONSENT, CORRECT_EVENT, CORRECT_TOUCH, DISMISS, DISPUTE, ERASE, EXPORT, GENERATE, MARKER, MOVE, POLICY, RECORD_EVENTS, RECORD_PEOPLE,
    RECORD_PERSON, RECORD_TOUCHES, REVISE_PERSON, TRANSFER, WITHDRAW, WITHDRAW_DISPUTE, act, done, dump, erase, holding, id, marked, named,
    sample, touch,
};
use crate::import::{Files, counts, run};
use crate::support::story::{problems, usd};
use crate::support::{Caller, Engine, TestOrganization, on_both_engines, rows};
use tandem::ingest::Kind;

fn problem(field: &str, code: &str) -> Vec<(String, String)> {
    vec![(field.to_owned(), code.to_owned())]
}

async fn chain_is_whole(acme: &TestOrganization<'_>) {
    let scope = Session::system(&acme.app.app, acme.id, System::Audit).authorize().unwrap();
    assert_eq!(verify(&scope, None).await.unwrap().broken, None);
}

/// What the past is told by.
async fn numbers(by: &Caller<'_>) -> Value {
    let document = "query($basis: CloseBasis!, $asOf: DateTime) {
        funnel(period: { from: \"2026-04-01\", to: \"2026-06-01\" }, stages: [\"KNOWN\", \"QUALIFIED\", \"CLOSED\"], asOf: $asOf) {
            steps { entered } rows(first: 20) { totalCount nodes { person { id } } } }
        costPerClose(period: { from: \"2026-04-01\", to: \"2026-06-01\" }, basis: $basis, asOf: $asOf) {
            lines { resource creditedCloses creditedValue { amount } cost { amount } } blended { closes value { amount } } }
        byTactic: costPerClose(period: { from: \"2026-04-01\", to: \"2026-06-01\" }, basis: $basis, by: CHANNEL, asOf: $asOf) {
            lines { key creditedCloses creditedValue { amount } } } }";
    let mut answers = Vec::new();
    for basis in ["NET", "GROSS"] {
        for as_of in [Value::Null, json!("2026-06-01T12:00:00Z")] {
            answers.push(by.gql(document, json!({ "basis": basis, "asOf": as_of })).await);
        }
    }
    let document = "{ closes { nodes { id amount { amount } status balances { resource basisPoints } batches { kind entries { resource basisPoints } } } }
        touches(filter: { includeCorrected: true }) { nodes { id occurredAt kind resource person { id kind knownAt } } }
        stageEvents(filter: { includeCorrected: true }) { nodes { id occurredAt stage { key } person { id } } } }";
    answers.push(by.gql(document, json!({})).await);
    json!(answers)
}

on_both_engines! {
    async fn nothing_that_says_who_somebody_was_is_left(app: TestApp) {
        let acme = app.org("acme").await;
        let (ops, auditor) = (acme.member(Role::Revops).await, acme.member(Role::Auditor).await);
        let marked = marked(&ops).await;
        assert_eq!(holding(&app, MARKER).await, ["activity", "activity_event", "blocker", "blocker_resolution", "clock_event", "close", "close_movement", "consent", "credit_batch", "credit_dispute", "credit_dispute_end", "credit_proposal_decision", "credit_transfer", "credit_transfer_decision", "feedback", "feedback_acknowledgement", "handoff", "handoff_event", "identity_pointer", "identity_pointer_end", "opportunity_event", "person", "restatement", "stage_event", "touch"]);
        let erasure = erase(&ops, &marked.person).await;
        assert_eq!(erasure, json!({ "reason": "REQUESTED", "erasedAt": "2026-06-01T12:00:00Z", "erasedBy": { "id": ops.member.unwrap().to_string() },
            "person": { "id": marked.person, "kind": "KNOWN", "name": null, "email": null, "knownAt": "2026-04-05T00:00:00Z", "externalId": null,
                "erasedAt": "2026-06-01T12:00:00Z", "version": 3 } }));
        // The other one stays who they are.
        assert!(dump(&app).await.iter().any(|(table, row)| table == "person" && row.contains("two@zyxwvut.example")));
        erase(&ops, &marked.other).await;
        assert_eq!(holding(&app, MARKER).await, Vec::<String>::new());
        chain_is_whole(&acme).await;
        if app.engine == Engine::Sqlite {
            file_holds_nothing(&app, MARKER).await;
        }
        // Auditors see by whom and when, and how many rows, but nothing of what was there.
        let log = "query($id: ID!) { auditLog(filter: { objectId: $id, action: \"erasePerson\" }) { nodes { member { id }
            changes { change kind objectId count fields { name before after } } } } }";
        let entries = auditor.gql(log, json!({ "id": marked.person })).await["auditLog"]["nodes"].take();
        assert_eq!(entries.as_array().unwrap().len(), 1);
        let mut changes: Vec<String> = entries[0]["changes"].as_array().unwrap().iter().map(|change| format!("{} {} {}", change["change"].as_str().unwrap(), change["kind"].as_str().unwrap(), change["count"])).collect();
        changes.sort_unstable();
        assert_eq!(changes, ["CHANGED person null", "CHANGED sla_clock null", "CHANGED sla_clock null", "CHANGED sla_clock null", "ERASED_MANY activity 2", "ERASED_MANY activity_event 2", "ERASED_MANY blocker 1", "ERASED_MANY blocker_resolution 1", "ERASED_MANY clock_event 1", "ERASED_MANY close 1", "ERASED_MANY close_movement 2",
            "ERASED_MANY consent 2", "ERASED_MANY credit_batch 1", "ERASED_MANY credit_dispute 1", "ERASED_MANY credit_dispute_end 1", "ERASED_MANY credit_proposal_decision 1", "ERASED_MANY credit_transfer 2", "ERASED_MANY credit_transfer_decision 1", "ERASED_MANY feedback 1", "ERASED_MANY feedback_acknowledgement 1", "ERASED_MANY handoff 1", "ERASED_MANY handoff_event 1", "ERASED_MANY identity_pointer 1", "ERASED_MANY identity_pointer_end 1",
            "ERASED_MANY opportunity_event 1", "ERASED_MANY restatement 1", "ERASED_MANY stage_event 4", "ERASED_MANY touch 2", "RECORDED clock_event null", "RECORDED erasure null"]);
        assert!(!entries.to_string().to_lowercase().contains(MARKER));
    }

    async fn who_claimed_in_vain_to_have_referred_somebody_is_gone_from_what_was_written_too(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let claimant = id(&done(&ops, RECORD_PERSON, json!({ "name": "Qwertz", "email": "qwertz@example.com", "knownAt": "2026-04-01T00:00:00Z" })).await["person"]["id"]);
        let buyer = id(&done(&ops, RECORD_PERSON, json!({})).await["person"]["id"]);
        // The claim came after the close: it does not count, and no close names them.
        let close = json!({ "newAccount": { "name": "Beta" }, "personId": buyer, "occurredAt": "2026-04-20T00:00:00Z", "amount": usd("500.00"), "path": "ASSISTED",
            "sourceResource": "SALES", "referral": { "referrerPersonId": claimant, "claimedAt": "2026-04-21T00:00:00Z" } });
        let close = id(&done(&ops, GENERATE, close).await["close"]["id"]);
        let refund = json!({ "closeId": close, "kind": "REFUND", "amount": usd("100.00"), "occurredAt": "2026-04-25T00:00:00Z", "reason": "Qwertz complained" });
        done(&ops, MOVE, refund).await;
        let moved = json!({ "closeId": close, "from": "SALES", "to": "PRODUCT", "basisPoints": 100, "effectiveAt": "2026-04-26T00:00:00Z", "reason": "Qwertz helped" });
        let asked = done(&ops, TRANSFER, moved.clone()).await;
        done(&ops, WITHDRAW, json!({ "transferId": asked["transfer"]["id"], "reason": "Qwertz did not" })).await;
        let rules = ["REFERRAL_CLAIM", "SIGNED_SPLIT", "SELF_SERVE", "EVIDENCE", "SOURCE_RESOURCE"];
        done(&ops, POLICY, json!({ "lookbackDays": 90, "roundingBasisPoints": 100, "rules": rules, "transferApproval": "NONE" })).await;
        let april = json!({ "month": "2026-04-01", "reason": "reported" });
        done(&ops, "mutation($input: LockPeriodInput!) { lockPeriod(input: $input) { userErrors { code } } }", april).await;
        let mut restating = moved;
        restating["restate"] = json!({ "reason": "Qwertz told us late" });
        done(&ops, TRANSFER, restating).await;
        let disputed = json!({ "closeId": close, "resource": "SALES", "suggestedShares": [{ "resource": "SALES", "basisPoints": 10_000 }], "reason": "Qwertz told us" });
        let disputed = done(&ops, DISPUTE, disputed).await;
        done(&ops, WITHDRAW_DISPUTE, json!({ "disputeId": disputed["dispute"]["id"], "reason": "Qwertz did not" })).await;
        let now = app.app.now();
        app.clock.set(now.saturating_add_micros(1_000_000));
        done(&ops, RECORD_TOUCHES, json!({ "items": [touch(&buyer, 1, "MARKETING")] })).await;
        let suggested = json!([{ "resource": "MARKETING", "basisPoints": 10_000 }]);
        done(&ops, DISMISS, json!({ "closeId": close, "suggestedShares": suggested, "reason": "Qwertz decided alone" })).await;
        app.clock.set(now);
        let words = ["close_movement", "credit_batch", "credit_dispute", "credit_dispute_end", "credit_proposal_decision", "credit_transfer", "credit_transfer_decision"];
        assert_eq!(holding(&app, "qwertz").await, [&words[..], &["person", "restatement"]].concat());
        erase(&ops, &claimant).await;
        assert_eq!(holding(&app, "qwertz").await, Vec::<String>::new());
        chain_is_whole(&acme).await;
        // What they claimed is told of them, and the close is somebody else's.
        let export = done(&ops, EXPORT, json!({ "personId": claimant })).await["export"]["document"].take();
        assert_eq!((export["closes"].as_array().unwrap().len(), export["creditOpenings"].as_array().unwrap().len()), (0, 1));
    }

    async fn no_number_of_the_past_changes(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let marked = marked(&ops).await;
        done(&ops, "mutation($input: RecordCostInput!) { recordCost(input: $input) { costEntry { id } userErrors { code } } }",
            json!({ "owner": "SALES", "category": "MEDIA", "amount": usd("300.00"), "firstOn": "2026-04-01", "lastOn": "2026-04-30" })).await;
        let before = numbers(&ops).await;
        assert_eq!(before[0]["costPerClose"]["blended"]["closes"], 2);
        erase(&ops, &marked.person).await;
        erase(&ops, &marked.other).await;
        assert_eq!(numbers(&ops).await, before);
        // Nor does the credit of a close that comes later: when they became known still counts for their company.
        assert_eq!(before[4]["touches"]["nodes"][0]["person"]["kind"], "KNOWN");
    }

    async fn who_was_erased_is_not_recorded_again(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let marked = marked(&ops).await;
        erase(&ops, &marked.person).await;
        let before = rows(&app).await;
        let known = "2026-05-01T00:00:00Z";
        let by_email = json!({ "name": "Somebody", "email": " ZYXWVUT@example.com", "knownAt": known });
        let by_name = named(json!({}), "ZYXWVUT-1");
        assert_eq!(problems(&act(&ops, RECORD_PERSON, by_email.clone()).await), problem("email", "ERASED"));
        assert_eq!(problems(&act(&ops, RECORD_PERSON, by_name.clone()).await), problem("externalId", "ERASED"));
        let unchanged = named(json!({ "name": "Zyxwvut Two", "email": "two@zyxwvut.example", "knownAt": "2026-04-05T00:00:00Z" }), "ZYXWVUT-2");
        let results = act(&ops, RECORD_PEOPLE, json!({ "items": [by_email, by_name, unchanged] })).await;
        let outcomes: Vec<(&str, Vec<(String, String)>)> = results["results"].as_array().unwrap().iter().map(|result| (result["outcome"].as_str().unwrap(), problems(result))).collect();
        assert_eq!(outcomes, [("REJECTED", problem("items.0.email", "ERASED")), ("REJECTED", problem("items.1.externalId", "ERASED")), ("UNCHANGED", vec![])]);
        // What happened to them, whoever it would belong to now.
        let again = json!({ "items": [named(touch(&marked.other, 1, "MARKETING"), "zyxwvut t1"), touch(&marked.person, 9, "MARKETING")] });
        let results = act(&ops, RECORD_TOUCHES, again).await["results"].take();
        assert_eq!(problems(&results[0]), problem("items.0.externalId", "ERASED"));
        assert_eq!(problems(&results[1]), problem("items.1.personId", "ERASED"));
        let event = |person: &str| json!({ "personId": person, "stage": "ENGAGED", "occurredAt": "2026-05-01T00:00:00Z" });
        let results = act(&ops, RECORD_EVENTS, json!({ "items": [event(&marked.person), named(event(&marked.other), "zyxwvut e1")] })).await["results"].take();
        assert_eq!((problems(&results[0]), problems(&results[1])), (problem("items.0.personId", "ERASED"), problem("items.1.externalId", "ERASED")));
        let close = json!({ "newAccount": { "name": "Gamma" }, "occurredAt": "2026-05-20T00:00:00Z", "amount": usd("1000.00"), "path": "ASSISTED", "sourceResource": "SALES" });
        assert_eq!(problems(&act(&ops, GENERATE, named(close.clone(), "zyxwvut c1")).await), problem("externalId", "ERASED"), "the same business is not counted twice");
        let mut theirs = close.clone();
        theirs["personId"] = json!(marked.person);
        assert_eq!(problems(&act(&ops, GENERATE, theirs).await), problem("personId", "ERASED"));
        let mut referred = close;
        referred["referral"] = json!({ "referrerPersonId": marked.person, "claimedAt": "2026-05-10T00:00:00Z" });
        assert_eq!(problems(&act(&ops, GENERATE, referred).await), problem("referral.referrerPersonId", "ERASED"));
        let consent = json!({ "personId": marked.person, "purpose": "PHONE", "decision": "GRANTED", "occurredAt": "2026-05-20T00:00:00Z" });
        assert_eq!(problems(&act(&ops, CONSENT, consent).await), problem("personId", "ERASED"));
        assert_eq!(problems(&act(&ops, REVISE_PERSON, json!({ "personId": marked.person, "name": "Zyxwvut" })).await), problem("personId", "ERASED"));
        assert_eq!(problems(&act(&ops, REVISE_PERSON, json!({ "personId": marked.other, "email": "zyxwvut@example.com" })).await), problem("email", "ERASED"));
        assert_eq!(rows(&app).await, before);
        // A repeated call is still recognized, and tells what is there now.
        let new = json!({ "name": "Zyxwvut Ada", "email": "Zyxwvut@Example.com", "knownAt": "2026-04-05T00:00:00Z", "idempotencyKey": "person zyxwvut" });
        assert_eq!(done(&ops, RECORD_PERSON, named(new, "ZYXWVUT-1")).await["person"]["id"], json!(marked.person));
        assert_eq!(rows(&app).await, before);
        // Another organization knows nothing of it.
        let theirs = app.org("other").await.member(Role::Revops).await;
        done(&theirs, RECORD_PERSON, named(json!({ "email": "zyxwvut@example.com", "knownAt": known }), "ZYXWVUT-1")).await;
    }

    async fn a_file_does_not_bring_them_back(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let files = Files::new();
        let leads = "lead,day,origin\nL1,2026-01-02,seo\nL2,2026-01-03,seo\n";
        let deals = "lead;account;status;won;amount\nL1;A1;won;20/05/2026 23:30;10\nL2;A2;won;21/05/2026 23:30;10\n";
        run(&acme, vec![files.csv("leads.csv", leads), files.csv("deals.csv", deals)]).await.unwrap();
        let find = "{ personByExternalId(externalId: { source: \"crm\", value: \"L1\" }) { id } }";
        let person = id(&ops.gql(find, json!({})).await["personByExternalId"]["id"]);
        erase(&ops, &person).await;
        let before = rows(&app).await;
        let summary = run(&acme, vec![files.csv("leads.csv", leads), files.csv("deals.csv", deals)]).await.unwrap();
        assert_eq!(counts(&summary), [(Kind::Person, 0, 1), (Kind::Tactic, 0, 1), (Kind::Touch, 0, 1), (Kind::StageEvent, 0, 1), (Kind::Close, 0, 1)]);
        assert_eq!(summary.rejected, 2);
        assert!(files.read("leads.csv.rejects.csv").contains("person.externalId: whoever had this name was erased"));
        assert_eq!(rows(&app).await, before);
    }

    async fn erasing_twice_erases_once(app: TestApp) {
        let acme = app.org("acme").await;
        let (ops, admin) = (acme.member(Role::Revops).await, acme.member(Role::Admin).await);
        let marked = marked(&ops).await;
        assert_eq!(problems(&act(&ops, ERASE, json!({ "personId": marked.person, "expectedVersion": 1 })).await), problem("expectedVersion", "STALE_VERSION"));
        assert!(holding(&app, MARKER).await.contains(&"person".to_owned()), "a refused erasure erases nothing");
        let first = done(&ops, ERASE, json!({ "personId": marked.person, "expectedVersion": 2, "reason": "OBJECTED" })).await;
        let before = (rows(&app).await, dump(&app).await);
        let second = done(&admin, ERASE, json!({ "personId": marked.person, "expectedVersion": 2, "reason": "UNLAWFUL" })).await;
        assert_eq!(second, first);
        assert_eq!((rows(&app).await, dump(&app).await), before, "not even an entry of the log");
        // What an import wrote that ran at the same moment goes with the next erasure.
        let scope: Scope<TouchWrite> = acme.setup().authorize().unwrap();
        let late = sample(&scope, PersonId::parse(&marked.person).unwrap());
        let late = entity::touch::Model { source: Some("crm".to_owned()), external_id: Some("qponmlk".to_owned()), ..late };
        let tx = scope.write().await.unwrap();
        tx.insert::<entity::touch::Entity>(late).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(holding(&app, "qponmlk").await, ["touch"]);
        assert_eq!(done(&ops, ERASE, json!({ "personId": marked.person })).await, first);
        assert_eq!(holding(&app, "qponmlk").await, Vec::<String>::new());
        let again = json!({ "items": [named(touch(&marked.other, 1, "SALES"), "qponmlk")] });
        assert_eq!(problems(&act(&ops, RECORD_TOUCHES, again).await["results"][0]), problem("items.0.externalId", "ERASED"));
    }

    async fn what_happened_to_the_anonymous_subject_may_still_be_put_right(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let marked = marked(&ops).await;
        erase(&ops, &marked.person).await;
        done(&ops, CORRECT_TOUCH, json!({ "touchId": marked.touch, "kind": "VISIT" })).await;
        done(&ops, CORRECT_EVENT, json!({ "stageEventId": marked.event, "retract": true })).await;
        let moved = json!({ "touchId": id(&done(&ops, RECORD_TOUCHES, json!({ "items": [touch(&marked.other, 12, "SALES")] })).await["results"][0]["touch"]["id"]), "personId": marked.person });
        assert_eq!(problems(&act(&ops, CORRECT_TOUCH, moved).await), problem("personId", "ERASED"));
        let status = "query($id: ID!) { close(id: $id) { status } }";
        assert_eq!(ops.gql(status, json!({ "id": marked.close })).await["close"]["status"], "PARTIALLY_REFUNDED");
        assert_eq!(ops.gql(status, json!({ "id": marked.referred })).await["close"]["status"], "PARTIALLY_REFUNDED");
    }

    async fn erasing_and_revising_at_once_leaves_nothing(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        for round in 0..6 {
            let new = json!({ "name": format!("Zyxwvut {round}"), "knownAt": "2026-05-01T00:00:00Z" });
            let person = id(&done(&ops, RECORD_PERSON, new).await["person"]["id"]);
            let revise = act(&ops, REVISE_PERSON, json!({ "personId": person, "email": format!("zyxwvut{round}@example.com") }));
            let touched = act(&ops, RECORD_TOUCHES, json!({ "items": [named(touch(&person, 3, "SALES"), &format!("zyxwvut at once {round}"))] }));
            let (revised, touched, erased) = tokio::join!(revise, touched, act(&ops, ERASE, json!({ "personId": person })));
            assert_eq!(erased["userErrors"], json!([]));
            assert!(problems(&revised).is_empty() || problems(&revised) == problem("personId", "ERASED"), "{revised}");
            let touched = problems(&touched["results"][0]);
            assert!(touched.is_empty() || touched == problem("items.0.personId", "ERASED"), "{touched:?}");
        }
        assert_eq!(holding(&app, MARKER).await, Vec::<String>::new());
        chain_is_whole(&acme).await;
    }
}
