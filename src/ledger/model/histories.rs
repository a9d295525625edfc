//! Random histories: rules, deeds at advancing times, and a customer who lives through them twice,
//! once by the ledger and once by the naive model.

use super::naive::{Naive, NaiveRules, end_of_day};
use crate::ledger::command::{Action, Adjust, BusinessTime, Redeem, Sell};
use crate::ledger::event::AccountEvent;
use crate::ledger::settings::{Days, SettingsDraft, TierDraft};
use crate::ledger::testing::{DAY, Scene, adjustment, redemption, sale};
use crate::values::{Balance, Bonus, Money, Percent, Text, Timestamp};
use proptest::prelude::*;

/// How far time goes on before a deed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wait {
    Millis(i64),
    /// To the next instant at which something happens by itself, and so much further.
    Due(i64),
}

/// How many bonuses a deed asks for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wish {
    Nothing,
    Cents(u64),
    /// The most that is shown, and so many steps more.
    Most(u64),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Deed {
    Sell { order: u64, wish: Wish, ago_millis: i64 },
    Redeem { order: u64, wish: Wish },
    Adjust { cents: i64, hold_seconds: u32, days: Option<u8>, allow_debt: bool },
    Block,
    Unblock,
    Settle,
}

pub(super) type History = Vec<(Wait, Deed)>;

pub(super) fn rules() -> impl Strategy<Value = NaiveRules> {
    let tiers = prop::collection::vec((1_i128..20_000, 0_i128..60_000_000), 0..3);
    let limits = (
        prop::sample::select(vec![1_i128, 1, 1, 10, 37, 100]),
        prop::sample::select(vec![0_i128, 0, 5, 100]),
        prop::option::weighted(0.3, 50_i128..2_000),
    );
    (
        prop::sample::select(vec![0_i64, 1, 3_600_000, 86_400_000, 604_800_000]),
        prop::sample::select(vec![None, Some(0_i64), Some(1), Some(2), Some(30)]),
        0_i128..60_000_000,
        tiers,
        prop::sample::select(vec![0_i128, 1_000]),
        prop_oneof![3 => 1_i128..=100_000_000, 1 => Just(100_000_000_i128)],
        limits,
    )
        .prop_map(|(hold, days, base, mut higher, min_purchase, cap_percent, limits)| {
            higher.push((0, base));
            higher.sort_unstable();
            higher.dedup_by_key(|(from, _)| *from);
            let (step, min_redeem, receipt_max) = limits;
            // Whole seconds, as the setting has them.
            let hold_millis = hold.div_euclid(1_000) * 1_000;
            NaiveRules {
                hold_millis,
                days,
                tiers: higher,
                min_purchase,
                cap_percent,
                step,
                min_redeem,
                receipt_max,
            }
        })
}

pub(super) fn history(deeds_max: usize) -> impl Strategy<Value = History> {
    prop::collection::vec((wait(), deed()), 1..deeds_max)
}

fn wait() -> impl Strategy<Value = Wait> {
    prop_oneof![
        3 => Just(Wait::Millis(0)),
        2 => (1_i64..172_800_000).prop_map(Wait::Millis),
        3 => (-1_i64..=1).prop_map(Wait::Due),
    ]
}

fn deed() -> impl Strategy<Value = Deed> {
    let ago = || {
        prop_oneof![
            3 => Just(0_i64),
            1 => -300_000_i64..=300_000,
            3 => 300_001_i64..1_000_000_000,
            1 => 0_i64..3_000_000_000,
        ]
    };
    let debit = (-2_000_i64..0, any::<bool>());
    let credit = (
        1_i64..5_000,
        prop::sample::select(vec![0, 0, 1, 3_600, 86_400]),
        prop::option::of(0_u8..4),
    );
    prop_oneof![
        8 => (2_u64..5_000, wish(), ago())
            .prop_map(|(order, wish, ago_millis)| Deed::Sell { order, wish, ago_millis }),
        6 => (2_u64..5_000, wish()).prop_map(|(order, wish)| Deed::Redeem { order, wish }),
        5 => credit.prop_map(|(cents, hold_seconds, days)| {
            Deed::Adjust { cents, hold_seconds, days, allow_debt: false }
        }),
        3 => debit.prop_map(|(cents, allow_debt)| {
            Deed::Adjust { cents, hold_seconds: 0, days: None, allow_debt }
        }),
        1 => Just(Deed::Block),
        3 => Just(Deed::Unblock),
        1 => Just(Deed::Settle),
    ]
}

