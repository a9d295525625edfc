//! Cases of merges: what moves, what stays, what is given up and what is refused.

use crate::ledger::command::{Action, BusinessTime};
use crate::ledger::decide::merge_tests::Side::{Source, Target};
use crate::ledger::policy::ReturnDebt;
use crate::ledger::referral::{ReferralMessage, ReferralNews};
use crate::ledger::refusal::Refusal;
use crate::ledger::settings::tests::tier;
use crate::ledger::settings::{Days, SettingsDraft};
use crate::ledger::testing::{
    DAY, Scene, adjust, authenticate, bonus, check_next, hold, money, owe, plain, redeem, sale,
    sell,
};
use crate::ledger::testing_merges::{Pair, register_as};
use crate::ledger::testing_reserves::{commit, set_aside};
use crate::ledger::testing_returns::give_back;
use crate::values::{CustomerId, TierId};

#[derive(Clone, Copy)]
enum Side {
    Source,
    Target,
}

impl Pair {
    fn of(&mut self, side: Side) -> &mut Scene {
        match side {
            Source => &mut self.source,
            Target => &mut self.target,
        }
    }
}

/// Given commands of both, each so many seconds after the one before: what is told of both.
fn check(
    change: impl Fn(&mut SettingsDraft),
    given: Vec<(i64, Side, Action)>,
    source: &str,
    target: &str,
) -> Pair {
    let mut pair = Pair::new(change);
    for (seconds, side, action) in given {
        pair.wait(seconds).of(side).perform(action).unwrap();
    }
    let told = pair.merge();
    assert_eq!(told, [source, target]);
    pair
}

const NOTHING: &str = "| 0.00 = 0.00 + 0.00 - 0.00";

#[test]
fn bonuses_move_with_their_dates_and_ids() {
    let pair = check(
        plain,
        vec![
            (0, Source, adjust("10.00")),
            (0, Source, hold("5.00", 2 * DAY)),
            (DAY, Target, adjust("20.00")),
        ],
        &format!("moved 15.00 to 1 {NOTHING}"),
        "moved 15.00 from 2 | 35.00 = 30.00 + 5.00 - 0.00",
    );
    let lots = &pair.target.account().lots;
    let ids: Vec<u64> = lots.iter().map(|lot| lot.id.number()).collect();
    assert_eq!(ids, [1_001, 1, 1_002], "the source's were given a day before");
    let rows = |scene: &Scene| {
        let last = scene.rows.last().unwrap();
        format!("{} {} {}", last.kind.name(), last.amount, last.balance_after)
    };
    assert_eq!(rows(&pair.source), "merge_out -15.00 0.00");
    assert_eq!(rows(&pair.target), "merge_in 15.00 35.00");
}

#[test]
fn what_is_due_is_done_first_and_nothing_writes_no_row() {
    check(
        plain,
        vec![],
        &format!("moved 0.00 to 1 {NOTHING}"),
        &format!("moved 0.00 from 2 {NOTHING}"),
    );
    let mut pair = Pair::new(|rules| rules.expire_after = Days::Days(1));
    pair.source.perform(adjust("10.00")).unwrap();
    pair.target.perform(hold("20.00", 5 * DAY)).unwrap();
    pair.wait(5 * DAY);
    let told = pair.merge();
    assert_eq!(told[0], format!("expired 10.00 lot 1001; moved 0.00 to 1 {NOTHING}"));
    assert_eq!(told[1], "active 20.00 lot 1; moved 0.00 from 2 | 20.00 = 20.00 + 0.00 - 0.00");
}

#[test]
fn what_one_side_owes_the_other_pays() {
    check(
        plain,
        vec![(0, Source, owe("-10.00")), (0, Target, adjust("25.00"))],
        &format!("moved -10.00 to 1 {NOTHING}"),
        "moved -10.00 from 2; debt paid of 1:10.00 | 15.00 = 15.00 + 0.00 - 0.00",
    );
    check(
        plain,
        vec![(0, Target, owe("-10.00")), (0, Source, adjust("4.00"))],
        &format!("moved 4.00 to 1 {NOTHING}"),
        "moved 4.00 from 2; debt paid of 1001:4.00 | -6.00 = 0.00 + 0.00 - 6.00",
    );
}

