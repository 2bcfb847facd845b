//! `tandem demo`.

use std::fmt::Write as _;
use std::io::IsTerminal;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use entity::kinds::Role;

use super::{print, serve, start};
use crate::app::App;
use crate::auth::Session;
use crate::config::{Config, HttpConfig};
use crate::demo::service::{self, Members};
use crate::demo::{CLOSES, PEOPLE, TOUCHES, address};
use crate::error::{Error, Result};
use crate::http::{self, HttpSettings};

/// The questions to begin with. The first line of each says what it asks.
const QUESTIONS: [&str; 2] =
    [include_str!("../../examples/queries/funnel-by-channel.graphql"), include_str!("../../examples/queries/cost-per-close.graphql")];

/// Who gets a token, and what to call them.
const CALLERS: [(Role, &str); 3] =
    [(Role::Executive, "executive"), (Role::MarketingLead, "marketing lead"), (Role::Integration, "integration")];

pub(super) async fn run(config: &Config, options: &HttpConfig) -> Result<()> {
    // Kept apart from the organization's own data.
    let database_url = config.database_url.clone().unwrap_or_else(|| format!("sqlite:{}", config.data_dir.join("demo.db").display()));
    let settings = HttpSettings { open_introspection: true, ..serve::settings(options).await? };
    let app = start::app(&Config { database_url: Some(database_url.clone()), ..config.clone() }).await?;
    let listener = serve::listen(options).await?;
    let members = match service::members(&app).await? {
        Some(members) => members,
        None => {
            print("Making the demonstration …")?;
            service::write(&app).await?
        }
    };
    let address = reachable(listener.local_addr().map_err(Error::internal)?);
    let another = token_command(config, &database_url);
    print(&welcome(&app, &members, address, !options.no_explorer, &another)?)?;
    serve::serve(listener, http::service(&app, settings), &app, options).await;
    Ok(())
}

/// An address that a program on this computer can connect to.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { IpAddr::V6(Ipv6Addr::LOCALHOST) });
    }
    address
}

fn welcome(app: &Arc<App>, members: &Members, address: SocketAddr, explorer: bool, another: &str) -> Result<String> {
    let mut text = String::new();
    let mut line = |line: &str| writeln!(text, "{line}").map_err(Error::internal);
    line(&heading("Tandem demo"))?;
    line(&format!(
        "  {} people, {} touches and {CLOSES} closes, from January 2025 to June 2026.\n",
        thousands(PEOPLE),
        thousands(TOUCHES)
    ))?;
    if explorer {
        line(&format!("  explorer   http://{address}/"))?;
    }
    line(&format!("  GraphQL    http://{address}/graphql\n"))?;
    line(&heading("Tokens, good for a quarter of an hour"))?;
    let mut executive = String::new();
    for (role, caller) in CALLERS {
        let member = members.get(&role).ok_or(Error::broken("the demonstration has a member of every role"))?;
        let token = Session::token_for(app, member)?;
        line(&format!("  {caller}\n    {token}"))?;
        if role == Role::Executive {
            executive = token;
        }
    }
    line(&format!("  another one, for any role:\n    {another}\n"))?;
    for question in QUESTIONS {
        let (title, document) = question.split_once('\n').unwrap_or_default();
        line(&heading(title.trim_start_matches(['#', ' '])))?;
        line(&format!(
            "curl -sG http://{address}/graphql \\\n  -H 'Authorization: Bearer {executive}' \\\n  --data-urlencode 'query={}'\n",
            document.trim_end()
        ))?;
    }
    line("Stop with Ctrl-C.")?;
    Ok(text)
}

/// The command that prints a token. A database that was named is not named again: its address may hold a password.
fn token_command(config: &Config, database_url: &str) -> String {
    let program = std::env::args().next().unwrap_or_else(|| "tandem".to_owned());
    let mut command = format!("{} token --member {}", quoted(&program), address(Role::Executive));
    if config.database_url.is_none() {
        command.push_str(" --database-url ");
        command.push_str(&quoted(database_url));
    }
    command.push_str(" --data-dir ");
    command.push_str(&quoted(&config.data_dir.to_string_lossy()));
    if config.database_url.is_some() {
        command.push_str("    (and the same database)");
    }
    command
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=@%+".contains(letter);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// Bold, on a terminal.
fn heading(text: &str) -> String {
    if std::io::stdout().is_terminal() { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
}

/// A number as people read it: 40 000.
fn thousands(number: usize) -> String {
    if number < 1_000 { number.to_string() } else { format!("{} {:03}", thousands(number / 1_000), number % 1_000) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_questions_can_stand_between_single_quotes() {
        for question in QUESTIONS {
            assert!(question.starts_with("# ") && !question.contains('\''), "{question}");
        }
    }

    #[test]
    fn words_are_quoted_where_a_shell_would_divide_or_expand_them() {
        assert_eq!(quoted("sqlite:tandem-data/demo.db"), "sqlite:tandem-data/demo.db");
        assert_eq!(quoted("my data/it's"), r"'my data/it'\''s'");
        assert_eq!(quoted("$HOME"), "'$HOME'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn an_address_of_every_interface_is_shown_as_this_computers() {
        for (address, shown) in [("0.0.0.0:8080", "127.0.0.1:8080"), ("[::]:80", "[::1]:80"), ("10.0.0.1:80", "10.0.0.1:80")] {
            assert_eq!(reachable(address.parse().unwrap()).to_string(), shown);
        }
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!([900, 6_000, 40_000, 1_002_003].map(thousands), ["900", "6 000", "40 000", "1 002 003"]);
    }
}
