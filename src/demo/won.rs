//! Buyers who close, each by one of six motions.

use entity::kinds::{ClosePath, MovementKind, Resource};

use super::calendar::{DAYS, END, MINUTES_OF_DAY, months, workday};
use super::dice::Dice;
use super::touchpoint::{
    AFFILIATE, ANSWER, BANNER, BOOTH, CHECKOUT, COLD_CALL, DEMO, DOWNLOAD, FOLLOW_UP, FORUM, HEARSAY, KEYWORD, LISTING, MARKETED,
    MARKETPLACE, POST, PRODUCT_LED, Palette, QUOTE, READING, REFERRAL, RUMOUR, SEARCH, SEMINAR, SEQUENCE, SITE, SOLD, SPONSORED, TRIAL,
    TRIAL_USE, Touchpoint, UPGRADE,
};
use super::way::{Way, at_work, days_later, working_minute};

/// How a buyer comes to a close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Motion {
    /// Found the product by its community and bought without anybody's help.
    ProductLed,
    /// Found us by what Marketing does and bought without a seller.
    Marketed,
    /// A customer or affiliate recommended us, and the buyer bought without a seller.
    Recommended,
    /// A customer or affiliate brought the buyer in.
    Partnered,
    /// Came over a marketplace, where nobody claims to have brought them.
    Marketplace,
    /// A seller took the order or won it.
    Assisted,
}

/// How many closes each motion brings: 900.
pub(super) const MOTIONS: [(Motion, usize); 6] = [
    (Motion::ProductLed, 140),
    (Motion::Marketed, 170),
    (Motion::Recommended, 50),
    (Motion::Partnered, 90),
    (Motion::Marketplace, 30),
    (Motion::Assisted, 420),
];

/// A close, before anybody has an id.
#[derive(Clone, Debug)]
pub(super) struct Deal {
    pub(super) motion: Motion,
    pub(super) closed: i64,
    pub(super) amount_minor: i64,
    /// When Sales and Marketing signed to share it.
    pub(super) signed: Option<i64>,
    pub(super) movement: Option<Undoing>,
    pub(super) transfer: Option<Handing>,
}

/// Money given back, or a close that should not have been.
#[derive(Clone, Debug)]
pub(super) struct Undoing {
    pub(super) kind: MovementKind,
    pub(super) minute: i64,
    pub(super) amount_minor: i64,
    pub(super) reason: &'static str,
}

/// Credit handed from one resource to another.
#[derive(Clone, Debug)]
pub(super) struct Handing {
    pub(super) from: Resource,
    pub(super) to: Resource,
    pub(super) bp: i64,
    pub(super) minute: i64,
    pub(super) reason: &'static str,
}

impl Motion {
    pub(super) const fn path(self) -> ClosePath {
        match self {
            Self::ProductLed | Self::Marketed | Self::Recommended => ClosePath::SelfServe,
            Self::Partnered | Self::Marketplace => ClosePath::Partner,
            Self::Assisted => ClosePath::Assisted,
        }
    }

    /// Whether somebody claims to have brought the buyer.
    pub(super) const fn is_referred(self) -> bool {
        matches!(self, Self::Recommended | Self::Partnered)
    }

    /// The day and minute of a close.
    fn closing(self, dice: &mut Dice, liveliness: &[u64]) -> i64 {
        if self != Self::Assisted {
            let first: usize = 4;
            let day = first + dice.place(liveliness.get(first..).unwrap_or_default());
            return i64::try_from(day).unwrap_or_default() * MINUTES_OF_DAY + dice.between(18 * 60, MINUTES_OF_DAY - 10);
        }
        let first: usize = 21;
        let day = i64::try_from(first + dice.place(liveliness.get(first..).unwrap_or_default())).unwrap_or_default();
        let end = months().into_iter().find(|month| day < month.end_day).map_or(DAYS, |month| month.end_day);
        // Sellers close when their month ends.
        let day = if dice.percent(35) { end - 1 - dice.between(0, 3) } else { day };
        workday(day) * MINUTES_OF_DAY + working_minute(dice)
    }

