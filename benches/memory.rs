//! How much memory a house takes that has registered many customers, as the kernel counts it: 100,000 of
//! them, or as many as `KOPILKA_BENCH_CUSTOMERS` says, with the limits of a server's defaults and small ones.
#![expect(clippy::print_stdout, reason = "a bench tells its figures")]

use kopilka::api::read_settings_document;
use kopilka::engine::{House, HouseOptions, Identifier, Order, TenantOrder, TenantWish, Wish};
use kopilka::ledger::Actor;
use kopilka::values::{Phone, TenantId, Text};
use tokio::task::JoinSet;

const CUSTOMERS: u64 = 100_000;
const AT_ONCE: u64 = 256;
/// Customers between two lines of figures.
const STEP: u64 = 50_000;

/// What `/proc` says of us, in MiB.
fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or(0) >> 10
}

async fn tenant(house: &House) -> TenantId {
    let wish = TenantWish::Create {
        name: Text::parse("Bench").expect("a name"),
        settings: Box::new(read_settings_document("{}").expect("settings")),
    };
    let at = house.stamp().expect("a time");
    let order = TenantOrder { at, actor: Actor::House, wish };
    house.change_tenant(order).await.expect("a tenant").tenant.id
}

async fn register(house: &House, tenant: TenantId, customer: u64) {
    let phone = Phone::from_number(992_900_000_000 + customer).expect("a phone");
    let wish = Wish::LogIn { full_name: None, create_if_missing: true, referral_code: None };
    let (at, who) = (house.stamp().expect("a time"), Identifier::Phone(phone));
    let order = Order { tenant, at, actor: Actor::House, mark: None, who, wish };
    house.perform(order).await.expect("a customer");
}

async fn fill(house: &House, customers: u64) {
    let tenant = tenant(house).await;
    let mut registered = 0;
    while registered < customers {
        let mut under_way = JoinSet::new();
        for customer in registered..(registered + AT_ONCE).min(customers) {
            let house = house.clone();
            under_way.spawn(async move { register(&house, tenant, customer).await });
        }
        while let Some(ended) = under_way.join_next().await {
            ended.expect("registered");
        }
        let before = registered;
        registered = (registered + AT_ONCE).min(customers);
        if before.checked_div(STEP) != registered.checked_div(STEP) || registered == customers {
            let residents = house.residents().expect("open");
            let mib = resident_mib();
            println!("{registered:>9} customers: {residents:>7} in memory, {mib} MiB resident");
        }
    }
}

fn main() {
    let asked = std::env::var("KOPILKA_BENCH_CUSTOMERS").ok();
    let customers = asked.and_then(|asked| asked.parse().ok()).unwrap_or(CUSTOMERS);
    let system = actix::System::new();
    let temp = tempfile::tempdir().expect("a temporary directory");
    for resident_accounts_max in [10_000, 200_000] {
        println!("resident_accounts_max = {resident_accounts_max}");
        let folder = temp.path().join(resident_accounts_max.to_string());
        let options = HouseOptions { resident_accounts_max, ..HouseOptions::new(folder) };
        system.block_on(async {
            let house = House::open(options).await.expect("a house");
            fill(&house, customers).await;
            house.checkpoint().await.expect("written");
            println!("after a checkpoint: {} MiB resident", resident_mib());
            house.close().await.expect("closed");
        });
    }
}
