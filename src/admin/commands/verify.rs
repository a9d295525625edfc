//! `kopilka verify`: reads a ledger, or a copy of one, from its first record and compares what is derived from
//! it, and looks for what tills were given proof of; in a closed data directory, in a running server beside its
//! traffic, or in a snapshot.

use crate::admin::cli::{Verify, WayIn};
use crate::admin::config::{Configuration, Layer};
use crate::admin::exit::Failure;
use crate::admin::receipt_check::ReceiptTally;
use crate::admin::receipt_list::{Listed, ReceiptList};
use crate::admin::verification::{ClosedLedger, for_people, for_programs, outcome};
use crate::admin::way_in::Missing;
use crate::admin::{master_key, requests, terminal, verification};
use crate::api::{
    RECEIPTS_MAX, ReceiptsDocument, VerificationDocument, VerificationState, VerifyDocument,
};
use crate::journal::Proof;
use indicatif::ProgressBar;
use std::path::Path;
use std::time::Duration;

/// How often a running server is asked how far it has got.
const POLL: Duration = Duration::from_millis(500);

pub(in crate::admin) async fn verify(asked: &Verify) -> Result<(), Failure> {
    if let Some(archive) = &asked.archive {
        return verify_archive(asked, archive);
    }
    match (&asked.snapshot, &asked.inquiry.way_in.url) {
        (Some(snapshot), _) => verify_copy(asked, snapshot),
        (None, Some(_)) => verify_running(asked).await,
        (None, None) => verify_closed(asked),
    }
}

fn verify_copy(asked: &Verify, snapshot: &Path) -> Result<(), Failure> {
    let found = VerifyDocument::from(&verification::verify_copy(snapshot)?);
    tell(asked, &found)?;
    outcome(&found)
}

fn verify_archive(asked: &Verify, archive: &Path) -> Result<(), Failure> {
    let key = master_key::given(asked.master_key.as_deref())?;
    let proof = verification::verify_archive(archive, key.as_ref())?;
    let report = proof.report.as_ref().map(VerifyDocument::from);
    if let Some(found) = &report {
        tell(asked, found)?;
    }
    // Who asked for JSON reads the report alone, and what is said of the archive beside it.
    let say = if asked.inquiry.json { terminal::complain } else { terminal::say };
    say(&verification::of_archive(archive, &proof));
    report.as_ref().map_or(Ok(()), outcome)
}

fn verify_closed(asked: &Verify) -> Result<(), Failure> {
    let way_in = &asked.inquiry.way_in;
    let flags = Layer::of_data_dir(way_in.data_dir.clone());
    let configuration = Configuration::load(flags, way_in.config.as_deref())?;
    // What cannot be read is known before the whole ledger is.
    let list = asked.receipts.as_deref().map(ReceiptList::open).transpose()?;
    let ledger = ClosedLedger::open(&configuration.data_dir)?;
    let verified = if asked.receipts_only {
        Ok(())
    } else {
        let found = VerifyDocument::from(&ledger.verify()?);
        tell(asked, &found)?;
        outcome(&found)
    };
    let Some(mut list) = list else { return verified };
    let mut tally = ReceiptTally::default();
    loop {
        let some = list.portion(RECEIPTS_MAX)?;
        if some.is_empty() {
            break;
        }
        let found = ledger.receipts(&proofs_of(&some))?;
        tally.take(&some, found);
    }
    tell_receipts(asked, &tally)?;
    verified.and(tally.outcome())
}

async fn verify_running(asked: &Verify) -> Result<(), Failure> {
    let verified = if asked.receipts_only {
        Ok(())
    } else {
        let found = verification_of(&asked.inquiry.way_in).await?;
        tell(asked, &found)?;
        outcome(&found)
    };
    let Some(path) = &asked.receipts else { return verified };
    let tally = receipts_of(&asked.inquiry.way_in, path).await?;
    tell_receipts(asked, &tally)?;
    verified.and(tally.outcome())
}

/// Begins a verification, or joins the one that is running, and waits for what it finds.
async fn verification_of(way_in: &WayIn) -> Result<VerifyDocument, Failure> {
    let bar = ProgressBar::new(0);
    let mut request = requests::start_verification();
    loop {
        let answer = way_in.ask(request, Missing::Refuse).await?;
        let standing: VerificationDocument = answer.read()?;
        match (standing.state, standing.report) {
            (VerificationState::Done, Some(report)) => {
                bar.finish_and_clear();
                return Ok(report);
            }
            (VerificationState::Running, _) => {
                bar.set_length(standing.through_record.unwrap_or_default());
                bar.set_position(standing.covered.map_or(0, |covered| covered.records));
            }
            (VerificationState::Done | VerificationState::None | VerificationState::Broken, _) => {
                let reason = "the verification broke off: see the server's log, and ask again";
                return Err(Failure::Unreachable(reason.to_owned()));
            }
        }
        tokio::time::sleep(POLL).await;
        request = requests::show_verification();
    }
}

async fn receipts_of(way_in: &WayIn, path: &Path) -> Result<ReceiptTally, Failure> {
    let mut list = ReceiptList::open(path)?;
    let mut tally = ReceiptTally::default();
    loop {
        let some = list.portion(RECEIPTS_MAX)?;
        if some.is_empty() {
            return Ok(tally);
        }
        let request = requests::check_receipts(&proofs_of(&some))?;
        let found: ReceiptsDocument = way_in.ask(request, Missing::Refuse).await?.read()?;
        tally.take(&some, found);
    }
}

fn proofs_of(some: &[Listed]) -> Vec<Proof> {
    some.iter().map(|listed| listed.proof).collect()
}

fn tell(asked: &Verify, found: &VerifyDocument) -> Result<(), Failure> {
    terminal::say(&if asked.inquiry.json { for_programs(found)? } else { for_people(found) });
    Ok(())
}

fn tell_receipts(asked: &Verify, tally: &ReceiptTally) -> Result<(), Failure> {
    terminal::say(&if asked.inquiry.json { tally.for_programs()? } else { tally.for_people() });
    Ok(())
}