fn wish() -> impl Strategy<Value = Wish> {
    prop_oneof![
        2 => Just(Wish::Nothing),
        2 => (1_u64..3_000).prop_map(Wish::Cents),
        3 => (0_u64..=1).prop_map(Wish::Most),
    ]
}

/// One customer, twice; a member for twelve days already, so that sales may be late.
pub(super) struct Twice {
    pub scene: Scene,
    pub naive: Naive,
}

impl Twice {
    pub(super) fn new(rules: NaiveRules) -> Self {
        let mut scene = Scene::new(|draft| as_settings(&rules, draft));
        let naive = Naive::new(rules, scene.now.millis());
        scene.wait(12 * DAY);
        Self { scene, naive }
    }

    pub(super) fn now(&self) -> i64 {
        self.scene.now.millis()
    }

    pub(super) fn wait(&mut self, wait: Wait) {
        let millis = match wait {
            Wait::Millis(millis) => millis,
            Wait::Due(more) => {
                let due = self.scene.account().next_due();
                due.map_or(0, |due| due.millis_since(self.scene.now) + more).max(0)
            }
        };
        self.scene.now = self.scene.now.plus_millis(millis);
    }

    /// The command of a deed.
    pub(super) fn action(&self, deed: Deed) -> Action {
        match deed {
            Deed::Sell { order, wish, ago_millis } => {
                let asked = self.asked(order, wish).min(Money::from_cents(order - 1).unwrap());
                let total = Money::from_cents(order - asked.cents()).unwrap();
                let at = self.scene.now.plus_millis(-ago_millis);
                let plain = sale("1.00");
                Action::Sell(Box::new(Sell {
                    total_amount: total,
                    redeem: asked.as_bonus(),
                    sale_date: Some(BusinessTime::Instant(at)),
                    ..plain
                }))
            }
            Deed::Redeem { order, wish } => Action::Redeem(Redeem {
                amount: self.asked(order, wish).as_bonus(),
                order_total: Money::from_cents(order).unwrap(),
                ..redemption("1.00", "1.00")
            }),
            Deed::Adjust { cents, hold_seconds, days, allow_debt } => Action::Adjust(Adjust {
                amount: Balance::from_cents(cents),
                hold_seconds,
                expires: days.map(|days| {
                    let end = end_of_day(self.now(), i64::from(days));
                    Timestamp::from_millis(end - 1).plus_seconds(18_000).to_utc().date_naive()
                }),
                allow_debt,
                ..adjustment("1.00")
            }),
            Deed::Block => Action::Block,
            Deed::Unblock => Action::Unblock,
            Deed::Settle => Action::Settle,
        }
    }

    fn asked(&self, order: u64, wish: Wish) -> Money {
        let order = Money::from_cents(order).unwrap();
        match wish {
            Wish::Nothing => Money::ZERO,
            Wish::Cents(cents) => Money::from_cents(cents).unwrap(),
            Wish::Most(steps) => {
                let shown = self.scene.view(Some(order)).loyalty.max_redeem_amount.unwrap();
                let step = u64::try_from(self.naive.rules.step).unwrap();
                Money::from_cents(shown.cents() + steps * step).unwrap()
            }
        }
    }

    /// Does a deed in both worlds. Both must agree whether it is refused.
    pub(super) fn live(&mut self, deed: Deed) -> Result<Vec<AccountEvent>, TestCaseError> {
        let action = self.action(deed);
        let expected = self.live_naively(&action, deed);
        let found = self.scene.perform(action.clone());
        prop_assert_eq!(found.is_ok(), expected, "{:?}: {:?}", action, found);
        Ok(found.unwrap_or_default())
    }

