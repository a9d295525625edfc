//! The house through its real doors: one test binary.
#![expect(clippy::unwrap_used, reason = "a failed helper is a failed test")]

mod contract;
