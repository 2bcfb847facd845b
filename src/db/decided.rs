//! Rows that only grow: the one that counts is the latest decision of a buyer on a purpose, the latest word on what some content
//! covers, the latest version of an exchange rate or of a calendar, or the latest event of an opportunity, an activity or a handoff.

use entity::kinds::{ActivityEventKind, HandoffEventKind};
use entity::time::Timestamp;
use entity::{activity_event, calendar_version, consent, content_coverage, fx_rate, handoff_event, opportunity_event};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, EntityName, IdenStatic, QueryFilter};

use super::tenant::Scoped;

impl Scoped<'_, consent::Entity> {
    /// Only the decisions that count: none of the same buyer on the same purpose was made later, or recorded later of the
    /// same moment.
    pub fn newest(self) -> Self {
        use consent::Column::{Id, OccurredAt, OrganizationId, PersonId, Purpose};
        let (outer, later) = (Alias::new(consent::Entity.table_name()), Alias::new("later"));
        let of = |table: &Alias, column: consent::Column| Expr::col((table.clone(), Alias::new(column.as_str())));
        let same = |column| of(&later, column).equals((outer.clone(), Alias::new(consent::Column::as_str(&column))));
        let place = |table: &Alias| Expr::tuple([of(table, OccurredAt), of(table, Id)]);
        let newer = Query::select()
            .expr(Expr::val(1))
            .from_as(consent::Entity, later.clone())
            .and_where(of(&later, OrganizationId).eq(self.transaction.organization_id()))
            .and_where(same(PersonId))
            .and_where(same(Purpose))
            .and_where(place(&later).gt(place(&outer)))
            .to_owned();
        self.filter(Expr::exists(newer).not())
    }

    /// Only the decisions that allow a purpose.
    pub fn granting(self, purpose: entity::kinds::ConsentPurpose) -> Self {
        self.filter(consent::Column::Purpose.eq(purpose)).filter(consent::Column::Decision.eq(entity::kinds::ConsentDecision::Granted))
    }
}

impl Scoped<'_, content_coverage::Entity> {
    /// Only what counts: nothing was said later of the same content and the same stage or kind of blocker.
    pub fn newest(self) -> Self {
        use content_coverage::Column::{Aspect, ContentId, Covered, Id, OrganizationId, RecordedAt};
        let (outer, later) = (Alias::new(content_coverage::Entity.table_name()), Alias::new("later"));
        let of = |table: &Alias, column: content_coverage::Column| Expr::col((table.clone(), Alias::new(column.as_str())));
        let same = |column| of(&later, column).equals((outer.clone(), Alias::new(content_coverage::Column::as_str(&column))));
        let place = |table: &Alias| Expr::tuple([of(table, RecordedAt), of(table, Id)]);
        let newer = Query::select()
            .expr(Expr::val(1))
            .from_as(content_coverage::Entity, later.clone())
            .and_where(of(&later, OrganizationId).eq(self.transaction.organization_id()))
            .and_where(same(ContentId))
            .and_where(same(Aspect))
            .and_where(same(Covered))
            .and_where(place(&later).gt(place(&outer)))
            .to_owned();
        self.filter(Expr::exists(newer).not())
    }
}

impl Scoped<'_, fx_rate::Entity> {
    /// Only the latest version of each pair and day.
    pub fn newest(self) -> Self {
        use fx_rate::Column::{Base, Day, OrganizationId, Quote, RateVersion};
        let (outer, later) = (Alias::new(fx_rate::Entity.table_name()), Alias::new("later"));
        let of = |table: &Alias, column: fx_rate::Column| Expr::col((table.clone(), Alias::new(column.as_str())));
        let same = |column| of(&later, column).equals((outer.clone(), Alias::new(fx_rate::Column::as_str(&column))));
        let newer = Query::select()
            .expr(Expr::val(1))
            .from_as(fx_rate::Entity, later.clone())
            .and_where(of(&later, OrganizationId).eq(self.transaction.organization_id()))
            .and_where(same(Quote))
            .and_where(same(Day))
            .and_where(same(Base))
            .and_where(of(&later, RateVersion).gt(of(&outer, RateVersion)))
            .to_owned();
        self.filter(Expr::exists(newer).not())
    }
}

