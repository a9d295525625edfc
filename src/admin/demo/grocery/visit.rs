//! One customer at a grocery till: registers before the first sale, pays with bonuses, some of them set
//! aside before, buys. Now and then something is tried that must be refused, or sent twice; what and when
//! depends on the sale's place in the year alone, so every figure repeats.

use super::groceries::{Basket, Groceries};
use super::till::{
    CALC_PATH, CUSTOMER_PATH, Customer, CustomerBody, PlusTill, ReserveBody, SALE_PATH, SaleBody,
    customer, json, most_debit, path_of, refused, sold,
};
use crate::admin::cli::DemoDialect;
use crate::admin::demo::attempt::{Attempt, LATE_BY_MILLIS};
use crate::admin::demo::connections::Answer;
use crate::admin::demo::inbox::Inbox;
use crate::admin::demo::phones::{phone_of, stranger_beside};
use crate::admin::demo::registration::Registration;
use crate::admin::demo::sales::Sale;
use crate::admin::demo::visit::{Balances, Outcome, Refused, Sold};
use crate::admin::demo::wire::{not_written, number};
use crate::admin::exit::Failure;
use crate::values::{Bonus, Phone, Timestamp};
use reqwest::Method;
use serde_json::value::RawValue;

/// Every so many sales of the year the customer pays with bonuses what is allowed.
const REDEEMS_EVERY: usize = 3;
/// Every so many sales these bonuses are set aside before, as a shop does while its customer pays.
const RESERVES_EVERY: usize = 9;

/// A sale of a copy, about to be posted.
#[derive(Clone, Copy)]
pub(super) struct Visit<'a> {
    pub(super) sale: &'a Sale,
    pub(super) basket: &'a Basket,
    pub(super) copy: u16,
    /// The sale's place in the year.
    pub(super) place: usize,
    /// How the customer registers first, who was never seen before.
    pub(super) registers: Option<Registration>,
}

impl<'a> Visit<'a> {
    /// `None`: the year has no sale at this place.
    pub(super) fn at(
        groceries: &'a Groceries,
        place: usize,
        copy: u16,
        registers: Option<Registration>,
    ) -> Option<Self> {
        let (sale, basket) = (groceries.year.sales.get(place)?, groceries.baskets.get(place)?);
        Some(Self { sale, basket, copy, place, registers })
    }

    fn phone(&self) -> Phone {
        phone_of(self.sale.customer, self.copy)
    }

    fn external_id(&self) -> String {
        format!("{}-{}", self.sale.receipt, self.copy)
    }

    fn redeems(&self) -> bool {
        self.place.is_multiple_of(REDEEMS_EVERY)
    }

    fn reserves(&self) -> bool {
        self.place.is_multiple_of(RESERVES_EVERY)
    }

    /// What is tried; of a sale that costs nothing, nothing can be.
    fn attempt(&self) -> Option<Attempt> {
        Attempt::of(self.place).filter(|_| !self.sale.total.is_zero())
    }

    fn body(
        &self,
        redeem: Bonus,
        date: Timestamp,
        reserve_id: Option<String>,
    ) -> Result<String, Failure> {
        let items: &RawValue = serde_json::from_str(&self.sale.lines).map_err(not_written)?;
        json(&SaleBody {
            phone: self.phone().number().to_string(),
            items,
            bonus_debit: &number(redeem)?,
            external_id: self.external_id(),
            date: date.to_string(),
            store: &self.basket.store,
            coupons: &self.basket.coupons,
            reserve_id,
        })
    }
}

/// Serves a customer: registration, sale, and the attempt that belongs to this sale.
pub(super) async fn serve(
    till: &PlusTill,
    inbox: &Inbox,
    visit: Visit<'_>,
) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::default();
    if let Some(way) = visit.registers {
        register(till, inbox, visit, way, &mut outcome).await?;
    }
    let attempt = visit.attempt();
    if let Some(attempt) = attempt.filter(|attempt| *attempt != Attempt::Again) {
        try_in_vain(till, visit, attempt, &mut outcome).await?;
    }
    let before = till.send(Method::GET, &look_up_path(visit.phone()), String::new()).await?;
    if before.status != 200 {
        outcome.refusals.push(refused(&before, None));
        return Ok(outcome);
    }
    let before = customer(&before)?;
    let redeem =
        if visit.redeems() { allowed(till, visit, &mut outcome).await? } else { Bonus::ZERO };
    let reserve = set_aside(till, visit, redeem, &mut outcome).await?;
    let body = visit.body(redeem, visit.sale.at, reserve)?;
    sell(till, visit, (body, before), &mut outcome).await?;
    Ok(outcome)
}

