//! The referral program (rule 29): a code at registration, both rewards at the invitee's first sale that
//! is large enough, both back if what remains of that sale after a return is too little (rule 25). The
//! inviter's account is another one, so it is told by messages that the invitee's account keeps until
//! they have arrived.

use crate::ledger::command::{Command, Register};
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::decide::lots::{NewLot, credit};
use crate::ledger::decide::settle::settle;
use crate::ledger::decide::take_back::{Claim, take_back};
use crate::ledger::event::{AccountEvent, CreditKind};
use crate::ledger::lot::{LotOrigin, Pool};
use crate::ledger::referral::{Completion, ReferralEvent, ReferralMessage, ReferralNews, Reward};
use crate::ledger::rules::referral::{self, Rewards};
use crate::ledger::settings::SettingsDraft;
use crate::values::{Bonus, CustomerId, Money, ReferralCode, SaleId, Timestamp};

/// A new customer gets a code, and may have come by another one's.
pub(super) fn join(
    draft: &mut Draft,
    register: &Register,
    at: Timestamp,
) -> Result<(), DraftError> {
    if let Some(code) = register.referral_code {
        record(draft, ReferralEvent::CodeAssigned { code })?;
    }
    if let Some(inviter) = register.inviter {
        record(draft, ReferralEvent::Invited { inviter, at })?;
    }
    Ok(())
}

/// A code for an account that has none; one that has keeps it.
pub(super) fn assign_code(
    mut draft: Draft,
    code: ReferralCode,
    command: &Command,
) -> Result<Draft, DraftError> {
    settle(&mut draft, command.now)?;
    if draft.account.referral.code.is_none() {
        record(&mut draft, ReferralEvent::CodeAssigned { code })?;
    }
    Ok(draft)
}

/// A sale of so much that completes the referral pays the invitee now, and the inviter by a message.
pub(super) fn complete(
    draft: &mut Draft,
    (sale, total): (SaleId, Money),
    rules: &SettingsDraft,
    now: Timestamp,
) -> Result<(), DraftError> {
    let Some(rewards) = referral::rewards(&draft.account.referral, total, rules, now) else {
        return Ok(());
    };
    let Rewards { inviter, invitee, for_inviter: reward } = rewards;
    let invitee_bonus = pay(draft, (CreditKind::ReferralInvitee, inviter), &invitee, now)?;
    let completion = Completion { sale, invitee_bonus, reward };
    record(draft, ReferralEvent::Completed { inviter, completion, at: now })
}

/// After a return that left `remaining` of a sale: if that sale completed the referral and would not any
/// more, both rewards go back and the referral is open for the next one.
pub(super) fn test_again(
    draft: &mut Draft,
    (sale, remaining): (SaleId, Money),
    rules: &SettingsDraft,
    now: Timestamp,
) -> Result<(), DraftError> {
    let completed = draft.account.referral.completed.filter(|completed| completed.sale == sale);
    let (Some(Completion { invitee_bonus, reward, .. }), Some(inviter)) =
        (completed, draft.account.referral.inviter)
    else {
        return Ok(());
    };
    if referral::qualifies(remaining, rules) {
        return Ok(());
    }
    // Both rewards have the same dates.
    if still_good(&reward, now) {
        take_back(draft, &Claim { other: inviter, amount: invitee_bonus }, now)?;
    }
    record(draft, ReferralEvent::Reopened { inviter, reward, at: now })
}

/// The account of the inviter hears from that of an invitee. That it hears each message once is the
/// directory's claim.
pub(super) fn take_message(
    mut draft: Draft,
    invitee: CustomerId,
    message: &ReferralMessage,
    command: &Command,
) -> Result<Draft, DraftError> {
    let at = command.now;
    settle(&mut draft, at)?;
    match message.news {
        ReferralNews::Joined => {
            record(&mut draft, ReferralEvent::InviteeJoined { invitee, at })?;
        }
        ReferralNews::Completed(reward) => {
            let kind = (CreditKind::ReferralInviter, invitee);
            let earned = pay(&mut draft, kind, &reward, at)?;
            record(&mut draft, ReferralEvent::InviteeCompleted { invitee, earned, at })?;
            settle(&mut draft, at)?;
        }
        ReferralNews::Reopened(reward) => {
            let taken = reward.amount.min(draft.account.referral.earned);
            if still_good(&reward, at) {
                take_back(&mut draft, &Claim { other: invitee, amount: taken }, at)?;
            }
            record(&mut draft, ReferralEvent::InviteeReopened { invitee, taken, at })?;
        }
    }
    Ok(draft)
}

