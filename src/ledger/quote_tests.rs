//! A quote equals the sale that follows it, figure by figure, and its reasons are the rules' own.

use crate::ledger::category_rules::{CategoryEffect, CategoryRule, Goods};
use crate::ledger::command::{Action, LineInput, Sell};
use crate::ledger::promotion::PromotionKind;
use crate::ledger::promotion::tests::{fixed, on_categories, plus, terms, texts, times};
use crate::ledger::promotions::Promotions;
use crate::ledger::quote::{Quote, quote};
use crate::ledger::refusal::Refusal;
use crate::ledger::settings::tests::tier;
use crate::ledger::settings::{AccrualStep, SettingsDraft};
use crate::ledger::step::StepError;
use crate::ledger::testing::{Scene, adjust, bonus, line, money, plain, redemption, sale};
use crate::values::{Bonus, Money, Percent, Text};
use proptest::prelude::*;
use std::sync::Arc;

fn quoted(scene: &Scene, sell: &Sell) -> Result<Quote, Refusal> {
    let command = scene.command(Action::Sell(Box::new(sell.clone())));
    match quote(scene.account.as_ref(), &command) {
        Ok(quoted) => Ok(quoted.expect("a sale is quoted")),
        Err(StepError::Refused(refusal)) => Err(refusal),
        Err(bug @ (StepError::Misfit(_) | StepError::Broken(_))) => panic!("{bug}"),
    }
}

/// Quotes a sale and makes it: both say the same.
fn quote_and_sell(scene: &mut Scene, sell: &Sell) -> Result<Quote, Refusal> {
    let before = scene.account().clone();
    let told = quoted(scene, sell);
    assert_eq!(scene.account(), &before, "a quote changes nothing");
    let done = scene.perform(Action::Sell(Box::new(sell.clone())));
    match (&told, &done) {
        (Ok(told), Ok(_)) => assert_eq!(&told.sale, scene.last_sale()),
        (Err(told), Err(refused)) => assert_eq!(told, refused),
        (Ok(_), Err(_)) | (Err(_), Ok(_)) => panic!("quoted {told:?}, done {done:?}"),
    }
    told
}

fn in_category(amount: &str, category: &str) -> LineInput {
    LineInput { category_code: Text::parse(category).ok(), ..line(Some(amount)) }
}

fn rule(goods: Goods, effect: CategoryEffect) -> CategoryRule {
    CategoryRule { goods, effect }
}

fn of_category(category: &str, effect: CategoryEffect) -> CategoryRule {
    rule(Goods::Category(Text::parse(category).unwrap()), effect)
}

fn reasons(quote: &Quote) -> Vec<(&'static str, &'static str)> {
    let all = quote.lines.iter().chain(&quote.unlisted);
    all.map(|line| (line.earn.name(), line.redeem.name())).collect()
}

#[test]
fn the_contracts_own_figures_with_their_reasons() {
    let mut scene = Scene::new(plain);
    scene.perform(adjust("150.00")).unwrap();
    let told = quote_and_sell(&mut scene, &sale("955.00").gross("1000.00").redeeming("45.00"));
    let told = told.unwrap();
    assert_eq!(told.sale.balance_after.to_string(), "152.75");
    assert_eq!(told.accrual.unrounded.to_string(), "47.75");
    assert_eq!(told.accrual.capped_by, None);
    let limit = told.redeem_limit;
    assert_eq!((limit.base, limit.by_percent), (money("1000.00"), bonus("300.00")));
    assert_eq!((limit.most, limit.bound.name()), (bonus("150.00"), "redeemable_balance"));
    assert_eq!(reasons(&told), [("tier", "open")]);
    let end = told.spendable.and_then(|lot| lot.shown_until()).map(|end| end.to_string());
    assert_eq!(
        end,
        scene
            .account()
            .lots
            .iter()
            .next_back()
            .unwrap()
            .expires_at
            .map(|end| { end.plus_seconds(-1).to_string() })
    );
}

