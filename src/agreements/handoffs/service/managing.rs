//! Clocks that stand still, go on, end before their time, or are reckoned by other hours.

use std::collections::{BTreeSet, HashMap};

use entity::ids::{CalendarVersionId, ServiceAgreementId, SlaClockId};
use entity::kinds::ClockEventKind;
use entity::{clock_event, handoff, member, service_agreement, sla_clock};
use serde::Serialize;

use super::clocks::{Happening, clock_state, counted, next, owing, record};
use super::falling_due::owners_of;
use crate::agreements::handoffs::store;
use crate::auth::Scope;
use crate::auth::permission::grant::ClockManage;
use crate::auth::permission::{Permission, Reach};
use crate::buyers::service::buyers_of_row;
use crate::db::{Idempotent, TenantWrite, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;
use crate::metrics::sla::clock::State;
use crate::roles::service::is_of_another;

/// How a clock stands that has time left: whatever is done to it, a breach stays one.
const HAS_TIME: &[State] = &[State::Running, State::Paused];

/// Why nothing is owed to a buyer any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum CancelReason {
    /// They are somebody else who was handed over already.
    Duplicate,
    /// They do not want to be contacted.
    OptOut,
}

impl CancelReason {
    const fn name(self) -> &'static str {
        match self {
            Self::Duplicate => "DUPLICATE",
            Self::OptOut => "OPT_OUT",
        }
    }
}

/// That a clock stands still.
#[derive(Clone, Debug, Serialize)]
pub struct PauseClock {
    /// The clock.
    pub clock_id: SlaClockId,
    /// Why.
    pub reason: String,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Stops a clock for a while.
///
/// # Errors
/// Problems with the fields: `CLOCK_STATE` where it does not run, `NOT_ALLOWED` where another resource owes it.
pub async fn pause_clock(scope: &Scope<ClockManage>, change: &PauseClock) -> Result<sla_clock::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "pauseClock", change)?;
    let words = input::text("reason", &change.reason, input::NOTE);
    let why = words.map(|words| Why { kind: None, words: Some(words) });
    tell(scope, once, change.clock_id, (ClockEventKind::Paused, &[State::Running]), why).await
}

/// That a clock goes on.
#[derive(Clone, Debug, Serialize)]
pub struct ResumeClock {
    /// The clock.
    pub clock_id: SlaClockId,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Lets a clock go on.
///
/// # Errors
/// Problems with the fields: `CLOCK_STATE` where it does not stand still, `NOT_ALLOWED` where another resource owes it.
pub async fn resume_clock(scope: &Scope<ClockManage>, change: &ResumeClock) -> Result<sla_clock::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "resumeClock", change)?;
    tell(scope, once, change.clock_id, (ClockEventKind::Resumed, &[State::Paused]), Ok(Why::default())).await
}

/// That a clock ends before its time.
#[derive(Clone, Debug, Serialize)]
pub struct CancelClock {
    /// The clock.
    pub clock_id: SlaClockId,
    /// Why.
    pub reason: CancelReason,
    /// More about that, in words.
    pub note: Option<String>,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Ends a clock before its time. A breach stays one.
///
/// # Errors
/// Problems with the fields: `CLOCK_STATE` where its time is over or it was met, `NOT_ALLOWED` where another resource owes it.
pub async fn cancel_clock(scope: &Scope<ClockManage>, change: &CancelClock) -> Result<sla_clock::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "cancelClock", change)?;
    let words = input::optional_text("note", change.note.as_deref(), input::NOTE);
    let why = words.map(|words| Why { kind: Some(change.reason.name()), words });
    tell(scope, once, change.clock_id, (ClockEventKind::Cancelled, HAS_TIME), why).await
}

/// Why something happens to a clock.
#[derive(Clone, Debug, Default)]
struct Why {
    kind: Option<&'static str>,
    words: Option<String>,
}

impl Why {
    /// As it is kept. Of who was erased no words are; which kind of reason it is tells nothing of them.
    fn kept(self, is_erased: bool) -> Option<String> {
        let parts: Vec<String> = self.kind.map(str::to_owned).into_iter().chain(self.words.filter(|_| !is_erased)).collect();
        (!parts.is_empty()).then(|| parts.join(": "))
    }
}

