//! `credential aws` against a scripted AWS STS.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;

use super::{assert_no_refresh_token, id_token, world_with_hosts};
use crate::support::fake_provider::{Listener, ReceivedRequest, Response};
use crate::support::world::World;
use crate::support::{Outcome, PATIENCE};

const ARN: &str = "arn:aws:iam::123456789012:role/reader";

const CREDENTIALS: &str = "<AssumeRoleWithWebIdentityResponse><Credentials><AccessKeyId>ASIA1</AccessKeyId>\
<SecretAccessKey>s3cret</SecretAccessKey><SessionToken>s3ssion</SessionToken>\
<Expiration>2030-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResponse>";

/// STS that answers every request alike; returns its origin and the requests.
fn sts(
    status: u16,
    body: impl Fn(&ReceivedRequest) -> String + Send + Sync + 'static,
) -> (Listener, Arc<Mutex<Vec<ReceivedRequest>>>) {
    let listener = Listener::bind();
    let requests = Arc::<Mutex<Vec<ReceivedRequest>>>::default();
    let log = Arc::clone(&requests);
    listener.serve(move |request| {
        let body = body(&request);
        log.lock().expect("lock").push(request);
        Response::of_type(status, "text/xml", body)
    });
    (listener, requests)
}

fn aws(world: &World, words: &[&str]) -> Outcome {
    world.run(&[&["credential", "aws", "acme", "--role-arn", ARN], words].concat())
}

#[test]
fn role_is_assumed_with_the_id_token() {
    let mut world = world_with_hosts("");
    let (listener, requests) = sts(200, |_| CREDENTIALS.to_owned());
    world.sandbox.set("AWS_ENDPOINT_URL", "http://127.0.0.1:1").set("AWS_ENDPOINT_URL_STS", listener.origin());
    let outcome = aws(&world, &["--duration", "15m"]).success();
    let expected = json!({"Version": 1, "AccessKeyId": "ASIA1", "SecretAccessKey": "s3cret", "SessionToken": "s3ssion", "Expiration": "2030-01-01T00:00:00Z"});
    assert_eq!(outcome.json(), expected);
    assert_no_refresh_token(&world, &outcome);
    world.sandbox.unset("AWS_ENDPOINT_URL_STS").set("AWS_ENDPOINT_URL", listener.origin());
    aws(&world, &["--session-name", "other"]).success();
    let requests = requests.lock().expect("lock");
    let form = |index: usize, name: &str| requests[index].form(name).map(str::to_owned);
    for (name, value) in [
        ("Action", "AssumeRoleWithWebIdentity"),
        ("Version", "2011-06-15"),
        ("RoleArn", ARN),
        ("RoleSessionName", "ada"),
        ("DurationSeconds", "900"),
        ("WebIdentityToken", &id_token(&world)),
    ] {
        assert_eq!(form(0, name).as_deref(), Some(value), "{name}");
    }
    assert!(requests[0].header("authorization").is_none(), "the request is not signed");
    assert_eq!((form(1, "RoleSessionName").as_deref(), form(1, "DurationSeconds")), (Some("other"), None));
}

#[test]
fn rejected_role_says_why_without_the_token() {
    let mut world = world_with_hosts("");
    let quote = |request: &ReceivedRequest| {
        let token = request.form("WebIdentityToken").expect("sent").to_owned();
        format!(
            "<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>no {token}</Message></Error></ErrorResponse>"
        )
    };
    let (listener, _) = sts(400, quote);
    world.sandbox.set("AWS_ENDPOINT_URL_STS", listener.origin());
    let outcome = aws(&world, &[]);
    let signature = id_token(&world).rsplit('.').next().expect("a JWT").to_owned();
    assert!(!outcome.stderr.contains(&signature), "{outcome:?}");
    outcome.fails(1, "AWS STS rejected the request: InvalidIdentityToken");
    let (listener, _) = sts(503, |_| "busy".to_owned());
    world.sandbox.set("AWS_ENDPOINT_URL_STS", listener.origin());
    aws(&world, &[]).fails(6, "AWS STS is unavailable: 503");
    let (listener, _) = sts(200, |_| "<html>".to_owned());
    world.sandbox.set("AWS_ENDPOINT_URL_STS", listener.origin());
    aws(&world, &[]).fails(1, "answered without credentials");
    // The token stays on this machine unless the connection is encrypted.
    world.sandbox.set("AWS_ENDPOINT_URL_STS", "http://sts.example");
    assert_eq!(aws(&world, &[]).stdout, "");
    world.sandbox.unset("AWS_ENDPOINT_URL_STS");
    aws(&world, &["--region", "evil.example/"]).fails(2, "the region");
    aws(&world, &["--duration", "14m"]).fails(2, "15m to 12h");
    world.run(&["credential", "aws", "acme"]).fails(2, "--role-arn");
    world.run(&["signout", "acme"]).success();
    aws(&world, &[]).fails(3, "mycli signin acme");
}

#[test]
fn token_in_the_file_is_kept_fresh() {
    let world = World::configured("");
    // Both tokens live for a minute, so the next one is due at once.
    world.provider.change_id_token(|token| {
        let now = std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_secs();
        token.claims["exp"] = json!(now + 58);
    });
    world.sign_in(&[]).success();
    let file = world.sandbox.path("home/token");
    let mut running =
        world.sandbox.start(&["credential", "aws", "acme", "--web-identity-file", file.to_str().expect("UTF-8")]);
    running.line(|line| line.contains("Keeping the ID token in"));
    let first = fs::read_to_string(&file).expect("written before the line");
    assert_eq!(fs::metadata(&file).expect("it exists").permissions().mode() & 0o777, 0o600);
    let end = Instant::now() + PATIENCE;
    while fs::read_to_string(&file).expect("it is replaced atomically") == first {
        assert!(Instant::now() < end, "the token stays");
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(fs::metadata(&file).expect("it exists").permissions().mode() & 0o777, 0o600);
    running.signal(Signal::TERM);
    running.outcome().ends_with(143);
}