impl Scoped<'_, calendar_version::Entity> {
    /// Only the latest version of each calendar, of those recorded by an instant.
    pub fn newest(self, known_at: Timestamp) -> Self {
        use calendar_version::Column::{CalendarId, CalendarVersion, OrganizationId, RecordedAt};
        let (outer, later) = (Alias::new(calendar_version::Entity.table_name()), Alias::new("later"));
        let of = |table: &Alias, column: calendar_version::Column| Expr::col((table.clone(), Alias::new(column.as_str())));
        let newer = Query::select()
            .expr(Expr::val(1))
            .from_as(calendar_version::Entity, later.clone())
            .and_where(of(&later, OrganizationId).eq(self.transaction.organization_id()))
            .and_where(of(&later, CalendarId).equals((outer.clone(), Alias::new(CalendarId.as_str()))))
            .and_where(of(&later, CalendarVersion).gt(of(&outer, CalendarVersion)))
            .and_where(of(&later, RecordedAt).lte(known_at))
            .to_owned();
        self.filter(RecordedAt.lte(known_at)).filter(Expr::exists(newer).not())
    }
}

/// Tables in which the last event of an object says how it stands.
macro_rules! last_of_each {
    ($($(#[$doc:meta])* $entity:ident: $of:ident),+ $(,)?) => {$(
        impl Scoped<'_, $entity::Entity> {
            $(#[$doc])*
            pub fn last_of_each(self) -> Self {
                use $entity::Column::{$of, OrganizationId, Sequence};
                let (outer, later) = (Alias::new($entity::Entity.table_name()), Alias::new("later"));
                let of = |table: &Alias, column: $entity::Column| Expr::col((table.clone(), Alias::new(column.as_str())));
                let newer = Query::select()
                    .expr(Expr::val(1))
                    .from_as($entity::Entity, later.clone())
                    .and_where(of(&later, OrganizationId).eq(self.transaction.organization_id()))
                    .and_where(of(&later, $of).equals((outer.clone(), Alias::new($of.as_str()))))
                    .and_where(of(&later, Sequence).gt(of(&outer, Sequence)))
                    .to_owned();
                self.filter(Expr::exists(newer).not())
            }
        }
    )+};
}

last_of_each! {
    /// Only the last event of each opportunity: how it stands.
    opportunity_event: OpportunityId,
    /// Only the last event of each activity: how it stands.
    activity_event: ActivityId,
    /// Only the last event of each handoff: how it stands.
    handoff_event: HandoffId,
}

/// What happens to a handoff and says nothing of how it stands: whose it becomes, and that a rejection was noted.
const BESIDES: [HandoffEventKind; 2] = [HandoffEventKind::Reassigned, HandoffEventKind::Acknowledged];

impl Scoped<'_, handoff_event::Entity> {
    /// Only the event of each handoff by which it stands as it does, unless silence has answered since.
    pub fn last_of_standing(self) -> Self {
        use handoff_event::Column::{HandoffId, Kind, OrganizationId, Sequence};
        let (outer, later) = (Alias::new(handoff_event::Entity.table_name()), Alias::new("later"));
        let of = |table: &Alias, column: handoff_event::Column| Expr::col((table.clone(), Alias::new(column.as_str())));
        let newer = Query::select()
            .expr(Expr::val(1))
            .from_as(handoff_event::Entity, later.clone())
            .and_where(of(&later, OrganizationId).eq(self.transaction.organization_id()))
            .and_where(of(&later, HandoffId).equals((outer.clone(), Alias::new(HandoffId.as_str()))))
            .and_where(of(&later, Sequence).gt(of(&outer, Sequence)))
            .and_where(of(&later, Kind).is_not_in(BESIDES.map(HandoffEventKind::name)))
            .to_owned();
        self.filter(Kind.is_not_in(BESIDES)).filter(Expr::exists(newer).not())
    }
}

impl Scoped<'_, activity_event::Entity> {
    /// Only events of activities that had not ended, as far as was known at an instant: neither done nor given up.
    pub fn not_ended(self, as_of: Timestamp) -> Self {
        use activity_event::Column::{ActivityId, Kind, OrganizationId, RecordedAt};
        let (outer, end) = (Alias::new(activity_event::Entity.table_name()), Alias::new("ended"));
        let of = |table: &Alias, column: activity_event::Column| Expr::col((table.clone(), Alias::new(column.as_str())));
        let ended = Query::select()
            .expr(Expr::val(1))
            .from_as(activity_event::Entity, end.clone())
            .and_where(of(&end, OrganizationId).eq(self.transaction.organization_id()))
            .and_where(of(&end, ActivityId).equals((outer, Alias::new(ActivityId.as_str()))))
            .and_where(of(&end, Kind).is_in([ActivityEventKind::Completed, ActivityEventKind::Cancelled]))
            .and_where(of(&end, RecordedAt).lte(as_of))
            .to_owned();
        self.filter(Expr::exists(ended).not())
    }
}
