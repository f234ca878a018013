//! KWallet and KeePassXC on a private bus and a private X display, and a user who answers their dialogs.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::keyring::Bus;

/// Password of every private keyring.
pub const PASSWORD: &str = "sesame";

/// Time limit for programs and dialogs to appear.
const PATIENCE: Duration = Duration::from_secs(30);

/// X display without a screen.
pub struct Display {
    server: Child,
    name: String,
}

impl Display {
    fn start() -> Self {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1024x768x24", "-nolisten", "tcp"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb is installed");
        let mut number = String::new();
        let output = server.stdout.take().expect("piped stdout");
        BufReader::new(output).read_line(&mut number).expect("Xvfb prints the number of its display");
        Self { server, name: format!(":{}", number.trim()) }
    }

    fn xdotool(&self, arguments: &[&str]) -> String {
        let output =
            Command::new("xdotool").args(arguments).env("DISPLAY", &self.name).output().expect("xdotool is installed");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Visible window whose title matches, if there is one.
    fn window(&self, title: &str) -> Option<String> {
        let found = self.xdotool(&["search", "--onlyvisible", "--name", title]);
        found.lines().last().map(str::to_owned)
    }

    pub fn has_dialog(&self, title: &str) -> bool {
        self.window(title).is_some()
    }

    /// Waits for the dialog and returns its window.
    pub fn await_dialog(&self, title: &str) -> String {
        let start = Instant::now();
        loop {
            if let Some(window) = self.window(title) {
                return window;
            }
            assert!(start.elapsed() < PATIENCE, "no dialog `{title}`");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Types `text` into the dialog, then presses `key`, until the dialog is gone: a dialog ignores keys before it has
    /// the focus.
    pub fn answer(&self, title: &str, text: &str, key: &str) {
        let window = self.await_dialog(title);
        let start = Instant::now();
        while self.window(title).as_ref() == Some(&window) {
            assert!(start.elapsed() < PATIENCE, "the dialog `{title}` stays open");
            std::thread::sleep(Duration::from_millis(300));
            self.xdotool(&["windowfocus", "--sync", &window]);
            if !text.is_empty() {
                self.xdotool(&["key", "ctrl+a"]);
                self.xdotool(&["type", text]);
            }
            self.xdotool(&["key", key]);
            std::thread::sleep(Duration::from_millis(500));
        }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        end(&mut self.server);
    }
}

/// Program that provides a keyring.
pub struct DesktopKeyring {
    kind: Kind,
    daemon: Child,
    pub display: Display,
    pub bus: Bus,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    KWallet,
    /// KWallet without the plugin that has its ciphers.
    KWalletWithoutCiphers,
    KeePassXc,
    /// KeePassXC that asks before it gives a secret to a client.
    KeePassXcAsking,
}

impl Kind {
    /// Title of the dialog that asks for the password.
    pub fn unlock_dialog(self) -> &'static str {
        match self {
            Self::KWallet | Self::KWalletWithoutCiphers => "KDE Wallet Service",
            Self::KeePassXc | Self::KeePassXcAsking => "Unlock Database - KeePassXC",
        }
    }
}

/// Title of the dialog of KeePassXC that asks before it gives a secret to a client.
pub const ACCESS_DIALOG: &str = "Access Request";

impl DesktopKeyring {
    /// Keyring that is unlocked and empty.
    pub fn unlocked(kind: Kind) -> Self {
        let (display, bus) = (Display::start(), Bus::start());
        for folder in ["config/keepassxc", "data/kwalletd", "cache", "home"] {
            fs::create_dir_all(bus.path().join(folder)).expect("the bus's folder can be written");
        }
        let daemon = match kind {
            Kind::KWallet | Kind::KWalletWithoutCiphers => {
                prepare_kwallet(bus.path());
                // The first start creates the wallet and the second one serves it.
                let mut first = kwallet(kind, &display, &bus, true);
                await_file(&bus.path().join("data/kwalletd/kdewallet.kwl"));
                end(&mut first);
                let daemon = kwallet(kind, &display, &bus, true);
                await_collection(&bus, None);
                daemon
            }
            Kind::KeePassXc | Kind::KeePassXcAsking => {
                prepare_keepassxc(bus.path(), kind == Kind::KeePassXcAsking);
                keepassxc(&display, &bus, true)
            }
        };
        Self { kind, daemon, display, bus }
    }

    /// Locks the keyring as its own menu does.
    pub fn lock(&self) {
        let (peer, object, method): (_, _, &[&str]) = match self.kind {
            Kind::KWallet | Kind::KWalletWithoutCiphers => (
                "org.kde.kwalletd5",
                "/modules/kwalletd5",
                &["org.kde.KWallet.close", "string:kdewallet", "boolean:true"],
            ),
            Kind::KeePassXc | Kind::KeePassXcAsking => (
                "org.keepassxc.KeePassXC.MainWindow",
                "/keepassxc",
                &["org.keepassxc.KeePassXC.MainWindow.lockAllDatabases"],
            ),
        };
        let sent = Command::new("dbus-send")
            .args(["--session", "--print-reply", &format!("--dest={peer}"), object])
            .args(method)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus.address)
            .stdout(Stdio::null())
            .status();
        assert!(sent.expect("dbus-send is installed").success(), "the keyring cannot be locked");
        await_collection(&self.bus, Some(true));
    }

    /// Restarts the keyring, unlocked.
    pub fn unlock(&mut self) {
        self.kill();
        self.daemon = match self.kind {
            Kind::KWallet | Kind::KWalletWithoutCiphers => kwallet(self.kind, &self.display, &self.bus, true),
            Kind::KeePassXc | Kind::KeePassXcAsking => keepassxc(&self.display, &self.bus, true),
        };
    }

    /// Ends the keyring. KWallet writes its file five seconds after a change, or when it is locked.
    pub fn kill(&mut self) {
        end(&mut self.daemon);
    }

    /// Enters the password.
    pub fn enter_password(&self) {
        self.display.answer(self.kind.unlock_dialog(), PASSWORD, "Return");
    }

    /// Dismisses the dialog that asks for the password.
    pub fn dismiss(&self) {
        self.display.answer(self.kind.unlock_dialog(), "", "Escape");
    }
}

