//! The chains of the scenario, and its operations as a journal.

use crate::journal::memory_log::MemoryLog;
use crate::journal::operation::Numbered;
use crate::journal::reader::JournalReader;
use crate::journal::record::{Framed, GroupEncoder, Tail};
use crate::ledger::{
    Days, DebtRules, LateRules, LineInput, OfflineDebit, PartnerSecret, Policy, ReserveRules,
    SettingsDraft, StoreDraft, TenantAction, TenantName, sample_settings,
};
use crate::values::{Bonus, Quantity, TenantId, Text, Timestamp, UnitPrice};
use std::path::Path;
use std::sync::Arc;

/// A journal of these operations as the writer would have written them, a few to a record, each record
/// with all its right numbers and hashes.
pub(in crate::journal) fn journal_of(operations: &[Numbered]) -> (MemoryLog, JournalReader) {
    let log = MemoryLog::default();
    let opening = Framed::opening(&Tail::nothing(), Timestamp::from_millis(0));
    let (mut records, mut tail) = (vec![opening.bytes], opening.tail);
    let mut encoder = GroupEncoder::new().unwrap();
    for group in operations.chunks(3) {
        assert!(group.iter().all(|numbered| encoder.add(numbered)));
        for framed in encoder.finish(&tail).unwrap() {
            tail = framed.tail;
            records.push(framed.bytes);
        }
    }
    log.replace(records);
    let reader = JournalReader::new(Arc::new(log.clone()), Path::new("/data/ledger"));
    (log, reader)
}

pub(super) fn create(tenant: TenantId) -> TenantAction {
    TenantAction::Create {
        tenant,
        name: TenantName::parse("Chain").unwrap(),
        token: [u8::try_from(tenant.number()).unwrap(); 32],
        secret: PartnerSecret::new("s3cr3t"),
        settings: Box::new(draft()),
    }
}

/// So many stores: more than fit into one entry of the tables, or fewer than before.
pub(super) fn list_stores(count: usize) -> TenantAction {
    let store = |number: usize| StoreDraft {
        id: None,
        name: Text::parse(&format!("Store {number}")).unwrap(),
        address: number.is_multiple_of(2).then(|| Text::parse("12 Rudaki Ave").unwrap()),
    };
    TenantAction::ListStores { stores: (0..count).map(store).collect() }
}

/// A hold of a day, a month to spend, so that everything happens within weeks; late debits are taken.
pub(super) fn draft() -> SettingsDraft {
    SettingsDraft {
        expire_after: Days::Days(30),
        welcome_bonus: Bonus::from_cents(1_000).unwrap(),
        welcome_expire_after: Days::Days(20),
        policy: Policy {
            late: LateRules {
                offline_debit: OfflineDebit::AllowDebt,
                debt_max: Bonus::from_cents(500).unwrap(),
            },
            debt: DebtRules { write_off_days: Some(10) },
            reserve: ReserveRules { deadline_seconds: 200_000 },
            ..Policy::default()
        },
        ..sample_settings()
    }
}

pub(super) fn line(quantity: u64) -> LineInput {
    LineInput {
        sku: Some(Text::parse("SKU").unwrap()),
        category_code: None,
        name: None,
        quantity: Quantity::from_millionths(quantity * 1_000_000),
        unit_price: UnitPrice::from_millionths(3_330_000),
        line_amount: None,
    }
}
