//! Drives the target `identifiers`: see docs/testing.md.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kopilka::fuzzing::run("identifiers", bytes));
