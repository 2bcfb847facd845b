//! Rows and files that cannot be imported.

use serde_json::json;
use tandem::ingest::{Kind, MAX_ROW};

use super::{Files, leads, run, run_with, stored, told};
use crate::support::on_both_engines;
use entity::kinds::Role;

on_both_engines! {
    async fn bad_rows_go_to_a_file_with_line_and_reason_and_the_rest_is_kept(app: TestApp) {
        let acme = app.org("acme").await;
        let files = Files::new();
        let mut text = b"lead,day,origin\nL1,2026-01-01,seo\nL2,2026-02-30,radio\nL3,2026-02-30,seo\nL4,1969-12-31,seo\n,2026-01-01,seo\n".to_vec();
        text.extend(b"L5,2026-01-01\nL6,2026-01-01,seo,more\nL\xff7,2026-01-01,seo\n=L8,-5,\"seo\n\"\nL9,2026-01-09,ads\n");
        let summary = run(&acme, vec![files.csv("leads.csv", text)]).await.unwrap();
        assert_eq!((summary.rows, summary.rejected, summary.count(Kind::Person).recorded), (10, 8, 2));
        let not_a_day = |record: &str, field: &str, day: &str| format!("{record}.{field}: `{day}` is not a date like 2026-03-31");
        let too_early = |record: &str, field: &str| format!("{record}.{field}: must lie between 1970 and a day from now");
        let three = |told: &dyn Fn(&str, &str) -> String| {
            [told("person", "known_at"), told("touch", "at"), told("stage_event", "at")].join("; ")
        };
        let expected = [
            "rejected_line,rejected_because,lead,day,origin".to_owned(),
            "3,\"origin: `radio` is not listed in this lookup, and it has no default\",L2,2026-02-30,radio".to_owned(),
            format!("4,{},L3,2026-02-30,seo", three(&|record, field| not_a_day(record, field, "2026-02-30"))),
            format!("5,{},L4,1969-12-31,seo", three(&too_early)),
            "6,person.id: is empty in this row; touch.id: is empty in this row; stage_event.id: is empty in this row,,2026-01-01,seo".to_owned(),
            "7,row: has 2 cells where the header has 3,L5,2026-01-01".to_owned(),
            "8,row: has 4 cells where the header has 3,L6,2026-01-01,seo,more".to_owned(),
            "9,row: is not UTF-8,L\u{fffd}7,2026-01-01,seo".to_owned(),
            format!("10,{},'=L8,-5,\"seo\n\"", three(&|record, field| not_a_day(record, field, "-5"))),
        ];
        assert_eq!(files.read("leads.csv.rejects.csv"), expected.join("\n") + "\n");
    }

    async fn a_mended_file_of_rejected_rows_is_imported_as_it_is(app: TestApp) {
        let acme = app.org("acme").await;
        let files = Files::new();
        run(&acme, vec![files.csv("leads.csv", "lead,day,origin\n=L1,2026-01-01,radio\nL2,2026-01-02,tv\n")]).await.unwrap();
        let rejected = files.read("leads.csv.rejects.csv");
        let mended = files.csv("mended.csv", rejected.replace("radio\n", "seo\n"));
        let summary = run(&acme, vec![mended]).await.unwrap();
        assert_eq!((summary.count(Kind::Person).recorded, summary.rejected), (1, 1));
        let admin = acme.member(Role::Admin).await;
        let data = admin.gql("{ people { edges { node { externalId { value } } } } }", json!({})).await;
        assert_eq!(data["people"]["edges"], json!([{ "node": { "externalId": { "value": "=L1" } } }]));
        let left = "rejected_line,rejected_because,lead,day,origin\n3,\"origin: `tv` is not listed in this lookup, and it has no default\",L2,2026-01-02,tv\n";
        assert_eq!(files.read("mended.csv.rejects.csv"), left);
        // The next run of the original takes the old file away, and nothing else that stands there.
        run(&acme, vec![files.csv("leads.csv", leads(1))]).await.unwrap();
        assert!(!files.exists("leads.csv.rejects.csv"));
    }

    async fn a_record_that_contradicts_what_is_known_is_rejected_and_the_rest_of_its_row_stays(app: TestApp) {
        let acme = app.org("acme").await;
        let files = Files::new();
        run(&acme, vec![files.csv("leads.csv", "lead,day,origin\nL1,2026-01-01,seo\n")]).await.unwrap();
        let summary = run(&acme, vec![files.csv("leads.csv", "lead,day,origin\nL1,2026-01-01,ads\nL2,2026-01-02,seo\n")]).await.unwrap();
        assert_eq!((summary.count(Kind::Person).unchanged, summary.count(Kind::Person).recorded, summary.rejected), (1, 1, 1));
        let because = "touch.externalId: this external id is known with other content";
        let expected = format!("rejected_line,rejected_because,lead,day,origin\n2,{because},L1,2026-01-01,ads\n");
        assert_eq!(files.read("leads.csv.rejects.csv"), expected);
    }

    async fn what_is_told_of_a_locked_month_is_rejected_and_what_is_known_of_it_stays(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let files = Files::new();
        let sources = |spend: &str, deals: &str| {
            let deals = files.csv("deals.csv", format!("lead;account;status;won;amount\n{deals}"));
            vec![files.csv("leads.csv", leads(3)), deals, files.csv("spend.csv", format!("tactic,from,to,amount\n{spend}"))]
        };
        let (spent, won) = ("ads,2026-01-01,2026-01-31,310.50\n", "L1;A1;won;20/01/2026 23:30;1.234,56\n");
        assert_eq!(run(&acme, sources(spent, won)).await.unwrap().rejected, 0);
        let input = json!({ "input": { "month": "2026-01-01", "reason": "reported" } });
        admin.gql("mutation($input: LockPeriodInput!) { lockPeriod(input: $input) { periodLock { id } userErrors { code } } }", input).await;
        let more = sources(&format!("{spent}seo,2026-01-31,2026-02-01,20\nseo,2026-02-01,,20\n"), &format!("{won}L2;A2;won;20/01/2026 23:30;1,00\n"));
        let summary = run(&acme, more).await.unwrap();
        let count = |kind| (summary.count(kind).recorded, summary.count(kind).unchanged);
        assert_eq!((summary.rejected, count(Kind::Cost), count(Kind::Close)), (2, (1, 1), (0, 1)));
        let expected = "rejected_line,rejected_because,tactic,from,to,amount\n3,cost.firstOn: 2026-01 is locked,seo,2026-01-31,2026-02-01,20\n";
        assert_eq!(files.read("spend.csv.rejects.csv"), expected);
        assert!(files.read("deals.csv.rejects.csv").contains("close.occurredAt: 2026-01 is locked"));
    }

    async fn a_tactic_of_the_same_name_rejects_its_rows_only(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let input = json!({ "input": { "name": "Tactic ads", "resource": "SALES", "channel": "OTHER" } });
        admin.gql("mutation($input: CreateTacticInput!) { createTactic(input: $input) { userErrors { code } } }", input).await;
        let files = Files::new();
        let summary = run(&acme, vec![files.csv("leads.csv", "lead,day,origin\nL1,2026-01-01,ads\nL2,2026-01-02,seo\n")]).await.unwrap();
        assert_eq!((summary.count(Kind::Person).recorded, summary.count(Kind::Tactic).recorded, summary.count(Kind::Touch).recorded), (2, 1, 1));
        let because = "tactic.name: another tactic has this name; touch.tactic: no tactic is called `ads` in `crm`";
        let expected = format!("rejected_line,rejected_because,lead,day,origin\n2,{because},L1,2026-01-01,ads\n");
        assert_eq!(files.read("leads.csv.rejects.csv"), expected);
    }

    async fn a_row_too_long_is_rejected_without_being_kept(app: TestApp) {
        let acme = app.org("acme").await;
        let files = Files::new();
        let text = format!("lead,day,origin\nL1,2026-01-01,seo\nL2,2026-01-01,{}\nL3,2026-01-01,seo\n\"L4,2026-01-01,seo\n", "x".repeat(MAX_ROW + 1));
        let summary = run(&acme, vec![files.csv("leads.csv", text)]).await.unwrap();
        assert_eq!((summary.rows, summary.rejected, summary.count(Kind::Person).recorded), (4, 2, 2));
        let rejected = files.read("leads.csv.rejects.csv");
        let lines: Vec<&str> = rejected.lines().collect();
        assert_eq!(lines[1], "3,row: has more than 1048576 bytes or 1000 cells; perhaps a quote does not close");
        assert_eq!(lines[2], "5,row: has 1 cells where the header has 3,\"L4,2026-01-01,seo");
    }

    async fn files_that_do_not_fit_are_refused_before_anything_is_recorded(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let files = Files::new();
        let good = files.csv("good.csv", leads(3));
        let shown = |name: &str| files.path(name).display().to_string();
        let cases = [
            (files.csv("empty.csv", ""), format!("{}: is empty: there is no header", shown("empty.csv"))),
            (files.csv("latin.csv", b"lead,day,or\xedgin\n"), format!("{}: is not UTF-8; save it as UTF-8 and try again", shown("latin.csv"))),
            (files.csv("other.csv", "lead,date,origin\n"), format!("mapping.toml:16:22: column `day` is not in {}, which has `lead`, `date`, `origin`", shown("other.csv"))),
            (files.csv("twice.csv", "lead,day,day,origin\n"), format!("mapping.toml:16:22: column `day` comes twice in {}", shown("twice.csv"))),
            (tandem::ingest::Source { section: Some("led".to_owned()), ..good.clone() }, format!("{}: the mapping has no file `led`; it has `leads`, `deals`, `spend`", shown("good.csv"))),
            (tandem::ingest::Source { rejects: files.path("good.csv"), ..good.clone() }, format!("{}: is the file to import; name another one with --rejects", shown("good.csv"))),
            (tandem::ingest::Source { rejects: files.path("empty.csv"), ..good.clone() }, format!("{}: exists and holds no rejected rows; name another file with --rejects", shown("empty.csv"))),
            (files.source("missing.csv"), format!("{}: No such file or directory (os error 2)", shown("missing.csv"))),
        ];
        for (bad, expected) in cases {
            assert_eq!(told(run(&acme, vec![good.clone(), bad]).await), expected);
        }
        assert_eq!(stored(&admin).await, json!([0, 0, 0, 0, 0, 0]));
        let header = run(&acme, vec![files.csv("header.csv", "lead,day,origin\n")]).await.unwrap();
        assert_eq!((header.rows, header.total().recorded), (0, 0));
    }

    async fn a_file_that_fits_twice_has_to_be_named(app: TestApp) {
        let acme = app.org("acme").await;
        let files = Files::new();
        let mapping = "source = \"crm\"\n[[file]]\nname = \"a\"\n[[file.person]]\nid = \"{id}\"\n[[file]]\nname = \"b\"\n[[file.account]]\nid = \"{id}\"\nname = \"{name}\"\n";
        let source = files.csv("x.csv", "id,name\n1,One\n");
        let expected = format!("{}: can be read as `a` and as `b`; say which with --as", files.path("x.csv").display());
        assert_eq!(told(run_with(&acme, mapping, vec![source.clone()], false).await), expected);
        let named = tandem::ingest::Source { section: Some("b".to_owned()), ..source };
        assert_eq!(run_with(&acme, mapping, vec![named], false).await.unwrap().count(Kind::Account).recorded, 1);
    }
}
