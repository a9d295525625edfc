//! The rewards of a referral: both sides at the invitee's first sale that is large enough (rule 29).

use crate::ledger::referral::{Referral, Reward};
use crate::ledger::rules::expiry;
use crate::ledger::settings::SettingsDraft;
use crate::values::{Bonus, CustomerId, Money, Timestamp};

/// In seconds.
const DAY: i64 = 86_400;

/// What a sale pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) struct Rewards {
    pub inviter: CustomerId,
    pub invitee: Reward,
    pub for_inviter: Reward,
}

/// What a sale of `total` pays at `now`; `None` if it completes no referral. While the tenant gives
/// nothing to either side, a referral stays open.
pub(in crate::ledger) fn rewards(
    referral: &Referral,
    total: Money,
    rules: &SettingsDraft,
    now: Timestamp,
) -> Option<Rewards> {
    let inviter = referral.inviter.filter(|_| referral.completed.is_none())?;
    let program = &rules.policy.referral;
    let nothing = program.inviter_bonus.is_zero() && program.invitee_bonus.is_zero();
    if nothing || !qualifies(total, rules) {
        return None;
    }
    let activates_at = now.plus_seconds(i64::from(program.hold_days).saturating_mul(DAY));
    let expires_at = expiry::expires_at(activates_at, program.expire_after, rules.time_zone);
    let reward = |amount: Bonus| Reward { amount, activates_at, expires_at };
    Some(Rewards {
        inviter,
        invitee: reward(program.invitee_bonus),
        for_inviter: reward(program.inviter_bonus),
    })
}

/// Whether a sale is large enough, also by what remains of it after a return (rule 25).
pub(in crate::ledger) fn qualifies(total: Money, rules: &SettingsDraft) -> bool {
    total >= rules.policy.referral.min_amount
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::referral::Completion;
    use crate::ledger::settings::Days;
    use crate::ledger::settings::tests::draft;
    use crate::ledger::testing::{bonus, instant, money};
    use crate::values::SaleId;

    fn check(
        change: impl FnOnce(&mut SettingsDraft),
        referral: &Referral,
        total: &str,
        expected: Option<(&str, &str)>,
    ) {
        let mut rules = draft();
        rules.policy.referral.inviter_bonus = bonus("50.00");
        rules.policy.referral.invitee_bonus = bonus("25.00");
        rules.policy.referral.min_amount = money("100.00");
        change(&mut rules);
        let now = instant("2026-01-10T14:00:00+05:00");
        let found = rewards(referral, money(total), &rules, now);
        let amounts = found.map(|paid| {
            assert_eq!(paid.inviter, CustomerId(7));
            (paid.invitee.amount.to_string(), paid.for_inviter.amount.to_string())
        });
        let expected = expected.map(|both| (both.0.to_owned(), both.1.to_owned()));
        assert_eq!(amounts, expected, "{total}");
    }

    fn invited() -> Referral {
        Referral { inviter: Some(CustomerId(7)), ..Referral::default() }
    }

    #[test]
    fn the_first_sale_that_is_large_enough_pays_both() {
        let plain = |_: &mut SettingsDraft| ();
        check(plain, &invited(), "100.00", Some(("25.00", "50.00")));
        check(plain, &invited(), "99.99", None);
        check(plain, &Referral::default(), "100.00", None);
        let now = instant("2026-01-10T14:00:00+05:00");
        let reward = Reward { amount: Bonus::CENT, activates_at: now, expires_at: None };
        let completion = Completion { sale: SaleId(1), invitee_bonus: Bonus::CENT, reward };
        let done = Referral { completed: Some(completion), ..invited() };
        check(plain, &done, "100.00", None);
    }

    #[test]
    fn a_program_may_pay_one_side_or_nobody() {
        let none = |side: fn(&mut crate::ledger::ReferralRules) -> &mut Bonus| {
            move |rules: &mut SettingsDraft| *side(&mut rules.policy.referral) = Bonus::ZERO
        };
        let (inviter, invitee) = (
            none(|program| &mut program.inviter_bonus),
            none(|program| &mut program.invitee_bonus),
        );
        check(inviter, &invited(), "100.00", Some(("25.00", "0.00")));
        check(invitee, &invited(), "100.00", Some(("0.00", "50.00")));
        check(
            |rules| {
                inviter(rules);
                invitee(rules);
            },
            &invited(),
            "100.00",
            None,
        );
    }

    #[test]
    fn rewards_mature_after_their_hold_and_expire_by_their_own_rule() {
        let mut rules = draft();
        rules.policy.referral.inviter_bonus = bonus("50.00");
        let dates = |rules: &SettingsDraft| {
            let now = instant("2026-01-10T14:00:00+05:00");
            let paid = rewards(&invited(), Money::ZERO, rules, now).unwrap().for_inviter;
            (paid.activates_at, paid.expires_at)
        };
        let active = instant("2026-01-24T14:00:00+05:00");
        assert_eq!(dates(&rules), (active, Some(instant("2027-01-25T00:00:00+05:00"))));
        rules.policy.referral.hold_days = 0;
        rules.policy.referral.expire_after = Days::Never;
        assert_eq!(dates(&rules), (instant("2026-01-10T14:00:00+05:00"), None));
    }
}