/// The balances of a customer as a till sees them. It sees no debt, which only returns leave.
pub(super) async fn balances(till: &PlusTill, number: u32, copy: u16) -> Result<Balances, Failure> {
    let path = look_up_path(phone_of(number, copy));
    let Customer { available, not_active, .. } =
        customer(&till.send(Method::GET, &path, String::new()).await?)?;
    Ok(Balances { redeemable: available, held: not_active, debt: Bonus::ZERO })
}

/// Registers a customer on the word of the shop, or after they told the code of a text message.
async fn register(
    till: &PlusTill,
    inbox: &Inbox,
    visit: Visit<'_>,
    way: Registration,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let phone = visit.phone();
    if way == Registration::ByCode {
        let path = path_of(phone);
        let sent = till.send(Method::PUT, &format!("{path}/sendCode"), String::new()).await?;
        expect(&sent, 204, outcome);
        let code = inbox.code(phone).await?;
        let path = format!("{path}/checkCode/{code}");
        let checked = till.send(Method::PUT, &path, String::new()).await?;
        expect(&checked, 204, outcome);
    }
    let body = json(&CustomerBody {
        phone: phone.number().to_string(),
        first_name: "Customer",
        last_name: format!("{} of copy {}", visit.sale.customer, visit.copy),
        store: &visit.basket.store,
    })?;
    let registered = till.send(Method::POST, CUSTOMER_PATH, body).await?;
    if expect(&registered, 200, outcome) {
        outcome.registered = Some(customer(&registered)?.credited);
    }
    Ok(())
}

/// What bonuses may pay of this sale, as its calculation says.
async fn allowed(
    till: &PlusTill,
    visit: Visit<'_>,
    outcome: &mut Outcome,
) -> Result<Bonus, Failure> {
    let body = visit.body(Bonus::ZERO, visit.sale.at, None)?;
    let answer = till.send(Method::PUT, CALC_PATH, body).await?;
    if expect(&answer, 200, outcome) { most_debit(&answer) } else { Ok(Bonus::ZERO) }
}

/// Sets aside what the sale will redeem, if this visit does; the reserve's id.
async fn set_aside(
    till: &PlusTill,
    visit: Visit<'_>,
    amount: Bonus,
    outcome: &mut Outcome,
) -> Result<Option<String>, Failure> {
    if !visit.reserves() || amount.is_zero() {
        return Ok(None);
    }
    let id = format!("reserve-{}", visit.external_id());
    let body = json(&ReserveBody { id: &id, amount: &number(amount)? })?;
    let path = format!("{}/balance/reserve", path_of(visit.phone()));
    let answer = till.send(Method::PATCH, &path, body).await?;
    Ok(expect(&answer, 204, outcome).then_some(id))
}

/// Posts the sale. What it accrued and redeemed is what the customer's totals grew by.
async fn sell(
    till: &PlusTill,
    visit: Visit<'_>,
    (body, before): (String, Customer),
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let answer = till.send(Method::POST, SALE_PATH, body.clone()).await?;
    if !expect(&answer, 200, outcome) {
        return Ok(());
    }
    let made = sold(&answer)?;
    let accrued = growth(before.credited, made.customer.credited)?;
    let redeemed = growth(before.debited, made.customer.debited)?;
    check_paid(visit, redeemed, (before, made.customer))?;
    outcome.sold = Some(Sold { accrued, redeemed, micros: answer.micros });
    if visit.attempt() == Some(Attempt::Again) {
        let again = till.send(Method::POST, SALE_PATH, body).await?;
        if expect(&again, 200, outcome) && sold(&again)? != made {
            return Err(Failure::Differs(format!("sale {} was made twice", visit.external_id())));
        }
        try_in_vain(till, visit, Attempt::Again, outcome).await?;
    }
    Ok(())
}

async fn try_in_vain(
    till: &PlusTill,
    visit: Visit<'_>,
    attempt: Attempt,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let (at, all) = (visit.sale.at, visit.sale.total.as_bonus());
    let sale = match attempt {
        Attempt::OverTheCap | Attempt::Again => Some(visit.body(all, at, None)?),
        Attempt::Late => {
            let late = at.plus_millis(LATE_BY_MILLIS.saturating_neg());
            Some(visit.body(Bonus::CENT, late, None)?)
        }
        Attempt::Stranger => None,
    };
    let answer = match sale {
        Some(body) => till.send(Method::POST, SALE_PATH, body).await?,
        None => {
            let stranger = stranger_beside(visit.sale.customer, visit.copy);
            till.send(Method::GET, &look_up_path(stranger), String::new()).await?
        }
    };
    outcome.refusals.push(refused(&answer, Some(attempt.code(DemoDialect::BonusPlus))));
    Ok(())
}

