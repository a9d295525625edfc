//! Who is forgotten by the naive tenant.

use super::naive::{Expected, Naive};
use super::person::Person;

impl Naive {
    /// Nothing leads to them any more, and they have nothing; what they bought can still be brought back.
    pub(super) fn forget(&mut self, phone: usize, now: i64) -> Expected {
        let Some(person) = self.who(phone, now) else { return Expected::Refused(404, None) };
        self.phones.retain(|_, (other, _)| *other != person);
        let one = &mut self.people[person];
        let (parent, brought) = (one.parent, one.brought.take());
        *one = Person {
            phone: one.phone,
            opened: one.opened,
            parent,
            brought,
            is_forgotten: true,
            ..Person::default()
        };
        Expected::Done(vec![])
    }

    /// Whether somebody was forgotten, under whatever name.
    pub(super) fn is_forgotten(&self, person: usize) -> bool {
        let one = &self.people[person];
        one.is_forgotten || one.merged_into.is_some_and(|into| self.is_forgotten(into))
    }
}
