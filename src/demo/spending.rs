//! What the company spends, month by month: the sellers most of it, the community least.

use chrono::NaiveDate;
use entity::kinds::{Channel, CostCategory, CostOwner, Resource};
use entity::time::Timestamp;

use super::calendar::{MINUTES_OF_DAY, Month, date, day_of, instant, months};
use super::company::{
    AFFILIATES, CATEGORY_KEYWORDS, COLD_CALLS, COMMUNITY, DEMOS, FAIRS, FREE_TRIAL, HANDBOOK, NEWSLETTER, REFERRALS, RETARGETING,
    SEARCH_GUIDES, SEQUENCES, SPONSORED_POSTS, TACTICS, WEBINAR, team_of,
};
use super::dice::Dice;
use super::won::{Deal, Motion};

/// Money spent over some days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spending {
    /// Who bears it.
    pub owner: CostOwner,
    /// What it was spent on.
    pub category: CostCategory,
    /// In minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: &'static str,
    /// First day.
    pub first_on: NaiveDate,
    /// Last day.
    pub last_on: NaiveDate,
    /// By name.
    pub tactic: Option<&'static str>,
    /// By name.
    pub team: Option<&'static str>,
    /// Where.
    pub channel: Option<Channel>,
    /// What for.
    pub note: Option<&'static str>,
    /// How many people it pays.
    pub people: Option<i32>,
    /// When it is booked.
    pub booked_at: Timestamp,
}

/// What is spent every month: on which tactic or by which resource, for what, and how much in January 2025.
struct Monthly {
    owner: CostOwner,
    category: CostCategory,
    major: i64,
    tactic: Option<&'static str>,
    /// By how much it grows in a year, in percent.
    growth: i64,
    /// By how much a month differs from the next, in percent.
    sway: i64,
}

const fn monthly(owner: CostOwner, category: CostCategory, major: i64, tactic: Option<&'static str>, growth: i64, sway: i64) -> Monthly {
    Monthly { owner, category, major, tactic, growth, sway }
}

const MONTHLY: [Monthly; 24] = [
    monthly(CostOwner::Sales, CostCategory::Salary, 41_000, None, 12, 0),
    monthly(CostOwner::Sales, CostCategory::Tool, 3_600, None, 10, 4),
    monthly(CostOwner::Sales, CostCategory::Tool, 2_300, Some(SEQUENCES), 8, 6),
    monthly(CostOwner::Sales, CostCategory::Agency, 5_200, Some(COLD_CALLS), 6, 12),
    monthly(CostOwner::Sales, CostCategory::Tool, 1_400, Some(DEMOS), 4, 8),
    monthly(CostOwner::Marketing, CostCategory::Salary, 20_000, None, 8, 0),
    monthly(CostOwner::Marketing, CostCategory::Tool, 1_800, None, 5, 5),
    monthly(CostOwner::Marketing, CostCategory::Content, 2_900, Some(SEARCH_GUIDES), 10, 15),
    monthly(CostOwner::Marketing, CostCategory::Media, 6_900, Some(CATEGORY_KEYWORDS), 14, 18),
    monthly(CostOwner::Marketing, CostCategory::Media, 2_600, Some(RETARGETING), 5, 20),
    monthly(CostOwner::Marketing, CostCategory::Media, 3_400, Some(SPONSORED_POSTS), 9, 22),
    monthly(CostOwner::Marketing, CostCategory::Tool, 700, Some(NEWSLETTER), 6, 5),
    monthly(CostOwner::Marketing, CostCategory::Event, 1_500, Some(WEBINAR), 0, 15),
    monthly(CostOwner::Marketing, CostCategory::Content, 1_700, Some(HANDBOOK), 0, 25),
    monthly(CostOwner::Product, CostCategory::Salary, 12_500, None, 9, 0),
    monthly(CostOwner::Product, CostCategory::FreeTier, 2_300, Some(FREE_TRIAL), 20, 10),
    monthly(CostOwner::Product, CostCategory::Community, 2_900, Some(COMMUNITY), 12, 12),
    monthly(CostOwner::Product, CostCategory::Community, 450, Some(REFERRALS), 8, 20),
    monthly(CostOwner::Product, CostCategory::Tool, 260, Some(AFFILIATES), 5, 5),
    monthly(CostOwner::Product, CostCategory::Tool, 900, None, 5, 6),
    monthly(CostOwner::Shared, CostCategory::Overhead, 7_400, None, 5, 3),
    monthly(CostOwner::Shared, CostCategory::Salary, 4_800, None, 5, 0),
    monthly(CostOwner::Shared, CostCategory::Tool, 1_250, None, 8, 5),
    monthly(CostOwner::Shared, CostCategory::Agency, 900, None, 0, 30),
];

/// Of what sellers sell, what they get, in percent.
const COMMISSION_PERCENT: i64 = 8;