/// The inviter's account has taken a message in; hearing so again changes nothing.
pub(super) fn told(mut draft: Draft, number: u64) -> Result<Draft, DraftError> {
    let oldest = draft.account.referral.outbox.first();
    if oldest.is_some_and(|oldest| oldest.number == number) {
        record(&mut draft, ReferralEvent::Told { number })?;
    }
    Ok(draft)
}

/// The customer's inviter turns out to be the customer: what the referral paid them goes back.
pub(super) fn undo_as_invitee(
    draft: &mut Draft,
    inviter: CustomerId,
    at: Timestamp,
) -> Result<(), DraftError> {
    if let Some(Completion { invitee_bonus, reward, .. }) = draft.account.referral.completed
        && still_good(&reward, at)
    {
        take_back(draft, &Claim { other: inviter, amount: invitee_bonus }, at)?;
    }
    record(draft, ReferralEvent::Undone { inviter, at })
}

/// Somebody whom the customer invited turns out to be the customer: so does what it paid them.
pub(super) fn undo_as_inviter(
    draft: &mut Draft,
    invitee: CustomerId,
    completed: Option<Completion>,
    at: Timestamp,
) -> Result<(), DraftError> {
    let reward = completed.map(|completed| completed.reward);
    let earned = draft.account.referral.earned;
    let taken = reward.map_or(Bonus::ZERO, |reward| reward.amount.min(earned));
    if reward.is_some_and(|reward| still_good(&reward, at)) {
        take_back(draft, &Claim { other: invitee, amount: taken }, at)?;
    }
    let completed = completed.is_some();
    record(draft, ReferralEvent::InviteeUndone { invitee, completed, taken, at })
}

fn record(draft: &mut Draft, event: ReferralEvent) -> Result<(), DraftError> {
    draft.record(AccountEvent::Referral(event))
}

/// What has expired is nobody's any more, and nothing of it is claimed.
fn still_good(reward: &Reward, now: Timestamp) -> bool {
    reward.expires_at.is_none_or(|end| end > now)
}

/// Pays a reward; returns how much it was. Neither side asked for it just now, so neither a sale nor a
/// message is refused because of it: an account that is full, or of somebody forgotten, gets nothing.
fn pay(
    draft: &mut Draft,
    (kind, other): (CreditKind, CustomerId),
    reward: &Reward,
    now: Timestamp,
) -> Result<Bonus, DraftError> {
    if reward.amount.is_zero() || draft.account.is_forgotten() {
        return Ok(Bonus::ZERO);
    }
    let new = NewLot {
        transaction: draft.next_transaction(),
        kind,
        pool: Pool::Referral,
        origin: LotOrigin::Referral(other),
        amount: reward.amount,
        activates_at: reward.activates_at,
        expires_at: reward.expires_at,
        field: "total_amount",
    };
    match credit(draft, &new, now) {
        Ok(()) => Ok(reward.amount),
        Err(DraftError::Refused(_)) => Ok(Bonus::ZERO),
        Err(misfit) => Err(misfit),
    }
}

#[cfg(test)]
mod tests {
    use super::test_again;
    use crate::ledger::command::{Action, Register};
    use crate::ledger::decide::draft::Draft;
    use crate::ledger::policy::ReturnDebt;
    use crate::ledger::referral::{ReferralMessage, ReferralNews};
    use crate::ledger::settings::SettingsDraft;
    use crate::ledger::testing::{
        DAY, Scene, bonus, check_next, figures, money, plain, redeem, sell, told,
    };
    use crate::values::{CustomerId, Phone, ReferralCode, SaleId};
    use std::sync::Arc;

    fn fifty_and_twenty_five(rules: &mut SettingsDraft) {
        rules.min_purchase_amount = money("1000000.00");
        let program = &mut rules.policy.referral;
        program.inviter_bonus = bonus("50.00");
        program.invitee_bonus = bonus("25.00");
        program.min_amount = money("100.00");
    }

