//! Handoffs, clocks and what belongs to them, loaded for many at once.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use entity::ids::{AgreementClauseId, AgreementVersionId, CalendarVersionId, HandoffId, SlaClockId};
use entity::{agreement_clause, clock_event, handoff, handoff_event, sla_clock, sla_step};

use crate::agreements::handoffs::service;
use crate::agreements::service::Terms;
use crate::error::Error;
use crate::graphql::context::Loads;
use crate::metrics::sla::BusinessTime;

impl Loader<HandoffId> for Loads {
    type Value = handoff::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[HandoffId]) -> Result<HashMap<HandoffId, handoff::Model>, Arc<Error>> {
        service::handoffs_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

impl Loader<SlaClockId> for Loads {
    type Value = sla_clock::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[SlaClockId]) -> Result<HashMap<SlaClockId, sla_clock::Model>, Arc<Error>> {
        service::clocks_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// Loads what belongs to some objects by the ids of those.
macro_rules! loaded {
    ($($(#[$doc:meta])* $key:ident($id:ident) = $load:ident: $value:ty;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $key(pub $id);

        impl Loader<$key> for Loads {
            type Value = $value;
            type Error = Arc<Error>;

            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, $value>, Arc<Error>> {
                let ids: Vec<$id> = keys.iter().map(|key| key.0).collect();
                let found = service::$load(&self.authorize()?, &ids).await.map_err(Arc::new)?;
                Ok(found.into_iter().map(|(id, value)| ($key(id), value)).collect())
            }
        }
    )+};
}

loaded! {
    /// The key of what happened to a handoff.
    EventsOf(HandoffId) = handoff_events_of: Vec<handoff_event::Model>;
    /// The key of the clocks of a handoff.
    ClocksOf(HandoffId) = clocks_of: Vec<sla_clock::Model>;
    /// The key of what falls due on a handoff and its clocks.
    StepsOf(HandoffId) = steps_of: Vec<sla_step::Model>;
    /// The key of what counts for a clock.
    ClockEventsOf(SlaClockId) = clock_events_of: Vec<clock_event::Model>;
    /// The key of the terms that a version has.
    TermsOf(AgreementVersionId) = terms_by_version: Arc<Terms>;
    /// The key of a clause.
    ClauseOf(AgreementClauseId) = clauses_by_id: agreement_clause::Model;
    /// The key of the business time of a version of a calendar.
    TimeOf(CalendarVersionId) = times_by_id: Arc<BusinessTime>;
}
