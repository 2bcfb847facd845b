//! Facts for the metrics, column by column.

use entity::ids::{AccountId, PersonId};
use entity::time::Timestamp;
use entity::touch;
use sea_orm::{ColumnTrait, Condition, QueryFilter};

use super::CHUNK;
use crate::db::{Scoped, TenantTx};
use crate::error::Result;
use crate::journey::service::{Span, TouchFacts};

/// Reads the standing touches of some people and accounts in a span. One of both comes twice.
pub(in crate::journey) async fn fill_touch_facts(
    tx: &TenantTx,
    as_of: Timestamp,
    span: Span,
    people: &[PersonId],
    accounts: &[AccountId],
    facts: &mut TouchFacts,
) -> Result<()> {
    use touch::Column;
    let within = Condition::all()
        .add_option(span.from.map(|from| Column::OccurredAt.gte(from)))
        .add_option(span.to.map(|to| Column::OccurredAt.lt(to)));
    let all = tx.find::<touch::Entity>().filter(within).standing_at(as_of);
    for some in people.chunks(CHUNK) {
        read_touches(all.clone().filter(Column::PersonId.is_in(some.iter().copied())), facts).await?;
    }
    for some in accounts.chunks(CHUNK) {
        read_touches(all.clone().filter(Column::AccountId.is_in(some.iter().copied())), facts).await?;
    }
    Ok(())
}

async fn read_touches(touches: Scoped<'_, touch::Entity>, facts: &mut TouchFacts) -> Result<()> {
    use touch::Column;
    let columns =
        [Column::Id, Column::PersonId, Column::AccountId, Column::OccurredAt, Column::Channel, Column::TacticId, Column::Resource];
    touches
        .rows(columns, |row| {
            facts.id.push(row.try_get_by_index(0)?);
            facts.person.push(row.try_get_by_index(1)?);
            facts.account.push(row.try_get_by_index(2)?);
            facts.occurred_at.push(row.try_get_by_index(3)?);
            facts.channel.push(row.try_get_by_index(4)?);
            facts.tactic.push(row.try_get_by_index(5)?);
            facts.resource.push(row.try_get_by_index(6)?);
            Ok(())
        })
        .await
}
