//! Prompt of the device flow, as text, as JSON and with a QR code.

use std::fmt::Write;

use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use super::DevicePrompt;
use super::capabilities::TerminalCapabilities;
use super::style::{MessageLabel, bold, hyperlink, wrap};
use crate::sanitize::{single_line, strip_control};

/// Rows of text that must fit on the screen with a QR code, including the spinner.
const TEXT_ROWS: usize = 13;

/// Returns the prompt as a JSON event.
pub(super) fn event(page: &DevicePrompt<'_>) -> Value {
    json!({
        "event": "device",
        "verification_uri": page.verification_uri,
        "verification_uri_complete": page.verification_uri_complete,
        "user_code": page.user_code,
        "expires_in": page.expires_in.as_secs(),
        "opened": page.opened,
    })
}

/// Returns the prompt as text without a final newline; one line if stderr is not a terminal.
pub(super) fn text(page: &DevicePrompt<'_>, capabilities: &TerminalCapabilities) -> String {
    let mut text = String::new();
    if let Some(error) = &page.open_error {
        let _ = writeln!(text, "{}", strip_control(error));
    }
    if let Some(qr_code) = qr_code(page, capabilities) {
        let _ = writeln!(text, "{qr_code}");
    }
    match capabilities.is_terminal {
        true => text.push_str(&terminal_text(page, capabilities)),
        false => {
            let minutes = page.expires_in.as_secs().div_ceil(60);
            let (title, url, code) = (single_line(page.title), page.verification_uri, page.user_code);
            let _ = write!(text, "To sign in to {title}, visit {url} and enter the code {code} within {minutes}m");
        }
    }
    if page.copy_code {
        text.push_str(&copy_to_clipboard(page, capabilities));
    }
    text
}

fn terminal_text(page: &DevicePrompt<'_>, capabilities: &TerminalCapabilities) -> String {
    let title = single_line(page.title);
    let lead = match (page.opened, page.is_local) {
        (true, _) => format!("Opening your browser to sign in to {title}. If it does not open, visit:"),
        (false, true) => format!("To sign in to {title}, visit this URL on this machine:"),
        (false, false) => format!("To sign in to {title}, visit this URL on any device:"),
    };
    let url = hyperlink(&with_bold_host(page, capabilities), page.link, capabilities.can_style);
    let warning = match page.link {
        Some(_) => String::new(),
        None => {
            let warning = "this URL is not https; check it before you open it";
            format!("\n{}\n", MessageLabel::Warning.format(warning, capabilities.can_style))
        }
    };
    let lead = wrap(&lead, capabilities.columns(), "");
    format!("{lead}\n\n  {url}\n{warning}\nEnter the code:\n\n{}\n", boxed(page.user_code, capabilities))
}

/// Returns the URI with its host in bold, because the host identifies the provider (RFC 8628 5.4).
fn with_bold_host(page: &DevicePrompt<'_>, capabilities: &TerminalCapabilities) -> String {
    match page.host.and_then(|host| page.verification_uri.split_once(host).map(|around| (around, host))) {
        Some(((before, after), host)) => format!("{before}{}{after}", bold(host, capabilities.can_style)),
        None => page.verification_uri.to_owned(),
    }
}

/// Draws a box around the code if the terminal is wide enough.
fn boxed(code: &str, capabilities: &TerminalCapabilities) -> String {
    let width = code.width() + 4;
    let shown = bold(code, capabilities.can_style);
    if capabilities.size.is_some_and(|(columns, _)| usize::from(columns) < width + 4) {
        return format!("  {shown}");
    }
    let ([a, b, c, d], side, line) = match capabilities.is_utf8 {
        true => (["┌", "┐", "└", "┘"], "│", "─".repeat(width)),
        false => (["+"; 4], "|", "-".repeat(width)),
    };
    format!("  {a}{line}{b}\n  {side}  {shown}  {side}\n  {c}{line}{d}")
}

