//! Checks the shape of the source: imports, names, sizes, unfinished work.
//!
//! The floors are those of the map at the top of `src/lib.rs`. Only code that is compiled into the program counts: a unit
//! test may import anything.

mod circles;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use circles::Modules;
use source::{Source, pattern, root, sources};

/// Modules of the crate on one level of the map.
struct Floor {
    name: &'static str,
    modules: &'static [&'static str],
    /// A module may import the modules listed before it on its own floor.
    is_layered: bool,
}

/// The floors from the bottom up. A module imports modules of lower floors.
const FLOORS: &[Floor] = &[
    Floor {
        name: "base",
        modules: &["secret", "sanitize", "error", "clock", "duration", "owner_only", "trusted_file"],
        is_layered: true,
    },
    Floor { name: "model", modules: &["session", "catalog", "config"], is_layered: true },
    Floor { name: "protocol", modules: &["oauth", "identity", "credential"], is_layered: true },
    Floor { name: "server", modules: &["server"], is_layered: false },
    Floor {
        name: "adapters",
        modules: &["browser", "callback_server", "demo", "http_client", "prompt", "store"],
        is_layered: false,
    },
    Floor { name: "context", modules: &["app"], is_layered: false },
    Floor {
        name: "commands",
        modules: &[
            "api",
            "config_file",
            "credential_setup",
            "doctor",
            "exec",
            "providers",
            "signin",
            "signout",
            "status",
            "store_move",
            "switch",
            "token",
        ],
        is_layered: false,
    },
    Floor { name: "cli", modules: &["cli", "main"], is_layered: true },
];

/// Limit of lines in a file before its tests; about 300 is the aim.
const FILE_LINES: usize = 400;

/// Limit of lines in a function.
const FUNCTION_LINES: usize = 60;

/// Limit of characters in the name of a test.
const TEST_NAME: usize = 60;

/// Type names that may occur twice because they mean the same: the arguments of a command, a result with the module's own
/// error.
const SHARED_TYPE_NAMES: &[&str] = &["Args", "Result"];

