//! Drives the target `plugin_body`: see docs/testing.md.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kopilka::fuzzing::run("plugin_body", bytes));
