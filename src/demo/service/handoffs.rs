//! Writing what Marketing hands to Sales, and what Sales does about it.

use std::collections::HashMap;

use chrono::{NaiveDate, Weekday};
use entity::ids::{BusinessCalendarId, HandoffId, MemberId, PersonId, ServiceAgreementId, TacticId, TeamId};
use entity::kinds::{ActivityKind, ActivityOutcome, ClauseKind, CommitmentPer, Direction, Resource, Role};
use entity::member;
use entity::time::Timestamp;

use super::{Writer, key, name};
use crate::activities::service::{Completion, LogActivity, NewActivity, log_activity};
use crate::agreements::handoffs::service::{
    AcceptHandoff, AnswerHandoff, NewHandoff, RejectHandoff, ResolveContest, accept_handoff, acknowledge_rejection, contest_rejection,
    offer_handoff, reject_handoff, resolve_contest,
};
use crate::agreements::scheduler::service::carry_out;
use crate::agreements::service::{
    DefineCalendar, DraftAgreement, SignAgreement, WantedClause, WantedDay, WantedHours, WantedSpecialDay, WantedTerms, WantedWithin,
    define_calendar, draft_agreement, sign_agreement,
};
use crate::auth::Session;
use crate::buyers::service::{PersonFilter, people};
use crate::db::PageRequest;
use crate::demo::calendar::{END, instant};
use crate::demo::company::TIME_ZONE;
use crate::demo::handoffs::{Act, Lead, OWED, begins};
use crate::demo::plan::Buyer;
use crate::error::{Error, Result};
use crate::journey::service::{TacticFilter, tactics};

/// The system that names leads.
const CRM: &str = "crm";

const WORKDAYS: [Weekday; 5] = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];

/// In microseconds.
const HOUR: i64 = 60 * 60 * 1_000_000;

/// Both halves of a workday.
const HOURS: [(&str, &str); 2] = [("09:00", "12:00"), ("13:00", "18:00")];

/// The days of the two months and a little longer on which nobody works.
const HOLIDAYS: [(i32, u32, u32, &str); 3] = [(2026, 5, 25, "Memorial Day"), (2026, 6, 19, "Juneteenth"), (2026, 7, 3, "Independence Day")];

/// What is handed over, by the place of the lead or by name.
struct Handed<'a> {
    buyers: &'a [Buyer],
    agreement_id: ServiceAgreementId,
    tactics: HashMap<String, TacticId>,
    seller: MemberId,
    /// Decides for Sales: a decision is somebody's.
    lead: &'a member::Model,
    people: HashMap<usize, PersonId>,
    handoffs: HashMap<usize, HandoffId>,
}

