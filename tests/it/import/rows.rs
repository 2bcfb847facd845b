//! What rows tell.

use serde_json::json;
use tandem::ingest::Kind;

use super::{Files, counts, leads, run, run_with, stored};
use crate::support::on_both_engines;
use entity::kinds::Role;

on_both_engines! {
    async fn a_row_tells_several_records_and_files_refer_to_each_other(app: TestApp) {
        let acme = app.org_in("acme", "BRL", "America/Sao_Paulo").await;
        let files = Files::new();
        // Given in the wrong order: the mapping knows the right one.
        let sources = vec![
            files.csv("spend.csv", "tactic,from,to,amount\nads,2026-01-01,2026-01-31,310.50\nseo,2026-01-05,,20\n"),
            files.csv("deals.csv", "lead;account;status;won;amount\nL1;A1;won;20/03/2026 23:30;1.234,56\nL2;A2;lost;;\nL3;A3;won;01/05/2026 08:00;\n"),
            files.csv("leads.csv", leads(6)),
        ];
        let summary = run(&acme, sources).await.unwrap();
        assert_eq!((summary.rows, summary.rejected), (11, 0));
        let expected = [(Kind::Person, 6, 0), (Kind::Tactic, 2, 0), (Kind::Touch, 5, 0), (Kind::StageEvent, 6, 0), (Kind::Close, 2, 0), (Kind::Cost, 2, 0)];
        assert_eq!(counts(&summary), expected);
        let admin = acme.member(Role::Admin).await;
        // Each close is the entry of its buyer into the stage CLOSED too.
        assert_eq!(stored(&admin).await, json!([6, 2, 5, 8, 2, 2]));
        let document = "{ closes { edges { node { occurredAt amount { amount currency } recurringMonthly { amount } path account { name } } } }
            personByExternalId(externalId: { source: \"crm\", value: \"L1\" }) { knownAt touches { edges { node { occurredAt channel resource } } }
                stageEvents { edges { node { occurredAt stage { key } } } } } }";
        let data = admin.gql(document, json!({})).await;
        assert_eq!(data["closes"]["edges"][1]["node"], json!({
            "occurredAt": "2026-03-21T02:30:00Z", "amount": { "amount": "1234.56", "currency": "BRL" }, "recurringMonthly": { "amount": "1234.56" },
            "path": "ASSISTED", "account": { "name": "Company A1" }
        }));
        let free = &data["closes"]["edges"][0]["node"];
        assert_eq!((&free["amount"]["amount"], &free["recurringMonthly"]), (&json!("0.00"), &json!(null)));
        assert_eq!(data["personByExternalId"], json!({
            "knownAt": "2026-02-02T03:00:00Z",
            "touches": { "edges": [{ "node": { "occurredAt": "2026-02-02T03:00:00Z", "channel": "PAID_SEARCH", "resource": "MARKETING" } }] },
            "stageEvents": { "edges": [
                { "node": { "occurredAt": "2026-03-21T02:30:00Z", "stage": { "key": "CLOSED" } } },
                { "node": { "occurredAt": "2026-02-02T03:00:00Z", "stage": { "key": "QUALIFIED" } } },
            ] },
        }));
    }

    async fn a_deal_won_before_the_first_contact_is_marked(app: TestApp) {
        let acme = app.org("acme").await;
        let files = Files::new();
        let sources = vec![
            files.csv("leads.csv", "lead,day,origin\nL1,2026-03-08,seo\n"),
            files.csv("deals.csv", "lead;account;status;won;amount\nL1;A1;won;06/03/2026 19:38;\n"),
        ];
        assert_eq!(run(&acme, sources).await.unwrap().rejected, 0);
        let admin = acme.member(Role::Admin).await;
        let data = admin.gql("{ stageEvents { edges { node { stage { key } backdated } } } }", json!({})).await;
        assert_eq!(data["stageEvents"]["edges"], json!([
            { "node": { "stage": { "key": "QUALIFIED" }, "backdated": false } },
            { "node": { "stage": { "key": "CLOSED" }, "backdated": true } },
        ]));
    }

    async fn marks_quotes_and_line_ends_are_read_as_they_should_be(app: TestApp) {
        let acme = app.org("acme").await;
        let files = Files::new();
        let text = "\u{feff}\"lead\",origin,day,note\r\n\r\n\"L \"\"1\"\"\", seo ,2026-01-01,\"two\nlines, and a comma\"\r\n L2,,2026-01-02,\n";
        let empty = "values.unknown = {}\n";
        let mapping = super::super::MAPPING.replace(empty, &format!("{empty}empty = {{}}\n"));
        let summary = run_with(&acme, &mapping, vec![files.csv("leads.csv", text)], false).await.unwrap();
        assert_eq!((summary.rows, summary.rejected), (2, 0));
        let admin = acme.member(Role::Admin).await;
        let data = admin.gql("{ people { edges { node { externalId { value } touches { totalCount } } } } }", json!({})).await;
        assert_eq!(data["people"]["edges"], json!([
            { "node": { "externalId": { "value": "L2" }, "touches": { "totalCount": 0 } } },
            { "node": { "externalId": { "value": "L \"1\"" }, "touches": { "totalCount": 1 } } },
        ]));
    }

    async fn another_system_may_have_named_an_object(app: TestApp) {
        let acme = app.org("acme").await;
        let files = Files::new();
        run(&acme, vec![files.csv("leads.csv", leads(2))]).await.unwrap();
        let mapping = "source = \"ads\"\n[[file]]\nname = \"clicks\"\n[[file.touch]]\nid = \"{click}\"\nat = \"{at}\"\nkind = \"CLICK\"\n\
            actor = \"CAMPAIGN\"\nchannel = \"DISPLAY\"\nresource = \"MARKETING\"\nperson = { value = \"{lead}\", source = \"crm\" }\n";
        let sources = vec![files.csv("clicks.csv", "click,at,lead\nC1,2026-02-01T10:00:00Z,L0\nC2,2026-02-01 10:00,L9\n")];
        let summary = run_with(&acme, mapping, sources, false).await.unwrap();
        assert_eq!((summary.count(Kind::Touch).recorded, summary.rejected), (1, 1));
        let expected = "rejected_line,rejected_because,click,at,lead\n3,touch.person: no person is called `L9` in `crm`,C2,2026-02-01 10:00,L9\n";
        assert_eq!(files.read("clicks.csv.rejects.csv"), expected);
    }
}
