//! The clipboard of the machine with the terminal (OSC 52), also through tmux and screen.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// Program between this one and the terminal, which passes sequences on only if it is told to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Multiplexer {
    #[default]
    None,
    Tmux,
    Screen,
}

/// Bytes of a passed-on sequence that screen accepts at once: 768 with the introducer.
const SCREEN_CHUNK: usize = 512;

impl Multiplexer {
    /// Tells by `TMUX`, `STY` and `TERM`, each if it is set: over SSH only the last arrives.
    pub fn detect(tmux: Option<&str>, sty: Option<&str>, term: Option<&str>) -> Self {
        let starts_with = |name: &str| term.is_some_and(|term| term.starts_with(name));
        match (tmux, sty) {
            (Some(socket), _) if !socket.is_empty() => Self::Tmux,
            (_, Some(session)) if !session.is_empty() => Self::Screen,
            _ if starts_with("tmux") => Self::Tmux,
            _ if starts_with("screen") => Self::Screen,
            _ => Self::None,
        }
    }

    /// Sequence that copies `text` to the clipboard.
    ///
    /// tmux takes the plain sequence if `set-clipboard` is on, and passes the wrapped one on if `allow-passthrough` is, so
    /// it gets both. `screen` in `TERM` may be an older tmux, which ignores screen's form.
    pub fn copy_sequence(self, text: &str) -> String {
        let plain = format!("\x1b]52;c;{}\x07", BASE64_STANDARD.encode(text));
        match self {
            Self::None => plain,
            Self::Tmux => format!("{plain}\x1bPtmux;{}\x1b\\", plain.replace('\x1b', "\x1b\x1b")),
            Self::Screen => {
                let chunks = plain.as_bytes().chunks(SCREEN_CHUNK);
                chunks.map(|chunk| format!("\x1bP{}\x1b\\", String::from_utf8_lossy(chunk))).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiplexer_is_told_by_the_environment() {
        for (tmux, sty, term, expected) in [
            (None, None, Some("xterm-256color"), Multiplexer::None),
            (Some("/tmp/tmux-0/default,1,0"), None, Some("screen-256color"), Multiplexer::Tmux),
            (None, Some("12.pts-0"), Some("xterm"), Multiplexer::Screen),
            (None, None, Some("tmux-256color"), Multiplexer::Tmux),
            (None, None, Some("screen.xterm"), Multiplexer::Screen),
            (Some(""), Some(""), None, Multiplexer::None),
        ] {
            assert_eq!(Multiplexer::detect(tmux, sty, term), expected, "{tmux:?} {sty:?} {term:?}");
        }
    }

    #[test]
    fn copy_sequence_reaches_the_outer_terminal() {
        assert_eq!(Multiplexer::None.copy_sequence("ab"), "\x1b]52;c;YWI=\x07");
        assert_eq!(Multiplexer::Tmux.copy_sequence("ab"), "\x1b]52;c;YWI=\x07\x1bPtmux;\x1b\x1b]52;c;YWI=\x07\x1b\\");
        let long = Multiplexer::Screen.copy_sequence(&"a".repeat(2000));
        let pieces: Vec<&str> = long.split("\x1b\\").collect();
        assert!(pieces.iter().all(|piece| piece.len() < 768) && pieces.len() > 3);
        let joined: String = pieces.iter().map(|piece| piece.trim_start_matches("\x1bP")).collect();
        assert_eq!(joined, Multiplexer::None.copy_sequence(&"a".repeat(2000)));
    }
}
