//! The front door: bytes and JSON, who is calling, which status an outcome has. Knows neither how
//! anything is decided nor how it is stored.

mod amount;
mod auth;
mod bench;
mod bonex;
mod bonusplus;
mod complaint;
mod documents;
mod error;
mod fields;
mod health;
mod idempotency;
mod operator;
mod path;
mod receipt;
mod request;
mod respond;
mod router;
mod scan;
mod serve;
mod telegram;
mod vouchers;
mod web_address;

#[cfg(test)]
mod error_tests;

pub use auth::OperatorToken;
pub use bench::with_bench_routes;
pub use complaint::{Complaint, FieldError};
pub use operator::{
    read_settings_document, write_pruned, write_settings_document, write_snapshot_list,
};
pub use request::{BATCH_BYTES_MAX, BODY_BYTES_MAX, INVENTORY_BYTES_MAX};
pub use router::{
    DoorState, OperatorState, bonusplus_routes, operator_permissions, operator_router,
    public_router, routes,
};
pub use serve::{ServeError, Server};
