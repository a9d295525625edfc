//! `GET /client/referral`: the customer's own code, how to share it, and what came of it.

use super::Call;
use super::shapes::ReferralShape;
use crate::api::auth;
use crate::api::error::ApiError;
use crate::api::respond::success;
use crate::engine::{Done, EngineError, Identifier, Order, Wish};
use crate::ledger::{AccountView, Actor, Tenant};
use crate::values::{REFERRAL_PREFIX, ReferralCode};
use axum::body::Body;
use axum::http::{Response, StatusCode};

/// What the app offers to send where the tenant says nothing else.
const SHARE_TEXT: &str = "Register with my code {code} and we both get bonuses. {url}";

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let (token, hash) = auth::bearer_of(&call.asked)?;
    let found = call.house.bearer(call.tenant.id, call.asked.at, token, hash).await?;
    let mut view = found.ok_or(ApiError::BearerInvalid)?;
    if view.referral.code.is_none() {
        view = with_code(call, view).await?;
    }
    let code = view.referral.code.ok_or_else(|| broken("a code was not given"))?;
    Ok(success(StatusCode::OK, &shape_of(call, &view, code)))
}

/// A customer of an earlier release gets a code when it is asked for.
async fn with_code(call: &Call<'_>, view: AccountView) -> Result<AccountView, ApiError> {
    let order = Order {
        tenant: call.tenant.id,
        at: call.asked.at,
        actor: Actor::House,
        mark: None,
        who: Identifier::Customer(view.id),
        wish: Wish::GiveReferralCode,
    };
    match call.house.perform(order).await? {
        Done::Changed(view) => Ok(*view),
        Done::Receipt { .. } | Done::LoggedIn { .. } | Done::Quoted { .. } => {
            Err(broken("a code was answered with something else"))
        }
    }
}

fn shape_of(call: &Call<'_>, view: &AccountView, code: ReferralCode) -> ReferralShape {
    let start_param = format!("{REFERRAL_PREFIX}{code}");
    let invite_url =
        telegram_bot(&call.tenant).map(|bot| format!("https://t.me/{bot}?start={start_param}"));
    let template = call.rules().policy.referral.share_text.as_ref();
    let template = template.map_or(SHARE_TEXT, |text| text.as_str());
    ReferralShape {
        code: code.to_string(),
        share_text: share_text(template, code, invite_url.as_deref()),
        telegram_start_param: start_param,
        invite_url,
        invited_count: view.referral.invited,
        completed_count: view.referral.completions,
        bonuses_earned: view.referral.earned.into(),
    }
}

/// The user name of the tenant's Telegram bot, where it has one.
const fn telegram_bot(_tenant: &Tenant) -> Option<&str> {
    None
}

fn share_text(template: &str, code: ReferralCode, url: Option<&str>) -> String {
    let text = template.replace("{code}", code.as_str()).replace("{url}", url.unwrap_or(""));
    text.trim().to_owned()
}

fn broken(what: &str) -> ApiError {
    EngineError::Broken(what.to_owned()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_to_share_has_the_code_and_the_link_if_there_is_one() {
        let code = ReferralCode::parse("AB12CD34").unwrap();
        let check = |template: &str, url: Option<&str>, expected: &str| {
            assert_eq!(share_text(template, code, url), expected);
        };
        check("Join: {code} {url}", Some("https://t.me/bot"), "Join: AB12CD34 https://t.me/bot");
        check("Join: {code} {url}", None, "Join: AB12CD34");
        check("Join {code}, {code}!", None, "Join AB12CD34, AB12CD34!");
        check(SHARE_TEXT, None, "Register with my code AB12CD34 and we both get bonuses.");
    }
}
