//! One customer at the till: registers before the first sale, asks what bonuses may pay, buys. Now and
//! then something is tried that must be refused; what and when depends on the sale's place in the
//! year alone, so every figure repeats.

use crate::admin::cli::DemoDialect;
use crate::admin::demo::attempt::{Attempt, LATE_BY_MILLIS};
use crate::admin::demo::client::{CLIENT_PATH, SALE_PATH, Till};
use crate::admin::demo::connections::Answer;
use crate::admin::demo::figures::plus;
use crate::admin::demo::inbox::Inbox;
use crate::admin::demo::phones::{in_path, phone_of, stranger_beside};
use crate::admin::demo::registration::{Newcomer, Registration, register};
use crate::admin::demo::sales::Sale;
use crate::admin::demo::wire::{
    Envelope, LookedUp, SaleAnswer, SaleBody, balance, bonus, data, not_written, number,
};
use crate::admin::exit::Failure;
use crate::values::{Balance, Bonus, Money, Phone, Timestamp};
use serde_json::value::RawValue;

/// Every so many sales of the year the customer pays with bonuses what is allowed.
const REDEEMS_EVERY: usize = 3;

/// A sale of a copy, about to be posted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visit<'a> {
    pub sale: &'a Sale,
    pub copy: u16,
    /// The sale's place in the year.
    pub place: usize,
    /// How the customer registers first, who was never seen before.
    pub registers: Option<Registration>,
}

/// What a visit came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// The welcome bonus of a customer who registered.
    pub registered: Option<Bonus>,
    pub sold: Option<Sold>,
    pub returned: Option<Returned>,
    pub refusals: Vec<Refused>,
}

/// A sale that was answered with 201.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sold {
    pub accrued: Bonus,
    pub redeemed: Bonus,
    pub micros: u64,
}

/// A return that was answered with 201.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Returned {
    pub restored: Bonus,
    pub reversed: Bonus,
}

/// An answer that was not a success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    /// The stable code of the answer, or its status.
    pub code: String,
    /// What the answer said.
    pub reason: String,
    /// Whether the demo meant to provoke this very code.
    pub expected: bool,
}

/// What a customer has, and owes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Balances {
    pub redeemable: Bonus,
    pub held: Bonus,
    pub debt: Bonus,
}

impl Balances {
    /// What all of them come to.
    pub(super) fn sum(all: impl IntoIterator<Item = Self>) -> Result<Self, Failure> {
        all.into_iter().try_fold(Self::default(), |sum, told| {
            Ok(Self {
                redeemable: plus(sum.redeemable, told.redeemable)?,
                held: plus(sum.held, told.held)?,
                debt: plus(sum.debt, told.debt)?,
            })
        })
    }
}

impl Visit<'_> {
    fn phone(&self) -> Phone {
        phone_of(self.sale.customer, self.copy)
    }

    fn newcomer(&self) -> Newcomer {
        let full_name = format!("Customer {} of copy {}", self.sale.customer, self.copy);
        Newcomer { phone: self.phone(), full_name }
    }

    fn redeems(&self) -> bool {
        self.place.is_multiple_of(REDEEMS_EVERY)
    }

    fn body(&self, redeem: Bonus, sale_date: Timestamp) -> Result<String, Failure> {
        let total = self.sale.total.checked_sub(redeem.as_money()).unwrap_or_default();
        let (total, gross, redeem) = (number(total)?, number(self.sale.total)?, number(redeem)?);
        let lines: &RawValue = serde_json::from_str(&self.sale.lines).map_err(not_written)?;
        let body = SaleBody {
            client_phone: self.phone().to_string(),
            total_amount: &total,
            gross_amount: &gross,
            bonus_redeem_amount: &redeem,
            redeem_mode: "payment_type",
            external_sale_id: format!("{}-{}", self.sale.receipt, self.copy),
            receipt_number: &self.sale.receipt,
            payment_method: "card",
            sale_date: sale_date.to_string(),
            lines,
        };
        serde_json::to_string(&body).map_err(not_written)
    }
}

/// Serves a customer: registration, look-up, sale, and the attempt that belongs to this sale.
pub(super) async fn serve(
    till: &Till,
    inbox: &Inbox,
    visit: Visit<'_>,
) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::default();
    let attempt = Attempt::of(visit.place);
    if let Some(way) = visit.registers {
        match register(till, inbox, visit.newcomer(), way).await? {
            Ok(welcome) => outcome.registered = Some(welcome),
            Err(refused) => outcome.refusals.push(refused),
        }
    }
    if let Some(attempt) = attempt.filter(|attempt| *attempt != Attempt::Again) {
        try_in_vain(till, visit, attempt, &mut outcome).await?;
    }
    let redeem =
        if visit.redeems() { allowed(till, visit, &mut outcome).await? } else { Bonus::ZERO };
    sell(till, visit, redeem, &mut outcome).await?;
    if attempt == Some(Attempt::Again) {
        try_in_vain(till, visit, Attempt::Again, &mut outcome).await?;
    }
    Ok(outcome)
}

