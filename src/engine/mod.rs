//! One actor per account and per tenant, the directory that finds them, the clock: everything between
//! a parsed request and a durable answer. Decides nothing, knows no HTTP.

mod account_actor;
mod account_turn;
mod admission;
mod arbiters;
mod checkpointer;
mod claims;
mod clock;
mod core;
mod directory;
mod entropy;
mod error;
mod house;
mod log_in;
mod opening;
mod order;
mod perform;
mod readers;
mod referrals;
mod shell;
mod supervisor;
mod sweeper;
mod tenant_actor;
mod tenants;

#[cfg(test)]
mod checkpointer_tests;
#[cfg(test)]
mod crossing_tests;
#[cfg(test)]
mod dead_actor_tests;
#[cfg(test)]
mod test_kit;

pub use clock::{Clock, Stopwatch};
pub use entropy::Entropy;
pub use error::EngineError;
pub use house::{House, HouseOptions};
pub use order::{Done, Identifier, Order, TenantDone, TenantOrder, TenantWish, Wish};