/// Of what an affiliate's buyer pays, what the affiliate gets, in percent.
const REWARD_PERCENT: i64 = 10;

/// The day of a month on which the month before is booked.
const BOOKING_DAY: i64 = 6;

/// Everything the company spends, in the order of months.
pub(super) fn spendings<'a>(dice: &mut Dice, deals: impl Iterator<Item = &'a Deal> + Clone) -> Vec<Spending> {
    let mut all = Vec::new();
    for month in months() {
        all.extend(MONTHLY.iter().map(|kind| in_month(dice, kind, month)));
        let closed_in = |deal: &&Deal| (month.first_day..month.end_day).contains(&day_of(deal.closed));
        let sum = |wanted: fn(Motion) -> bool| {
            deals.clone().filter(closed_in).filter(|deal| wanted(deal.motion)).map(|deal| deal.amount_minor).sum::<i64>()
        };
        let sold = sum(|motion| motion == Motion::Assisted) * COMMISSION_PERCENT / 100;
        let recommended = sum(Motion::is_referred) * REWARD_PERCENT / 100;
        all.push(Spending {
            note: Some("Commission on closes of the month"),
            ..whole(month, CostOwner::Sales, CostCategory::Commission, sold, None)
        });
        all.push(whole(month, CostOwner::Product, CostCategory::AffiliatePayout, recommended, Some(AFFILIATES)));
        if month.number % 3 == 2 {
            all.push(fair(dice, month));
        }
    }
    all.extend(annual());
    all.sort_by_key(|spending| spending.booked_at);
    all
}

/// 14:00 UTC of a day.
const fn morning(day: i64) -> Timestamp {
    instant(day * MINUTES_OF_DAY + 14 * 60)
}

/// Money spent over a whole month.
fn whole(month: Month, owner: CostOwner, category: CostCategory, amount_minor: i64, tactic: Option<&'static str>) -> Spending {
    Spending {
        owner,
        category,
        amount_minor,
        currency: super::company::CURRENCY,
        first_on: month.first_on(),
        last_on: month.last_on(),
        tactic,
        team: owner.resource().map(team_of),
        channel: tactic.and_then(|name| TACTICS.iter().find(|tactic| tactic.name == name)).map(|tactic| tactic.channel),
        note: None,
        people: category.is_pay().then(|| people(owner)),
        booked_at: morning(month.end_day + BOOKING_DAY),
    }
}

/// How many people work for a resource, or for all of them.
const fn people(owner: CostOwner) -> i32 {
    match owner {
        CostOwner::Sales => 6,
        CostOwner::Marketing => 4,
        CostOwner::Product => 3,
        CostOwner::Shared => 1,
    }
}

fn in_month(dice: &mut Dice, kind: &Monthly, month: Month) -> Spending {
    let grown = kind.major * 100 * (1_200 + kind.growth * i64::from(month.number)) / 1_200;
    let amount_minor = grown * (100 + dice.between(-kind.sway, kind.sway)) / 100;
    whole(month, kind.owner, kind.category, amount_minor, kind.tactic)
}

/// Three days at a fair, at the end of every quarter. One of them is billed in euros, for which there is no rate.
fn fair(dice: &mut Dice, month: Month) -> Spending {
    let abroad = month.number == 14;
    let amount_minor = dice.between(11_000, 17_000) * 100;
    Spending {
        first_on: date(month.first_day + 12),
        last_on: date(month.first_day + 14),
        currency: if abroad { "EUR" } else { super::company::CURRENCY },
        note: Some(if abroad { "Stand in Hanover, billed in euros" } else { "Stand, travel and giveaways" }),
        booked_at: morning(month.first_day + 30),
        ..whole(month, CostOwner::Sales, CostCategory::Event, amount_minor, Some(FAIRS))
    }
}

/// Licences paid once a year and used every day of it.
fn annual() -> Vec<Spending> {
    let licence = |owner: Resource, major: i64, note: &'static str, first_month: u32| {
        let owner = match owner {
            Resource::Sales => CostOwner::Sales,
            Resource::Marketing => CostOwner::Marketing,
            Resource::Product => CostOwner::Product,
        };
        months().into_iter().filter(move |month| month.number % 12 == first_month).map(move |month| Spending {
            last_on: date(month.first_day + 364),
            note: Some(note),
            booked_at: morning(month.first_day + BOOKING_DAY),
            ..whole(month, owner, CostCategory::Tool, major * 100, None)
        })
    };
    let crm = licence(Resource::Sales, 38_400, "CRM seats for a year", 0);
    let automation = licence(Resource::Marketing, 14_900, "Marketing automation for a year", 3);
    let forum = licence(Resource::Product, 4_200, "Community platform for a year", 1);
    crm.chain(automation).chain(forum).collect()
}
