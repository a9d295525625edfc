//! What the naive tenant answers in the BonusPlus dialect: the same customers and sales, under other statuses.

use super::naive::{Expected, Naive, Sale};
use super::naive_returns::Part;
use super::naive_sales::WHOLE;
use super::person::DAY;

const RESERVE_DEADLINE: i64 = DAY;

/// A customer as the dialect shows one.
const SHOWN: [&str; 3] =
    ["customer/purchasesTotalSum", "customer/availableBonuses", "customer/notActiveBonuses"];

impl Expected {
    /// Whatever the business refuses has one status.
    fn in_plus(self) -> Self {
        match self {
            Self::Refused(404 | 403 | 422, _) => Self::Refused(412, None),
            other @ (Self::Done(_) | Self::Refused(..)) => other,
        }
    }
}

impl Naive {
    pub(super) fn sell_plus(&mut self, sale: &Sale, now: i64) -> Expected {
        match self.sell(sale, now).in_plus() {
            Expected::Done(_) => {
                let sold = self.sales.get_mut(&sale.id).unwrap();
                sold.of_plus = true;
                let person = sold.person;
                Expected::Done(self.shown_in_plus(person, now))
            }
            refused @ Expected::Refused(..) => refused,
        }
    }

    /// A customer who is known to the cent; of others nothing but their money.
    fn shown_in_plus(&self, person: usize, now: i64) -> Vec<(&'static str, i64)> {
        let has = self.has(person, now);
        let [spent, available, held] = SHOWN;
        let mut figures = vec![(spent, has.spent)];
        if let Some(bonuses) = has.bonuses {
            figures.push((available, bonuses.redeemable.max(0)));
            figures.push((held, bonuses.held));
        }
        figures
    }

    /// A sale that is not made: what it would earn, and the most that bonuses may pay of it.
    pub(super) fn calculate(&self, sale: &Sale, now: i64) -> Expected {
        let mut later = self.clone();
        let Some(person) = later.who(sale.phone, now) else { return Expected::Refused(412, None) };
        if later.people[person].blocked {
            return Expected::Refused(412, None);
        }
        later.pass_time(person, now);
        let mut figures = Vec::new();
        if let [order] = sale.lines[..] {
            let sale = Sale { total: order, ..sale.clone() };
            let earned = later.earned(person, &sale, now);
            figures.extend(earned.map(|earned| ("discount/0/cb", earned)));
        }
        let one = &later.people[person];
        if one.is_exact {
            let order: i64 = sale.lines.iter().sum();
            let cap = i128::from(order) * i128::from(later.rules_at(now).cap_percent);
            let cap = i64::try_from(cap.div_euclid(i128::from(WHOLE))).unwrap();
            let free = (one.active() - one.reserved()).max(0);
            figures.push(("maxDebitBonuses", cap.min(free)));
        }
        Expected::Done(figures)
    }

    /// All that is left of an item, or a part of it.
    pub(super) fn give_back(
        &mut self,
        sale: &str,
        (line, amount): (usize, Option<i64>),
        now: i64,
    ) -> Expected {
        // Nothing but a key names a return here.
        let id = format!("back-{}", self.refunds.len());
        match self.refund(sale, &id, Part::Line(line, amount), now).in_plus() {
            Expected::Done(_) => Expected::Done(vec![]),
            refused @ Expected::Refused(..) => refused,
        }
    }

    /// Adds to what is set aside under a name; the deadline stays.
    pub(super) fn set_aside_plus(
        &mut self,
        (phone, id): (usize, &str),
        amount: i64,
        now: i64,
    ) -> Expected {
        let Some(person) = self.who(phone, now) else { return Expected::Refused(412, None) };
        if self.people[person].blocked {
            return Expected::Refused(412, None);
        }
        let holder = self.people.iter().position(|one| one.reserves.contains_key(id));
        for who in holder.into_iter().chain([person]) {
            self.pass_time(who, now);
        }
        let holder = holder.filter(|holder| self.people[*holder].reserves.contains_key(id));
        if holder.is_some_and(|holder| holder != person) {
            return Expected::Refused(412, None);
        }
        let one = &mut self.people[person];
        if one.is_exact && amount > one.active() - one.reserved() {
            return Expected::Refused(412, None);
        }
        let (set_aside, _) =
            one.reserves.entry(id.to_owned()).or_insert((0, now + RESERVE_DEADLINE));
        *set_aside += amount;
        Expected::Done(vec![])
    }

    /// What is not there is released already.
    pub(super) fn release_plus(&mut self, id: &str, now: i64) -> Expected {
        match self.release(id, now) {
            Expected::Done(_) | Expected::Refused(404, _) => Expected::Done(vec![]),
            refused @ Expected::Refused(..) => refused.in_plus(),
        }
    }
}
