//! A till's side of the BonusPlus API: the chain's key with every request, amounts read as text.

use crate::admin::demo::connections::{Answer, Connections};
use crate::admin::demo::sales::money;
use crate::admin::demo::visit::Refused;
use crate::admin::demo::wire::{bonus, not_written};
use crate::admin::exit::Failure;
use crate::values::{Bonus, Money, Phone};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub(super) const CUSTOMER_PATH: &str = "/api/customer";
pub(super) const SALE_PATH: &str = "/api/retail";
pub(super) const CALC_PATH: &str = "/api/retail/calc";

/// A till that posts over kept-alive connections. Clones share them.
#[derive(Clone)]
pub(super) struct PlusTill {
    connections: Connections,
    /// The value of the `Authorization` header.
    authorization: String,
}

#[derive(Serialize)]
pub(super) struct CustomerBody<'a> {
    pub(super) phone: String,
    #[serde(rename = "fn")]
    pub(super) first_name: &'static str,
    #[serde(rename = "ln")]
    pub(super) last_name: String,
    pub(super) store: &'a str,
}

#[derive(Serialize)]
pub(super) struct ReserveBody<'a> {
    pub(super) id: &'a str,
    pub(super) amount: &'a RawValue,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SaleBody<'a> {
    pub(super) phone: String,
    pub(super) items: &'a RawValue,
    pub(super) bonus_debit: &'a RawValue,
    pub(super) external_id: String,
    pub(super) date: String,
    pub(super) store: &'a str,
    pub(super) coupons: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reserve_id: Option<String>,
}

/// A customer, as far as the demo looks.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CustomerAnswer<'a> {
    #[serde(borrow)]
    available_bonuses: &'a RawValue,
    #[serde(borrow)]
    not_active_bonuses: &'a RawValue,
    #[serde(borrow)]
    total_bonus_credit: &'a RawValue,
    #[serde(borrow)]
    total_bonus_debit: &'a RawValue,
    #[serde(borrow)]
    purchases_total_sum: &'a RawValue,
}

#[derive(Deserialize)]
struct SaleAnswer<'a> {
    id: u64,
    #[serde(borrow)]
    customer: CustomerAnswer<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CalcAnswer<'a> {
    #[serde(borrow)]
    max_debit_bonuses: &'a RawValue,
}

#[derive(Deserialize)]
struct ErrorAnswer {
    code: String,
    msg: String,
}

/// A customer's figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Customer {
    pub(super) available: Bonus,
    pub(super) not_active: Bonus,
    /// All that was ever credited, and debited.
    pub(super) credited: Bonus,
    pub(super) debited: Bonus,
    /// All money that was ever paid.
    pub(super) paid: Money,
}

/// A sale that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sold {
    pub(super) id: u64,
    /// After it.
    pub(super) customer: Customer,
}

impl PlusTill {
    pub(super) fn new(connections: Connections, key: &str) -> Self {
        Self { connections, authorization: authorization_of(key) }
    }

    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: String,
    ) -> Result<Answer, Failure> {
        let request = self.connections.request(method, path, body);
        let request =
            request.header("Authorization", &self.authorization).header("Accept-Language", "en");
        self.connections.answer(request).await
    }
}

/// The value of the `Authorization` header.
pub(super) fn authorization_of(key: &str) -> String {
    format!("ApiKey {}", STANDARD.encode(key))
}

/// A phone in a path, where the dialect takes it without a plus sign.
pub(super) fn path_of(phone: Phone) -> String {
    format!("{CUSTOMER_PATH}/{}", phone.number())
}

pub(super) fn json(body: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(body).map_err(not_written)
}

pub(super) fn customer(answer: &Answer) -> Result<Customer, Failure> {
    read::<CustomerAnswer<'_>>(answer)?.figures()
}

pub(super) fn sold(answer: &Answer) -> Result<Sold, Failure> {
    let SaleAnswer { id, customer } = read(answer)?;
    Ok(Sold { id, customer: customer.figures()? })
}

/// The most that a calculated sale would accept.
pub(super) fn most_debit(answer: &Answer) -> Result<Bonus, Failure> {
    bonus(read::<CalcAnswer<'_>>(answer)?.max_debit_bonuses)
}

/// An answer that is not what was hoped for; `meant`: the code that it should have.
pub(super) fn refused(answer: &Answer, meant: Option<&str>) -> Refused {
    let told: Option<ErrorAnswer> = serde_json::from_str(&answer.body).ok();
    let (code, reason) = told.map_or_else(
        || (format!("status {}", answer.status), String::new()),
        |told| (told.code, told.msg),
    );
    let expected = meant == Some(code.as_str()) && (400..500).contains(&answer.status);
    Refused { code, reason, expected }
}

impl CustomerAnswer<'_> {
    fn figures(&self) -> Result<Customer, Failure> {
        Ok(Customer {
            available: bonus(self.available_bonuses)?,
            not_active: bonus(self.not_active_bonuses)?,
            credited: bonus(self.total_bonus_credit)?,
            debited: bonus(self.total_bonus_debit)?,
            paid: money(self.purchases_total_sum).map_err(Failure::Differs)?,
        })
    }
}

fn read<'a, T: Deserialize<'a>>(answer: &'a Answer) -> Result<T, Failure> {
    serde_json::from_str(&answer.body).map_err(|error| {
        Failure::Differs(format!(
            "an answer ({}) is not as the contract says: {error}",
            answer.status
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_goes_out_in_base_64() {
        assert_eq!(authorization_of("s3cr3t"), "ApiKey czNjcjN0");
    }

    #[test]
    fn only_the_refusal_that_was_meant_is_expected() {
        let check = |status: u16, body: &str, meant: Option<&str>, code: &str, expected: bool| {
            let answer = Answer { status, body: body.into(), micros: 0 };
            let found = refused(&answer, meant);
            assert_eq!((found.code.as_str(), found.expected), (code, expected), "{body}");
        };
        let low = r#"{"code":"BALANCE_TOO_LOW","msg":"No.","devMsg":"x"}"#;
        check(412, low, Some("BALANCE_TOO_LOW"), "BALANCE_TOO_LOW", true);
        check(412, low, Some("LATE_REDEMPTION"), "BALANCE_TOO_LOW", false);
        check(412, low, None, "BALANCE_TOO_LOW", false);
        check(503, low, Some("BALANCE_TOO_LOW"), "BALANCE_TOO_LOW", false);
        check(200, "{}", Some("BALANCE_TOO_LOW"), "status 200", false);
    }
}
