//! Cases of forgetting: what is given up, what of a person is left, and what still reaches the account.

use crate::ledger::account::Account;
use crate::ledger::command::{Action, PhoneChange, Reason};
use crate::ledger::device::{Device, Platform};
use crate::ledger::event::AccountEvent;
use crate::ledger::forget::Forget;
use crate::ledger::receipt::receipt_of;
use crate::ledger::referral::{ReferralMessage, ReferralNews, Reward};
use crate::ledger::settings::{Days, SettingsDraft};
use crate::ledger::testing::{
    DAY, HOUR, Scene, adjust, authenticate, bonus, check, check_next, hold, instant, money, owe,
    plain, redeem, register, sale, sell, told,
};
use crate::ledger::testing_merges::Pair;
use crate::ledger::testing_reserves::{release, set_aside};
use crate::ledger::testing_returns::{give_back, refund};
use crate::values::{CustomerId, Phone, Text};

const NOTHING: &str = "| 0.00 = 0.00 + 0.00 - 0.00";

fn asked(aliases: Vec<Account>) -> Forget {
    Forget { reason: Reason::parse("letter").unwrap(), marks: Vec::new(), aliases }
}

fn forget() -> Action {
    Action::Forget(Box::new(asked(Vec::new())))
}

fn at_once(rules: &mut SettingsDraft) {
    rules.redeem_hold_seconds = 0;
}

#[test]
fn what_a_customer_has_is_given_up_and_what_they_owe_is_written_off() {
    check(plain, vec![], (0, forget()), &format!("forgotten {NOTHING}"));
    check(
        plain,
        vec![(0, adjust("10.00")), (0, hold("5.00", DAY))],
        (0, forget()),
        &format!("forfeited 15.00; forgotten {NOTHING}"),
    );
    check(
        plain,
        vec![(0, adjust("10.00")), (0, set_aside("a", "4.00")), (0, set_aside("b", "6.00"))],
        (0, forget()),
        &format!("released 4.00; released 6.00; forfeited 10.00; forgotten {NOTHING}"),
    );
    check(
        plain,
        vec![(0, owe("-7.00")), (0, hold("5.00", DAY))],
        (0, forget()),
        &format!("written off 2.00; forgotten {NOTHING}"),
    );
    // What a reserve held pays what is owed before it is given up.
    check(
        plain,
        vec![(0, adjust("10.00")), (0, set_aside("a", "10.00")), (0, owe("-3.00"))],
        (0, forget()),
        &format!("released 10.00; debt paid of 1:3.00; forfeited 7.00; forgotten {NOTHING}"),
    );
}

/// A cancelled reserve is no release that somebody asked for.
#[test]
fn a_forgetting_has_no_receipt() {
    let mut scene = Scene::new(plain);
    scene.perform(adjust("10.00")).unwrap();
    scene.perform(set_aside("a", "4.00")).unwrap();
    let events = scene.perform(forget()).unwrap();
    assert_eq!(receipt_of(&events), None);
}

#[test]
fn what_is_due_is_done_first_and_slices_kept_for_a_reserve_go_too() {
    let given = vec![(0, adjust("10.00")), (0, set_aside("a", "4.00"))];
    let week = |rules: &mut SettingsDraft| {
        rules.expire_after = Days::Days(1);
        rules.policy.reserve.deadline_seconds = 7 * 86_400;
    };
    check(
        week,
        given.clone(),
        (3 * DAY, forget()),
        &format!(
            "kept 4.00 lot 1; expired 6.00 lot 1; released 4.00 freeing 1:4.00; forfeited 4.00; \
             forgotten {NOTHING}"
        ),
    );
    // Released a moment before: what was kept could have been drawn a while longer.
    let mut released = given;
    released.push((3 * DAY, release("a", None)));
    check(week, released, (60, forget()), &format!("forfeited 4.00; forgotten {NOTHING}"));
}

/// A customer with everything that can name one.
fn well_known() -> Scene {
    let mut scene = Scene::new(at_once);
    let device = Device { token: Text::parse("device-1").unwrap(), platform: Some(Platform::Ios) };
    let change = PhoneChange {
        phone: Phone::from_number(992_901_234_999).unwrap(),
        marks: Vec::new(),
        reason: Reason::parse("lost").unwrap(),
    };
    for action in [
        authenticate(1, Some("Анна Иванова")),
        Action::RegisterDevice(device),
        Action::ChangePhone(change),
        Action::SetCard(Some(Text::parse("CARD-1").unwrap())),
        Action::Block,
    ] {
        scene.perform(action).unwrap();
    }
    scene
}

#[test]
fn nothing_of_the_person_is_left_and_asking_again_changes_nothing() {
    let mut scene = well_known();
    let before = scene.account().clone();
    scene.perform(forget()).unwrap();
    let mut bare = Scene::new(at_once).account().clone();
    bare.phone = None;
    bare.forgotten_at = Some(scene.now);
    assert_ne!(before, bare);
    assert_eq!(scene.account(), &bare);
    let at = scene.now;
    scene.wait(DAY);
    check_next(&mut scene, forget(), &format!(" {NOTHING}"));
    assert_eq!(scene.account().forgotten_at, Some(at));
    assert_eq!(scene.account().next_due(), None);
    assert_eq!(scene.view(None).forgotten_at, Some(at));
}