/// The balances of a customer as a till sees them.
pub(super) async fn balances(till: &Till, customer: u32, copy: u16) -> Result<Balances, Failure> {
    let path = format!("{CLIENT_PATH}{}", in_path(phone_of(customer, copy)));
    let answer = till.get(&path, "").await?;
    let looked_up: LookedUp<'_> = data(&answer)?;
    let (redeemable, held) = (bonus(looked_up.redeemable_balance)?, bonus(looked_up.held_balance)?);
    let lots = plus(redeemable, held)?.as_balance();
    let owed = lots.checked_sub(balance(looked_up.bonus_balance)?).filter(|it| !it.is_negative());
    let debt = owed.and_then(Balance::magnitude).ok_or_else(|| {
        Failure::Differs(format!("a balance of {} is not what there is", looked_up.bonus_balance))
    })?;
    Ok(Balances { redeemable, held, debt })
}

/// What bonuses may pay of this sale, as the look-up says.
async fn allowed(till: &Till, visit: Visit<'_>, outcome: &mut Outcome) -> Result<Bonus, Failure> {
    let path = format!("{CLIENT_PATH}{}", in_path(visit.phone()));
    let answer = till.get(&path, &format!("?check_amount={}", visit.sale.total)).await?;
    if answer.status != 200 {
        outcome.refusals.push(Refused::unexpected(&answer));
        return Ok(Bonus::ZERO);
    }
    let looked_up: LookedUp<'_> = data(&answer)?;
    looked_up.loyalty.max_redeem_amount.map_or(Ok(Bonus::ZERO), bonus)
}

async fn sell(
    till: &Till,
    visit: Visit<'_>,
    redeem: Bonus,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let answer = till.post(SALE_PATH, visit.body(redeem, visit.sale.at)?).await?;
    if answer.status != 201 {
        outcome.refusals.push(Refused::unexpected(&answer));
        return Ok(());
    }
    let sale: SaleAnswer<'_> = data(&answer)?;
    outcome.sold = Some(Sold {
        accrued: bonus(sale.bonus_accrued)?,
        redeemed: bonus(sale.bonus_redeemed)?,
        micros: answer.micros,
    });
    Ok(())
}

async fn try_in_vain(
    till: &Till,
    visit: Visit<'_>,
    attempt: Attempt,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let at = visit.sale.at;
    let all_but_a_cent = visit.sale.total.saturating_sub(Money::CENT).as_bonus();
    let answer = match attempt {
        Attempt::OverTheCap => till.post(SALE_PATH, visit.body(all_but_a_cent, at)?).await?,
        Attempt::Late => {
            let late = at.plus_millis(LATE_BY_MILLIS.saturating_neg());
            till.post(SALE_PATH, visit.body(Bonus::CENT, late)?).await?
        }
        Attempt::Stranger => {
            let stranger = stranger_beside(visit.sale.customer, visit.copy);
            till.get(&format!("{CLIENT_PATH}{}", in_path(stranger)), "").await?
        }
        Attempt::Again => till.post(SALE_PATH, visit.body(Bonus::ZERO, at)?).await?,
    };
    outcome.refusals.push(refused(&answer, Some(attempt.code(DemoDialect::Bonex))));
    Ok(())
}

impl Refused {
    /// An answer that nobody meant to provoke.
    pub(super) fn unexpected(answer: &Answer) -> Self {
        refused(answer, None)
    }
}

