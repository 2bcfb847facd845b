//! Where buyers meet the company: every touch of the demonstration is one of these.

use entity::kinds::{ActorKind, Channel, Direction, Resource, TouchKind};

use super::company::{
    AFFILIATES, CATEGORY_KEYWORDS, COLD_CALLS, COMMUNITY, DEMOS, FAIRS, FREE_TRIAL, HANDBOOK, NEWSLETTER, REFERRALS, RETARGETING,
    SEARCH_GUIDES, SEQUENCES, SPONSORED_POSTS, WEBINAR,
};

/// What all touches of one kind have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touchpoint {
    /// The tactic it is part of, by name.
    pub tactic: Option<&'static str>,
    /// Where it happens.
    pub channel: Channel,
    /// What happens.
    pub kind: TouchKind,
    /// Who acts.
    pub actor: ActorKind,
    /// The resource it belongs to.
    pub resource: Resource,
    /// Who began it.
    pub direction: Direction,
}

const fn marketing(tactic: Option<&'static str>, channel: Channel, kind: TouchKind, direction: Direction) -> Touchpoint {
    Touchpoint { tactic, channel, kind, actor: ActorKind::Campaign, resource: Resource::Marketing, direction }
}

const fn sales(tactic: Option<&'static str>, channel: Channel, kind: TouchKind) -> Touchpoint {
    Touchpoint { tactic, channel, kind, actor: ActorKind::Seller, resource: Resource::Sales, direction: Direction::Outbound }
}

const fn product(tactic: Option<&'static str>, channel: Channel, kind: TouchKind, actor: ActorKind) -> Touchpoint {
    Touchpoint { tactic, channel, kind, actor, resource: Resource::Product, direction: Direction::Inbound }
}

pub(super) const SEARCH: Touchpoint = marketing(Some(SEARCH_GUIDES), Channel::OrganicSearch, TouchKind::Visit, Direction::Inbound);
pub(super) const KEYWORD: Touchpoint = marketing(Some(CATEGORY_KEYWORDS), Channel::PaidSearch, TouchKind::Click, Direction::Inbound);
pub(super) const BANNER: Touchpoint = marketing(Some(RETARGETING), Channel::Display, TouchKind::Impression, Direction::Outbound);
pub(super) const SPONSORED: Touchpoint = marketing(Some(SPONSORED_POSTS), Channel::PaidSocial, TouchKind::Click, Direction::Outbound);
pub(super) const MAILING: Touchpoint = marketing(Some(NEWSLETTER), Channel::Email, TouchKind::Email, Direction::Outbound);
pub(super) const SEMINAR: Touchpoint = marketing(Some(WEBINAR), Channel::Event, TouchKind::EventAttendance, Direction::Inbound);
pub(super) const READING: Touchpoint = marketing(Some(HANDBOOK), Channel::Content, TouchKind::ContentView, Direction::Inbound);
pub(super) const DOWNLOAD: Touchpoint = marketing(Some(HANDBOOK), Channel::Content, TouchKind::FormSubmit, Direction::Inbound);
pub(super) const SITE: Touchpoint = marketing(None, Channel::Direct, TouchKind::Visit, Direction::Inbound);
pub(super) const QUOTE: Touchpoint = marketing(None, Channel::Web, TouchKind::PriceRequest, Direction::Inbound);
pub(super) const POST: Touchpoint =
    Touchpoint { actor: ActorKind::Influencer, ..marketing(None, Channel::Social, TouchKind::Visit, Direction::Inbound) };
pub(super) const LISTING: Touchpoint =
    Touchpoint { actor: ActorKind::Influencer, ..marketing(None, Channel::Web, TouchKind::Visit, Direction::Inbound) };
pub(super) const ELSEWHERE: Touchpoint = marketing(None, Channel::Other, TouchKind::Other, Direction::Inbound);