#[test]
fn lines_say_why() {
    let goods = |rules: &mut SettingsDraft| {
        let skus =
            rule(Goods::Sku(Text::parse("S-1").unwrap()), CategoryEffect::MinPrice(money("9.00")));
        rules.policy.categories.rules = vec![
            of_category("tobacco", CategoryEffect::Both),
            of_category("books", CategoryEffect::NoEarn),
            skus,
        ];
    };
    let mut scene = Scene::new(goods);
    let mut promotions = Promotions::default();
    let next = promotions.next(None, on_categories(&["dairy"], times("2")), scene.now).unwrap();
    promotions.set(&Arc::new(next));
    scene.promotions.all = Arc::new(promotions);
    let priced = LineInput { sku: Text::parse("S-1").ok(), ..line(Some("10.00")) };
    let lines = vec![
        in_category("10.00", "tobacco"),
        in_category("10.00", "books"),
        in_category("10.00", "dairy"),
        priced,
    ];
    let sell = Sell { lines, ..sale("50.00") };
    let told = quote_and_sell(&mut scene, &sell).unwrap();
    let expected = [
        ("no_earn", "no_redeem"),
        ("no_earn", "open"),
        ("promotion", "open"),
        ("tier", "min_price"),
        ("tier", "open"),
    ];
    assert_eq!(reasons(&told), expected);
    // Tobacco is no part of the cap's base.
    assert_eq!(told.redeem_limit.base, money("40.00"));
    let small = Sell { total_amount: money("9.99"), lines: Vec::new(), ..sell };
    let told = quote_and_sell(&mut scene, &small).unwrap();
    assert_eq!(reasons(&told), [("receipt", "open")]);
    assert_eq!(told.accrual.capped_by.map(|cap| cap.name()), Some("min_purchase_amount"));
    assert_eq!(told.spendable, None);
}

#[test]
fn what_was_redeemed_before_counts() {
    let mut scene = Scene::new(plain);
    scene.perform(adjust("100.00")).unwrap();
    scene.perform(Action::Redeem(redemption("50.00", "200.00"))).unwrap();
    scene.completes = Some(crate::ledger::facts::RedemptionFact {
        customer: scene.account().id,
        sale: crate::values::SaleId(1),
        amount: bonus("50.00"),
        order_total: money("200.00"),
    });
    let told = quote_and_sell(&mut scene, &sale("150.00")).unwrap();
    let limit = told.redeem_limit;
    assert_eq!((limit.before, limit.by_percent), (bonus("50.00"), bonus("60.00")));
    assert_eq!((limit.most, limit.bound.name()), (bonus("10.00"), "max_redeem_percent"));
}

#[test]
fn a_late_sale_redeems_nothing() {
    let mut scene = Scene::new(plain);
    scene.perform(adjust("100.00")).unwrap();
    let late = sale("150.00").on("2026-01-10T13:00:00+05:00");
    let told = quote_and_sell(&mut scene, &late).unwrap();
    let limit = told.redeem_limit;
    assert_eq!((limit.most, limit.bound.name()), (bonus("0.00"), "late_sale"));
}

#[test]
fn nothing_but_a_sale_is_quoted() {
    let scene = Scene::new(plain);
    let command = scene.command(adjust("5.00"));
    assert_eq!(quote(scene.account.as_ref(), &command), Ok(None));
}

/// What a till may send, and under which rules.
#[derive(Debug, Clone)]
struct Case {
    order: u64,
    redeem: u64,
    balance: u64,
    /// Cents and kind of goods.
    lines: Vec<(u64, usize)>,
    cap_percent: &'static str,
    step: u64,
    min_redeem: u64,
    receipt_max: Option<u64>,
    day_max: Option<u64>,
    earn_max: Option<u64>,
    whole: bool,
    on_bonus_part: bool,
    stacking: bool,
}

const KINDS: [&str; 4] = ["tea", "dairy", "tobacco", "books"];

fn cases() -> impl Strategy<Value = Case> {
    let limit = || prop::option::weighted(0.4, 1_u64..2_000);
    let amounts = (2_u64..10_000, 0_u64..3_000, 0_u64..6_000);
    let lines = prop::collection::vec((0_u64..6_000, 0_usize..KINDS.len()), 0..5);
    let redeeming = (
        prop::sample::select(vec!["0", "30", "33.333333", "100"]),
        prop::sample::select(vec![1_u64, 1, 1, 7, 100]),
        prop::sample::select(vec![0_u64, 0, 50]),
    );
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    (amounts, lines, redeeming, (limit(), limit(), limit()), flags).prop_map(
        |((order, redeem, balance), lines, redeeming, maxima, flags)| Case {
            order,
            redeem: redeem.min(order.saturating_sub(1)),
            balance,
            lines,
            cap_percent: redeeming.0,
            step: redeeming.1,
            min_redeem: redeeming.2,
            receipt_max: maxima.0,
            day_max: maxima.1,
            earn_max: maxima.2,
            whole: flags.0,
            on_bonus_part: flags.1,
            stacking: flags.2,
        },
    )
}

