//! What the naive tenant gives unasked: on birthdays, and to those who bring one another.

use super::naive::{Expected, Naive, Sale, Sold};
use super::person::{Birthday, Brought, DAY, Heap, end_of_day};
use chrono::NaiveDate;

impl Naive {
    pub(super) fn tell_birthday(&mut self, phone: usize, born: NaiveDate, now: i64) -> Expected {
        let Some(person) = self.who(phone, now) else { return Expected::Refused(412, None) };
        self.pass_time(person, now);
        let one = &mut self.people[person];
        if one.birthday.is_none_or(|known| known.born != born) {
            one.birthday = Some(Birthday::told(born, now));
        }
        Expected::Done(vec![])
    }

    /// A birthday is there.
    pub(super) fn congratulate(&mut self, person: usize, at: i64) {
        let rules = self.rules_at(at);
        self.heaps += 1;
        let number = self.heaps;
        let one = &mut self.people[person];
        let Some(birthday) = one.birthday else { return };
        one.birthday = Some(birthday.passed());
        if rules.birthday == 0 || !birthday.pays(one.congratulated) {
            return;
        }
        one.congratulated = Some(at);
        let pays = rules.birthday.min(one.debt);
        one.debt -= pays;
        let left = rules.birthday - pays;
        let until = match rules.birthday_days {
            0 => i64::MAX,
            days => end_of_day(at, days),
        };
        one.heaps.push(Heap { sale: None, number, left, from: at, until, active: true });
    }

    /// Somebody new who was brought by somebody.
    pub(super) fn bring(&mut self, phone: usize, parent: usize, now: i64) -> Expected {
        let known = self.who(parent, now);
        let is_new = self.who(phone, now).is_none() && !self.welcomed.contains(&phone);
        let Some(parent) = known.filter(|_| is_new) else { return Expected::Refused(412, None) };
        let person = self.welcome(phone, now);
        self.people[person].parent = Some(parent);
        self.has_news = true;
        Expected::Done(vec![])
    }

    /// The first sale that is large enough pays both.
    pub(super) fn pay_for_bringing(&mut self, person: usize, sale: &Sale, now: i64) {
        let rules = self.rules_at(now - sale.ago);
        let one = &mut self.people[person];
        let nothing = rules.brings == 0 && rules.brought == 0;
        let Some(parent) = one.parent.filter(|_| one.brought.is_none()) else { return };
        if nothing || sale.total < rules.bringing_min {
            return;
        }
        let from = now + rules.bringing_hold_days * DAY;
        let until = end_of_day(from, rules.expire_days);
        one.brought = Some(Brought { sale: sale.id.clone(), until });
        self.has_news = true;
        for (who, left) in [(person, rules.brought), (parent, rules.brings)] {
            if self.people[who].is_forgotten {
                continue;
            }
            self.pass_time(who, now);
            let heap = Heap { sale: None, number: 0, left, from, until, active: false };
            self.give(who, heap, now);
        }
    }

    /// What is left of a sale may be too little; where the rewards come from then is too much for a naive
    /// model.
    pub(super) fn test_bringing(&mut self, person: usize, sale: &str, now: i64) {
        let Sold { total, returned, at, .. } = self.sales[sale];
        let enough = total - returned >= self.rules_at(at).bringing_min;
        let one = &mut self.people[person];
        let Some(brought) = one.brought.take_if(|it| it.sale == sale && !enough) else { return };
        self.has_news = true;
        if brought.until > now {
            one.is_exact = false;
            let parent = one.parent.unwrap();
            self.people[parent].is_exact = false;
        }
    }

    /// Who brought one of two who turn out to be one brought nobody, or brought the other.
    pub(super) fn merge_parents(&mut self, source: usize, target: usize) {
        for (one, other) in [(source, target), (target, source)] {
            let one = &mut self.people[one];
            if one.parent == Some(other) {
                one.parent = None;
                let was_paid = one.brought.take().is_some();
                self.people[target].is_exact &= !was_paid;
            }
        }
        let (parent, brought) = (self.people[source].parent, self.people[source].brought.clone());
        let one = &mut self.people[target];
        if one.parent.is_none() {
            (one.parent, one.brought) = (parent, brought);
        }
        for child in self.people.iter_mut().filter(|child| child.parent == Some(source)) {
            child.parent = Some(target);
        }
    }
}