    /// How long the way to the close takes, in minutes.
    fn span(self, dice: &mut Dice) -> i64 {
        let days = match self {
            Self::ProductLed | Self::Recommended => dice.early(0, 24),
            Self::Marketed => dice.early(1, 34),
            Self::Partnered => dice.early(4, 50),
            Self::Marketplace => dice.early(6, 60),
            Self::Assisted => 14 + dice.early(0, 74),
        };
        days * MINUTES_OF_DAY + dice.between(120, 600)
    }

    fn amount_minor(self, dice: &mut Dice) -> i64 {
        let major = match self {
            Self::ProductLed | Self::Marketed | Self::Recommended => dice.choose(&[(45, 588), (35, 1_188)], 2_388),
            Self::Partnered | Self::Marketplace => dice.early(99, 600) * 12,
            Self::Assisted => dice.early(24, 240) * 100,
        };
        major * 100
    }

    /// Where the buyer met us first.
    fn source(self, dice: &mut Dice) -> Touchpoint {
        match self {
            Self::ProductLed => dice.choose(&[(34, FORUM), (26, RUMOUR), (18, TRIAL_USE), (12, ANSWER)], HEARSAY),
            Self::Marketed => {
                dice.choose(&[(38, SEARCH), (21, KEYWORD), (14, READING), (8, POST), (6, SPONSORED), (5, SITE), (4, LISTING)], SEMINAR)
            }
            Self::Recommended | Self::Partnered => dice.choose(&[(64, REFERRAL)], AFFILIATE),
            Self::Marketplace => MARKETPLACE,
            Self::Assisted => dice.choose(
                &[
                    (18, SEARCH),
                    (10, KEYWORD),
                    (10, READING),
                    (8, SEMINAR),
                    (3, SPONSORED),
                    (2, BANNER),
                    (9, FORUM),
                    (7, RUMOUR),
                    (3, REFERRAL),
                    (13, COLD_CALL),
                    (9, BOOTH),
                ],
                SEQUENCE,
            ),
        }
    }
}

/// A buyer who closes, and the moment from which on they recommend us, if they do.
pub(super) fn won(dice: &mut Dice, motion: Motion, liveliness: &[u64]) -> (Way, Deal, Option<i64>) {
    let closed = motion.closing(dice, liveliness);
    let first = (closed - motion.span(dice)).max(dice.between(14 * 60, 20 * 60));
    let mut deal = Deal { motion, closed, amount_minor: motion.amount_minor(dice), signed: None, movement: None, transfer: None };
    let mut way = Way::default();
    let source = motion.source(dice);
    way.touch(first, source);
    way.enter("ENGAGED", first);
    match motion {
        Motion::ProductLed | Motion::Marketed | Motion::Recommended => serve_themselves(dice, &mut way, source, &mut deal),
        Motion::Partnered | Motion::Marketplace => come_by_partner(dice, &mut way, source, &mut deal),
        Motion::Assisted => be_sold(dice, &mut way, source, &mut deal),
    }
    // The stage CLOSED is entered by account generation.
    if deal.transfer.is_none() {
        deal.movement = undo(dice, &deal);
    }
    let advocate = match &deal.movement {
        Some(undoing) if undoing.kind != MovementKind::Void && undoing.amount_minor == deal.amount_minor => {
            way.leave("CHURNED", undoing.minute, undoing.reason);
            None
        }
        _ => way.become_customer(dice, closed, if motion == Motion::Assisted { 18 } else { 30 }),
    };
    (way, deal, advocate)
}

/// A moment of a way, in thousandths of it.
const fn part(first: i64, closed: i64, thousandths: i64) -> i64 {
    first + (closed - first) * thousandths / 1_000
}

/// What somebody meets who came from a touchpoint.
pub(super) const fn palette_of(source: Touchpoint) -> Palette {
    match source.resource {
        Resource::Product => PRODUCT_LED,
        Resource::Marketing | Resource::Sales => MARKETED,
    }
}

