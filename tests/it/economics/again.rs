//! Property 5: what is told twice, or in another order, tells the same.

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

use super::asked;
use crate::support::on_both_engines;
use crate::support::story::{Story, usd};

const RESOURCES: [&str; 3] = ["SALES", "MARKETING", "PRODUCT"];
const YEAR: &str = r#"period: { from: "2026-01-01", to: "2026-07-01" }"#;

/// What other systems tell of four companies, by their names.
struct World {
    touches: Vec<(usize, &'static str, String, String)>,
    closes: Vec<(usize, String, String, String)>,
    costs: Vec<(&'static str, String, String)>,
}

impl World {
    fn of(dice: &mut StdRng) -> Self {
        let touch = |number: usize, dice: &mut StdRng| {
            let at = format!("2026-01-{:02}T{:02}:00:00Z", dice.random_range(1..29), number);
            (dice.random_range(0..4), RESOURCES[dice.random_range(0..3)], at, format!("t{number}"))
        };
        let close = |number: usize, dice: &mut StdRng| {
            let at = format!("2026-02-{:02}T{number:02}:00:00Z", dice.random_range(1..29));
            (dice.random_range(0..4), at, format!("{}.{:02}", dice.random_range(10..5_000), number), format!("c{number}"))
        };
        let cost = |number: usize, dice: &mut StdRng| {
            let owner = ["SALES", "MARKETING", "PRODUCT", "SHARED"][dice.random_range(0..4)];
            (owner, format!("{}.00", dice.random_range(1..900)), format!("k{number}"))
        };
        Self {
            touches: (0..14).map(|number| touch(number, dice)).collect(),
            closes: (0..8).map(|number| close(number, dice)).collect(),
            costs: (0..9).map(|number| cost(number, dice)).collect(),
        }
    }

    /// Some of it twice, each kind in another order. What is evidence comes first: credit is opened by what is known.
    fn stirred(&self, dice: &mut StdRng) -> Self {
        fn stir<T: Clone>(told: &[T], dice: &mut StdRng) -> Vec<T> {
            let mut again = told.to_vec();
            again.extend(told.iter().filter(|_| dice.random_ratio(1, 2)).cloned().collect::<Vec<_>>());
            again.shuffle(dice);
            again
        }
        Self { touches: stir(&self.touches, dice), closes: stir(&self.closes, dice), costs: stir(&self.costs, dice) }
    }

    /// Tells it to a new organization: what that says then.
    async fn told(&self, story: &Story<'_>) -> Value {
        let ops = story.at("2026-03-01T00:00:00Z");
        let name = |value: &str| json!({ "source": "crm", "value": value });
        let mut accounts = Vec::new();
        for number in 0..4 {
            accounts.push(story.account(&format!("Company {number}")).await);
        }
        for (account, resource, at, id) in &self.touches {
            story.touch(at, resource, json!({ "accountId": accounts[*account], "externalId": name(id) })).await;
        }
        for (account, at, amount, id) in &self.closes {
            story
                .close(json!({ "accountId": accounts[*account], "occurredAt": at, "amount": usd(amount), "path": "ASSISTED",
                "sourceResource": "SALES", "recurringMonthly": usd("10.00"), "externalId": name(id) }))
                .await;
        }
        for (owner, amount, id) in &self.costs {
            story.cost_of(json!({ "owner": owner, "category": "MEDIA", "amount": usd(amount), "firstOn": "2026-01-01", "lastOn": "2026-03-31", "externalId": name(id) })).await;
        }
        let lines = "lines { resource closes value { amount } cost { amount } costPerClose { value } index { value } gap }";
        let board = asked(
            &ops,
            "resourceScoreboard",
            YEAR,
            &format!("{lines} costs {{ conserved rows(side: CLOSES, first: 100) {{ totalCount }} }}"),
        )
        .await;
        let economics = asked(
            &ops,
            "unitEconomicsTrend",
            &format!("{YEAR}, grain: MONTH, grossMargin: \"0.8\""),
            "points { whole { newMonthly { amount } cacPayback { value } romi { value } } }",
        )
        .await;
        json!([board, economics])
    }
}

on_both_engines! {
    async fn what_is_told_twice_or_in_another_order_tells_the_same(app: TestApp) {
        for seed in 1..=3_u64 {
            let mut dice = StdRng::seed_from_u64(seed);
            let world = World::of(&mut dice);
            let once = world.told(&Story::begin(&app).await).await;
            assert_eq!((&once[0]["costs"]["conserved"], &once[1]["points"][1]["whole"]["newMonthly"]["amount"]), (&json!(true), &json!("80.00")));
            assert_eq!(world.stirred(&mut dice).told(&Story::begin(&app).await).await, once, "seed {seed}");
        }
    }
}
