//! Binds the promises of `SECURITY.md` to the tests that `tests/security_promises.txt` lists for them.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

const TESTS: &str = "tests/security_promises.txt";

#[test]
fn every_security_promise_has_tests_that_exist() {
    let page = fs::read_to_string(root().join("SECURITY.md")).expect("SECURITY.md exists");
    let list = fs::read_to_string(root().join(TESTS)).expect("the list of tests exists");
    let problems = problems(&page, &list, |file| fs::read_to_string(root().join(file)).unwrap_or_default());
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Differences between the promises of `page`, the `list` of tests for each, and the tests in the files that
/// `text_of` reads.
fn problems(page: &str, list: &str, text_of: impl Fn(&str) -> String) -> Vec<String> {
    let promises = promises(page);
    let sections = sections(list);
    let mut problems = Vec::new();
    if promises.is_empty() {
        problems.push("SECURITY.md has no table of promises".to_owned());
    }
    let mut seen = BTreeSet::new();
    for id in &promises {
        if !seen.insert(*id) {
            problems.push(format!("SECURITY.md has two promises `{id}`"));
        }
        if !sections.iter().any(|section| section.id == *id && !section.entries.is_empty()) {
            problems.push(format!("no test holds the promise `{id}`: add one to {TESTS}"));
        }
    }
    let mut seen = BTreeSet::new();
    for section in &sections {
        if !promises.contains(&section.id) {
            problems.push(format!("{TESTS}: SECURITY.md has no promise `{}`", section.id));
        }
        if !seen.insert(section.id) {
            problems.push(format!("{TESTS}: two sections `{}`", section.id));
        }
        for entry in &section.entries {
            match entry.split_once(": ") {
                Some((file, test)) if has_test(&text_of(file), test) => {}
                Some((file, test)) => problems.push(format!("{TESTS}: `{file}` has no test `{test}`")),
                None => problems.push(format!("{TESTS}: `{entry}` is not `FILE: TEST`")),
            }
        }
    }
    problems
}

/// Ids in the first column of the tables of `page`: the rows that begin with a word between backticks.
fn promises(page: &str) -> Vec<&str> {
    page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |")).map(|(id, _)| id).collect()
}

/// Tests that are listed for one promise.
struct Section<'a> {
    id: &'a str,
    entries: Vec<&'a str>,
}

/// Sections of the list of tests. Entries before the first section belong to the id ``, which is no promise.
fn sections(list: &str) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    for line in list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(id) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            sections.push(Section { id, entries: Vec::new() });
        } else if let Some(section) = sections.last_mut() {
            section.entries.push(line);
        } else {
            sections.push(Section { id: "", entries: vec![line] });
        }
    }
    sections
}

/// Checks that `name` is the function after a `#[test]` in `text`.
fn has_test(text: &str, name: &str) -> bool {
    let mut items = text.split("#[test]").skip(1);
    items.any(|item| item.split_once("fn ").is_some_and(|(_, rest)| rest.starts_with(&format!("{name}("))))
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

mod the_check_itself {
    use super::*;

    const PAGE: &str = "# Security\n| id | threat |\n| --- | --- |\n| `one` | A |\n| `two` | of `x_y` |\n- **`z`**\n";

    fn text_of(file: &str) -> String {
        match file {
            "a.rs" => "#[test]\nfn first() {}\n#[test]\n#[ignore]\nfn second() {}\nfn helper() {}".to_owned(),
            "b.rs" => "#[test] fn third(a in b) {}".to_owned(),
            _ => String::new(),
        }
    }

    #[test]
    fn promises_with_existing_tests_pass() {
        let list = "# Comment\n\n[one]\na.rs: first\na.rs: second\n\n[two]\nb.rs: third\n";
        assert_eq!(problems(PAGE, list, text_of), Vec::<String>::new());
    }

    #[test]
    fn missing_tests_are_found() {
        let list = "[one]\na.rs: helper\na.rs: firs\nb.rs: first\nc.rs: first\nfirst\n[two]\nb.rs: third\n";
        let expected = ["`a.rs` has no test `helper`", "`a.rs` has no test `firs`", "`b.rs` has no test `first`"];
        let expected = expected.iter().chain(&["`c.rs` has no test `first`", "`first` is not `FILE: TEST`"]);
        let expected: Vec<_> = expected.map(|problem| format!("{TESTS}: {problem}")).collect();
        assert_eq!(problems(PAGE, list, text_of), expected);
    }

    #[test]
    fn promises_without_tests_are_found() {
        let no_test = |id| format!("no test holds the promise `{id}`: add one to {TESTS}");
        assert_eq!(problems(PAGE, "[one]\na.rs: first\n", text_of), [no_test("two")]);
        assert_eq!(problems(PAGE, "[one]\n[two]\nb.rs: third\n", text_of), [no_test("one")]);
    }

    #[test]
    fn unknown_and_repeated_ids_are_found() {
        let list = "a.rs: first\n[one]\na.rs: first\n[two]\nb.rs: third\n[three]\nb.rs: third\n[one]\na.rs: second\n";
        let expected = ["SECURITY.md has no promise ``", "SECURITY.md has no promise `three`", "two sections `one`"];
        assert_eq!(problems(PAGE, list, text_of), expected.map(|problem| format!("{TESTS}: {problem}")));
        let twice = format!("{PAGE}| `one` | again |\n");
        let list = "[one]\na.rs: first\n[two]\nb.rs: third\n";
        assert_eq!(problems(&twice, list, text_of), ["SECURITY.md has two promises `one`"]);
        assert_eq!(problems("# Security\n", "", text_of), ["SECURITY.md has no table of promises"]);
    }
}
