//! Secrets that the user gives: on stdin, or typed without echo on a terminal. Never in an argument.

use std::io::Read;

use crate::app::{App, runtime};
use crate::error::{Error, Result};
use crate::prompt::terminal::read_secret;
use crate::sanitize::single_line;
use crate::secret::Secret;

/// Limit for a client secret on stdin, in bytes.
const SECRET_LENGTH: u64 = 8192;

/// Limit for a token on stdin, in bytes: one more than the longest token, its line end included.
const TOKEN_LENGTH: u64 = (64 << 10) + 3;

/// Reads the client secret from stdin, without the line end. `command` is for the hint.
pub fn secret_from_stdin(app: &App, command: &str) -> Result<Secret> {
    let text = if app.prompt.can_prompt() {
        let question = "Paste the client secret (input hidden) and press Enter.";
        runtime::run(read_secret(question))?.unwrap_or_else(|| Secret::new(""))
    } else {
        read_stdin("client secret", SECRET_LENGTH)?
    };
    match text.expose().trim_end_matches(['\r', '\n']) {
        "" => Err(Error::Usage {
            message: "no client secret on stdin".to_owned(),
            hint: Some(format!("{{program}} {command} --client-secret-stdin < FILE")),
        }),
        secret => Ok(Secret::new(secret)),
    }
}

/// Reads a token for `title`, such as an `access token`: typed without echo on a terminal, else one line of stdin.
pub fn token_from_user(app: &App, kind: &str, title: &str) -> Result<Secret> {
    if app.prompt.can_prompt() {
        let question = format!("Paste the {kind} for {} (input hidden) and press Enter.", single_line(title));
        let typed = runtime::run(read_secret(&question))?.ok_or(Error::Interrupted { signal: 2 })?;
        return match typed.expose().trim() {
            "" => Err(Error::Cancelled),
            token => Ok(Secret::new(token)),
        };
    }
    if app.environment.stdin_is_terminal {
        return Err(Error::usage("no token on stdin, and prompting is not allowed"));
    }
    let text = read_stdin("token", TOKEN_LENGTH)?;
    let line = text.expose();
    let line = line.strip_suffix('\n').map_or(line, |line| line.strip_suffix('\r').unwrap_or(line));
    match line {
        "" => Err(Error::usage("no token on stdin")),
        line if line.contains(['\r', '\n']) => Err(Error::usage("more than one line on stdin: give the token alone")),
        token => Ok(Secret::new(token)),
    }
}

fn read_stdin(what: &str, limit: u64) -> Result<Secret> {
    let mut text = zeroize::Zeroizing::new(String::new());
    let read = std::io::stdin().lock().take(limit).read_to_string(&mut text);
    read.map_err(|error| Error::usage(format!("could not read the {what} from stdin: {error}")))?;
    Ok(Secret::new(text.as_str()))
}
