//! Private session bus and gnome-keyring for tests: the user's own are not touched, and nothing is left behind.
#![allow(dead_code, reason = "each test takes what it needs")]

use std::fs::{self, DirBuilder};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustbus::connection::Timeout;
use rustbus::message_builder::MarshalledMessage;
use rustbus::{MessageBuilder, RpcConn};

/// Password of every private keyring; with an empty one there is no default collection.
pub const PASSWORD: &str = "open sesame";

/// Time limit for programs of the test to start.
const PATIENCE: Duration = Duration::from_secs(20);

/// Private directory with mode 0700, removed with its content.
pub struct Directory(PathBuf);

impl Directory {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("keyring-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        DirBuilder::new().mode(0o700).create(&path).expect("a fresh directory");
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Private session bus.
pub struct Bus {
    daemon: Child,
    pub address: String,
    directory: Directory,
}

impl Bus {
    pub fn start() -> Self {
        Self::configured(Directory::new())
    }

    /// Bus that runs `command` on the first call to `name`.
    pub fn starting(name: &str, command: &str) -> Self {
        let directory = Directory::new();
        let service = format!("[D-BUS Service]\nName={name}\nExec={command}\n");
        fs::write(directory.path().join(format!("{name}.service")), service).expect("the service's file is written");
        Self::configured(directory)
    }

    fn configured(directory: Directory) -> Self {
        if cfg!(not(feature = "real")) {
            panic!("needs a keyring: --features real");
        }
        let configuration = directory.path().join("bus.conf");
        let listen = directory.path().join("bus").display().to_string();
        let services = directory.path().display();
        fs::write(
            &configuration,
            format!(
                "<busconfig><type>session</type><listen>unix:path={listen}</listen><auth>EXTERNAL</auth>\
                 <servicedir>{services}</servicedir><policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>\
                 <allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>"
            ),
        )
        .expect("the bus's configuration is written");
        let mut daemon = Command::new("dbus-daemon")
            .arg("--nofork")
            .arg("--print-address")
            .arg(format!("--config-file={}", configuration.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon is installed");
        let mut address = String::new();
        let output = daemon.stdout.take().expect("piped stdout");
        BufReader::new(output).read_line(&mut address).expect("the bus prints its address");
        Self { daemon, address: address.trim().to_owned(), directory }
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Connection for a stub, or for calls to the bus.
    pub fn connection(&self) -> RpcConn {
        let address = nix::sys::socket::UnixAddr::new(&self.path().join("bus")).expect("a short path");
        RpcConn::connect_to_path(address, Timeout::Duration(PATIENCE)).expect("the bus responds")
    }

    /// Calls a method and waits for its reply.
    pub fn call(&self, peer: &str, object: &str, method: (&str, &str), strings: &[&str]) -> MarshalledMessage {
        let mut message = MessageBuilder::new().call(method.1).with_interface(method.0).on(object).at(peer).build();
        for string in strings {
            message.body.push_param(*string).expect("a string");
        }
        call(&mut self.connection(), message)
    }

    /// Reports when the bus delivers a call of `member` to any peer, from now on.
    pub fn watch_calls(&self, member: &str) -> Receiver<Instant> {
        let mut connection = self.connection();
        let rule = format!("type='method_call',member='{member}',eavesdrop='true'");
        call(&mut connection, rustbus::standard_messages::add_match(&rule));
        let (sender, hearing) = channel();
        std::thread::spawn(move || {
            // Ends with the bus.
            while connection.wait_call(Timeout::Infinite).is_ok() && sender.send(Instant::now()).is_ok() {}
        });
        hearing
    }

    fn has(&self, name: &str) -> bool {
        let method = ("org.freedesktop.DBus", "NameHasOwner");
        let reply = self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", method, &[name]);
        reply.body.parser().get().expect("yes or no")
    }

    /// Waits until a process owns `name`.
    pub fn await_name(&self, name: &str) {
        let start = Instant::now();
        while !self.has(name) {
            assert!(start.elapsed() < PATIENCE, "`{name}` is not on the bus");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        end(&mut self.daemon);
    }
}

/// Sends a call and waits for its reply, which may be an error.
pub fn call(connection: &mut RpcConn, mut message: MarshalledMessage) -> MarshalledMessage {
    let serial = connection
        .send_message(&mut message)
        .expect("the message is written")
        .write_all()
        .map_err(rustbus::connection::ll_conn::force_finish_on_error)
        .expect("the bus takes it");
    connection.wait_response(serial, Timeout::Duration(PATIENCE)).expect("a response")
}

/// gnome-keyring on a private bus.
pub struct GnomeKeyring {
    daemon: Child,
    pub bus: Bus,
}

impl GnomeKeyring {
    /// Keyring with an unlocked default collection.
    pub fn unlocked() -> Self {
        let bus = Bus::start();
        let daemon = daemon(&bus, Some(PASSWORD));
        Self { daemon, bus }
    }

    /// Process of the daemon, for signals.
    pub fn pid(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.daemon)
    }

    /// Returns true if the daemon is still running.
    pub fn is_running(&mut self) -> bool {
        matches!(self.daemon.try_wait(), Ok(None))
    }

    /// Restarts the daemon with locked collections.
    pub fn lock(&mut self) {
        end(&mut self.daemon);
        self.daemon = daemon(&self.bus, None);
    }

    /// Ends the daemon; its bus then has no keyring.
    pub fn kill(&mut self) {
        end(&mut self.daemon);
    }

    /// Restarts the daemon with unlocked collections.
    pub fn unlock(&mut self) {
        end(&mut self.daemon);
        self.daemon = daemon(&self.bus, Some(PASSWORD));
    }

    /// Number of items of the program.
    pub fn items(&self, app: &str) -> usize {
        let shown = self.secret_tool(&["search", "--all", "service", app], "");
        shown.lines().filter(|line| line.starts_with("attribute.username = ")).count()
    }

    /// Runs `secret-tool` and returns its output.
    pub fn secret_tool(&self, arguments: &[&str], input: &str) -> String {
        self.secret_tool_bytes(arguments, input.as_bytes())
    }

    /// Same with input that need not be text.
    pub fn secret_tool_bytes(&self, arguments: &[&str], input: &[u8]) -> String {
        let mut child = private(Command::new("secret-tool").args(arguments), &self.bus)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("secret-tool is installed");
        child.stdin.take().expect("piped stdin").write_all(input).expect("it reads");
        let output = child.wait_with_output().expect("it ends");
        let both = [output.stdout, output.stderr].concat();
        String::from_utf8(both).expect("it prints text")
    }
}

impl Drop for GnomeKeyring {
    fn drop(&mut self) {
        end(&mut self.daemon);
    }
}

fn daemon(bus: &Bus, password: Option<&str>) -> Child {
    let mut command = Command::new("gnome-keyring-daemon");
    command.args(["--foreground", "--components=secrets"]);
    if password.is_some() {
        command.arg("--unlock");
    }
    let mut child = private(&mut command, bus)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("gnome-keyring-daemon is installed");
    let mut input = child.stdin.take().expect("piped stdin");
    input.write_all(password.unwrap_or_default().as_bytes()).expect("it reads the password");
    drop(input);
    bus.await_name("org.freedesktop.secrets");
    child
}

fn private<'a>(command: &'a mut Command, bus: &Bus) -> &'a mut Command {
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.env_clear().env("PATH", path).env("DBUS_SESSION_BUS_ADDRESS", &bus.address).envs(
        ["HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"].map(|n| (n, bus.path())),
    )
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}
