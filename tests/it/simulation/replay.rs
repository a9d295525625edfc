//! Seeded histories through the whole house: the same seed gives a byte-identical journal, and it makes no
//! difference to anybody when the house checkpoints, restarts, sweeps or lets accounts leave memory.

use crate::chance::Chance;
use crate::house::{Ask, Shop, TestHouse, run};
use kopilka::journal::{DataDir, JournalOptions, open_read_only};
use kopilka::values::Timestamp;
use serde_json::{Value, json};
use std::path::Path;

const STEPS: usize = 120;
const CUSTOMERS: u64 = 4;
const SEEDS: u64 = 2;

/// How often the house does what nobody should notice, in one of so many steps; 0: never.
#[derive(Debug, Clone, Copy)]
struct Housekeeping {
    checkpoint: u64,
    reopen: u64,
    sweep: u64,
}

const NONE: Housekeeping = Housekeeping { checkpoint: 0, reopen: 0, sweep: 0 };
/// Without sweeps: those settle many accounts at once, in the order in which they come from the disk.
const SOME: Housekeeping = Housekeeping { checkpoint: 7, reopen: 23, sweep: 0 };
const ALWAYS: Housekeeping = Housekeeping { checkpoint: 2, reopen: 8, sweep: 3 };

fn phone(customer: u64) -> String {
    format!("+99290{:07}", 1_000_000 + customer)
}

/// One step of the history; the same for the same chance, whatever the house does beside.
fn step(chance: &mut Chance, number: usize, now: Timestamp) -> Ask {
    let client_phone = phone(chance.below(CUSTOMERS));
    let id = format!("r-{number}");
    match chance.below(10) {
        0 => Ask::post("/partner/auth", &json!({"phone": client_phone})),
        1 | 2 => {
            let amount = 1 + chance.below(40);
            let body = json!({"client_phone": client_phone, "amount": amount, "total_amount": 200, "external_sale_id": id});
            Ask::post("/partner/redeem", &body)
        }
        3 => {
            let date =
                now.plus_seconds(-i64::try_from(chance.below(20 * 86_400)).unwrap()).to_string();
            let total = 10 + chance.below(800);
            Ask::post(
                "/partner/sale",
                &json!({"client_phone": client_phone, "total_amount": total, "sale_date": date, "external_sale_id": id}),
            )
        }
        _ => {
            let redeem = if chance.below(3) == 0 { chance.below(30) } else { 0 };
            let lines: Vec<Value> = (0..chance.below(4))
                .map(|line| json!({"sku": format!("s-{line}"), "line_amount": chance.below(9_999), "quantity": 1}))
                .collect();
            let total = 5 + chance.below(900);
            let body = json!({"client_phone": client_phone, "total_amount": total, "bonus_redeem_amount": redeem,
                "lines": lines, "external_sale_id": id});
            Ask::post("/partner/sale", &body)
        }
    }
}

/// Runs a history; returns all answers and the customers at the end, and leaves a verified folder.
async fn history(seed: u64, housekeeping: Housekeeping) -> (Vec<Value>, tempfile::TempDir) {
    let mut chance = Chance::new(seed);
    let mut habits = Chance::new(seed ^ 0xBEEF);
    let mut house = TestHouse::new().await;
    let tiers = json!([
        {"name": "Base", "color": "#8A8A8A", "from_total_spent": "0.00", "bonus_percent": "5"},
        {"name": "Gold", "color": "#C9A227", "from_total_spent": "3000.00", "bonus_percent": "7.5"},
    ]);
    let shop =
        house.shop(json!({"expire_after_days": 9, "welcome_bonus": "15.00", "tiers": tiers})).await;
    for customer in 0..CUSTOMERS {
        house.log_in(&shop, &phone(customer)).await;
    }
    let mut answers = Vec::new();
    for number in 0..STEPS {
        house.advance_seconds(i64::try_from(chance.below(86_400)).unwrap());
        let ask = step(&mut chance, number, house.clock.now());
        let mut answer = house.ask(&shop, ask).await.body;
        // Token texts depend on how often chance was asked before; their meaning does not.
        if answer["data"]["token"].is_string() {
            answer["data"]["token"] = Value::Null;
        }
        answers.push(answer);
        let mut now_and_then = |one_in: u64| one_in > 0 && habits.below(one_in) == 0;
        if now_and_then(housekeeping.checkpoint) {
            house.house.checkpoint().await.unwrap();
        }
        if now_and_then(housekeeping.sweep) {
            house.house.sweep().await.unwrap();
        }
        if now_and_then(housekeeping.reopen) {
            house = house.reopen().await;
        }
    }
    answers.extend(customers(&house, &shop).await);
    (answers, house.close_and_verify().await)
}

async fn customers(house: &TestHouse, shop: &Shop) -> Vec<Value> {
    let mut shown = Vec::new();
    for customer in 0..CUSTOMERS {
        shown.push(house.client(shop, &phone(customer)).await);
    }
    shown
}

/// The hash of every record.
fn records(data_dir: &Path) -> Vec<[u8; 32]> {
    let data_dir = DataDir::open_existing(data_dir).unwrap();
    let sealing = crate::house::sealing_of(&data_dir);
    let options = JournalOptions::new(1 << 20, Timestamp::default()).under(sealing);
    let reader = open_read_only(&data_dir, &options).unwrap();
    reader.records(1).map(|record| record.unwrap().0.hash).collect()
}

/// Ids may differ by gaps when a house restarts; everything else is the same.
fn without_ids(answers: &[Value]) -> Vec<Value> {
    let mut answers = answers.to_vec();
    for answer in &mut answers {
        for name in ["id", "sale_id", "transaction_id"] {
            if answer["data"][name].is_number() {
                answer["data"][name] = Value::Null;
            }
        }
        if answer["success"] == json!(false) {
            answer["error"] = Value::Null;
        }
    }
    answers
}

#[test]
fn the_same_seed_gives_the_same_journal_and_housekeeping_is_not_noticed() {
    let mut chance = Chance::announced("simulation");
    run(async {
        for _ in 0..SEEDS {
            let seed = chance.next();
            println!("history with seed {seed}");
            let (first, first_dir) = history(seed, SOME).await;
            let (second, second_dir) = history(seed, SOME).await;
            assert_eq!(first, second);
            let (ones, others) = (
                records(&first_dir.path().join("ledger")),
                records(&second_dir.path().join("ledger")),
            );
            assert!(ones.len() > STEPS / 2, "{} records", ones.len());
            assert!(ones == others, "the journals differ");
            for housekeeping in [NONE, ALWAYS] {
                let (other, _dir) = history(seed, housekeeping).await;
                assert_eq!(without_ids(&first), without_ids(&other), "{housekeeping:?}");
            }
        }
    });
}
