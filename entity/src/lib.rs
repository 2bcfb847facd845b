//! Tables, typed ids and value types. One file per table: the model and its relations, nothing else.

pub mod ids;
pub mod kinds;
pub mod money;
pub mod time;
