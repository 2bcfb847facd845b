//! The real files, where they are: 8 000 leads and 842 won deals.

use std::path::Path;

use entity::kinds::Role;
use rust_decimal::Decimal;
use serde_json::json;
use tandem::ingest::{Kind, Source};

use super::{Files, run_with};
use crate::support::on_both_engines;

/// Kept outside of the project: their licence is non-commercial.
const FOLDER: &str = "../shared/data/olist";
const MAPPING: &str = include_str!("../../../examples/olist/mapping.toml");

const SPENDING: &str = r#"
source = "finance"
[[file]]
name = "spending"
[[file.cost]]
id = "{who}@{from}"
owner = "{who}"
category = "OVERHEAD"
amount = "{amount}"
from = "{from}"
to = "{to}"
"#;
const QUESTIONS: &str = r#"{
    funnel(period: { from: "2017-06-01", to: "2018-06-01" }, stages: ["QUALIFIED", "CLOSED"], breakdown: { by: CHANNEL }) {
        backdated missing steps { entered } groups { of { value } steps { entered } }
    }
    segments(first: 50) { totalCount nodes { name accounts(first: 1) { totalCount } } }
    members(first: 100) { nodes { team { name } } }
    costPerClose(period: { from: "2017-06-01", to: "2018-12-01" }, by: RESOURCE) {
        conserved blended { closes cost { amount } } lines { creditedCloses cost { amount } }
    }
}"#;

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
        assert_eq!((first.count(Kind::Team).recorded, first.count(Kind::Member).recorded), (2, 32 + 22));
        assert_eq!(first.count(Kind::Attribute).recorded, 842 + 841 + 836);
        assert_eq!(first.count(Kind::Segment).recorded, 33 + 8);
        let second = run_with(&organization, MAPPING, sources(), false).await.unwrap();
        assert_eq!((second.rows, second.rejected, second.total().recorded), (8_842, 0, 0));
        assert_eq!(second.total().unchanged, first.total().recorded);
        // Nothing is known of what these cost: made-up figures, in round numbers.
        let spending = rejects.csv("spending.csv", "who,amount,from,to\nMARKETING,900000.01,2017-06-01,2018-05-31\nSALES,600000,2017-06-01,2018-11-30\nSHARED,100000,2018-01-01,2018-12-31\n");
        assert_eq!(run_with(&organization, SPENDING, vec![spending], false).await.unwrap().count(Kind::Cost).recorded, 3);
        let answer = organization.member(Role::Executive).await.gql(QUESTIONS, json!({})).await;
        let funnel = &answer["funnel"];
        assert_eq!(funnel["steps"], json!([{ "entered": 8_000 }, { "entered": 842 }]));
        assert_eq!((&funnel["backdated"], &funnel["missing"]), (&json!(1), &json!(1_099 + 60)));
        let channel = |name: serde_json::Value| {
            let group = funnel["groups"].as_array().unwrap().iter().find(|group| group["of"]["value"] == name).unwrap();
            (group["steps"][0]["entered"].as_u64().unwrap(), group["steps"][1]["entered"].as_u64().unwrap())
        };
        assert_eq!(channel(json!("ORGANIC_SEARCH")), (2_296, 271));
        assert_eq!(channel(json!("PAID_SEARCH")), (1_586, 195));
        assert_eq!(channel(json!(null)), (1_099 + 60, 179 + 14));
        let segments = &answer["segments"];
        assert_eq!(segments["totalCount"], 33 + 8);
        let segment = |name: &str| {
            let found = segments["nodes"].as_array().unwrap().iter().find(|segment| segment["name"] == name).unwrap();
            found["accounts"]["totalCount"].as_u64().unwrap()
        };
        assert_eq!((segment("Business segment: home decor"), segment("Business segment: pet")), (105, 30));
        assert_eq!((segment("Lead type: online medium"), segment("Lead type: other")), (332, 3));
        let in_team = |name: &str| answer["members"]["nodes"].as_array().unwrap().iter().filter(|member| member["team"]["name"] == name).count();
        assert_eq!((in_team("Sales development"), in_team("Sales representatives")), (32, 22));
        let cost = &answer["costPerClose"];
        assert_eq!((&cost["conserved"], &cost["blended"]["closes"]), (&json!(true), &json!(842)));
        let sum = |pointer: &str| -> Decimal {
            cost["lines"].as_array().unwrap().iter().map(|line| line.pointer(pointer).unwrap().as_str().unwrap().parse::<Decimal>().unwrap()).sum()
        };
        assert_eq!(sum("/creditedCloses"), Decimal::from(842));
        assert_eq!(sum("/cost/amount").to_string(), cost["blended"]["cost"]["amount"].as_str().unwrap());
    }
}
