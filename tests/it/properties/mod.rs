//! Properties of all parsers of external input (`parsers`), checked with generated inputs, and with inputs that a fuzzer
//! found worth keeping (`tests/corpus`, see `tests/fuzz/README.md`).

mod answers;
mod callback;
mod files;
mod parsers;

use std::fs;
use std::path::Path;

use parsers::PROPERTIES;
use proptest::prelude::*;

/// Checks each property with its corpus and near variants: each input truncated, and with one byte changed.
#[test]
fn corpus_holds() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let folders = fs::read_dir(&corpus).expect("there is a corpus").count();
    assert_eq!(folders, PROPERTIES.len(), "a corpus for each property, and none without");
    for (name, property) in PROPERTIES {
        let files = fs::read_dir(corpus.join(name)).expect(name).map(|entry| entry.expect("it can be read").path());
        let mut files: Vec<_> = files.collect();
        files.sort();
        assert!(files.len() >= 4, "{name}: {} inputs", files.len());
        for file in files {
            println!("{}", file.display());
            let input = fs::read(&file).expect("it can be read");
            property(&input);
            let step = (input.len() / 6).max(1);
            for at in (0..input.len()).step_by(step) {
                property(&input[..at]);
                let mut changed = input.clone();
                changed[at] ^= 1 << (at % 8);
                property(&changed);
            }
        }
    }
}

/// JSON of any shape, not deep.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        text().prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            proptest::collection::vec((text(), inner), 0..4)
                .prop_map(|fields| serde_json::Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Text of all kinds, including control sequences of terminals and shells.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z0-9._~-]{1,20}",
        1 => Just(String::new()),
        1 => any::<String>(),
        1 => Just("\u{1b}]0;x\u{7}\u{202e}\r\n".to_owned()),
        1 => Just("https://id.example/x?y#z".to_owned()),
        1 => Just("a, b c".to_owned()),
        1 => Just(parsers::SECRET.to_owned()),
        1 => "x{0,80}\u{200b}\\PC{0,4}",
    ]
}
