//! Guards what deciding a sale costs: the pure step from state and command to events, by the number of lines
//! and of open lots.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use kopilka::api::read_settings_document;
use kopilka::ledger::{
    Account, Action, Command, Confirmation, ExternalIdScope, Facts, HeldVouchers, IdBlock,
    LineInput, PartnerSecret, PointOfSale, PromotionFacts, RedeemMode, Register, Sell,
    SettingsHistory, TenantAction, TenantCommand, step, step_tenant,
};
use kopilka::values::{
    Bonus, CustomerId, LotId, Money, Phone, Precision, Quantity, SaleId, TenantId, Text, Timestamp,
    TransactionId, UnitPrice,
};
use std::hint::black_box;
use std::sync::Arc;

const SETTINGS: &str = r##"{"currency":"TJS","redeem_hold_seconds":0,"max_redeem_percent":"30","tiers":[
    {"name":"Base","color":"#8A8A8A","from_total_spent":"0.00","bonus_percent":"5"},
    {"name":"Gold","color":"#C9A227","from_total_spent":"1000.00","bonus_percent":"7.5"}]}"##;

fn start() -> Timestamp {
    Timestamp::parse_rfc3339("2026-03-02T09:00:00Z").expect("an instant")
}

fn settings() -> Arc<SettingsHistory> {
    let action = TenantAction::Create {
        tenant: TenantId(1),
        name: Text::parse("Bench").expect("a name"),
        token: [0; 32],
        secret: PartnerSecret::new("s3cr3t"),
        settings: Box::new(read_settings_document(SETTINGS).expect("settings")),
        plus_key: [0; 32],
    };
    step_tenant(None, &TenantCommand { now: start(), action }).expect("a tenant").tenant.settings
}

fn command(settings: &Arc<SettingsHistory>, number: u64, action: Action) -> Command {
    let ids = IdBlock {
        sale: SaleId(number),
        transaction: TransactionId(number * 8),
        lot: LotId(number),
    };
    let facts = Facts {
        settings: Arc::clone(settings),
        ids,
        completes: None,
        past: None,
        returned: None,
        vouchers: HeldVouchers::default(),
        promotions: PromotionFacts::default(),
    };
    let day = i64::try_from(number).expect("a day");
    Command { now: start().plus_seconds(day * 3_600), action, facts }
}

fn line() -> LineInput {
    LineInput {
        sku: Some(Text::parse("SKU-001").expect("a sku")),
        category_code: Some(Text::parse("dairy").expect("a category")),
        name: Some(Text::parse("Milk 1L").expect("a name")),
        quantity: Some(Quantity::ONE),
        unit_price: Some(UnitPrice::parse("33.333333").expect("a price")),
        line_amount: None,
    }
}

fn sale(lines: usize, redeem: &str) -> Action {
    Action::Sell(Box::new(Sell {
        total_amount: Money::parse("955", Precision::Exact).expect("money"),
        gross_amount: None,
        redeem_mode: RedeemMode::Discount,
        redeem: Bonus::parse(redeem, Precision::Exact).expect("bonuses"),
        external_id: Some(Text::parse("order-1").expect("an id")),
        receipt_number: None,
        payment_method: None,
        point_of_sale: PointOfSale::default(),
        sale_date: None,
        lines: vec![line(); lines],
        reserve: None,
        confirmation: Confirmation::Missing,
        external_scope: ExternalIdScope::Tenant,
        gift_cards: Vec::new(),
        coupons: Vec::new(),
        retail: None,
    }))
}

/// A customer with so many open lots.
fn customer(settings: &Arc<SettingsHistory>, lots: u64) -> Account {
    let register = Register {
        customer: CustomerId(1),
        phone: Phone::from_number(992_901_234_567).expect("a phone"),
        full_name: None,
        token: None,
        welcome: false,
        mark: None,
        telegram: None,
        referral_code: None,
        inviter: None,
        change: None,
        confirmed: false,
    };
    let mut account =
        *step(None, &command(settings, 0, Action::Register(register))).expect("registered").account;
    for number in 1..=lots {
        account =
            *step(Some(&account), &command(settings, number, sale(0, "0"))).expect("sold").account;
    }
    account
}

fn decide(criterion: &mut Criterion) {
    let settings = settings();
    let mut group = criterion.benchmark_group("decide_a_sale");
    for (lots, lines) in [(1, 0), (1, 3), (20, 200), (10, 3), (100, 3), (1_000, 3), (10_000, 3)] {
        let account = customer(&settings, lots);
        let command = command(&settings, lots + 1, sale(lines, "45"));
        group.bench_function(
            BenchmarkId::from_parameter(format!("{lots} lots, {lines} lines")),
            |bencher| {
                bencher
                    .iter(|| step(black_box(Some(&account)), black_box(&command)).expect("a sale"));
            },
        );
    }
    group.finish();
}

criterion_group!(benches, decide);
criterion_main!(benches);