#[test]
fn reserves_keep_their_names_and_their_cover() {
    let mut pair = check(
        plain,
        vec![
            (0, Source, adjust("30.00")),
            (0, Source, set_aside("cart", "20.00")),
            (0, Target, adjust("5.00")),
            (0, Target, set_aside("other", "5.00")),
        ],
        &format!("moved 30.00 to 1 {NOTHING}"),
        "moved 30.00 from 2 | 35.00 = 10.00 + 0.00 - 0.00",
    );
    assert_eq!(pair.target.account().covered(), bonus("25.00"));
    let committed = pair.target.perform(commit("cart", "20.00")).unwrap();
    assert!(!committed.is_empty());
    assert_eq!(pair.target.account().covered(), bonus("5.00"));
}

#[test]
fn totals_add_up_and_the_tier_goes_by_them() {
    let mut pair = Pair::new(|rules| {
        rules.tiers.push(tier("Gold", "1000.00", "10"));
        rules.min_purchase_amount = money("1000000.00");
    });
    pair.source.perform(sell("600.00")).unwrap();
    pair.wait(DAY).target.perform(sell("500.00")).unwrap();
    let told = pair.merge();
    assert_eq!(told[1], format!("moved 0.00 from 2; tier 1 to 2 {NOTHING}"));
    let account = pair.target.account();
    assert_eq!((account.total_spent, account.purchases), (money("1100.00"), 2));
    assert_eq!(account.standing.spendings.len(), 2);
    assert_eq!(account.last_visit_at, Some(pair.target.now));
}

#[test]
fn a_manual_tier_moves_if_it_is_the_higher_one() {
    let check = |source: Option<u32>, target: Option<u32>, expected: Option<u32>| {
        let mut pair = Pair::new(|rules| {
            rules.tiers.push(tier("Silver", "1000.00", "7"));
            rules.tiers.push(tier("Gold", "2000.00", "10"));
        });
        for (side, set) in [(Source, source), (Target, target)] {
            pair.of(side).perform(Action::SetTier(set.map(TierId))).unwrap();
        }
        pair.merge();
        let manual = pair.target.account().standing.manual.map(|set| set.tier.number());
        assert_eq!(manual, expected, "{source:?} {target:?}");
    };
    check(None, None, None);
    check(Some(2), None, Some(2));
    check(Some(2), Some(3), Some(3));
    check(Some(3), Some(2), Some(3));
    check(None, Some(2), Some(2));
    // The base tier is no higher than the one that everybody has.
    check(Some(1), None, None);
}

#[test]
fn of_two_welcome_bonuses_the_larger_stays() {
    let welcome =
        |cents: &'static str| move |rules: &mut SettingsDraft| rules.welcome_bonus = bonus(cents);
    let mut pair = Pair::new(welcome("10.00"));
    let told = pair.merge();
    // Of two that are equal that of the target.
    assert_eq!(told[1], "moved 10.00 from 2; forfeited 10.00 | 10.00 = 10.00 + 0.00 - 0.00");
    let row = pair.target.rows.last().unwrap();
    assert_eq!((row.kind.name(), row.amount.to_string()), ("forfeit", "-10.00".to_owned()));

    let mut pair = Pair::new(welcome("10.00"));
    pair.source = Scene::empty(welcome("15.00"));
    pair.source.ids = pair.target.ids;
    pair.source.ids.lot = crate::values::LotId(1_001);
    pair.source.perform(register_as(2, None)).unwrap();
    pair.target.perform(redeem("4.00", "100.00")).unwrap();
    let told = pair.merge();
    assert_eq!(told[1], "moved 15.00 from 2; forfeited 6.00 | 15.00 = 15.00 + 0.00 - 0.00");

    // The larger one was spent: what is left of the smaller goes all the same.
    let mut pair = Pair::new(welcome("10.00"));
    pair.target.perform(redeem("10.00", "100.00")).unwrap();
    let told = pair.merge();
    assert_eq!(told[1], format!("moved 10.00 from 2; forfeited 10.00 {NOTHING}"));
}

