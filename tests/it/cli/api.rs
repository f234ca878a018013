//! `api`: requests with the access token.

use std::fs;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use serde_json::json;

use crate::support::fake_provider::{AUTHORIZE, KEYS, Listener, ReceivedRequest, Response, TOKEN};
use crate::support::world::World;
use crate::support::{Outcome, Running};

const PATH: &str = "/v1/items";

/// World whose session may be used at the provider's own host.
pub fn world() -> World {
    let world = World::new();
    let host = world.provider.issuer().replace("http://", "");
    world.sandbox.configure(&world.table("acme", &format!("hosts = [\"{host}\"]\nscopes = [\"read\"]")));
    world.sign_in(&[]).success();
    world
}

fn url(world: &World) -> String {
    format!("{}{PATH}", world.provider.issuer())
}

fn api(world: &World, arguments: &[&str]) -> Outcome {
    world.run(&[&["api", &url(world)], arguments].concat())
}

fn answer(world: &World, response: Response) {
    world.provider.respond_with(PATH, response);
}

fn requests(world: &World) -> Vec<ReceivedRequest> {
    world.provider.requests_to(PATH)
}

fn last(world: &World) -> ReceivedRequest {
    requests(world).pop().expect("a request")
}

#[test]
fn response_is_printed_as_it_is() {
    let world = world();
    let token = world.token().trim_end().to_owned();
    for body in ["{\"b\":1.0,\"a\":\u{1b}[31m}", "", "text\r\n\n", "\u{0}binary"] {
        answer(&world, Response::of_type(200, "application/json", body));
        let outcome = api(&world, &[]).success();
        assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), (body, ""));
    }
    // A flag may stand between the two arguments.
    world.run(&["api", "acme", "-X", "GET", &url(&world)]).success();
    let request = last(&world);
    assert_eq!((request.method.as_str(), request.body.as_str()), ("GET", ""));
    assert_eq!(request.header("authorization"), Some(&*format!("Bearer {token}")));
    assert_eq!(request.header("accept"), Some("application/json, */*;q=0.8"));
    assert!(request.header("content-length").is_none() && request.header("transfer-encoding").is_none());
}

#[test]
fn path_joins_the_api_of_the_provider() {
    let world = world();
    world.run(&["api", "acme", PATH]).fails(2, "the API of `acme` is unknown");
    let issuer = world.provider.issuer();
    let lab = format!("[providers.lab]\nuse = \"gitlab\"\nbase_url = \"{issuer}\"\nclient_id = \"native\"\n");
    world.sandbox.configure(&(world.table("acme", "") + &lab));
    world.provider.move_endpoint(AUTHORIZE, "/oauth/authorize");
    world.provider.move_endpoint(TOKEN, "/oauth/token");
    world.provider.move_endpoint(KEYS, "/oauth/discovery/keys");
    world.provider.respond_with("/api/v4/user", Response::json(200, &json!({"id": 7, "username": "ada"})));
    world.sign_in_at("lab", &[]).success();
    let path = "/api/v4/projects";
    world.provider.respond_with(path, Response::json(200, &json!([])));
    let whole = format!("{issuer}{path}?a=b");
    for words in [
        &["lab", "/projects?a=b"][..],
        &["lab", "projects?a=b"],
        &["--account", "ada", "lab", "projects?a=b"],
        &[whole.as_str()],
    ] {
        world.run(&[&["api"], words].concat()).success();
        let request = world.provider.requests_to(path).pop().expect("a request");
        assert_eq!((request.query("a"), request.header("authorization").is_some()), (Some("b"), true));
    }
    assert_eq!(world.provider.requests_to(path).len(), 4);
    world.run(&["api", "lab"]).fails(2, "api lab /PATH");
    world.run(&["api", "nobody", "/items"]).fails(2, "nobody");
}