pub(super) fn refused(answer: &Answer, expected: Option<&str>) -> Refused {
    let envelope: Option<Envelope<'_>> = serde_json::from_str(&answer.body).ok();
    let (code, reason) = envelope.map_or((None, String::new()), |told| (told.code, told.error));
    let code = code.unwrap_or_else(|| format!("status {}", answer.status));
    let expected = expected == Some(code.as_str()) && (400..500).contains(&answer.status);
    Refused { code, reason, expected }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::demo::client::{AUTH_PATH, Credentials};
    use crate::admin::demo::connections::Connections;
    use crate::admin::demo::sales::Year;
    use crate::engine::Clock;

    #[test]
    fn a_redeeming_sale_keeps_the_receipt_total_as_gross() {
        let year = Year::shipped();
        let sale = &year.sales[0];
        let visit = Visit { sale, copy: 3, place: 0, registers: None };
        let body = visit.body(Bonus::from_cents(10_512).unwrap(), sale.at).unwrap();
        for part in [
            "\"client_phone\":\"+999003015100\"",
            "\"total_amount\":245.28",
            "\"gross_amount\":350.40",
            "\"bonus_redeem_amount\":105.12",
            "\"external_sale_id\":\"536374-3\"",
            "\"sale_date\":\"2010-12-01T09:09:00.000Z\"",
            "\"quantity\":32,\"unit_price\":10.95",
        ] {
            assert!(body.contains(part), "{part} in {body}");
        }
    }

    #[test]
    fn only_the_refusal_that_was_meant_is_expected() {
        let check = |status: u16, body: &str, meant: Option<&str>, code: &str, expected: bool| {
            let answer = Answer { status, body: body.into(), micros: 0 };
            let found = refused(&answer, meant);
            assert_eq!((found.code.as_str(), found.expected), (code, expected), "{body}");
        };
        let duplicate = r#"{"success":false,"error":"Twice.","code":"duplicate_sale"}"#;
        check(422, duplicate, Some("duplicate_sale"), "duplicate_sale", true);
        check(422, duplicate, Some("redeem_over_cap"), "duplicate_sale", false);
        check(422, duplicate, None, "duplicate_sale", false);
        check(503, "", Some("duplicate_sale"), "status 503", false);
        check(201, r#"{"success":true,"data":{}}"#, Some("duplicate_sale"), "status 201", false);
    }

    #[test]
    fn every_attempt_occurs_in_the_year() {
        let mut codes: Vec<&str> = (0..1_520)
            .filter_map(Attempt::of)
            .map(|attempt| attempt.code(DemoDialect::Bonex))
            .collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(
            codes,
            ["customer_not_found", "duplicate_sale", "late_redemption", "redeem_over_cap"]
        );
    }

    /// Answers as a house would that allows 105.12 and refuses whatever leaves a cent to pay.
    async fn partner_api(request: axum::extract::Request) -> (axum::http::StatusCode, String) {
        let (path, signed) =
            (request.uri().to_string(), request.headers().contains_key("X-Partner-Signature"));
        let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap();
        let body = String::from_utf8_lossy(&body).into_owned();
        let data =
            |status: u16, data: &str| (status, format!("{{\"success\":true,\"data\":{data}}}"));
        let (status, answer) = if !signed {
            (401, String::new())
        } else if path == AUTH_PATH {
            data(201, "{\"client\":{\"welcome_bonus_balance\":5.00}}")
        } else if path == format!("{CLIENT_PATH}%2B999001015100?check_amount=350.40") {
            data(
                200,
                "{\"bonus_balance\":200,\"redeemable_balance\":190.5,\"held_balance\":9.5,\"loyalty\":{\"max_redeem_amount\":105.12}}",
            )
        } else if body.contains("\"total_amount\":0.01") {
            (422, "{\"success\":false,\"error\":\"No.\",\"code\":\"redeem_over_cap\"}".into())
        } else if path == SALE_PATH && body.contains("\"bonus_redeem_amount\":105.12") {
            data(201, "{\"bonus_accrued\":12.26,\"bonus_redeemed\":105.12}")
        } else {
            data(201, "{\"bonus_accrued\":17.52,\"bonus_redeemed\":0}")
        };
        (axum::http::StatusCode::from_u16(status).unwrap(), answer)
    }

    async fn visited(place: usize, registers: Option<Registration>) -> Outcome {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = axum::Router::new().fallback(partner_api);
        tokio::spawn(async move { axum::serve(listener, router).await });
        let credentials = Credentials {
            tenant_id: 1,
            tenant_token: "t".repeat(64),
            partner_secret: "s3cr3t".into(),
        };
        let connections = Connections::new(address, 1).unwrap();
        let till = Till::new(connections, credentials, Clock::wall());
        let year = Year::shipped();
        let visit = Visit { sale: &year.sales[0], copy: 1, place, registers };
        let mut outcome = serve(&till, &Inbox::new(), visit).await.unwrap();
        if let Some(sold) = &mut outcome.sold {
            sold.micros = 0;
        }
        outcome
    }

    #[tokio::test]
    async fn a_customer_registers_asks_and_pays_with_what_is_allowed() {
        let bonus = |cents| Bonus::from_cents(cents).unwrap();
        let sold = |accrued, redeemed| {
            Some(Sold { accrued: bonus(accrued), redeemed: bonus(redeemed), micros: 0 })
        };
        let first = Outcome {
            registered: Some(bonus(500)),
            sold: sold(1_226, 10_512),
            ..Outcome::default()
        };
        assert_eq!(visited(0, Some(Registration::AtTheTill)).await, first);
        let refused =
            Refused { code: "redeem_over_cap".into(), reason: "No.".into(), expected: true };
        let greedy =
            Outcome { sold: sold(1_752, 0), refusals: vec![refused], ..Outcome::default() };
        assert_eq!(visited(5, None).await, greedy);
    }
}
