//! The front door: bytes and JSON, who is calling, which status an outcome has. Knows neither how
//! anything is decided nor how it is stored.

mod amount;
mod auth;
mod bench;
mod bonex;
mod bonusplus;
mod complaint;
mod documents;
mod door;
mod error;
mod fields;
mod health;
mod hex_digits;
mod idempotency;
mod json_text;
mod limits;
mod operator;
mod path;
mod proven;
mod receipt;
mod request;
mod respond;
mod router;
mod routes;
mod scan;
mod serve;
mod telegram;
mod telemetry;
mod vouchers;
mod web_address;

#[cfg(test)]
mod error_tests;
#[cfg(any(test, feature = "fuzzing"))]
mod fuzzing;

pub use auth::OperatorToken;
pub use complaint::{Complaint, FieldError};
pub use door::{
    Arrival, Door, ForwardedHeader, ProxiesError, Tls, TlsError, TlsFiles, TrustedProxies,
};
pub use limits::{CallerLimits, WRONG_KEYS_PER_MINUTE_MAX};
pub use operator::{
    BookDocument, CoveredDocument, DifferenceDocument, HoleDocument, HoleKind, RECEIPTS_MAX,
    ReceiptsDocument, VerificationDocument, VerificationState, VerifyDocument,
    read_settings_document, write_pruned, write_settings_document, write_snapshot_list,
};
pub use proven::{EVENT_HEADER, HASH_HEADER};
pub use request::{BATCH_BYTES_MAX, BODY_BYTES_MAX, INVENTORY_BYTES_MAX};
pub use router::{
    DoorState, OperatorState, bonusplus_routes, operator_permissions, operator_router,
    public_router, routes,
};
pub use routes::Routes;
pub use serve::{ServeError, Server};
pub use telemetry::{Telemetry, TurnedAway};

/// What fuzzers drive of this room.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn fuzz_targets() -> Vec<crate::fuzzing::Target> {
    fuzzing::targets()
}