#[test]
fn modules_import_lower_floors_only() {
    let mut found = Vec::new();
    for source in library() {
        let module = source.module().remove(0);
        let imports = modules_imported(&source).into_iter();
        let wrong = imports.filter_map(|(line, imported)| Some((line, forbidden(&module, &imported)?)));
        found.extend(wrong.map(|(line, why)| format!("src/{}:{line}: {why}", source.file.display())));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn files_of_a_module_do_not_import_in_circles() {
    let circles = Modules::new(&library()).circles();
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

#[test]
fn the_map_in_lib_rs_lists_every_module_on_its_floor() {
    let map = fs::read_to_string(root().join("src/lib.rs")).expect("src/lib.rs exists");
    let found = missing_on_map(&map);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn public_type_names_are_unique() {
    let found = repeated_types(&library());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_module_has_the_name_of_a_dependency() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml exists");
    let dependencies = dependencies(&manifest);
    let shadows = |source: &Source| source.module().last().is_some_and(|name| dependencies.contains(name));
    let found: Vec<_> =
        library().into_iter().filter(shadows).map(|source| format!("src/{}", source.file.display())).collect();
    assert!(found.is_empty(), "named like a dependency: {}", found.join(", "));
}

#[test]
fn files_and_functions_are_short() {
    let mut found = Vec::new();
    for source in library() {
        let file = source.file.display();
        let lines = source.text.lines().take_while(|line| *line != "#[cfg(test)]").count();
        if lines > FILE_LINES {
            found.push(format!("src/{file}: {lines} lines before its tests, over {FILE_LINES}"));
        }
        let long = source.functions().into_iter().filter(|(_, _, lines)| *lines > FUNCTION_LINES);
        found.extend(long.map(|(name, first, lines)| format!("src/{file}:{first}: `{name}` has {lines} lines")));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn test_names_are_short() {
    let name = pattern(r"#\[test\][^{}]*?\bfn (\w+)");
    let files = ["src", "tests"].into_iter().flat_map(sources);
    let names =
        files.flat_map(|file| name.captures_iter(&file.text).map(|found| found[1].to_owned()).collect::<Vec<_>>());
    let (long, short): (Vec<_>, Vec<_>) = names.partition(|name| name.len() > TEST_NAME);
    assert!(long.is_empty() && short.len() > 100, "over {TEST_NAME} characters: {long:?}");
}

/// The lints of clippy find `dbg!` and its like.
#[test]
fn nothing_is_left_unfinished() {
    // The brackets keep this line from being a mark itself.
    let mark = pattern(r"\b(TO[D]O|FIX[M]E|XX[X])\b");
    for folder in ["src", "tests", "benches", "examples"] {
        for source in sources(folder) {
            let line = source.text.lines().position(|line| mark.is_match(line));
            assert!(line.is_none(), "{folder}/{}: line {}", source.file.display(), line.unwrap_or(0) + 1);
        }
    }
}

/// Every file of the program; without `lib.rs`, which declares the modules, and `internals.rs`, which shows them to tests.
fn library() -> Vec<Source> {
    let declares = |source: &Source| ["lib.rs", "internals.rs"].iter().any(|file| source.file == Path::new(file));
    sources("src").into_iter().filter(|source| !declares(source)).collect()
}

/// The reason why `module` must not import `imported`, if there is one.
fn forbidden(module: &str, imported: &str) -> Option<String> {
    let (Some((own, place)), Some((other, other_place))) = (floor_of(module), floor_of(imported)) else {
        let stray = if floor_of(module).is_none() { module } else { imported };
        return Some(format!("`{stray}` is on no floor: add it to FLOORS and to the map in src/lib.rs"));
    };
    let is_allowed =
        module == imported || other < own || (other == own && FLOORS[own].is_layered && other_place < place);
    (!is_allowed)
        .then(|| format!("`{module}` ({}) must not import `{imported}` ({})", FLOORS[own].name, FLOORS[other].name))
}

/// The floor of a module and its place there.
fn floor_of(module: &str) -> Option<(usize, usize)> {
    FLOORS
        .iter()
        .enumerate()
        .find_map(|(floor, Floor { modules, .. })| Some((floor, modules.iter().position(|name| *name == module)?)))
}

/// Every module of the crate that a file names by a path, with the line.
fn modules_imported(source: &Source) -> Vec<(usize, String)> {
    let depth = source.module().len();
    let top = |segments: &[String]| {
        let supers = segments.iter().take_while(|segment| *segment == "super").count();
        match segments.first()?.as_str() {
            "crate" | "mycli" => segments.get(1).cloned(),
            "super" if supers >= depth => segments.get(supers).cloned(),
            _ => None,
        }
    };
    source.paths().iter().filter_map(|path| Some((path.line, top(&path.segments)?))).collect()
}

/// Modules of the library that the map in its documentation does not list, or lists on another floor.
fn missing_on_map(library: &str) -> Vec<String> {
    let declared =
        |line: &str| Some(line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';')?.to_owned());
    let modules = library.lines().filter_map(declared).filter(|module| module != "internals");
    modules
        .filter_map(|module| {
            let names = |line: &&str| line.starts_with("//! |") && line.contains(&format!("`{module}`"));
            let Some(row) = library.lines().find(names) else {
                return Some(format!("`{module}` is not on the map in src/lib.rs"));
            };
            let Some((floor, _)) = floor_of(&module) else {
                return Some(format!("`{module}` is on no floor: add it to FLOORS"));
            };
            let (listed, floor) = (row.split('|').nth(1).unwrap_or_default().trim(), FLOORS[floor].name);
            (listed != floor).then(|| format!("the map in src/lib.rs lists `{module}` on `{listed}`, not on `{floor}`"))
        })
        .collect()
}

/// Public types of one name, unless the name may occur twice.
fn repeated_types(sources: &[Source]) -> Vec<String> {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources {
        for (name, line) in source.public_types() {
            places.entry(name).or_default().push(format!("src/{}:{line}", source.file.display()));
        }
    }
    places.retain(|name, places| places.len() > 1 && !SHARED_TYPE_NAMES.contains(&name.as_str()));
    places.into_iter().map(|(name, places)| format!("`{name}` is defined in {}", places.join(", "))).collect()
}

/// Names of the packages that the manifest depends on, as Rust code writes them.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let mut is_dependencies = false;
    let mut names = BTreeSet::new();
    for line in manifest.lines() {
        match line.split_once(" = ") {
            _ if line.starts_with('[') => is_dependencies = line.ends_with("dependencies]"),
            Some((name, _)) if is_dependencies => _ = names.insert(name.trim().replace('-', "_")),
            _ => {}
        }
    }
    names
}

#[test]
fn every_form_of_path_is_found() {
    let imported = |file: &str, text: &str| {
        let source = Source::new(file.as_ref(), text);
        modules_imported(&source).into_iter().map(|(_, module)| module).collect::<Vec<_>>()
    };
    let text = "
use crate::store::Store;
use crate::{error::Result, secret, app::{self, App}};
fn f() -> crate::http_client::HttpResponse { println!(\"{}\", crate::clock::now()); }
pub(crate) fn g(a: super::super::server::Request, b: super::sibling::Thing) {}
/// See [`crate::cli`].
// crate::app
const A: &str = \"crate::demo\";
#[cfg(test)]
mod tests {
    use crate::doctor;
}
#[cfg(test)]
use crate::callback_server;
use crate::session;
";
    let expected = ["store", "error", "secret", "app", "app", "http_client", "clock", "server", "session"];
    assert_eq!(imported("a/b.rs", text), expected);
    assert_eq!(imported("a.rs", "use super::store::Store;"), ["store"]);
    assert_eq!(imported("a/mod.rs", "use super::{store::Store, error};"), ["store", "error"]);
    assert!(imported("a/b.rs", "use super::file::File;").is_empty());
    let source = Source::new("a.rs".as_ref(), "\n\nuse crate::store;");
    assert_eq!(modules_imported(&source), [(3, "store".to_owned())]);
}

#[test]
fn imports_upwards_or_sideways_are_forbidden() {
    for (module, imported, is_forbidden) in [
        ("error", "session", true),
        ("server", "callback_server", true),
        ("token", "cli", true),
        ("token", "signin", true),
        ("session", "catalog", true),
        ("error", "duration", true),
        ("token", "utils", true),
        ("utils", "error", true),
        ("store", "error", false),
        ("cli", "token", false),
        ("http_client", "http_client", false),
        ("catalog", "session", false),
    ] {
        assert_eq!(forbidden(module, imported).is_some(), is_forbidden, "{module} imports {imported}");
    }
}

#[test]
fn every_check_finds_what_it_looks_for() {
    let map = "//! | base | `error` |\n//! | model | `secret` |\nmod error;\nmod secret;\npub mod server;\n";
    let misplaced = "the map in src/lib.rs lists `secret` on `model`, not on `base`";
    assert_eq!(missing_on_map(map), [misplaced, "`server` is not on the map in src/lib.rs"]);
    let types = [
        Source::new("a.rs".as_ref(), "pub struct Key;\npub struct Args;\nstruct Private;\npub(super) enum Inner {}"),
        Source::new(
            "b.rs".as_ref(),
            "pub(crate) enum Key {}\npub struct Args;\nstruct Private;\npub(super) enum Inner {}",
        ),
    ];
    assert_eq!(repeated_types(&types), ["`Key` is defined in src/a.rs:1, src/b.rs:1"]);
    let functions =
        Source::new("a.rs".as_ref(), "fn short() {}\nimpl A {\n    pub fn long() {\n        f();\n    }\n}\n")
            .functions();
    assert_eq!(functions, [("short".to_owned(), 1, 1), ("long".to_owned(), 3, 3)]);
    let manifest = "[package]\nname = \"x\"\n[target.'cfg(unix)'.dev-dependencies]\nproc-macro2 = \"1\"\n";
    assert_eq!(dependencies(manifest), ["proc_macro2".to_owned()].into());
}
