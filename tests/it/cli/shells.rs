//! `token`, `exec` and `status --format` in scripts of real shells.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::support::fake_provider::USERINFO;
use crate::support::world::World;
use crate::support::{Outcome, Running, require_real};

/// For shells of the POSIX family. The last line shows that nothing before it ended the script.
const POSIX: &str = r#"
set -eu
(set -o pipefail) 2>/dev/null && set -o pipefail
token=$("$MYCLI" token acme)
test -n "$token"
test "$("$MYCLI" token acme --header)" = "Authorization: Bearer $token"
test "$("$MYCLI" token acme --headers)" = "{\"Authorization\":\"Bearer $token\"}"
test "$("$MYCLI" token acme --curl-config)" = "header = \"Authorization: Bearer $token\""
"$MYCLI" token acme --claims | grep '"sub"' > /dev/null
narrow=$("$MYCLI" token acme --scope read)
other=$("$MYCLI" token acme --resource https://api.example)
test "$narrow" != "$other"
code=0; "$MYCLI" token acme --copy 2> /dev/null || code=$?
test "$code" = 2
code=0; out=$("$MYCLI" token nobody.example 2> /dev/null) || code=$?
test "$code" = 3 && test -z "$out"
if "$MYCLI" token acme --id-token | false; then exit 1; fi
token=$("$MYCLI" token acme)
"$MYCLI" exec acme --env T --file F --fd 3 -- sh -euc 'read -r x <&3; test "$x" = "$T"; test "$(cat "$F")" = "$T"'
test "$("$MYCLI" exec acme -- printenv ACCESS_TOKEN)" = "$token"
code=0; "$MYCLI" exec acme -- sh -c 'exit 7' || code=$?
test "$code" = 7
code=0; "$MYCLI" exec acme -- sh -c 'kill -TERM $$' || code=$?
test "$code" = 143
printf 'a\nb\n' | "$MYCLI" exec acme -- wc -l | grep 2 > /dev/null
test "$("$MYCLI" status --format '{provider} {account}')" = 'acme ada'
echo done
"#;

const FISH: &str = r#"
set token ($MYCLI token acme); or exit 1
test "$($MYCLI token acme --header)" = "Authorization: Bearer $token"; or exit 2
$MYCLI token acme --headers | string match -q "*Bearer $token*"; or exit 3
$MYCLI token acme --claims | string match -q '*"sub"*'; or exit 4
$MYCLI token acme --copy 2> /dev/null; test $status = 2; or exit 5
$MYCLI token nobody.example 2> /dev/null; test $status = 3; or exit 6
$MYCLI exec acme --env T --file F --fd 3 -- fish -c 'set x (cat <&3); test "$x" = "$T"; and test (cat $F) = "$T"'; or exit 7
$MYCLI exec acme -- fish -c 'exit 7'; test $status = 7; or exit 8
set parts (string split ' ' ($MYCLI status --format '{provider} {account}'))
test "$parts" = 'acme ada'; or exit 9
echo done
"#;

fn run(world: &World, shell: &str, arguments: &[&str], script: &str) -> Outcome {
    let mut command = world.sandbox.command_of(shell);
    command.args(arguments).args(["-c", script]).env("MYCLI", world.sandbox.program());
    Running::spawn(command).outcome()
}

#[test]
fn scripts_of_bash_and_dash_work() {
    let world = World::signed_in();
    for shell in ["bash", "dash"] {
        let outcome = run(&world, shell, &[], POSIX);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "done\n"), "{shell}: {}", outcome.stderr);
    }
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs zsh and fish: --features real")]
fn scripts_of_zsh_and_fish_work() {
    require_real("zsh and fish");
    let world = World::signed_in();
    for (shell, arguments, script) in [("zsh", &["-f"][..], POSIX), ("fish", &["--no-config"], FISH)] {
        let outcome = run(&world, shell, arguments, script);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "done\n"), "{shell}: {}", outcome.stderr);
    }
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs curl: --features real")]
fn curl_gets_the_token_without_an_argument() {
    require_real("curl");
    let world = World::signed_in();
    let url = format!("{}{USERINFO}", world.provider.issuer());
    let before = world.provider.requests_to(USERINFO).len();
    for script in [
        format!("\"$MYCLI\" token acme --curl-config | curl -fsS -K - {url}"),
        format!("\"$MYCLI\" token acme --header | curl -fsS -H @- {url}"),
        format!(
            "\"$MYCLI\" exec acme --fd 3 -- sh -c 'printf \"oauth2-bearer = %s\" \"$(cat <&3)\" | curl -fsS -K - {url}'"
        ),
    ] {
        let outcome = run(&world, "bash", &["-eu", "-o", "pipefail"], &script).success();
        assert!(outcome.stdout.contains("ada"), "{script}: {}", outcome.stdout);
    }
    let token = format!("Bearer {}", world.token().trim());
    let sent = world.provider.requests_to(USERINFO);
    assert!(sent.len() == before + 3 && sent[before..].iter().all(|one| one.header("authorization") == Some(&token)));
}

/// Files below `directory`.
fn files(directory: &Path) -> BTreeSet<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .flat_map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { BTreeSet::from([entry.path()]) })
        .collect()
}

/// Processes of a session, except those that have ended and whose parent does not wait for them.
fn processes(session: u32) -> Vec<String> {
    let status = |entry: std::fs::DirEntry| std::fs::read_to_string(entry.path().join("stat")).ok();
    let statuses = std::fs::read_dir("/proc").expect("proc(5)").flatten().filter_map(status);
    let is_of = |status: &String| {
        let fields: Vec<&str> = status.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        fields.first() != Some(&"Z") && fields.get(3) == Some(&session.to_string().as_str())
    };
    statuses.filter(is_of).collect()
}

#[test]
fn many_calls_leave_nothing_behind() {
    let world = World::signed_in();
    let calls = |count: usize| {
        let script = format!(
            "for i in $(seq {count}); do \"$MYCLI\" token acme; \"$MYCLI\" status --format '{{account}}'
             \"$MYCLI\" exec acme --env T --file F --fd 3 -- true; \"$MYCLI\" token acme --headers; done"
        );
        let mut command = world.sandbox.command_of("setsid");
        command.args(["-w", "sh", "-euc", &script]).env("MYCLI", world.sandbox.program());
        let running = Running::spawn(command);
        let id = running.id();
        running.outcome().success();
        assert_eq!(processes(id), [""; 0]);
        files(&world.sandbox.path(""))
    };
    let before = calls(1);
    assert_eq!(calls(30), before);
}
