//! The same rows again change nothing, however the import before ended.

use serde_json::json;
use tandem::ingest::{Kind, Options};
use tokio::sync::oneshot;

use super::{Files, counts, leads, run, run_with, stored, watched};
use crate::support::on_both_engines;
use entity::kinds::Role;

on_both_engines! {
    async fn a_second_import_changes_nothing(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let files = Files::new();
        let deals = "lead;account;status;won;amount\nL1;A1;won;20/05/2026 23:30;10\n";
        let sources = || vec![files.csv("leads.csv", leads(20)), files.csv("deals.csv", deals), files.csv("spend.csv", "tactic,from,to,amount\nads,2026-01-01,2026-01-31,5\n")];
        let first = run(&acme, sources()).await.unwrap();
        let before = stored(&admin).await;
        let second = run(&acme, sources()).await.unwrap();
        assert_eq!(second.total().recorded, 0);
        assert_eq!(second.total().unchanged, first.total().recorded);
        assert_eq!((second.rows, second.rejected), (22, 0));
        assert_eq!(stored(&admin).await, before);
    }

    async fn new_rows_of_a_longer_file_are_added(app: TestApp) {
        let acme = app.org("acme").await;
        let files = Files::new();
        run(&acme, vec![files.csv("leads.csv", leads(5))]).await.unwrap();
        let summary = run(&acme, vec![files.csv("leads.csv", leads(8))]).await.unwrap();
        assert_eq!(counts(&summary), [(Kind::Person, 3, 5), (Kind::Tactic, 0, 2), (Kind::Touch, 3, 4), (Kind::StageEvent, 3, 5)]);
    }

    async fn an_import_that_was_ended_between_chunks_is_finished_by_the_next(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let files = Files::new();
        let source = files.csv("leads.csv", leads(6_000));
        // Ended as by a kill: after its first chunk the import is never asked to go on.
        let options = Options { transaction_rows: 1, ..Options::default() };
        let (stop, stopped) = oneshot::channel();
        let mut stop = Some(stop);
        let mut watch = |_: &tandem::ingest::Progress<'_>| {
            if let Some(stop) = stop.take() {
                stop.send(()).unwrap();
            }
        };
        tokio::select! {
            biased;
            _ = stopped => {}
            ended = watched(&acme, super::super::MAPPING, vec![source.clone()], options, &mut watch) => panic!("was not ended: {ended:?}"),
        }
        let half = stored(&admin).await;
        assert!(half[0].as_u64().unwrap() >= 5_000 && half[0].as_u64().unwrap() < 6_000, "{half}");
        let summary = run(&acme, vec![source.clone()]).await.unwrap();
        assert_eq!(summary.count(Kind::Person).unchanged, half[0].as_u64().unwrap());
        assert_eq!(stored(&admin).await, json!([6_000, 2, 5_000, 6_000, 0, 0]));
        assert_eq!(run(&acme, vec![source]).await.unwrap().total().recorded, 0);
    }

    async fn a_dry_run_tells_and_changes_nothing(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let files = Files::new();
        let sources = || vec![files.csv("leads.csv", leads(5_100) + "L0,2026-01-01,radio\n"), files.csv("deals.csv", "lead;account;status;won;amount\nL5050;A1;won;20/05/2026 23:30;\n")];
        let dry = run_with(&acme, super::super::MAPPING, sources(), true).await.unwrap();
        assert_eq!(stored(&admin).await, json!([0, 0, 0, 0, 0, 0]));
        assert_eq!(dry, run(&acme, sources()).await.unwrap());
        assert_eq!((dry.count(Kind::Person).recorded, dry.count(Kind::Close).recorded, dry.rejected), (5_100, 1, 1));
    }

    async fn organizations_do_not_see_each_others_imports(app: TestApp) {
        let (acme, other) = (app.org("acme").await, app.org("other").await);
        let files = Files::new();
        let source = files.csv("leads.csv", leads(3));
        run(&acme, vec![source.clone()]).await.unwrap();
        assert_eq!(run(&other, vec![source]).await.unwrap().count(Kind::Person).recorded, 3);
        let admin = acme.member(Role::Admin).await;
        assert_eq!(stored(&admin).await, json!([3, 2, 3, 3, 0, 0]));
    }
}
