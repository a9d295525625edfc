//! The chains of the scenario, and its operations as a journal.

use crate::journal::memory_log::MemoryLog;
use crate::journal::operation::Numbered;
use crate::journal::reader::JournalReader;
use crate::journal::record::{Framed, GroupEncoder, Tail};
use crate::ledger::{
    AccrualStep, Days, HoldFrom, PartnerSecret, PaymentTypeWithoutGross, SettingsDraft,
    SignaturePath, TenantAction, TenantName, TierDraft,
};
use crate::values::{Bonus, Money, Percent, Precision, TenantId, Text, Timestamp};
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

/// A hold of a day, a month to spend, so that everything happens within weeks.
pub(super) fn draft() -> SettingsDraft {
    let money = |text| Money::parse(text, Precision::Exact).unwrap();
    SettingsDraft {
        currency: Text::parse("TJS").unwrap(),
        bonus_unit: Text::parse("bonus").unwrap(),
        time_zone: chrono_tz::Asia::Dushanbe,
        default_country: None,
        redeem_hold_seconds: 86_400,
        hold_from: HoldFrom::Business,
        expire_after: Days::Days(30),
        min_purchase_amount: money("10.00"),
        max_redeem_percent: Percent::parse("30").unwrap(),
        redeem_step: Bonus::CENT,
        min_redeem: Bonus::ZERO,
        redeem_max_per_receipt: None,
        redeem_from_app: true,
        earn_while_redeeming: true,
        accrue_on_bonus_part: false,
        accrual_step: AccrualStep::Cent,
        earn_max_per_receipt: None,
        payment_type_without_gross: PaymentTypeWithoutGross::Refuse,
        welcome_bonus: Bonus::from_cents(1_000).unwrap(),
        welcome_hold_seconds: 0,
        welcome_expire_after: Days::Days(20),
        backdate_days_max: 30,
        backdate_before_join_hours: 24,
        require_external_id: false,
        signature_path: SignaturePath::Full,
        tiers: vec![TierDraft {
            name: Text::parse("Base").unwrap(),
            color: Text::parse("#8A8A8A").unwrap(),
            from_total_spent: Money::ZERO,
            bonus_percent: Percent::parse("5").unwrap(),
        }],
    }
}
