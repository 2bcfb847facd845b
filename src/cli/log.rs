//! The log: to standard error, one line for an event, for people or for programs.
//!
//! What clients send is not logged in the first place: no header, no variable, no document. What is left passes one more
//! door, whatever the format: an e-mail address is masked, a secret that looks like one of ours is taken out, and what
//! would begin a new line is written as it is escaped, so that nobody can forge one.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::auth::secret::Purpose;
use crate::config::LogFormat;

/// How a token of anybody's begins.
const TOKEN: &str = "eyJ";

/// How what is not told begins: a secret of ours, a token of anybody's.
fn secrets() -> impl Iterator<Item = &'static str> {
    Purpose::PREFIXES.into_iter().chain([TOKEN])
}

/// What stands in the place of what is not told.
const MASK: &str = "***";

/// Starts the log, as `TANDEM_LOG` says (`warn` if it says nothing); text in colours on a terminal.
pub(super) fn start(format: LogFormat) {
    let filter = EnvFilter::builder().with_env_var("TANDEM_LOG").with_default_directive(tracing::Level::WARN.into()).from_env_lossy();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(Masked(io::stderr));
    match format {
        LogFormat::Text => log.with_ansi(io::stderr().is_terminal()).init(),
        // What was logged and within which request stand side by side; the spans above a request's are none.
        LogFormat::Json => log.json().flatten_event(true).with_current_span(true).with_span_list(false).init(),
    }
}

/// Writes events to what another one writes to, without what is not told.
#[derive(Clone, Copy, Debug)]
struct Masked<M>(M);

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for Masked<M> {
    type Writer = MaskedWriter<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        MaskedWriter(self.0.make_writer())
    }
}

/// Each write is one event, as the subscriber does it.
#[derive(Debug)]
struct MaskedWriter<W>(W);

impl<W: Write> Write for MaskedWriter<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        self.0.write_all(masked(&text).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// An event on one line, without addresses and secrets.
fn masked(event: &str) -> String {
    let (line, end) = event.strip_suffix('\n').map_or((event, ""), |line| (line, "\n"));
    let mut text = String::with_capacity(event.len());
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let length = rest.find(|letter| !is_of_a_word(letter)).unwrap_or(rest.len());
        if length == 0 {
            match first {
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                other => text.push(other),
            }
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        } else {
            let (word, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
            text.push_str(&told(word));
            rest = after;
        }
    }
    text.push_str(end);
    text
}

/// Letters that an address or a secret can hold.
fn is_of_a_word(letter: char) -> bool {
    letter.is_alphanumeric() || "@._%+-!#$&'*~^`|".contains(letter)
}

/// A word, or what may be told of it: of an address the domain.
fn told(word: &str) -> Cow<'_, str> {
    if secrets().any(|start| word.contains(start)) {
        return Cow::Borrowed(MASK);
    }
    match word.rsplit_once('@') {
        Some((name, domain)) if !name.is_empty() && !domain.is_empty() => Cow::Owned(format!("{MASK}@{domain}")),
        _ => Cow::Borrowed(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_secrets_are_masked_and_lines_cannot_be_forged() {
        for (event, written) in [
            ("the request took 3 ms\n", "the request took 3 ms\n"),
            ("no letter for ada.byron+crm@example.com, again\n", "no letter for ***@example.com, again\n"),
            ("to=<ada@example.com>\n", "to=<***@example.com>\n"),
            (r#"{"email":"ada@example.com","n":1}"#, r#"{"email":"***@example.com","n":1}"#),
            ("postgres://tandem:hunter2@db.example.com/tandem\n", "postgres://tandem:***@db.example.com/tandem\n"),
            ("adá@exämple.com\n", "***@exämple.com\n"),
            ("Bearer eyJhbGciOi.eyJzdWIi.c2ln!\n", "Bearer ***\n"),
            ("token=tandem_ticket_0123abc used\n", "token=*** used\n"),
            ("one\r\nWARN forged\n", "one\\r\\nWARN forged\n"),
            ("@ and a@ and @b stay\n", "@ and a@ and @b stay\n"),
            ("", ""),
        ] {
            assert_eq!(masked(event), written);
        }
    }

    #[test]
    fn what_is_written_is_one_event() {
        let mut writer = MaskedWriter(Vec::new());
        writer.write_all("a\nb@c.d\n".as_bytes()).unwrap();
        writer.write_all("e\n".as_bytes()).unwrap();
        assert_eq!(String::from_utf8(writer.0).unwrap(), "a\\n***@c.d\ne\n");
    }
}