    fn live_naively(&mut self, action: &Action, deed: Deed) -> bool {
        let now = self.now();
        match action {
            Action::Sell(sell) => self.sell_naively(sell),
            Action::Redeem(redeem) => {
                let asked = i128::from(redeem.amount.cents());
                let order = i128::from(redeem.order_total.cents());
                let may = !self.naive.blocked && self.naive.may_redeem(now, asked, order);
                if may {
                    self.naive.take(now, asked);
                }
                may
            }
            Action::Adjust(_) => self.adjust_naively(deed),
            Action::Block => {
                self.naive.blocked = true;
                true
            }
            Action::Unblock => {
                self.naive.blocked = false;
                true
            }
            Action::Settle
            | Action::ImportCustomer(_)
            | Action::ImportSale(_)
            | Action::ReverseImport(_)
            | Action::Register(_)
            | Action::Authenticate(_)
            | Action::SetCard(_)
            | Action::ChangeProfile(_)
            | Action::Refund(_)
            | Action::SetAside(_)
            | Action::CommitReserve(_)
            | Action::ReleaseReserve(_)
            | Action::LinkTelegram(_)
            | Action::RegisterDevice(_)
            | Action::ForgetDevice(_)
            | Action::SetTier(_)
            | Action::AssignReferralCode(_)
            | Action::TakeReferralMessage { .. }
            | Action::ReferralTold { .. }
            | Action::NoticeOverstock(_)
            | Action::ChangePhone(_)
            | Action::Merge(_)
            | Action::ChangeCustomer(_)
            | Action::Archive
            | Action::ConfirmPhone => true,
            Action::SetFlag { .. } | Action::Forget(_) => true,
        }
    }

    fn sell_naively(&mut self, sell: &Sell) -> bool {
        let (now, naive) = (self.now(), &mut self.naive);
        let Some(BusinessTime::Instant(said)) = sell.sale_date else { return false };
        let business = said.millis().min(now);
        let asked = i128::from(sell.redeem.cents());
        let total = i128::from(sell.total_amount.cents());
        let in_time = now - business <= 30 * 86_400_000
            && naive.opened_at - business <= 24 * 3_600_000
            && (asked == 0 || now - business <= 300_000);
        let may_redeem = asked == 0 || naive.may_redeem(now, asked, total + asked);
        if naive.blocked || !in_time || !may_redeem {
            return false;
        }
        if asked > 0 {
            naive.take(now, asked);
        }
        let accrual = naive.accrual(business, total);
        if accrual > 0 {
            let active_from = business + naive.rules.hold_millis;
            naive.give(now, accrual, active_from, naive.lost_from(active_from));
        }
        naive.sales.push((business, total));
        true
    }

    fn adjust_naively(&mut self, deed: Deed) -> bool {
        let (now, naive) = (self.now(), &mut self.naive);
        let Deed::Adjust { cents, hold_seconds, days, allow_debt } = deed else { return false };
        let amount = i128::from(cents.unsigned_abs());
        if cents < 0 {
            let may = allow_debt || amount <= naive.has(now).redeemable;
            if may {
                naive.take(now, amount);
            }
            return may;
        }
        let active_from = now + i64::from(hold_seconds) * 1_000;
        let lost_from = match days {
            Some(days) => Some(end_of_day(now, i64::from(days))),
            None => naive.lost_from(active_from),
        };
        let may = lost_from.is_none_or(|lost| active_from < lost);
        if may {
            naive.give(now, amount, active_from, lost_from);
        }
        may
    }
}

pub(super) fn as_settings(rules: &NaiveRules, draft: &mut SettingsDraft) {
    let bonus = |cents: i128| Bonus::from_cents(u64::try_from(cents).unwrap()).unwrap();
    let percent =
        |millionths: i128| Percent::from_millionths(u32::try_from(millionths).unwrap()).unwrap();
    draft.redeem_hold_seconds = u32::try_from(rules.hold_millis.div_euclid(1_000)).unwrap();
    draft.expire_after =
        rules.days.map_or(Days::Never, |days| Days::Days(u32::try_from(days).unwrap()));
    draft.min_purchase_amount = bonus(rules.min_purchase).as_money();
    draft.max_redeem_percent = percent(rules.cap_percent);
    draft.redeem_step = bonus(rules.step);
    draft.min_redeem = bonus(rules.min_redeem);
    draft.redeem_max_per_receipt = rules.receipt_max.map(bonus);
    let tier = |(index, (from, of)): (usize, &(i128, i128))| TierDraft {
        name: Text::parse(&format!("Tier {index}")).unwrap(),
        color: Text::parse("#8A8A8A").unwrap(),
        from_total_spent: bonus(*from).as_money(),
        bonus_percent: percent(*of),
    };
    draft.tiers = rules.tiers.iter().enumerate().map(tier).collect();
}
