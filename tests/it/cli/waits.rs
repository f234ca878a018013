//! Waits for servers: each is shown and bounded, and none loses what the user has approved.

use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::fake_provider::TOKEN;
use crate::support::world::World;
use crate::support::{Sandbox, visitor};

/// Server that accepts connections and never responds.
struct SilentServer {
    host: String,
    accepted: Arc<Mutex<Vec<TcpStream>>>,
}

impl SilentServer {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let host = listener.local_addr().expect("bound").to_string();
        let accepted = Arc::<Mutex<Vec<TcpStream>>>::default();
        let connections = Arc::clone(&accepted);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                connections.lock().expect("no panic").push(connection);
            }
        });
        Self { host, accepted }
    }

    fn connections(&self) -> usize {
        self.accepted.lock().expect("no panic").len()
    }
}

/// A server that accepted connections and stayed silent cost three time limits in a row, without a word.
#[test]
fn silent_server_costs_one_time_limit_and_is_named() {
    let server = SilentServer::start();
    let sandbox = Sandbox::new();
    sandbox.configure("[timeouts]\nhttp = \"3s\"\n");
    let url = format!("http://{}", server.host);
    let stderr = sandbox.run(&["signin", &url, "--no-open"]).fails(6, "did not respond: timed out").stderr;
    let wait = format!("waiting for a response from {} (up to 1s)\n", server.host);
    assert_eq!((stderr.matches("waiting").count(), server.connections()), (1, 1), "{stderr}");
    assert!(stderr.starts_with(&wait), "{stderr}");
}

#[test]
fn timeout_of_a_signin_includes_its_requests() {
    let server = SilentServer::start();
    let url = format!("http://{}", server.host);
    let started = Instant::now();
    let message = format!("error: sign-in timed out after 3s; `{}` did not respond: timed out\n", server.host);
    let outcome = Sandbox::new().run(&["signin", &url, "--no-open", "--timeout", "3s"]);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    outcome.fails(5, &message);
}

#[test]
fn timeout_of_a_signin_spares_an_approved_grant() {
    let world = World::new();
    let held = world.provider.hold(TOKEN);
    let mut signin = world.sandbox.start(&["signin", "acme", "--no-open", "--timeout", "3s"]);
    let start = signin.wait_for_url("/start?k=");
    let browser = std::thread::spawn(move || visitor::visit(&start));
    held.wait_for(1);
    std::thread::sleep(Duration::from_secs(4));
    drop(held);
    signin.outcome().success();
    let _ = browser.join();
    assert!(world.run(&["token", "acme"]).success().stdout.starts_with("access-secret-"));
}
