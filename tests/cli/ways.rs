//! Which way a sign-in goes where nobody asks for one: what the surroundings are, what the program does in them, and what
//! it says of that.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::support::sandbox::Outcome;
use crate::support::visitor;
use crate::world::World;

/// What follows from the surroundings.
#[derive(Clone, Copy)]
enum Way {
    /// The browser, by this program and no other.
    Browser(&'static str),
    /// A device code, for this reason; and where the provider has none, pasting, or the address in words where there is no
    /// terminal.
    Code(&'static str),
    /// As the last, but what is opened there is this program.
    CodeThough(&'static str, &'static str),
    /// Nobody may be asked.
    Nobody,
}

const SSH: Way = Way::Code("this is an SSH session");
const CONTAINER: Way = Way::Code("this is a container without a display");
const DEAD: Way = Way::Code("display `localhost:59535.0` does not respond");
const DISPLAY: (&str, &str) = ("DISPLAY", "desk.example:0");
const TTY: (&str, &str) = ("SSH_TTY", "/dev/pts/1");
const HELPER: (&str, &str) = ("BROWSER", "browser.sh");
const IPC: (&str, &str) = ("VSCODE_IPC_HOOK_CLI", "/run/vscode.sock");

type Row = (&'static str, &'static [(&'static str, &'static str)], Way);

/// The surroundings, by what a person calls them.
#[rustfmt::skip]
const TABLE: &[Row] = &[
    ("a desktop with X", &[DISPLAY], Way::Browser("xdg-open")),
    ("a desktop with Wayland that has ended", &[("WAYLAND_DISPLAY", "/nonexistent/wayland-0")],
        Way::Code("display `/nonexistent/wayland-0` does not respond")),
    ("a browser of one's own", &[("BROWSER", "mine")], Way::Browser("mine")),
    ("one for this program", &[("MYCLI_BROWSER", "mine"), ("BROWSER", "w3m")], Way::Browser("mine")),
    ("a browser of the terminal", &[("BROWSER", "w3m")], Way::Code("`w3m` is a text browser")),
    ("the same on a desktop", &[("BROWSER", "w3m"), DISPLAY], Way::Browser("xdg-open")),
    ("SSH", &[("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22"), TTY], SSH),
    ("SSH with a display forwarded", &[TTY, ("DISPLAY", "desk.example:10.0")], Way::Browser("xdg-open")),
    ("SSH with a display that is gone", &[TTY, ("DISPLAY", "localhost:59535.0")], DEAD),
    ("SSH into an editor's server", &[TTY, IPC, HELPER], Way::Browser("browser.sh")),
    ("WSL", &[("WSL_DISTRO_NAME", "Debian")], Way::Browser("wslview")),
    ("WSL with a display", &[("WSL_INTEROP", "/run/WSL/1_interop"), DISPLAY], Way::Browser("wslview")),
    ("WSL by SSH", &[("WSL_DISTRO_NAME", "Debian"), TTY], SSH),
    ("a container", &[("container", "podman")], CONTAINER),
    ("a pod of Kubernetes", &[("KUBERNETES_SERVICE_HOST", "192.0.2.1")], CONTAINER),
    ("a container with a display", &[("container", "podman"), DISPLAY], Way::Browser("xdg-open")),
    ("a dev container of VS Code", &[("REMOTE_CONTAINERS", "true"), IPC, HELPER], Way::Browser("browser.sh")),
    ("a codespace", &[("CODESPACES", "true"), HELPER],
        Way::CodeThough("your browser may not reach the callback in this codespace", "browser.sh")),
    ("a codespace by SSH", &[("CODESPACES", "true"), TTY], SSH),
    ("CI", &[("CI", "true"), DISPLAY], Way::Nobody),
    ("CI that says it is none", &[("CI", "false"), DISPLAY], Way::Browser("xdg-open")),
];

#[test]
fn the_way_a_sign_in_goes_by_the_surroundings() {
    let (mut with_codes, mut without) = (world(true), world(false));
    for (name, surroundings, way) in TABLE {
        println!("{name}: {}", words(surroundings));
        let opener = match way {
            Way::Browser(opener) | Way::CodeThough(_, opener) => Some(*opener),
            Way::Code(_) | Way::Nobody => None,
        };
        for world in [&mut with_codes, &mut without] {
            surround(world, surroundings, opener);
        }
        match way {
            Way::Browser(_) => {
                for world in [&with_codes, &without] {
                    assert_eq!(in_the_browser(world), Vec::<String>::new(), "{name}: nothing is to be explained");
                }
                println!("  loopback");
            }
            Way::Code(why) => {
                assert_eq!(by_code(&with_codes), format!("{why}, so no browser can be opened here"), "{name}");
                assert!(with_codes.opened.is_empty(), "{name}");
                assert_eq!(by_pasting(&without), format!("{why}, so no browser can be opened here"), "{name}");
                assert_eq!(in_words(&without), format!("no browser can be opened here: {why}"), "{name}");
            }
            Way::CodeThough(why, _) => {
                assert_eq!(by_code(&with_codes), *why, "{name}");
                let page = with_codes.opened.next_url();
                assert!(
                    page.starts_with(with_codes.provider.issuer()),
                    "{name}: the code's page is opened, not {page}"
                );
                assert_eq!(in_the_browser(&without), Vec::<String>::new(), "{name}");
            }
            Way::Nobody => {
                let said = with_codes.run(&["signin", "acme", "--force"]).fails(2, "needs a person").stderr;
                println!("  exit 2, {}", said.replace('\n', " "));
            }
        }
        for world in [&mut with_codes, &mut without] {
            for (variable, _) in *surroundings {
                world.sandbox.unset(variable);
            }
        }
    }
}

#[test]
fn without_anything_the_reason_is_that_there_is_no_display() {
    let world = world(true);
    // The machine of this test may be a container itself.
    let is_container = ["/.dockerenv", "/run/.containerenv"].iter().any(|file| Path::new(file).exists());
    let why = if is_container { "this is a container without a display" } else { "there is no display" };
    assert_eq!(by_code(&world), format!("{why}, so no browser can be opened here"));
}

/// A home in which nothing can be opened, with a provider that has the device flow or has not.
fn world(has_codes: bool) -> World {
    let mut world = World::new();
    if !has_codes {
        world.provider.change_metadata(|metadata| {
            metadata.as_object_mut().expect("it is one").remove("device_authorization_endpoint");
        });
    }
    let [openers, tools] = ["bin", "tools"].map(|folder| world.sandbox.path(folder));
    for folder in [&openers, &tools] {
        fs::create_dir(folder).expect("bound");
    }
    // What a terminal of the tests needs.
    for tool in ["/bin/sh", "/usr/bin/script"] {
        symlink(tool, tools.join(Path::new(tool).file_name().expect("it has one"))).expect("bound");
    }
    world.sandbox.unset("MYCLI_BROWSER").set("PATH", format!("{}:{}", openers.display(), tools.display()));
    world
}

/// Sets the variables, and leaves `opener` as the only program there is.
fn surround(world: &mut World, surroundings: &[(&str, &str)], opener: Option<&str>) {
    for (variable, value) in surroundings {
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

fn words(surroundings: &[(&str, &str)]) -> String {
    surroundings.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

/// Signs in through the browser that is opened; what is said beside that.
fn in_the_browser(world: &World) -> Vec<String> {
    let running = world.sandbox.start(&["signin", "acme", "--force", "--json"]);
    visitor::visit(&world.opened.next_url());
    let outcome = running.outcome().success();
    assert_eq!(outcome.json()["flow"], "loopback");
    notes(&outcome)
}

/// Signs in with a code; why.
fn by_code(world: &World) -> String {
    let outcome = world.run(&["signin", "acme", "--force", "--json"]).success();
    assert_eq!(outcome.json()["flow"], "device");
    let said = notes(&outcome);
    println!("  device, {}", said.join("; "));
    said[0].strip_prefix("signing in with a device code: ").expect("the choice is said first").to_owned()
}

/// Is asked to paste, at a terminal; why.
fn by_pasting(world: &World) -> String {
    let mut running = world.sandbox.start_on_terminal("signin acme --force");
    let said = running.line(|line| line.starts_with("signing in "));
    println!("  without a device flow, on a terminal: {said}");
    said.strip_prefix("signing in by pasting: ").expect("what is left").to_owned()
}

/// Signs in by the address that is printed; why it is.
fn in_words(world: &World) -> String {
    let mut running = world.sandbox.start(&["signin", "acme", "--force"]);
    let said = running.line(|line| line.contains("no browser"));
    println!("  without a device flow, in a pipe: {said}");
    visitor::visit(&running.wait_for_url("/start?k="));
    running.outcome().success();
    assert!(world.opened.is_empty());
    said.trim_start_matches("warning: ").to_owned()
}

/// What was said before the outcome.
fn notes(outcome: &Outcome) -> Vec<String> {
    let note = |line: &serde_json::Value| Some(line.get("message")?.as_str()?.to_owned());
    let said: Vec<_> = outcome.json_lines().iter().filter(|line| line["event"] == "note").filter_map(note).collect();
    said.into_iter().take_while(|line| !line.starts_with("signed in to ")).collect()
}
