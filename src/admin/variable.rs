//! What the environment of the process says, where it says anything.

use crate::admin::exit::Failure;
use std::str::FromStr;

/// What every environment variable begins with.
const PREFIX: &str = "KOPILKA_";

/// What an environment variable says, if it says anything.
pub(super) fn from_variable<T: FromStr>(
    variable: &impl Fn(&str) -> Option<String>,
    name: &str,
    kind: &str,
) -> Result<Option<T>, Failure> {
    let name = format!("{PREFIX}{name}");
    let parse = |text: String| {
        text.parse().map_err(|_| Failure::Usage(format!("{name} must be {kind}, not {text:?}")))
    };
    variable(&name).filter(|text| !text.is_empty()).map(parse).transpose()
}
