//! What was said when the credit of a close was opened, that its policy looks at besides evidence.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, CloseId, CreditOpeningId, OrganizationId, PersonId};
use crate::kinds::Resource;
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// What was said when the credit of a close was opened, that its policy looks at besides evidence. Where nothing was said there
/// is no row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credit_opening")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CreditOpeningId,
    /// The close; it is opened once.
    pub close_id: CloseId,
    /// The resource the deal was sourced by.
    pub source_resource: Option<Resource>,
    /// Who claimed to have referred the buyer, whether it counted or not.
    pub claimant_id: Option<PersonId>,
    /// For whom they bought then.
    pub claimant_account_id: Option<AccountId>,
    /// When they claimed it.
    pub claimed_at: Option<Timestamp>,
    /// When a split was signed.
    pub signed_at: Option<Timestamp>,
    /// What it gives Sales, in basis points.
    pub sales_bp: Option<i32>,
    /// What it gives Marketing.
    pub marketing_bp: Option<i32>,
    /// What it gives Product.
    pub product_bp: Option<i32>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = CreditOpeningId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