/// projectbluefin/bluefin#62: a helper sent its token to every URL.
#[test]
fn token_goes_to_no_other_host() {
    let world = world();
    let (stranger, seen) = recording_server();
    let port = world.provider.issuer().rsplit_once(':').expect("a port").1.to_owned();
    for target in [
        format!("{stranger}/x"),
        format!("http://127.0.0.1:{port}@{}/", stranger.replace("http://", "")),
        format!("http://user@127.0.0.1:{port}/"),
        format!("http://localhost:{port}/"),
        format!("http://0x7f.1:{port}/"),
        format!("http://127.1:{port}/"),
        format!("http://127.0.0.1.:{port}/"),
        format!("http://127.0.0.1:0{port}/"),
        format!("http://127.0.0.1:{port}\\@evil.example/"),
        format!("HTTP://127.0.0.1\t:{port}/"),
        "http://evil.example/".to_owned(),
        "https://evil.example/".to_owned(),
        "https://gıthub.com/".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        for words in [&["acme", target.as_str()][..], &[target.as_str()]] {
            let outcome = world.run(&[&["api"], words].concat());
            assert!(outcome.stdout.is_empty(), "{target} {outcome:?}");
            outcome.ends_with(2);
        }
    }
    assert!(requests(&world).is_empty() && seen.lock().expect("no panic").is_empty());
    let outcome = world.run(&["api", "acme", "https://evil.example/x"]);
    let host = world.provider.issuer().replace("http://", "");
    outcome.fails(2, &format!("mycli config set providers.acme.hosts {host},evil.example"));
}

/// Server that records its requests.
fn recording_server() -> (String, Arc<Mutex<Vec<ReceivedRequest>>>) {
    let listener = Listener::bind();
    let seen = Arc::<Mutex<Vec<ReceivedRequest>>>::default();
    let (origin, shared) = (listener.origin(), Arc::clone(&seen));
    listener.serve(move |request| {
        shared.lock().expect("no panic").push(request);
        Response::json(200, &json!({}))
    });
    std::mem::forget(listener);
    (origin, seen)
}

/// platformsh/legacy-cli#1516: a token that the server no longer accepts.
#[test]
fn rejected_token_is_refreshed_once_and_the_request_repeated() {
    let world = world();
    let rejected = || Response::json(401, &json!({"message": "Bad credentials"}));
    for (flags, input) in [(&[][..], ""), (&["-d", "{\"a\":1}"][..], ""), (&["-X", "PUT", "-d", "-"][..], "a body")] {
        let before = (requests(&world).len(), world.provider.refreshes());
        world.provider.respond_next(PATH, vec![rejected(), Response::json(200, &json!({"done": true}))]);
        let target = url(&world);
        let words = [&["api", target.as_str()], flags].concat();
        let outcome = world.sandbox.run_with(&words, input).success();
        assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("{\"done\":true}", ""));
        let sent = requests(&world).split_off(before.0);
        assert_eq!((sent.len(), world.provider.refreshes() - before.1), (2, 1));
        assert_ne!(sent[0].header("authorization"), sent[1].header("authorization"));
        assert_eq!((&sent[0].body, &sent[0].method), (&sent[1].body, &sent[1].method));
    }
    // A server that rejects every token.
    answer(&world, rejected());
    let (sent, refreshes) = (requests(&world).len(), world.provider.refreshes());
    let outcome = api(&world, &[]).success();
    assert_eq!(outcome.stdout, "{\"message\":\"Bad credentials\"}");
    assert!(outcome.stderr.contains("rejected the access token") && outcome.stderr.contains("signin acme --force"));
    assert_eq!((requests(&world).len() - sent, world.provider.refreshes() - refreshes), (2, 1));
    let outcome = api(&world, &["--fail"]);
    assert_eq!(outcome.stdout, "");
    outcome.fails(3, "signin acme --force");
}

#[test]
fn long_stream_is_not_sent_twice() {
    let world = world();
    answer(&world, Response::json(401, &json!({})));
    let mut command = world.sandbox.command(&["api", &url(&world), "-d", "-", "--fail"]);
    command.stdin(Stdio::piped());
    let mut running = Running::spawn(command);
    running.write_stdin(&"x".repeat(2 << 20));
    running.outcome().fails(3, "rejected the access token");
    assert_eq!((requests(&world).len(), world.provider.refreshes()), (1, 0));
}

