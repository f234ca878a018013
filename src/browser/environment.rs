//! Browser settings from the environment.

use std::ffi::OsString;
use std::path::PathBuf;

/// Browser settings from the environment; `cli` reads them.
#[derive(Debug, Clone, Default)]
pub struct BrowserEnvironment {
    /// `MYCLI_BROWSER`, else `BROWSER`: commands separated by `:` (`;` on Windows), quoted as in a shell; `%s` is
    /// replaced with the URL, which is appended otherwise.
    pub browser: Option<String>,
    pub display: Option<String>,
    /// Socket that `WAYLAND_DISPLAY` refers to.
    pub wayland: Option<PathBuf>,
    /// True on systems that always have a desktop: macOS and Windows.
    pub has_desktop: bool,
    /// True if `SSH_CONNECTION` or `SSH_TTY` is set: the user is at another machine.
    pub is_ssh: bool,
    /// True on WSL (`WSL_DISTRO_NAME`, `WSL_INTEROP`): the Windows browser is used, which needs no display.
    pub is_wsl: bool,
    pub is_container: bool,
    /// True in a GitHub codespace (`CODESPACES`).
    pub is_codespace: bool,
    /// `PATH`, to look up programs.
    pub path: Option<OsString>,
    /// Names of variables to remove from the child's environment, such as `AUTH_GITHUB_SECRET`.
    pub hidden_variables: Vec<String>,
}
