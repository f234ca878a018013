//! Lines of a netrc file.

use crate::secret::Secret;
use crate::session::{BasicService, SessionInfo};

use super::basic_user;

/// Writes a line for each host of `hosts` that has no port: readers apply a line to every port of its host.
///
/// # Errors
/// The reason, as the end of a sentence that starts with "`PROVIDER` …".
pub fn lines(info: &SessionInfo, hosts: &[String], token: &Secret) -> Result<Secret, &'static str> {
    // Half of the readers know no quotes.
    let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b'#'));
    if !is_word(token.expose()) {
        return Err("issued a token with a character that a netrc file cannot hold");
    }
    let mut lines = String::new();
    for host in hosts.iter().filter(|host| !host.contains([':', '*'])) {
        let services = [&info.services.git, &info.services.registry].into_iter().flatten();
        let service = services.into_iter().find(|service: &&BasicService| service.hosts.contains(host));
        let user = Some(basic_user(service, info)).filter(|user| is_word(user)).unwrap_or(super::ANY_USER);
        lines.push_str(&format!("machine {host} login {user} password {}\n", token.expose()));
    }
    match lines.is_empty() {
        true => Err("has no host without a port"),
        false => Ok(Secret::new(lines)),
    }
}
