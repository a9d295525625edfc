//! An account as it looks at an instant: what is due by then is settled on a copy, nothing is written.

use crate::ledger::account::{Account, Profile};
use crate::ledger::command::{CardNumber, LookUp};
use crate::ledger::decide::{Draft, settle};
use crate::ledger::device::Device;
use crate::ledger::event::AccountEvent;
use crate::ledger::facts::IdBlock;
use crate::ledger::former_phone::FormerPhone;
use crate::ledger::lot::Pool;
use crate::ledger::open_lots::OpenLots;
use crate::ledger::person::{Membership, Person};
use crate::ledger::promotion::Promotion;
use crate::ledger::referral::Referral;
use crate::ledger::reserve::Reserve;
use crate::ledger::rules::daily::{Daily, day_of};
use crate::ledger::rules::guard::RedeemBar;
use crate::ledger::rules::promotion::leaves_room;
use crate::ledger::rules::tier::{self, Later, TierProjection};
use crate::ledger::rules::{expiry, spend_cap};
use crate::ledger::settings::{Settings, SettingsDraft, SettingsHistory, Tier};
use crate::ledger::tally::Tallies;
use crate::ledger::telegram::TelegramUser;
use crate::ledger::turnover::Turnover;
use crate::values::{
    Balance, Bonus, CustomerId, LotId, Money, Percent, Phone, SaleId, Text, Timestamp,
    TransactionId,
};
use std::sync::Arc;

/// What a customer, a cashier or an operator is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountView {
    pub id: CustomerId,
    pub phone: Option<Phone>,
    pub card: Option<CardNumber>,
    pub profile: Option<Box<Profile>>,
    pub opened_at: Timestamp,
    pub blocked: bool,
    /// Lots less debt; may be negative.
    pub balance: Balance,
    pub redeemable: Bonus,
    pub held: Bonus,
    /// What open reserves hold; part of the balance, not of what is redeemable.
    pub reserved: Bonus,
    pub debt: Bonus,
    /// Of which from the welcome bonus, and the last second of its earliest expiry.
    pub welcome: (Bonus, Option<Timestamp>),
    /// Of which from birthdays, likewise.
    pub birthday: (Bonus, Option<Timestamp>),
    pub total_spent: Money,
    pub purchases: u64,
    pub last_visit_at: Option<Timestamp>,
    pub tier: Tier,
    pub loyalty: LoyaltyView,
    /// Open lots in spend order.
    pub lots: OpenLots,
    /// What is remembered to keep limits, and the categories bought lately.
    pub tallies: Tallies,
    pub telegram: Option<Box<TelegramUser>>,
    /// Oldest first.
    pub devices: Vec<Device>,
    pub projection: TierProjection,
    pub referral: Referral,
    /// Sales earn nothing.
    pub staff: bool,
    /// Nothing can be redeemed.
    pub debit_denied: bool,
    pub former_phones: Vec<FormerPhone>,
    /// The customers who were merged into this one.
    pub absorbed: Vec<CustomerId>,
    pub person: Option<Box<Person>>,
    pub membership: Membership,
    pub turnover: Turnover,
    /// Open reserves in the order in which they were opened.
    pub reserves: Vec<Reserve>,
    /// Nobody is named any more since then.
    pub forgotten_at: Option<Timestamp>,
}

/// The tenant's rules as a till shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoyaltyView {
    pub bonus_percent: Percent,
    pub max_redeem_percent: Percent,
    pub redeem_hold_seconds: u32,
    pub min_purchase_amount: Money,
    pub currency: Text<8>,
    /// What bonuses may pay of the order asked about.
    pub max_redeem_amount: Option<Bonus>,
}

impl AccountView {
    /// Whether the limits per customer and per day leave one more use of a promotion now.
    #[must_use]
    pub fn leaves_room(
        &self,
        promotion: &Promotion,
        rules: &SettingsDraft,
        now: Timestamp,
    ) -> bool {
        leaves_room(promotion, &self.tallies, || day_of(now, rules))
    }
}

