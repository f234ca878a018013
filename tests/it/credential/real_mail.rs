//! msmtp, isync, neomutt, getmail, offlineimap and curl against dovecot, which asks a local server about each token.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;

use super::access_token;
use crate::support::fake_provider::{Listener, Response};
use crate::support::world::World;
use crate::support::{Outcome, PATIENCE, Running, free_port};

const DOVECOT: &str = "base_dir = HOME/run
state_dir = HOME/run
log_path = HOME/dovecot.log
auth_verbose = yes
ssl = no
disable_plaintext_auth = no
protocols = imap submission
listen = 127.0.0.1
default_internal_user = USER
default_internal_group = GROUP
default_login_user = USER
first_valid_uid = 1
mail_location = maildir:HOME/mail
auth_mechanisms = xoauth2 oauthbearer
submission_relay_host = 127.0.0.1
submission_relay_port = RELAY
submission_relay_ssl = no
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = HOME/oauth2.conf
}
userdb {
  driver = static
  args = uid=USER gid=GROUP home=HOME/mail
}
service imap-login {
  chroot =
  inet_listener imap {
    port = IMAP_PORT
  }
  inet_listener imaps {
    port = 0
  }
}
service submission-login {
  chroot =
  inet_listener submission {
    port = SMTP_PORT
  }
}
service anvil {
  chroot =
}
";

const OAUTH2: &str = "introspection_mode = auth
introspection_url = ORIGIN/introspect
username_attribute = email
active_attribute = active
active_value = true
";

const MSMTP: &str = "account default
host 127.0.0.1
port SMTP_PORT
tls off
auth MECHANISM
from ada@example.test
user ada@example.test
passwordeval \"PROGRAM credential mail acme\"
";

const MBSYNC: &str = "IMAPAccount a
Host 127.0.0.1
Port IMAP_PORT
User ada@example.test
PassCmd \"PROGRAM credential mail acme\"
AuthMechs XOAUTH2
SSLType None

IMAPStore far
Account a

MaildirStore near
Path HOME/mbsync/
Inbox HOME/mbsync/INBOX

Channel c
Far :far:
Near :near:
Create Near
SyncState *
";

