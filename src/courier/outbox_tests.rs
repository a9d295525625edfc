//! Which messages each kind of event implies, as a table.

use crate::courier::outbox::{Message, Notice, messages};
use crate::courier::sources::AddressedCode;
use crate::journal::{EntityEvents, Numbered, Operation};
use crate::ledger::{
    AccountEvent, Actor, CourierChannel, ExternalIdScope, PartnerSecret, PointOfSale,
    PromotionCondition, PromotionKind, PromotionLimits, PromotionReward, PromotionTerms,
    RecordedRedemption, RecordedSale, RedeemMode, Tenant, TenantAction, TenantCommand, TenantEvent,
    sample_settings, step_tenant,
};
use crate::values::{
    Balance, Bonus, CustomerId, EventNumber, Money, Percent, Phone, PromotionId, SaleId,
    SettingsVersion, TenantId, Text, TierId, Timestamp, TransactionId,
};
use std::sync::Arc;

fn at() -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000)
}

fn tenant(store_name: Option<&str>) -> Tenant {
    tenant_with(store_name, None)
}

fn tenant_with(store_name: Option<&str>, redeem_confirm_from: Option<Bonus>) -> Tenant {
    let mut settings = sample_settings();
    settings.policy.guard.redeem_confirm_from = redeem_confirm_from;
    settings.bonus_unit = Text::parse("points").unwrap();
    settings.policy.brand.store_name = store_name.map(|name| Text::parse(name).unwrap());
    let action = TenantAction::Create {
        tenant: TenantId(1),
        name: Text::parse("Khorosho LLC").unwrap(),
        token: [1; 32],
        secret: PartnerSecret::new("secret"),
        settings: Box::new(settings),
        plus_key: [2; 32],
    };
    step_tenant(None, &TenantCommand { now: at(), action }).unwrap().tenant
}

fn numbered(entities: Vec<EntityEvents>) -> Numbered {
    let operation = Operation {
        tenant: TenantId(1),
        at: at(),
        actor: Actor::Partner,
        rule_version: SettingsVersion(1),
        mark: None,
        entities,
    };
    Numbered { operation, first_event: EventNumber(9), tenant_number: 3 }
}

fn sale(accrued: u64, redeemed: u64) -> AccountEvent {
    AccountEvent::SaleRecorded(Arc::new(RecordedSale {
        id: SaleId(17),
        at: at(),
        late: false,
        total: Money::from_cents(95_500).unwrap(),
        gross: None,
        redeem_mode: RedeemMode::Discount,
        redeemed: Bonus::from_cents(redeemed).unwrap(),
        completes: None,
        accrued: Bonus::from_cents(accrued).unwrap(),
        tier: TierId(1),
        percent: Percent::parse("5").unwrap(),
        earned_under: SettingsVersion(1),
        external_id: None,
        receipt_number: None,
        payment_method: None,
        point_of_sale: PointOfSale::default(),
        lines: Vec::new(),
        unlisted: None,
        balance_after: Balance::from_cents(15_275),
        promoted: Vec::new(),
        external_scope: ExternalIdScope::Tenant,
        retail: None,
        unfunded: Bonus::ZERO,
        gift_cards: Vec::new(),
        coupons: Vec::new(),
    }))
}

fn redemption() -> AccountEvent {
    AccountEvent::RedemptionRecorded(Box::new(RecordedRedemption {
        id: SaleId(18),
        transaction: TransactionId(1),
        at: at(),
        amount: Bonus::from_cents(5_000).unwrap(),
        order_total: Money::from_cents(20_000).unwrap(),
        external_id: None,
        balance_after: Balance::from_cents(-50),
    }))
}

fn adjustment(cents: i64) -> AccountEvent {
    AccountEvent::AdjustmentRecorded {
        transaction: TransactionId(1),
        amount: Balance::from_cents(cents),
        reason: Text::parse("a complaint nobody else should read").unwrap(),
        balance_after: Balance::from_cents(700),
    }
}

fn notices(events: Vec<AccountEvent>) -> Vec<Notice> {
    let operation = numbered(vec![EntityEvents::Account(CustomerId(7), events)]);
    let found = messages(CourierChannel::Push, &operation, &[], &tenant(None));
    let notices = found.into_iter().map(|message| match message {
        Message::Push(notice) => notice,
        Message::Sms(_) => panic!("an SMS on the push channel"),
    });
    notices.collect()
}

#[test]
fn each_kind_of_event_has_its_notice_or_none() {
    let check = |event: AccountEvent, expected: &[&str]| {
        let shown = format!("{event:?}");
        let bodies: Vec<String> = notices(vec![event]).into_iter().map(|one| one.body).collect();
        assert_eq!(bodies, expected, "{shown}");
    };
    check(sale(4_775, 0), &["You earned 47.75 points. Balance: 152.75 points."]);
    check(
        sale(4_775, 4_500),
        &["You paid 45.00 points and earned 47.75 points. Balance: 152.75 points."],
    );
    check(sale(0, 4_500), &["You paid 45.00 points. Balance: 152.75 points."]);
    check(sale(0, 0), &[]);
    check(redemption(), &["You paid 50.00 points. Balance: -0.50 points."]);
    check(adjustment(500), &["You were given 5.00 points. Balance: 7.00 points."]);
    check(adjustment(-500), &[]);
    check(AccountEvent::Blocked { at: at() }, &[]);
    check(AccountEvent::AccountOpened { customer: CustomerId(7), at: at() }, &[]);
}

