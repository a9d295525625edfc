//! Whether a sale costs the same in a large ledger as in a small one: registers customers, posts sales of
//! three lines to them in turn, durably and with all tables, and tells at every step what a sale cost of
//! processor, memory and disk. In-process, without HTTP. `KOPILKA_BENCH_CUSTOMERS` (100,000) customers,
//! `KOPILKA_BENCH_SALES` (500,000) sales, a line of figures every `KOPILKA_BENCH_STEP` (100,000) sales; the
//! ledger is made in `KOPILKA_BENCH_DIR`, or in a temporary folder.
#![expect(clippy::print_stdout, reason = "a bench tells its figures")]

use kopilka::api::read_settings_document;
use kopilka::engine::{House, HouseOptions, Identifier, Order, TenantOrder, TenantWish, Wish};
use kopilka::journal::bytes_below;
use kopilka::ledger::{
    Actor, Confirmation, ExternalIdScope, LineInput, PointOfSale, RedeemMode, Sell,
};
use kopilka::values::{Bonus, Money, Phone, TenantId, Text};
use std::path::{Path, PathBuf};
use tokio::task::JoinSet;

const CUSTOMERS: u64 = 100_000;
const SALES: u64 = 500_000;
const STEP: u64 = 100_000;
/// Requests under way at once.
const AT_ONCE: u64 = 256;
/// Linux tells what a process used in hundredths of a second.
const MICROS_PER_TICK: u64 = 10_000;

/// A number from the environment.
fn asked(name: &str, unless: u64) -> u64 {
    std::env::var(name).ok().and_then(|asked| asked.parse().ok()).unwrap_or(unless)
}

/// What `/proc` says of our memory, in KiB.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok()).unwrap_or(0)
}

/// The processor time we used, in microseconds.
fn cpu_micros() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    let ticks =
        after_name.split(' ').skip(11).take(2).filter_map(|field| field.parse::<u64>().ok());
    ticks.sum::<u64>().saturating_mul(MICROS_PER_TICK)
}

/// The figures of a moment.
struct Figures {
    cpu_micros: u64,
    journal_bytes: u64,
    tables_bytes: u64,
    at_millis: i64,
}

/// A ledger that is being filled.
struct Filling {
    house: House,
    tenant: TenantId,
    folder: PathBuf,
    customers: u64,
    step: u64,
}

impl Filling {
    async fn begin(folder: &Path) -> Self {
        let customers = asked("KOPILKA_BENCH_CUSTOMERS", CUSTOMERS);
        let step = asked("KOPILKA_BENCH_STEP", STEP).max(1);
        let options = HouseOptions::new(folder.to_path_buf());
        let house = House::open(options).await.expect("a house");
        let settings = Box::new(read_settings_document("{}").expect("settings"));
        let name = Text::parse("Bench").expect("a name");
        let wish = TenantWish::Create { name, settings };
        let order = TenantOrder { at: house.stamp().expect("a time"), actor: Actor::House, wish };
        let tenant = house.change_tenant(order).await.expect("a tenant").tenant.id;
        Self { house, tenant, folder: folder.to_path_buf(), customers, step }
    }

    fn figures(&self) -> Figures {
        Figures {
            cpu_micros: cpu_micros(),
            journal_bytes: bytes_below(&self.folder.join("journal")),
            tables_bytes: bytes_below(&self.folder.join("tables")),
            at_millis: self.house.clock().now().millis(),
        }
    }

    /// Performs one order after the other, some at once, and tells the figures of every step.
    async fn fill(&self, what: &str, count: u64, order: impl Fn(u64) -> (Phone, Wish)) {
        let (mut done, mut before) = (0, self.figures());
        while done < count {
            let through = (done + self.step).min(count);
            let steps_count = through - done;
            while done < through {
                let mut under_way = JoinSet::new();
                for number in done..(done + AT_ONCE).min(through) {
                    let (house, tenant, (phone, wish)) =
                        (self.house.clone(), self.tenant, order(number));
                    under_way.spawn(async move {
                        let (at, who) = (house.stamp().expect("a time"), Identifier::Phone(phone));
                        let actor = Actor::House;
                        let order = Order { tenant, at, actor, mark: None, who, wish };
                        house.perform(order).await.expect("done");
                    });
                }
                while let Some(ended) = under_way.join_next().await {
                    ended.expect("done");
                }
                done = (done + AT_ONCE).min(through);
            }
            let now = self.figures();
            self.tell(what, (done, steps_count), &before, &now);
            before = now;
        }
        self.house.checkpoint().await.expect("written");
        let now = self.figures();
        println!(
            "after a checkpoint: journal {} MiB, tables {} MiB, {} MiB resident",
            now.journal_bytes >> 20,
            now.tables_bytes >> 20,
            resident_kib() >> 10
        );
    }