#[test]
fn a_gift_that_a_reserve_covers_stays() {
    let mut pair = Pair::new(|rules| rules.welcome_bonus = bonus("10.00"));
    pair.source.perform(set_aside("cart", "10.00")).unwrap();
    pair.target.perform(redeem("10.00", "100.00")).unwrap();
    let told = pair.merge();
    assert_eq!(told[1], "moved 10.00 from 2 | 10.00 = 0.00 + 0.00 - 0.00");
}

#[test]
fn tokens_are_revoked_and_a_block_holds_for_both() {
    check(
        plain,
        vec![(0, Source, authenticate(7, None)), (0, Source, Action::Block)],
        &format!("revoked 7; moved 0.00 to 1 {NOTHING}"),
        &format!("moved 0.00 from 2; blocked {NOTHING}"),
    );
    let pair = check(
        plain,
        vec![(0, Target, Action::Block)],
        &format!("moved 0.00 to 1 {NOTHING}"),
        &format!("moved 0.00 from 2 {NOTHING}"),
    );
    assert!(pair.target.account().blocked);
}

#[test]
fn a_sale_of_the_source_is_returned_by_the_target() {
    let mut pair = Pair::new(plain);
    pair.source.perform(adjust("20.00")).unwrap();
    pair.source.perform(sale("100.00").redeeming("10.00").act()).unwrap();
    pair.merge();
    let before = pair.target.account().balance();
    pair.wait(DAY).target.perform(give_back(1_001)).unwrap();
    let returned = pair.target.last_return();
    assert_eq!((returned.restored, returned.reversed), (bonus("10.00"), bonus("5.00")));
    let after = pair.target.account();
    assert_eq!(after.balance().cents(), before.cents() + 500);
    assert_eq!((after.total_spent, after.purchases), (money("0.00"), 0));
}

#[test]
fn a_sale_that_arrives_late_knows_what_both_spent() {
    let mut pair = Pair::new(|rules| {
        rules.tiers.push(tier("Gold", "1000.00", "10"));
        rules.redeem_hold_seconds = 0;
    });
    let early = pair.target.now;
    pair.wait(DAY).source.perform(sell("2000.00")).unwrap();
    pair.wait(DAY).merge();
    let late = crate::ledger::command::Sell {
        sale_date: Some(BusinessTime::Instant(early.plus_seconds(60))),
        ..sale("100.00")
    };
    let target = &pair.target;
    let needed = crate::ledger::step::needs_past(
        target.account(),
        &late.act(),
        &target.settings,
        target.now,
    );
    assert!(needed.is_some());
}

/// Customer 2 came by the code of customer 1, and bought.
fn invited(change: impl Fn(&mut SettingsDraft)) -> Pair {
    let rules = |rules: &mut SettingsDraft| {
        rules.min_purchase_amount = money("1000000.00");
        rules.policy.referral.inviter_bonus = bonus("50.00");
        rules.policy.referral.invitee_bonus = bonus("25.00");
        rules.policy.referral.hold_days = 0;
        change(rules);
    };
    let mut pair = Pair::new(rules);
    pair.source = Scene::empty(rules);
    pair.source.ids =
        crate::ledger::facts::IdBlock { lot: crate::values::LotId(1_001), ..pair.target.ids };
    pair.source.perform(register_as(2, Some(1))).unwrap();
    pair.source.perform(sell("100.00")).unwrap();
    let messages: Vec<ReferralMessage> = pair.source.account().referral.outbox.clone();
    for message in messages {
        let invitee = CustomerId(2);
        pair.target.perform(Action::TakeReferralMessage { invitee, message }).unwrap();
        pair.source.perform(Action::ReferralTold { number: message.number }).unwrap();
        assert!(!matches!(message.news, ReferralNews::Reopened(_)));
    }
    pair
}

