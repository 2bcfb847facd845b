//! How many members work for each resource.

use std::collections::{BTreeMap, HashMap};

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;
use entity::ids::MemberId;
use entity::kinds::Resource;
use entity::time::Timestamp;
use entity::{member, member_state};

use crate::auth::Scope;
use crate::auth::permission::Grant;
use crate::db::{TenantTx, TenantWrite};
use crate::error::Result;
use crate::metrics::by_resource::ByResource;
use crate::metrics::period::local_instant;
use crate::organization::store;

/// How many active members each resource had when some local days ended, as known as of an instant; within a transaction of
/// another area. Who works for no resource does not count. One statement for any number of days and members.
///
/// # Errors
/// What the database says.
pub async fn headcounts(
    tx: &TenantTx,
    days: impl Iterator<Item = NaiveDate> + Send,
    zone: Tz,
    as_of: Timestamp,
) -> Result<BTreeMap<NaiveDate, ByResource<u64>>> {
    let days: BTreeMap<NaiveDate, Timestamp> = days.map(|day| (day, end_of(day, zone))).collect();
    let mut changes = store::member_states(tx, as_of).await?.into_iter().peekable();
    let mut working: HashMap<MemberId, Resource> = HashMap::new();
    let mut counts = BTreeMap::new();
    for (day, end) in days {
        while let Some(change) = changes.next_if(|change| change.recorded_at < end) {
            match change.resource.filter(|_| change.active) {
                Some(resource) => drop(working.insert(change.member_id, resource)),
                None => drop(working.remove(&change.member_id)),
            }
        }
        let mut heads = ByResource::<u64>::default();
        for &resource in working.values() {
            *heads.get_mut(resource) += 1;
        }
        counts.insert(day, heads);
    }
    Ok(counts)
}

fn end_of(day: NaiveDate, zone: Tz) -> Timestamp {
    local_instant(day.succ_opt().unwrap_or(day).and_time(NaiveTime::MIN), zone)
}

/// Notes for which resource a member works from now on, and whether they do.
pub(super) async fn note_state<P: Grant>(tx: &TenantWrite, scope: &Scope<P>, member: &member::Model) -> Result<()> {
    let row = member_state::Model {
        organization_id: member.organization_id,
        id: scope.next_id(),
        member_id: member.id,
        resource: member.resource,
        active: member.active,
        recorded_at: scope.now(),
    };
    tx.insert::<member_state::Entity>(row).await.map(drop)
}
