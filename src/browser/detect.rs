//! Browser detection: decides from the environment and the display if a browser can be opened.

use std::fmt;
use std::path::Path;
use std::process::Command;

use super::display::Display;
use super::environment::BrowserEnvironment;
use super::launch::{GRAPHICAL_BROWSERS, SystemOpener};
use crate::sanitize::sanitize_untrusted;

const SEPARATOR: char = if cfg!(windows) { ';' } else { ':' };

/// Text browsers, which show pages in the terminal.
const TEXT_BROWSERS: &str = "lynx:w3m:links:links2:elinks:www-browser:browsh:carbonyl:chawan:cha:edbrowse";

/// Openers that fall back to a text browser without a display.
const OPENERS: &str = "xdg-open:sensible-browser:gio:gnome-open:kde-open:kde-open5:kde-open6:exo-open";

/// Reason why no browser can be opened; displayed as a short phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BrowserUnavailable {
    Ssh,
    UnreachableDisplay(String),
    TextBrowser(String),
    Container,
    NoDisplay,
}

impl fmt::Display for BrowserUnavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ssh => f.write_str("this is an SSH session"),
            Self::UnreachableDisplay(name) => write!(f, "display `{}` does not respond", sanitize_untrusted(name)),
            Self::TextBrowser(program) => write!(f, "`{}` is a text browser", sanitize_untrusted(program)),
            Self::Container => f.write_str("this is a container without a display"),
            Self::NoDisplay => f.write_str("there is no display"),
        }
    }
}

/// See [`super::Browser::unavailable_reason`].
pub fn unavailable_reason(environment: &BrowserEnvironment, display: &Display) -> Option<BrowserUnavailable> {
    if !launchable_commands(environment, display).is_empty()
        || system_opener(environment, display) != SystemOpener::None
    {
        return None;
    }
    let named = browser_commands(environment).into_iter().find(|entry| entry.is_one_of(&[TEXT_BROWSERS]));
    Some(match (display, named) {
        (Display::Unreachable(name), _) => BrowserUnavailable::UnreachableDisplay(name.clone()),
        _ if environment.is_ssh => BrowserUnavailable::Ssh,
        (_, Some(entry)) => BrowserUnavailable::TextBrowser(entry.program),
        _ if environment.is_container => BrowserUnavailable::Container,
        _ => BrowserUnavailable::NoDisplay,
    })
}

/// Returns the entries of `BROWSER` that can be started here.
pub fn launchable_commands(environment: &BrowserEnvironment, display: &Display) -> Vec<BrowserCommand> {
    let has_windows = *display == Display::Reachable || has_desktop(environment);
    // Any other program, such as the helper of an editor, is assumed to work.
    let is_usable = |entry: &BrowserCommand| {
        !entry.is_one_of(&[TEXT_BROWSERS]) && (has_windows || !entry.is_one_of(&[OPENERS, GRAPHICAL_BROWSERS]))
    };
    browser_commands(environment).into_iter().filter(is_usable).collect()
}

/// Selects the system's opener. A forwarded display shows the browser to a remote user; on WSL a Linux browser does not
/// replace the Windows one.
pub fn system_opener(environment: &BrowserEnvironment, display: &Display) -> SystemOpener {
    match environment {
        BrowserEnvironment { is_wsl: true, is_ssh: false, .. } => SystemOpener::Windows,
        _ if *display == Display::Reachable || has_desktop(environment) => SystemOpener::Desktop,
        _ => SystemOpener::None,
    }
}

/// Returns true if the user sits at a system that always has a desktop.
fn has_desktop(environment: &BrowserEnvironment) -> bool {
    environment.has_desktop && !environment.is_ssh
}

