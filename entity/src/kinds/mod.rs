//! The closed sets of the business: stored as their name in upper case, shown as such in the API.
//!
//! They carry their GraphQL form with them. Written a second time for the API, the two lists would drift.

use sea_orm::entity::prelude::*;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, serde::Serialize, serde::Deserialize, async_graphql::Enum)]
        #[sea_orm(rs_type = "String", db_type = "Text")]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum $name {
            $($(#[$variant_doc])* #[sea_orm(string_value = $text)] $variant,)+
        }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stored name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// Reads the stored name; case matters.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    )*};
}

mod activities;
mod agreements;
mod closes;
mod deals;
mod disputes;
mod events;
mod goals;
mod insights;
mod ledger;
mod proposals;

pub use activities::{ActivityEventKind, ActivityKind, ActivityOutcome};
pub use agreements::{ClauseKind, ClockEventKind, CommitmentPer, FeedbackKind, FeedbackOutcome, HandoffEventKind, RejectReason, StepKind};
pub use closes::CloseKind;
pub use deals::{BlockerKind, BlockerSide, BuyingRoleKind, BuyingStance, OpportunityEventKind, OpportunityOutcome};
pub use disputes::DisputeEnd;
pub use events::EventTopic;
pub use goals::{GoalConfidence, GoalCurve, GoalDirection};
pub use insights::{InsightKind, InsightSeverity};
pub use ledger::{TransferApproval, TransferDecisionKind};
pub use proposals::ProposalDecisionKind;

