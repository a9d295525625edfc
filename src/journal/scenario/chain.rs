//! The chains of the scenario, and its operations as a journal.

use crate::journal::memory_log::MemoryLog;
use crate::journal::operation::Numbered;
use crate::journal::reader::JournalReader;
use crate::journal::record::{Framed, GroupEncoder, Tail};
use crate::journal::scenario::{Dice, Scenario, guard};
use crate::journal::vault::Sealing;
use crate::ledger::{
    Authorization, CourierChannel, DailyLimits, Days, DebtRules, FeedKind, LateRules, LineInput,
    OfflineDebit, OverstockRules, PartnerSecret, Policy, PromotionFacts, ReserveRules,
    SettingsDraft, StoreDraft, Subscription, SubscriptionContentType, SubscriptionMethod,
    TenantAction, TenantName, WebhookAction, sample_settings,
};
use crate::values::{Bonus, Quantity, TenantId, Text, Timestamp, UnitPrice, WebhookId};
use std::path::Path;
use std::sync::Arc;

/// A journal of these operations as the writer would have written them, a few to a record, each record
/// with all its right numbers and hashes.
pub(in crate::journal) fn journal_of(operations: &[Numbered]) -> (MemoryLog, JournalReader) {
    journal_of_groups(operations.chunks(3))
}

/// The same of operations that were written together.
pub(in crate::journal) fn journal_of_groups<'a>(
    groups: impl IntoIterator<Item = &'a [Numbered]>,
) -> (MemoryLog, JournalReader) {
    journal_of_groups_under(groups, &Sealing::Plain)
}

/// The same with what is personal or secret sealed.
pub(in crate::journal) fn journal_under(
    operations: &[Numbered],
    sealing: &Sealing,
) -> (MemoryLog, JournalReader) {
    journal_of_groups_under(operations.chunks(3), sealing)
}

fn journal_of_groups_under<'a>(
    groups: impl IntoIterator<Item = &'a [Numbered]>,
    sealing: &Sealing,
) -> (MemoryLog, JournalReader) {
    let log = MemoryLog::default();
    let opening = Framed::opening(&Tail::nothing(), Timestamp::from_millis(0));
    let (mut records, mut tail) = (vec![opening.bytes], opening.tail);
    let mut encoder = GroupEncoder::new().unwrap().under(sealing.clone());
    for group in groups {
        assert!(group.iter().all(|numbered| encoder.add(numbered).unwrap()));
        for framed in encoder.finish(&tail).unwrap() {
            tail = framed.tail;
            records.push(framed.bytes);
        }
    }
    log.replace(records);
    let reader = JournalReader::new(Arc::new(log.clone()), Path::new("/data/ledger"));
    (log, reader.under(sealing.clone()))
}

impl Scenario {
    /// A promotion first, so that whatever follows has something to use.
    pub(super) fn tenant_action(&mut self, tenant: TenantId) -> TenantAction {
        if self.tenants[&tenant].0.promotions.versions().is_empty() {
            return self.set_promotion(tenant);
        }
        match self.dice.below(15) {
            0 => TenantAction::ChangeSettings {
                settings: Box::new(SettingsDraft {
                    welcome_bonus: Bonus::from_cents(self.dice.below(5_000)).unwrap(),
                    ..draft()
                }),
                effective_from: None,
            },
            1 => TenantAction::RotateToken { token: [7; 32], grace_seconds: 60 },
            2 => TenantAction::RotateSecret {
                secret: PartnerSecret::new(&self.now().to_string()),
                grace_seconds: 60,
            },
            3 => TenantAction::Suspend,
            4 => TenantAction::Resume,
            5 => list_stores(usize::try_from(self.dice.below(60)).unwrap()),
            6 | 7 => self.set_promotion(tenant),
            8 => {
                let now = self.now();
                webhook_action(&mut self.dice, now)
            }
            9 => TenantAction::AdvanceCourier {
                channel: CourierChannel::ALL[self.pick(2)],
                through: self.dice.below(1_000),
            },
            10..=13 => self.goods_action(tenant),
            _ => match self.tenants[&tenant].0.promotions.courses().next() {
                Some((promotion, _)) => TenantAction::EndPromotion { promotion },
                None => TenantAction::Resume,
            },
        }
    }