async fn tell(
    scope: &Scope<ClockManage>,
    once: Idempotent,
    id: SlaClockId,
    (kind, from): (ClockEventKind, &[State]),
    why: Result<Why>,
) -> Result<sla_clock::Model> {
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<SlaClockId>(&tx).await? {
        return row(&tx, id).await;
    }
    let mut problems = Problems::new();
    let held = problems.take(hold(&tx, scope, id, from, matches!(kind, ClockEventKind::Paused | ClockEventKind::Cancelled)).await)?;
    let why = problems.take(why)?.unwrap_or_default();
    problems.check()?;
    let Held { clock, events, is_erased } = held.ok_or(Error::broken("the clock is held by now"))?;
    let reason = why.kept(is_erased);
    let event = next(scope, &clock, &events, &Happening { kind, reason: reason.as_deref(), occurred_at: scope.now() });
    record(&tx, &[clock], &[event]).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &id).await?;
    let row = row(&tx, id).await?;
    tx.commit().await?;
    Ok(row)
}

async fn row(tx: &TenantWrite, id: SlaClockId) -> Result<sla_clock::Model> {
    tx.get::<sla_clock::Entity>(id).await?.ok_or(Error::NotFound)
}

/// A clock to which nothing else happens until the transaction ends.
struct Held {
    clock: sla_clock::Model,
    events: Vec<clock_event::Model>,
    is_erased: bool,
}

/// Goes on where the caller reaches whoever owes what a clock is about, and that is somebody else where it is to `stop`: nobody stops the
/// clock that runs for themselves.
async fn is_managed_by(
    tx: &TenantWrite,
    scope: &Scope<ClockManage>,
    (clock, handoff): (&sla_clock::Model, &handoff::Model),
    stop: bool,
) -> Result<()> {
    let owner = owners_of(tx, &[handoff.id]).await?.remove(&handoff.id).flatten();
    let Some(member_id) = owing(clock, handoff, owner) else { return Ok(()) };
    let member = tx.get::<member::Entity>(member_id).await?;
    if !matches!(scope.reach(), Reach::Organization | Reach::Resource) && !member.is_some_and(|member| scope.reaches(&member)) {
        return Err(scope.out_of_reach("clockId", "it runs for somebody else"));
    }
    if stop { is_of_another(tx, scope, (Some(member_id), None), "clockId").await } else { Ok(()) }
}

/// Holds a clock that the caller may manage and that stands in one of some ways.
async fn hold(tx: &TenantWrite, scope: &Scope<ClockManage>, id: SlaClockId, from: &[State], stop: bool) -> Result<Held> {
    let seen = tx.get::<sla_clock::Entity>(id).await?.ok_or_else(|| Error::unknown("clockId"))?;
    scope.covers(seen.resource, "clockId")?;
    let handoff = tx.get::<handoff::Entity>(seen.handoff_id).await?.ok_or_else(|| Error::unknown("clockId"))?;
    tx.within_namespace::<handoff::Entity>(&handoff)?;
    is_managed_by(tx, scope, (&seen, &handoff), stop).await?;
    let buyers = buyers_of_row(tx, handoff.person_id, handoff.account_id).await?;
    let clock = store::hold_clocks(tx, &[id]).await?.pop().ok_or(Error::NotFound)?;
    let state = clock_state(&clock, scope.now());
    if !from.contains(&state) {
        return Err(Error::invalid("clockId", ProblemCode::ClockState, stands(&clock, state)));
    }
    let events = store::clock_events_of_all(tx, &[id]).await?.remove(&id).unwrap_or_default();
    Ok(Held { clock, events, is_erased: !buyers.erased.is_empty() })
}

