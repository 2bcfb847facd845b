//! Somebody at the door, before it is known who.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use entity::ids::{MemberId, OrganizationId};

use super::permission::grant::CredentialManage;
use super::scope::Scope;
use super::session::Session;
use super::system::System;
use crate::app::App;
use crate::error::{Error, ProblemCode, Result};

/// Where a request comes from, where that is known: the other end of its connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClientAddress(pub Option<IpAddr>);

/// The member whom the caller says they act for with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActingFor(pub MemberId);

/// Somebody who may be nobody. All they can do is knock at an organization's door, once in a request: a document with
/// many tries in it would be a cheap way to guess.
#[derive(Debug)]
pub struct Visitor {
    app: Arc<App>,
    knocked: AtomicBool,
}

impl Visitor {
    /// At this application.
    #[must_use]
    pub fn new(app: &Arc<App>) -> Self {
        Self { app: Arc::clone(app), knocked: AtomicBool::new(false) }
    }

    /// The door of an organization, which need not exist, and what is wanted there: the mutation, and the request it came with.
    ///
    /// # Errors
    /// A problem where the same request has knocked before.
    pub fn knock(&self, organization_id: OrganizationId, action: &str, request_id: Option<&Arc<str>>) -> Result<Scope<CredentialManage>> {
        if self.knocked.swap(true, Ordering::Relaxed) {
            return Err(Error::invalid("organizationId", ProblemCode::TooMany, "a request may knock at one door, once"));
        }
        Session::system(&self.app, organization_id, System::SignIn).doing(action, request_id).authorize()
    }
}
