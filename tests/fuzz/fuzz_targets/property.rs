//! One property of `tests/it/properties`, the one that the target is named after.
#![no_main]

#[path = "../../it/properties/parsers/mod.rs"]
mod parsers;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let property = parsers::PROPERTIES.iter().find(|(name, _)| *name == env!("CARGO_BIN_NAME"));
    property.expect("a target is named after a property").1(input);
});