#[test]
fn missing_scope_names_the_command() {
    let world = world();
    let challenge = "Bearer error=\"insufficient_scope\", scope=\"read files:write @git\"";
    answer(&world, Response::json(403, &json!({})).with_header("www-authenticate", challenge));
    let outcome = api(&world, &[]).success();
    assert!(outcome.stderr.contains("also requires `files:write`"), "{outcome:?}");
    assert!(outcome.stderr.contains("mycli signin acme --scope +files:write\n"), "{outcome:?}");
    api(&world, &["--fail"]).fails(3, "mycli signin acme --scope +files:write");
    assert_eq!(world.provider.refreshes(), 0);
}

/// curl/curl#1978: `--fail` says nothing about what the server said.
#[test]
fn error_status_is_a_warning_and_with_fail_an_error() {
    let world = world();
    let token = world.token().trim_end().to_owned();
    let problem = json!({"message": format!("no \u{1b}[2J item for {token}")});
    for (response, code, words) in [
        (Response::json(404, &problem), 1, "returned 404 Not Found: no [2J item for …"),
        (Response::json(422, &json!({"error": {"message": "too long"}})), 1, "422 Unprocessable Entity: too long"),
        (Response::html(403, "<b>no</b>"), 1, "returned 403 Forbidden"),
        (Response::html(503, ""), 6, "returned 503 Service Unavailable"),
        (Response::html(429, "").with_header("retry-after", "90"), 6, "rate limited the request (429); retry in 1m30s"),
        (Response::html(403, "").with_header("retry-after", "60"), 1, "returned 403 Forbidden; retry in 1m"),
    ] {
        answer(&world, response);
        let before = requests(&world).len();
        let outcome = api(&world, &[]).success();
        let shown = words.split(':').next().expect("text");
        assert!(outcome.stderr.starts_with("warning: ") && outcome.stderr.contains(shown), "{outcome:?}");
        let outcome = api(&world, &["--fail"]);
        assert!(outcome.stdout.is_empty() && !outcome.stderr.contains(&token), "{outcome:?}");
        outcome.fails(code, words);
        assert_eq!(requests(&world).len() - before, 2, "no request is repeated");
    }
    answer(&world, Response::html(304, ""));
    api(&world, &["--fail"]).success();
}

#[test]
fn broken_responses_are_network_errors() {
    let world = world();
    let headers =
        (0..40).fold(Response::html(200, ""), |response, n| response.with_header(&format!("x-{n}"), &"x".repeat(4096)));
    for (response, words) in [
        (Response::Half(b"{\"a\":".to_vec()), "broke off"),
        (Response::Nothing, "closed the connection"),
        (headers, "headers are too large"),
    ] {
        answer(&world, response);
        let outcome = api(&world, &[]).ends_with(6);
        assert!(outcome.stderr.contains(words), "{outcome:?}");
    }
}

#[test]
fn file_is_written_only_by_a_whole_successful_response() {
    let world = world();
    let file = world.sandbox.path("home/out");
    fs::write(&file, "before").expect("room");
    for (response, code) in
        [(Response::Half(b"half".to_vec()), 6), (Response::html(404, "<p>"), 1), (Response::html(200, "after"), 0)]
    {
        answer(&world, response);
        let outcome = api(&world, &["-o", "out", "--include"]).ends_with(code);
        assert_eq!(outcome.stdout.contains("content-type: text/html"), code == 0, "{outcome:?}");
        let expected = if code == 0 { "after" } else { "before" };
        assert_eq!(fs::read_to_string(&file).expect("a file"), expected);
    }
    let names = fs::read_dir(world.sandbox.path("home")).expect("a folder").flatten().map(|entry| entry.file_name());
    assert!(!names.into_iter().any(|name| name.to_string_lossy().starts_with(".mycli")), "a temporary file is left");
    let before = requests(&world).len();
    api(&world, &["-X", "POST", "-o", "missing/out"]).fails(2, "could not write missing/out");
    api(&world, &["-d", "@missing"]).fails(2, "could not read missing");
    api(&world, &["-d", "@/"]).fails(2, "is a directory");
    assert_eq!(requests(&world).len(), before);
}

