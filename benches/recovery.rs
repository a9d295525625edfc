//! How fast the journal becomes tables again: a replay of sales into empty tables, events per second.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed benchmark")]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use kopilka::api::read_settings_document;
use kopilka::journal::{Counters, EntityEvents, Numbered, Operation, TablesWriter, replay};
use kopilka::ledger::{
    Account, AccountEvent, Action, Actor, Command, Confirmation, ExternalId, ExternalIdScope,
    Facts, HeldVouchers, IdBlock, PartnerSecret, PointOfSale, PromotionFacts, RedeemMode, Register,
    Sell, SettingsDraft, SettingsHistory, TenantAction, TenantCommand, TenantName, step,
    step_tenant,
};
use kopilka::values::{
    Bonus, CustomerId, EventNumber, LotId, Money, Phone, SaleId, SettingsVersion, TenantId,
    Timestamp, TransactionId,
};
use std::collections::BTreeMap;
use std::sync::Arc;

const TENANT: TenantId = TenantId(1);
const CUSTOMERS: u64 = 2_000;
const SALES: u64 = 20_000;
const CACHE_BYTES: u64 = 64 << 20;

/// Of a chain whose bonuses mature after a day and expire after thirty.
const SETTINGS: &str =
    r#"{"redeem_hold_seconds": 86400, "expire_after_days": 30, "welcome_expire_after_days": 0}"#;

/// A chain whose customers buy something every few minutes.
struct Chain {
    now: Timestamp,
    settings: Arc<SettingsHistory>,
    accounts: BTreeMap<CustomerId, Account>,
    counters: Counters,
    operations: Vec<Numbered>,
    next_event: EventNumber,
}

impl Chain {
    fn new() -> Self {
        let now = Timestamp::parse_rfc3339("2026-01-01T00:00:00Z").unwrap();
        let action = TenantAction::Create {
            tenant: TENANT,
            name: TenantName::parse("Chain").unwrap(),
            token: [1; 32],
            secret: PartnerSecret::new("s3cr3t"),
            settings: Box::new(settings()),
            plus_key: [2; 32],
        };
        let created = step_tenant(None, &TenantCommand { now, action }).unwrap();
        let mut chain = Self {
            now,
            settings: created.tenant.settings,
            accounts: BTreeMap::new(),
            counters: Counters::default(),
            operations: Vec::new(),
            next_event: EventNumber(1),
        };
        chain.push(EntityEvents::Tenant(created.events));
        chain
    }

    fn push(&mut self, entity: EntityEvents) {
        let operation = Operation {
            tenant: TENANT,
            at: self.now,
            actor: Actor::Partner,
            rule_version: SettingsVersion(1),
            mark: None,
            entities: vec![entity],
        };
        self.counters.take(&operation);
        let first_event = self.next_event;
        self.next_event = first_event.plus(operation.count());
        let tenant_number = u64::try_from(self.operations.len()).unwrap() + 1;
        self.operations.push(Numbered { operation, first_event, tenant_number });
    }

    fn perform(&mut self, customer: CustomerId, action: Action) {
        self.now = self.now.plus_seconds(60);
        let ids = IdBlock {
            sale: SaleId(self.counters.sale + 1),
            transaction: TransactionId(self.counters.transaction + 1),
            lot: LotId(self.counters.lot + 1),
        };
        let settings = Arc::clone(&self.settings);
        let facts = Facts {
            settings,
            ids,
            completes: None,
            past: None,
            returned: None,
            vouchers: HeldVouchers::default(),
            promotions: PromotionFacts::default(),
        };
        let command = Command { now: self.now, action, facts };
        let step = step(self.accounts.get(&customer), &command).unwrap();
        self.accounts.insert(customer, step.account);
        let events: Vec<AccountEvent> = step.events;
        self.push(EntityEvents::Account(customer, events));
    }
}

fn settings() -> SettingsDraft {
    read_settings_document(SETTINGS).unwrap()
}

fn register(customer: CustomerId) -> Action {
    let phone = Phone::from_number(992_900_000_000 + customer.number()).unwrap();
    Action::Register(Register {
        customer,
        phone,
        full_name: None,
        token: None,
        welcome: false,
        mark: None,
        telegram: None,
        referral_code: None,
        inviter: None,
        change: None,
        confirmed: false,
    })
}

fn sell(number: u64) -> Action {
    Action::Sell(Box::new(Sell {
        total_amount: Money::from_cents(10_000 + number % 5_000).unwrap(),
        gross_amount: None,
        redeem_mode: RedeemMode::Discount,
        redeem: Bonus::ZERO,
        external_id: Some(ExternalId::parse(&format!("RECEIPT-{number}")).unwrap()),
        receipt_number: None,
        payment_method: None,
        point_of_sale: PointOfSale::default(),
        sale_date: None,
        lines: Vec::new(),
        reserve: None,
        confirmation: Confirmation::Missing,
        external_scope: ExternalIdScope::Tenant,
        gift_cards: Vec::new(),
        coupons: Vec::new(),
        retail: None,
    }))
}

fn operations() -> Vec<Numbered> {
    let mut chain = Chain::new();
    for customer in (1..=CUSTOMERS).map(CustomerId) {
        chain.perform(customer, register(customer));
    }
    for number in 0..SALES {
        chain.perform(CustomerId(1 + number.wrapping_mul(7_919) % CUSTOMERS), sell(number));
    }
    chain.operations
}

fn replay_of_sales(criterion: &mut Criterion) {
    let operations = operations();
    let events = operations.iter().map(|numbered| numbered.operation.count()).sum();
    let mut group = criterion.benchmark_group("recovery");
    group.throughput(Throughput::Elements(events)).sample_size(10);
    group.bench_function("replay of sales into empty tables", |bencher| {
        bencher.iter_batched(
            || (tempfile::tempdir().unwrap(), operations.clone()),
            |(dir, operations)| {
                let far = EventNumber(u64::MAX);
                let mut writer = TablesWriter::open(dir.path(), CACHE_BYTES, far).unwrap();
                replay(&mut writer, operations.into_iter().map(Ok)).unwrap();
                (dir, writer)
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, replay_of_sales);
criterion_main!(benches);