    fn newcomer(inviter: Option<u64>) -> Action {
        Action::Register(Register {
            customer: CustomerId(2),
            phone: Phone::from_number(992_901_234_568).unwrap(),
            full_name: None,
            token: None,
            welcome: true,
            mark: None,
            telegram: None,
            referral_code: ReferralCode::parse("AB12CD34").ok(),
            inviter: inviter.map(CustomerId),
            change: None,
            confirmed: false,
        })
    }

    /// Customer 2, who came by the code of customer 1.
    fn invited(change: impl FnOnce(&mut SettingsDraft)) -> Scene {
        let mut scene = Scene::empty(change);
        scene.perform(newcomer(Some(1))).unwrap();
        scene
    }

    /// What customer 2 has to tell, in order.
    fn messages(scene: &Scene) -> Vec<ReferralMessage> {
        scene.account().referral.outbox.clone()
    }

    fn hear(message: ReferralMessage) -> Action {
        Action::TakeReferralMessage { invitee: CustomerId(2), message }
    }

    const NOTHING: &str = "| 0.00 = 0.00 + 0.00 - 0.00";

    #[test]
    fn a_newcomer_gets_a_code_and_may_have_been_invited() {
        let opened = "opened 2; phone +992901234568; code AB12CD34";
        check_next(&mut Scene::empty(plain), newcomer(None), &format!("{opened} {NOTHING}"));
        let expected = format!("{opened}; invited by 1 {NOTHING}");
        check_next(&mut Scene::empty(plain), newcomer(Some(1)), &expected);
    }

    #[test]
    fn a_code_is_assigned_once() {
        let mut scene = Scene::new(plain);
        let assign = |text: &str| Action::AssignReferralCode(ReferralCode::parse(text).unwrap());
        check_next(&mut scene, assign("AAAAAAAA"), &format!("code AAAAAAAA {NOTHING}"));
        check_next(&mut scene, assign("BBBBBBBB"), &format!(" {NOTHING}"));
    }

    #[test]
    fn the_first_sale_that_is_large_enough_pays_the_invitee_and_tells_the_inviter() {
        let mut scene = invited(fifty_and_twenty_five);
        check_next(&mut scene, sell("99.99"), &format!("sale 1 of 99.99 earned 0.00 {NOTHING}"));
        check_next(
            &mut scene,
            sell("100.00"),
            "invitee 25.00 lot 1 held; completed 50.00 for 1; sale 2 of 100.00 earned 0.00 \
             | 25.00 = 0.00 + 25.00 - 0.00",
        );
        check_next(
            &mut scene,
            sell("100.00"),
            "sale 3 of 100.00 earned 0.00 | 25.00 = 0.00 + 25.00 - 0.00",
        );
        assert_eq!(messages(&scene).iter().map(|one| one.number).collect::<Vec<_>>(), [1, 2]);
        scene.wait(14 * DAY);
        check_next(&mut scene, Action::Settle, "active 25.00 lot 1 | 25.00 = 25.00 + 0.00 - 0.00");
    }

    #[test]
    fn a_program_that_pays_nothing_leaves_the_referral_open() {
        let mut scene = invited(plain);
        scene.perform(sell("100.00")).unwrap();
        assert_eq!(scene.account().referral.completed, None);
        scene.adopt(fifty_and_twenty_five);
        scene.perform(sell("100.00")).unwrap();
        assert_eq!(scene.account().referral.completed.map(|done| done.sale), Some(SaleId(2)));
    }

    #[test]
    fn messages_are_told_in_their_order_and_once() {
        let mut scene = invited(fifty_and_twenty_five);
        scene.perform(sell("100.00")).unwrap();
        let since = scene.account().opened_at;
        assert_eq!(scene.account().next_due(), Some(since));
        let told = |number| Action::ReferralTold { number };
        let figures = "| 25.00 = 0.00 + 25.00 - 0.00";
        check_next(&mut scene, told(2), &format!(" {figures}"));
        check_next(&mut scene, told(1), &format!("told 1 {figures}"));
        check_next(&mut scene, told(1), &format!(" {figures}"));
        check_next(&mut scene, told(2), &format!("told 2 {figures}"));
        assert!(messages(&scene).is_empty());
        assert_eq!(scene.account().next_due(), Some(since.plus_seconds(14 * DAY)));
    }

