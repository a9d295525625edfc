//! Guards what an idle account takes in memory, and that settings bound it: registers 100,000 customers, or as
//! many as `KOPILKA_BENCH_CUSTOMERS` says, with little room for accounts and with a server's, each in a process
//! of its own, lets them rest, and tells the memory as the kernel counts it.
#![expect(clippy::print_stdout, reason = "a bench tells its figures")]

use kopilka::api::read_settings_document;
use kopilka::engine::{
    Clock, House, HouseOptions, Identifier, Order, TenantOrder, TenantWish, Wish,
};
use kopilka::ledger::Actor;
use kopilka::values::{Phone, TenantId, Text};
use std::process::{Command, Stdio};
use tokio::task::JoinSet;

const CUSTOMERS: u64 = 100_000;
const AT_ONCE: u64 = 256;
/// Customers between two lines of figures.
const STEP: u64 = 50_000;
/// So many register before all of them are idle for so long that they give up their actors.
const REST_EVERY: u64 = 10_240;
const REST_SECONDS: i64 = 120;

/// Accounts that may be in memory: few, and as many as a server lets in.
const ROOMS: [usize; 2] = [10_000, 200_000];
/// Tells a process of ours which room it measures.
const ROOM_VARIABLE: &str = "KOPILKA_BENCH_ROOM";
/// Begins the last line of such a process: accounts in memory, and KiB.
const MEASURED: &str = "measured:";

/// What `/proc` says of us, in KiB.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or(0)
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
        if registered.is_multiple_of(REST_EVERY) || registered == customers {
            rest(house).await;
        }
        if before.checked_div(STEP) != registered.checked_div(STEP) || registered == customers {
            let residents = house.residents().expect("open");
            let mib = resident_kib() >> 10;
            println!("{registered:>9} customers: {residents:>7} in memory, {mib} MiB resident");
        }
    }
}

/// Lets time go on until everybody rests: behind a checkpoint they are asked to, and the next one waits for that.
async fn rest(house: &House) {
    house.checkpoint().await.expect("written");
    house.clock().set(house.clock().now().plus_seconds(REST_SECONDS));
    for _ in 0..2 {
        house.checkpoint().await.expect("written");
    }
}

/// Registers the customers in a new house with so much room; accounts in memory at the end, and KiB.
fn measure(customers: u64, resident_accounts_max: usize) -> (usize, u64) {
    println!("resident_accounts_max = {resident_accounts_max}");
    let temp = tempfile::tempdir().expect("a temporary directory");
    let folder = temp.path().join("ledger");
    let clock = Clock::standing(Clock::wall().now());
    // Nobody leaves for having rested long.
    let idle_seconds = u64::from(u32::MAX);
    let options =
        HouseOptions { resident_accounts_max, clock, idle_seconds, ..HouseOptions::new(folder) };
    actix::System::new().block_on(async {
        let house = House::open(options).await.expect("a house");
        fill(&house, customers).await;
        let measured = (house.residents().expect("open"), resident_kib());
        println!("at rest: {} in memory, {} MiB resident", measured.0, measured.1 >> 10);
        house.close().await.expect("closed");
        measured
    })
}

/// The same in a process of its own, which inherits nothing that the allocator kept.
fn measure_apart(room: usize) -> (u64, u64) {
    let program = std::env::current_exe().expect("a program");
    let output = Command::new(program)
        .env(ROOM_VARIABLE, room.to_string())
        .stderr(Stdio::inherit())
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{}", output.status);
    let text = String::from_utf8(output.stdout).expect("text");
    let (told, measured) = text.split_once(MEASURED).expect("a last line");
    print!("{told}");
    let (accounts, kib) = measured.trim().split_once(' ').expect("two figures");
    (accounts.parse().expect("a count"), kib.parse().expect("KiB"))
}

fn main() {
    let asked = std::env::var("KOPILKA_BENCH_CUSTOMERS").ok();
    let customers = asked.and_then(|asked| asked.parse().ok()).unwrap_or(CUSTOMERS);
    if let Some(room) = std::env::var(ROOM_VARIABLE).ok().and_then(|room| room.parse().ok()) {
        let (accounts, kib) = measure(customers, room);
        println!("{MEASURED} {accounts} {kib}");
        return;
    }
    let [(few, little), (many, much)] = ROOMS.map(measure_apart);
    let bytes = much.saturating_sub(little).saturating_mul(1_024);
    let each = bytes.checked_div(many.saturating_sub(few)).unwrap_or_default();
    println!("an idle account in memory: {each} bytes");
}