impl Case {
    fn scene(&self) -> Scene {
        let cents = |cents| Bonus::from_cents(cents).unwrap();
        let mut scene = Scene::new(|rules| {
            rules.tiers = vec![tier("Base", "0.00", "3.3"), tier("Gold", "50.00", "7")];
            rules.max_redeem_percent = Percent::parse(self.cap_percent).unwrap();
            rules.redeem_step = cents(self.step);
            rules.min_redeem = cents(self.min_redeem);
            rules.redeem_max_per_receipt = self.receipt_max.map(cents);
            rules.policy.daily.redeem_max = self.day_max.map(cents);
            rules.policy.daily.earn_max = self.earn_max.map(cents);
            rules.accrual_step = if self.whole { AccrualStep::Whole } else { AccrualStep::Cent };
            rules.accrue_on_bonus_part = self.on_bonus_part;
            rules.policy.promotion.stacking = self.stacking;
            rules.policy.categories.rules = vec![
                of_category("tobacco", CategoryEffect::Both),
                of_category("books", CategoryEffect::NoEarn),
            ];
        });
        let mut promotions = Promotions::default();
        let dairy = on_categories(&["dairy"], times("2.5"));
        let gift = terms(PromotionKind::FixedBonus, fixed(37));
        let mut more = terms(PromotionKind::TierBoost, plus("1.5"));
        more.condition.tiers = texts(&["Base"]);
        for promotion in [dairy, gift, more] {
            let next = promotions.next(None, promotion, scene.now).unwrap();
            promotions.set(&Arc::new(next));
        }
        scene.promotions.all = Arc::new(promotions);
        if self.balance > 0 {
            scene.perform(adjust(&cents(self.balance).to_string())).unwrap();
        }
        scene
    }

    /// Otherwise what no line lists is less where less is paid in money, and the lines more of the order.
    fn lists_all_or_nothing(&self) -> bool {
        let listed: u64 = self.lines.iter().map(|(cents, _)| cents).sum();
        listed >= self.order || self.lines.is_empty()
    }

    /// The same order, paid with so many bonuses.
    fn sell(&self, redeem: u64) -> Sell {
        let cents = |cents| Money::from_cents(cents).unwrap();
        let line =
            |(amount, kind): &(u64, usize)| in_category(&cents(*amount).to_string(), KINDS[*kind]);
        Sell {
            total_amount: cents(self.order.saturating_sub(redeem)),
            redeem: Bonus::from_cents(redeem).unwrap(),
            lines: self.lines.iter().map(line).collect(),
            ..sale("1.00")
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_quote_equals_the_sale_that_follows(case in cases(), rounds in 1_usize..4) {
        let mut scene = case.scene();
        for _ in 0..rounds {
            // Whether or not it is refused.
            let _ = quote_and_sell(&mut scene, &case.sell(case.redeem));
            scene.wait(60);
        }
    }

    #[test]
    fn the_most_that_is_told_is_accepted_and_not_a_step_more(case in cases()) {
        let scene = case.scene();
        let told = quoted(&scene, &case.sell(0));
        prop_assert!(told.is_ok(), "{:?}", told);
        let most = told.map(|told| told.redeem_limit.most.cents()).unwrap_or_default();
        let asked = quoted(&scene, &case.sell(most));
        prop_assert!(asked.is_ok(), "{} of {}: {:?}", most, case.order, asked);
        let more = most.saturating_add(case.step).max(case.min_redeem.next_multiple_of(case.step));
        if more < case.order && case.lists_all_or_nothing() {
            let asked = quoted(&scene, &case.sell(more));
            prop_assert!(asked.is_err(), "{} of {}: {:?}", more, case.order, asked);
        }
    }
}