    #[test]
    fn the_inviter_counts_and_is_paid_with_the_dates_of_the_sale() {
        let mut invitee = invited(fifty_and_twenty_five);
        invitee.perform(sell("100.00")).unwrap();
        let [joined, completed] = messages(&invitee)[..] else { panic!("two messages") };
        let mut inviter = Scene::new(fifty_and_twenty_five);
        inviter.wait(20 * DAY);
        check_next(&mut inviter, hear(joined), &format!("brought 2 {NOTHING}"));
        // Twenty days late: what was to be held for fourteen can be spent at once.
        check_next(
            &mut inviter,
            hear(completed),
            "inviter 50.00 lot 1; 2 completed 50.00 | 50.00 = 50.00 + 0.00 - 0.00",
        );
        let known = &inviter.account().referral;
        assert_eq!((known.invited, known.completions, known.earned), (1, 1, bonus("50.00")));
        assert_eq!(
            inviter.account().lots[0].activates_at,
            inviter.account().opened_at.plus_seconds(14 * DAY)
        );
        assert!(matches!(joined.news, ReferralNews::Joined));
    }

    /// A return that leaves so much of sale 1.
    fn left(scene: &mut Scene, remaining: &str) -> String {
        let settings = Arc::new(scene.settings.clone());
        let rules = &scene.settings.at(scene.now).rules;
        let mut draft = Draft::of(scene.account.as_ref(), scene.ids, &settings).unwrap();
        test_again(&mut draft, (SaleId(1), money(remaining)), rules, scene.now).unwrap();
        let told = format!("{} | {}", told(&draft.events), figures(&draft.account));
        scene.events.extend(draft.events);
        scene.rows.extend(draft.rows);
        scene.ids = draft.ids;
        scene.account = Some(*draft.account);
        told
    }

    #[test]
    fn a_sale_that_is_returned_takes_both_rewards_back() {
        let mut invitee = invited(fifty_and_twenty_five);
        invitee.perform(sell("150.00")).unwrap();
        assert_eq!(left(&mut invitee, "100.00"), " | 25.00 = 0.00 + 25.00 - 0.00");
        let expected = format!("took back 25.00 of 1:25.00 held; reopened 50.00 of 1 {NOTHING}");
        assert_eq!(left(&mut invitee, "99.99"), expected);
        assert_eq!(left(&mut invitee, "0.00"), format!(" {NOTHING}"));
        invitee.perform(sell("100.00")).unwrap();
        assert_eq!(invitee.account().referral.completed.map(|done| done.sale), Some(SaleId(2)));

        let mut inviter = Scene::new(fifty_and_twenty_five);
        let heard = messages(&invitee);
        for message in &heard[..2] {
            inviter.perform(hear(*message)).unwrap();
        }
        check_next(
            &mut inviter,
            hear(heard[2]),
            &format!("took back 50.00 of 1:50.00 held; 2 reopened 50.00 {NOTHING}"),
        );
        inviter.perform(hear(heard[3])).unwrap();
        let known = &inviter.account().referral;
        assert_eq!((known.invited, known.completions, known.earned), (1, 1, bonus("50.00")));
    }

    #[test]
    fn a_reward_that_was_spent_leaves_a_debt_or_is_let_go() {
        let check = |debt: ReturnDebt, expected: &str| {
            let mut invitee = invited(|rules| {
                fifty_and_twenty_five(rules);
                rules.policy.referral.hold_days = 0;
                rules.policy.returns.debt = debt;
            });
            invitee.perform(sell("150.00")).unwrap();
            invitee.perform(redeem("10.00", "1000.00")).unwrap();
            assert_eq!(left(&mut invitee, "0.00"), expected);
            invitee.perform(Action::Settle).unwrap();
        };
        check(
            ReturnDebt::Debt,
            "took back 25.00 of 1:15.00 debt 10.00; reopened 50.00 of 1 \
             | -10.00 = 0.00 + 0.00 - 10.00",
        );
        check(
            ReturnDebt::Clamp,
            "took back 15.00 of 1:15.00; reopened 50.00 of 1 | 0.00 = 0.00 + 0.00 - 0.00",
        );
    }
}
