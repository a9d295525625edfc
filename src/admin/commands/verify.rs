//! `kopilka verify`: reads a ledger from its first record and compares everything derived from it.

use crate::admin::cli::Verify;
use crate::admin::config::{Configuration, Layer};
use crate::admin::exit::Failure;
use crate::admin::{terminal, verification};

pub(in crate::admin) fn verify(asked: &Verify) -> Result<(), Failure> {
    let flags = Layer::of_data_dir(asked.data_dir.clone());
    let configuration = Configuration::load(flags, None)?;
    let verified = verification::verify(&configuration.data_dir)?;
    terminal::say(if asked.json { &verified.json } else { &verified.covered });
    verified.difference.map_or(Ok(()), |difference| Err(Failure::Differs(difference)))
}
