//! A panic is a bug of ours, told in one sentence and without a backtrace. Panics inside the store are
//! caught where the store is opened, and told there.

use crate::admin::terminal;
use std::panic::{PanicHookInfo, set_hook};

/// Whose panics have a teller of their own.
const STORE_SOURCES: &str = "/sled-";

/// From now on a panic is one sentence on stderr.
pub(super) fn tell_in_one_sentence() {
    set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let sentence = sentence(&place, payload(panic));
        if place.contains(STORE_SOURCES) {
            tracing::debug!("{sentence}");
        } else {
            terminal::complain(&sentence);
        }
    }));
}

fn payload<'a>(panic: &'a PanicHookInfo<'_>) -> &'a str {
    panic.payload_as_str().unwrap_or("no reason given")
}

fn sentence(place: &str, reason: &str) -> String {
    format!("an internal check failed at {place}: {}", reason.replace('\n', ", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_one_sentence() {
        assert_eq!(
            sentence("src/x.rs:1:2", "left\nright"),
            "an internal check failed at src/x.rs:1:2: left, right"
        );
    }
}
