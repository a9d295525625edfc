//! `kopilka reseal`: writes a ledger anew with personal data and secrets sealed, and verifies it.

use crate::admin::cli::Reseal;
use crate::admin::commands::restore::{of_restore, show};
use crate::admin::exit::Failure;
use crate::admin::verification::{for_people, for_programs};
use crate::admin::{master_key, terminal};
use crate::api::VerifyDocument;
use crate::engine::Clock;
use crate::journal::{ResealWish, reseal as reseal_ledger};
use indicatif::ProgressBar;

/// Memory for the pages of each store.
const CACHE_BYTES: u64 = 64 << 20;

pub(in crate::admin) fn reseal(asked: &Reseal) -> Result<(), Failure> {
    let wish = ResealWish {
        from: asked.data_dir.clone(),
        to: asked.into.clone(),
        cache_bytes: CACHE_BYTES,
        vault: master_key::source(master_key::from_environment()?),
    };
    let bar = ProgressBar::no_length();
    let done = reseal_ledger(&wish, Clock::wall().now(), &mut |stage| show(&bar, stage));
    bar.finish_and_clear();
    let done = done.map_err(of_restore)?;
    let verified = VerifyDocument::from(&done.report);
    if asked.json {
        terminal::say(&for_programs(&verified)?);
        return Ok(());
    }
    terminal::say(&for_people(&verified));
    terminal::say(&format!(
        "{} holds what {} holds, with personal data and secrets sealed; verified\nthe root was {}, and is {}: \
         receipts that tills keep name hashes of the old one, so keep that directory, or a copy of it, for as \
         long as they may be asked about",
        wish.to.display(),
        wish.from.display(),
        hex::encode(done.root_before),
        hex::encode(done.report.covered.root)
    ));
    Ok(())
}
