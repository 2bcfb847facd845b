//! stand-in
use async_graphql::{ID, Object};
use entity::{pipeline, stage};

/// A stage.
#[derive(Clone, Debug)]
pub struct Stage(stage::Model);
impl From<stage::Model> for Stage {
    fn from(row: stage::Model) -> Self {
        Self(row)
    }
}
#[Object]
impl Stage {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }
    /// Its key.
    async fn key(&self) -> &str {
        &self.0.key
    }
}
/// A pipeline.
#[derive(Clone, Debug)]
pub struct Pipeline(pipeline::Model);
impl From<pipeline::Model> for Pipeline {
    fn from(row: pipeline::Model) -> Self {
        Self(row)
    }
}
#[Object]
impl Pipeline {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }
    /// Its key.
    async fn key(&self) -> &str {
        &self.0.key
    }
}
