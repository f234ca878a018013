//! One law of `tests/it/properties`, the one that the target is named after.
#![no_main]

#[path = "../../it/properties/laws/mod.rs"]
mod laws;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let law = laws::LAWS.iter().find(|(name, _)| *name == env!("CARGO_BIN_NAME"));
    law.expect("a target is named after a law").1(input);
});