/// The account at `now` under the settings in force then.
#[must_use]
pub fn view(
    account: &Account,
    settings: &Arc<SettingsHistory>,
    look_up: LookUp,
    now: Timestamp,
) -> AccountView {
    let settled = settled(account, settings, now);
    let [welcome, birthday] = of_pools(&settled, [Pool::Welcome, Pool::Birthday]);
    let in_force = settings.at(now);
    let tier = tier::tier_at(&settled, in_force, now, &Later::default()).clone();
    AccountView {
        id: settled.id,
        phone: settled.phone,
        card: settled.card.clone(),
        profile: settled.profile.clone(),
        opened_at: settled.opened_at,
        blocked: settled.blocked,
        balance: settled.balance(),
        redeemable: settled.redeemable(),
        held: settled.held(),
        reserved: settled.covered(),
        debt: settled.debt,
        welcome,
        birthday,
        total_spent: settled.total_spent,
        purchases: settled.purchases,
        last_visit_at: settled.last_visit_at,
        loyalty: loyalty(&settled, in_force, &tier, look_up, now),
        tier,
        projection: tier::projection(&settled, in_force, now),
        referral: settled.referral,
        former_phones: settled.former_phones,
        absorbed: settled.absorbed,
        lots: settled.lots,
        tallies: settled.tallies,
        telegram: settled.telegram,
        devices: settled.devices,
        staff: settled.staff,
        debit_denied: settled.debit_denied,
        person: settled.person,
        membership: settled.membership,
        turnover: settled.turnover,
        reserves: settled.reserves,
        forgotten_at: settled.forgotten_at,
    }
}

/// A lot that a read foresees has no number yet: it gets one that no lot has, and that JSON can carry.
const FORESEEN_LOT: LotId = LotId(1 << 52);

fn settled(account: &Account, settings: &Arc<SettingsHistory>, now: Timestamp) -> Account {
    settled_ahead(account, settings, now).0
}

/// The very code that journals what is due, on a copy and with ids that go nowhere: the account as it will
/// be, and the events that will make it so.
#[must_use]
pub fn settled_ahead(
    account: &Account,
    settings: &Arc<SettingsHistory>,
    now: Timestamp,
) -> (Account, Vec<AccountEvent>) {
    let ids = IdBlock { sale: SaleId(0), transaction: TransactionId(0), lot: FORESEEN_LOT };
    let settle_copy = || {
        let mut draft = Draft::of(Some(account), ids, settings)?;
        settle(&mut draft, now).map(|()| (*draft.account, draft.events))
    };
    settle_copy().expect("what is due fits the account it is due on")
}

fn loyalty(
    account: &Account,
    settings: &Settings,
    tier: &Tier,
    look_up: LookUp,
    now: Timestamp,
) -> LoyaltyView {
    let rules = &settings.rules;
    let today = Daily::of(&account.tallies, rules, now);
    let barred = RedeemBar::of(account, rules, now).is_some();
    let redeemable = if barred { Bonus::ZERO } else { account.redeemable() };
    let preview = |amount| spend_cap::preview(amount, redeemable, &today, rules);
    LoyaltyView {
        bonus_percent: tier.bonus_percent,
        max_redeem_percent: rules.max_redeem_percent,
        redeem_hold_seconds: rules.redeem_hold_seconds,
        min_purchase_amount: rules.min_purchase_amount,
        currency: rules.currency.clone(),
        max_redeem_amount: look_up.check_amount.map(preview),
    }
}

/// What is open of each of some pools, and the earliest end of it. Looked for in one pass: a customer may have
/// as many lots as sales.
fn of_pools<const N: usize>(
    account: &Account,
    pools: [Pool; N],
) -> [(Bonus, Option<Timestamp>); N] {
    let mut found = [(Bonus::ZERO, None); N];
    for lot in account.lots.iter() {
        let Some(index) = pools.iter().position(|pool| *pool == lot.pool) else { continue };
        let (sum, end) = &mut found[index];
        *sum = sum.checked_add(lot.remaining).unwrap_or(*sum);
        *end = lot.ends_at().into_iter().chain(*end).min();
    }
    found.map(|(sum, end)| (sum, end.map(expiry::shown)))
}