#[test]
fn method_headers_and_body_are_those_of_the_flags() {
    let world = world();
    answer(&world, Response::json(201, &json!({})));
    fs::write(world.sandbox.path("home/body.json"), "[1,\n2]\n").expect("room");
    let form = "application/x-www-form-urlencoded";
    for (flags, method, body, content_type) in [
        (&["-d", "{\"a\":1}"][..], "POST", "{\"a\":1}", Some("application/json")),
        (&["-d", "a=b"], "POST", "a=b", Some(form)),
        (&["-X", "DELETE"], "DELETE", "", None),
        (&["-X", "PATCH", "-d", "@body.json"], "PATCH", "[1,\n2]\n", Some("application/json")),
        (&["-X", "GET", "-d", "-1"], "GET", "-1", Some(form)),
        (&["-X", "PROPFIND"], "PROPFIND", "", None),
        (
            &["-d", "a", "-H", "Content-Type: text/plain", "-H", "X-A: 1", "-H", "X-A: 2"],
            "POST",
            "a",
            Some("text/plain"),
        ),
    ] {
        api(&world, flags).success();
        let request = last(&world);
        let sent = (request.method.as_str(), request.body.as_str(), request.header("content-type"));
        assert_eq!(sent, (method, body, content_type));
    }
    assert_eq!(last(&world).headers.iter().filter(|(name, _)| name == "x-a").count(), 2);
    for flag in ["Authorization: Bearer mine", "Host: evil.example", "X: a\r\nb: c", "X"] {
        let outcome = api(&world, &["-H", flag]);
        assert!(!outcome.stderr.contains("mine"), "{outcome:?}");
        outcome.ends_with(2);
    }
}

#[test]
fn head_and_include_print_the_head() {
    let world = world();
    answer(&world, Response::json(201, &json!({"a": 1})).with_header("link", "<x>; rel=next"));
    let outcome = api(&world, &["--include"]).success();
    assert!(outcome.stdout.starts_with("HTTP/1.1 201 Created\n"), "{outcome:?}");
    assert!(outcome.stdout.contains("\nlink: <x>; rel=next\n") && outcome.stdout.ends_with("\n\n{\"a\":1}"));
    answer(&world, Response::html(200, "").with_header("x-total", "7"));
    let outcome = api(&world, &["-X", "HEAD"]).success();
    assert!(outcome.stdout.contains("\nx-total: 7\n") && outcome.stdout.ends_with("\n\n"), "{outcome:?}");
}

#[test]
fn closed_pipe_is_quiet_and_a_full_disk_is_an_error() {
    let world = world();
    answer(&world, Response::of_type(200, "text/plain", "x".repeat(1 << 20)));
    let program = env!("CARGO_BIN_EXE_mycli");
    let shell = |script: String| {
        let mut command = world.sandbox.command_of("bash");
        command.args(["-o", "pipefail", "-c", &script]);
        Running::spawn(command).outcome()
    };
    let outcome = shell(format!("{program} api {} | head -c 1", url(&world))).success();
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("x", ""));
    shell(format!("{program} api {} > /dev/full", url(&world))).fails(1, "could not write the result");
    shell(format!("{program} api {} -o /dev/full", url(&world))).fails(1, "/dev/full");
}

#[test]
fn host_without_a_session_is_told_apart() {
    let world = World::new();
    world.sandbox.configure(&world.table("acme", "hosts = [\"api.example\"]"));
    world.run(&["api", "https://api.example/"]).fails(3, "mycli signin acme");
    world.run(&["api", "https://other.example/"]).fails(2, "no session has the host `other.example`");
    world.run(&["api", "acme", "/x"]).fails(3, "mycli signin acme");
    assert!(world.provider.requests().is_empty());
}
