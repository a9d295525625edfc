//! What happened, for ever: the data directory, the journal's records and its one writer, and the
//! tables derived from them. Knows no rule and no HTTP.

mod background;
mod beside_fold;
mod chain;
mod codec;
mod counters;
mod crew;
mod data_dir;
mod derive;
mod disk;
mod error;
mod event_parts;
mod feed;
mod fetch;
mod fold;
mod high_water;
mod house_key_file;
mod keys;
mod log;
mod login_fold;
mod misfold;
mod opened;
mod operation;
mod operators_file;
mod positions;
mod presence;
mod proof;
mod queue;
mod quiet;
mod reader;
mod rebuild;
mod record;
mod records;
mod recovery;
#[cfg(test)]
mod recovery_tests;
mod side_by_side;
mod sled_files;
mod sled_log;
mod sled_tail;
mod snapshot;
mod tables;
mod tail_fold;
mod turn;
mod usage;
mod vault;
mod verify;
mod voucher_fold;
mod writer;

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod crash_tests;
#[cfg(test)]
mod memory_log;
#[cfg(test)]
mod scenario;
#[cfg(test)]
mod test_kit;
#[cfg(test)]
mod writer_tests;

pub use background::{work_behind_sales, work_in_background};
pub use counters::Counters;
pub use crew::Crew;
pub use data_dir::DataDir;
pub use derive::{Derived, derive, handed_over};
pub use disk::{DiskSpace, bytes_below, disk_space};
pub use error::{JournalError, JournalTrouble};
pub use feed::read_feed;
pub use fold::Fold;
pub use keys::{
    LookUpKey, card_key, device_key, external_key, external_reserve_key, former_phone_key,
    import_batch_key, import_reversal_key, import_row_key, imports_key, item_key, merged_key,
    phone_key, referral_key, referral_message_key, reserve_key, return_key, sale_key, telegram_key,
    token_key, voucher_key,
};
pub use log::{Claim, LogError, LogFactory, LogPlace, LogReader, Opening, PartitionLog};
#[cfg(test)]
pub use memory_log::MemoryLog;
pub use misfold::{FoldError, Misfold};
pub use opened::{DISK_FREE_MIN, GroupWatch, JournalOptions, OpenedLog, open_read_only};
pub use operation::{
    Additions, Capture, EntityEvents, LoginCapture, LoneMark, Numbered, Operation, OperationRef,
    Outcome, Reply, VoucherCapture, VoucherRow,
};
pub use operators_file::OperatorsFile;
pub use positions::FeedRun;
pub use presence::{Hole, Presence};
pub use proof::{Proof, RecordHash};
pub use queue::{Approach, Closed, EventNumbers, Forward, GROUP_OPERATIONS_MAX};
pub use reader::{JournalReader, Operations};
pub use rebuild::rebuild_tables;
pub use record::{Framed, GroupEncoder, Tail};
pub use records::{RecordInfo, Records};
pub use recovery::{Recovered, Replayed, rebuild_account, recover, recover_watched};
pub use sled_log::open_sled_log;
pub use snapshot::{
    Archive, ArchivePlace, ArchiveProof, ArchiveSummary, ArchiveWriter, CreatedSnapshot, FileEntry,
    Lost, Manifest, Parent, Pruned, ResealWish, Resealed, RestoreEnd, RestoreError, RestoreSources,
    RestoreStage, RestoreWish, Restored, Shelved, ShelvedState, Snapshot, SnapshotError,
    SnapshotKind, SnapshotPlace, SnapshotProgress, SnapshotSource, Span, TenantTotals, TornEnd,
    archive_of, archive_summary, create_snapshot, list_snapshots, prune_snapshots, reseal, restore,
    snapshot_name, verify_archive, verify_snapshot,
};
pub use tables::{
    Checkpoint, CheckpointBatch, Due, FilterFill, Lead, PackedAccount, Scan, Seen, SpentLater,
    Tables, TablesMemory, TablesWriter, TenantCounts, VoucherDue,
};
pub use usage::{Usage, UsageChange, Used};
pub use vault::{
    Chance, DamagedKey, KEYS_AT_ONCE, KeyNeeds, KeyTrial, MASTER_KEY_FILE, MasterKey, Sealing,
    Vault, VaultSource,
};
pub use verify::{BookLine, Covered, Difference, Place, VerifyReport, verify, verify_through};
pub use writer::{Finish, Herald, Journal, Postman};

/// What fuzzers drive of this room.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn fuzz_targets() -> Vec<crate::fuzzing::Target> {
    [record::fuzzing::TARGETS, snapshot::fuzzing::TARGETS].concat()
}
