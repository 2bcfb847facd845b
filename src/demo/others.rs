//! Buyers who do not close, or not yet: the many who look, some who talk to us, a few who almost buy.

use entity::kinds::Resource;

use super::calendar::{END, MINUTES_OF_DAY};
use super::dice::Dice;
use super::touchpoint::{
    AFFILIATE, ANSWER, APPROACHED, BANNER, BOOTH, COLD_CALL, DEMO, DOWNLOAD, ELSEWHERE, FOLLOW_UP, FORUM, HEARSAY, KEYWORD, LISTING,
    MAILING, MARKETPLACE, POST, PRODUCT_LED, QUOTE, READING, REFERRAL, RUMOUR, SEARCH, SEMINAR, SEQUENCE, SITE, SOLD, SPONSORED, TRIAL,
    TRIAL_USE, Touchpoint,
};
use super::way::{Way, days_later, workdays_later};
use super::won::palette_of;

/// How far somebody comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Depth {
    Engaged,
    Known,
    Qualified,
    Accepted,
    Opportunity,
}

/// Where those who do not close met us first.
const SOURCES: &[(u32, Touchpoint)] = &[
    (23, SEARCH),
    (17, KEYWORD),
    (10, BANNER),
    (9, SPONSORED),
    (6, SITE),
    (5, READING),
    (5, POST),
    (3, SEMINAR),
    (2, MAILING),
    (2, LISTING),
    (4, COLD_CALL),
    (2, SEQUENCE),
    (2, BOOTH),
    (3, FORUM),
    (2, RUMOUR),
    (2, REFERRAL),
    (1, AFFILIATE),
    (1, TRIAL_USE),
];

/// The rare ones.
const RARE_SOURCES: &[(u32, Touchpoint)] = &[(40, MARKETPLACE), (30, HEARSAY)];

/// Somebody who arrives on a day and does not close.
pub(super) fn other(dice: &mut Dice, day: i64) -> Way {
    let rare = dice.choose(RARE_SOURCES, ELSEWHERE);
    let source = dice.choose(SOURCES, rare);
    let first = day * MINUTES_OF_DAY + dice.between(13 * 60, MINUTES_OF_DAY - 1);
    let depth = match source.resource {
        Resource::Sales => {
            dice.choose(&[(48, Depth::Engaged), (24, Depth::Known), (9, Depth::Qualified), (9, Depth::Accepted)], Depth::Opportunity)
        }
        Resource::Product => {
            dice.choose(&[(46, Depth::Engaged), (36, Depth::Known), (12, Depth::Qualified), (2, Depth::Accepted)], Depth::Opportunity)
        }
        Resource::Marketing => {
            dice.choose(&[(66, Depth::Engaged), (21, Depth::Known), (7, Depth::Qualified), (3, Depth::Accepted)], Depth::Opportunity)
        }
    };
    let mut way = Way::default();
    way.touch(first, source);
    way.enter("ENGAGED", first);
    let last = go_on(dice, &mut way, first, source, depth);
    let weight = match depth {
        Depth::Engaged => 9,
        Depth::Known => 30,
        Depth::Qualified => 42,
        Depth::Accepted => 52,
        Depth::Opportunity => 60,
    };
    let palette = if source.resource == Resource::Sales { APPROACHED } else { palette_of(source) };
    let gone = days_later(dice, last, 3, 40);
    way.wander(dice, first, gone, palette, weight);
    way
}

/// Takes the steps up to a depth; gives the moment of the last one.
fn go_on(dice: &mut Dice, way: &mut Way, first: i64, source: Touchpoint, depth: Depth) -> i64 {
    if depth == Depth::Engaged {
        return first;
    }
    let known = days_later(dice, first, 0, 30);
    let identification = match source.resource {
        Resource::Sales => COLD_CALL,
        Resource::Marketing => dice.choose(&[(48, DOWNLOAD), (16, SEMINAR), (8, MAILING)], TRIAL),
        Resource::Product => TRIAL,
    };
    if !way.identify(known, identification) || depth == Depth::Known {
        return known;
    }
    let qualified = days_later(dice, known, 1, 28);
    if !way.enter("QUALIFIED", qualified) {
        return qualified;
    }
    if depth == Depth::Qualified {
        if dice.percent(35) {
            let reason = dice.name(&["no budget this year", "asked to be called again", "no project yet"]);
            way.leave("RECYCLED", days_later(dice, qualified, 20, 70), reason);
        }
        return qualified;
    }
    talk_to_sales(dice, way, qualified, depth)
}

fn talk_to_sales(dice: &mut Dice, way: &mut Way, qualified: i64, depth: Depth) -> i64 {
    let accepted = workdays_later(dice, qualified, 0, 7);
    if !way.enter("ACCEPTED", accepted) {
        return qualified;
    }
    way.touch(accepted + 10, FOLLOW_UP);
    if depth == Depth::Accepted {
        if dice.percent(60) {
            let reason = dice.name(&["too small", "a student", "a competitor", "no such need"]);
            way.leave("DISQUALIFIED", workdays_later(dice, accepted, 1, 25), reason);
        }
        return accepted;
    }
    let opportunity = workdays_later(dice, accepted, 2, 24);
    way.touch(opportunity - 5, if dice.percent(40) { QUOTE } else { DEMO });
    if !way.enter("OPPORTUNITY", opportunity) {
        return accepted;
    }
    let end = workdays_later(dice, opportunity, 25, 110);
    way.work(dice, opportunity, end, SOLD, 34);
    if dice.percent(80) {
        let reason =
            dice.name(&["the committee could not agree", "stayed with what they have", "afraid to choose wrongly", "priorities changed"]);
        way.leave("NO_DECISION", end, reason);
    }
    opportunity
}

/// Somebody of the same company as a buyer, who looks over their shoulder.
pub(super) fn colleague(dice: &mut Dice, first: i64, closed: i64) -> Way {
    let mut way = Way::default();
    let arrival = first + (closed - first) * dice.between(200, 700) / 1_000;
    way.touch(arrival, dice.choose(&[(30, READING), (25, TRIAL_USE), (20, SITE), (10, FORUM)], MAILING));
    way.enter("ENGAGED", arrival);
    if dice.percent(70) {
        let known = days_later(dice, arrival, 0, 9);
        let identification = dice.choose(&[(40, TRIAL), (30, DOWNLOAD)], SEMINAR);
        if way.identify(known, identification) && dice.percent(45) {
            way.enter("QUALIFIED", days_later(dice, known, 1, 9));
        }
    }
    way.wander(dice, arrival, closed, PRODUCT_LED, 12);
    way
}

/// Somebody outside who recommends us for a reward.
pub(super) fn affiliate(dice: &mut Dice) -> Way {
    let mut way = Way::default();
    // Before anybody else comes, so that they can be the first to recommend us.
    let first = dice.between(13 * 60, 13 * 60 + 20);
    way.touch(first, FORUM);
    way.enter("ENGAGED", first);
    way.identify(first + dice.between(5, 30), ANSWER);
    way.wander(dice, first, END, PRODUCT_LED, 60);
    way
}
