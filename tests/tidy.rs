//! Holds the shape of the source: which room may use which, how long a file may be, what is never left behind.
//!
//! The floors are those of the map at the top of `src/lib.rs`. Only what is compiled into the program counts: a unit test
//! may reach anywhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The floors from the ground up. A room uses rooms of lower floors, and no other of its own.
const FLOORS: &[(&str, &[&str])] = &[
    ("words", &["error", "secret"]),
    ("paper", &["catalogue", "config", "duration", "identity", "oauth", "session"]),
    ("ground", &["gate"]),
    ("world", &["browser", "clock", "demo", "http", "loopback", "prompt", "store"]),
    ("app", &["app"]),
    ("deeds", &["doctor", "exec", "providers", "relocate", "signin", "signout", "status", "switch", "token"]),
    ("face", &["cli", "main"]),
];

/// Rooms of one floor that may use one another all the same: who, whom, why.
const DRAWN: &[(&str, &str, &str)] = &[
    ("catalogue", "session", "a row names how the client proves itself, which the session keeps"),
    ("config", "catalogue", "configuration completes the rows"),
    ("config", "session", "the configuration says which kind of store keeps new sessions"),
    ("demo", "clock", "codes and tokens age by the clock that the program is given"),
    ("identity", "catalogue", "a row says where a profile keeps what"),
    ("identity", "oauth", "only claims that were checked become an account"),
    ("identity", "session", "an account is part of a session"),
    ("main", "cli", "the program is its command line"),
    ("oauth", "catalogue", "a request is written from a provider"),
    ("oauth", "session", "an answer becomes the tokens of a session"),
];

/// The most lines of a file before its tests; about 300 are meant.
const LENGTH: usize = 400;

/// Files that may be longer: which, how long, why.
const LONG: &[(&str, usize, &str)] = &[];

/// What marks unfinished work, in two halves so that this file does not hold it itself.
const UNFINISHED: &[(&str, &str)] =
    &[("TO", "DO"), ("FIX", "ME"), ("XX", "X"), ("todo", "!"), ("unimple", "mented!"), ("db", "g!")];

