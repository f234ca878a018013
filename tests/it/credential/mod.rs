//! `credential`: transcripts of every protocol, as the other programs write and read them, and the programs themselves.

mod aws;
mod bad_input;
mod cargo;
mod docker;
mod git;
mod install;
mod json_answers;
mod keyring;
mod kubectl;
mod mail;
mod real_aws;
mod real_cargo;
mod real_git;
mod real_kubectl;
mod real_mail;
mod real_others;
mod real_pip;
mod real_registry;

use crate::support::Outcome;
use crate::support::world::World;

/// World with `ada` signed in, whose token these hosts may receive.
fn world_with_hosts(hosts: &str) -> World {
    let world = World::configured(&format!("hosts = [{hosts}]"));
    world.set_user("ada");
    world.sign_in(&[]).success();
    world
}

/// The access token that the session has now.
fn access_token(world: &World) -> String {
    world.run(&["token", "acme", "--no-refresh"]).success().stdout.trim_end().to_owned()
}

/// The ID token that the session has now.
fn id_token(world: &World) -> String {
    world.run(&["token", "acme", "--id-token", "--no-refresh"]).success().stdout.trim_end().to_owned()
}

/// Seconds from now on until a time since 1970.
fn seconds_until(time: i64) -> i64 {
    time - std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_secs().cast_signed()
}

/// Fails the test if the refresh token of the session is in the answer or on stderr.
fn assert_no_refresh_token(world: &World, outcome: &Outcome) {
    let files = world.files().into_values().collect::<String>();
    let after = files.split("refresh_token").nth(1).expect("a refresh token is stored");
    // JSON in JSON: a backslash is before each quotation mark.
    let token = after.split(['"', '\\']).find(|part| part.len() > 1).expect("it is a string");
    assert!(!outcome.stdout.contains(token) && !outcome.stderr.contains(token), "{outcome:?}");
}
