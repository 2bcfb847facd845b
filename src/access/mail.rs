//! Letters with tickets in them.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::error::{Error, ProblemCode, Result};

/// How long the mail server may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A letter. Its text holds a ticket, so it is never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// The address.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Letter").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// Takes letters where they belong.
pub trait Courier: std::fmt::Debug + Send + Sync {
    /// Sends one.
    fn send(&self, letter: Letter) -> BoxFuture<'_, Result<()>>;
}

/// A courier, and where its letters lead.
#[derive(Clone, Debug)]
pub struct Post {
    courier: Arc<dyn Courier>,
    public_url: String,
}

impl Post {
    /// Letters link to pages of `public_url`, with the ticket behind the `#`: browsers keep that to themselves.
    #[must_use]
    pub fn new(courier: Arc<dyn Courier>, public_url: &str) -> Self {
        Self { courier, public_url: public_url.trim_end_matches('/').to_owned() }
    }

    /// The page that a ticket opens.
    pub(super) fn link(&self, page: &str, ticket: &str) -> String {
        format!("{}/{page}#{ticket}", self.public_url)
    }

    /// Sends a letter while nobody waits for it. That it could not be sent is logged; what it says is not.
    pub(super) fn dispatch(&self, letter: Letter) {
        let courier = Arc::clone(&self.courier);
        tokio::spawn(async move {
            let subject = letter.subject.clone();
            if let Err(error) = courier.send(letter).await {
                tracing::error!(subject, error.cause = %error.for_operator(), "a letter could not be sent");
            }
        });
    }
}

/// A mail server.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Smtp").field("from", &self.from).finish_non_exhaustive()
    }
}

impl Smtp {
    /// A server by its URL: `smtps://user:password@host`, `smtp://…?tls=required`, or `smtp://127.0.0.1:25`.
    ///
    /// # Errors
    /// A problem with `smtp_url` or `mail_from`.
    pub fn new(url: &str, from: &str) -> Result<Self> {
        let refused = |field: &str, message: &str| Error::invalid(field, ProblemCode::Invalid, message);
        if !is_private(url) {
            return Err(refused("smtp_url", "must be smtps://, or smtp:// with ?tls=required: letters hold tickets"));
        }
        // The cause might repeat the password.
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|_| refused("smtp_url", "must be like smtps://user:password@mail.example.com"))?;
        let from = from.parse().map_err(|_| refused("mail_from", "must be like Tandem <tandem@example.com>"))?;
        Ok(Self { transport: transport.timeout(Some(TIMEOUT)).build(), from })
    }
}

/// Whether nobody in between can read along: TLS, or a server on this computer.
fn is_private(url: &str) -> bool {
    let loopback = || {
        let uri: Option<axum::http::Uri> = url.parse().ok();
        let host = uri.as_ref().and_then(axum::http::Uri::host).map(|host| host.trim_start_matches('[').trim_end_matches(']'));
        host.is_some_and(|host| host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback()))
    };
    url.starts_with("smtps://") || url.ends_with("?tls=required") || loopback()
}

impl Courier for Smtp {
    fn send(&self, letter: Letter) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let to = letter.to.parse().map_err(|_| Error::broken("the address of a member is an address"))?;
            let message = Message::builder()
                .from(self.from.clone())
                .to(to)
                .subject(letter.subject)
                .header(ContentType::TEXT_PLAIN)
                .body(letter.text)
                .map_err(Error::internal)?;
            self.transport.send(message).await.map_err(Error::internal)?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_not_sent_where_others_read_along() {
        for good in ["smtps://a:b@mail.example.com", "smtp://mail.example.com:587?tls=required", "smtp://127.0.0.1:25", "smtp://[::1]:25"] {
            assert!(Smtp::new(good, "tandem@example.com").is_ok(), "{good}");
        }
        for bad in
            ["smtp://mail.example.com", "smtp://mail.example.com?tls=opportunistic", "smtp://localhost.example.com", "http://mail", ""]
        {
            assert!(Smtp::new(bad, "tandem@example.com").is_err(), "{bad}");
        }
        assert!(Smtp::new("smtps://mail.example.com", "nobody").is_err());
    }

    #[test]
    fn a_letter_tells_nothing_when_it_is_printed() {
        let letter = Letter { to: "a@example.com".to_owned(), subject: "x".to_owned(), text: "tandem_ticket_1".to_owned() };
        assert_eq!(format!("{letter:?}"), r#"Letter { subject: "x", .. }"#);
    }
}
