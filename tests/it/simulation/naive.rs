//! A deliberately naive tenant: people with heaps of bonuses, everything looked at one by one. Written from
//! the rules and sharing no code with the ledger; amounts in cents, time in milliseconds.

use super::naive_imports::Batch;
use super::naive_returns::Good;
use super::person::{DAY, Heap, Person, end_of_day};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const BACKDATE_MAX: i64 = 30 * DAY;
const RESERVE_DEADLINE: i64 = 7 * DAY;

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
    pub(super) birthday: i64,
    /// How long a birthday's bonuses are good; 0: for ever.
    pub(super) birthday_days: i64,
    /// For who brought somebody, and for whom they brought.
    pub(super) brings: i64,
    pub(super) brought: i64,
    pub(super) bringing_min: i64,
    pub(super) bringing_hold_days: i64,
}

/// A sale or a redemption.
#[derive(Debug, Clone, Default)]
pub(super) struct Sold {
    pub(super) person: usize,
    pub(super) total: i64,
    pub(super) redeemed: i64,
    pub(super) accrued: i64,
    pub(super) is_sale: bool,
    /// Whether it is of the BonusPlus dialect.
    pub(super) of_plus: bool,
    pub(super) lines: usize,
    /// What is known of its lines, if all of it is known but perhaps what they earned.
    pub(super) goods: Vec<Good>,
    /// When it was made.
    pub(super) at: i64,
    pub(super) card: Option<(String, i64)>,
    pub(super) coupon: Option<String>,
    pub(super) returned: i64,
    pub(super) clawed: i64,
    /// What of its own bonuses expired before anybody spent it.
    pub(super) expired: i64,
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
    /// Done, with these figures; those that are not known are left out. Parts of a name are a path.
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
    pub(super) phones: BTreeMap<usize, (usize, i64)>,
    /// Phones of those who were merged into others.
    merged: BTreeSet<usize>,
    /// Phones that were somebody's once.
    pub(super) welcomed: BTreeSet<usize>,
    pub(super) sales: BTreeMap<String, Sold>,
    pub(super) cards: BTreeMap<String, i64>,
    pub(super) coupons: BTreeMap<String, i64>,
    pub(super) refunds: BTreeSet<String>,
    /// What came from an old system and was not taken back.
    pub(super) batches: BTreeMap<String, Batch>,
    /// Whether people bring one another.
    pub(super) has_program: bool,
    /// Whether somebody is to be told of whom they brought.
    pub(super) has_news: bool,
    /// Whether there is a promotion that doubles what the second line of a receipt earns.
    pub(super) has_promotion: bool,
    pub(super) heaps: u64,
}

pub(super) fn refused(code: &'static str) -> Expected {
    Expected::Refused(422, Some(code))
}

/// Rounded half-up.
pub(super) fn part_of(amount: i64, part: i64, whole: i64) -> i64 {
    let (amount, part, whole) = (i128::from(amount), i128::from(part), i128::from(whole));
    i64::try_from((amount * part * 2 + whole).div_euclid(whole * 2)).unwrap()
}

impl Naive {
    pub(super) fn new(has_program: bool) -> Self {
        Self { has_program, ..Self::default() }
    }

    pub(super) fn rules_at(&self, at: i64) -> Rules {
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
        sold.is_sale && sold.lines == 0 && sold.redeemed == 0 && sold.card.is_none()
    }

    /// Redemptions are not returned here, nor items of which not all is known.
    pub(super) fn can_be_returned(&self, id: &str) -> bool {
        let sold = &self.sales[id];
        sold.is_sale && (!sold.of_plus || !sold.goods.is_empty())
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
    pub(super) fn pass_time(&mut self, person: usize, now: i64) {
        loop {
            let one = &mut self.people[person];
            let due = |heap: &Heap| if heap.active { (heap.until, 3) } else { (heap.from, 0) };
            let heap = one.heaps.iter().map(due).min();
            let lapse = one.reserves.values().map(|(_, deadline)| (*deadline, 1)).min();
            let birthday = one.birthday.map(|birthday| (birthday.next, 2));
            let first = heap.into_iter().chain(lapse).chain(birthday).min();
            let Some((at, what)) = first.filter(|due| due.0 <= now) else { break };
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
                2 => self.congratulate(person, at),
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
        self.people[person].heaps.retain(|heap| heap.left > 0);
    }

    pub(super) fn give(&mut self, person: usize, heap: Heap, now: i64) {
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
        self.welcome(phone, now);
        Expected::Done(vec![])
    }

    /// Somebody new.
    pub(super) fn open(&mut self, phone: usize, now: i64) -> usize {
        let person = self.people.len();
        self.people.push(Person { phone, opened: now, is_exact: true, ..Person::default() });
        self.phones.insert(phone, (person, i64::MAX));
        self.merged.remove(&phone);
        person
    }

    /// Somebody new, who is welcomed.
    pub(super) fn welcome(&mut self, phone: usize, now: i64) -> usize {
        let person = self.open(phone, now);
        let Rules { welcome, expire_days, .. } = self.rules_at(now);
        // A phone is welcomed at its first registration or never, whatever that gave.
        if self.welcomed.insert(phone) && welcome > 0 {
            self.people[person].welcomed = true;
            let until = end_of_day(now, expire_days + 1);
            let heap =
                Heap { sale: None, number: 0, left: welcome, from: now, until, active: true };
            self.give(person, heap, now);
        }
        person
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
        self.welcomed.insert(to);
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
        // A phone of before becomes one of the target's own phones of before.
        self.merged.insert(self.people[source].phone);
        for (person, _) in self.phones.values_mut().filter(|(person, _)| *person == source) {
            *person = target;
        }
        for sold in self.sales.values_mut().filter(|sold| sold.person == source) {
            sold.person = target;
        }
        self.merge_parents(source, target);
        let merged = Person { merged_into: Some(target), ..Person::default() };
        let gone = std::mem::replace(&mut self.people[source], merged);
        let one = &mut self.people[target];
        // Of two gifts one stays, and debts meet bonuses: too much for a naive model.
        one.carried_at = one.carried_at.max(gone.carried_at);
        one.is_exact &= gone.is_exact
            && gone.debt + one.debt == 0
            && !(gone.welcomed && one.welcomed)
            && !(gone.congratulated.is_some() && one.congratulated.is_some())
            && gone.reserves.is_empty()
            && one.reserves.is_empty();
        one.heaps.extend(gone.heaps);
        one.spendings.extend(gone.spendings);
        one.welcomed |= gone.welcomed;
        one.congratulated = one.congratulated.max(gone.congratulated);
        one.blocked |= gone.blocked;
        one.reserves.extend(gone.reserves);
        Expected::Done(vec![])
    }

    pub(super) fn block(&mut self, phone: usize, blocked: bool, now: i64) -> Expected {
        let Some(person) = self.who(phone, now) else { return Expected::Refused(404, None) };
        self.people[person].blocked = blocked;
        Expected::Done(vec![])
    }

    pub(super) fn balance(&self, person: usize) -> Vec<(&'static str, i64)> {
        let one = &self.people[person];
        let balance = one.active() + one.sum(false) - one.debt;
        if one.is_exact { vec![("new_balance", balance)] } else { Vec::new() }
    }
}
