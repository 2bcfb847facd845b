//! What stands between any transport and the schema: the guard that reads a document before it is validated, and the
//! extension that gives every answer its shape.

pub mod code;
pub mod extension;
pub mod guard;
