//! Log lines on stderr, as many as the filter says.

use crate::admin::exit::Failure;
use std::io::{IsTerminal, stderr};
use tracing_subscriber::EnvFilter;

/// From now on log lines are written; a second start changes nothing.
pub(super) fn start(filter: &str) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| Failure::Usage(format!("log filter {filter:?}: {error}")))?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        .with_ansi(stderr().is_terminal())
        .finish();
    // Whoever set a subscriber before us (a test) keeps it.
    let _ = tracing::subscriber::set_global_default(subscriber);
    Ok(())
}