#[test]
fn rooms_use_lower_floors_only() {
    let mut broken = Vec::new();
    let mut drawn_and_used = BTreeSet::new();
    for (file, text) in sources("src") {
        let room = room_of(&file);
        for (line, used) in rooms_used(&text, depth_of(&file)) {
            match judge(&room, &used) {
                Verdict::Allowed => {}
                Verdict::Drawn(row) => _ = drawn_and_used.insert(row),
                Verdict::Forbidden(why) => broken.push(format!("src/{}:{line}: {why}", file.display())),
            }
        }
    }
    broken.extend(
        DRAWN
            .iter()
            .enumerate()
            .filter(|(row, _)| !drawn_and_used.contains(row))
            .map(|(_, (from, to, _))| format!("DRAWN lets `{from}` use `{to}`, which it does not: remove the row")),
    );
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_map_of_the_library_names_every_room_on_its_floor() {
    let map = fs::read_to_string(root().join("src/lib.rs")).expect("src/lib.rs is there");
    let lost = rooms_off_the_map(&map);
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

#[test]
fn files_stay_short() {
    let long: Vec<_> = sources("src")
        .into_iter()
        .filter_map(|(file, text)| {
            let lines = lines_before_tests(&text);
            let row = LONG.iter().find(|(name, ..)| Path::new(name) == file);
            match row.map_or(LENGTH, |(_, most, _)| *most) {
                most if lines > most => {
                    Some(format!("src/{}: {lines} lines before its tests, over {most}", file.display()))
                }
                _ if row.is_some() && lines <= LENGTH => Some(format!("src/{} needs no row in LONG", file.display())),
                _ => None,
            }
        })
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn nothing_is_left_unfinished() {
    let found: Vec<_> = ["src", "tests", "benches", "examples"]
        .into_iter()
        .flat_map(|folder| sources(folder).into_iter().map(move |(file, text)| (Path::new(folder).join(file), text)))
        .flat_map(|(file, text)| {
            unfinished(&text).into_iter().map(move |(line, word)| format!("{}:{line}: `{word}`", file.display()))
        })
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

enum Verdict {
    Allowed,
    /// Allowed by this row of [`DRAWN`].
    Drawn(usize),
    Forbidden(String),
}

fn judge(room: &str, used: &str) -> Verdict {
    let (Some(own), Some(other)) = (floor_of(room), floor_of(used)) else {
        let stray = if floor_of(room).is_none() { room } else { used };
        return Verdict::Forbidden(format!("`{stray}` is on no floor: give it one in FLOORS and on the map"));
    };
    if room == used || other < own {
        return Verdict::Allowed;
    }
    match DRAWN.iter().position(|(from, to, _)| (*from, *to) == (room, used)) {
        Some(row) => Verdict::Drawn(row),
        None => Verdict::Forbidden(format!("`{room}` ({}) must not use `{used}` ({})", FLOORS[own].0, FLOORS[other].0)),
    }
}

fn floor_of(room: &str) -> Option<usize> {
    FLOORS.iter().position(|(_, rooms)| rooms.contains(&room))
}

/// Every room that `text` names by a path from the crate's root, with its line; `depth` is how many modules deep the
/// file is, so that `super` is followed too.
fn rooms_used(text: &str, depth: usize) -> Vec<(usize, String)> {
    let tokens: TokenStream = text.parse().expect("the source compiles");
    let mut found = Vec::new();
    walk(&tokens.into_iter().collect::<Vec<_>>(), depth, &mut found);
    found
}

fn walk(tokens: &[TokenTree], depth: usize, found: &mut Vec<(usize, String)>) {
    let mut rest = tokens;
    while let [first, after @ ..] = rest {
        rest = after;
        match first {
            TokenTree::Punct(mark) if mark.as_char() == '#' && is_test_attribute(after) => rest = after_item(after),
            TokenTree::Ident(word) if *word == "crate" || *word == "mycli" => collect(after, found),
            TokenTree::Ident(word) if *word == "super" => {
                let (climbed, after) = climb(after);
                if climbed >= depth {
                    collect(after, found);
                }
                rest = after;
            }
            TokenTree::Group(group) => walk(&group.stream().into_iter().collect::<Vec<_>>(), depth, found),
            _ => {}
        }
    }
}

/// How many modules up a path leads that has just said `super`, and what follows.
fn climb(mut after: &[TokenTree]) -> (usize, &[TokenTree]) {
    let mut climbed = 1;
    while let Some((TokenTree::Ident(word), further)) = step(after)
        && *word == "super"
    {
        climbed += 1;
        after = further;
    }
    (climbed, after)
}

/// What stands behind `::`, and what follows that.
fn step(tokens: &[TokenTree]) -> Option<(&TokenTree, &[TokenTree])> {
    match tokens {
        [TokenTree::Punct(a), TokenTree::Punct(b), next, rest @ ..] if a.as_char() == ':' && b.as_char() == ':' => {
            Some((next, rest))
        }
        _ => None,
    }
}

/// The room, or the `{group, of::rooms}`, that a path from the root goes on with.
fn collect(after: &[TokenTree], found: &mut Vec<(usize, String)>) {
    match step(after) {
        Some((TokenTree::Ident(room), _)) => found.push((room.span().start().line, room.to_string())),
        Some((TokenTree::Group(group), _)) if group.delimiter() == Delimiter::Brace => {
            let tokens: Vec<_> = group.stream().into_iter().collect();
            for path in tokens.split(|token| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ',')) {
                if let [TokenTree::Ident(room), ..] = path {
                    found.push((room.span().start().line, room.to_string()));
                }
            }
        }
        _ => {}
    }
}

fn is_test_attribute(after: &[TokenTree]) -> bool {
    matches!(after, [TokenTree::Group(group), ..] if group.stream().to_string().replace(' ', "") == "cfg(test)")
}

/// What follows the item that an attribute stands before: behind its braces or its semicolon.
fn after_item(tokens: &[TokenTree]) -> &[TokenTree] {
    let end = tokens.iter().position(|token| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(mark) => mark.as_char() == ';',
        _ => false,
    });
    end.map_or(&[], |end| &tokens[end + 1..])
}

/// Modules of the library that the map in its documentation does not name, or names on another floor.
fn rooms_off_the_map(library: &str) -> Vec<String> {
    let modules = library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    modules
        .filter_map(|room| {
            let row = library.lines().find(|line| line.starts_with("//! |") && line.contains(&format!("[`{room}`]")));
            let Some(row) = row else { return Some(format!("`{room}` is not on the map of src/lib.rs")) };
            let floor = match floor_of(room) {
                None => return Some(format!("`{room}` is on no floor: give it one in FLOORS")),
                // The map draws `app` into the world, over the other rooms of it.
                Some(floor) if FLOORS[floor].0 == "app" => "world",
                Some(floor) => FLOORS[floor].0,
            };
            let named = row.trim_start_matches("//! |").split('|').next().unwrap_or_default().trim();
            (named != floor).then(|| format!("the map of src/lib.rs has `{room}` on `{named}`, not on `{floor}`"))
        })
        .collect()
}

fn lines_before_tests(text: &str) -> usize {
    text.lines().take_while(|line| *line != "#[cfg(test)]").count()
}

fn unfinished(text: &str) -> Vec<(usize, String)> {
    let words: Vec<String> = UNFINISHED.iter().map(|(first, second)| format!("{first}{second}")).collect();
    let marks = |line: &str| words.iter().find(|word| has_word(line, word)).cloned();
    text.lines().enumerate().filter_map(|(index, line)| Some((index + 1, marks(line)?))).collect()
}

/// Whether `word` stands in `line` with no letter, digit or underscore before it or, where it ends in one, after it.
fn has_word(line: &str, word: &str) -> bool {
    let part_of_one = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(part_of_one) && (word.ends_with('!') || !after.is_some_and(part_of_one))
    })
}

