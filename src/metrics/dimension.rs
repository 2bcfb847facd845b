//! By what metrics are split, and what those in a group have in common.

use entity::ids::{MemberId, SegmentId, TacticId, TeamId};
use entity::kinds::{Channel, Resource};

/// By what an answer is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// Where somebody was touched.
    Channel,
    /// The tactic that touched them.
    Tactic,
    /// The resource something belongs to.
    Resource,
    /// The segments an account belongs to: there may be several, or none.
    Segment,
    /// The team behind it.
    Team,
    /// The member who looks after it.
    Owner,
}

impl Dimension {
    /// The values that are known before anything has one.
    #[must_use]
    pub fn closed(self) -> Vec<Value> {
        match self {
            Self::Channel => Channel::ALL.iter().copied().map(Value::Channel).collect(),
            Self::Resource => Resource::ALL.iter().copied().map(Value::Resource).collect(),
            Self::Tactic | Self::Team | Self::Segment | Self::Owner => Vec::new(),
        }
    }
}

/// A value of a breakdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Of the dimension `CHANNEL`.
    Channel(Channel),
    /// Of the dimension `RESOURCE`.
    Resource(Resource),
    /// Of the dimension `TACTIC`.
    Tactic(TacticId),
    /// Of the dimension `TEAM`.
    Team(TeamId),
    /// Of the dimension `SEGMENT`.
    Segment(SegmentId),
    /// Of the dimension `OWNER`.
    Owner(MemberId),
}

impl Value {
    /// The name of a channel or resource, the id of a tactic, team, segment or member.
    #[must_use]
    pub fn key(self) -> String {
        match self {
            Self::Channel(channel) => channel.name().to_owned(),
            Self::Resource(resource) => resource.name().to_owned(),
            Self::Tactic(id) => id.to_string(),
            Self::Team(id) => id.to_string(),
            Self::Segment(id) => id.to_string(),
            Self::Owner(id) => id.to_string(),
        }
    }
}