#[test]
fn an_offer_says_what_the_promotion_says() {
    let terms = |description: Option<&str>| PromotionTerms {
        name: Text::parse("Double dairy").unwrap(),
        description: description.map(|text| Text::parse(text).unwrap()),
        kind: PromotionKind::CategoryMultiplier,
        condition: PromotionCondition {
            categories: vec![Text::parse("dairy").unwrap()],
            ..PromotionCondition::default()
        },
        reward: PromotionReward::PlusPercent(Percent::parse("5").unwrap()),
        starts_at: None,
        ends_at: None,
        limits: PromotionLimits::default(),
        active: true,
    };
    let check = |description: Option<&str>, expected: &str| {
        let terms = Box::new(terms(description));
        let action = TenantAction::SetPromotion { promotion: None, terms };
        let command = TenantCommand { now: at(), action };
        let tenant = step_tenant(Some(&tenant(None)), &command).unwrap().tenant;
        let promotion = PromotionId(1);
        let event = AccountEvent::OverstockNoticed { promotion, sync: 3, at: at() };
        let operation = numbered(vec![EntityEvents::Account(CustomerId(7), vec![event])]);
        let found = messages(CourierChannel::Push, &operation, &[], &tenant);
        let [Message::Push(notice)] = &found[..] else { panic!("{found:?}") };
        assert_eq!((notice.title.as_str(), notice.body.as_str()), ("Double dairy", expected));
        assert_eq!(notice.data[1], ("promotion_id", "1".to_owned()));
    };
    check(None, "Double dairy");
    check(Some("Twice as much on milk"), "Twice as much on milk");
    check(Some(&"м".repeat(500)), &"м".repeat(200));
}

#[test]
fn a_notice_carries_its_figures_for_the_app() {
    let notice = notices(vec![sale(4_775, 4_500)]).remove(0);
    assert_eq!(
        (notice.customer, notice.title.as_str()),
        (CustomerId(7), "Thank you for your purchase")
    );
    let data: Vec<(&str, &str)> =
        notice.data.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let expected = [
        ("kind", "sale"),
        ("balance_after", "152.75"),
        ("sale_id", "17"),
        ("accrued", "47.75"),
        ("redeemed", "45.00"),
    ];
    assert_eq!(data, expected);
}

#[test]
fn every_customer_of_an_operation_is_told_and_a_tenant_is_not() {
    let of = |customer, events| EntityEvents::Account(CustomerId(customer), events);
    let operation = numbered(vec![
        EntityEvents::Tenant(vec![TenantEvent::Suspended { at: at() }]),
        of(7, vec![adjustment(500), AccountEvent::Blocked { at: at() }]),
        of(8, vec![redemption(), sale(1, 0)]),
    ]);
    let found = messages(CourierChannel::Push, &operation, &[], &tenant(None));
    let customers: Vec<u64> = found
        .iter()
        .map(|message| match message {
            Message::Push(notice) => notice.customer.number(),
            Message::Sms(_) => 0,
        })
        .collect();
    assert_eq!(customers, [7, 8, 8]);
}

#[test]
fn a_login_code_is_a_text_message_and_nothing_else_is() {
    let phone = Phone::from_number(992_901_234_567).unwrap();
    let code = || vec![AddressedCode { phone, code: "123456".into() }];
    let operation = numbered(vec![EntityEvents::Account(CustomerId(7), vec![sale(1, 0)])]);
    let text = |store_name| {
        let found = messages(CourierChannel::Sms, &operation, &code(), &tenant(store_name));
        let [Message::Sms(sms)] = &found[..] else { panic!("{found:?}") };
        assert_eq!(sms.phone, phone);
        sms.text.clone()
    };
    assert_eq!(text(None), "123456 is your code for Khorosho LLC. Do not tell it to anyone.");
    assert_eq!(
        text(Some("Khorosho")),
        "123456 is your code for Khorosho. Do not tell it to anyone."
    );
    let tills_ask = tenant_with(None, Bonus::from_cents(1));
    let found = messages(CourierChannel::Sms, &operation, &code(), &tills_ask);
    let [Message::Sms(sms)] = &found[..] else { panic!("{found:?}") };
    assert_eq!(
        sms.text,
        "123456 is your code for Khorosho LLC. Tell it to nobody but a cashier, when you pay with \
         bonuses."
    );
    let found = messages(CourierChannel::Sms, &operation, &[], &tenant(None));
    assert!(found.is_empty());
}