/// `store/file.rs` belongs to the room `store`.
fn room_of(file: &Path) -> String {
    let first = file.iter().next().expect("a file has a name");
    Path::new(first).file_stem().expect("a file has a name").to_string_lossy().into_owned()
}

/// How many modules deep a file is: `store/mod.rs` 1, `store/file.rs` 2.
fn depth_of(file: &Path) -> usize {
    let parts = file.iter().count();
    if file.ends_with("mod.rs") { parts - 1 } else { parts }
}

/// Every Rust file below `folder` (relative to it) with its text; none where there is no such folder.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
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
                // The library's root names rooms to declare them, not to use them.
                let file = path.strip_prefix(&top).expect("found below it").to_owned();
                if file != Path::new("lib.rs") {
                    found.push((file, text));
                }
            }
        }
    }
    found.sort();
    found
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

mod the_checks_themselves {
    use super::*;

    fn used(text: &str, depth: usize) -> Vec<String> {
        rooms_used(text, depth).into_iter().map(|(_, room)| room).collect()
    }

    fn forbidden(room: &str, used: &str) -> bool {
        matches!(judge(room, used), Verdict::Forbidden(_))
    }

    #[test]
    fn every_way_to_name_a_room_is_seen() {
        let text = "
            use crate::store::Store;
            use crate::{error::Result, secret, app::{self, App}};
            fn f() -> crate::http::Answer { println!(\"{}\", crate::clock::now()); }
            pub(crate) fn g(a: super::super::gate::Request, b: super::sibling::Thing) {}
        ";
        assert_eq!(used(text, 2), ["store", "error", "secret", "app", "http", "clock", "gate"]);
    }

    #[test]
    fn super_at_the_top_of_a_room_leads_out_of_it() {
        assert_eq!(used("use super::store::Store;", 1), ["store"]);
        assert_eq!(used("use super::{store::Store, error};", 1), ["store", "error"]);
        assert!(used("use super::file::File;", 2).is_empty());
    }

    #[test]
    fn words_in_comments_strings_and_tests_do_not_count() {
        let text = "
            /// See [`crate::cli`].
            // crate::app
            const A: &str = \"crate::demo\";
            #[cfg(test)]
            mod tests { use crate::http; }
            #[cfg(test)]
            use crate::loopback;
            use crate::error;
        ";
        assert_eq!(used(text, 1), ["error"]);
    }

    #[test]
    fn a_line_number_points_at_the_room() {
        assert_eq!(rooms_used("\n\nuse crate::store;", 1), [(3, "store".to_owned())]);
    }

    #[test]
    fn looking_up_or_sideways_is_forbidden() {
        assert!(forbidden("error", "session"), "up");
        assert!(forbidden("gate", "loopback"), "up");
        assert!(forbidden("http", "app"), "up");
        assert!(forbidden("token", "cli"), "up");
        assert!(forbidden("http", "store"), "sideways in the world");
        assert!(forbidden("token", "signin"), "sideways among the deeds");
        assert!(forbidden("session", "catalogue"), "against the drawn direction");
        assert!(forbidden("token", "utils"), "a room without a floor");
        assert!(forbidden("utils", "error"), "a room without a floor");
    }

    #[test]
    fn looking_down_or_inside_is_allowed() {
        for (room, used) in
            [("store", "error"), ("loopback", "gate"), ("app", "http"), ("cli", "token"), ("http", "http")]
        {
            assert!(matches!(judge(room, used), Verdict::Allowed), "{room} uses {used}");
        }
        assert!(matches!(judge("catalogue", "session"), Verdict::Drawn(_)));
    }

    #[test]
    fn a_room_missing_or_misplaced_on_the_map_is_found() {
        let map =
            "//! | words | [`error`] |\n//! | paper | [`secret`] |\npub mod error;\npub mod secret;\npub mod http;\n";
        assert_eq!(
            rooms_off_the_map(map),
            ["the map of src/lib.rs has `secret` on `paper`, not on `words`", "`http` is not on the map of src/lib.rs"]
        );
    }

    #[test]
    fn files_belong_to_the_room_of_their_folder() {
        for (file, room, depth) in
            [("token.rs", "token", 1), ("store/mod.rs", "store", 1), ("store/file.rs", "store", 2)]
        {
            assert_eq!((room_of(Path::new(file)).as_str(), depth_of(Path::new(file))), (room, depth), "{file}");
        }
    }

    #[test]
    fn length_is_counted_up_to_the_tests() {
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
