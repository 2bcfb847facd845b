//! A won piece of business; written by account generation only.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, CloseId, CreditPolicyId, MemberId, OpportunityId, OrganizationId, PersonId};
use crate::kinds::{CloseKind, ClosePath};
use crate::money::CurrencyCode;
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// A won piece of business; written by account generation only.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "close")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CloseId,
    /// The customer.
    pub account_id: AccountId,
    /// The buyer whose journey it ends.
    pub person_id: Option<PersonId>,
    /// When it was won.
    pub closed_at: Timestamp,
    /// In minor units of the currency; never negative.
    pub amount_minor: i64,
    /// The currency of the amount.
    pub currency: CurrencyCode,
    /// How the account came to its close.
    pub path: ClosePath,
    /// The policy that opened its credit.
    pub policy_id: CreditPolicyId,
    /// Who referred the buyer, where a claim was valid.
    pub referrer_id: Option<PersonId>,
    /// Who generated it.
    pub recorded_by: Option<MemberId>,
    /// The system that named it.
    pub source: Option<String>,
    /// Its name there; unique per source.
    pub external_id: Option<String>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The opportunity it won.
    pub opportunity_id: Option<OpportunityId>,
    /// Whether it gained a customer, or is more business with one.
    pub kind: CloseKind,
    /// What it brings each month, in minor units of the currency; none where it is not said, or brings nothing again.
    pub recurring_minor: Option<i64>,
    /// The voided close it takes the place of.
    pub reopens_id: Option<CloseId>,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = CloseId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }

    fn namespace_column() -> Option<Column> {
        Some(Column::Source)
    }
}