#[cfg(test)]
mod tests {
    use crate::ledger::command::{Action, Adjust};
    use crate::ledger::lot::Pool;
    use crate::ledger::settings::Days;
    use crate::ledger::settings::tests::tier;
    use crate::ledger::testing::{
        DAY, Scene, adjust, adjustment, bonus, hold, instant, money, owe, plain, sell,
    };
    use crate::values::{Date, Percent};

    #[test]
    fn a_view_shows_what_is_due_as_done_and_writes_nothing() {
        let mut scene = Scene::new(|rules| {
            rules.welcome_bonus = bonus("10.00");
            rules.welcome_expire_after = Days::Days(5);
        });
        scene.perform(hold("30.00", DAY)).unwrap();
        let before = scene.account().clone();
        let figures = |scene: &Scene| {
            let view = scene.view(None);
            let welcome = view.welcome.1.map(|end| end.to_string());
            (view.balance.cents(), view.redeemable.cents(), view.held.cents(), welcome)
        };
        let welcome_end = || Some("2026-01-15T18:59:59.000Z".to_owned());
        assert_eq!(figures(&scene), (4_000, 1_000, 3_000, welcome_end()));
        scene.wait(DAY);
        assert_eq!(figures(&scene), (4_000, 4_000, 0, welcome_end()));
        scene.wait(5 * DAY);
        assert_eq!(figures(&scene), (3_000, 3_000, 0, None));
        assert_eq!(scene.account(), &before);
    }

    #[test]
    fn a_negative_balance_is_shown_and_nothing_of_it_can_be_spent() {
        let mut scene = Scene::new(plain);
        scene.perform(hold("5.00", DAY)).unwrap();
        scene.perform(owe("-20.00")).unwrap();
        let view = scene.view(Some(money("200.00")));
        assert_eq!(view.balance.to_string(), "-15.00");
        assert_eq!(view.debt, bonus("20.00"));
        assert_eq!((view.redeemable, view.held), (bonus("0.00"), bonus("5.00")));
        assert_eq!(view.loyalty.max_redeem_amount, Some(bonus("0.00")));
        scene.wait(DAY);
        let view = scene.view(None);
        assert_eq!(
            (view.balance.cents(), view.debt, view.held.cents()),
            (-1_500, bonus("15.00"), 0)
        );
    }

    #[test]
    fn of_several_welcome_lots_the_earliest_end_is_shown() {
        let mut scene = Scene::new(|rules| rules.welcome_bonus = bonus("10.00"));
        let expires = Date::from_ymd_opt(2026, 1, 20);
        scene.perform(Action::Adjust(Adjust { expires, ..adjustment("1.00") })).unwrap();
        let view = scene.view(None);
        // The manual lot ends first, but is no welcome bonus.
        let end = instant("2027-01-10T23:59:59+05:00");
        assert_eq!(view.welcome, (bonus("10.00"), Some(end)));
        assert_eq!(view.birthday, (bonus("0.00"), None));
        assert_eq!(view.lots.iter().map(|lot| lot.id.number()).collect::<Vec<_>>(), [2, 1]);
        // As after a merge of two customers.
        let account = scene.account.as_mut().unwrap();
        account.lots.edit(|lots| lots[0].pool = Pool::Welcome);
        let end = instant("2026-01-20T23:59:59+05:00");
        assert_eq!(scene.view(None).welcome, (bonus("11.00"), Some(end)));
    }

    #[test]
    fn the_rules_in_force_are_shown() {
        let mut scene = Scene::new(|rules| rules.tiers.push(tier("Gold", "100.00", "7")));
        scene.perform(adjust("90.00")).unwrap();
        scene.perform(sell("100.00")).unwrap();
        let view = scene.view(Some(money("200.00")));
        assert_eq!(view.tier.name.as_str(), "Gold");
        assert_eq!(view.loyalty.bonus_percent, Percent::parse("7").unwrap());
        assert_eq!(view.loyalty.max_redeem_amount, Some(bonus("60.00")));
        scene.adopt(|rules| rules.max_redeem_percent = Percent::parse("10").unwrap());
        let view = scene.view(Some(money("200.00")));
        assert_eq!(view.loyalty.max_redeem_amount, Some(bonus("20.00")));
        assert_eq!(scene.view(None).loyalty.max_redeem_amount, None);
    }
}
