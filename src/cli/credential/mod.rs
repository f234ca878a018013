//! `credential`: answers other programs that ask for a token, in their own protocol on stdin and stdout.

mod aws;
mod bazel;
mod browser_signin;
mod cargo;
mod docker;
mod git;
mod google;
mod headers;
mod input;
mod install;
mod kubectl;
mod mail;
mod netrc;
pub mod python_keyring;
mod service_token;
mod terraform;

use super::output::Output;
use crate::app::App;
use crate::error::Result;

/// Give tokens to other programs that ask for them, such as git
///
/// Each PROTOCOL is a helper that the other program starts. A token goes only to the hosts of its session: those that the
/// sign-in recorded, and `hosts` of the provider in the configuration. Only `git` may open a browser.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    protocol: Protocol,
}

#[derive(Debug, clap::Subcommand)]
enum Protocol {
    Git(git::Args),
    Docker(docker::Args),
    Kubectl(kubectl::Args),
    Cargo(cargo::Args),
    Aws(aws::Args),
    Terraform(terraform::Args),
    Bazel(bazel::Args),
    Keyring(python_keyring::Args),
    Mail(mail::Args),
    Headers(headers::Args),
    Netrc(netrc::Args),
    Google(google::Args),
    Install(install::InstallArgs),
    Uninstall(install::UninstallArgs),
}

impl Args {
    /// Name of the protocol.
    pub fn name(&self) -> &'static str {
        match self.protocol {
            Protocol::Git(_) => "git",
            Protocol::Docker(_) => "docker",
            Protocol::Kubectl(_) => "kubectl",
            Protocol::Aws(_) => "aws",
            Protocol::Terraform(_) => "terraform",
            Protocol::Bazel(_) => "bazel",
            Protocol::Keyring(_) => "keyring",
            Protocol::Mail(_) => "mail",
            Protocol::Headers(_) => "headers",
            Protocol::Netrc(_) => "netrc",
            Protocol::Google(_) => "google",
            Protocol::Cargo(_) => "cargo",
            Protocol::Install(_) => "install",
            Protocol::Uninstall(_) => "uninstall",
        }
    }
}

pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    match &args.protocol {
        Protocol::Git(args) => git::run(app, output, args),
        Protocol::Docker(args) => docker::run(app, output, args),
        Protocol::Cargo(args) => cargo::run(app, output, args),
        Protocol::Kubectl(args) => kubectl::run(app, output, args),
        Protocol::Aws(args) => aws::run(app, output, args),
        Protocol::Terraform(args) => terraform::run(app, output, args),
        Protocol::Bazel(args) => bazel::run(app, output, args),
        Protocol::Keyring(args) => python_keyring::run(app, output, args),
        Protocol::Mail(args) => mail::run(app, output, args),
        Protocol::Headers(args) => headers::run(app, output, args),
        Protocol::Netrc(args) => netrc::run(app, output, args),
        Protocol::Google(args) => google::run(app, output, args),
        Protocol::Install(args) => install::install(app, output, args),
        Protocol::Uninstall(args) => install::uninstall(app, output, args),
    }
}

/// Arguments that a program called like a helper stands for: `git-credential-mycli` is `mycli credential git`.
/// cargo starts every provider with the same first argument.
pub fn words_of_program(file: &str, first: &str, name: &str) -> Option<[&'static str; 2]> {
    let prefix = file.strip_suffix(".exe").unwrap_or(file).strip_suffix(name);
    let protocol = match prefix {
        Some("git-credential-") => "git",
        Some("docker-credential-") => "docker",
        Some("terraform-credentials-") => "terraform",
        Some("cargo-credential-") => "cargo",
        _ if first == "--cargo-plugin" => "cargo",
        _ if python_keyring::is_keyring(file) => "keyring",
        _ => return None,
    };
    Some(["credential", protocol])
}

#[cfg(test)]
mod tests {
    use super::words_of_program;

    #[test]
    fn program_name_selects_the_protocol() {
        for (file, words) in [
            ("git-credential-mycli", Some(["credential", "git"])),
            ("git-credential-mycli.exe", Some(["credential", "git"])),
            ("docker-credential-mycli", Some(["credential", "docker"])),
            ("terraform-credentials-mycli", Some(["credential", "terraform"])),
            ("keyring", Some(["credential", "keyring"])),
            ("mycli", None),
            ("git-credential-other", None),
        ] {
            assert_eq!(words_of_program(file, "get", "mycli"), words, "{file}");
        }
        let cargo = Some(["credential", "cargo"]);
        for (file, first) in [("cargo-credential-mycli", "--cargo-plugin"), ("mycli", "--cargo-plugin")] {
            assert_eq!(words_of_program(file, first, "mycli"), cargo, "{file}");
        }
    }
}
