//! A deliberately naive tenant: people with heaps of bonuses, everything looked at one by one. Written from
//! the rules and sharing no code with the ledger; amounts in cents, time in milliseconds.

use std::collections::{BTreeMap, BTreeSet};

pub(super) const DAY: i64 = 86_400_000;
/// Dushanbe has been five hours ahead of UTC since 1991.
const OFFSET: i64 = 18_000_000;
/// A hundred percent in millionths of one percent.
const WHOLE: i64 = 100_000_000;
/// A sale older than this is late.
const LATE_AFTER: i64 = 300_000;
const BACKDATE_MAX: i64 = 30 * DAY;
const RESERVE_DEADLINE: i64 = 7 * DAY;
/// How much a coupon adds.
const COUPON_BONUS: i64 = 700;

/// A version of the rules, from an instant on.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    pub(super) from: i64,
    /// Of the two tiers, in millionths of a percent.
    pub(super) percents: [i64; 2],
    /// What must have been spent for the second tier.
    pub(super) gold_from: i64,
    pub(super) hold: i64,
    pub(super) expire_days: i64,
    pub(super) min_purchase: i64,
    pub(super) cap_percent: i64,
    pub(super) welcome: i64,
}

/// Bonuses that were given together.
#[derive(Debug, Clone)]
struct Heap {
    sale: Option<String>,
    number: u64,
    left: i64,
    from: i64,
    until: i64,
    active: bool,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Person {
    pub(super) phone: usize,
    opened: i64,
    heaps: Vec<Heap>,
    debt: i64,
    /// When, and how much money; returns are negative.
    spendings: Vec<(i64, i64)>,
    blocked: bool,
    welcomed: bool,
    /// By name: what is set aside, until when.
    reserves: BTreeMap<String, (i64, i64)>,
    /// Whether the heaps are known to the cent; money always is.
    is_exact: bool,
}

/// A sale or a redemption.
#[derive(Debug, Clone)]
pub(super) struct Sold {
    person: usize,
    total: i64,
    redeemed: i64,
    accrued: i64,
    is_sale: bool,
    has_lines: bool,
    card: Option<(String, i64)>,
    coupon: Option<String>,
    returned: i64,
    clawed: i64,
    /// What of its own bonuses expired before anybody spent it.
    expired: i64,
}

/// What a till asks for.
#[derive(Debug, Clone)]
pub(super) struct Sale {
    pub(super) phone: usize,
    pub(super) id: String,
    pub(super) total: i64,
    pub(super) redeem: i64,
    /// How long ago it was made.
    pub(super) ago: i64,
    pub(super) lines: Vec<i64>,
    pub(super) card: Option<(String, i64)>,
    pub(super) coupon: Option<String>,
    pub(super) reserve: Option<String>,
}

/// What should be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expected {
    /// Done, with these figures; those that are not known are left out.
    Done(Vec<(&'static str, i64)>),
    Refused(u16, Option<&'static str>),
}

/// What a customer has; what is not known is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Has {
    pub(super) spent: i64,
    pub(super) bonuses: Option<Bonuses>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bonuses {
    pub(super) balance: i64,
    pub(super) redeemable: i64,
    pub(super) held: i64,
    pub(super) reserved: i64,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Naive {
    pub(super) rules: Vec<Rules>,
    pub(super) people: Vec<Person>,
    /// Who has a phone, and until when it still leads to them.
    phones: BTreeMap<usize, (usize, i64)>,
    /// Phones of those who were merged into others.
    merged: BTreeSet<usize>,
    /// Phones that were welcomed once.
    welcomed: BTreeSet<usize>,
    pub(super) sales: BTreeMap<String, Sold>,
    pub(super) cards: BTreeMap<String, i64>,
    pub(super) coupons: BTreeMap<String, i64>,
    refunds: BTreeSet<String>,
    heaps: u64,
}

fn refused(code: &'static str) -> Expected {
    Expected::Refused(422, Some(code))
}

/// Rounded half-up.
fn part_of(amount: i64, part: i64, whole: i64) -> i64 {
    let (amount, part, whole) = (i128::from(amount), i128::from(part), i128::from(whole));
    i64::try_from((amount * part * 2 + whole).div_euclid(whole * 2)).unwrap()
}

impl Naive {
    fn rules_at(&self, at: i64) -> Rules {
        let adopted = self.rules.iter().rev().find(|rules| rules.from <= at);
        adopted.unwrap_or(&self.rules[0]).clone()
    }

    /// Whom a phone leads to.
    pub(super) fn who(&self, phone: usize, now: i64) -> Option<usize> {
        let (person, until) = self.phones.get(&phone)?;
        (now < *until).then_some(*person)
    }

    pub(super) fn has(&self, person: usize, now: i64) -> Has {
        let mut later = self.clone();
        later.pass_time(person, now);
        let person = &later.people[person];
        let bonuses = person.is_exact.then(|| {
            let (active, held) = (person.active(), person.sum(false));
            let reserved = person.reserved();
            let (balance, redeemable) = (active + held - person.debt, active - reserved);
            Bonuses { balance, redeemable, held, reserved }
        });
        Has { spent: person.spent(i64::MAX), bonuses }
    }

    pub(super) fn is_exact(&self, person: usize) -> bool {
        self.people[person].is_exact
    }

    pub(super) fn is_simple(&self, id: &str) -> bool {
        let sold = &self.sales[id];
        sold.is_sale && !sold.has_lines && sold.redeemed == 0 && sold.card.is_none()
    }

    /// Redemptions are not returned here.
    pub(super) fn can_be_returned(&self, id: &str) -> bool {
        self.sales[id].is_sale
    }

    pub(super) fn some_reserve(&self, which: u64) -> Option<String> {
        let names = self.people.iter().flat_map(|one| one.reserves.keys());
        let names: Vec<&String> = names.collect();
        let index = usize::try_from(which).unwrap().checked_rem(names.len())?;
        Some(names[index].clone())
    }

    pub(super) fn left_of(&self, id: &str) -> i64 {
        self.sales[id].total - self.sales[id].returned
    }

    pub(super) fn owner_of(&self, id: &str) -> usize {
        self.sales[id].person
    }

    /// Everything that happens by itself.
    fn pass_time(&mut self, person: usize, now: i64) {
        let one = &mut self.people[person];
        loop {
            let due = |heap: &Heap| if heap.active { (heap.until, 2) } else { (heap.from, 0) };
            let heap = one.heaps.iter().map(due).min();
            let lapse = one.reserves.values().map(|(_, deadline)| (*deadline, 1)).min();
            let Some((at, what)) = heap.into_iter().chain(lapse).min().filter(|due| due.0 <= now)
            else {
                break;
            };
            match what {
                0 => {
                    let heap = one.heaps.iter_mut().find(|heap| !heap.active && heap.from == at);
                    let heap = heap.unwrap();
                    heap.active = true;
                    let pays = heap.left.min(one.debt);
                    heap.left -= pays;
                    one.debt -= pays;
                }
                1 => {
                    one.reserves.retain(|_, (_, deadline)| *deadline != at);
                    one.pay_debt();
                }
                _ => {
                    // Which of it a reserve keeps is too much for a naive model.
                    one.is_exact &= one.reserves.is_empty();
                    let ended = |heap: &mut Heap| heap.active && heap.until == at;
                    for heap in one.heaps.extract_if(.., ended) {
                        if let Some(sold) = heap.sale.and_then(|sale| self.sales.get_mut(&sale)) {
                            sold.expired += heap.left;
                        }
                    }
                }
            }
        }
        one.heaps.retain(|heap| heap.left > 0);
    }

    fn give(&mut self, person: usize, heap: Heap, now: i64) {
        self.heaps += 1;
        let one = &mut self.people[person];
        let pays = heap.left.min(one.debt);
        one.debt -= pays;
        let active = heap.from <= now;
        one.heaps.push(Heap { left: heap.left - pays, number: self.heaps, active, ..heap });
        self.pass_time(person, now);
    }

    pub(super) fn register(&mut self, phone: usize, now: i64) -> Expected {
        if self.who(phone, now).is_some() {
            // A phone that was given up leads to its customer for a while, and opens nothing.
            let is_kept = self.phones[&phone].1 < i64::MAX;
            return if is_kept { refused("phone_kept") } else { Expected::Done(vec![]) };
        }
        let person = self.people.len();
        self.people.push(Person { phone, opened: now, is_exact: true, ..Person::default() });
        self.phones.insert(phone, (person, i64::MAX));
        let Rules { welcome, expire_days, .. } = self.rules_at(now);
        if welcome > 0 && self.welcomed.insert(phone) {
            self.people[person].welcomed = true;
            let until = end_of_day(now, expire_days + 1);
            let heap =
                Heap { sale: None, number: 0, left: welcome, from: now, until, active: true };
            self.give(person, heap, now);
        }
        Expected::Done(vec![])
    }

    pub(super) fn sell(&mut self, sale: &Sale, now: i64) -> Expected {
        if self.sales.get(&sale.id).is_some_and(|sold| sold.is_sale) {
            return refused("duplicate_sale");
        }
        let Some(person) = self.who(sale.phone, now) else { return Expected::Refused(404, None) };
        if self.people[person].blocked {
            return Expected::Refused(403, None);
        }
        if sale.ago > BACKDATE_MAX {
            return refused("sale_date_too_old");
        }
        if now - sale.ago < self.people[person].opened - DAY {
            return refused("sale_date_before_join");
        }
        self.pass_time(person, now);
        if let Some(code) = self.why_not_sell(person, sale, now) {
            return if code.is_empty() { Expected::Refused(422, None) } else { refused(code) };
        }
        if let Some((card, part)) = &sale.card {
            *self.cards.get_mut(card).unwrap() -= part;
        }
        if let Some(coupon) = &sale.coupon {
            *self.coupons.get_mut(coupon).unwrap() -= 1;
        }
        if let Some(reserve) = &sale.reserve {
            self.people[person].reserves.remove(reserve);
        }
        self.people[person].take(sale.redeem);
        self.people[person].pay_debt();
        let business = now - sale.ago;
        let accrued = self.earned(person, sale, business);
        let (is_sale, card, coupon) = (true, sale.card.clone(), sale.coupon.clone());
        let sold = Sold {
            person,
            total: sale.total,
            redeemed: sale.redeem,
            accrued,
            is_sale,
            has_lines: !sale.lines.is_empty(),
            card,
            coupon,
            returned: 0,
            clawed: 0,
            expired: 0,
        };
        self.sales.insert(sale.id.clone(), sold);
        self.people[person].spendings.push((business, sale.total));
        if accrued > 0 {
            let rules = self.rules_at(business);
            let from = business + rules.hold;
            let until = end_of_day(from, rules.expire_days);
            let origin = Some(sale.id.clone());
            let heap = Heap { sale: origin, number: 0, left: accrued, from, until, active: false };
            self.give(person, heap, now);
        }
        let mut figures = vec![
            ("bonus_accrued", accrued),
            ("bonus_redeemed", sale.redeem),
            ("total_amount", sale.total),
        ];
        figures.extend(self.balance(person));
        Expected::Done(figures)
    }

    fn why_not_sell(&self, person: usize, sale: &Sale, now: i64) -> Option<&'static str> {
        let one = &self.people[person];
        let reserved = sale.reserve.as_ref().map(|reserve| one.reserves.get(reserve));
        if reserved == Some(None) {
            return Some("reserve_not_open");
        }
        if sale.redeem > 0 {
            if sale.ago > LATE_AFTER {
                return Some("");
            }
            let left = reserved.flatten().map_or(0, |(amount, _)| *amount);
            let order = sale.total + sale.redeem;
            let why = self.why_not_redeem(person, sale.redeem, order, left, now);
            if why.is_some() {
                return why;
            }
        }
        if let Some((card, part)) = &sale.card {
            match self.cards.get(card) {
                None => return Some("gift_card_not_found"),
                Some(balance) if balance < part => return Some("gift_card_balance_too_low"),
                Some(_) => {}
            }
        }
        let used_up = sale.coupon.as_ref().is_some_and(|coupon| self.coupons[coupon] == 0);
        used_up.then_some("")
    }

    /// `left` is what a reserve that is named holds.
    fn why_not_redeem(
        &self,
        person: usize,
        asked: i64,
        order: i64,
        left: i64,
        now: i64,
    ) -> Option<&'static str> {
        let one = &self.people[person];
        if i128::from(asked) * i128::from(WHOLE)
            > i128::from(order) * i128::from(self.rules_at(now).cap_percent)
        {
            return Some("redeem_over_cap");
        }
        let free = one.active() - one.reserved() + left;
        (one.is_exact && asked > free).then_some("balance_too_low")
    }

    fn earned(&self, person: usize, sale: &Sale, business: i64) -> i64 {
        let rules = self.rules_at(business);
        if sale.total < rules.min_purchase {
            return 0;
        }
        let spent = self.people[person].spent(business);
        let percent = rules.percents[usize::from(spent >= rules.gold_from)];
        let gift = sale.coupon.as_ref().map_or(0, |_| COUPON_BONUS);
        part_of(sale.total, percent, WHOLE) + gift
    }

    pub(super) fn redeem(
        &mut self,
        (phone, id): (usize, &str),
        asked: i64,
        order: i64,
        now: i64,
    ) -> Expected {
        if self.sales.get(id).is_some_and(|sold| !sold.is_sale) {
            return refused("duplicate_redemption");
        }
        let Some(person) = self.who(phone, now) else { return Expected::Refused(404, None) };
        if self.people[person].blocked {
            return Expected::Refused(403, None);
        }
        self.pass_time(person, now);
        if let Some(code) = self.why_not_redeem(person, asked, order, 0, now) {
            return refused(code);
        }
        self.people[person].take(asked);
        let sold = Sold {
            person,
            total: 0,
            redeemed: asked,
            accrued: 0,
            is_sale: false,
            has_lines: false,
            card: None,
            coupon: None,
            returned: 0,
            clawed: 0,
            expired: 0,
        };
        self.sales.insert(id.to_owned(), sold);
        let mut figures = vec![("amount_redeemed", asked)];
        figures.extend(self.balance(person));
        Expected::Done(figures)
    }

    /// `amount` is a part of the money; all that is left without it.
    pub(super) fn refund(
        &mut self,
        sale: &str,
        id: &str,
        amount: Option<i64>,
        now: i64,
    ) -> Expected {
        if !self.refunds.insert(id.to_owned()) {
            return refused("duplicate_refund");
        }
        let person = self.sales[sale].person;
        self.pass_time(person, now);
        let sold = self.sales[sale].clone();
        let left = sold.total - sold.returned;
        let money = amount.unwrap_or(left);
        if left == 0 || money > left {
            self.refunds.remove(id);
            return Expected::Refused(422, None);
        }
        let earned = |money: i64| part_of(sold.accrued, money, sold.total);
        let accrual = earned(sold.returned + money) - earned(sold.returned);
        let due = accrual.min((sold.accrued - sold.expired - sold.clawed).max(0));
        let kept = self.sales.get_mut(sale).unwrap();
        kept.returned += money;
        kept.clawed += due;
        let whole = kept.returned == kept.total;
        if let Some((card, part)) = &sold.card {
            *self.cards.get_mut(card).unwrap() += part;
        }
        if let Some(coupon) = sold.coupon.as_ref().filter(|_| whole) {
            *self.coupons.get_mut(coupon).unwrap() += 1;
        }
        let one = &mut self.people[person];
        one.claw_back(sale, due);
        one.spendings.push((now, -money));
        // Where bonuses that come back end up is too much for a naive model.
        one.is_exact &= sold.redeemed == 0;
        let mut figures = vec![("money", money), ("bonus_restored", sold.redeemed)];
        if one.is_exact {
            figures.push(("accrual_reversed", due));
        }
        figures.extend(self.balance(person));
        Expected::Done(figures)
    }

    pub(super) fn adjust(
        &mut self,
        phone: usize,
        amount: i64,
        (hold, allow_debt): (i64, bool),
        now: i64,
    ) -> Expected {
        let Some(person) = self.who(phone, now) else { return Expected::Refused(404, None) };
        self.pass_time(person, now);
        if amount > 0 {
            let from = now + hold;
            let until = end_of_day(from, self.rules_at(now).expire_days);
            let heap = Heap { sale: None, number: 0, left: amount, from, until, active: false };
            self.give(person, heap, now);
        } else {
            let one = &self.people[person];
            if !allow_debt && one.is_exact && -amount > one.active() - one.reserved() {
                return Expected::Refused(422, None);
            }
            self.people[person].take(-amount);
        }
        Expected::Done(self.balance(person))
    }

    pub(super) fn set_aside(
        &mut self,
        (phone, id): (usize, &str),
        amount: i64,
        now: i64,
    ) -> Expected {
        let Some(person) = self.who(phone, now) else { return Expected::Refused(404, None) };
        if self.people[person].blocked {
            return Expected::Refused(403, None);
        }
        self.pass_time(person, now);
        let one = &mut self.people[person];
        if one.is_exact && amount > one.active() - one.reserved() {
            return refused("balance_too_low");
        }
        one.reserves.insert(id.to_owned(), (amount, now + RESERVE_DEADLINE));
        Expected::Done(vec![("amount", amount)])
    }

    pub(super) fn release(&mut self, id: &str, now: i64) -> Expected {
        let Some(person) = self.people.iter().position(|one| one.reserves.contains_key(id)) else {
            return Expected::Refused(404, None);
        };
        self.pass_time(person, now);
        let Some((amount, _)) = self.people[person].reserves.remove(id) else {
            return Expected::Refused(404, None);
        };
        self.people[person].pay_debt();
        Expected::Done(vec![("released", amount)])
    }

    pub(super) fn move_phone(&mut self, phone: usize, to: usize, now: i64) -> Expected {
        let Some(person) = self.who(phone, now) else { return Expected::Refused(404, None) };
        match self.who(to, now) {
            Some(other) if other != person => return Expected::Refused(422, None),
            Some(_) if self.people[person].phone == to => return Expected::Done(vec![]),
            Some(_) | None => {}
        }
        let before = self.people[person].phone;
        self.phones.insert(before, (person, now + BACKDATE_MAX));
        self.phones.insert(to, (person, i64::MAX));
        self.people[person].phone = to;
        Expected::Done(vec![])
    }

    pub(super) fn merge(&mut self, from: usize, into: usize, now: i64) -> Expected {
        let Some(source) = self.who(from, now) else { return Expected::Refused(404, None) };
        let Some(target) = self.who(into, now) else { return Expected::Refused(422, None) };
        if source == target || self.merged.contains(&from) {
            return Expected::Refused(422, None);
        }
        self.pass_time(source, now);
        self.pass_time(target, now);
        for (phone, (person, _)) in &mut self.phones {
            if *person == source {
                *person = target;
                self.merged.insert(*phone);
            }
        }
        for sold in self.sales.values_mut().filter(|sold| sold.person == source) {
            sold.person = target;
        }
        let gone = std::mem::take(&mut self.people[source]);
        let one = &mut self.people[target];
        // Of two welcomes one stays, and debts meet bonuses: too much for a naive model.
        one.is_exact &= gone.is_exact
            && gone.debt + one.debt == 0
            && !(gone.welcomed && one.welcomed)
            && gone.reserves.is_empty()
            && one.reserves.is_empty();
        one.heaps.extend(gone.heaps);
        one.spendings.extend(gone.spendings);
        one.welcomed |= gone.welcomed;
        one.blocked |= gone.blocked;
        one.reserves.extend(gone.reserves);
        Expected::Done(vec![])
    }

    pub(super) fn block(&mut self, phone: usize, blocked: bool, now: i64) -> Expected {
        let Some(person) = self.who(phone, now) else { return Expected::Refused(404, None) };
        self.people[person].blocked = blocked;
        Expected::Done(vec![])
    }

    fn balance(&self, person: usize) -> Vec<(&'static str, i64)> {
        let one = &self.people[person];
        let balance = one.active() + one.sum(false) - one.debt;
        if one.is_exact { vec![("new_balance", balance)] } else { Vec::new() }
    }
}

impl Person {
    fn active(&self) -> i64 {
        self.sum(true)
    }

    fn sum(&self, active: bool) -> i64 {
        self.heaps.iter().filter(|heap| heap.active == active).map(|heap| heap.left).sum()
    }

    fn reserved(&self) -> i64 {
        self.reserves.values().map(|(amount, _)| amount).sum()
    }

    fn spent(&self, through: i64) -> i64 {
        self.spendings.iter().filter(|(at, _)| *at <= through).map(|(_, money)| money).sum()
    }

    /// Of what is active and not set aside, what expires first; the rest is debt.
    fn take(&mut self, amount: i64) {
        self.heaps.sort_by_key(|heap| (heap.until, heap.from, heap.number));
        let mut wanted = amount.min((self.active() - self.reserved()).max(0));
        self.debt += amount - wanted;
        for heap in self.heaps.iter_mut().filter(|heap| heap.active) {
            let part = heap.left.min(wanted);
            heap.left -= part;
            wanted -= part;
        }
        self.heaps.retain(|heap| heap.left > 0);
    }

    /// From what no reserve covers.
    fn pay_debt(&mut self) {
        let pays = self.debt.min((self.active() - self.reserved()).max(0));
        self.debt -= pays;
        self.take(pays);
    }

    /// Of the sale's own, of what is active, of what is held; the rest is debt.
    fn claw_back(&mut self, sale: &str, amount: i64) {
        let own = |heap: &Heap| heap.sale.as_deref() == Some(sale);
        self.heaps.sort_by_key(|heap| match (own(heap), heap.active) {
            (true, _) => (0, heap.until, heap.from, heap.number),
            (false, true) => (1, heap.until, heap.from, heap.number),
            (false, false) => (2, heap.from, 0, heap.number),
        });
        // Never of what reserves cover.
        let mut free = self.active() - self.reserved();
        let mut wanted = amount;
        for heap in &mut self.heaps {
            let most = if heap.active { heap.left.min(free) } else { heap.left };
            let part = most.min(wanted);
            heap.left -= part;
            wanted -= part;
            free -= if heap.active { part } else { 0 };
        }
        self.debt += wanted;
        self.heaps.retain(|heap| heap.left > 0);
    }
}

/// The end of the local day, `days` after that of `instant`.
fn end_of_day(instant: i64, days: i64) -> i64 {
    let day = (instant + OFFSET).div_euclid(DAY);
    (day + days + 1) * DAY - OFFSET
}
