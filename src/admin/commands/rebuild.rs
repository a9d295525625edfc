//! `kopilka rebuild`: throws the derived tables away, makes them anew from the journal, and verifies.

use crate::admin::cli::Rebuild;
use crate::admin::config::{Configuration, Layer};
use crate::admin::exit::Failure;
use crate::admin::terminal;
use crate::admin::verification::{ClosedLedger, for_people, outcome};
use crate::api::VerifyDocument;

pub(in crate::admin) fn rebuild(asked: &Rebuild) -> Result<(), Failure> {
    let flags = Layer::of_data_dir(asked.data_dir.clone());
    let configuration = Configuration::load(flags, asked.config.as_deref())?;
    let ledger = ClosedLedger::open(&configuration.data_dir)?;
    let operations = ledger.rebuild()?;
    terminal::say(&format!(
        "the tables of {} were made anew from {operations} operations",
        configuration.data_dir.display()
    ));
    let found = VerifyDocument::from(&ledger.verify()?);
    terminal::say(&for_people(&found));
    outcome(&found)
}