pub(super) const COLD_CALL: Touchpoint = sales(Some(COLD_CALLS), Channel::Phone, TouchKind::Call);
pub(super) const SEQUENCE: Touchpoint = sales(Some(SEQUENCES), Channel::Email, TouchKind::Email);
pub(super) const BOOTH: Touchpoint =
    Touchpoint { direction: Direction::Inbound, ..sales(Some(FAIRS), Channel::Event, TouchKind::EventAttendance) };
pub(super) const DEMO: Touchpoint = sales(Some(DEMOS), Channel::Meeting, TouchKind::Meeting);
pub(super) const FOLLOW_UP: Touchpoint = sales(None, Channel::Phone, TouchKind::Call);

pub(super) const TRIAL: Touchpoint = product(Some(FREE_TRIAL), Channel::InProduct, TouchKind::TrialStart, ActorKind::Product);
pub(super) const TRIAL_USE: Touchpoint = product(Some(FREE_TRIAL), Channel::InProduct, TouchKind::ProductUse, ActorKind::Product);
pub(super) const UPGRADE: Touchpoint = product(Some(FREE_TRIAL), Channel::InProduct, TouchKind::PriceRequest, ActorKind::Product);
pub(super) const CHECKOUT: Touchpoint = product(None, Channel::InProduct, TouchKind::CheckoutStart, ActorKind::Product);
pub(super) const USE: Touchpoint = product(None, Channel::InProduct, TouchKind::ProductUse, ActorKind::Product);
pub(super) const REFERRAL: Touchpoint = product(Some(REFERRALS), Channel::Referral, TouchKind::Recommendation, ActorKind::Peer);
pub(super) const AFFILIATE: Touchpoint = product(Some(AFFILIATES), Channel::Affiliate, TouchKind::Click, ActorKind::Partner);
pub(super) const FORUM: Touchpoint = product(Some(COMMUNITY), Channel::Community, TouchKind::Visit, ActorKind::CommunityMember);
pub(super) const ANSWER: Touchpoint = product(Some(COMMUNITY), Channel::Community, TouchKind::Message, ActorKind::CommunityMember);
pub(super) const RUMOUR: Touchpoint = product(None, Channel::WordOfMouth, TouchKind::Recommendation, ActorKind::Peer);
pub(super) const HEARSAY: Touchpoint = product(None, Channel::WordOfMouth, TouchKind::SelfReport, ActorKind::SelfReported);
pub(super) const MARKETPLACE: Touchpoint = product(None, Channel::Partner, TouchKind::Visit, ActorKind::Partner);

/// What buyers meet between the steps of their way, each so many times in a hundred; the last one else.
pub(super) type Palette = (&'static [(u32, Touchpoint)], Touchpoint);

/// Of who found us by what Marketing does.
pub(super) const MARKETED: Palette = (
    &[
        (19, SEARCH),
        (13, KEYWORD),
        (11, BANNER),
        (10, SPONSORED),
        (13, MAILING),
        (7, SEMINAR),
        (9, READING),
        (6, SITE),
        (3, POST),
        (3, LISTING),
        (3, FORUM),
        (2, TRIAL_USE),
    ],
    ELSEWHERE,
);

/// Of who found us by the product and its community.
pub(super) const PRODUCT_LED: Palette =
    (&[(38, TRIAL_USE), (24, FORUM), (20, ANSWER), (9, RUMOUR), (4, HEARSAY), (3, REFERRAL)], MARKETPLACE);

/// While a seller works on the deal.
pub(super) const SOLD: Palette = (&[(30, DEMO), (28, FOLLOW_UP), (16, SEQUENCE), (8, TRIAL_USE), (8, MAILING), (5, SITE)], READING);

/// Of who was approached by a seller and has not answered yet.
pub(super) const APPROACHED: Palette = (&[(45, SEQUENCE), (35, COLD_CALL), (8, MAILING)], SITE);

/// Of customers.
pub(super) const CUSTOMER: Palette = (&[(62, USE), (16, FORUM), (9, ANSWER), (8, MAILING)], SEMINAR);
