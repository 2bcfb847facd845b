//! Who is calling and what they may do.
//!
//! A token proves who ([`token`]); the row of the member, read anew after every change and every second, says what role they
//! have now;
//! one exhaustive match ([`permission::reach`]) says what that role may do. Asking for a permission gives a
//! [`Scope`], and only a scope opens a transaction: a service that names its permission in its signature cannot
//! be called without the check.

mod fields;
mod jose;
pub mod oidc;
pub mod permission;
mod scope;
pub(crate) mod secret;
mod session;
mod sessions;
mod system;
pub mod token;
mod visitor;
mod witness;

pub use fields::Fields;
pub use scope::{Place, Scope};
pub(crate) use session::Caller;
pub use session::Session;
pub(crate) use sessions::Sessions;
pub use system::System;
pub use visitor::{ActingFor, ClientAddress, Visitor};
pub use witness::Witness;
