//! `kopilka tenant`: chains of shops, their settings, their secrets and their stores.

use crate::admin::cli::{
    Tenant, TenantCreate, TenantList, TenantName, TenantPromotions, TenantRotate, TenantSettings,
    TenantStores, TenantTelegram,
};
use crate::admin::exit::Failure;
use crate::admin::gateway::Request;
use crate::admin::requests::{self, Rotated};
use crate::admin::way_in::Missing;
use crate::admin::{settings_file, sheet, terminal};

const COLUMNS: [&str; 6] =
    ["tenant_id", "name", "currency", "settings_version", "suspended", "created_at"];
const STORE_COLUMNS: [&str; 4] = ["id", "name", "address", "open"];
const SHOWN_ONCE: &str = "These secrets are shown once: keep them now.";

pub(in crate::admin) async fn tenant(asked: &Tenant) -> Result<(), Failure> {
    match asked {
        Tenant::Create(asked) => create(asked).await,
        Tenant::List(asked) => list(asked).await,
        Tenant::Settings(asked) => settings(asked).await,
        Tenant::Promotions(asked) => promotions(asked).await,
        Tenant::Rotate(asked) => rotate(asked).await,
        Tenant::Suspend(asked) => change(asked, requests::suspend(asked.tenant), "suspended").await,
        Tenant::Resume(asked) => change(asked, requests::resume(asked.tenant), "resumed").await,
        Tenant::Stores(asked) => stores(asked).await,
        Tenant::Telegram(asked) => telegram(asked).await,
    }
}

async fn create(asked: &TenantCreate) -> Result<(), Failure> {
    let settings = asked.settings.as_deref().map(settings_file::read).transpose()?;
    let request = requests::create_tenant(&asked.name, settings.as_ref())?;
    let answer = asked.way_in.ask(request, Missing::Create).await?;
    secrets(answer.data()?, asked.json)
}

async fn list(asked: &TenantList) -> Result<(), Failure> {
    let answer = asked.way_in.ask(requests::list_tenants(), Missing::Refuse).await?;
    let data = answer.data()?;
    let shown = if asked.json { data.to_owned() } else { sheet::table(data, &COLUMNS)? };
    terminal::say(&shown);
    Ok(())
}

async fn settings(asked: &TenantSettings) -> Result<(), Failure> {
    let request = match &asked.set {
        Some(path) => {
            let settings = settings_file::read(path)?;
            requests::set_settings(asked.tenant, &settings, asked.effective_from)?
        }
        None => requests::show_settings(asked.tenant),
    };
    let answer = asked.way_in.ask(request, Missing::Refuse).await?;
    let data = answer.data()?;
    terminal::say(&if asked.json { data.to_owned() } else { versions(data)? });
    Ok(())
}

async fn promotions(asked: &TenantPromotions) -> Result<(), Failure> {
    let request = match (&asked.set, asked.end) {
        (Some(path), _) => {
            let promotion = settings_file::read(path)?;
            requests::set_promotion(asked.tenant, asked.promotion, &promotion)?
        }
        (None, Some(promotion)) => requests::end_promotion(asked.tenant, promotion),
        (None, None) => requests::list_promotions(asked.tenant),
    };
    let answer = asked.way_in.ask(request, Missing::Refuse).await?;
    let data = answer.data()?;
    terminal::say(&if asked.json { data.to_owned() } else { versions(data)? });
    Ok(())
}

/// One version, or all of them: what it is, and its settings.
fn versions(data: &str) -> Result<String, Failure> {
    sheet::items(data)
        .into_iter()
        .map(sheet::lines)
        .collect::<Result<Vec<_>, _>>()
        .map(|all| all.join("\n\n"))
}

async fn rotate(asked: &TenantRotate) -> Result<(), Failure> {
    let what = match (asked.token, asked.bonusplus_key) {
        (true, _) => Rotated::Token,
        (false, true) => Rotated::PlusKey,
        (false, false) => Rotated::Secret,
    };
    let request = requests::rotate(asked.tenant, what, asked.grace_seconds)?;
    let answer = asked.way_in.ask(request, Missing::Refuse).await?;
    secrets(answer.data()?, asked.json)
}

async fn change(asked: &TenantName, request: Request, done: &str) -> Result<(), Failure> {
    asked.way_in.ask(request, Missing::Refuse).await?.data()?;
    terminal::say(&format!("tenant {} is {done}", asked.tenant));
    Ok(())
}

async fn stores(asked: &TenantStores) -> Result<(), Failure> {
    let request = match &asked.set {
        Some(path) => requests::list_stores(asked.tenant, &settings_file::read(path)?)?,
        None => requests::show_stores(asked.tenant),
    };
    let answer = asked.way_in.ask(request, Missing::Refuse).await?;
    let data = answer.data()?;
    let shown = if asked.json { data.to_owned() } else { sheet::table(data, &STORE_COLUMNS)? };
    terminal::say(&shown);
    Ok(())
}

async fn telegram(asked: &TenantTelegram) -> Result<(), Failure> {
    let request = requests::set_telegram(asked.tenant, &asked.bot_token, &asked.bot_username)?;
    asked.way_in.ask(request, Missing::Refuse).await?.data()?;
    terminal::say(&format!("tenant {} has the Telegram bot {}", asked.tenant, asked.bot_username));
    Ok(())
}

fn secrets(data: &str, json: bool) -> Result<(), Failure> {
    if json {
        terminal::say(data);
        return Ok(());
    }
    terminal::say(&sheet::lines(data)?);
    terminal::say(SHOWN_ONCE);
    Ok(())
}
