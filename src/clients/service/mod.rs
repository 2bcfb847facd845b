//! Use cases of API clients.

mod manage;
mod present;

use entity::api_client;

use crate::auth::permission::Rights;
use crate::error::{Error, Result};
use crate::roles::service::{read_grants, rights_of_grants};

pub use manage::{
    CreateClient, Issued, ReviseClient, calling, clients, clients_by_id, create_client, revise_client, revoke_client, revoke_secret,
    rotate_secret, secrets_by_client,
};
pub use present::{ClientToken, Holder, Presented, TokenRequest, door, mark_used, present, token};

/// What a client was given, as far as its source allows.
fn rights(client: &api_client::Model) -> Result<Rights> {
    let given = read_grants(&client.grants).map(|grants| rights_of_grants(&grants))?;
    let bound = client.source.is_some();
    Ok(Rights::from_fn(|permission| given.reach(permission).filter(|_| !bound || permission.is_of_a_source())))
}

/// The fields a client is held to, where it is.
///
/// # Errors
/// [`Error::Internal`] where what is kept cannot be read.
pub fn fields(client: &api_client::Model) -> Result<Option<Vec<String>>> {
    client.fields.as_deref().map(|fields| serde_json::from_str(fields).map_err(Error::internal)).transpose()
}
