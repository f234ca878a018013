//! Flow of a sign-in in each environment if no flow is selected, and the reason shown to the user.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::support::sandbox::Outcome;
use crate::support::visitor;
use crate::support::world::World;

/// Expected flow.
#[derive(Clone, Copy)]
enum ExpectedFlow {
    /// Browser, opened by this program.
    Browser(&'static str),
    /// Device code, for this reason. Without a device flow: paste on a terminal, else a printed URL.
    Device(&'static str),
    /// Device code for this reason, with the verification page opened by this program.
    DeviceWithBrowser(&'static str, &'static str),
    /// Prompting is not allowed.
    NoInput,
}

const SSH: ExpectedFlow = ExpectedFlow::Device("this is an SSH session");
const CONTAINER: ExpectedFlow = ExpectedFlow::Device("this is a container without a display");
const DEAD: ExpectedFlow = ExpectedFlow::Device("display `localhost:59535.0` does not respond");
const DISPLAY: (&str, &str) = ("DISPLAY", "desk.example:0");
const TTY: (&str, &str) = ("SSH_TTY", "/dev/pts/1");
const HELPER: (&str, &str) = ("BROWSER", "browser.sh");
const IPC: (&str, &str) = ("VSCODE_IPC_HOOK_CLI", "/run/vscode.sock");

type Row = (&'static str, &'static [(&'static str, &'static str)], ExpectedFlow);

/// Environments by their common name.
#[rustfmt::skip]
const TABLE: &[Row] = &[
    ("a desktop with X", &[DISPLAY], ExpectedFlow::Browser("xdg-open")),
    ("a desktop with Wayland that has ended", &[("WAYLAND_DISPLAY", "/nonexistent/wayland-0")],
        ExpectedFlow::Device("display `/nonexistent/wayland-0` does not respond")),
    ("a browser of one's own", &[("BROWSER", "mine")], ExpectedFlow::Browser("mine")),
    ("one for this program", &[("MYCLI_BROWSER", "mine"), ("BROWSER", "w3m")], ExpectedFlow::Browser("mine")),
    ("a browser of the terminal", &[("BROWSER", "w3m")], ExpectedFlow::Device("`w3m` is a text browser")),
    ("the same on a desktop", &[("BROWSER", "w3m"), DISPLAY], ExpectedFlow::Browser("xdg-open")),
    ("SSH", &[("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22"), TTY], SSH),
    ("SSH with a display forwarded", &[TTY, ("DISPLAY", "desk.example:10.0")], ExpectedFlow::Browser("xdg-open")),
    ("SSH with a display that is gone", &[TTY, ("DISPLAY", "localhost:59535.0")], DEAD),
    ("SSH into an editor's server", &[TTY, IPC, HELPER], ExpectedFlow::Browser("browser.sh")),
    ("WSL", &[("WSL_DISTRO_NAME", "Debian")], ExpectedFlow::Browser("wslview")),
    ("WSL with a display", &[("WSL_INTEROP", "/run/WSL/1_interop"), DISPLAY], ExpectedFlow::Browser("wslview")),
    ("WSL by SSH", &[("WSL_DISTRO_NAME", "Debian"), TTY], SSH),
    ("a container", &[("container", "podman")], CONTAINER),
    ("a pod of Kubernetes", &[("KUBERNETES_SERVICE_HOST", "192.0.2.1")], CONTAINER),
    ("a container with a display", &[("container", "podman"), DISPLAY], ExpectedFlow::Browser("xdg-open")),
    ("a dev container of VS Code", &[("REMOTE_CONTAINERS", "true"), IPC, HELPER], ExpectedFlow::Browser("browser.sh")),
    ("a codespace", &[("CODESPACES", "true"), HELPER],
        ExpectedFlow::DeviceWithBrowser("your browser may not reach the callback in this codespace", "browser.sh")),
    ("a codespace by SSH", &[("CODESPACES", "true"), TTY], SSH),
    ("CI", &[("CI", "true"), DISPLAY], ExpectedFlow::NoInput),
    ("CI that says it is none", &[("CI", "false"), DISPLAY], ExpectedFlow::Browser("xdg-open")),
];

#[test]
fn flow_for_each_environment() {
    let (mut with_device_flow, mut without_device_flow) = (world(true), world(false));
    for (name, variables, flow) in TABLE {
        println!("{name}: {}", describe(variables));
        let opener = match flow {
            ExpectedFlow::Browser(opener) | ExpectedFlow::DeviceWithBrowser(_, opener) => Some(*opener),
            ExpectedFlow::Device(_) | ExpectedFlow::NoInput => None,
        };
        for world in [&mut with_device_flow, &mut without_device_flow] {
            set_environment(world, variables, opener);
        }
        match flow {
            ExpectedFlow::Browser(_) => {
                for world in [&with_device_flow, &without_device_flow] {
                    assert_eq!(sign_in_with_browser(world), Vec::<String>::new(), "{name}: nothing is to be explained");
                }
                println!("  loopback");
            }
            ExpectedFlow::Device(reason) => {
                assert_eq!(sign_in_with_code(&with_device_flow), format!("cannot open a browser: {reason}"), "{name}");
                assert!(with_device_flow.opened.is_empty(), "{name}");
                assert_eq!(
                    reason_for_paste(&without_device_flow),
                    format!("cannot open a browser: {reason}"),
                    "{name}"
                );
                assert_eq!(
                    sign_in_with_printed_url(&without_device_flow),
                    format!("cannot open a browser: {reason}"),
                    "{name}"
                );
            }
            ExpectedFlow::DeviceWithBrowser(reason, _) => {
                assert_eq!(sign_in_with_code(&with_device_flow), *reason, "{name}");
                let page = with_device_flow.opened.next_url();
                assert!(
                    page.starts_with(with_device_flow.provider.issuer()),
                    "{name}: the code's page is opened, not {page}"
                );
                assert_eq!(sign_in_with_browser(&without_device_flow), Vec::<String>::new(), "{name}");
            }
            ExpectedFlow::NoInput => {
                let text = with_device_flow.run(&["signin", "acme", "--force"]).fails(2, "needs a user").stderr;
                println!("  exit 2, {}", text.replace('\n', " "));
            }
        }
        for world in [&mut with_device_flow, &mut without_device_flow] {
            for (variable, _) in *variables {
                world.sandbox.unset(variable);
            }
        }
    }
}

#[test]
fn empty_environment_has_no_display() {
    let world = world(true);
    // This machine may be a container itself.
    let is_container = ["/.dockerenv", "/run/.containerenv"].iter().any(|file| Path::new(file).exists());
    let reason = if is_container { "this is a container without a display" } else { "there is no display" };
    assert_eq!(sign_in_with_code(&world), format!("cannot open a browser: {reason}"));
}

/// World without a browser; its provider may have the device flow.
fn world(has_device_flow: bool) -> World {
    let mut world = World::new();
    if !has_device_flow {
        world.provider.change_metadata(|metadata| {
            metadata.as_object_mut().expect("it is one").remove("device_authorization_endpoint");
        });
    }
    let [openers, tools] = ["bin", "tools"].map(|folder| world.sandbox.path(folder));
    for folder in [&openers, &tools] {
        fs::create_dir(folder).expect("bound");
    }
    // Programs that the test terminal needs.
    for tool in ["/bin/sh", "/usr/bin/script"] {
        symlink(tool, tools.join(Path::new(tool).file_name().expect("it has one"))).expect("bound");
    }
    world.sandbox.unset("MYCLI_BROWSER").set("PATH", format!("{}:{}", openers.display(), tools.display()));
    world
}

/// Sets the variables and leaves `opener` as the only browser program.
fn set_environment(world: &mut World, variables: &[(&str, &str)], opener: Option<&str>) {
    for (variable, value) in variables {
        world.sandbox.set(*variable, *value);
    }
    let bin = world.sandbox.path("bin");
    for old in fs::read_dir(&bin).expect("bound") {
        fs::remove_file(old.expect("bound").path()).expect("bound");
    }
    if let Some(opener) = opener {
        fs::copy(world.sandbox.path("browser"), bin.join(opener)).expect("the one that records addresses");
    }
}

fn describe(variables: &[(&str, &str)]) -> String {
    variables.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

/// Signs in through the opened browser. Returns the other messages.
fn sign_in_with_browser(world: &World) -> Vec<String> {
    let running = world.sandbox.start(&["signin", "acme", "--force", "--json"]);
    visitor::visit(&world.opened.next_url());
    let outcome = running.outcome().success();
    assert_eq!(outcome.json()["flow"], "loopback");
    messages(&outcome)
}

/// Signs in with a device code. Returns the reason.
fn sign_in_with_code(world: &World) -> String {
    let outcome = world.run(&["signin", "acme", "--force", "--json"]).success();
    assert_eq!(outcome.json()["flow"], "device");
    let text = messages(&outcome);
    println!("  device, {}", text.join("; "));
    text[0].strip_prefix("using a device code: ").expect("the choice is said first").to_owned()
}

/// Starts a paste sign-in on a terminal. Returns the reason.
fn reason_for_paste(world: &World) -> String {
    let mut running = world.sandbox.start_on_terminal("signin acme --force");
    let text = running.line(|line| line.starts_with("using the paste flow: "));
    println!("  without a device flow, on a terminal: {text}");
    text.strip_prefix("using the paste flow: ").expect("what is left").to_owned()
}

/// Signs in by the printed URL. Returns the reason.
fn sign_in_with_printed_url(world: &World) -> String {
    let mut running = world.sandbox.start(&["signin", "acme", "--force"]);
    let text = running.line(|line| line.contains("cannot open a browser"));
    println!("  without a device flow, in a pipe: {text}");
    visitor::visit(&running.wait_for_url("/start?k="));
    running.outcome().success();
    assert!(world.opened.is_empty());
    text.trim_start_matches("warning: ").to_owned()
}

/// Messages before the result.
fn messages(outcome: &Outcome) -> Vec<String> {
    let note = |line: &serde_json::Value| Some(line.get("message")?.as_str()?.to_owned());
    let text: Vec<_> = outcome.json_lines().iter().filter(|line| line["event"] == "note").filter_map(note).collect();
    text.into_iter().take_while(|line| !line.starts_with("signed in to ")).collect()
}