    /// A new one, or a new version of the last one.
    fn set_promotion(&mut self, tenant: TenantId) -> TenantAction {
        let known = self.tenants[&tenant].0.promotions.courses().last();
        let open = known.filter(|(_, course)| course.ended_at.is_none()).map(|(id, _)| id);
        let terms = self.promotion_terms();
        let promotion = open.filter(|_| self.dice.below(2) == 0);
        TenantAction::SetPromotion { promotion, terms: Box::new(terms) }
    }

    pub(super) fn promotions(&self, tenant: TenantId) -> PromotionFacts {
        let all = Arc::clone(&self.tenants[&tenant].0.promotions);
        PromotionFacts { all, permits: Vec::new() }
    }
}

pub(super) fn create(tenant: TenantId) -> TenantAction {
    TenantAction::Create {
        tenant,
        name: TenantName::parse("Chain").unwrap(),
        token: [u8::try_from(tenant.number()).unwrap(); 32],
        secret: PartnerSecret::new("s3cr3t"),
        settings: Box::new(draft()),
        plus_key: [u8::try_from(tenant.number()).unwrap() | 0x80; 32],
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
            daily: DailyLimits {
                earn_max: Bonus::from_cents(10_000),
                redeem_max: Bonus::from_cents(700),
            },
            late: LateRules {
                offline_debit: OfflineDebit::AllowDebt,
                debt_max: Bonus::from_cents(500).unwrap(),
            },
            debt: DebtRules { write_off_days: Some(10) },
            reserve: ReserveRules { deadline_seconds: 200_000 },
            overstock: OverstockRules { push: true },
            guard: guard::rules(),
            ..Policy::default()
        },
        ..sample_settings()
    }
}

/// A line of so many pieces.
pub(super) fn line(quantity: u64) -> LineInput {
    LineInput {
        sku: Some(Text::parse("SKU").unwrap()),
        category_code: Some(Text::parse("dairy").unwrap()),
        name: None,
        quantity: Quantity::from_millionths(quantity * 1_000_000),
        unit_price: UnitPrice::from_millionths(3_330_000),
        line_amount: None,
    }
}

/// Something about one of the first webhooks, be it there or not.
pub(super) fn webhook_action(dice: &mut Dice, now: Timestamp) -> TenantAction {
    let webhook = WebhookId(1 + u32::try_from(dice.below(3)).unwrap());
    let (revision, failing_since) = (u32::try_from(dice.below(2)).unwrap(), now);
    TenantAction::Webhook(match dice.below(7) {
        0 | 1 => WebhookAction::Set {
            url: Text::parse("https://erp.example/hook").unwrap(),
            kinds: FeedKind::ALL[usize::try_from(dice.below(10)).unwrap()..].to_vec(),
            secret: PartnerSecret::new(&now.to_string()),
            after: dice.below(100),
        },
        2 => WebhookAction::Remove { webhook },
        3 => WebhookAction::Replay { webhook, after: dice.below(100) },
        4 => WebhookAction::Pause { webhook, revision, failing_since },
        5 => WebhookAction::Subscribe {
            url: Text::parse("https://shop.example/bonus").unwrap(),
            subscription: Subscription {
                method: SubscriptionMethod::Put,
                content_type: SubscriptionContentType::Form,
                authorization: Authorization::parse(&now.to_string()),
            },
            after: dice.below(100),
        },
        _ => WebhookAction::Advance {
            webhook,
            revision,
            through: dice.below(200),
            skipped: dice.below(3),
        },
    })
}