    fn tell(&self, what: &str, (done, count): (u64, u64), before: &Figures, now: &Figures) {
        let each = |sum: u64| sum.checked_div(count).unwrap_or(0);
        let millis = u64::try_from(now.at_millis - before.at_millis).unwrap_or(0).max(1);
        println!(
            "{done:>9} {what}: {:>6}/s, {:>4} us of processor each; on disk journal {:>4} MiB and tables {:>4} MiB, \
             {:>5} bytes more of journal each; {:>7} accounts in memory, {:>5} MiB resident",
            count.saturating_mul(1_000).checked_div(millis).unwrap_or(0),
            each(now.cpu_micros.saturating_sub(before.cpu_micros)),
            now.journal_bytes >> 20,
            now.tables_bytes >> 20,
            each(now.journal_bytes.saturating_sub(before.journal_bytes)),
            self.house.residents().expect("open"),
            resident_kib() >> 10,
        );
    }
}

fn phone_of(customer: u64) -> Phone {
    Phone::from_number(992_900_000_000 + customer).expect("a phone")
}

/// Any customer, each as likely, the same in every run.
fn customer_of(sale: u64, customers: u64) -> u64 {
    let mixed = (sale + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((mixed ^ (mixed >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 20)
        .checked_rem(customers)
        .unwrap_or(0)
}

fn line(sku: u64, cents: u64) -> LineInput {
    LineInput {
        sku: Text::parse(&format!("sku-{sku}")).ok(),
        category_code: Text::parse("grocery").ok(),
        name: Text::parse(&format!("Goods number {sku}")).ok(),
        quantity: None,
        unit_price: None,
        line_amount: Money::from_cents(cents),
    }
}

fn sale(number: u64) -> Wish {
    let cents = 1_000 + (number & 0xfff);
    let total = Money::from_cents(cents * 3).expect("an amount");
    let skus = [number & 0x3ff, (number >> 3) & 0x3ff, (number >> 5) & 0x3ff];
    Wish::Sell(Box::new(Sell {
        total_amount: total,
        gross_amount: None,
        redeem_mode: RedeemMode::Discount,
        redeem: Bonus::ZERO,
        external_id: Text::parse(&format!("receipt-{number:010}")).ok(),
        receipt_number: None,
        payment_method: None,
        point_of_sale: PointOfSale::default(),
        sale_date: None,
        lines: skus.into_iter().map(|sku| line(sku, cents)).collect(),
        reserve: None,
        confirmation: Confirmation::default(),
        external_scope: ExternalIdScope::default(),
        gift_cards: Vec::new(),
        coupons: Vec::new(),
        retail: None,
    }))
}

fn main() {
    let temp = tempfile::tempdir().expect("a temporary directory");
    let folder = std::env::var_os("KOPILKA_BENCH_DIR")
        .map_or_else(|| temp.path().join("ledger"), PathBuf::from);
    actix::System::new().block_on(async {
        let filling = Filling::begin(&folder).await;
        let customers = filling.customers;
        let log_in =
            |_| Wish::LogIn { full_name: None, create_if_missing: true, referral_code: None };
        filling.fill("customers", customers, |number| (phone_of(number), log_in(number))).await;
        let sales = asked("KOPILKA_BENCH_SALES", SALES);
        let sell = |number| (phone_of(customer_of(number, customers)), sale(number));
        filling.fill("sales", sales, sell).await;
        filling.house.close().await.expect("closed");
    });
}
