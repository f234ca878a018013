//! Responses in pages: the link to the next page (RFC 8288), and one result from all of them.

use http::{HeaderMap, header};
use serde::de::IgnoredAny;

use crate::error::{Error, Result};

/// Returns the target of the first link to the next page, as written.
pub fn next_link(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(header::LINK).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(links).find(|link| link.relations.iter().any(|name| name == "next")).map(|link| link.target)
}

struct Link {
    target: String,
    /// Relation types in lower case.
    relations: Vec<String>,
}

/// Parses the links of one header (RFC 8288 B.2). Text that is no link ends the list.
fn links(header: &str) -> Vec<Link> {
    let mut found = Vec::new();
    let mut rest = header;
    while let Some((target, after)) =
        rest.trim_start_matches([' ', '\t', ',']).strip_prefix('<').and_then(|link| link.split_once('>'))
    {
        let (parameters, left) = after.split_at(end_of_link(after));
        let relation = pieces(parameters, ';').into_iter().find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim().eq_ignore_ascii_case("rel").then(|| value.trim().trim_matches('"').to_ascii_lowercase())
        });
        let relations = relation.unwrap_or_default().split_ascii_whitespace().map(str::to_owned).collect();
        found.push(Link { target: target.trim().to_owned(), relations });
        rest = left;
    }
    found
}

/// Position of the comma before the next link.
fn end_of_link(text: &str) -> usize {
    pieces(text, ',').first().map_or(text.len(), |piece| piece.len())
}

/// Splits at a separator outside quoted strings.
fn pieces(text: &str, separator: char) -> Vec<&str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(|c: char| {
        let is_end = c == separator && !is_quoted;
        is_quoted ^= c == '"' && !is_escaped;
        is_escaped = is_quoted && c == '\\' && !is_escaped;
        is_end
    })
    .collect()
}

/// Joins pages: lists to one list, other documents to lines. Numbers and the order of names stay as the server sent them.
#[derive(Debug, Default)]
pub struct PageJoiner {
    pages: usize,
    is_list: bool,
    has_items: bool,
}

impl PageJoiner {
    /// Returns what the page adds to the result.
    ///
    /// # Errors
    /// [`Error::Check`] if a page is no list and those before were.
    pub fn add(&mut self, page: &[u8]) -> Result<Vec<u8>> {
        let page = page.trim_ascii();
        let items = list_items(page);
        self.pages += 1;
        if self.pages == 1 {
            self.is_list = items.is_some();
        }
        match items {
            Some(items) if self.is_list => {
                let start: &[u8] = if self.pages == 1 { b"[" } else { b"" };
                let comma: &[u8] = if self.has_items && !items.is_empty() { b"," } else { b"" };
                self.has_items |= !items.is_empty();
                Ok([start, comma, items].concat())
            }
            None if self.is_list => Err(Error::check(format!(
                "page {} is no list as the pages before it; the result is not complete",
                self.pages
            ))),
            _ => Ok([page, b"\n"].concat()),
        }
    }

    /// Returns the end of the result.
    pub fn end(&self) -> &'static [u8] {
        if self.is_list { b"]\n" } else { b"" }
    }
}

/// Text between the brackets of a JSON list; `None` for anything else.
fn list_items(page: &[u8]) -> Option<&[u8]> {
    serde_json::from_slice::<Vec<IgnoredAny>>(page).ok()?;
    Some(page.strip_prefix(b"[")?.strip_suffix(b"]")?.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_link_is_found_among_others() {
        for (header, expected) in [
            (
                "<https://a.example/?page=2>; rel=\"next\", <https://a.example/?page=9>; rel=\"last\"",
                Some("https://a.example/?page=2"),
            ),
            ("</?p=1>; rel=prev,</?p=3,4;5>;rel=next", Some("/?p=3,4;5")),
            ("<x>; title=\"a, <evil>; rel=next\"; REL=\"start NEXT\"", Some("x")),
            ("<x>; title=\"a\\\", <evil>; rel=next\", <y>; rel=next", Some("y")),
            ("<x>; rel=nextish, <y>; title=next", None),
            ("<x; rel=next", None),
            ("x; rel=next", None),
            ("<>; rel=next", Some("")),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::LINK, header.parse().expect(header));
            assert_eq!(next_link(&headers).as_deref(), expected, "{header}");
        }
        let mut headers = HeaderMap::new();
        headers.append(header::LINK, "<a>; rel=first".parse().expect("valid"));
        headers.append(header::LINK, "<b>; rel=next".parse().expect("valid"));
        assert_eq!(next_link(&headers).as_deref(), Some("b"));
    }

    fn joined(pages: &[&str]) -> Result<String> {
        let mut joiner = PageJoiner::default();
        let mut all = Vec::new();
        for page in pages {
            all.extend(joiner.add(page.as_bytes())?);
        }
        all.extend(joiner.end());
        Ok(String::from_utf8(all).expect("UTF-8"))
    }

    /// cli/cli#5347 and cli/cli#2749: the pages together were no JSON.
    #[test]
    fn pages_of_lists_become_one_list() {
        for (pages, expected) in [
            (&["[1, 2]\n", " [3]"][..], "[1, 2,3]\n"),
            (
                &["[]", "[]", "[{\"b\":1.0,\"a\":12345678901234567890123}]", "[]", "[[]]"],
                "[{\"b\":1.0,\"a\":12345678901234567890123},[]]\n",
            ),
            (&["[]"], "[]\n"),
            (&["{\"items\":[1]}", "{\"items\":[2]}\n"], "{\"items\":[1]}\n{\"items\":[2]}\n"),
            (&["{}", "[1]"], "{}\n[1]\n"),
            (&["a", "b"], "a\nb\n"),
            (&["[1] [2]"], "[1] [2]\n"),
        ] {
            assert_eq!(joined(pages).expect("joined"), expected, "{pages:?}");
        }
        for pages in [&["[1]", "{}"][..], &["[1]", "<html>"], &["[1]", "[2"], &["[1]", ""]] {
            assert!(joined(pages).is_err_and(|error| error.exit_code() == 1), "{pages:?}");
        }
    }
}
