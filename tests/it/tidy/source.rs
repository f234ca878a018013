//! Source files and what they hold: paths, functions, public types. Unit tests in a file do not count. The text is that of
//! `rustfmt`: an item ends at a line with its own indentation.

use std::cell::OnceCell;
use std::fs;
use std::path::{Path, PathBuf};

use regex::{Captures, Regex};

/// A source file below `src`.
pub struct Source {
    /// Path relative to the folder searched, such as `store/file.rs`.
    pub file: PathBuf,
    /// Text of the whole file.
    pub text: String,
    code: OnceCell<String>,
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

impl Source {
    pub fn new(file: &Path, text: &str) -> Self {
        Self { file: file.to_owned(), text: text.to_owned(), code: OnceCell::new() }
    }

    /// The text without comments, contents of strings and items that only tests compile; lines keep their numbers.
    fn code(&self) -> &str {
        let hidden = r###"(?s)//[^\n]*|r##".*?"##|r#".*?"#|'(?:\\.|[^'\\])'|"(?:\\.|[^"\\])*""###;
        // The space keeps what follows a string from looking like the end of an item.
        let lines = |hidden: &Captures<'_>| "\n".repeat(hidden[0].matches('\n').count()) + " ";
        self.code.get_or_init(|| without_tests(&pattern(hidden).replace_all(&self.text, lines)))
    }

    /// Names of the modules around the code of the file: `store/file.rs` is `["store", "file"]`, `main.rs` is `["main"]`.
    pub fn module(&self) -> Vec<String> {
        let names = self.file.with_extension("");
        let names = names.iter().map(|part| part.to_string_lossy().into_owned());
        names.filter(|name| name != "mod" && name != "lib").collect()
    }

    /// Every path in the code.
    pub fn paths(&self) -> Vec<ImportPath> {
        let line = |at: usize| self.code()[..at].matches('\n').count() + 1;
        // `pub(in path)` imports nothing.
        let path = pattern(
            r"(?:(?P<pub>pub(?:\([A-Za-z0-9_]+\))?) )?(?-u:\b)use (?P<tree>[^;]+);|pub\(in [^)]*\)|(?P<path>[A-Za-z0-9_]+(?:::[A-Za-z0-9_]+)+)",
        );
        let found = path.captures_iter(self.code()).flat_map(|found| {
            let (line, is_reexport) = (line(found.get(0).expect("the match").start()), found.name("pub").is_some());
            let tree = found.name("tree").map(|tree| expand(tree.as_str()));
            let is_import = tree.is_some();
            let paths =
                tree.unwrap_or_else(|| found.name("path").map(|path| path.as_str().to_owned()).into_iter().collect());
            paths.into_iter().map(move |path| import_path(&path, line, is_import, is_reexport)).collect::<Vec<_>>()
        });
        found.collect()
    }

    /// Every function, with its first line and the number of its lines.
    pub fn functions(&self) -> Vec<(String, usize, usize)> {
        let function = pattern(r"^( *)(?:pub(?:\([^)]*\))? )?(?:const |async |unsafe )*fn ([A-Za-z0-9_]+)");
        let lines: Vec<&str> = self.code().lines().collect();
        let found = lines.iter().enumerate().filter_map(|(at, line)| Some((at, function.captures(line)?)));
        found.map(|(at, found)| (found[2].to_owned(), at + 1, item_length(&lines[at..]))).collect()
    }

    /// Every type that code outside the module can name, with its line.
    pub fn public_types(&self) -> Vec<(String, usize)> {
        let item = pattern(r"^ *pub(?:\(crate\))? (?:struct|enum|trait|type|union) ([A-Za-z0-9_]+)");
        let lines = self.code().lines().enumerate();
        lines.filter_map(|(at, line)| Some((item.captures(line)?[1].to_owned(), at + 1))).collect()
    }

    /// How often an identifier occurs.
    pub fn occurrences(&self, name: &str) -> usize {
        pattern(&format!(r"(?-u:\b){name}(?-u:\b)")).find_iter(self.code()).count()
    }
}

/// Every Rust file below `folder`, which is relative to the repository; none if the folder does not exist.
pub fn sources(folder: &str) -> Vec<Source> {
    let top = root().join(folder);
    let (mut pending, mut found) = (vec![top.clone()], Vec::new());
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() && !path.ends_with("node_modules") {
                pending.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source file is text");
                found.push(Source::new(path.strip_prefix(&top).expect("found below it"), &text));
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

pub fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern")
}

fn without_tests(code: &str) -> String {
    let lines: Vec<&str> = code.lines().collect();
    let (mut kept, mut at) = (String::new(), 0);
    while let Some(line) = lines.get(at) {
        let is_test = ["#[cfg(test)]", "#[cfg(all(test"].iter().any(|start| line.trim_start().starts_with(start));
        let length = if is_test { item_length(&lines[at..]) } else { 1 };
        kept += &if is_test { "\n".repeat(length) } else { format!("{line}\n") };
        at += length;
    }
    kept
}

/// Number of lines of the item that starts with the first line: up to one of the same indentation that ends an item.
fn item_length(lines: &[&str]) -> usize {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let ends = |line: &&str| indent(line) == indent(lines[0]) && line.trim_end().ends_with([';', '}', ',']);
    lines.iter().position(ends).map_or(lines.len(), |last| last + 1)
}

/// Each path of the tree of a `use`.
fn expand(tree: &str) -> Vec<String> {
    let Some((before, names)) = tree.split_once('{') else { return vec![tree.trim().to_owned()] };
    let mut depth = 0;
    let is_end = |c: char| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    };
    let names = names.trim_end().strip_suffix('}').expect("braces end a tree").split(is_end);
    let names = names.map(str::trim).filter(|name| !name.is_empty());
    names.flat_map(|name| expand(&format!("{}{name}", before.trim()))).collect()
}

fn import_path(path: &str, line: usize, is_import: bool, is_reexport: bool) -> ImportPath {
    let (path, renamed) = path.split_once(" as ").map_or((path, None), |(path, name)| (path, Some(name.to_owned())));
    let mut segments: Vec<String> = path.split("::").map(str::to_owned).collect();
    if segments.len() > 1 {
        segments.pop_if(|last| last == "self");
    }
    let name = renamed.or_else(|| segments.last().cloned()).unwrap_or_default();
    ImportPath { line, segments, name, is_import, is_reexport }
}
