//! The demo of the BonusPlus dialect: a grocery chain with its stores, a promotion that coupons unlock,
//! and a year of its sales.

mod groceries;
mod posting;
mod till;
mod visit;

pub(super) use self::groceries::Groceries;

use self::groceries::Basket;
use self::posting::Posting;
use self::till::{PlusTill, SALE_PATH, authorization_of};
use crate::admin::cli::Demo;
use crate::admin::demo::connections::Connections;
use crate::admin::demo::phones::phone_of;
use crate::admin::demo::{Stage, Told, create_chain};
use crate::admin::exit::Failure;
use crate::admin::requests;
use crate::admin::serve::gateway_to;
use crate::engine::{House, Stopwatch};
use crate::values::{Money, TenantId};
use serde::Deserialize;
use serde_json::{Value, json};
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;

const CHAIN: &str = include_str!("../../../../data/demo-grocery.toml");

/// What a chain was given when it was created.
#[derive(Deserialize)]
struct Credentials {
    tenant_id: u32,
    bonusplus_key: String,
}

/// A promotion as the operator API answers it, as far as the demo looks.
#[derive(Deserialize)]
struct Promotion {
    promotion_id: u32,
}

/// Creates the chain, posts the year to it and asks every customer for their balance.
pub(super) async fn tell(stage: &Stage<'_>, groceries: &Arc<Groceries>) -> Result<Told, Failure> {
    let Demo { copies, connections, .. } = *stage.asked;
    let credentials: Credentials = create_chain(stage.house, CHAIN).await?;
    let tenant = TenantId(credentials.tenant_id);
    prepare(stage.house, tenant, groceries).await?;
    let http = Connections::new(stage.address, connections)?;
    let till = PlusTill::new(http.clone(), &credentials.bonusplus_key);
    let (inbox, house) = (stage.inbox, stage.house);
    let posting = Posting { groceries, copies, connections, till: &till, inbox, house };
    let stopwatch = Stopwatch::start();
    let figures = posting.all().await?;
    let took = stopwatch.elapsed();
    let books = figures.books(posting.close().await?)?;
    let summary = figures.summary(&books, groceries.year.left_out, copies, took);
    Ok(Told {
        tenant,
        receipts: http.receipts(),
        summary: format!("{}{summary}", goods_of(groceries)),
        paste: ready_to_paste(&credentials, stage.address, groceries),
        figures,
        books,
    })
}

/// Lists the stores of the year, and issues its coupons: what they took off at the shelf is a discount of
/// the data, what they unlock is a bonus of this chain.
async fn prepare(house: &House, tenant: TenantId, groceries: &Groceries) -> Result<(), Failure> {
    let gateway = gateway_to(house);
    let stores: Vec<Value> =
        groceries.stores().iter().map(|store| json!({ "name": store })).collect();
    let stores = json!({ "stores": stores });
    gateway.call(requests::list_stores(tenant, &stores)?).await?.data()?;
    let promotion = requests::set_promotion(tenant, None, &coupon_promotion())?;
    let Promotion { promotion_id } = gateway.call(promotion).await?.read()?;
    let codes: Vec<String> = groceries.coupon_codes().into_iter().map(str::to_owned).collect();
    gateway.call(requests::issue_coupons(tenant, promotion_id, &codes)?).await?.data()?;
    Ok(())
}

fn coupon_promotion() -> Value {
    json!({
        "name": "Half a bonus for a receipt with a coupon",
        "type": "fixed_bonus",
        "condition": { "coupon": true },
        "reward": { "bonus": "0.50" },
    })
}

/// The figures of the goods, of one copy.
fn goods_of(groceries: &Groceries) -> String {
    let mut text = String::new();
    let mut line = |name: &str, figure: String| {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "  {name:<32}{figure:>16}");
    };
    let baskets = &groceries.baskets;
    let sum = |of: fn(&Basket) -> Money| {
        Money::checked_sum(baskets.iter().map(of)).unwrap_or(Money::MAX).to_string()
    };
    let with_coupons = baskets.iter().filter(|basket| !basket.coupons.is_empty());
    line("stores", groceries.stores().len().to_string());
    line("of each copy: shelf price", sum(|basket| basket.shelf));
    line("  card discounts", sum(|basket| basket.card_discount));
    line("  coupons", sum(|basket| basket.coupon_discount));
    line("  sales with coupons", with_coupons.count().to_string());
    text
}

/// What is printed before the demo keeps serving.
fn ready_to_paste(credentials: &Credentials, address: SocketAddr, groceries: &Groceries) -> String {
    let Credentials { tenant_id, bonusplus_key } = credentials;
    let sale = sale_to_paste(bonusplus_key, address, groceries);
    format!(
        "the demo chain is tenant {tenant_id}\n  BonusPlus key   {bonusplus_key}\n\n\
         a sale to paste into a shell:\n\n{sale}\n"
    )
}

/// One line; its external id is made when it runs.
fn sale_to_paste(key: &str, address: SocketAddr, groceries: &Groceries) -> String {
    let customer = groceries.year.sales.first().map_or(1, |sale| sale.customer);
    let (phone, authorization) = (phone_of(customer, 1).number(), authorization_of(key));
    format!(
        "curl -sS http://{address}{SALE_PATH} -H 'Authorization: {authorization}' \
         -H 'Content-Type: application/json' -d '{{\"phone\":\"{phone}\",\"items\":\
         [{{\"product\":\"milk\",\"sum\":100.00,\"qnt\":1}}],\"bonusDebit\":0,\
         \"externalId\":\"pasted-'$(date +%s)'\"}}'; echo"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::settings_file;

    #[test]
    fn the_grocery_chain_is_a_settings_file() {
        let settings = settings_file::parse(CHAIN).unwrap();
        assert_eq!(settings["time_zone"], "Etc/GMT+5");
        assert_eq!(settings["redeem_hold_seconds"], 86_400);
    }

    #[test]
    fn the_sale_is_one_line() {
        let address = SocketAddr::from(([127, 0, 0, 1], 8_081));
        let line = sale_to_paste("s3cr3t", address, &Groceries::shipped());
        assert!(!line.contains('\n'), "{line}");
        assert!(line.contains("-H 'Authorization: ApiKey czNjcjN0'"), "{line}");
        assert!(line.contains("\"phone\":\"999001000239\""), "{line}");
    }
}
