//! Drives the target `init_data`: see docs/testing.md.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kopilka::fuzzing::run("init_data", bytes));