impl Writer<'_> {
    /// The agreement, what is handed over under it, and what falls due on that until the end.
    pub(super) async fn handed(&self, teams: &HashMap<&'static str, TeamId>) -> Result<ServiceAgreementId> {
        let scope = self.at(signed_at()).authorize()?;
        let seller = self.member(&scope, teams, Role::SalesRep).await?.id;
        let mut signing = Vec::new();
        for (role, side) in [(Role::MarketingLead, Resource::Marketing), (Role::SalesLead, Resource::Sales)] {
            signing.push((self.member(&scope, teams, role).await?, side));
        }
        let agreement_id = self.agreement(&signing).await?;
        let first = PageRequest::new(Some(100), None, None, None)?;
        let tactics = tactics(&self.at(signed_at()).authorize()?, TacticFilter::default(), first, false).await?;
        let tactics = tactics.page.items.into_iter().map(|(_, row)| (row.name, row.id)).collect();
        let buyers = &self.plan.buyers;
        let (lead, _) = signing.last().ok_or(Error::broken("both sides sign"))?;
        let mut handed = Handed { buyers, agreement_id, tactics, seller, lead, people: HashMap::new(), handoffs: HashMap::new() };
        for &(at, place, act) in &self.plan.leads.acts {
            let lead = self.plan.leads.leads.get(place).ok_or(Error::broken("a lead of the plan is there"))?;
            let session = match act {
                Act::Accept | Act::Reject(_) | Act::Overturn => self.as_member(handed.lead, at).await?,
                Act::Offer | Act::Acknowledge | Act::Contest | Act::Contact => self.at(at),
            };
            handed.act(&session, (place, lead), act).await?;
        }
        carry_out(&self.at(instant(END)).authorize()?).await?;
        Ok(agreement_id)
    }

    /// The session of a member at an instant.
    pub(super) async fn as_member(&self, member: &member::Model, at: Timestamp) -> Result<Session> {
        let app = self.app.standing_at(at);
        Session::from_token(&app, &Session::token_for(&app, member)?).await
    }

    /// When the company works.
    pub(super) async fn calendar(&self) -> Result<BusinessCalendarId> {
        let hours = || HOURS.map(|(from, to)| WantedHours { from: from.to_owned(), to: to.to_owned() }).to_vec();
        let holiday = |(year, month, day, name): (i32, u32, u32, &str)| {
            Some(WantedSpecialDay { day: NaiveDate::from_ymd_opt(year, month, day)?, name: name.to_owned(), hours: Vec::new() })
        };
        let new = DefineCalendar {
            name: "Office hours".to_owned(),
            time_zone: TIME_ZONE.to_owned(),
            week: WORKDAYS.map(|weekday| WantedDay { weekday, hours: hours() }).to_vec(),
            special_days: HOLIDAYS.into_iter().filter_map(holiday).collect(),
            idempotency_key: key("calendar"),
        };
        Ok(define_calendar(&self.at(signed_at()).authorize()?, &new).await?.id)
    }

    /// Marketing owes accepted leads, Sales owes contact on the same business day; both who lead them sign.
    async fn agreement(&self, signing: &[(member::Model, Resource)]) -> Result<ServiceAgreementId> {
        let clause = |kind| WantedClause {
            kind,
            quantity: None,
            per: None,
            minimum_share: None,
            within: None,
            warn_percent: None,
            escalate_percent: None,
            reassign_percent: None,
            calendar_id: None,
        };
        let same_day = Some(WantedWithin { minutes: None, days: Some(0) });
        let next_day = Some(WantedWithin { minutes: None, days: Some(1) });
        let terms = WantedTerms {
            calendar_id: self.calendar().await?,
            starts_on: begins(),
            ends_on: None,
            capacity_factor: None,
            counts_over_delivery: false,
            answer_within: None,
            clauses: vec![
                WantedClause { quantity: Some(OWED), per: Some(CommitmentPer::Month), ..clause(ClauseKind::Volume) },
                WantedClause { minimum_share: Some(rust_decimal::Decimal::new(8, 1)), ..clause(ClauseKind::Quality) },
                // One seller: there is nobody else to give it to.
                WantedClause { within: same_day, reassign_percent: Some(None), ..clause(ClauseKind::Speed) },
                WantedClause { within: next_day, ..clause(ClauseKind::Acknowledgement) },
            ],
        };
        let new = DraftAgreement {
            name: "Leads for same-day contact".to_owned(),
            from: Resource::Marketing,
            to: Resource::Sales,
            terms,
            idempotency_key: key("agreement"),
        };
        let agreement = draft_agreement(&self.at(signed_at()).authorize()?, &new).await?;
        // One after the other, so that their order is the same every time.
        let mut at = signed_at();
        for (signatory, side) in signing {
            at = at.saturating_add_micros(HOUR);
            let session = self.as_member(signatory, at).await?;
            let new = SignAgreement { agreement_id: agreement.id, side: *side, expected_version: 1, idempotency_key: key(side.name()) };
            sign_agreement(&session.authorize()?, &new).await?;
        }
        Ok(agreement.id)
    }
}

/// The day before it holds, in the morning.
fn signed_at() -> Timestamp {
    let day = begins().pred_opt().unwrap_or_else(begins);
    Timestamp::from(day.and_hms_opt(15, 0, 0).unwrap_or_default().and_utc())
}

