//! Credential helper of git (gitcredentials(7), git-credential(1)).
//!
//! Only LF ends a line: a carriage return inside a value is data. Helpers that split lines at it gave the token of one
//! host to another (git CVE-2024-52006).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};

use super::ServiceHost;
use crate::secret::Secret;

/// Answer to `capability`.
pub const CAPABILITIES: &str = "version 0\ncapability authtype\n";

/// Answer that ends git's search for a credential: it asks neither other helpers nor the user.
pub const QUIT: &str = "quit=1\n";

/// What git tells about the server and the credential.
#[derive(Debug, Default)]
pub struct GitRequest {
    /// `None` for a server that gets no token, whatever the sessions.
    pub host: Option<ServiceHost>,
    /// User name in the remote's URL.
    pub username: Option<String>,
    /// Token in the credential that git stores or erases.
    pub presented: Option<Secret>,
    /// git takes an authentication scheme with its credential (2.46 and later).
    takes_scheme: bool,
    /// The server offers Bearer and not Basic.
    wants_bearer: bool,
}

/// Parses a message up to its empty line.
///
/// # Errors
/// The reason, as the end of a sentence that starts with "git sent …".
pub fn parse(message: &[u8]) -> Result<GitRequest, String> {
    let mut attributes = Attributes::default();
    for line in message.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty()) {
        let at = line.iter().position(|byte| *byte == b'=').ok_or("a line without `=`")?;
        // A value in another encoding than UTF-8 is none of ours.
        if let (Ok(key), Ok(value)) = (std::str::from_utf8(&line[..at]), std::str::from_utf8(&line[at + 1..])) {
            attributes.set(key, value);
        }
    }
    Ok(attributes.into_request())
}

#[derive(Default)]
struct Attributes<'a> {
    protocol: &'a str,
    host: &'a str,
    username: Option<&'a str>,
    password: Option<&'a str>,
    authtype: &'a str,
    credential: Option<&'a str>,
    challenges: Vec<&'a str>,
    capabilities: Vec<&'a str>,
}

impl<'a> Attributes<'a> {
    /// Sets an attribute. As in git, the last value counts, and an empty item empties a list.
    fn set(&mut self, key: &str, value: &'a str) {
        let add = |list: &mut Vec<&'a str>| if value.is_empty() { list.clear() } else { list.push(value) };
        match key {
            "protocol" => self.protocol = value,
            "host" => self.host = value,
            "username" => self.username = Some(value),
            "password" => self.password = Some(value),
            "authtype" => self.authtype = value,
            "credential" => self.credential = Some(value),
            "wwwauth[]" => add(&mut self.challenges),
            "capability[]" => add(&mut self.capabilities),
            _ => {}
        }
    }

    fn into_request(self) -> GitRequest {
        let offers = |scheme: &str| {
            let challenges = self.challenges.iter().flat_map(|challenge| challenge.split(','));
            let mut words = challenges.filter_map(|challenge| challenge.split_ascii_whitespace().next());
            words.any(|word| word.eq_ignore_ascii_case(scheme))
        };
        GitRequest {
            host: ServiceHost::parse(self.protocol, self.host),
            username: self.username.filter(|name| !name.is_empty()).map(str::to_owned),
            presented: self.password.map(Secret::new).or_else(|| token_of(self.authtype, self.credential?)),
            takes_scheme: self.capabilities.contains(&"authtype"),
            wants_bearer: offers("bearer") && !offers("basic"),
        }
    }
}

/// Returns the token in a credential that was sent with its scheme.
fn token_of(scheme: &str, credential: &str) -> Option<Secret> {
    if !scheme.eq_ignore_ascii_case("basic") {
        return scheme.eq_ignore_ascii_case("bearer").then(|| Secret::new(credential));
    }
    let decoded = Secret::new(String::from_utf8(BASE64_STANDARD.decode(credential).ok()?).ok()?);
    decoded.expose().split_once(':').map(|(_, password)| Secret::new(password))
}

/// Writes the answer to `get`.
///
/// git 2.46 and later gets the whole header, marked as ephemeral: no helper before this one may keep it and hand it out
/// after its end. Servers take the token as a password, unless they offer Bearer alone.
pub fn answer(request: &GitRequest, user: &str, token: &Secret, expires_at: Option<DateTime<Utc>>) -> Secret {
    let token = token.expose();
    let basic = || Secret::new(BASE64_STANDARD.encode(Secret::new(format!("{user}:{token}")).expose()));
    let mut text = match (request.takes_scheme, request.wants_bearer) {
        (false, _) => format!("username={user}\npassword={token}\n"),
        (true, true) => scheme_lines("Bearer", token),
        (true, false) => scheme_lines("Basic", basic().expose()),
    };
    if let Some(expires_at) = expires_at {
        text.push_str(&format!("password_expiry_utc={}\n", expires_at.timestamp()));
    }
    Secret::new(text)
}

