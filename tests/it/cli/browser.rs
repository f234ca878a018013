//! Selection of the program that opens the URL.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use rustix::process::Signal;

use crate::support::visitor;
use crate::support::world::World;

/// Sandbox without a configured browser and with these programs in `PATH`; each records its start.
fn with_programs(names: &[&str]) -> (World, PathBuf) {
    let mut world = World::new();
    let started = world.sandbox.path("started");
    let programs = world.sandbox.path("programs");
    fs::create_dir(&programs).expect("writable");
    for name in names {
        let program = programs.join(name);
        // Each program ends in the browser that records URLs.
        let text = "#!/bin/sh\necho \"${0##*/}\" >> 'STARTED'\nfor last; do :; done\nexec 'BROWSER' \"$last\"\n";
        let text = text.replace("STARTED", &started.display().to_string());
        let text = text.replace("BROWSER", &world.sandbox.path("browser").display().to_string());
        fs::write(&program, text).expect("writable");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("writable");
    }
    world.sandbox.unset("MYCLI_BROWSER").set("PATH", programs);
    (world, started)
}

#[test]
fn text_browser_is_not_started_without_a_display() {
    const OPENERS: &[&str] = &["xdg-open", "gio", "sensible-browser", "www-browser", "w3m", "lynx", "links"];
    for browser in [None, Some("w3m"), Some("lynx:links"), Some("sensible-browser")] {
        let (mut world, started) = with_programs(OPENERS);
        if let Some(browser) = browser {
            world.sandbox.set("BROWSER", browser);
        }
        let mut running = world.sandbox.start(&["signin", "acme", "--browser"]);
        running.line(|line| line.contains("cannot open a browser"));
        let start = running.wait_for_url("/start?k=");
        assert!(!started.exists(), "{browser:?}: {:?}", fs::read_to_string(&started));
        // The start URL has not been used up.
        visitor::visit(&start);
        running.outcome().success();
    }
}

#[test]
fn wsl_opens_the_whole_url_in_the_windows_browser() {
    for (programs, first) in [
        (&["wslview", "powershell.exe", "rundll32.exe", "xdg-open"][..], "wslview"),
        (&["rundll32.exe", "xdg-open"], "rundll32.exe"),
    ] {
        let (mut world, started) = with_programs(programs);
        world.sandbox.set("WSL_DISTRO_NAME", "Debian").set("DISPLAY", "desk.example:0");
        let running = world.sandbox.start(&["signin", "acme"]);
        visitor::visit(&world.opened.next_url());
        running.outcome().success();
        assert_eq!(fs::read_to_string(&started).expect("a program was started"), format!("{first}\n"));
    }
    let (mut world, started) = with_programs(&["powershell.exe"]);
    world.sandbox.set("WSL_DISTRO_NAME", "Debian");
    let running = world.sandbox.start(&["signin", "acme"]);
    let opened = world.opened.next_url();
    let url = opened.strip_prefix("Start-Process '").and_then(|rest| rest.strip_suffix('\'')).expect(&opened);
    visitor::visit(url);
    running.outcome().success();
    assert!(started.exists());
    let (mut world, started) = with_programs(&["xdg-open"]);
    world.sandbox.set("WSL_DISTRO_NAME", "Debian");
    let mut running = world.sandbox.start(&["signin", "acme"]);
    running.line(|line| line.contains("`powershell.exe`: not found"));
    running.signal(Signal::INT);
    running.outcome().ends_with(130);
    assert!(!started.exists());
}

#[test]
fn browser_variable_comes_before_the_system_opener() {
    let (mut world, started) = with_programs(&["mine", "xdg-open"]);
    world.sandbox.set("BROWSER", "w3m:missing:mine --new-window").set("DISPLAY", "desk.example:0");
    let running = world.sandbox.start(&["signin", "acme"]);
    visitor::visit(&world.opened.next_url());
    running.outcome().success();
    assert_eq!(fs::read_to_string(&started).expect("a program was started"), "mine\n");
}

#[test]
fn rejected_browser_flow_hints_at_the_device_flow() {
    let world = World::new();
    for (error, description, code, has_hint) in [
        ("unauthorized_client", "no", 2, true),
        ("unsupported_response_type", "no", 2, true),
        ("invalid_request", "the redirect_uri is not registered", 2, true),
        ("access_denied", "AADSTS53003: blocked by Conditional Access policies", 4, true),
        ("access_denied", "the user pressed a button", 4, false),
        ("invalid_scope", "no", 2, false),
    ] {
        world.provider.deny(error, description);
        // Each attempt has its own terminal, so attempts are not rate limited.
        let mut running = world.sandbox.start_on_terminal("signin acme");
        visitor::visit(&world.opened.next_url());
        running.line(|line| line.contains(if code == 2 { error } else { "denied access" }));
        let outcome = running.outcome().ends_with(code);
        assert_eq!(outcome.stderr.contains("mycli signin acme --device"), has_hint, "{}", outcome.stderr);
    }
    let world = World::new();
    world.provider.set_metadata("device_authorization_endpoint", serde_json::Value::Null);
    world.provider.deny("unauthorized_client", "no");
    let stderr = world.sign_in(&[]).fails(2, "unauthorized_client").stderr;
    assert!(!stderr.contains("--device"), "no device flow: {stderr}");
}

#[test]
fn failed_browser_prints_url_and_device_hint() {
    let mut world = World::new();
    world.sandbox.set("MYCLI_BROWSER", "false");
    let mut running = world.sandbox.start(&["signin", "acme"]);
    running.line(|line| line.contains("`false`: ") && line.contains("mycli signin acme --device"));
    visitor::visit(&running.wait_for_url("/start?k="));
    running.outcome().success();
}