fn serve_themselves(dice: &mut Dice, way: &mut Way, source: Touchpoint, deal: &mut Deal) {
    let (first, closed) = (way.first(), deal.closed);
    let known = part(first, closed, dice.between(60, 400));
    way.identify(known, TRIAL);
    if dice.percent(55) {
        way.enter("QUALIFIED", part(first, closed, dice.between(500, 800)));
    }
    way.touch(part(first, closed, 950), UPGRADE);
    way.touch(closed, CHECKOUT);
    way.wander(dice, first, closed, palette_of(source), 36);
    if deal.motion == Motion::Marketed && dice.percent(5) {
        deal.transfer = hand(dice, closed, Resource::Marketing, Resource::Sales, 2_000, "A seller answered the buyer's security review");
    }
}

fn come_by_partner(dice: &mut Dice, way: &mut Way, source: Touchpoint, deal: &mut Deal) {
    let (first, closed) = (way.first(), deal.closed);
    way.identify(part(first, closed, dice.between(60, 250)), TRIAL);
    way.enter("QUALIFIED", part(first, closed, dice.between(300, 450)));
    way.touch(part(first, closed, 480), UPGRADE);
    way.wander(dice, first, closed, palette_of(source), 36);
    if deal.motion == Motion::Marketplace || dice.percent(30) {
        let (opportunity, before_close) = (part(first, closed, 500), part(first, closed, 900));
        way.enter("OPPORTUNITY", opportunity);
        way.touch(at_work(dice, part(first, closed, 700), opportunity, before_close), DEMO);
        way.touch(at_work(dice, before_close, opportunity, closed), FOLLOW_UP);
        if deal.motion == Motion::Partnered {
            deal.transfer = hand(dice, closed, Resource::Product, Resource::Sales, 4_000, "Sales nurtured the referral to the close");
        }
    }
}

/// In most of these deals the buyer has made up their mind before the first seller calls.
fn be_sold(dice: &mut Dice, way: &mut Way, source: Touchpoint, deal: &mut Deal) {
    let (first, closed) = (way.first(), deal.closed);
    let by_seller = source.resource == Resource::Sales;
    let known = part(first, closed, dice.between(50, 200));
    let identification = match source.resource {
        Resource::Sales => COLD_CALL,
        Resource::Marketing => dice.choose(&[(50, DOWNLOAD), (20, SEMINAR)], TRIAL),
        Resource::Product => TRIAL,
    };
    way.identify(known, identification);
    let qualified = part(first, closed, dice.between(260, 340));
    way.enter("QUALIFIED", qualified);
    let accepted = part(first, closed, dice.between(380, 430));
    let opportunity = part(first, closed, dice.between(460, 520));
    let asked_first = !by_seller && dice.percent(52);
    way.enter("ACCEPTED", accepted);
    way.enter("OPPORTUNITY", opportunity);
    if asked_first {
        way.touch(opportunity - 5, if dice.percent(55) { QUOTE } else { UPGRADE });
    } else {
        way.touch(at_work(dice, accepted, accepted, opportunity - 5), FOLLOW_UP);
        way.touch(opportunity - 5, DEMO);
    }
    way.touch(at_work(dice, part(first, closed, 800), opportunity, closed), DEMO);
    way.touch(at_work(dice, part(first, closed, 970), opportunity, closed), FOLLOW_UP);
    way.wander(dice, first, accepted, palette_of(source), 44);
    way.work(dice, opportunity, closed, SOLD, 30);
    if dice.percent(3) {
        deal.signed = Some(part(first, closed, 750));
    }
}

fn hand(dice: &mut Dice, closed: i64, from: Resource, to: Resource, bp: i64, reason: &'static str) -> Option<Handing> {
    let minute = days_later(dice, closed, 1, 18);
    (minute < END).then_some(Handing { from, to, bp, minute, reason })
}

fn undo(dice: &mut Dice, deal: &Deal) -> Option<Undoing> {
    let all = deal.amount_minor;
    let part = all / 100 * dice.between(20, 60);
    let (kind, amount_minor, reason) = match dice.between(1, 200) {
        1..=4 => (MovementKind::Refund, all, "money back within the trial month"),
        5..=8 => (MovementKind::Refund, part, "fewer seats than ordered"),
        9 => (MovementKind::Chargeback, all, "card payment disputed"),
        10 => (MovementKind::Void, 0, "entered twice"),
        _ => return None,
    };
    let minute = days_later(dice, deal.closed, 3, 28);
    (minute < END).then_some(Undoing { kind, minute, amount_minor, reason })
}