#[test]
fn a_referral_between_the_two_is_undone() {
    let mut pair = invited(plain);
    let told = pair.merge();
    assert_eq!(
        told[0],
        format!("took back 25.00 of 1001:25.00; not invited by 1; moved 0.00 to 1 {NOTHING}")
    );
    assert_eq!(
        told[1],
        format!(
            "took back 50.00 of 1:50.00; did not bring 2 losing 50.00; moved 0.00 from 2 {NOTHING}"
        )
    );
    let referral = &pair.target.account().referral;
    assert_eq!((referral.invited, referral.completions, referral.earned), (0, 0, bonus("0.00")));
    assert_eq!((referral.inviter, referral.completed), (None, None));
}

#[test]
fn a_referral_reward_that_was_spent_is_owed_or_let_go() {
    let check = |debt: ReturnDebt, expected: &str| {
        let mut pair = invited(|rules| rules.policy.returns.debt = debt);
        pair.target.perform(redeem("20.00", "1000.00")).unwrap();
        let told = pair.merge();
        assert!(told[1].ends_with(expected), "{}", told[1]);
    };
    check(ReturnDebt::Debt, "| -20.00 = 0.00 + 0.00 - 20.00");
    check(ReturnDebt::Clamp, NOTHING);
}

#[test]
fn who_was_invited_by_somebody_else_stays_so() {
    let mut pair = Pair::new(plain);
    pair.source = Scene::empty(plain);
    pair.source.ids.lot = crate::values::LotId(1_001);
    pair.source.perform(register_as(2, Some(7))).unwrap();
    pair.source.perform(Action::ReferralTold { number: 1 }).unwrap();
    pair.merge();
    assert_eq!(pair.target.account().referral.inviter, Some(CustomerId(7)));
    assert!(pair.source.account().referral.code.is_some(), "the code still leads there");
}

#[test]
fn a_merge_of_what_is_one_is_refused() {
    let mut pair = Pair::new(plain);
    let source = pair.source.clone();
    pair.source = pair.target.clone();
    assert_eq!(pair.try_merge(), Err(Refusal::MergeIntoItself));
    pair.source = source;
    pair.merge();
    assert_eq!(pair.try_merge(), Err(Refusal::AlreadyMerged { into: CustomerId(1) }));
}

#[test]
fn accounts_that_are_too_full_together_are_refused() {
    let mut pair = Pair::new(plain);
    pair.source.perform(adjust("9999999999.99")).unwrap();
    pair.target.perform(adjust("0.01")).unwrap();
    assert_eq!(pair.try_merge(), Err(Refusal::AmountTooLarge { field: "into" }));
    check_next(
        &mut pair.target,
        adjust("1.00"),
        "adjust 1.00 lot 10001; adjusted 1.00 | 1.01 = 1.01 + 0.00 - 0.00",
    );
}

/// Three accounts, one after the other: every number is one of the last.
#[test]
fn a_merged_account_takes_its_second_names_along() {
    let mut pair = Pair::new(plain);
    pair.merge();
    let mut third = Pair::new(plain);
    third.target = Scene::empty(plain);
    third.target.ids =
        crate::ledger::facts::IdBlock { lot: crate::values::LotId(5_001), ..third.source.ids };
    third.target.perform(register_as(3, None)).unwrap();
    third.source = pair.target;
    third.merge();
    let account = third.target.account();
    assert!([1, 2, 3].iter().all(|number| account.is(CustomerId(*number))));
    assert!(third.source.account().absorbed.is_empty());
}
