//! `credential aws`: credentials of a role, or the ID token in a file.

use std::path::PathBuf;
use std::time::Duration;

use super::service_token::fresh_id_token;
use crate::app::App;
use crate::cli::output::Output;
use crate::cli::session_args::SessionArgs;
use crate::credential::aws::{self, RoleRequest};
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::session::SessionInfo;
use crate::store::write_token_file;

/// Longest time between two looks at the clock, which a machine that was asleep has moved.
const LOOK: Duration = Duration::from_secs(30);

/// Time before its end at which a token in a file is replaced; `fresh_id_token` refreshes it then.
const MARGIN: Duration = Duration::from_secs(55);

/// Answer the AWS CLI or an SDK, which ask for credentials of a role
///
/// Set up in ~/.aws/config: credential_process = mycli credential aws PROVIDER --role-arn ARN
///
/// The ID token of the session goes to AWS STS: to AWS_ENDPOINT_URL_STS or AWS_ENDPOINT_URL if one is set, else to the
/// region of `--region`, AWS_REGION or AWS_DEFAULT_REGION. The role must trust the provider and the client ID.
///
/// With `--web-identity-file` the SDK makes the exchange: the ID token is kept fresh in a file, which web_identity_token_file
/// or AWS_WEB_IDENTITY_TOKEN_FILE names, until this command ends.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    session: SessionArgs,
    /// Role to assume
    #[arg(long, value_name = "ARN", required_unless_present = "web_identity_file")]
    role_arn: Option<String>,
    /// Name of the role's session in the logs of AWS [default: account]
    #[arg(long, value_name = "NAME", requires = "role_arn")]
    session_name: Option<String>,
    /// Time until the credentials end, 15m to 12h [default: 1h]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, requires = "role_arn")]
    duration: Option<Duration>,
    /// Region of AWS STS
    #[arg(long, value_name = "REGION", requires = "role_arn")]
    region: Option<String>,
    /// Keep the ID token fresh in this file until the command ends
    #[arg(long, value_name = "FILE", conflicts_with = "role_arn")]
    web_identity_file: Option<PathBuf>,
}

fn parse_duration(text: &str) -> Result<Duration, String> {
    let duration = crate::duration::parse(text).map_err(|error| error.to_string())?;
    match (900..=43_200).contains(&duration.as_secs()) {
        true => Ok(duration),
        false => Err("AWS STS takes 15m to 12h".to_owned()),
    }
}

pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    let info = app.select_session(&args.session.query(), "credential aws")?;
    if let Some(file) = &args.web_identity_file {
        return keep_in_file(app, &info, file);
    }
    let role_arn = args.role_arn.as_deref().unwrap_or_default();
    let session_name = args.session_name.clone().unwrap_or_else(|| aws::session_name(&info.account.name));
    let duration = args.duration.map(|duration| duration.as_secs());
    let role = RoleRequest { role_arn, session_name: &session_name, duration };
    let endpoint = endpoint(app, args)?;
    let (id_token, _) = fresh_id_token(app, &info)?;
    let response = app.http.send(aws::request(&endpoint, &role, &id_token)?)?;
    output.line(aws::answer(&response, &id_token)?.expose())?;
    Ok(0)
}

fn endpoint(app: &App, args: &Args) -> Result<String> {
    let variable = |name: &str| app.environment.variable(name);
    let ignored =
        variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let configured = variable("AWS_ENDPOINT_URL_STS").or(variable("AWS_ENDPOINT_URL")).filter(|_| !ignored);
    let region = args.region.as_deref().or(variable("AWS_REGION")).or(variable("AWS_DEFAULT_REGION"));
    match configured {
        Some(endpoint) => Ok(endpoint.to_owned()),
        None => aws::endpoint(region).map_err(|reason| Error::usage(format!("the region {reason}"))),
    }
}

/// Replaces the token in the file before it ends. A provider that is away for a while ends nothing.
fn keep_in_file(app: &App, info: &SessionInfo, file: &std::path::Path) -> Result<u8> {
    let (mut id_token, mut expires_at) = fresh_id_token(app, info)?;
    write_token_file(file, &id_token)?;
    app.prompt.note(&format!("Keeping the ID token in `{}` fresh. Press Ctrl-C to end.", file.display()));
    let mut told: Option<String> = None;
    loop {
        let left = expires_at.and_then(|end| (end - app.now()).to_std().ok()).unwrap_or_default();
        match (expires_at, left.saturating_sub(MARGIN)) {
            (Some(_), due) if !due.is_zero() => std::thread::sleep(due.min(LOOK)),
            _ => {
                std::thread::sleep(if told.is_some() { LOOK } else { Duration::from_secs(1) });
                match renew(app, info, file, &id_token) {
                    Ok(renewed) => {
                        // A provider may keep giving the same token.
                        told = (renewed.0 == id_token).then(String::new);
                        (id_token, expires_at) = renewed;
                    }
                    Err(error @ Error::Network { .. }) => {
                        let why = error.to_string();
                        if told.as_ref() != Some(&why) {
                            app.prompt.warn(&format!("could not renew the token: {why}"));
                        }
                        told = Some(why);
                    }
                    Err(error) => return Err(error),
                }
            }
        }
    }
}

fn renew(
    app: &App,
    info: &SessionInfo,
    file: &std::path::Path,
    before: &Secret,
) -> Result<(Secret, Option<chrono::DateTime<chrono::Utc>>)> {
    let renewed = fresh_id_token(app, info)?;
    if renewed.0 != *before {
        write_token_file(file, &renewed.0)?;
    }
    Ok(renewed)
}