const GETMAIL: &str = "[retriever]
type = SimpleIMAPRetriever
server = 127.0.0.1
port = IMAP_PORT
username = ada@example.test
use_xoauth2 = True
password_command = (\"PROGRAM\", \"credential\", \"mail\", \"acme\")
mailboxes = (\"INBOX\",)
[destination]
type = Maildir
path = HOME/getmail/
";

const OFFLINEIMAP: &str = "[general]
accounts = a
ui = quiet
metadata = HOME/offlineimap
[Account a]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = HOME/offlineimap/mail
[Repository far]
type = IMAP
remotehost = 127.0.0.1
remoteport = IMAP_PORT
remoteuser = ada@example.test
ssl = no
starttls = no
auth_mechanisms = XOAUTH2
oauth2_request_url =
oauth2_access_token_eval = __import__(\"subprocess\").check_output([\"PROGRAM\", \"credential\", \"mail\", \"acme\"], text=True).strip()
";

const NEOMUTT: &str = "set smtp_url = \"smtp://ada@example.test@127.0.0.1:SMTP_PORT/\"
set smtp_authenticators = \"xoauth2\"
set smtp_oauth_refresh_command = \"PROGRAM credential mail acme\"
set ssl_starttls = no
set ssl_force_tls = no
set from = \"ada@example.test\"
set record = \"\"
";

/// World with dovecot, for IMAP and submission, as the user of the sandbox.
struct MailServer {
    world: World,
    dovecot: Option<Running>,
    ports: [u16; 3],
    /// `Authorization` headers that dovecot asked about.
    asked: Arc<Mutex<Vec<String>>>,
    introspection: Listener,
}

impl MailServer {
    fn start() -> Self {
        let world = World::unprivileged();
        world.set_user("ada");
        world.sign_in(&[]).success();
        let introspection = Listener::bind();
        let (asked, accepted) = (Arc::<Mutex<Vec<String>>>::default(), format!("Bearer {}", access_token(&world)));
        let log = Arc::clone(&asked);
        introspection.serve(move |request| {
            let header = request.header("authorization").unwrap_or_default().to_owned();
            let is_active = header == accepted;
            log.lock().expect("lock").push(header);
            Response::json(
                if is_active { 200 } else { 401 },
                &json!({"active": is_active, "email": "ada@example.test"}),
            )
        });
        let ports = [free_port(), free_port(), relay()];
        let mut server = Self { world, dovecot: None, ports, asked, introspection };
        let config = server.write("dovecot.conf", DOVECOT);
        server.write("oauth2.conf", OAUTH2);
        let mut command = server.world.sandbox.command_of("/usr/sbin/dovecot");
        command.args(["-F", "-c", &config]);
        server.dovecot = Some(Running::spawn(command));
        let end = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", ports[0])).is_err() {
            assert!(Instant::now() < end, "{}", server.log());
            thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// Writes a file to the home directory, with the words in capitals replaced.
    fn write(&self, name: &str, text: &str) -> String {
        let home = self.world.sandbox.path("home");
        let id = |flag: &str| {
            let mut command = self.world.sandbox.command_of("id");
            command.arg(flag);
            Running::spawn(command).outcome().success().stdout.trim_end().to_owned()
        };
        let [imap, smtp, relay] = self.ports.map(|port| port.to_string());
        let program = self.world.sandbox.program().display().to_string();
        let words = [
            ("HOME", home.display().to_string()),
            ("USER", id("-un")),
            ("GROUP", id("-gn")),
            ("IMAP_PORT", imap),
            ("SMTP_PORT", smtp),
            ("RELAY", relay),
            ("PROGRAM", program),
            ("ORIGIN", self.introspection.origin()),
        ];
        let text = words.iter().fold(text.to_owned(), |text, (word, value)| text.replace(word, value));
        let file = home.join(name);
        fs::write(&file, text).expect("owned by the test");
        fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("owned by the test");
        self.world.sandbox.give(&file);
        file.display().to_string()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.world.sandbox.path("home/dovecot.log")).unwrap_or_default()
    }

    fn run(&self, program: &str, words: &[&str], input: &str) -> Outcome {
        let mut command = self.world.sandbox.command_of(program);
        command.args(words).stdin(std::process::Stdio::piped());
        let mut running = Running::spawn(command);
        running.write_stdin(input);
        running.outcome()
    }

    /// Runs every program once; returns each with its outcome.
    fn run_all(&self) -> Vec<(&'static str, Outcome)> {
        let message = "Subject: hello\n\nbody\n";
        let bearer = self.write("msmtp-oauthbearer", &MSMTP.replace("MECHANISM", "oauthbearer"));
        let xoauth2 = self.write("msmtp-xoauth2", &MSMTP.replace("MECHANISM", "xoauth2"));
        let [mbsync, getmail, neomutt] = [("mbsyncrc", MBSYNC), ("getmailrc", GETMAIL), ("neomuttrc", NEOMUTT)]
            .map(|(name, text)| self.write(name, text));
        let offlineimap = self.write("offlineimaprc", OFFLINEIMAP);
        let folders = "mkdir -p mbsync getmail/new getmail/cur getmail/tmp offlineimap/mail";
        self.run("sh", &["-c", folders], "").success();
        let program = self.world.sandbox.program().display();
        let url = format!("imap://127.0.0.1:{}/", self.ports[0]);
        // The token stays out of the argument list, and the failure of the helper ends the script.
        let curl = format!(
            "set -e; t=$({program} credential mail acme); printf 'url = {url}\\nuser = ada@example.test\\nlogin-options = AUTH=OAUTHBEARER\\noauth2-bearer = \"%s\"\\n' \"$t\" | curl -sS -K -"
        );
        let getmaildir = self.world.sandbox.path("home").display().to_string();
        vec![
            ("msmtp oauthbearer", self.run("msmtp", &["-C", &bearer, "bob@example.test"], message)),
            ("msmtp xoauth2", self.run("msmtp", &["-C", &xoauth2, "bob@example.test"], message)),
            ("mbsync", self.run("mbsync", &["-c", &mbsync, "-a"], "")),
            ("getmail", self.run("getmail", &["--getmaildir", &getmaildir, "--rcfile", &getmail], "")),
            ("offlineimap", self.run("offlineimap", &["-o", "-c", &offlineimap], "")),
            ("neomutt smtp", self.run("neomutt", &["-F", &neomutt, "-s", "hello", "bob@example.test"], "body\n")),
            // Its IMAP tries only what GNU SASL has, in the build of Debian 12.
            ("curl", self.run("sh", &["-c", &curl], "")),
        ]
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        if let Some(dovecot) = self.dovecot.take() {
            dovecot.signal(Signal::TERM);
            dovecot.outcome();
        }
    }
}

/// SMTP server that takes every message, for dovecot's relay; returns its port.
fn relay() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut say = stream.try_clone().expect("a file descriptor");
            let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
            let _ = say.write_all(b"220 relay\r\n");
            while let Some(line) = lines.next() {
                let answer = match line.to_ascii_uppercase().as_str() {
                    "DATA" => {
                        let _ = say.write_all(b"354 send it\r\n");
                        lines.by_ref().find(|line| line == ".");
                        "250 taken\r\n"
                    }
                    "QUIT" => "221 closing\r\n",
                    _ => "250 relay\r\n",
                };
                let _ = say.write_all(answer.as_bytes());
            }
        }
    });
    port
}

#[test]
#[ignore = "needs dovecot and mail programs: .ci/more helpers"]
fn mail_programs_sign_in_with_the_token() {
    let server = MailServer::start();
    for (name, outcome) in server.run_all() {
        assert_eq!(outcome.code, 0, "{name}: {outcome:?}\n{}", server.log());
    }
    let log = server.log();
    for (login, count) in [
        // msmtp, msmtp and neomutt, mbsync and getmail and offlineimap, curl
        ("submission-login: Info: Login: user=<ada@example.test>, method=OAUTHBEARER", 1),
        ("submission-login: Info: Login: user=<ada@example.test>, method=XOAUTH2", 2),
        ("imap-login: Info: Login: user=<ada@example.test>, method=XOAUTH2", 3),
        ("imap-login: Info: Login: user=<ada@example.test>, method=OAUTHBEARER", 1),
    ] {
        assert_eq!(log.matches(login).count(), count, "{login}:\n{log}");
    }
    // Without a session no program tries an empty token, for which providers lock accounts.
    server.world.run(&["signout", "acme"]).success();
    server.asked.lock().expect("lock").clear();
    server.run_all();
    assert_eq!(*server.asked.lock().expect("lock"), Vec::<String>::new());
}

#[test]
#[ignore = "needs dovecot: .ci/more helpers"]
fn mail_server_takes_the_responses() {
    let server = MailServer::start();
    for mechanism in ["XOAUTH2", "OAUTHBEARER"] {
        let response = server.world.run(&["credential", "mail", "acme", "--sasl", mechanism]).success().stdout;
        let mut stream = TcpStream::connect(("127.0.0.1", server.ports[0])).expect("dovecot listens");
        let lines = format!("a AUTHENTICATE {mechanism} {}\r\nb LOGOUT\r\n", response.trim_end());
        stream.write_all(lines.as_bytes()).expect("dovecot reads");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("dovecot answers");
        assert!(text.contains("a OK "), "{text}");
    }
}
