//! Kopilka, a loyalty-bonus ledger engine: the rooms of the house, top to bottom.
//! A room may use only the rooms below it; `tests/it/architecture.rs` holds them to it.

pub mod admin;
pub mod api;
pub mod courier;
pub mod engine;
pub mod journal;
pub mod ledger;
pub mod values;

#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
