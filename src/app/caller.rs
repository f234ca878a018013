//! The program that started this one.

/// What is known of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Caller {
    pub pid: Option<u32>,
    /// Name of the process: that of the script, if it is one.
    pub program: Option<String>,
    /// Path of the program or of the script's interpreter.
    pub executable: Option<String>,
    /// Names of the processes above a shell, which says little by itself, up to one that is no shell.
    pub parents: Vec<String>,
}

/// Shells that programs start commands with.
const SHELLS: [&str; 8] = ["sh", "dash", "bash", "zsh", "fish", "ksh", "ash", "busybox"];

/// Shells above each other that are looked through.
const MAX_PARENTS: usize = 3;

impl Caller {
    /// Reads the parent of this process. Only Linux and its like tell the names without unsafe code.
    #[cfg(unix)]
    pub fn find() -> Self {
        let pid = std::os::unix::process::parent_id();
        // The parent is in another PID namespace, which only shows 0.
        if pid == 0 {
            return Self::default();
        }
        let Some((name, mut parent)) = process(pid) else { return Self { pid: Some(pid), ..Self::default() } };
        let mut parents = Vec::new();
        let mut last = name.clone();
        while SHELLS.contains(&last.as_str()) && parents.len() < MAX_PARENTS && parent > 1 {
            let Some((name, above)) = process(parent) else { break };
            parents.push(name.clone());
            (last, parent) = (name, above);
        }
        let executable = std::fs::read_link(format!("/proc/{pid}/exe")).ok();
        let executable = executable.map(|path| path.to_string_lossy().into_owned());
        Self { pid: Some(pid), program: Some(name), executable, parents }
    }

    #[cfg(not(unix))]
    pub fn find() -> Self {
        Self::default()
    }
}

/// Name and parent of a process (proc(5)).
#[cfg(unix)]
fn process(pid: u32) -> Option<(String, u32)> {
    let status = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    parse(&String::from_utf8_lossy(&status))
}

/// A name may contain parentheses and spaces; nothing after it does.
#[cfg(unix)]
fn parse(status: &str) -> Option<(String, u32)> {
    let (before, after) = status.rsplit_once(')')?;
    let (_, name) = before.split_once('(')?;
    let parent = after.split_whitespace().nth(1)?.parse().ok()?;
    Some((name.to_owned(), parent))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn name_of_a_process_may_have_parentheses() {
        assert_eq!(parse("12 (a) b (c) S 7 12 12 0"), Some(("a) b (c".to_owned(), 7)));
        for wrong in ["", "12 sh S 7", "12 (sh", "12 (sh) S"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
