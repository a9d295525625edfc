//! What sales and redemptions do to the naive tenant.

use super::naive::{BACKDATE_MAX, Expected, Naive, Sale, Sold, part_of, refused};
use super::naive_returns::{goods_of, share_of_second};
use super::person::{DAY, Heap, end_of_day};

/// A hundred percent in millionths of one percent.
pub(super) const WHOLE: i64 = 100_000_000;
/// A sale older than this is late.
const LATE_AFTER: i64 = 300_000;
/// How much a coupon adds.
const COUPON_BONUS: i64 = 700;

impl Sale {
    /// Nothing but money.
    pub(super) fn plain(phone: usize, id: &str, total: i64) -> Self {
        Self {
            phone,
            id: id.to_owned(),
            total,
            redeem: 0,
            ago: 0,
            lines: Vec::new(),
            card: None,
            coupon: None,
            reserve: None,
        }
    }
}

impl Naive {
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
        let earned = self.earned(person, sale, business);
        let accrued = earned.unwrap_or(0);
        self.people[person].is_exact &= earned.is_some();
        let sold = Sold {
            person,
            total: sale.total,
            redeemed: sale.redeem,
            accrued,
            is_sale: true,
            lines: sale.lines.len(),
            goods: goods_of(sale, earned, self.has_promotion),
            at: business,
            card: sale.card.clone(),
            coupon: sale.coupon.clone(),
            ..Sold::default()
        };
        self.sales.insert(sale.id.clone(), sold);
        self.people[person].spendings.push((business, sale.total));
        self.earn(person, (&sale.id, accrued), business, now);
        self.pay_for_bringing(person, sale, now);
        let mut figures = vec![("bonus_redeemed", sale.redeem), ("total_amount", sale.total)];
        figures.extend(earned.map(|earned| ("bonus_accrued", earned)));
        figures.extend(self.balance(person));
        Expected::Done(figures)
    }

    /// Gives what a sale earned.
    pub(super) fn earn(&mut self, person: usize, (sale, left): (&str, i64), at: i64, now: i64) {
        if left > 0 {
            let rules = self.rules_at(at);
            let from = at + rules.hold;
            let until = end_of_day(from, rules.expire_days);
            let origin = Some(sale.to_owned());
            let heap = Heap { sale: origin, number: 0, left, from, until, active: false };
            self.give(person, heap, now);
        }
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

    /// `None`: too much for a naive model.
    pub(super) fn earned(&self, person: usize, sale: &Sale, business: i64) -> Option<i64> {
        let rules = self.rules_at(business);
        if sale.total < rules.min_purchase {
            return Some(0);
        }
        // Whether what was spent elsewhere was spent before is not known.
        if self.people[person].carried_at.is_some_and(|carried| carried > business) {
            return None;
        }
        let spent = self.people[person].spent(business);
        let percent = rules.percents[usize::from(spent >= rules.gold_from)];
        let gift = sale.coupon.as_ref().map_or(0, |_| COUPON_BONUS);
        let counted = sale.total + self.counted_twice(sale)?;
        Some(part_of(counted, percent, WHOLE) + gift)
    }

    /// What a promotion doubles: the money of the second line.
    fn counted_twice(&self, sale: &Sale) -> Option<i64> {
        let [first, second] = sale.lines[..] else { return Some(0) };
        if !self.has_promotion || second == 0 {
            return Some(0);
        }
        // Which of two promotions a line has, and what is left of it beside a card, is too much.
        if sale.coupon.is_some() || sale.card.is_some() {
            return None;
        }
        let share = share_of_second(sale.redeem, first, second);
        let is_paid = |line: i64, share: i64| line == 0 || line > share;
        (is_paid(first, sale.redeem - share) && is_paid(second, share)).then_some(second - share)
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
        let sold = Sold { person, redeemed: asked, ..Sold::default() };
        self.sales.insert(id.to_owned(), sold);
        let mut figures = vec![("amount_redeemed", asked)];
        figures.extend(self.balance(person));
        Expected::Done(figures)
    }
}
