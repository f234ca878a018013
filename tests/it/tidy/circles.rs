//! Import circles between the files of one module.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{ImportPath, Source};

/// Re-exports of re-exports that are followed.
const DEPTH: usize = 8;

/// Files by the path of their module.
pub struct Modules<'a>(BTreeMap<Vec<String>, (&'a Source, Vec<ImportPath>)>);

impl<'a> Modules<'a> {
    pub fn new(sources: &'a [Source]) -> Self {
        Self(sources.iter().map(|source| (source.module(), (source, source.paths()))).collect())
    }

    /// Every import that leads back, directly or by a chain.
    pub fn circles(&self) -> Vec<String> {
        let imports: BTreeMap<&Vec<String>, BTreeSet<Vec<String>>> =
            self.0.keys().map(|module| (module, self.imports(module))).collect();
        let reaches = |from: &Vec<String>, to: &Vec<String>| {
            let (mut seen, mut pending) = (BTreeSet::new(), vec![from]);
            while let Some(module) = pending.pop() {
                for next in &imports[module] {
                    if next == to {
                        return true;
                    }
                    if seen.insert(next) {
                        pending.push(next);
                    }
                }
            }
            false
        };
        let edges = imports.iter().flat_map(|(from, to)| to.iter().map(move |to| (*from, to)));
        let circular = edges.filter(|(from, to)| reaches(to, from));
        circular.map(|(from, to)| format!("{} imports {}, which leads back", from.join("::"), to.join("::"))).collect()
    }

    /// Files of the same top module that the file of `module` imports.
    fn imports(&self, module: &Vec<String>) -> BTreeSet<Vec<String>> {
        let (source, paths) = &self.0[module];
        let used = |path: &&ImportPath| !path.is_reexport || source.occurrences(&path.name) > 1;
        let target = |path: ImportPath| self.resolve(module, &path.segments, DEPTH);
        let targets = paths.iter().filter(used).cloned().filter_map(target);
        targets.filter(|target| target != module && target.first() == module.first()).collect()
    }

    /// The module whose file defines what the path names; follows re-exports.
    fn resolve(&self, from: &[String], segments: &[String], depth: usize) -> Option<Vec<String>> {
        let mut at = from.to_vec();
        let mut rest = segments;
        match rest.first()?.as_str() {
            "crate" | "mycli" => (at, rest) = (Vec::new(), &rest[1..]),
            "self" => rest = &rest[1..],
            "super" => {
                while rest.first().is_some_and(|word| word == "super") {
                    at.pop();
                    rest = &rest[1..];
                }
            }
            child if self.0.contains_key(&[from, &[child.to_owned()]].concat()) => {}
            _ => return None,
        }
        while let Some(child) = rest.first() {
            let deeper = [&at[..], std::slice::from_ref(child)].concat();
            if !self.0.contains_key(&deeper) {
                break;
            }
            (at, rest) = (deeper, &rest[1..]);
        }
        let item = rest.first();
        let (_, paths) = self.0.get(&at)?;
        let import = paths.iter().find(|path| path.is_import && Some(&path.name) == item && depth > 0);
        match import.and_then(|import| self.resolve(&at, &import.segments, depth - 1)) {
            Some(target) => Some(target),
            None => Some(at),
        }
    }
}

#[test]
fn circles_inside_a_module_are_found() {
    let circles = |files: &[(&str, &str)]| {
        let sources: Vec<_> = files.iter().map(|(file, text)| Source::new(file.as_ref(), text)).collect();
        Modules::new(&sources).circles().len()
    };
    assert_eq!(circles(&[("a/x.rs", "use super::y::Y;"), ("a/y.rs", "use super::x::X;")]), 2);
    assert_eq!(circles(&[("a/x.rs", "use super::y::Y;"), ("a/y.rs", "#[cfg(test)]\nuse super::x::X;")]), 0);
    let chain = [("a/x.rs", "use super::y::Y;"), ("a/y.rs", "use super::z;"), ("a/z.rs", "fn f() { super::x::f(); }")];
    assert_eq!(circles(&chain), 3);
    // A re-export alone leads to the file that defines.
    let child = ("a/x.rs", "use super::Shared;");
    assert_eq!(circles(&[("a/mod.rs", "mod x; pub struct Shared; fn f() { x::f(); }"), child]), 2);
    assert_eq!(circles(&[("a/mod.rs", "mod x; pub use x::X; pub struct Shared;"), child]), 0);
    assert_eq!(circles(&[("a/mod.rs", "mod x; pub use x::X; fn f(_: X) {} pub struct Shared;"), child]), 2);
    let parent = ("a/mod.rs", "mod x; mod y; pub use y::Y; fn f() { x::f(); }");
    assert_eq!(circles(&[parent, ("a/x.rs", "use super::Y;"), ("a/y.rs", "")]), 0);
    assert_eq!(circles(&[("a.rs", "use crate::b::B;"), ("b.rs", "use crate::a::A;")]), 0, "those are of the floors");
}
