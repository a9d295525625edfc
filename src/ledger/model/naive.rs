//! A deliberately naive account: what was given and taken, with dates, and everything else recomputed
//! from scratch each time. Shares no code with the rules it checks.

const DAY_MILLIS: i64 = 86_400_000;
/// Dushanbe has been five hours ahead of UTC since 1991.
const OFFSET_MILLIS: i64 = 18_000_000;
/// A hundred percent in millionths of one percent.
const WHOLE: i128 = 100_000_000;

/// The figures of a tenant's rules that the model knows; amounts in cents, percents in millionths.
#[derive(Debug, Clone)]
pub(super) struct NaiveRules {
    pub hold_millis: i64,
    pub days: Option<i64>,
    /// Threshold and percent, ascending; the first is from 0.
    pub tiers: Vec<(i128, i128)>,
    pub min_purchase: i128,
    pub cap_percent: i128,
    pub step: i128,
    pub min_redeem: i128,
    pub receipt_max: Option<i128>,
}

#[derive(Debug, Clone)]
enum Happened {
    Given { at: i64, amount: i128, active_from: i64, lost_from: Option<i64> },
    Taken { at: i64, amount: i128 },
}

/// A customer as a list of what happened.
#[derive(Debug, Clone)]
pub(super) struct Naive {
    pub rules: NaiveRules,
    pub opened_at: i64,
    pub blocked: bool,
    happened: Vec<Happened>,
    /// Business time and money, in order of arrival.
    pub sales: Vec<(i64, i128)>,
}

/// What a customer has at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Has {
    pub redeemable: i128,
    pub held: i128,
    pub debt: i128,
    /// What is left of which gift; the first is 1.
    pub left: Vec<(u64, i128)>,
}

#[derive(Debug, Clone)]
struct Gift {
    number: u64,
    active_from: i64,
    lost_from: Option<i64>,
    left: i128,
}

impl Naive {
    pub(super) fn new(rules: NaiveRules, opened_at: i64) -> Self {
        Self { rules, opened_at, blocked: false, happened: Vec::new(), sales: Vec::new() }
    }

    /// Plays everything again, up to `now`.
    pub(super) fn has(&self, now: i64) -> Has {
        let mut gifts: Vec<Gift> = Vec::new();
        let mut debt = 0;
        let mut clock = i64::MIN;
        for happened in &self.happened {
            match *happened {
                Happened::Given { at, amount, active_from, lost_from } => {
                    pass_time(&mut gifts, &mut debt, clock, at);
                    clock = at;
                    let pays = amount.min(debt);
                    debt -= pays;
                    let lost = lost_from.is_some_and(|lost| lost <= at);
                    let left = if lost { 0 } else { amount - pays };
                    let number = u64::try_from(gifts.len()).unwrap() + 1;
                    gifts.push(Gift { number, active_from, lost_from, left });
                }
                Happened::Taken { at, amount } => {
                    pass_time(&mut gifts, &mut debt, clock, at);
                    clock = at;
                    let mut wanted = amount;
                    sort_as_spent(&mut gifts);
                    for gift in gifts.iter_mut().filter(|gift| gift.active_from <= at) {
                        let slice = gift.left.min(wanted);
                        gift.left -= slice;
                        wanted -= slice;
                    }
                    debt += wanted;
                }
            }
        }
        pass_time(&mut gifts, &mut debt, clock, now);
        gifts.sort_by_key(|gift| gift.number);
        let sum = |active: bool| {
            let some = gifts.iter().filter(|gift| (gift.active_from <= now) == active);
            some.map(|gift| gift.left).sum()
        };
        let left = gifts.iter().filter(|gift| gift.left > 0);
        Has {
            redeemable: sum(true),
            held: sum(false),
            debt,
            left: left.map(|gift| (gift.number, gift.left)).collect(),
        }
    }

    pub(super) fn give(&mut self, at: i64, amount: i128, active_from: i64, lost_from: Option<i64>) {
        self.happened.push(Happened::Given { at, amount, active_from, lost_from });
    }

    pub(super) fn take(&mut self, at: i64, amount: i128) {
        self.happened.push(Happened::Taken { at, amount });
    }

    /// Whether so much of an order may be paid in bonuses.
    pub(super) fn may_redeem(&self, now: i64, asked: i128, order: i128) -> bool {
        let rules = &self.rules;
        asked > 0
            && asked % rules.step == 0
            && asked >= rules.min_redeem
            && rules.receipt_max.is_none_or(|most| asked <= most)
            && asked * WHOLE <= order * rules.cap_percent
            && asked <= self.has(now).redeemable
    }

    /// The most that a sale of `order` would accept, leaving a cent.
    pub(super) fn preview(&self, now: i64, order: i128) -> i128 {
        (1..order).rev().find(|asked| self.may_redeem(now, *asked, order)).unwrap_or(0)
    }

    /// The percent of a sale made at `business` that arrives now.
    pub(super) fn percent(&self, business: i64) -> i128 {
        let before = self.sales.iter().filter(|(at, _)| *at <= business);
        let spent: i128 = before.map(|(_, total)| total).sum();
        let reached = self.rules.tiers.iter().filter(|(from, _)| *from <= spent);
        reached.map(|(_, percent)| *percent).next_back().unwrap()
    }

    /// Rounded half-up.
    pub(super) fn accrual(&self, business: i64, total: i128) -> i128 {
        if total < self.rules.min_purchase {
            return 0;
        }
        (total * self.percent(business) * 2 + WHOLE).div_euclid(WHOLE * 2)
    }

    /// When something active from an instant is lost.
    pub(super) fn lost_from(&self, active_from: i64) -> Option<i64> {
        self.rules.days.map(|days| end_of_day(active_from, days))
    }
}

/// The end of the local day, `days` after that of `instant`.
pub(super) fn end_of_day(instant: i64, days: i64) -> i64 {
    let day = (instant + OFFSET_MILLIS).div_euclid(DAY_MILLIS);
    (day + days + 1) * DAY_MILLIS - OFFSET_MILLIS
}

/// Everything that happens by itself after `from` and up to `to`.
fn pass_time(gifts: &mut [Gift], debt: &mut i128, from: i64, to: i64) {
    let dates = gifts.iter().flat_map(|gift| [Some(gift.active_from), gift.lost_from]).flatten();
    let mut instants: Vec<i64> = dates.filter(|at| from < *at && *at <= to).collect();
    instants.sort_unstable();
    sort_as_spent(gifts);
    for instant in instants {
        for gift in gifts.iter_mut().filter(|gift| gift.active_from == instant) {
            let pays = gift.left.min(*debt);
            gift.left -= pays;
            *debt -= pays;
        }
        for gift in gifts.iter_mut().filter(|gift| gift.lost_from == Some(instant)) {
            gift.left = 0;
        }
    }
}

fn sort_as_spent(gifts: &mut [Gift]) {
    gifts.sort_by_key(|gift| (gift.lost_from.unwrap_or(i64::MAX), gift.active_from, gift.number));
}
