//! Source files and what their tokens hold: paths, functions, public types. Unit tests in a file do not count.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A source file below `src`.
pub struct Source {
    /// Path relative to the folder searched, such as `store/file.rs`.
    pub file: PathBuf,
    /// Text of the whole file.
    pub text: String,
}

impl Source {
    /// Names of the modules around the code of the file: `store/file.rs` is `["store", "file"]`, `main.rs` is `["main"]`.
    pub fn module(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
        if names.last().is_some_and(|name| name == "mod" || name == "lib") {
            names.pop();
        }
        names
    }

    /// Every path in the code, outside tests.
    pub fn paths(&self) -> Vec<ImportPath> {
        let mut found = Vec::new();
        find_paths(&self.tokens(), &mut found);
        found
    }

    /// Every function outside tests, with its first and its last line.
    pub fn functions(&self) -> Vec<(String, usize, usize)> {
        let mut found = Vec::new();
        find_functions(&self.tokens(), &mut found);
        found
    }

    /// Every type that code outside the module can name, with its line.
    pub fn public_types(&self) -> Vec<(String, usize)> {
        let mut found = Vec::new();
        find_public_types(&self.tokens(), &mut found);
        found
    }

    /// How often an identifier occurs outside tests.
    pub fn occurrences(&self, name: &str) -> usize {
        count(&self.tokens(), name)
    }

    fn tokens(&self) -> Vec<TokenTree> {
        tokens(self.text.parse().expect("the source compiles"))
    }
}

/// A path, such as `crate::store::FileStore`; one of a `use` with braces for each name in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportPath {
    pub line: usize,
    pub segments: Vec<String>,
    /// Name that the path has in the file: the last segment, or the one after `as`.
    pub name: String,
    /// Part of a `use`.
    pub is_import: bool,
    /// Part of a `pub use`.
    pub is_reexport: bool,
}

/// Every Rust file below `folder`, which is relative to the repository; none if the folder does not exist.
pub fn sources(folder: &str) -> Vec<Source> {
    let top = root().join(folder);
    let mut pending = vec![top.clone()];
    let mut found = Vec::new();
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() && !path.ends_with("node_modules") {
                pending.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source file is text");
                found.push(Source { file: path.strip_prefix(&top).expect("found below it").to_owned(), text });
            }
        }
    }
    found.sort_by(|a, b| a.file.cmp(&b.file));
    found
}

/// The repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file that does not exist, for the tests of the checks.
pub fn source(file: &str, text: &str) -> Source {
    Source { file: Path::new(file).to_owned(), text: text.to_owned() }
}

/// The tokens, without items that only tests compile.
fn tokens(stream: TokenStream) -> Vec<TokenTree> {
    let all: Vec<TokenTree> = stream.into_iter().collect();
    let (mut kept, mut rest) = (Vec::new(), &all[..]);
    while let [first, after @ ..] = rest {
        rest = after;
        match first {
            TokenTree::Punct(mark) if mark.as_char() == '#' && is_test_attribute(after) => rest = after_item(after),
            other => kept.push(other.clone()),
        }
    }
    kept
}

fn inside(group: &Group) -> Vec<TokenTree> {
    tokens(group.stream())
}

fn is_test_attribute(after: &[TokenTree]) -> bool {
    matches!(after, [TokenTree::Group(group), ..] if group.stream().to_string().replace(' ', "") == "cfg(test)")
}

/// The tokens after the item that an attribute precedes: after its braces or its semicolon.
fn after_item(tokens: &[TokenTree]) -> &[TokenTree] {
    let end = tokens.iter().position(|token| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(mark) => mark.as_char() == ';',
        _ => false,
    });
    end.map_or(&[], |end| &tokens[end + 1..])
}

fn is_word(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(found)) if *found == word)
}

