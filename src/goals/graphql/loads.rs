//! Goals, and what is said of them, in batches.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use entity::ids::{GoalCheckInId, GoalId, TeamId, TypedId};
use entity::time::Timestamp;
use entity::{goal, goal_check_in, goal_end, goal_target};

use crate::db::{Listing, PageRequest};
use crate::error::{Error, Result};
use crate::goals::service::{self, GoalProgress};
use crate::graphql::context::Loads;

impl Loader<GoalId> for Loads {
    type Value = goal::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[GoalId]) -> Result<HashMap<GoalId, goal::Model>, Arc<Error>> {
        service::goals_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

impl Loader<GoalCheckInId> for Loads {
    type Value = goal_check_in::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[GoalCheckInId]) -> Result<HashMap<GoalCheckInId, goal_check_in::Model>, Arc<Error>> {
        service::check_ins_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// What belongs to each of some goals.
macro_rules! of_goal {
    ($($(#[$doc:meta])* $key:ident => $value:ty = $load:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(super) struct $key(pub(super) GoalId);

        impl Loader<$key> for Loads {
            type Value = $value;
            type Error = Arc<Error>;

            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, $value>, Arc<Error>> {
                let ids: Vec<GoalId> = keys.iter().map(|key| key.0).collect();
                let found = service::$load(&self.authorize()?, &ids).await.map_err(Arc::new)?;
                Ok(found.into_iter().map(|(id, value)| ($key(id), value)).collect())
            }
        }
    )*};
}

of_goal! {
    /// Asks for the versions of a target.
    TargetsOf => Vec<goal_target::Model> = targets_of;
    /// Asks which teams answer for a goal.
    TeamsOf => Vec<TeamId> = teams_of;
    /// Asks how a goal ended.
    EndOf => goal_end::Model = ends_of;
}

/// Asks how far a goal has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ProgressOf {
    pub(super) goal: GoalId,
    pub(super) as_of: Option<Timestamp>,
}

impl Loader<ProgressOf> for Loads {
    /// What goes wrong with one goal is no trouble of the others.
    type Value = Result<GoalProgress, Arc<Error>>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[ProgressOf]) -> Result<HashMap<ProgressOf, Self::Value>, Arc<Error>> {
        let mut at: HashMap<Option<Timestamp>, Vec<GoalId>> = HashMap::new();
        for key in keys {
            at.entry(key.as_of).or_default().push(key.goal);
        }
        let mut found = HashMap::with_capacity(keys.len());
        for (as_of, goals) in at {
            let progress = service::progress_of(&self.authorize()?, &goals, as_of).await.map_err(Arc::new)?;
            found.extend(progress.into_iter().map(|(goal, progress)| (ProgressOf { goal, as_of }, progress.map_err(Arc::new))));
        }
        Ok(found)
    }
}

/// The key of a page of what is said of a goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct CheckInsOf {
    pub(super) goal: GoalId,
    pub(super) page: PageRequest,
    pub(super) with_total: bool,
}

impl Loader<CheckInsOf> for Loads {
    type Value = Listing<goal_check_in::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[CheckInsOf]) -> Result<HashMap<CheckInsOf, Self::Value>, Arc<Error>> {
        let mut pages: HashMap<(PageRequest, bool), Vec<GoalId>> = HashMap::new();
        for key in keys {
            pages.entry((key.page, key.with_total)).or_default().push(key.goal);
        }
        let mut found = HashMap::with_capacity(keys.len());
        for ((page, with_total), goals) in pages {
            let mut listed = service::check_ins_of(&self.authorize()?, &goals, page, with_total).await.map_err(Arc::new)?;
            let listed = goals.into_iter().filter_map(|goal| Some((goal, listed.remove(&goal.uuid())?)));
            found.extend(listed.map(|(goal, rows)| (CheckInsOf { goal, page, with_total }, rows)));
        }
        Ok(found)
    }
}