kinds! {
    /// The three that compete for budget and results. Their order breaks ties when a remainder is split.
    Resource {
        /// The sellers.
        Sales = "SALES",
        /// Demand generation and brand.
        Marketing = "MARKETING",
        /// The product and its community: referrals, affiliates, word of mouth, in-product conversion.
        Product = "PRODUCT",
    }

    /// Who bears a cost: one resource, or all of them together.
    CostOwner {
        /// The sellers.
        Sales = "SALES",
        /// Demand generation and brand.
        Marketing = "MARKETING",
        /// The product and its community.
        Product = "PRODUCT",
        /// Split between the three by an allocation rule.
        Shared = "SHARED",
    }

    /// What the money was spent on.
    CostCategory {
        /// Wages and what comes with them.
        Salary = "SALARY",
        /// Pay that depends on closes.
        Commission = "COMMISSION",
        /// Paid media.
        Media = "MEDIA",
        /// Agencies and freelancers.
        Agency = "AGENCY",
        /// Software and other tools.
        Tool = "TOOL",
        /// Making content.
        Content = "CONTENT",
        /// Fairs, webinars and other events.
        Event = "EVENT",
        /// Rewards paid to affiliates.
        AffiliatePayout = "AFFILIATE_PAYOUT",
        /// Running the community.
        Community = "COMMUNITY",
        /// What free users cost.
        FreeTier = "FREE_TIER",
        /// Everything else that has to be carried.
        Overhead = "OVERHEAD",
    }

    /// How shared cost is split between the three resources.
    AllocationMethod {
        /// A third each.
        Equal = "EQUAL",
        /// By fixed shares.
        Fixed = "FIXED",
        /// By how many members work for each resource when the first day of the calendar month ends.
        Headcount = "HEADCOUNT",
        /// By what each resource is credited of the closes won in the calendar month.
        Credit = "CREDIT",
    }

    /// Why a sign-in was ended before its time.
    RevokedBecause {
        /// Its member signed out.
        SignedOut = "SIGNED_OUT",
        /// Its member changed their password.
        PasswordChanged = "PASSWORD_CHANGED",
        /// The password was reset.
        PasswordReset = "PASSWORD_RESET",
        /// The member has another role, or is no longer active.
        MemberChanged = "MEMBER_CHANGED",
        /// A refresh token was used a second time, so somebody else holds it too.
        Replayed = "REPLAYED",
    }

    /// What a ticket lets a member do.
    TicketKind {
        /// Choose the first password.
        Invitation = "INVITATION",
        /// Choose a password in place of a forgotten one.
        Reset = "RESET",
    }

    /// What failures are counted for.
    ThrottleKind {
        /// An e-mail address, whether or not a member has it.
        Account = "ACCOUNT",
        /// Where the calls come from.
        Address = "ADDRESS",
        /// The mails an e-mail address was sent.
        Mail = "MAIL",
    }

    /// What a member may do; the rights of each role stand in `auth::permission`.
    Role {
        /// Runs the installation for the organization.
        Admin = "ADMIN",
        /// Reads every number.
        Executive = "EXECUTIVE",
        /// Keeps definitions, policies and locks.
        Revops = "REVOPS",
        /// Leads Marketing.
        MarketingLead = "MARKETING_LEAD",
        /// Works in Marketing.
        Marketer = "MARKETER",
        /// Leads Sales.
        SalesLead = "SALES_LEAD",
        /// Sells.
        SalesRep = "SALES_REP",
        /// Follows up and schedules for sellers.
        SalesAssistant = "SALES_ASSISTANT",
        /// Leads Product and its community.
        ProductLead = "PRODUCT_LEAD",
        /// An affiliate or referrer from outside.
        Partner = "PARTNER",
        /// Reads the ledger and its history.
        Auditor = "AUDITOR",
        /// A machine that pushes and reads.
        Integration = "INTEGRATION",
    }

    /// Whether a buyer has told us who they are.
    PersonKind {
        /// Seen, but not identified.
        Anonymous = "ANONYMOUS",
        /// Left details, or began a trial or consultation.
        Known = "KNOWN",
    }

    /// By what an anonymous person became known.
    IdentifiedBy {
        /// They left their details.
        DetailsLeft = "DETAILS_LEFT",
        /// They began a trial.
        TrialBegun = "TRIAL_BEGUN",
        /// They began a consultation.
        ConsultationBegun = "CONSULTATION_BEGUN",
        /// Somebody recorded who they are.
        Recorded = "RECORDED",
    }

    /// Where an interaction happened.
    Channel {
        /// Unpaid search results.
        OrganicSearch = "ORGANIC_SEARCH",
        /// Search advertising.
        PaidSearch = "PAID_SEARCH",
        /// Unpaid social media.
        Social = "SOCIAL",
        /// Advertising on social media.
        PaidSocial = "PAID_SOCIAL",
        /// Banner and video advertising.
        Display = "DISPLAY",
        /// E-mail.
        Email = "EMAIL",
        /// The address typed in or a bookmark.
        Direct = "DIRECT",
        /// A link on another site.
        Web = "WEB",
        /// Our own content: articles, guides, videos.
        Content = "CONTENT",
        /// Fairs, webinars and other events.
        Event = "EVENT",
        /// A customer recommended us.
        Referral = "REFERRAL",
        /// A paid referrer.
        Affiliate = "AFFILIATE",
        /// Word of mouth: peers talk about us.
        WordOfMouth = "WORD_OF_MOUTH",
        /// Our user community.
        Community = "COMMUNITY",
        /// Inside the product.
        InProduct = "IN_PRODUCT",
        /// A seller by telephone.
        Phone = "PHONE",
        /// A seller face to face or by video.
        Meeting = "MEETING",
        /// A partner company.
        Partner = "PARTNER",
        /// Anything else.
        Other = "OTHER",
    }

    /// What the buyer did or had done to them.
    TouchKind {
        /// An advertisement or post was shown.
        Impression = "IMPRESSION",
        /// An advertisement or link was clicked.
        Click = "CLICK",
        /// A site was visited.
        Visit = "VISIT",
        /// Content was read, watched or downloaded.
        ContentView = "CONTENT_VIEW",
        /// A form was sent.
        FormSubmit = "FORM_SUBMIT",
        /// An e-mail was sent or answered.
        Email = "EMAIL",
        /// A telephone call.
        Call = "CALL",
        /// A meeting.
        Meeting = "MEETING",
        /// A message or chat.
        Message = "MESSAGE",
        /// An event was attended.
        EventAttendance = "EVENT_ATTENDANCE",
        /// A trial was begun.
        TrialStart = "TRIAL_START",
        /// The product was used.
        ProductUse = "PRODUCT_USE",
        /// Someone recommended us.
        Recommendation = "RECOMMENDATION",
        /// A price or quote was asked for.
        PriceRequest = "PRICE_REQUEST",
        /// Checkout was begun.
        CheckoutStart = "CHECKOUT_START",
        /// The buyer said how they heard of us.
        SelfReport = "SELF_REPORT",
        /// Anything else.
        Other = "OTHER",
    }

    /// Who acted in an interaction.
    ActorKind {
        /// A campaign of ours.
        Campaign = "CAMPAIGN",
        /// A seller of ours.
        Seller = "SELLER",
        /// The product itself.
        Product = "PRODUCT",
        /// A member of the community.
        CommunityMember = "COMMUNITY_MEMBER",
        /// A peer of the buyer.
        Peer = "PEER",
        /// An influencer or analyst.
        Influencer = "INFLUENCER",
        /// A partner company.
        Partner = "PARTNER",
        /// The buyer says so; never takes the place of what was observed.
        SelfReported = "SELF_REPORTED",
    }

    /// Who began an interaction.
    Direction {
        /// The buyer came to us.
        Inbound = "INBOUND",
        /// We went to the buyer.
        Outbound = "OUTBOUND",
    }

    /// Whether a stage lies on the way or beside it.
    StageKind {
        /// On the way from unaware to advocate; later ones imply earlier ones.
        Main = "MAIN",
        /// Beside the way: recycled, disqualified, undecided, churned.
        Side = "SIDE",
    }

    /// What a piece of content is.
    ContentKind {
        /// Text to read.
        Article = "ARTICLE",
        /// Something to watch.
        Video = "VIDEO",
        /// Something to reckon with.
        Calculator = "CALCULATOR",
        /// Something to fill in.
        Template = "TEMPLATE",
        /// An event on the web.
        Webinar = "WEBINAR",
        /// Lessons.
        Course = "COURSE",
        /// What a seller does with the buyer, step by step.
        Play = "PLAY",
        /// Anything else.
        Other = "OTHER",
    }

    /// In what a piece of content covers something.
    CoverageAspect {
        /// A stage, by its key.
        Stage = "STAGE",
        /// A kind of blocker.
        Blocker = "BLOCKER",
    }

    /// What entries into a stage have to meet.
    StageRuleKind {
        /// The subject is a known person, or an account that has one.
        KnownPerson = "KNOWN_PERSON",
        /// The stage left is one of some.
        FromStages = "FROM_STAGES",
        /// There is a reason.
        ReasonRequired = "REASON_REQUIRED",
    }

    /// How an entry into a stage lies to the stage left.
    StageMovement {
        /// Onward to the next stage of the way; also the first entry of all.
        Forward = "FORWARD",
        /// Onward past stages of the way.
        Skip = "SKIP",
        /// Back along the way.
        Regress = "REGRESS",
        /// To a stage beside the way.
        Aside = "ASIDE",
        /// From beside the way back onto it.
        Return = "RETURN",
    }

    /// How an account came to its close.
    ClosePath {
        /// The buyer closed without a seller.
        SelfServe = "SELF_SERVE",
        /// A seller was involved.
        Assisted = "ASSISTED",
        /// A partner or referrer brought the buyer.
        Partner = "PARTNER",
    }

    /// What happened to a close afterwards.
    MovementKind {
        /// Money was given back.
        Refund = "REFUND",
        /// The bank took money back.
        Chargeback = "CHARGEBACK",
        /// The close should not have been recorded.
        Void = "VOID",
        /// A void was undone.
        Reinstate = "REINSTATE",
    }

    /// Why a group of ledger postings was made.
    BatchKind {
        /// The credit a close starts with.
        Opening = "OPENING",
        /// Credit moved between resources.
        Transfer = "TRANSFER",
        /// An earlier batch was undone.
        Reversal = "REVERSAL",
    }

    /// Which rule of the credit policy decided an opening.
    PolicyRule {
        /// The close takes the place of one that was voided: what was held of that.
        Reopened = "REOPENED",
        /// A valid referral claim: PRODUCT takes all.
        ReferralClaim = "REFERRAL_CLAIM",
        /// A split signed before the close: as signed.
        SignedSplit = "SIGNED_SPLIT",
        /// Self-serve: MARKETING if it touched the buyer within the lookback, else PRODUCT.
        SelfServe = "SELF_SERVE",
        /// Assisted: W-shaped evidence.
        Evidence = "EVIDENCE",
        /// No evidence: the resource the deal was sourced by.
        SourceResource = "SOURCE_RESOURCE",
    }

    /// What a buyer allows us to do with what we know of them.
    ConsentPurpose {
        /// Write to them by e-mail about what they did not ask for.
        EmailMarketing = "EMAIL_MARKETING",
        /// Call them.
        Phone = "PHONE",
        /// Send them letters.
        PostalMail = "POSTAL_MAIL",
        /// Send them messages by other means: text messages, chats, notifications.
        Messaging = "MESSAGING",
        /// Follow what they do on our sites and in the product.
        Tracking = "TRACKING",
        /// Draw conclusions about them from what they do.
        Profiling = "PROFILING",
        /// Give what we know of them to third parties.
        DataSharing = "DATA_SHARING",
    }

    /// What a buyer decided on a purpose.
    ConsentDecision {
        /// They allow it.
        Granted = "GRANTED",
        /// They do not, or no longer.
        Withdrawn = "WITHDRAWN",
    }

    /// Whether a buying company is looking for what is sold.
    DemandState {
        /// It is looking.
        Searching = "SEARCHING",
        /// It is not looking, or no longer.
        NotSearching = "NOT_SEARCHING",
    }

    /// How it is said which accounts are in a segment.
    SegmentKind {
        /// Those that pass a filter.
        Filter = "FILTER",
        /// Those that were put on a list.
        List = "LIST",
    }

    /// How an attribute of an account is compared. What is not known makes a comparison unknown, neither true nor false.
    ConditionOperator {
        /// It is one of the values, in any case.
        In = "IN",
        /// It is none of the values.
        NotIn = "NOT_IN",
        /// It is a number, and not below the value.
        AtLeast = "AT_LEAST",
        /// It is a number, and not above the value.
        AtMost = "AT_MOST",
        /// It is known.
        Known = "KNOWN",
        /// It is not known.
        Unknown = "UNKNOWN",
    }

    /// Why a buyer was erased, after article 17 of the General Data Protection Regulation.
    ErasureReason {
        /// They asked for it.
        Requested = "REQUESTED",
        /// They withdrew the consent on which it rested that they were known.
        ConsentWithdrawn = "CONSENT_WITHDRAWN",
        /// They objected to what was done with what is known of them.
        Objected = "OBJECTED",
        /// It is no longer needed for what it was kept for.
        NoLongerNeeded = "NO_LONGER_NEEDED",
        /// It should not have been kept at all.
        Unlawful = "UNLAWFUL",
        /// A law or a court demands it.
        LegalObligation = "LEGAL_OBLIGATION",
    }

    /// What came of what somebody asked for.
    AuditOutcome {
        /// It was done.
        Done = "DONE",
        /// They had no permission for it.
        Denied = "DENIED",
    }

    /// The day a week begins with.
    WeekStart {
        /// As ISO 8601 has it.
        Monday = "MONDAY",
        /// As in North America.
        Sunday = "SUNDAY",
    }
}