fn look_up_path(phone: Phone) -> String {
    format!("{CUSTOMER_PATH}?phone={}", phone.number())
}

/// Whether an answer has the status of a success; any other is told as a refusal that nobody meant.
fn expect(answer: &Answer, status: u16, outcome: &mut Outcome) -> bool {
    let fine = answer.status == status;
    if !fine {
        let unexpected: Refused = refused(answer, None);
        outcome.refusals.push(unexpected);
    }
    fine
}

/// Whether the items came to what the receipt of the data does, less what bonuses paid.
fn check_paid(
    visit: Visit<'_>,
    redeemed: Bonus,
    (before, after): (Customer, Customer),
) -> Result<(), Failure> {
    let due = visit.sale.total.checked_sub(redeemed.as_money());
    let paid = after.paid.checked_sub(before.paid);
    if due.is_some() && due == paid {
        return Ok(());
    }
    let (id, total) = (visit.external_id(), visit.sale.total);
    let Customer { paid, .. } = after;
    Err(Failure::Differs(format!(
        "sale {id} of {total}, of which bonuses paid {redeemed}, moved what was paid from {} to {paid}",
        before.paid
    )))
}

fn growth(before: Bonus, after: Bonus) -> Result<Bonus, Failure> {
    let shrank = || Failure::Differs(format!("a total went down from {before} to {after}"));
    after.checked_sub(before).ok_or_else(shrank)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Money;
    use std::collections::BTreeSet;

    #[test]
    fn a_sale_goes_out_with_its_store_its_coupons_and_its_reserve() {
        let groceries = Groceries::shipped();
        let place = groceries.baskets.iter().position(|it| !it.coupons.is_empty()).unwrap();
        let visit = Visit::at(&groceries, place, 3, None).unwrap();
        let redeem = Bonus::from_cents(12).unwrap();
        let body = visit.body(redeem, visit.sale.at, Some("r".into())).unwrap();
        for part in [
            "{\"phone\":\"999003",
            "\"bonusDebit\":0.12,\"externalId\":\"31553601589-3\"",
            "\"date\":\"2017-01-24T18:25:53.000Z\",\"store\":\"406\"",
            "\"coupons\":[\"PAPER\"],\"reserveId\":\"r\"}",
            "\"sum\":2.89,\"ds\":1.19",
        ] {
            assert!(body.contains(part), "{part} in {body}");
        }
    }

    #[test]
    fn what_a_customer_paid_must_be_what_the_receipt_says() {
        let groceries = Groceries::shipped();
        let visit = Visit::at(&groceries, 0, 1, None).unwrap();
        assert_eq!(visit.sale.total.to_string(), "1.59");
        let customer = |cents: u64| Customer {
            available: Bonus::ZERO,
            not_active: Bonus::ZERO,
            credited: Bonus::ZERO,
            debited: Bonus::ZERO,
            paid: Money::from_cents(cents).unwrap(),
        };
        let check = |redeemed: u64, before: u64, after: u64| {
            let redeemed = Bonus::from_cents(redeemed).unwrap();
            check_paid(visit, redeemed, (customer(before), customer(after))).is_ok()
        };
        assert!(check(0, 100, 259) && check(59, 100, 200));
        assert!(!check(0, 100, 258) && !check(59, 100, 259));
        assert!(!check(160, 100, 99) && !check(0, 300, 100));
    }

    #[test]
    fn every_attempt_occurs_in_the_year() {
        let groceries = Groceries::shipped();
        let attempts = (0..groceries.year.sales.len())
            .filter_map(|place| Visit::at(&groceries, place, 1, None)?.attempt());
        let codes: BTreeSet<&str> =
            attempts.map(|attempt| attempt.code(DemoDialect::BonusPlus)).collect();
        let expected =
            ["CUSTOMER_NOT_FOUND", "DUPLICATE_EXTERNAL_ID", "LATE_REDEMPTION", "REDEEM_OVER_CAP"];
        assert_eq!(codes, expected.into());
    }
}
