//! Whom a scorecard is about.

use entity::ids::TeamId;
use entity::kinds::Resource;
use entity::team;

use crate::auth::Scope;
use crate::auth::permission::grant::DirectoryRead;
use crate::error::{Error, ProblemCode, Result};
use crate::input::{self, WantedPeriod};
use crate::metrics::period::Period;
use crate::organization;

/// Whom a scorecard is about, and when.
#[derive(Clone, Debug)]
pub struct Scorecard {
    /// The resource; `None` for a team.
    pub resource: Option<Resource>,
    /// The team; `None` for a resource.
    pub team: Option<team::Model>,
    /// The days.
    pub period: Period,
}

impl Scorecard {
    /// The resources whose duties it shows: those that the team serves.
    #[must_use]
    pub fn resources(&self) -> Vec<Resource> {
        match &self.team {
            Some(team) => team.resources.iter().collect(),
            None => self.resource.into_iter().collect(),
        }
    }
}

/// The scorecard of a resource or of a team.
///
/// # Errors
/// Problems with `resource`, `teamId` and `period`.
pub async fn scorecard(
    scope: &Scope<DirectoryRead>,
    resource: Option<Resource>,
    team_id: Option<TeamId>,
    period: &WantedPeriod,
) -> Result<Scorecard> {
    let tx = scope.read().await?;
    let period = input::period(period, &organization::service::settings(&tx).await?)?;
    let team = match (resource, team_id) {
        (Some(_), None) => None,
        (None, Some(id)) => Some(tx.get::<team::Entity>(id).await?.ok_or_else(|| Error::unknown("teamId"))?),
        (None, None) => return Err(Error::invalid("resource", ProblemCode::Required, "say a resource, or teamId")),
        (Some(_), Some(_)) => return Err(Error::invalid("teamId", ProblemCode::Invalid, "it is about a resource already")),
    };
    Ok(Scorecard { resource, team, period })
}