fn scheme_lines(scheme: &str, credential: &str) -> String {
    format!("capability[]=authtype\nauthtype={scheme}\ncredential={credential}\nephemeral=1\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(message: &str) -> GitRequest {
        parse(message.as_bytes()).expect(message)
    }

    fn is_for(message: &str, host: &str) -> bool {
        known(message).host.is_some_and(|found| found.is_one_of(&[host.to_owned()]))
    }

    #[test]
    fn message_ends_at_an_empty_line_or_its_end() {
        for message in [
            "protocol=https\nhost=git.example\n",
            "protocol=https\nhost=git.example",
            "protocol=https\nhost=git.example\n\nhost=evil.example\n",
            "host=evil.example\nunknown=1\npath=a=b\nprotocol=https\nhost=git.example\n",
        ] {
            assert!(is_for(message, "git.example"), "{message:?}");
        }
        assert!(parse(b"protocol=https\nhost").is_err());
        assert!(parse(b"\xff\xfe=1\npath=\xff\nprotocol=https\nhost=git.example\n").is_ok_and(|r| r.host.is_some()));
    }

    #[test]
    fn carriage_return_is_a_part_of_the_value() {
        for message in [
            "protocol=https\r\nhost=git.example\r\n",
            "protocol=https\nhost=evil.example\rhost=git.example\n",
            "protocol=https\nhost=git.example\rhost=evil.example\n",
            "protocol=https\nhost=git.example\0\n",
            "protocol=https\nhost=\n",
            "host=git.example\n",
        ] {
            assert!(!is_for(message, "git.example"), "{message:?}");
        }
    }

    #[test]
    fn answer_fits_the_version_of_git_and_the_server() {
        let (token, expiry) = (Secret::new("t0k"), DateTime::from_timestamp(1_800_000_000, 5));
        let after = |more: &str| {
            let request = known(&format!("protocol=https\nhost=git.example\n{more}"));
            answer(&request, "oauth2", &token, expiry).expose().replace("password_expiry_utc=1800000000\n", "E")
        };
        let basic = "capability[]=authtype\nauthtype=Basic\ncredential=b2F1dGgyOnQway==\nephemeral=1\nE";
        let basic = basic.replace("b2F1dGgyOnQway==", &BASE64_STANDARD.encode("oauth2:t0k"));
        let bearer = "capability[]=authtype\nauthtype=Bearer\ncredential=t0k\nephemeral=1\nE";
        let capability = "capability[]=authtype\n";
        assert_eq!(after(""), "username=oauth2\npassword=t0k\nE");
        assert_eq!(after("wwwauth[]=Bearer\n"), "username=oauth2\npassword=t0k\nE");
        assert_eq!(after("capability[]=authtype\ncapability[]=\n"), "username=oauth2\npassword=t0k\nE");
        assert_eq!(after(capability), basic);
        assert_eq!(after(&format!("{capability}wwwauth[]=Bearer realm=\"a\", Basic realm=\"b\"\n")), basic);
        assert_eq!(after(&format!("{capability}wwwauth[]=Basic\nwwwauth[]=bearer realm=x\n")), basic);
        assert_eq!(after(&format!("{capability}wwwauth[]=Basic\nwwwauth[]=\nwwwauth[]=bearer realm=x\n")), bearer);
        let endless = answer(&known("protocol=https\nhost=git.example\n"), "u", &token, None);
        assert_eq!(endless.expose(), "username=u\npassword=t0k\n");
    }

    #[test]
    fn presented_token_is_found_in_every_form() {
        let basic = format!("authtype=basic\ncredential={}\n", BASE64_STANDARD.encode("user:t:k"));
        for (message, token) in [
            ("username=u\npassword=t:k\n", Some("t:k")),
            ("authtype=Bearer\ncredential=t:k\n", Some("t:k")),
            (&basic, Some("t:k")),
            ("authtype=Digest\ncredential=t:k\n", None),
            ("authtype=Basic\ncredential=%\n", None),
            ("", None),
        ] {
            assert_eq!(known(message).presented, token.map(Secret::new), "{message}");
        }
    }
}