impl Drop for DesktopKeyring {
    fn drop(&mut self) {
        end(&mut self.daemon);
    }
}

fn prepare_kwallet(folder: &Path) {
    let settings = "[Wallet]\nEnabled=true\nFirst Use=false\nDefault Wallet=kdewallet\nPrompt on Open=false\n\
                    Close When Idle=false\nLaunch Manager=false\n";
    fs::write(folder.join("config/kwalletrc"), settings).expect("a test file");
    fs::write(folder.join("data/kwalletd/kdewallet.salt"), [7; 56]).expect("a test file");
}

/// Starts KWallet, unlocked as `pam_kwallet` unlocks it at login: with a key derived from the password on one descriptor,
/// after a connection on another one.
fn kwallet(kind: Kind, display: &Display, bus: &Bus, unlocked: bool) -> Child {
    let plugins = "/usr/lib/x86_64-linux-gnu/qca-qt5";
    let mut command = match kind {
        Kind::KWalletWithoutCiphers => {
            let mut command = Command::new("unshare");
            let script = format!("mount -t tmpfs none {plugins} && exec kwalletd5 \"$@\"");
            command.args(["--user", "--map-current-user", "--keep-caps", "--mount", "sh", "-c", &script, "kwalletd5"]);
            command
        }
        _ => Command::new("kwalletd5"),
    };
    let mut inherited: Vec<OwnedFd> = vec![];
    if unlocked {
        let mut key = [0; 56];
        let rounds = std::num::NonZero::new(50_000).expect("not zero");
        ring::pbkdf2::derive(ring::pbkdf2::PBKDF2_HMAC_SHA512, rounds, &[7; 56], PASSWORD.as_bytes(), &mut key);
        let (reader, mut writer) = std::io::pipe().expect("a pipe");
        writer.write_all(&key).expect("the pipe has room");
        let socket = bus.path().join("kwallet-login");
        let _ = fs::remove_file(&socket);
        let listener = UnixListener::bind(&socket).expect("a socket");
        drop(UnixStream::connect(&socket).expect("it listens"));
        inherited = vec![reader.into(), listener.into()];
        for descriptor in &inherited {
            rustix::io::fcntl_setfd(descriptor, rustix::io::FdFlags::empty()).expect("an open descriptor");
        }
        let numbers: Vec<String> = inherited.iter().map(|one| one.as_raw_fd().to_string()).collect();
        command.arg("--pam-login").args(numbers);
    }
    let child = on_display(&mut command, display, bus).env("PAM_KWALLET5_LOGIN", "1").stdin(Stdio::null()).spawn();
    drop(inherited);
    bus.await_name("org.freedesktop.secrets");
    child.expect("kwalletd5 is installed")
}

