//! The house through its real doors: one test binary.
#![expect(clippy::unwrap_used, reason = "a failed helper is a failed test")]
#![expect(
    clippy::integer_division,
    reason = "figures of tests are chosen to divide evenly, or to be halves"
)]
#![expect(clippy::print_stdout, reason = "tests tell their seed")]

mod architecture;
mod bad_input;
mod bonex_contract;
mod chance;
mod contract;
mod crash;
mod house;
mod idempotency;
mod image;
mod parallel;
mod partner;
mod process;
mod program;
mod simulation;
mod stores;
mod upkeep;
mod witness;
