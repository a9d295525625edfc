//! How a customer of the demo becomes one: at the till, or in an app with the code of a text message.

use crate::admin::demo::client::{AUTH_PATH, Till};
use crate::admin::demo::connections::Answer;
use crate::admin::demo::inbox::Inbox;
use crate::admin::demo::visit::Refused;
use crate::admin::demo::wire::{
    AuthBody, CodeBody, LoggedIn, RegisterBody, Registered, WelcomeOf, bonus, data, not_written,
};
use crate::admin::exit::Failure;
use crate::values::{Bonus, Phone};
use reqwest::Method;
use serde::Serialize;

/// Customers who register by code: the first that many of the first copy. The rest registers at the till.
pub(super) const BY_CODE: usize = 5;
const SEND_CODE_PATH: &str = "/api/v1/auth/send-otp";
const REGISTER_PATH: &str = "/api/v1/auth/register";
const PROFILE_PATH: &str = "/api/v1/client/profile";

/// A way to register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Registration {
    AtTheTill,
    ByCode,
}

/// Somebody about to register.
#[derive(Debug, Clone)]
pub(super) struct Newcomer {
    pub phone: Phone,
    pub full_name: String,
}

impl Registration {
    /// How the `number`th customer of the year (from 1) registers in a copy.
    pub(super) fn of(number: usize, copy: u16) -> Self {
        if copy == 1 && number <= BY_CODE { Self::ByCode } else { Self::AtTheTill }
    }
}

/// Registers a customer; the welcome bonus they are told of, or what refused them.
pub(super) async fn register(
    till: &Till,
    inbox: &Inbox,
    newcomer: Newcomer,
    way: Registration,
) -> Result<Result<Bonus, Refused>, Failure> {
    match way {
        Registration::AtTheTill => at_the_till(till, newcomer).await,
        Registration::ByCode => by_code(till, inbox, newcomer).await,
    }
}

async fn at_the_till(till: &Till, newcomer: Newcomer) -> Result<Result<Bonus, Refused>, Failure> {
    let Newcomer { phone, full_name } = newcomer;
    let body = AuthBody { phone: phone.to_string(), full_name, create_if_missing: true };
    let answer = till.post(AUTH_PATH, json(&body)?).await?;
    if answer.status != 201 {
        return Ok(Err(Refused::unexpected(&answer)));
    }
    let registered: Registered<'_> = data(&answer)?;
    bonus(registered.client.welcome_bonus_balance).map(Ok)
}

async fn by_code(
    till: &Till,
    inbox: &Inbox,
    newcomer: Newcomer,
) -> Result<Result<Bonus, Refused>, Failure> {
    let Newcomer { phone, full_name } = newcomer;
    let sent = post(till, SEND_CODE_PATH, &CodeBody { phone: phone.to_string() }).await?;
    if sent.status != 200 {
        return Ok(Err(Refused::unexpected(&sent)));
    }
    let code = inbox.code(phone).await?;
    let body = RegisterBody { phone: phone.to_string(), code, full_name };
    let registered = post(till, REGISTER_PATH, &body).await?;
    if registered.status != 201 {
        return Ok(Err(Refused::unexpected(&registered)));
    }
    let LoggedIn { token } = data(&registered)?;
    let profile = till.unsigned(Method::GET, PROFILE_PATH, String::new()).bearer_auth(token);
    let profile = till.answer(profile).await?;
    if profile.status != 200 {
        return Ok(Err(Refused::unexpected(&profile)));
    }
    let told: WelcomeOf<'_> = data(&profile)?;
    bonus(told.welcome_bonus_balance).map(Ok)
}

async fn post(till: &Till, path: &str, body: &impl Serialize) -> Result<Answer, Failure> {
    till.answer(till.unsigned(Method::POST, path, json(body)?)).await
}

fn json(body: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(body).map_err(not_written)
}
