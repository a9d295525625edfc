//! Drives the target `documents`: see docs/testing.md.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kopilka::fuzzing::run("documents", bytes));
