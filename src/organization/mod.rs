//! Organizations, their teams and their members.
//!
//! - An organization has one base currency, which is fixed once money is recorded, and one time zone, in which its
//!   days begin and end unless a question names another.
//! - Teams are a tree. A team serves one or several resources.
//! - A member has one role, and may belong to a team and work for a resource. E-mail addresses are unique within the
//!   organization. A member is never deleted: their name stands in the records; an inactive one cannot sign in.

pub mod graphql;
pub mod service;
mod store;
