//! `api`: sends one request with the access token.

mod destination;
mod pages;
mod sender;

use std::path::PathBuf;

use http::{HeaderMap, Method};

use super::output::Output;
use crate::api::{self, ApiClient, ApiRequest, RequestBody};
use crate::app::select_session::SessionQuery;
use crate::app::{App, runtime};
use crate::error::{Error, Result};
use crate::http_client::{self, StreamedResponse};
use crate::token::{self, TokenOptions};
use destination::Destination;
use sender::Sender;

/// Send a request to the API of a provider with the access token
///
/// URL is a path below the API of the provider, such as /user, or a whole URL. Without PROVIDER a whole URL selects the
/// session by its host. The token goes only to the hosts of its session: those of the provider's API, the resource of
/// the sign-in, and `hosts` of the provider in the configuration. A redirect is followed only within the same origin.
///
/// If the server rejects the token, it is refreshed once and the request repeated. Prints the body of the response as it
/// arrives. An HTTP error is a warning, with --fail or -o an error.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Provider: a name, an https:// URL or a host name; or the URL
    // Not an optional argument before a required one: no flag could stand between the two.
    #[arg(value_name = "PROVIDER|URL")]
    provider: String,
    /// Path below the provider's API, or whole URL
    url: Option<String>,
    /// Select an account by its name, email address or subject
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Method [default: GET, with --data POST]
    #[arg(short = 'X', long, value_parser = api::parse_method, help_heading = "Request options")]
    method: Option<Method>,
    /// Send a header, written `NAME: VALUE`; repeatable
    #[arg(short = 'H', long, value_name = "HEADER", help_heading = "Request options")]
    header: Vec<String>,
    /// Send a body: text, @FILE, or - for stdin. JSON gets its content type
    #[arg(short, long, value_name = "BODY", allow_hyphen_values = true, help_heading = "Request options")]
    data: Option<String>,
    /// Get all pages that `Link` headers name, as one list; implies --fail
    #[arg(long, conflicts_with = "include", help_heading = "Request options")]
    paginate: bool,
    /// Write the body to this file once it is complete; implies --fail
    #[arg(short, long, value_name = "FILE", help_heading = "Output options")]
    output: Option<PathBuf>,
    /// Print status and headers before the body
    #[arg(short, long, help_heading = "Output options")]
    include: bool,
    /// Print no body and fail if the status is 400 or more
    #[arg(short, long, help_heading = "Output options")]
    fail: bool,
}

pub fn run(app: &App, output: &Output, args: Args) -> Result<u8> {
    let (provider, url) = match &args.url {
        Some(url) => (Some(args.provider.clone()), url),
        None => (None, &args.provider),
    };
    let target = api::resolve(app, &SessionQuery { provider, account: args.account.clone() }, url)?;
    let request = request(&args)?;
    if args.paginate && request.method != Method::GET {
        return Err(Error::usage("`--paginate` needs the method GET"));
    }
    let destination = Destination::open(args.output.as_deref())?;
    let session = token::fresh_session(app, &target.info, &TokenOptions::default())?;
    let (fails, client) = (args.fail || args.paginate || args.output.is_some(), ApiClient::new(app, session)?);
    let mut sender = Sender { app, output, target, client, request, fails };
    if args.paginate {
        return pages::run(&mut sender, destination).map(|()| 0);
    }
    let url = sender.target.url().clone();
    let response = sender.send(&url)?;
    if args.include || sender.request.method == Method::HEAD {
        output.raw(&destination::head_for_stdout(head_lines(&response)))?;
    }
    deliver(response, destination)?;
    Ok(0)
}

fn request(args: &Args) -> Result<ApiRequest> {
    let body = args.data.as_deref().map(read_body).transpose()?;
    let default = if body.is_some() { Method::POST } else { Method::GET };
    let mut headers = HeaderMap::new();
    for header in &args.header {
        let (name, value) = api::parse_header(header)?;
        headers.append(name, value);
    }
    Ok(ApiRequest { method: args.method.clone().unwrap_or(default), headers, body })
}

fn read_body(data: &str) -> Result<RequestBody> {
    let stdin_failed = |error| Error::usage(format!("could not read the body from stdin: {error}"));
    match data.strip_prefix('@') {
        _ if data == "-" || data == "@-" => stdin_body().map_err(stdin_failed),
        Some(path) => RequestBody::from_path(path.as_ref()),
        None => Ok(RequestBody::from_text(data)),
    }
}

/// Body from stdin; a file there has a length and can be sent again.
fn stdin_body() -> std::io::Result<RequestBody> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        RequestBody::from_file(std::io::stdin().as_fd().try_clone_to_owned()?.into())
    }
    #[cfg(not(unix))]
    RequestBody::from_reader(std::io::stdin())
}

fn head_lines(response: &StreamedResponse) -> Vec<u8> {
    let status = response.head.status;
    let mut lines = format!("HTTP/1.1 {status}").trim_end().as_bytes().to_vec();
    lines.push(b'\n');
    for (name, value) in &response.head.headers {
        lines.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\n"].concat());
    }
    lines.push(b'\n');
    lines
}

/// Copies the body. On its own thread, so that a signal ends the wait.
fn deliver(mut response: StreamedResponse, destination: Destination) -> Result<()> {
    let (mut writer, finish) = destination.split();
    runtime::run(http_client::run_on_thread(move || {
        let mut part = vec![0; destination::PART];
        loop {
            match response.read(&mut part)? {
                0 => return writer.end(),
                length if writer.write(&part[..length])? => {}
                _ => return Ok(()),
            }
        }
    }))?;
    finish.keep()
}