fn browser_commands(environment: &BrowserEnvironment) -> Vec<BrowserCommand> {
    let list = environment.browser.as_deref().unwrap_or_default();
    list.split(SEPARATOR).filter_map(BrowserCommand::parse).collect()
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowserCommand {
    program: String,
    arguments: Vec<String>,
}

impl BrowserCommand {
    /// Parses an entry; `None` if it is empty or its quotes do not match.
    fn parse(entry: &str) -> Option<Self> {
        // On Windows a backslash is part of a path.
        let entry = if cfg!(windows) { entry.replace('\\', "\\\\") } else { entry.to_owned() };
        let mut words = shlex::split(&entry)?.into_iter();
        Some(Self { program: words.next()?, arguments: words.collect() })
    }

    /// Returns the command with the URL in place of `%s`, or at the end.
    pub fn command(&self, url: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.args(self.arguments.iter().map(|word| word.replace("%s", url)));
        if !self.arguments.iter().any(|word| word.contains("%s")) {
            command.arg(url);
        }
        command
    }

    fn is_one_of(&self, lists: &[&str]) -> bool {
        let name = Path::new(&self.program).file_name().unwrap_or_default().to_string_lossy();
        lists.iter().flat_map(|list| list.split(':')).any(|known| known == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "http://127.0.0.1:5000/start?k=a-b_c";

    fn named(list: &str) -> BrowserEnvironment {
        BrowserEnvironment { browser: Some(list.to_owned()), ..BrowserEnvironment::default() }
    }

    #[cfg(unix)]
    #[test]
    fn browser_list_is_parsed() {
        let lines = |list: &str| -> Vec<Vec<String>> {
            let commands = browser_commands(&named(list)).into_iter().map(|entry| entry.command(URL));
            let line = |command: Command| {
                let words = std::iter::once(command.get_program()).chain(command.get_args());
                words.map(|word| word.to_string_lossy().into_owned()).collect()
            };
            commands.map(line).collect()
        };
        assert_eq!(lines("firefox"), [["firefox", URL]]);
        assert_eq!(lines("a --new:b"), [vec!["a", "--new", URL], vec!["b", URL]]);
        assert_eq!(lines("'/opt/my browser' --url=%s -x"), [["/opt/my browser", &format!("--url={URL}"), "-x"]]);
        assert_eq!(lines("::a 'b: :"), [] as [Vec<String>; 0]);
        assert_eq!(lines("a $(b) ;c"), [["a", "$(b)", ";c", URL]]);
    }

    #[cfg(unix)]
    #[test]
    fn text_browser_is_never_started() {
        let programs = |list: &str, display: &Display| -> Vec<String> {
            launchable_commands(&named(list), display).into_iter().map(|entry| entry.program).collect()
        };
        for display in [Display::None, Display::Reachable] {
            assert!(programs("lynx:/usr/bin/w3m -M:links2 -g:www-browser", &display).is_empty());
        }
        assert_eq!(programs("w3m:firefox:mine", &Display::None), ["mine"], "Firefox needs a display");
        assert_eq!(programs("w3m:firefox:mine", &Display::Reachable), ["firefox", "mine"]);
        assert!(programs("xdg-open:sensible-browser", &Display::None).is_empty(), "they would start a text browser");
    }

    #[test]
    fn system_opener_needs_a_display() {
        let here = BrowserEnvironment::default();
        let away = BrowserEnvironment { is_ssh: true, ..here.clone() };
        let desktop = BrowserEnvironment { has_desktop: true, ..here.clone() };
        let wsl = BrowserEnvironment { is_wsl: true, ..here.clone() };
        let dead = Display::Unreachable("localhost:10.0".to_owned());
        for (environment, display, expected) in [
            (&here, &Display::None, SystemOpener::None),
            (&here, &Display::Reachable, SystemOpener::Desktop),
            (&here, &dead, SystemOpener::None),
            (&away, &Display::None, SystemOpener::None),
            (&away, &Display::Reachable, SystemOpener::Desktop),
            (&desktop, &Display::None, SystemOpener::Desktop),
            (&BrowserEnvironment { is_ssh: true, ..desktop.clone() }, &Display::None, SystemOpener::None),
            (&wsl, &Display::None, SystemOpener::Windows),
            (&wsl, &Display::Reachable, SystemOpener::Windows),
            (&wsl, &dead, SystemOpener::Windows),
            (&BrowserEnvironment { is_ssh: true, ..wsl.clone() }, &Display::None, SystemOpener::None),
        ] {
            assert_eq!(system_opener(environment, display), expected, "{environment:?} {display:?}");
        }
    }
}
