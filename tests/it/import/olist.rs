//! The real files, where they are: 8 000 leads and 842 won deals.

use std::path::Path;

use entity::kinds::Role;
use serde_json::json;
use tandem::ingest::{Kind, Source};

use super::{Files, run_with};
use crate::support::on_both_engines;

/// Kept outside of the project: their licence is non-commercial.
const FOLDER: &str = "../shared/data/olist";
const MAPPING: &str = include_str!("../../../examples/olist/mapping.toml");

on_both_engines! {
    async fn the_real_funnel_is_reproduced(app: TestApp) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER);
        if !folder.exists() {
            eprintln!("\n!!! {} is not there: the test on real data is SKIPPED !!!\n", folder.display());
            return;
        }
        let organization = app.org_in("Olist", "BRL", "America/Sao_Paulo").await;
        let rejects = Files::new();
        let sources = || ["olist_closed_deals_dataset.csv", "olist_marketing_qualified_leads_dataset.csv"]
            .map(|name| Source { csv: folder.join(name), section: None, rejects: rejects.path(name) })
            .to_vec();
        let first = run_with(&organization, MAPPING, sources(), false).await.unwrap();
        assert_eq!((first.rows, first.rejected), (8_842, 0));
        assert_eq!(first.count(Kind::Person).recorded, 8_000);
        assert_eq!(first.count(Kind::Touch).recorded, 8_000 - 1_099 - 60);
        assert_eq!(first.count(Kind::Close).recorded, 842);
        let second = run_with(&organization, MAPPING, sources(), false).await.unwrap();
        assert_eq!((second.rows, second.rejected, second.total().recorded), (8_842, 0, 0));
        assert_eq!(second.total().unchanged, first.total().recorded);
        let admin = organization.member(Role::Admin).await;
        let document = "{ people { totalCount } closes { totalCount }
            early: stageEvents(filter: { stage: \"CLOSED\", occurredTo: \"2018-03-07T03:00:00Z\", occurredFrom: \"2018-03-06T03:00:00Z\" }, first: 100) {
                edges { node { backdated } } } }";
        let data = admin.gql(document, json!({})).await;
        assert_eq!((&data["people"]["totalCount"], &data["closes"]["totalCount"]), (&json!(8_000), &json!(842)));
        let early = data["early"]["edges"].as_array().unwrap();
        assert_eq!(early.iter().filter(|edge| edge["node"]["backdated"] == true).count(), 1);
    }
}
