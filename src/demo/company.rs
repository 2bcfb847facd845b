//! Who works in the demonstration's company, and what it does to win buyers.

use entity::kinds::{Channel, Resource, Role};

/// What the organization is called: by this name it is found again.
pub const ORGANIZATION: &str = "Tandem demo";

/// Ends the address of every member.
pub const DOMAIN: &str = "demo.example";

/// ISO 4217.
pub(super) const CURRENCY: &str = "USD";

/// IANA.
pub(super) const TIME_ZONE: &str = "America/New_York";

pub(super) const MARKETING: &str = "Marketing";
pub(super) const SALES: &str = "Sales";
pub(super) const PRODUCT: &str = "Product & Community";

/// The teams and the resource each serves.
pub(super) const TEAMS: [(&str, Resource); 3] = [(SALES, Resource::Sales), (MARKETING, Resource::Marketing), (PRODUCT, Resource::Product)];

/// The team that serves a resource.
pub(super) const fn team_of(resource: Resource) -> &'static str {
    match resource {
        Resource::Sales => SALES,
        Resource::Marketing => MARKETING,
        Resource::Product => PRODUCT,
    }
}

/// The member with a role: what to call them, and the resource they work for.
pub(super) const fn member(role: Role) -> (&'static str, Option<Resource>) {
    match role {
        Role::Admin => ("Ada Okafor", None),
        Role::Executive => ("Elena Marchetti", None),
        Role::Revops => ("Ravi Menon", None),
        Role::MarketingLead => ("Mia Lindqvist", Some(Resource::Marketing)),
        Role::Marketer => ("Marco Silva", Some(Resource::Marketing)),
        Role::SalesLead => ("Stella Novak", Some(Resource::Sales)),
        Role::SalesRep => ("Sam Carter", Some(Resource::Sales)),
        Role::SalesAssistant => ("Aya Tanaka", Some(Resource::Sales)),
        Role::ProductLead => ("Priya Raman", Some(Resource::Product)),
        Role::Partner => ("Paul Girard", None),
        Role::Auditor => ("Astrid Holm", None),
        Role::Integration => ("Warehouse sync", None),
    }
}

/// The address of the member with a role: `sales-lead@demo.example`.
#[must_use]
pub fn address(role: Role) -> String {
    format!("{}@{DOMAIN}", role.name().to_lowercase().replace('_', "-"))
}

/// A tactic.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tactic {
    pub(super) name: &'static str,
    pub(super) resource: Resource,
    pub(super) channel: Channel,
}

const fn tactic(name: &'static str, resource: Resource, channel: Channel) -> Tactic {
    Tactic { name, resource, channel }
}

pub(super) const SEARCH_GUIDES: &str = "Search guides";
pub(super) const CATEGORY_KEYWORDS: &str = "Category keywords";
pub(super) const RETARGETING: &str = "Retargeting";
pub(super) const SPONSORED_POSTS: &str = "Sponsored posts";
pub(super) const NEWSLETTER: &str = "Newsletter";
pub(super) const WEBINAR: &str = "Monthly webinar";
pub(super) const HANDBOOK: &str = "Buyer's handbook";
pub(super) const COLD_CALLS: &str = "Outbound calling";
pub(super) const SEQUENCES: &str = "Outbound e-mail";
pub(super) const FAIRS: &str = "Trade fairs";
pub(super) const DEMOS: &str = "Discovery and demos";
pub(super) const FREE_TRIAL: &str = "Free trial";
pub(super) const REFERRALS: &str = "Customer referrals";
pub(super) const AFFILIATES: &str = "Affiliate programme";
pub(super) const COMMUNITY: &str = "User community";

/// What the company does to win buyers.
pub(super) const TACTICS: [Tactic; 15] = [
    tactic(SEARCH_GUIDES, Resource::Marketing, Channel::OrganicSearch),
    tactic(CATEGORY_KEYWORDS, Resource::Marketing, Channel::PaidSearch),
    tactic(RETARGETING, Resource::Marketing, Channel::Display),
    tactic(SPONSORED_POSTS, Resource::Marketing, Channel::PaidSocial),
    tactic(NEWSLETTER, Resource::Marketing, Channel::Email),
    tactic(WEBINAR, Resource::Marketing, Channel::Event),
    tactic(HANDBOOK, Resource::Marketing, Channel::Content),
    tactic(COLD_CALLS, Resource::Sales, Channel::Phone),
    tactic(SEQUENCES, Resource::Sales, Channel::Email),
    tactic(FAIRS, Resource::Sales, Channel::Event),
    tactic(DEMOS, Resource::Sales, Channel::Meeting),
    tactic(FREE_TRIAL, Resource::Product, Channel::InProduct),
    tactic(REFERRALS, Resource::Product, Channel::Referral),
    tactic(AFFILIATES, Resource::Product, Channel::Affiliate),
    tactic(COMMUNITY, Resource::Product, Channel::Community),
];
