//! Output of `credential mail` for mail programs and servers.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::{access_token, assert_no_refresh_token, world_with_hosts};
use crate::support::Outcome;
use crate::support::world::World;

fn mail(world: &World, words: &[&str]) -> Outcome {
    world.run(&[&["credential", "mail", "acme"], words].concat())
}

#[test]
fn token_or_response_is_one_line() {
    let world = world_with_hosts("");
    let token = access_token(&world);
    let outcome = mail(&world, &[]).success();
    assert_eq!(outcome.stdout, format!("{token}\n"));
    assert_no_refresh_token(&world, &outcome);
    let xoauth2 = |user: &str| format!("user={user}\u{1}auth=Bearer {token}\u{1}\u{1}");
    let server = "host=imap.example\u{1}port=993\u{1}";
    for (words, response) in [
        (&["--sasl", "xoauth2"][..], xoauth2("ada@example.test")),
        (&["--sasl=XOAUTH2", "--user", "shared@example.test"], xoauth2("shared@example.test")),
        (&["--sasl", "oauthbearer"], format!("n,a=ada@example.test,\u{1}auth=Bearer {token}\u{1}\u{1}")),
        (
            &["--sasl=oauthbearer", "--user=a,b", "--server=imap.example:993"],
            format!("n,a=a=2Cb,\u{1}{server}auth=Bearer {token}\u{1}\u{1}"),
        ),
    ] {
        assert_eq!(mail(&world, words).success().stdout, format!("{}\n", BASE64_STANDARD.encode(&response)));
        assert_eq!(mail(&world, &[words, &["--raw"]].concat()).success().stdout, format!("{response}\n"));
    }
}

#[test]
fn failed_command_leaves_nothing_to_sign_in_with() {
    let world = world_with_hosts("");
    for (words, message) in [
        (&["--sasl", "plain"][..], "neither xoauth2 nor oauthbearer"),
        (&["--raw"], "--sasl"),
        (&["--sasl=xoauth2", "--user=a\u{1}auth=Bearer x"], "takes no such user name"),
        (&["--sasl=oauthbearer", "--user="], "takes no such user name"),
        (&["--sasl=oauthbearer", "--server=imap.example"], "the port is missing"),
        (&["--sasl=oauthbearer", "--server=imap.example:99999"], "not a number up to 65535"),
        (&["--sasl=oauthbearer", "--server=a\u{1}b:1"], "not a host name"),
        (&["--scope", "@nowhere"], "nowhere"),
    ] {
        mail(&world, words).fails(2, message);
    }
    world.run(&["signout", "acme"]).success();
    mail(&world, &["--sasl=xoauth2"]).fails(3, "mycli signin acme");
}