fn stands(clock: &sla_clock::Model, state: State) -> String {
    let (name, since) = match state {
        State::Running => ("RUNNING", Some(clock.started_at)),
        State::Paused => ("PAUSED", clock.paused_at),
        State::Met => ("MET", clock.met_at),
        State::Late => ("LATE", clock.met_at),
        State::Overdue => ("OVERDUE", clock.due_at),
        State::Cancelled => ("CANCELLED", clock.cancelled_at),
    };
    since.map_or_else(|| format!("it is {name}"), |since| format!("it is {name} since {since}"))
}

/// Which clocks are reckoned by the newest version of their calendar.
#[derive(Clone, Copy, Debug, Serialize)]
pub enum Repinned {
    /// Those of an agreement for which something is still owed.
    Agreement(ServiceAgreementId),
    /// One.
    Clock(SlaClockId),
}

/// That clocks are reckoned by the newest version of their calendar.
#[derive(Clone, Debug, Serialize)]
pub struct RepinCalendar {
    /// Which.
    pub which: Repinned,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Reckons clocks anew, from their start, by the newest version of their calendar. What was met, breached or cancelled stays as it is.
/// Says how many clocks go by other hours now.
///
/// # Errors
/// Problems with the fields: `CLOCK_STATE` where the one clock is over, `NOT_ALLOWED` where another resource owes it.
pub async fn repin_calendar(scope: &Scope<ClockManage>, change: &RepinCalendar) -> Result<usize> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "repinCalendar", change)?;
    let tx = scope.write().await?;
    if let Some(count) = once.recall::<usize>(&tx).await? {
        return Ok(count);
    }
    let clocks = match change.which {
        Repinned::Clock(id) => vec![hold(&tx, scope, id, HAS_TIME, false).await?.clock],
        Repinned::Agreement(id) => {
            let agreement = tx.get::<service_agreement::Entity>(id).await?.ok_or_else(|| Error::unknown("agreementId"))?;
            let sides = [agreement.from_resource, agreement.to_resource];
            let covered: Vec<_> = sides.into_iter().filter(|side| scope.could_cover(Permission::ClockManage, *side)).collect();
            if covered.is_empty() {
                return Err(scope.out_of_reach("agreementId", "you work for neither side"));
            }
            let held = store::hold_clocks(&tx, &store::clocks_unsettled(&tx, id).await?).await?;
            let has_time = |clock: &sla_clock::Model| HAS_TIME.contains(&clock_state(clock, scope.now()));
            held.into_iter().filter(|clock| covered.contains(&clock.resource) && has_time(clock)).collect()
        }
    };
    let count = repin(&tx, scope, &clocks).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &count).await?;
    tx.commit().await?;
    Ok(count)
}

async fn repin(tx: &TenantWrite, scope: &Scope<ClockManage>, clocks: &[sla_clock::Model]) -> Result<usize> {
    let ids: Vec<SlaClockId> = clocks.iter().map(|clock| clock.id).collect();
    let before = store::clock_events_of_all(tx, &ids).await?;
    let events = |clock: &sla_clock::Model| before.get(&clock.id).map(Vec::as_slice).unwrap_or_default();
    let pinned: HashMap<SlaClockId, CalendarVersionId> =
        clocks.iter().map(|clock| (clock.id, counted(clock, events(clock)).hours)).collect();
    let versions: BTreeSet<CalendarVersionId> = pinned.values().copied().collect();
    let calendars = store::versions_of_calendars(tx, &Vec::from_iter(versions)).await?;
    let ids: BTreeSet<_> = calendars.values().copied().collect();
    let newest = store::newest_versions(tx, &Vec::from_iter(ids)).await?;
    let mut repinned = Vec::new();
    for clock in clocks {
        let hours = pinned.get(&clock.id).and_then(|hours| Some((hours, newest.get(calendars.get(hours)?)?)));
        if let Some((_, newest)) = hours.filter(|(pinned, newest)| pinned != newest) {
            let happening = Happening { kind: ClockEventKind::Repinned, reason: None, occurred_at: scope.now() };
            repinned.push(clock_event::Model { calendar_version_id: Some(*newest), ..next(scope, clock, events(clock), &happening) });
        }
    }
    record(tx, clocks, &repinned).await?;
    Ok(repinned.len())
}