impl Handed<'_> {
    fn handoff(&self, place: usize) -> Result<HandoffId> {
        self.handoffs.get(&place).copied().ok_or(Error::broken("a lead is offered before anything else is done about it"))
    }

    /// Repeating an act changes nothing more.
    fn key(place: usize, act: Act) -> Option<String> {
        key(&format!("lead {place} {act:?}"))
    }

    async fn act(&mut self, session: &Session, (place, lead): (usize, &Lead), act: Act) -> Result<()> {
        let idempotency_key = Self::key(place, act);
        match act {
            Act::Offer => {
                let new = self.offer(session, place, lead).await?;
                let row = offer_handoff(&session.authorize()?, new, idempotency_key.as_deref()).await?;
                self.handoffs.insert(place, row.id);
            }
            Act::Accept => {
                let (handoff_id, owner_id) = (self.handoff(place)?, Some(self.seller));
                let new = AcceptHandoff { handoff_id, owner_id, start_clocks: false, note: None, idempotency_key };
                accept_handoff(&session.authorize()?, &new).await?;
            }
            Act::Reject(reason) => {
                let new = RejectHandoff { handoff_id: self.handoff(place)?, reason, note: None, idempotency_key };
                reject_handoff(&session.authorize()?, &new).await?;
            }
            Act::Acknowledge => {
                let new = AnswerHandoff { handoff_id: self.handoff(place)?, note: None, idempotency_key };
                acknowledge_rejection(&session.authorize()?, &new).await?;
            }
            Act::Contest => {
                let note = Some("they asked for a call on the form".to_owned());
                let new = AnswerHandoff { handoff_id: self.handoff(place)?, note, idempotency_key };
                contest_rejection(&session.authorize()?, &new).await?;
            }
            Act::Overturn => {
                let note = "they did: it was overlooked".to_owned();
                let new = ResolveContest { handoff_id: self.handoff(place)?, overturned: true, note, idempotency_key };
                resolve_contest(&session.authorize()?, &new).await?;
            }
            Act::Contact => {
                log_activity(&session.authorize()?, self.contact(place)?, idempotency_key.as_deref()).await?;
            }
        }
        Ok(())
    }

    async fn offer(&mut self, session: &Session, place: usize, lead: &Lead) -> Result<NewHandoff> {
        let buyer = self.buyers.get(lead.buyer).ok_or(Error::broken("a lead is somebody of the plan"))?;
        let filter = PersonFilter { email: buyer.email.clone(), ..PersonFilter::default() };
        let first = PageRequest::new(Some(1), None, None, None)?;
        let found = people(&session.authorize()?, filter, first, false).await?;
        let (_, person) = found.page.items.into_iter().next().ok_or(Error::broken("everybody of the plan is written"))?;
        self.people.insert(place, person.id);
        Ok(NewHandoff {
            agreement_id: self.agreement_id,
            person_id: Some(person.id),
            account_id: None,
            tactic_id: lead.tactic.and_then(|name| self.tactics.get(name)).copied(),
            owner_id: None,
            note: None,
            offered_at: None,
            external_id: Some(name(CRM, place)),
        })
    }

    /// A first call or e-mail. What came of them is told by the touches.
    fn contact(&self, place: usize) -> Result<LogActivity> {
        let kind = if place.is_multiple_of(3) { ActivityKind::Email } else { ActivityKind::Call };
        let outcome = if kind == ActivityKind::Email { ActivityOutcome::Done } else { ActivityOutcome::NotReached };
        let person_id = self.people.get(&place).copied();
        Ok(LogActivity {
            activity: NewActivity {
                kind,
                subject: "First contact".to_owned(),
                person_id: Some(person_id.ok_or(Error::broken("a lead is offered before anything else is done about it"))?),
                account_id: None,
                opportunity_id: None,
                owner_id: Some(self.seller),
                due_at: None,
                direction: Direction::Outbound,
                external_id: None,
            },
            completion: Completion { outcome, occurred_at: None, note: None, follow_up: None },
        })
    }
}
