//! `credential mail`: tokens for mail programs.

use crate::app::App;
use crate::cli::output::Output;
use crate::cli::session_args::SessionArgs;
use crate::credential::mail::{self, Mechanism};
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::session::Session;
use crate::token::{self, DerivedQuery, TokenOptions};

/// Print the token for a mail program, or the response that a mail server wants
///
/// msmtp, isync, neomutt, getmail, offlineimap and curl want the token and make the response themselves. Scripts that talk to
/// the server need `--sasl`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    session: SessionArgs,
    /// Print the initial response of a SASL mechanism in Base64: xoauth2 or oauthbearer
    #[arg(long, value_name = "MECHANISM", value_parser = parse_mechanism)]
    sasl: Option<Mechanism>,
    /// Print the response without Base64, for a library that encodes it
    #[arg(long, requires = "sasl")]
    raw: bool,
    /// User name in the response [default: email address of the account, else its name]
    #[arg(long, value_name = "NAME", requires = "sasl")]
    user: Option<String>,
    /// Name the server in the response of oauthbearer
    #[arg(long, value_name = "HOST:PORT", value_parser = parse_server, requires = "sasl")]
    server: Option<(String, u16)>,
    /// Get a token for these scopes, or a set such as @mail, from the same sign-in; never broader than asked
    #[arg(long, value_name = "SCOPE")]
    scope: Vec<String>,
}

fn parse_mechanism(text: &str) -> Result<Mechanism, &'static str> {
    Mechanism::parse(text).ok_or("neither xoauth2 nor oauthbearer")
}

fn parse_server(text: &str) -> Result<(String, u16), &'static str> {
    let (host, port) = text.rsplit_once(':').ok_or("the port is missing")?;
    let port = port.parse().map_err(|_| "the port is not a number up to 65535")?;
    let is_name = |host: &str| host.bytes().all(|byte| byte.is_ascii_graphic() && !b"@/".contains(&byte));
    if host.is_empty() || !is_name(host) {
        return Err("the host is not a host name");
    }
    Ok((host.to_owned(), port))
}

pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    let (query, options) = (args.session.query(), TokenOptions::default());
    let asked = DerivedQuery::parse(&args.scope, None)?;
    let session = match asked.is_empty() {
        true => token::token(app, &query, &options)?,
        false => token::derived_token(app, &query, &options, &asked)?,
    };
    match args.sasl {
        None => output.line(session.tokens.access_token.expose())?,
        Some(mechanism) => output.line(response(&session, mechanism, args)?.expose())?,
    }
    Ok(0)
}

fn response(session: &Session, mechanism: Mechanism, args: &Args) -> Result<Secret> {
    let account = &session.account;
    let user = args.user.as_ref().or(account.email.as_ref()).unwrap_or(&account.name);
    let server = args.server.as_ref().map(|(host, port)| (host.as_str(), *port));
    let response = mechanism
        .response(user, &session.tokens.access_token, server)
        .map_err(|reason| Error::usage(format!("a mail server takes no {reason}")))?;
    Ok(if args.raw { response } else { mail::encode(&response) })
}