fn prepare_keepassxc(folder: &Path, asks: bool) {
    let document = "<?xml version=\"1.0\" encoding=\"utf-8\"?><KeePassFile><Meta><DatabaseName>tests</DatabaseName>\
        <CustomData><Item><Key>FDO_SECRETS_EXPOSED_GROUP</Key><Value>{00112233-4455-6677-8899-aabbccddeeff}</Value>\
        </Item></CustomData></Meta><Root><Group><UUID>ABEiM0RVZneImaq7zN3u/w==</UUID><Name>Root</Name></Group></Root>\
        </KeePassFile>";
    fs::write(folder.join("tests.xml"), document).expect("a test file");
    let settings = format!(
        "[General]\nConfigVersion=2\n[FdoSecrets]\nEnabled=true\nConfirmAccessItem={asks}\nConfirmDeleteItem=false\n\
         ShowNotification=false\nUnlockBeforeSearch=true\n[GUI]\nCheckForUpdates=false\n"
    );
    fs::write(folder.join("config/keepassxc/keepassxc.ini"), settings).expect("a test file");
    let mut import = Command::new("keepassxc-cli")
        .args(["import", "--set-password"])
        .args([folder.join("tests.xml"), database(folder)])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("keepassxc-cli is installed");
    let input = format!("{PASSWORD}\n{PASSWORD}\n");
    import.stdin.take().expect("piped stdin").write_all(input.as_bytes()).expect("it reads the password");
    assert!(import.wait().expect("it ends").success(), "the database cannot be created");
}

fn database(folder: &Path) -> PathBuf {
    folder.join("tests.kdbx")
}

fn keepassxc(display: &Display, bus: &Bus, unlocked: bool) -> Child {
    let mut command = Command::new("keepassxc");
    command.args(unlocked.then_some("--pw-stdin")).arg(database(bus.path()));
    let mut child = on_display(&mut command, display, bus).stdin(Stdio::piped()).spawn().expect("it is installed");
    let mut input = child.stdin.take().expect("piped stdin");
    writeln!(input, "{PASSWORD}").expect("it reads the password");
    bus.await_name("org.freedesktop.secrets");
    await_collection(bus, Some(!unlocked));
    child
}

/// Waits until the file has content: KWallet creates the file first.
fn await_file(path: &Path) {
    let start = Instant::now();
    while fs::metadata(path).map_or(0, |file| file.len()) == 0 {
        assert!(start.elapsed() < PATIENCE, "no `{}`", path.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Waits until there is a default collection, locked or unlocked: the service is on the bus before its database is open.
fn await_collection(bus: &Bus, locked: Option<bool>) {
    use rustbus::wire::unmarshal::traits::Variant;
    let start = Instant::now();
    loop {
        let method = ("org.freedesktop.DBus.Properties", "Get");
        let arguments = ["org.freedesktop.Secret.Collection", "Locked"];
        let alias = "/org/freedesktop/secrets/aliases/default";
        let reply = bus.call("org.freedesktop.secrets", alias, method, &arguments);
        let value = reply.body.parser().get::<Variant<'_, '_>>().ok().and_then(|value| value.get::<bool>().ok());
        if value.is_some() && (locked.is_none() || value == locked) {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "the default collection does not appear");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn on_display<'a>(command: &'a mut Command, display: &Display, bus: &Bus) -> &'a mut Command {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = [
        ("HOME", "home"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_DATA_HOME", "data"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_RUNTIME_DIR", "."),
    ];
    command
        .env_clear()
        .env("PATH", path)
        .env("LANG", "C.UTF-8")
        .env("DISPLAY", &display.name)
        .env("DBUS_SESSION_BUS_ADDRESS", &bus.address)
        .envs(folders.map(|(name, folder)| (name, bus.path().join(folder))))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}