impl Role {
    /// Whether somebody with it leads those who work for their resource.
    #[must_use]
    pub const fn leads(self) -> bool {
        match self {
            Self::MarketingLead | Self::SalesLead | Self::ProductLead => true,
            Self::Admin
            | Self::Executive
            | Self::Revops
            | Self::Marketer
            | Self::SalesRep
            | Self::SalesAssistant
            | Self::Partner
            | Self::Auditor
            | Self::Integration => false,
        }
    }
}

impl Resource {
    /// Position in the fixed order SALES, MARKETING, PRODUCT.
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::Sales => 0,
            Self::Marketing => 1,
            Self::Product => 2,
        }
    }
}

impl CostCategory {
    /// What people are paid.
    pub const PAY: [Self; 2] = [Self::Salary, Self::Commission];

    /// Whether it is what people are paid.
    #[must_use]
    pub const fn is_pay(self) -> bool {
        matches!(self, Self::Salary | Self::Commission)
    }
}

impl CostOwner {
    /// The one resource that bears the cost; `None` where it is shared.
    #[must_use]
    pub const fn resource(self) -> Option<Resource> {
        match self {
            Self::Sales => Some(Resource::Sales),
            Self::Marketing => Some(Resource::Marketing),
            Self::Product => Some(Resource::Product),
            Self::Shared => None,
        }
    }
}

impl From<Resource> for CostOwner {
    fn from(resource: Resource) -> Self {
        match resource {
            Resource::Sales => Self::Sales,
            Resource::Marketing => Self::Marketing,
            Resource::Product => Self::Product,
        }
    }
}
