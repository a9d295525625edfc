//! `kopilka restore`: a data directory made of copies, verified before it gets its name.

use crate::admin::cli::Restore;
use crate::admin::exit::Failure;
use crate::admin::verification::{for_people, for_programs, of_torn, unusable};
use crate::admin::{master_key, terminal};
use crate::api::VerifyDocument;
use crate::engine::Clock;
use crate::journal::{
    DamagedKey, Lost, RestoreEnd, RestoreError, RestoreSources, RestoreStage, RestoreWish,
    Restored, Span, restore as restore_copies,
};
use crate::values::{CustomerId, EventNumber, TenantId, ean13_of};
use indicatif::ProgressBar;
use serde::Serialize;

/// Memory for the pages of the journal and of the tables, each.
const CACHE_BYTES: u64 = 64 << 20;

pub(in crate::admin) fn restore(asked: &Restore) -> Result<(), Failure> {
    let end = match (asked.to_event, asked.to_time) {
        (Some(event), _) => RestoreEnd::Event(EventNumber(event)),
        (None, Some(time)) => RestoreEnd::Time(time),
        (None, None) => RestoreEnd::Whole,
    };
    let wish = RestoreWish {
        from: RestoreSources {
            snapshot: asked.from.clone(),
            archive: asked.archive.clone(),
            salvage: asked.salvage.clone(),
        },
        to: asked.data_dir.clone(),
        end,
        tenant: asked.tenant,
        cache_bytes: CACHE_BYTES,
        vault: master_key::source(master_key::given(asked.master_key.as_deref())?),
        keep_master_key: asked.master_key.is_some(),
    };
    let bar = ProgressBar::no_length();
    let restored = restore_copies(&wish, Clock::wall().now(), &mut |stage| show(&bar, stage));
    bar.finish_and_clear();
    let restored = restored.map_err(of_restore)?;
    let verified = VerifyDocument::from(&restored.report);
    if asked.json {
        terminal::say(&for_programs(&RestoredDocument::of(&verified, &restored))?);
        return Ok(());
    }
    terminal::say(&for_people(&verified));
    terminal::say(&format!(
        "restored {} through event {} of the copy, the newest at {}; verified",
        wish.to.display(),
        restored.through,
        restored.last_time
    ));
    tell_what_is_missing(&wish, &restored);
    tell_who_is_half_forgotten(&restored.forgotten_later);
    tell_whose_keys_are_damaged(&restored.damaged_keys);
    Ok(())
}

/// What a restore leaves out, and how to learn who was told of it.
fn tell_what_is_missing(wish: &RestoreWish, restored: &Restored) {
    if let Some(torn) = &restored.torn {
        terminal::say(&of_torn(torn));
    }
    if let Some(Lost { records, events }) = restored.lost {
        let count = records.last.saturating_sub(records.first).saturating_add(1);
        terminal::complain(&format!(
            "{count} records, {} to {}, with events {} to {}, were durable and are lost; `kopilka verify --data-dir {} \
             --receipts FILE` says which receipts are among them",
            records.first,
            records.last,
            events.first,
            events.last,
            wish.to.display()
        ));
    }
}

/// Their names are gone with their keys; the rest goes with the command.
fn tell_who_is_half_forgotten(customers: &[(TenantId, CustomerId)]) {
    if customers.is_empty() {
        return;
    }
    terminal::complain(
        "customers who were forgotten after the moment at which this ends: nobody can read who they were, but their \
         balance and logins are there; forget each again as soon as it serves:",
    );
    for (tenant, customer) in customers {
        terminal::complain(&format!(
            "  kopilka customer forget --tenant {tenant} --customer {} --reason \"forgotten before the restore\"",
            bar_code(*customer)
        ));
    }
}

fn tell_whose_keys_are_damaged(keys: &[DamagedKey]) {
    if keys.is_empty() {
        return;
    }
    terminal::complain(
        "no copy has these keys as they were written, so what is personal of them cannot be read; a copy that has \
         them, named with the others, brings it back:",
    );
    for key in keys {
        terminal::complain(&format!("  {key}"));
    }
}

/// By what a customer is named who has neither phone nor card any more.
fn bar_code(customer: CustomerId) -> String {
    ean13_of(customer.number()).unwrap_or_else(|| customer.to_string())
}

/// A customer, for programs.
#[derive(Serialize)]
struct CustomerDocument {
    tenant: u32,
    customer: u64,
    bar_code: String,
}

impl CustomerDocument {
    fn of((tenant, customer): &(TenantId, CustomerId)) -> Self {
        let (tenant, number) = (tenant.number(), customer.number());
        Self { tenant, customer: number, bar_code: bar_code(*customer) }
    }
}

/// What was restored, for programs.
#[derive(Serialize)]
struct RestoredDocument<'a> {
    #[serde(flatten)]
    verified: &'a VerifyDocument,
    through_event: u64,
    last_time: String,
    /// The record behind which the archive was torn.
    torn_behind_record: Option<u64>,
    lost_records: Option<Span>,
    lost_events: Option<Span>,
    /// Who is to be forgotten again.
    forgotten_later: Vec<CustomerDocument>,
    damaged_keys: Vec<String>,
}

impl<'a> RestoredDocument<'a> {
    fn of(verified: &'a VerifyDocument, restored: &Restored) -> Self {
        Self {
            verified,
            through_event: restored.through.number(),
            last_time: restored.last_time.to_string(),
            torn_behind_record: restored.torn.as_ref().map(|torn| torn.whole_through),
            lost_records: restored.lost.map(|lost| lost.records),
            lost_events: restored.lost.map(|lost| lost.events),
            forgotten_later: restored.forgotten_later.iter().map(CustomerDocument::of).collect(),
            damaged_keys: restored.damaged_keys.iter().map(DamagedKey::to_string).collect(),
        }
    }
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
        | RestoreError::BeginsLater { .. }
        | RestoreError::Unjoined { .. }
        | RestoreError::TenantUnknown(_) => Failure::Refused(error.to_string()),
        RestoreError::NoSource => Failure::Usage(error.to_string()),
        RestoreError::Misfold(_) | RestoreError::NotAsTold(_) | RestoreError::Differs(_) => {
            Failure::Differs(error.to_string())
        }
    }
}
