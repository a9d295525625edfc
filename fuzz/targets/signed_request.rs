//! Drives the target `signed_request`: see docs/testing.md.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kopilka::fuzzing::run("signed_request", bytes));
