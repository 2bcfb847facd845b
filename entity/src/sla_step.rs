//! What falls due on a handoff or on one of its clocks, and that it was carried out.

use sea_orm::entity::prelude::*;

use crate::ids::{HandoffId, MemberId, OrganizationId, SlaClockId, SlaStepId};
use crate::kinds::StepKind;
use crate::tenant::{Mutable, TenantEntity};
use crate::time::Timestamp;

/// What falls due on a handoff or on one of its clocks, and that it was carried out.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sla_step")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SlaStepId,
    /// The handoff.
    pub handoff_id: HandoffId,
    /// The clock; none for the silence about an offer.
    pub clock_id: Option<SlaClockId>,
    /// What falls due.
    pub kind: StepKind,
    /// When; none while nothing falls due: what is done, paused or cancelled.
    pub due_at: Option<Timestamp>,
    /// When it was carried out.
    pub fired_at: Option<Timestamp>,
    /// Whom it was told to, or who has to do it now.
    pub member_id: Option<MemberId>,
    /// Rises with every change.
    pub version: i64,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = SlaStepId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}

impl Mutable for Entity {}
