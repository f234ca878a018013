//! Checks the shape of the source: imports, names, sizes, unfinished work.
//!
//! The floors are those of the map at the top of `src/lib.rs`. Only code that is compiled into the program counts: a unit
//! test may import anything.

mod circles;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use circles::Modules;
use source::{Source, root, sources};

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
    Floor { name: "protocol", modules: &["oauth", "identity"], is_layered: true },
    Floor { name: "server", modules: &["server"], is_layered: false },
    Floor {
        name: "adapters",
        modules: &["browser", "callback_server", "demo", "http_client", "prompt", "store"],
        is_layered: false,
    },
    Floor { name: "context", modules: &["app"], is_layered: false },
    Floor {
        name: "commands",
        modules: &["doctor", "exec", "providers", "signin", "signout", "status", "store_move", "switch", "token"],
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

/// Functions over the limit with their length; the list may only shrink.
const LONG_FUNCTIONS: &[(&str, &str, usize)] = &[];

/// Type names that may occur twice because they mean the same: the arguments of a command, a result with the module's own
/// error.
const SHARED_TYPE_NAMES: &[&str] = &["Args", "Result"];

/// Marks of unfinished work, in two halves so that this file does not contain them.
const UNFINISHED: &[(&str, &str)] =
    &[("TO", "DO"), ("FIX", "ME"), ("XX", "X"), ("todo", "!"), ("unimple", "mented!"), ("db", "g!")];

#[test]
fn modules_import_lower_floors_only() {
    let found: Vec<_> = library()
        .iter()
        .flat_map(|source| {
            let module = source.module().remove(0);
            let file = source.file.display().to_string();
            let check = move |(line, imported): (usize, String)| Some((line, forbidden(&module, &imported)?));
            modules_imported(source)
                .into_iter()
                .filter_map(check)
                .map(move |(line, why)| format!("src/{file}:{line}: {why}"))
        })
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn files_of_a_module_do_not_import_in_circles() {
    let sources = library();
    let circles: Vec<_> = Modules::new(&sources).circles().iter().map(ToString::to_string).collect();
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
fn files_are_short() {
    let long = |source: &Source| {
        let lines = lines_before_tests(&source.text);
        (lines > FILE_LINES).then(|| format!("src/{}: {lines} lines before its tests", source.file.display()))
    };
    let found: Vec<_> = library().iter().filter_map(long).collect();
    assert!(found.is_empty(), "over {FILE_LINES} lines:\n{}", found.join("\n"));
}

#[test]
fn test_names_are_short() {
    let files = ["src", "tests"].map(|folder| rust_files(&root().join(folder))).concat();
    let found: Vec<_> = files.iter().flat_map(|text| long_test_names(text)).collect();
    assert!(found.is_empty(), "over {TEST_NAME} characters: {found:?}");
}

#[test]
fn functions_are_short() {
    let found = long_functions(&library(), LONG_FUNCTIONS);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn nothing_is_left_unfinished() {
    let found: Vec<_> = ["src", "tests", "benches", "examples"]
        .into_iter()
        .flat_map(|folder| {
            sources(folder).into_iter().map(move |source| (Path::new(folder).join(source.file), source.text))
        })
        .flat_map(|(file, text)| {
            unfinished(&text).into_iter().map(move |(line, word)| format!("{}:{line}: `{word}`", file.display()))
        })
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
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

/// Functions over the limit that `known` does not list, and rows of `known` that no longer hold.
fn long_functions(sources: &[Source], known: &[(&str, &str, usize)]) -> Vec<String> {
    let (mut found, mut confirmed) = (Vec::new(), BTreeSet::new());
    for source in sources {
        let file = source.file.display().to_string();
        for (name, first, last) in source.functions() {
            let lines = last - first + 1;
            let row = known.iter().find(|(path, function, _)| *path == file && *function == name);
            match row {
                Some((.., most)) if lines > FUNCTION_LINES && lines <= *most => _ = confirmed.insert(row),
                _ if lines > FUNCTION_LINES => {
                    found.push(format!("src/{file}:{first}: `{name}` has {lines} lines, over {FUNCTION_LINES}"));
                }
                _ => {}
            }
        }
    }
    let outdated = known.iter().filter(|row| !confirmed.contains(&Some(row)));
    found.extend(outdated.map(|(file, name, _)| format!("LONG_FUNCTIONS: remove `{name}` of src/{file}")));
    found
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

/// Texts of the Rust files below a folder.
fn rust_files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("readable").path());
    let texts = |path: PathBuf| match path.extension().is_some_and(|extension| extension == "rs") {
        true => vec![fs::read_to_string(path).expect("UTF-8")],
        false if path.is_dir() && !path.ends_with("node_modules") => rust_files(&path),
        false => Vec::new(),
    };
    entries.flat_map(texts).collect()
}

/// Names of tests that are over the limit.
fn long_test_names(text: &str) -> Vec<String> {
    let names = text.split("#[test]").skip(1).filter_map(|test| test.split_once("fn ")?.1.split('(').next());
    names.filter(|name| name.len() > TEST_NAME).map(str::to_owned).collect()
}

fn lines_before_tests(text: &str) -> usize {
    text.lines().take_while(|line| *line != "#[cfg(test)]").count()
}

fn unfinished(text: &str) -> Vec<(usize, String)> {
    let words: Vec<String> = UNFINISHED.iter().map(|(first, second)| format!("{first}{second}")).collect();
    let marks = |line: &str| words.iter().find(|word| has_word(line, word)).cloned();
    text.lines().enumerate().filter_map(|(index, line)| Some((index + 1, marks(line)?))).collect()
}

/// Whether `line` has `word` with no letter, digit or underscore before it or, unless it ends with `!`, after it.
fn has_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && (word.ends_with('!') || !after.is_some_and(is_part))
    })
}

mod tests {
    use super::source::source;
    use super::*;

    fn imported(file: &str, text: &str) -> Vec<String> {
        modules_imported(&source(file, text)).into_iter().map(|(_, module)| module).collect()
    }

    #[test]
    fn every_form_of_path_is_found() {
        let text = "
            use crate::store::Store;
            use crate::{error::Result, secret, app::{self, App}};
            fn f() -> crate::http_client::HttpResponse { println!(\"{}\", crate::clock::now()); }
            pub(crate) fn g(a: super::super::server::Request, b: super::sibling::Thing) {}
        ";
        let expected = ["store", "error", "secret", "app", "app", "http_client", "clock", "server"];
        assert_eq!(imported("a/b.rs", text), expected);
    }

    #[test]
    fn super_at_the_top_of_a_module_leads_out_of_it() {
        assert_eq!(imported("a.rs", "use super::store::Store;"), ["store"]);
        assert_eq!(imported("a/mod.rs", "use super::{store::Store, error};"), ["store", "error"]);
        assert!(imported("a/b.rs", "use super::file::File;").is_empty());
        assert!(imported("a.rs", "mod inner { use super::*; }").is_empty(), "a module with a body");
        assert_eq!(imported("a.rs", "mod inner { use super::super::store; }"), ["store"]);
    }

    #[test]
    fn comments_strings_and_tests_do_not_count() {
        let text = "
            /// See [`crate::cli`].
            // crate::app
            const A: &str = \"crate::demo\";
            #[cfg(test)]
            mod tests { use crate::http_client; }
            #[cfg(test)]
            use crate::callback_server;
            use crate::error;
        ";
        assert_eq!(imported("a.rs", text), ["error"]);
    }

    #[test]
    fn the_line_is_that_of_the_path() {
        assert_eq!(modules_imported(&source("a.rs", "\n\nuse crate::store;")), [(3, "store".to_owned())]);
    }

    #[test]
    fn imports_upwards_or_sideways_are_forbidden() {
        for (module, imported) in [
            ("error", "session"),
            ("server", "callback_server"),
            ("http_client", "app"),
            ("token", "cli"),
            ("http_client", "store"),
            ("token", "signin"),
            ("session", "catalog"),
            ("error", "duration"),
            ("token", "utils"),
            ("utils", "error"),
        ] {
            assert!(forbidden(module, imported).is_some(), "{module} imports {imported}");
        }
    }

    #[test]
    fn imports_downwards_and_inside_are_allowed() {
        for (module, imported) in [
            ("store", "error"),
            ("callback_server", "server"),
            ("app", "http_client"),
            ("cli", "token"),
            ("http_client", "http_client"),
            ("catalog", "session"),
            ("duration", "error"),
        ] {
            assert_eq!(forbidden(module, imported), None, "{module} imports {imported}");
        }
    }

    #[test]
    fn a_module_missing_or_misplaced_on_the_map_is_found() {
        let map = "//! | base | `error` |\n//! | model | `secret` |\nmod error;\nmod secret;\npub mod server;\n";
        assert_eq!(
            missing_on_map(map),
            [
                "the map in src/lib.rs lists `secret` on `model`, not on `base`",
                "`server` is not on the map in src/lib.rs"
            ]
        );
    }

    #[test]
    fn a_file_is_a_module_of_its_folder() {
        for (file, module) in
            [("token.rs", &["token"][..]), ("store/mod.rs", &["store"]), ("store/file.rs", &["store", "file"])]
        {
            assert_eq!(source(file, "").module(), module, "{file}");
        }
    }

    #[test]
    fn repeated_type_names_are_found() {
        let sources = [
            source("a.rs", "pub struct Key; pub struct Args; struct Private; pub(super) enum Inner {}"),
            source(
                "b.rs",
                "mod c { pub(crate) enum Key {} } pub struct Args; struct Private; pub(super) enum Inner {}",
            ),
        ];
        assert_eq!(repeated_types(&sources), ["`Key` is defined in src/a.rs:1, src/b.rs:1"]);
    }

    #[test]
    fn long_functions_and_outdated_rows_are_found() {
        let text = format!("fn short() {{}}\nfn long() {{\n{}}}\n", "    f();\n".repeat(FUNCTION_LINES));
        let sources = [source("a.rs", &text)];
        assert_eq!(long_functions(&sources, &[]), ["src/a.rs:2: `long` has 62 lines, over 60"]);
        assert!(long_functions(&sources, &[("a.rs", "long", 62)]).is_empty());
        assert_eq!(long_functions(&sources, &[("a.rs", "long", 61)]).len(), 2, "grown");
        assert_eq!(long_functions(&sources, &[("a.rs", "long", 62), ("a.rs", "short", 70)]).len(), 1, "outdated");
    }

    #[test]
    fn long_test_names_are_found() {
        let text = |name: &str| format!("fn {name}x() {{}}\n#[test]\n#[ignore]\nfn {name}() {{}}\n");
        assert!(long_test_names(&text(&"a".repeat(TEST_NAME))).is_empty());
        assert_eq!(long_test_names(&text(&"a".repeat(TEST_NAME + 1))).len(), 1);
    }

    #[test]
    fn dependencies_of_every_table_are_found() {
        let manifest = "[package]\nname = \"x\"\n[dependencies]\nserde_json = \"1\"\n\
                        [target.'cfg(unix)'.dev-dependencies]\nproc-macro2 = { version = \"1\" }\n";
        assert_eq!(dependencies(manifest), ["proc_macro2".to_owned(), "serde_json".to_owned()].into());
    }

    #[test]
    fn lines_are_counted_up_to_the_tests() {
        assert_eq!(lines_before_tests("a\nb\n#[cfg(test)]\nmod tests {\n}\n"), 2);
    }

    #[test]
    fn unfinished_work_is_found_and_longer_words_are_not() {
        for (first, second) in UNFINISHED {
            assert_eq!(unfinished(&format!("ok\n// {first}{second} later")).len(), 1, "{first}{second}");
        }
        assert!(unfinished("let mycli_dbg = \"XXXL\"; // TO DO, TODOS").is_empty());
    }
}
