//! What returns do to the naive tenant: of whole sales, of parts of them, and of single lines.

use super::naive::{Expected, Naive, Sale, Sold, part_of, refused};

/// What of a sale comes back.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    /// All that is left.
    Whole,
    /// So much of its money.
    Money(i64),
    /// Of one of its lines, from 0: so much of what the line says, or all that is left.
    Line(usize, Option<i64>),
}

/// A line as it was sold.
#[derive(Debug, Clone)]
pub(super) struct Good {
    /// What the receipt says.
    amount: i64,
    all: Shares,
    /// How much of the amount came back.
    back: i64,
}

/// What falls on a line, or on a part of a sale.
#[derive(Debug, Clone, Copy, Default)]
struct Shares {
    money: i64,
    redeemed: i64,
    card: i64,
    /// `None`: too much for a naive model.
    earned: Option<i64>,
}

/// What falls on the second of two lines; of two halves of a cent the first one gets both.
pub(super) fn share_of_second(amount: i64, first: i64, second: i64) -> i64 {
    let both = first + second;
    let (whole, rest) = (amount * second / both, amount * second % both);
    whole + i64::from(rest * 2 > both)
}

/// The lines of a sale; none if what falls on them is too much for a naive model.
pub(super) fn goods_of(sale: &Sale, earned: Option<i64>, has_promotion: bool) -> Vec<Good> {
    let card = sale.card.as_ref().map_or(0, |(_, part)| *part);
    match sale.lines[..] {
        [amount] => {
            let all = Shares { money: sale.total, redeemed: sale.redeem, card, earned };
            vec![Good { amount, all, back: 0 }]
        }
        [first, second] => {
            let redeemed = share_of_second(sale.redeem, first, second);
            let left = [first - (sale.redeem - redeemed), second - redeemed];
            if left.iter().any(|left| *left <= 0) {
                return Vec::new();
            }
            let on_card = share_of_second(card, left[0], left[1]);
            let money = [left[0] - (card - on_card), left[1] - on_card];
            if money.iter().any(|money| *money <= 0) {
                return Vec::new();
            }
            let counted = money[1] * if has_promotion { 2 } else { 1 };
            // What a coupon gives falls on lines by rules of its own.
            let earned = earned.filter(|_| sale.coupon.is_none());
            let earned_second = earned.map(|earned| share_of_second(earned, money[0], counted));
            let earned_first = earned.zip(earned_second).map(|(both, second)| both - second);
            let shares = [
                (first, sale.redeem - redeemed, card - on_card, earned_first),
                (second, redeemed, on_card, earned_second),
            ];
            let good = |((amount, redeemed, card, earned), money)| Good {
                amount,
                all: Shares { money, redeemed, card, earned },
                back: 0,
            };
            shares.into_iter().zip(money).map(good).collect()
        }
        _ => Vec::new(),
    }
}

impl Good {
    pub(super) fn left(&self) -> i64 {
        self.amount - self.back
    }

    /// Takes so much of it back; what falls on that, so that all parts together are the line to the cent.
    fn take(&mut self, amount: i64) -> Shares {
        let before = self.all.part(self.back, self.amount);
        self.back += amount;
        self.all.part(self.back, self.amount).less(before)
    }
}

impl Shares {
    fn part(self, part: i64, whole: i64) -> Self {
        let of = |amount| part_of(amount, part, whole);
        Self {
            money: of(self.money),
            redeemed: of(self.redeemed),
            card: of(self.card),
            earned: self.earned.map(of),
        }
    }

    fn less(self, other: Self) -> Self {
        let earned = self.earned.zip(other.earned).map(|(one, other)| one - other);
        let (money, redeemed) = (self.money - other.money, self.redeemed - other.redeemed);
        Self { money, redeemed, card: self.card - other.card, earned }
    }

    fn plus(self, other: Self) -> Self {
        let earned = self.earned.zip(other.earned).map(|(one, other)| one + other);
        let (money, redeemed) = (self.money + other.money, self.redeemed + other.redeemed);
        Self { money, redeemed, card: self.card + other.card, earned }
    }
}

impl Sold {
    /// Takes a part back; `None`: there is nothing, or not so much.
    fn take(&mut self, part: Part) -> Option<Shares> {
        let back = match part {
            Part::Line(line, amount) => {
                let good = &mut self.goods[line];
                let amount = amount.unwrap_or(good.left());
                if amount == 0 || amount > good.left() {
                    return None;
                }
                good.take(amount)
            }
            Part::Whole | Part::Money(_) => self.take_money(part)?,
        };
        self.returned += back.money;
        Some(back)
    }

    fn take_money(&mut self, part: Part) -> Option<Shares> {
        let left = self.total - self.returned;
        let money = if let Part::Money(money) = part { money } else { left };
        if left == 0 || money > left {
            return None;
        }
        if !self.goods.is_empty() {
            let none = Shares { earned: Some(0), ..Shares::default() };
            let rests = self.goods.iter_mut().map(|good| good.take(good.left()));
            return Some(rests.fold(none, Shares::plus));
        }
        let card = self.card.as_ref().map_or(0, |(_, part)| *part);
        let all =
            Shares { money: self.total, redeemed: self.redeemed, card, earned: Some(self.accrued) };
        let before = all.part(self.returned, self.total);
        Some(all.part(self.returned + money, self.total).less(before))
    }
}

impl Naive {
    pub(super) fn refund(&mut self, sale: &str, id: &str, part: Part, now: i64) -> Expected {
        if !self.refunds.insert(id.to_owned()) {
            return refused("duplicate_refund");
        }
        let person = self.sales[sale].person;
        self.pass_time(person, now);
        let sold = self.sales.get_mut(sale).unwrap();
        let Some(back) = sold.take(part) else {
            self.refunds.remove(id);
            return Expected::Refused(422, None);
        };
        let most = (sold.accrued - sold.expired - sold.clawed).max(0);
        let due = back.earned.unwrap_or(0).min(most);
        sold.clawed += due;
        let (coupon, card) = (sold.coupon.clone(), sold.card.clone());
        if let Some((card, _)) = card {
            *self.cards.get_mut(&card).unwrap() += back.card;
        }
        if let Some(coupon) = coupon.filter(|_| self.left_of(sale) == 0) {
            *self.coupons.get_mut(&coupon).unwrap() += 1;
        }
        let mut figures = vec![("money", back.money)];
        if let Part::Line(..) = part {
            figures.extend([("lines/0/net", back.money), ("lines/0/redeem_share", back.redeemed)]);
            figures.extend(back.earned.map(|earned| ("lines/0/accrual", earned)));
        }
        if back.card > 0 {
            figures.push(("gift_cards/0/amount", back.card));
        }
        if self.people[person].is_forgotten {
            // Money and gift cards go back, and bonuses neither way.
            self.test_bringing(person, sale, now);
            figures.extend([("bonus_restored", 0), ("accrual_reversed", 0), ("new_balance", 0)]);
            return Expected::Done(figures);
        }
        let one = &mut self.people[person];
        one.claw_back(sale, due);
        one.spendings.push((now, -back.money));
        // Where bonuses that come back end up is too much for a naive model.
        one.is_exact &= back.redeemed == 0 && back.earned.is_some();
        self.test_bringing(person, sale, now);
        figures.push(("bonus_restored", back.redeemed));
        if self.is_exact(person) {
            figures.push(("accrual_reversed", due));
        }
        figures.extend(self.balance(person));
        Expected::Done(figures)
    }
}
