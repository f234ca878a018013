//! Text that the script of a shell reads: a line `words`, `files` or `command`, and below `words` a line for each
//! candidate.

use super::candidates::{Candidate, Reply};
use super::shell::Shell;
use super::shell_words::TypedWords;

pub fn render(typed: &TypedWords, shell: Shell, reply: Reply) -> String {
    match reply {
        Reply::Words(found) => {
            let lines = found.iter().filter_map(|candidate| line(typed, shell, candidate));
            lines.fold("words\n".to_owned(), |text, line| text + &line + "\n")
        }
        Reply::Files => "files\n".to_owned(),
        Reply::Foreign => "command\n".to_owned(),
    }
}

fn line(typed: &TypedWords, shell: Shell, candidate: &Candidate) -> Option<String> {
    let Candidate { value, description } = candidate;
    let value = typed.quote(value, shell)?;
    Some(match shell {
        Shell::Bash => value,
        // The form that `_describe` reads.
        Shell::Zsh => {
            let value = value.replace('\\', r"\\").replace(':', r"\:");
            if description.is_empty() { value } else { format!("{value}:{description}") }
        }
        _ if description.is_empty() => value,
        _ => format!("{value}\t{description}"),
    })
}