#[test]
fn totals_stay_and_to_almost_everything_the_customer_is_unknown() {
    let mut scene = Scene::new(at_once);
    scene.perform(sell("100.00")).unwrap();
    scene.perform(forget()).unwrap();
    let account = scene.account();
    assert_eq!((account.total_spent.to_string(), account.purchases), ("100.00".into(), 1));
    for action in [
        sell("10.00"),
        redeem("1.00", "10.00"),
        adjust("5.00"),
        set_aside("a", "1.00"),
        authenticate(1, None),
        Action::Block,
        Action::Unblock,
        Action::Archive,
        Action::ConfirmPhone,
        Action::SetTier(None),
        Action::SetCard(None),
    ] {
        check_next(&mut scene, action, "customer_not_found -");
    }
    scene.wait(400 * DAY);
    check_next(&mut scene, Action::Settle, &format!(" {NOTHING}"));
}

/// The till pays money out; bonuses neither come back nor are owed.
#[test]
fn a_return_gives_money_back_and_nothing_else() {
    let mut scene = Scene::new(at_once);
    for action in [
        adjust("100.00"),
        sale("80.00").redeeming("20.00").of_lines(&["40.00", "60.00"]).act(),
        forget(),
    ] {
        scene.perform(action).unwrap();
    }
    let earned = scene.last_sale().accrued;
    scene.wait(HOUR);
    check_next(
        &mut scene,
        give_back(1),
        &format!(
            "reverse 0.00 of sale 1 from let go {earned}; return 2 of sale 1 pays 80.00 {NOTHING}"
        ),
    );
    let returned = scene.last_return();
    assert_eq!(returned.restored, bonus("0.00"));
    assert_eq!(returned.money.to_string(), "80.00");
    assert_eq!(scene.account().total_spent.to_string(), "0.00");
    check_next(&mut scene, give_back(1), "nothing_left_to_return sale_id");
}

fn news(number: u64, news: ReferralNews) -> Action {
    let at = instant("2026-01-20T00:00:00Z");
    let message = ReferralMessage { number, inviter: CustomerId(1), news, at };
    Action::TakeReferralMessage { invitee: CustomerId(2), message }
}

#[test]
fn referrals_go_on_for_the_others() {
    let reward = Reward {
        amount: bonus("50.00"),
        activates_at: instant("2026-01-20T00:00:00Z"),
        expires_at: None,
    };
    // As the inviter: counted, paid nothing, and nothing can be taken back.
    let mut scene = Scene::new(plain);
    scene.perform(news(1, ReferralNews::Joined)).unwrap();
    scene.perform(forget()).unwrap();
    let expected = format!("2 completed 0.00 {NOTHING}");
    check_next(&mut scene, news(2, ReferralNews::Completed(reward)), &expected);
    let expected = format!("2 reopened 0.00 {NOTHING}");
    check_next(&mut scene, news(3, ReferralNews::Reopened(reward)), &expected);
    // Paid before, given up since.
    let mut scene = Scene::new(plain);
    for action in
        [news(1, ReferralNews::Joined), news(2, ReferralNews::Completed(reward)), forget()]
    {
        scene.perform(action).unwrap();
    }
    let expected = format!("2 reopened 50.00 {NOTHING}");
    check_next(&mut scene, news(3, ReferralNews::Reopened(reward)), &expected);
}

/// The inviter's reward goes back with the return; what the invitee had is given up and is no debt.
#[test]
fn a_return_that_undoes_a_referral_tells_the_inviter() {
    let mut scene = Scene::empty(|rules| {
        at_once(rules);
        let program = &mut rules.policy.referral;
        program.inviter_bonus = bonus("50.00");
        program.invitee_bonus = bonus("25.00");
        program.min_amount = money("100.00");
        program.hold_days = 0;
    });
    let Action::Register(mut newcomer) = register() else { panic!("a registration") };
    newcomer.inviter = Some(CustomerId(9));
    for action in [Action::Register(newcomer), sell("150.00"), forget()] {
        scene.perform(action).unwrap();
    }
    let events = scene.perform(refund(1).act()).unwrap();
    assert!(told(&events).contains("reopened 50.00 of 9"), "{}", told(&events));
    assert_eq!(scene.account().debt, bonus("0.00"));
    assert_eq!(scene.account().referral.outbox.len(), 3);
}

#[test]
fn aliases_are_forgotten_with_their_heir() {
    let mut pair = Pair::new(plain);
    pair.source.perform(adjust("10.00")).unwrap();
    pair.try_merge().unwrap();
    let alias = pair.source.account().clone();
    assert!(alias.phone.is_some(), "it still names somebody");
    let action = Action::Forget(Box::new(asked(vec![alias])));
    let step = pair.target.try_step(action).unwrap();
    assert_eq!(told(&step.events), "forfeited 10.00; forgotten");
    let other = step.other.unwrap();
    assert!(matches!(other.events[..], [AccountEvent::Forgotten { .. }]));
    assert!(other.account.is_forgotten() && other.account.phone.is_none());
    assert_eq!(other.account.merged_into, Some(CustomerId(1)));
    assert_eq!(other.other, None);
}
