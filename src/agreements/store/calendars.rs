//! Lists of calendars and of their versions.

use entity::ids::{BusinessCalendarId, TypedId};
use entity::{business_calendar, calendar_version};
use sea_orm::{ColumnTrait, QueryFilter};

use crate::db::{Cursor, Scoped, Sorted, TenantTx};

impl Sorted for business_calendar::Entity {
    fn sort_column() -> Option<business_calendar::Column> {
        None
    }

    fn cursor(row: &business_calendar::Model) -> Cursor {
        Cursor { key: 0, id: row.id.uuid() }
    }
}

impl Sorted for calendar_version::Entity {
    fn sort_column() -> Option<calendar_version::Column> {
        Some(calendar_version::Column::CalendarVersion)
    }

    fn cursor(row: &calendar_version::Model) -> Cursor {
        Cursor { key: row.calendar_version.into(), id: row.id.uuid() }
    }
}

/// The column by which versions belong to calendars.
pub(in crate::agreements) const VERSION_CALENDAR: calendar_version::Column = calendar_version::Column::CalendarId;

/// The versions of some calendars.
pub(in crate::agreements) fn calendar_versions_of<'tx>(
    tx: &'tx TenantTx,
    calendars: &[BusinessCalendarId],
) -> Scoped<'tx, calendar_version::Entity> {
    tx.find::<calendar_version::Entity>().filter(calendar_version::Column::CalendarId.is_in(calendars.iter().copied()))
}
