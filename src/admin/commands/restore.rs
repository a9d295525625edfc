//! `kopilka restore`: a data directory made of a snapshot, verified before it gets its name.

use crate::admin::cli::Restore;
use crate::admin::exit::Failure;
use crate::admin::verification::{for_people, for_programs, unusable};
use crate::admin::{master_key, terminal};
use crate::api::VerifyDocument;
use crate::engine::Clock;
use crate::journal::{
    RestoreEnd, RestoreError, RestoreStage, RestoreWish, restore as restore_snapshot,
};
use crate::values::EventNumber;
use indicatif::ProgressBar;

/// Memory for the pages of the journal and of the tables, each.
const CACHE_BYTES: u64 = 64 << 20;

pub(in crate::admin) fn restore(asked: &Restore) -> Result<(), Failure> {
    let end = match (asked.to_event, asked.to_time) {
        (Some(event), _) => RestoreEnd::Event(EventNumber(event)),
        (None, Some(time)) => RestoreEnd::Time(time),
        (None, None) => RestoreEnd::Whole,
    };
    let wish = RestoreWish {
        from: asked.from.clone(),
        to: asked.data_dir.clone(),
        end,
        tenant: asked.tenant,
        cache_bytes: CACHE_BYTES,
        vault: master_key::source(master_key::given(asked.master_key.as_deref())?),
        keep_master_key: asked.master_key.is_some(),
    };
    let bar = ProgressBar::no_length();
    let restored = restore_snapshot(&wish, Clock::wall().now(), &mut |stage| show(&bar, stage));
    bar.finish_and_clear();
    let restored = restored.map_err(of_restore)?;
    let verified = VerifyDocument::from(&restored.report);
    if asked.json {
        terminal::say(&for_programs(&verified)?);
        return Ok(());
    }
    terminal::say(&for_people(&verified));
    terminal::say(&format!(
        "restored {} through event {} of the snapshot, the newest at {}; verified",
        wish.to.display(),
        restored.through,
        restored.last_time
    ));
    Ok(())
}

pub(super) fn show(bar: &ProgressBar, stage: RestoreStage) {
    let (name, place) = match stage {
        RestoreStage::Checking(done, all) => ("checking files", Some((done, all))),
        RestoreStage::Copying(done, all) => ("copying records", Some((done, all))),
        RestoreStage::Deriving => ("making the tables", None),
        RestoreStage::Verifying(done, all) => ("verifying", Some((done, all))),
    };
    if bar.message() != name {
        bar.set_message(name);
    }
    if let Some((done, all)) = place {
        bar.set_length(all);
        bar.set_position(done);
    }
}

pub(super) fn of_restore(error: RestoreError) -> Failure {
    match error {
        RestoreError::Journal(error) => unusable(&error),
        RestoreError::EventBeyond { .. }
        | RestoreError::TimeBeyond { .. }
        | RestoreError::NothingYet
        | RestoreError::TenantUnknown(_) => Failure::Refused(error.to_string()),
        RestoreError::Misfold(_) | RestoreError::NotAsTold(_) | RestoreError::Differs(_) => {
            Failure::Differs(error.to_string())
        }
    }
}