fn find_paths(tokens: &[TokenTree], found: &mut Vec<ImportPath>) {
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token {
            TokenTree::Ident(word) if *word == "use" => {
                let is_reexport = is_public(&tokens[..at]);
                let end = tokens[at..].iter().position(|token| is_mark(Some(token), ';')).unwrap_or(tokens.len() - at);
                let first = found.len();
                for part in split_at_commas(&tokens[at + 1..at + end]) {
                    expand(part, &[], found);
                }
                found[first..].iter_mut().for_each(|path| (path.is_import, path.is_reexport) = (true, is_reexport));
                at += end;
            }
            TokenTree::Ident(_) if is_separator(&tokens[at + 1..]) => {
                let length = path_length(&tokens[at..]);
                expand(&tokens[at..at + length], &[], found);
                at += length;
            }
            // `pub(in path)` imports nothing.
            TokenTree::Group(group) if !is_word(group.stream().into_iter().next().as_ref(), "in") => {
                let first = found.len();
                find_paths(&inside(group), found);
                if at >= 2 && is_word(tokens.get(at - 2), "mod") {
                    found[first..].iter_mut().for_each(leave_inline_module);
                }
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// Makes a path of a module with a body in the same file one of that file.
fn leave_inline_module(path: &mut ImportPath) {
    if path.segments.first().is_some_and(|segment| segment == "super") {
        path.segments.remove(0);
        if path.segments.first().is_none_or(|segment| segment != "super") {
            path.segments.insert(0, "self".to_owned());
        }
    }
}

/// Whether the tokens end with `pub` or `pub(…)`.
fn is_public(before: &[TokenTree]) -> bool {
    match before {
        [.., word, TokenTree::Group(group)] if group.delimiter() == Delimiter::Parenthesis => {
            is_word(Some(word), "pub")
        }
        _ => is_word(before.last(), "pub"),
    }
}

fn is_mark(token: Option<&TokenTree>, mark: char) -> bool {
    matches!(token, Some(TokenTree::Punct(found)) if found.as_char() == mark)
}

/// Whether the tokens begin with `::`.
fn is_separator(tokens: &[TokenTree]) -> bool {
    is_mark(tokens.first(), ':') && is_mark(tokens.get(1), ':')
}

/// How many tokens the path at the start of `tokens` has.
fn path_length(tokens: &[TokenTree]) -> usize {
    let mut length = 1;
    while is_separator(&tokens[length..]) && matches!(tokens.get(length + 2), Some(TokenTree::Ident(_))) {
        length += 3;
    }
    length
}

/// The path that `tokens` start with, after `before`, or each path of the braces that the path ends with.
fn expand(tokens: &[TokenTree], before: &[String], found: &mut Vec<ImportPath>) {
    let mut segments = before.to_vec();
    let mut rest = tokens;
    loop {
        match rest {
            [TokenTree::Ident(word), after @ ..] => {
                if *word != "self" || segments.is_empty() {
                    segments.push(word.to_string());
                }
                if is_separator(after) {
                    rest = &after[2..];
                    continue;
                }
                let name = match after {
                    [renames, TokenTree::Ident(name), ..] if is_word(Some(renames), "as") => name.to_string(),
                    _ => segments.last().cloned().unwrap_or_default(),
                };
                let line = word.span().start().line;
                found.push(ImportPath { line, segments, name, is_import: false, is_reexport: false });
            }
            [TokenTree::Group(group), ..] if group.delimiter() == Delimiter::Brace => {
                for part in split_at_commas(&inside(group)) {
                    expand(part, &segments, found);
                }
            }
            [TokenTree::Punct(mark), ..] if mark.as_char() == '*' => {
                let line = mark.span().start().line;
                segments.push("*".to_owned());
                found.push(ImportPath { line, segments, name: "*".into(), is_import: false, is_reexport: false });
            }
            _ => {}
        }
        return;
    }
}

fn split_at_commas(tokens: &[TokenTree]) -> impl Iterator<Item = &[TokenTree]> {
    tokens.split(|token| is_mark(Some(token), ','))
}

fn find_functions(tokens: &[TokenTree], found: &mut Vec<(String, usize, usize)>) {
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(word) if *word == "fn" => {
                let Some(TokenTree::Ident(name)) = tokens.get(at + 1) else { continue };
                if is_test(&tokens[..at]) {
                    continue;
                }
                let body = tokens[at..].iter().find_map(|token| match token {
                    TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(Some(group)),
                    TokenTree::Punct(mark) if mark.as_char() == ';' => Some(None),
                    _ => None,
                });
                if let Some(Some(body)) = body {
                    found.push((name.to_string(), word.span().start().line, body.span_close().end().line));
                }
            }
            TokenTree::Group(group) => find_functions(&inside(group), found),
            _ => {}
        }
    }
}

/// Whether the tokens end with `#[test]`.
fn is_test(before: &[TokenTree]) -> bool {
    matches!(before, [.., TokenTree::Group(group)] if group.stream().to_string() == "test")
}

fn find_public_types(tokens: &[TokenTree], found: &mut Vec<(String, usize)>) {
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(word) if *word == "pub" => {
                let scope = match tokens.get(at + 1) {
                    Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                        group.stream().to_string()
                    }
                    _ => String::new(),
                };
                let kind = at + 1 + usize::from(!scope.is_empty());
                let is_type = ["struct", "enum", "trait", "type", "union"].iter().any(|k| is_word(tokens.get(kind), k));
                if let (true, "" | "crate", Some(TokenTree::Ident(name))) = (is_type, &*scope, tokens.get(kind + 1)) {
                    found.push((name.to_string(), name.span().start().line));
                }
            }
            TokenTree::Group(group) => find_public_types(&inside(group), found),
            _ => {}
        }
    }
}

fn count(tokens: &[TokenTree], name: &str) -> usize {
    let one = |token: &TokenTree| match token {
        TokenTree::Ident(word) => usize::from(*word == name),
        TokenTree::Group(group) => count(&inside(group), name),
        _ => 0,
    };
    tokens.iter().map(one).sum()
}
