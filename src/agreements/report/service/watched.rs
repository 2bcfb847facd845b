//! The numbers of a report that somebody is told of without having asked.

use entity::kinds::RejectReason;

use super::answers::reason;
use super::facts::{ClockRow, Report};
use crate::error::{Error, Result};
use crate::metrics::insight::{DueClock, Offered, Rejecting, SideClocks};
use crate::metrics::period::Period;
use crate::metrics::sla::{Dimension, status, status_by};

impl Report {
    /// How often each reason was given in the period, and in the one before: of a report that was asked with that one.
    ///
    /// # Errors
    /// [`Error::Internal`] where a number is too large.
    pub fn rejecting(&self) -> Result<Vec<Rejecting>> {
        let before = self.period.before().map_err(Error::internal)?;
        let (now, before) = (self.rejected(&self.period)?, self.rejected(&before)?);
        let pairs = RejectReason::ALL.iter().zip(now.into_iter().zip(before));
        let of =
            |(&reason, (now, before))| Rejecting { agreement: self.agreement.id, from: self.agreement.from_resource, reason, now, before };
        Ok(pairs.map(of).collect())
    }

    /// What was offered in some days, and rejected for each reason, in the order of the reasons.
    fn rejected(&self, days: &Period) -> Result<Vec<Offered>> {
        let facts = self.facts(days)?;
        let offered = status(&facts).handoffs.offered();
        let groups = status_by(&facts, Dimension::RejectReason);
        let of = |wanted: &RejectReason| {
            let group = groups.iter().find(|group| reason(group.code) == Some(*wanted));
            Offered { offered, rejected: group.map_or(0, |group| group.line.handoffs.rejected()) }
        };
        Ok(RejectReason::ALL.iter().map(of).collect())
    }

    /// The clocks that each side owes of the handoffs of a point: who offers, and who is offered.
    ///
    /// # Errors
    /// [`Error::Internal`] where there is no such point.
    pub fn sides(&self, point: usize) -> Result<[SideClocks; 2]> {
        let offered = self.offered_in(self.point(point)?);
        let clocks = || self.clocks.iter().filter(|clock| offered.contains(&clock.handoff));
        let due = |clock: &ClockRow| DueClock { due_at: clock.due_at, state: clock.state };
        Ok([self.agreement.from_resource, self.agreement.to_resource].map(|resource| SideClocks {
            agreement: self.agreement.id,
            resource,
            clocks: clocks().filter(|clock| clock.resource == resource).map(due).collect(),
        }))
    }
}
