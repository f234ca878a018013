//! The device page in words, in JSON and as a QR code.

use std::fmt::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use super::DevicePrompt;
use super::capabilities::TerminalCapabilities;
use super::style::{MessageLabel, bold, hyperlink, wrap};
use crate::sanitize::{single_line, strip_control};

/// Lines around a QR code that must fit on the screen with it: the words, and the line that is waited in.
const TEXT_ROWS: usize = 13;

/// The page as one event.
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

/// The page as text, without the line end. Not on a terminal it is one line, as in a log.
pub(super) fn text(page: &DevicePrompt<'_>, capabilities: &TerminalCapabilities) -> String {
    let mut text = String::new();
    if let Some(trouble) = &page.open_error {
        let _ = writeln!(text, "{}", strip_control(trouble));
    }
    if let Some(qr_code) = qr_code(page, capabilities) {
        let _ = writeln!(text, "{qr_code}");
    }
    match capabilities.is_terminal {
        true => text.push_str(&terminal_text(page, capabilities)),
        false => {
            let minutes = page.expires_in.as_secs().div_ceil(60);
            let (title, url, code) = (single_line(page.title), page.verification_uri, page.user_code);
            let _ = write!(text, "to sign in to {title}, go to {url} and enter the code {code} within {minutes}m");
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
        (true, _) => format!("opening the browser to sign in to {title}; if none appears, go to"),
        (false, true) => format!("to sign in to {title}, go on this machine to"),
        (false, false) => format!("to sign in to {title}, go on any device to"),
    };
    let url = hyperlink(&with_bold_host(page, capabilities), page.link, capabilities.can_style);
    let warning = match page.link {
        Some(_) => String::new(),
        None => {
            let warning = "this address is not https: look at it twice before you open it";
            format!("\n{}\n", MessageLabel::Warning.format(warning, capabilities.can_style))
        }
    };
    let lead = wrap(&lead, capabilities.size.map(|(columns, _)| columns.into()), "");
    format!("{lead}\n\n  {url}\n{warning}\nand enter the code\n\n{}\n", boxed(page.user_code, capabilities))
}

/// The address with its host in bold: the part that tells whose it is (RFC 8628 5.4).
fn with_bold_host(page: &DevicePrompt<'_>, capabilities: &TerminalCapabilities) -> String {
    match page.host.and_then(|host| page.verification_uri.split_once(host).map(|around| (around, host))) {
        Some(((before, after), host)) => format!("{before}{}{after}", bold(host, capabilities.can_style)),
        None => page.verification_uri.to_owned(),
    }
}

/// The code in a frame, where there is room for one.
fn boxed(code: &str, capabilities: &TerminalCapabilities) -> String {
    let width = code.width() + 4;
    let shown = bold(code, capabilities.can_style);
    if capabilities.size.is_some_and(|(columns, _)| usize::from(columns) < width + 4) {
        return format!("  {shown}");
    }
    let [top, bottom, line, side] = match capabilities.is_utf8 {
        true => [("┌", "┐"), ("└", "┘"), ("─", ""), ("│", "│")],
        false => [("+", "+"), ("+", "+"), ("-", ""), ("|", "|")],
    };
    let line = line.0.repeat(width);
    format!("  {}{line}{}\n  {}  {shown}  {}\n  {}{line}{}", top.0, top.1, side.0, side.1, bottom.0, bottom.1)
}

/// The QR code: where the person wants it, else where a terminal can show it whole beside the words.
fn qr_code(page: &DevicePrompt<'_>, capabilities: &TerminalCapabilities) -> Option<String> {
    let link = page.link.filter(|_| page.qr != Some(false))?;
    // Of a code on a screen nothing is torn off, so the least redundancy does, and gives the smallest picture.
    let code = QrCode::with_error_correction_level(link, EcLevel::L).ok()?;
    // Half as many rows as modules, four of quiet on each side (ISO/IEC 18004 5.3.8).
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

/// Black on white, whatever the terminal's own colours are.
fn black_on_white(code: &QrCode) -> String {
    let drawn = code.render::<Dense1x2>().dark_color(Dense1x2::Dark).light_color(Dense1x2::Light).build();
    let line = |line: &str| format!("\u{1b}[30;107m{line}\u{1b}[0m");
    drawn.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// In the terminal's own colours, which are light on dark more often than not; readers take the other too.
fn terminal_colors(code: &QrCode) -> String {
    code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build()
}

/// The code for the clipboard of the terminal (OSC 52), which may be on another machine than this.
fn copy_to_clipboard(page: &DevicePrompt<'_>, capabilities: &TerminalCapabilities) -> String {
    match capabilities.is_terminal && capabilities.can_animate {
        true => {
            let code = BASE64_STANDARD.encode(page.user_code);
            format!("\u{1b}]52;c;{code}\u{7}the code is on the clipboard, if your terminal allows that\n")
        }
        false => {
            let warning = "the code is not on the clipboard: there is no terminal to ask for that";
            format!("\n{}", MessageLabel::Warning.format(warning, capabilities.can_style))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
    fn address_and_code_stand_alone_on_their_lines() {
        let expected = "to sign in to Acme, go on any device to\n\n  https://id.example/device\n\nand enter the code\n\n  \
            ┌─────────────┐\n  │  WDJB-MJHT  │\n  └─────────────┘\n";
        assert_eq!(text(&page(), &TERMINAL), expected);
        let plain = text(&page(), &TerminalCapabilities { is_utf8: false, ..TERMINAL });
        assert!(plain.is_ascii() && plain.contains("|  WDJB-MJHT  |"), "{plain}");
    }

    #[test]
    fn nothing_is_wider_than_a_narrow_terminal_but_the_address_and_the_words() {
        let text = text(
            &DevicePrompt { user_code: "WDJB-MJHT", ..page() },
            &TerminalCapabilities { size: Some((14, 20)), ..TERMINAL },
        );
        assert!(text.contains("\n  WDJB-MJHT\n") && !text.contains('┌'), "{text}");
    }

    #[test]
    fn the_host_is_bold_and_the_address_a_link() {
        let text = text(&page(), &TerminalCapabilities { can_style: true, ..TERMINAL });
        assert!(text.contains("https://\u{1b}[1mid.example\u{1b}[0m/device"), "{text}");
        assert!(text.contains("\u{1b}]8;;https://id.example/device?user_code=WDJB-MJHT\u{1b}\\"), "{text}");
    }

    #[test]
    fn an_address_that_may_not_be_opened_is_neither_linked_nor_drawn() {
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
    fn in_a_log_it_is_one_line_without_escapes() {
        let log = TerminalCapabilities { is_terminal: false, can_animate: false, ..TERMINAL };
        let expected = "to sign in to Acme, go to https://id.example/device and enter the code WDJB-MJHT within 15m";
        assert_eq!(text(&DevicePrompt { qr: None, ..page() }, &log), expected);
        assert!(!text(&DevicePrompt { copy_code: true, ..page() }, &log).contains('\u{1b}'));
    }

    #[test]
    fn the_code_goes_to_the_clipboard_of_a_terminal_alone() {
        let text = text(&DevicePrompt { copy_code: true, ..page() }, &TERMINAL);
        assert!(text.contains("\u{1b}]52;c;V0RKQi1NSkhU\u{7}"), "{text}");
    }

    #[test]
    fn a_qr_code_is_drawn_where_it_fits_or_is_wanted() {
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
    fn a_qr_code_is_black_on_white_and_each_line_is_as_wide_as_the_others() {
        let page = DevicePrompt { qr: Some(true), ..page() };
        let colored = qr_code(&page, &TerminalCapabilities { can_style: true, ..TERMINAL }).expect("wanted");
        let inner = |line: &str| {
            line.strip_prefix("\u{1b}[30;107m").and_then(|line| line.strip_suffix("\u{1b}[0m")).map(str::to_owned)
        };
        let lines: Vec<String> = colored.lines().map(|line| inner(line).expect("coloured")).collect();
        let widths: Vec<usize> = lines.iter().map(|line| line.width()).collect();
        assert!(widths.iter().all(|width| *width == widths[0]), "{widths:?}");
        // The quiet zone is white, and the frame of the first finder pattern black.
        assert!(lines[0].trim().is_empty() && lines[2].starts_with("    █▀▀▀▀▀█"), "{}", lines[2]);
        let ascii = qr_code(&page, &TerminalCapabilities { is_utf8: false, ..TERMINAL }).expect("wanted");
        assert!(ascii.is_ascii() && ascii.starts_with("####"), "{ascii}");
    }

    #[test]
    fn no_other_device_is_sent_to_an_address_of_this_machine() {
        let page = DevicePrompt { is_local: true, qr: None, ..page() };
        let text = text(&page, &TERMINAL);
        assert!(text.starts_with("to sign in to Acme, go on this machine to\n") && !text.contains('█'), "{text}");
    }

    #[test]
    fn a_program_reads_one_event() {
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