/// Draws the QR code if the user asks for one, or by default if the terminal has room for the code and the text.
fn qr_code(page: &DevicePrompt<'_>, capabilities: &TerminalCapabilities) -> Option<String> {
    let link = page.link.filter(|_| page.qr != Some(false))?;
    // The lowest error correction gives the smallest picture; a code on a screen is never damaged.
    let code = QrCode::with_error_correction_level(link, EcLevel::L).ok()?;
    // A row shows two modules; the quiet zone is four modules on each side (ISO/IEC 18004 5.3.8).
    let modules = code.width() + 8;
    let fits = capabilities.size.is_some_and(|(columns, rows)| {
        usize::from(columns) >= modules && usize::from(rows) >= modules.div_ceil(2) + TEXT_ROWS
    });
    let is_default = capabilities.is_terminal
        && capabilities.can_animate
        && capabilities.is_utf8
        && !capabilities.quiet
        && !page.is_local
        && fits;
    (is_default || page.qr == Some(true)).then(|| match (capabilities.is_utf8, capabilities.can_style) {
        (true, true) => black_on_white(&code),
        (true, false) => terminal_colors(&code),
        (false, _) => code.render().dark_color("  ").light_color("##").build(),
    })
}

/// Draws black on white, independent of the colors of the terminal.
fn black_on_white(code: &QrCode) -> String {
    let drawn = code.render::<Dense1x2>().dark_color(Dense1x2::Dark).light_color(Dense1x2::Light).build();
    let line = |line: &str| format!("\u{1b}[30;107m{line}\u{1b}[0m");
    drawn.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Draws in the colors of the terminal, which are usually light on dark; scanners accept inverted codes too.
fn terminal_colors(code: &QrCode) -> String {
    code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build()
}

/// Returns the sequence that copies the code to the clipboard (OSC 52) of the machine with the terminal.
fn copy_to_clipboard(page: &DevicePrompt<'_>, capabilities: &TerminalCapabilities) -> String {
    match capabilities.is_terminal && capabilities.can_animate {
        true => {
            let copy = capabilities.multiplexer.copy_sequence(page.user_code);
            format!("{copy}Copied the code to the clipboard, if your terminal allows it.\n")
        }
        false => {
            let warning = "could not copy the code to the clipboard: stderr is not a terminal";
            format!("\n{}", MessageLabel::Warning.format(warning, capabilities.can_style))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Multiplexer;
    use super::*;

    const TERMINAL: TerminalCapabilities = TerminalCapabilities {
        json: false,
        quiet: false,
        verbose: false,
        is_terminal: true,
        has_keyboard: true,
        can_prompt: true,
        can_animate: true,
        can_style: false,
        is_utf8: true,
        size: Some((80, 50)),
        multiplexer: Multiplexer::None,
    };

    fn page() -> DevicePrompt<'static> {
        DevicePrompt {
            title: "Acme",
            verification_uri: "https://id.example/device",
            host: Some("id.example"),
            is_local: false,
            link: Some("https://id.example/device?user_code=WDJB-MJHT"),
            verification_uri_complete: Some("https://id.example/device?user_code=WDJB-MJHT"),
            user_code: "WDJB-MJHT",
            expires_in: Duration::from_secs(900),
            opened: false,
            open_error: None,
            qr: Some(false),
            copy_code: false,
        }
    }

    #[test]
    fn url_and_code_are_on_separate_lines() {
        let expected = "To sign in to Acme, visit this URL on any device:\n\n  https://id.example/device\n\n\
            Enter the code:\n\n  ┌─────────────┐\n  │  WDJB-MJHT  │\n  └─────────────┘\n";
        assert_eq!(text(&page(), &TERMINAL), expected);
        let plain = text(&page(), &TerminalCapabilities { is_utf8: false, ..TERMINAL });
        assert!(plain.is_ascii() && plain.contains("|  WDJB-MJHT  |"), "{plain}");
    }

    #[test]
    fn narrow_terminals_show_the_code_without_a_box() {
        let text = text(
            &DevicePrompt { user_code: "WDJB-MJHT", ..page() },
            &TerminalCapabilities { size: Some((14, 20)), ..TERMINAL },
        );
        assert!(text.contains("\n  WDJB-MJHT\n") && !text.contains('┌'), "{text}");
    }

    #[test]
    fn host_is_bold_and_the_uri_is_a_link() {
        let text = text(&page(), &TerminalCapabilities { can_style: true, ..TERMINAL });
        assert!(text.contains("https://\u{1b}[1mid.example\u{1b}[0m/device"), "{text}");
        assert!(text.contains("\u{1b}]8;;https://id.example/device?user_code=WDJB-MJHT\u{1b}\\"), "{text}");
    }

    #[test]
    fn insecure_uris_get_no_link_and_no_qr_code() {
        let page = DevicePrompt {
            verification_uri: "http://id.example/",
            host: None,
            link: None,
            verification_uri_complete: None,
            qr: Some(true),
            ..page()
        };
        let text = text(&page, &TerminalCapabilities { can_style: true, ..TERMINAL });
        assert!(!text.contains("\u{1b}]8") && !text.contains('▀') && text.contains("not https"), "{text}");
    }

    #[test]
    fn logs_get_one_line_without_escapes() {
        let log = TerminalCapabilities { is_terminal: false, can_animate: false, ..TERMINAL };
        let expected = "To sign in to Acme, visit https://id.example/device and enter the code WDJB-MJHT within 15m";
        assert_eq!(text(&DevicePrompt { qr: None, ..page() }, &log), expected);
        assert!(!text(&DevicePrompt { copy_code: true, ..page() }, &log).contains('\u{1b}'));
    }

    #[test]
    fn code_is_copied_with_osc_52() {
        let text = text(&DevicePrompt { copy_code: true, ..page() }, &TERMINAL);
        assert!(text.contains("\u{1b}]52;c;V0RKQi1NSkhU\u{7}"), "{text}");
    }

    #[test]
    fn qr_code_is_drawn_if_it_fits_or_is_requested() {
        let log = TerminalCapabilities { is_terminal: false, can_animate: false, size: None, ..TERMINAL };
        for (qr, capabilities, expected) in [
            (None, TERMINAL, true),
            (Some(true), TERMINAL, true),
            (Some(false), TERMINAL, false),
            (None, TerminalCapabilities { size: Some((30, 50)), ..TERMINAL }, false),
            (None, TerminalCapabilities { size: Some((80, 24)), ..TERMINAL }, false),
            (Some(true), TerminalCapabilities { size: Some((80, 24)), ..TERMINAL }, true),
            (None, TerminalCapabilities { is_utf8: false, ..TERMINAL }, false),
            (None, TerminalCapabilities { quiet: true, ..TERMINAL }, false),
            (None, log, false),
            (Some(true), log, true),
        ] {
            let is_drawn = qr_code(&DevicePrompt { qr, ..page() }, &capabilities).is_some();
            assert_eq!(is_drawn, expected, "{qr:?} {capabilities:?}");
        }
    }

    #[test]
    fn qr_code_is_black_on_white_with_equal_line_widths() {
        let page = DevicePrompt { qr: Some(true), ..page() };
        let colored = qr_code(&page, &TerminalCapabilities { can_style: true, ..TERMINAL }).expect("requested");
        let inner = |line: &str| {
            line.strip_prefix("\u{1b}[30;107m").and_then(|line| line.strip_suffix("\u{1b}[0m")).map(str::to_owned)
        };
        let lines: Vec<String> = colored.lines().map(|line| inner(line).expect("colored line")).collect();
        let widths: Vec<usize> = lines.iter().map(|line| line.width()).collect();
        assert!(widths.iter().all(|width| *width == widths[0]), "{widths:?}");
        // The quiet zone is white, and the border of the first finder pattern is black.
        assert!(lines[0].trim().is_empty() && lines[2].starts_with("    █▀▀▀▀▀█"), "{}", lines[2]);
        let ascii = qr_code(&page, &TerminalCapabilities { is_utf8: false, ..TERMINAL }).expect("requested");
        assert!(ascii.is_ascii() && ascii.starts_with("####"), "{ascii}");
    }

    #[test]
    fn local_uris_are_not_offered_to_other_devices() {
        let page = DevicePrompt { is_local: true, qr: None, ..page() };
        let text = text(&page, &TERMINAL);
        assert!(
            text.starts_with("To sign in to Acme, visit this URL on this machine:\n") && !text.contains('█'),
            "{text}"
        );
    }

    #[test]
    fn json_output_is_one_event() {
        let expected = json!({
            "event": "device",
            "verification_uri": "https://id.example/device",
            "verification_uri_complete": "https://id.example/device?user_code=WDJB-MJHT",
            "user_code": "WDJB-MJHT",
            "expires_in": 900,
            "opened": false,
        });
        assert_eq!(event(&page()), expected);
    }
}
