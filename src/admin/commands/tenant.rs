//! `kopilka tenant`: chains of shops, their settings, their secrets and their stores.

use crate::admin::cli::{
    Inquiry, Tenant, TenantCreate, TenantName, TenantPromotions, TenantRotate,
};
use crate::admin::exit::Failure;
use crate::admin::gateway::Request;
use crate::admin::requests::{self, Rotated};
use crate::admin::settings_file;
use crate::admin::shown::Shown;
use crate::admin::way_in::Missing;

const COLUMNS: [&str; 6] =
    ["tenant_id", "name", "currency", "settings_version", "suspended", "created_at"];
const STORE_COLUMNS: [&str; 4] = ["id", "name", "address", "open"];

pub(in crate::admin) async fn tenant(asked: &Tenant) -> Result<(), Failure> {
    if let Tenant::Create(asked) = asked {
        return create(asked).await;
    }
    let (inquiry, request, shown) = inquiry_of(asked)?;
    inquiry.tell(request, &shown).await
}

async fn create(asked: &TenantCreate) -> Result<(), Failure> {
    asked.inquiry.tell_of(creation(asked)?, &Shown::Secrets, Missing::Create).await
}

fn creation(asked: &TenantCreate) -> Result<Request, Failure> {
    let settings = asked.settings.as_deref().map(settings_file::read).transpose()?;
    requests::create_tenant(&asked.name, settings.as_ref())
}

/// What each command asks, and how its answer is shown.
fn inquiry_of(asked: &Tenant) -> Result<(&Inquiry, Request, Shown), Failure> {
    Ok(match asked {
        Tenant::Create(asked) => (&asked.inquiry, creation(asked)?, Shown::Secrets),
        Tenant::List(inquiry) => (inquiry, requests::list_tenants(), Shown::table(&COLUMNS)),
        Tenant::Show(of) => (&of.inquiry, requests::show_tenant(of.tenant), Shown::Lines),
        Tenant::Settings(asked) => {
            let tenant = asked.of.tenant;
            let request = match &asked.set {
                Some(path) => {
                    let settings = settings_file::read(path)?;
                    requests::set_settings(tenant, &settings, asked.effective_from)?
                }
                None => requests::show_settings(tenant),
            };
            (&asked.of.inquiry, request, Shown::Items)
        }
        Tenant::Promotions(asked) => (&asked.of.inquiry, promotions(asked)?, Shown::Items),
        Tenant::Rotate(asked) => {
            let request = requests::rotate(asked.of.tenant, rotated(asked), asked.grace_seconds)?;
            (&asked.of.inquiry, request, Shown::Secrets)
        }
        Tenant::Suspend(of) => changed(of, requests::suspend(of.tenant), "is suspended"),
        Tenant::Resume(of) => changed(of, requests::resume(of.tenant), "is resumed"),
        Tenant::Stores(asked) => {
            let tenant = asked.of.tenant;
            let request = match &asked.set {
                Some(path) => requests::list_stores(tenant, &settings_file::read(path)?)?,
                None => requests::show_stores(tenant),
            };
            (&asked.of.inquiry, request, Shown::table(&STORE_COLUMNS))
        }
        Tenant::Telegram(asked) => {
            let (of, name) = (&asked.of, &asked.bot_username);
            let request = requests::set_telegram(of.tenant, &asked.bot_token, name)?;
            changed(of, request, &format!("has the Telegram bot {name}"))
        }
    })
}

fn promotions(asked: &TenantPromotions) -> Result<Request, Failure> {
    let tenant = asked.of.tenant;
    match (&asked.set, asked.end) {
        (Some(path), _) => {
            requests::set_promotion(tenant, asked.promotion, &settings_file::read(path)?)
        }
        (None, Some(promotion)) => Ok(requests::end_promotion(tenant, promotion)),
        (None, None) => Ok(requests::list_promotions(tenant)),
    }
}

const fn rotated(asked: &TenantRotate) -> Rotated {
    match (asked.token, asked.bonusplus_key) {
        (true, _) => Rotated::Token,
        (false, true) => Rotated::PlusKey,
        (false, false) => Rotated::Secret,
    }
}

/// A change that is told in a sentence.
fn changed<'a>(of: &'a TenantName, request: Request, done: &str) -> (&'a Inquiry, Request, Shown) {
    (&of.inquiry, request, Shown::Sentence(format!("tenant {} {done}", of.tenant)))
}
