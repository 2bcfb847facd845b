//! What is said of accounts.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::ids::AccountId;
use entity::time::Timestamp;
use entity::{account, account_attribute};
use serde::Serialize;

use super::keys;
use crate::auth::Scope;
use crate::auth::permission::grant::{BuyerRead, BuyerWrite};
use crate::db::{BulkCall, Outcome, TenantWrite, checked, only};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::segments::store;

/// Most keys of one account.
const MAX_KEYS: usize = 100;

/// What is known of some accounts as of an instant, of those the caller sees: by key, what is not known left out.
///
/// # Errors
/// What the database says.
pub async fn attributes_of(
    scope: &Scope<BuyerRead>,
    accounts: &[AccountId],
    as_of: Timestamp,
) -> Result<HashMap<AccountId, Vec<account_attribute::Model>>> {
    let rows = store::attributes_of(&scope.read().await?, accounts, as_of).await?;
    let mut latest: HashMap<AccountId, BTreeMap<String, account_attribute::Model>> = HashMap::new();
    for row in rows {
        latest.entry(row.account_id).or_default().insert(row.key.clone(), row);
    }
    let known = |by_key: BTreeMap<String, account_attribute::Model>| by_key.into_values().filter(|row| row.value.is_some()).collect();
    Ok(latest.into_iter().map(|(account, by_key)| (account, known(by_key))).collect())
}

/// What is to be said under a key.
#[derive(Clone, Debug, Serialize)]
pub struct NewAttribute {
    /// The key.
    pub key: String,
    /// What is said; `None` where it is not known any more.
    pub value: Option<String>,
}

/// What is to be said of an account. What is not named stays.
#[derive(Clone, Debug, Serialize)]
pub struct AccountAttributes {
    /// The account.
    pub account_id: AccountId,
    /// What is said of it, each key once.
    pub attributes: Vec<NewAttribute>,
}

/// Says something of an account.
///
/// # Errors
/// Problems with `accountId` and `attributes`.
pub async fn set_account_attributes(scope: &Scope<BuyerWrite>, new: AccountAttributes, key: Option<&str>) -> Result<account::Model> {
    only(record(scope, "setAccountAttributes", &[new], key).await?)
}

/// Says something of accounts, of each for itself.
///
/// # Errors
/// A problem with `items` where there are none or too many; problems with an item are its outcome.
pub async fn record_account_attributes(
    scope: &Scope<BuyerWrite>,
    items: &[AccountAttributes],
    key: Option<&str>,
) -> Result<Vec<Outcome<account::Model>>> {
    record(scope, "recordAccountAttributes", items, key).await
}

async fn record(
    scope: &Scope<BuyerWrite>,
    operation: &'static str,
    items: &[AccountAttributes],
    key: Option<&str>,
) -> Result<Vec<Outcome<account::Model>>> {
    let call = BulkCall::<account::Entity>::new(key, operation, items)?;
    let tx = scope.write().await?;
    if let Some(outcomes) = call.recall(&tx).await? {
        return Ok(outcomes);
    }
    let outcomes = record_account_attributes_in(&tx, scope, items).await?;
    call.commit(tx, scope, &outcomes).await?;
    Ok(outcomes)
}

/// Says something of any number of accounts within a transaction.
///
/// # Errors
/// What the database says; problems with an item are its outcome.
pub async fn record_account_attributes_in(
    tx: &TenantWrite,
    scope: &Scope<BuyerWrite>,
    items: &[AccountAttributes],
) -> Result<Vec<Outcome<account::Model>>> {
    let ids: HashSet<AccountId> = items.iter().map(|item| item.account_id).collect();
    let ids: Vec<AccountId> = ids.into_iter().collect();
    let accounts = tx.get_many::<account::Entity>(ids.iter().copied()).await?;
    let accounts: HashMap<AccountId, account::Model> = accounts.into_iter().map(|row| (row.id, row)).collect();
    let mut said: HashMap<AccountId, HashMap<String, Option<String>>> = HashMap::new();
    for row in store::attributes_of(tx, &ids, Timestamp::MAX).await? {
        said.entry(row.account_id).or_default().insert(row.key, row.value);
    }
    let (mut outcomes, mut rows) = (Vec::with_capacity(items.len()), Vec::new());
    for item in items {
        let known = said.entry(item.account_id).or_default();
        let new = accounts.get(&item.account_id).ok_or_else(|| Error::unknown("accountId")).and_then(|account| {
            tx.within_namespace::<account::Entity>(account)?;
            Ok((account, check(item, known)?))
        });
        outcomes.push(match checked(new)? {
            Err(problems) => Outcome::Rejected(problems),
            Ok((account, new)) if new.is_empty() => Outcome::Unchanged(account.clone()),
            Ok((account, new)) => {
                for (key, value) in new {
                    known.insert(key.clone(), value.clone());
                    rows.push(account_attribute::Model {
                        organization_id: scope.organization_id(),
                        id: scope.next_id(),
                        account_id: account.id,
                        key,
                        value,
                        recorded_by: scope.member_id(),
                        recorded_at: scope.now(),
                    });
                }
                Outcome::Recorded(account.clone())
            }
        });
    }
    tx.insert_many::<account_attribute::Entity>(&rows).await?;
    Ok(outcomes)
}

/// What of an item is new.
fn check(item: &AccountAttributes, said: &HashMap<String, Option<String>>) -> Result<Vec<(String, Option<String>)>> {
    let mut problems = Problems::new();
    if item.attributes.is_empty() {
        problems.push("attributes", ProblemCode::Required, "must not be empty");
    }
    let mut new = Vec::new();
    let mut keys: HashSet<&str> = said.keys().map(String::as_str).collect();
    let mut named = HashSet::new();
    for (index, attribute) in item.attributes.iter().take(MAX_KEYS + 1).enumerate() {
        let place = |part: &str| format!("attributes.{index}.{part}");
        let Some(key) = problems.take(keys::key(&place("key"), &attribute.key))? else { continue };
        if !named.insert(attribute.key.as_str()) {
            problems.push(place("key"), ProblemCode::Invalid, "is named twice");
        }
        keys.insert(&attribute.key);
        let value = attribute.value.as_deref().map(|value| keys::value(&place("value"), &key, value)).transpose();
        let Some(value) = problems.take(value)? else { continue };
        if said.get(&key).cloned().flatten() != value {
            new.push((key, value));
        }
    }
    if keys.len() > MAX_KEYS || item.attributes.len() > MAX_KEYS {
        problems.push("attributes", ProblemCode::TooMany, format!("an account has at most {MAX_KEYS} attributes"));
    }
    problems.check()?;
    Ok(new)
}
