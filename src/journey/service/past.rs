//! What subjects passed through so far, as the rules for the next entry need it.

use std::collections::{HashMap, HashSet};

use entity::ids::{AccountId, PersonId, StageEventId};
use entity::stage_event;

use super::Subject;
use super::history::{Admitted, Claim, Entry, Gate, History};
use super::order::Orders;
use crate::buyers::service::Buyers;
use crate::db::TenantTx;
use crate::error::{Error, Problem, Result};
use crate::journey::store;

/// What some subjects passed through, per pipeline; its versions have one history.
pub(super) struct Histories {
    orders: Orders,
    histories: HashMap<(Subject, usize), History>,
}

impl Histories {
    pub(super) async fn load(tx: &TenantTx, orders: Orders, buyers: &Buyers) -> Result<Self> {
        let people: Vec<PersonId> = buyers.people.iter().copied().collect();
        let accounts: Vec<AccountId> = buyers.accounts.iter().copied().collect();
        let rows = store::history(tx, &people, &accounts).await?;
        let corrected: HashSet<StageEventId> = rows.iter().filter_map(|row| row.supersedes).collect();
        let mut entries: HashMap<(Subject, usize), Vec<Entry>> = HashMap::new();
        for row in rows.into_iter().filter(|row| !row.retracted && !corrected.contains(&row.id)) {
            let of = orders.pipeline(row.pipeline).zip(orders.place(row.stage));
            let (pipeline, place) = of.ok_or(Error::broken("an event's stage is in a catalogue"))?;
            entries.entry((row.subject, pipeline)).or_default().push(Entry::new(row.id, row.stage, place, row.occurred_at));
        }
        Ok(Self { orders, histories: entries.into_iter().map(|(key, entries)| (key, entries.into_iter().collect())).collect() })
    }

    /// The order of the stages.
    pub(super) const fn orders(&self) -> &Orders {
        &self.orders
    }

    /// The entry that a row is.
    pub(super) fn entry(&self, row: &stage_event::Model) -> Result<Entry> {
        let place = self.orders.place(row.stage_id).ok_or(Error::broken("an event's stage is in a catalogue"))?;
        Ok(Entry::new(row.id, row.stage_id, place, row.occurred_at))
    }

    /// The history an event belongs to.
    pub(super) fn of(&mut self, row: &stage_event::Model) -> Result<&mut History> {
        let subject = Subject::of(row.person_id, row.account_id).ok_or(Error::broken("an event has one subject"))?;
        let pipeline = self.orders.pipeline(row.pipeline_id).ok_or(Error::broken("an event's pipeline is a catalogue"))?;
        Ok(self.histories.entry((subject, pipeline)).or_default())
    }

    /// Adds an event to its history, if it may stand.
    pub(super) fn admit(&mut self, row: &stage_event::Model, claim: Claim, gate: &Gate) -> Result<Result<Admitted, Vec<Problem>>> {
        let entry = self.entry(row)?;
        Ok(self.of(row)?.admit(entry, claim, gate))
    }
}
