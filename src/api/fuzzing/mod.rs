//! For fuzzers: what callers write into headers, addresses and fields.

mod figures;
mod identifiers;
mod init_data;
mod signed_request;

use crate::api::{bonusplus, operator};
use crate::fuzzing::Target;

pub(super) fn targets() -> Vec<Target> {
    vec![
        Target { name: "figures", run: figures::run, seeds: figures::seeds },
        Target { name: "identifiers", run: identifiers::run, seeds: identifiers::seeds },
        Target { name: "init_data", run: init_data::run, seeds: init_data::seeds },
        bonusplus::fuzz_target(),
        operator::fuzzing::target(),
        Target { name: "signed_request", run: signed_request::run, seeds: signed_request::seeds },
    ]
}
