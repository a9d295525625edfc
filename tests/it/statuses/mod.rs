//! Every operation of both documents answers every status that it declares, and no other: what follows
//! from the doors by a loop over the document, the rest by tables with a row for each.

mod doors;
mod operation;
mod routes;
mod row;
mod rows_app;
mod rows_bonusplus;
mod rows_operator;
mod rows_partner;
mod world;

use crate::bonex_contract::contract_declares;
use crate::house::run;
use doors::{all_unavailable, probes};
use kopilka::api::WRONG_KEYS_PER_MINUTE_MAX;
use operation::{Dialect, Door, Operation};
use row::{Row, refused};
use serde_json::json;
use std::collections::BTreeSet;
use std::fs::File;
use world::World;

/// What the contract declares and we never answer, with the reason.
const NEVER: [(&str, u16, &str); 1] =
    [("clientSettings", 404, "a token that is unknown names no tenant to look for: 401")];

/// What is answered from memory, or beside the traffic, and needs no place; promotions do only for a customer.
const FROM_MEMORY: [&str; 17] = [
    "account",
    "checkSettings",
    "clientSettings",
    "createSnapshot",
    "listOperators",
    "listPromotions",
    "listSettings",
    "listSnapshots",
    "listTenants",
    "listWebhooks",
    "metrics",
    "operatorListWebhooks",
    "pruneSnapshots",
    "showArchive",
    "showStores",
    "showTenant",
    "showVerification",
];

/// A batch has a place for each of its lines: they are told one by one to try again.
const TOLD_BY_LINE: &str = "partnerSalesBatch";

fn table(world: &World) -> Vec<Row> {
    match world.dialect {
        Dialect::Bonex => bonex_table(world),
        Dialect::BonusPlus => rows_bonusplus::rows(world),
    }
}

fn bonex_table(world: &World) -> Vec<Row> {
    let mut rows = probes();
    rows.extend(rows_partner::rows(world));
    rows.extend(rows_app::rows(world));
    rows.extend(rows_operator::rows(world));
    rows
}

#[test]
fn every_operation_answers_what_it_declares_and_nothing_else() {
    run(async {
        let never = NEVER.map(|(operation, status, _)| (operation, status));
        assert_eq!(unanswered(Dialect::Bonex).await, never, "declared, but no row provokes it");
    });
}

#[test]
fn every_operation_of_the_bonusplus_dialect_answers_what_it_declares_and_nothing_else() {
    run(async {
        assert_eq!(unanswered(Dialect::BonusPlus).await, [], "declared, but no row provokes it");
    });
}

/// Asks all there is to ask in a dialect; what it declares and no answer was.
async fn unanswered(dialect: Dialect) -> Vec<(&'static str, u16)> {
    let world = World::new(dialect).await;
    for operation in Operation::all(dialect) {
        world.check_all(&doors::rows(&operation, &world)).await;
    }
    clock_stepped_back(&world).await;
    let world = overloaded(world).await;
    match dialect {
        Dialect::Bonex => {
            guessed(&world).await;
            snapshot_under_way(&world).await;
        }
        Dialect::BonusPlus => hurried(&world).await,
    }
    world.check_all(&table(&world)).await;
    closed(&world).await;

    let all = Operation::all(dialect);
    let declared: BTreeSet<_> = all.iter().flat_map(Operation::statuses).collect();
    let observed = world.observed();
    let undeclared: Vec<_> = observed.difference(&declared).collect();
    assert!(undeclared.is_empty(), "answered, but not declared: {undeclared:?}");
    declared.difference(&observed).copied().collect()
}

/// The clock of the server is behind what is written already.
async fn clock_stepped_back(world: &World) {
    world.house.advance_seconds(-3_600);
    world.check_all(&all_unavailable(world.dialect, "clock_stepped_back")).await;
    world.house.advance_seconds(3_600);
}

/// Somebody makes a snapshot in the same directory.
async fn snapshot_under_way(world: &World) {
    let lock = File::open(world.house.ledger().join("snapshots/lock")).unwrap();
    // The one of an earlier row may not be whole yet.
    lock.lock().unwrap();
    world.check(&refused("createSnapshot", 409, "snapshot_under_way")).await;
}

/// Somebody guesses at the operator's token: soon they are not even told that it is wrong, also where a
/// ledger that is not served is no reason to be silent.
async fn guessed(world: &World) {
    const GUEST: &str = "203.0.113.5";
    let refused = |status, code| {
        refused("metrics", status, code).header("authorization", "Bearer x").from(GUEST)
    };
    for _ in 0..WRONG_KEYS_PER_MINUTE_MAX {
        world.check(&refused(401, "operator_token_invalid")).await;
    }
    world.check(&refused(503, "too_many_wrong_keys")).await;
}

/// A chain that calls more often than its settings allow.
async fn hurried(world: &World) {
    let shop = world.house.shop(json!({"bonusplus_requests_per_hour_max": 1})).await;
    world.check(&row::plus_done("account", 200).of(&shop)).await;
    for operation in Operation::all(Dialect::BonusPlus) {
        world.check(&Row::refused(&operation, 429, "rate_limited").of(&shop)).await;
    }
}

/// No place is free: whoever would need one is told to try again.
async fn overloaded(world: World) -> World {
    const USUAL: usize = 64;
    let world = world.with_places(0).await;
    let done = table(&world).into_iter().filter(|row| row.code.is_none());
    for row in done.filter(|row| row.operation.id != TOLD_BY_LINE) {
        if needs_a_place(&row) {
            world.check(&Row { status: 503, code: Some("overloaded"), ..row }).await;
        } else {
            world.check(&row).await;
        }
    }
    world.with_places(USUAL).await
}

fn needs_a_place(row: &Row) -> bool {
    let names_a_customer = row.headers.is_empty();
    match row.operation.door() {
        Door::Open => false,
        Door::Customer { optional: true } => names_a_customer,
        Door::Tenant | Door::Partner | Door::Customer { .. } | Door::Operator | Door::Till => {
            !FROM_MEMORY.contains(&row.operation.id)
        }
    }
}

/// The house has left.
async fn closed(world: &World) {
    world.house.house.clone().close().await.unwrap();
    world.check_all(&all_unavailable(world.dialect, "unavailable")).await;
    if world.dialect == Dialect::Bonex {
        world.check(&refused("readyz", 503, "not_ready")).await;
        world.check(&row::done("healthz", 200)).await;
        world.check(&row::done("metrics", 200)).await;
    }
}

#[test]
fn what_never_occurs_is_declared_because_the_contract_has_it() {
    for (operation, status, reason) in NEVER {
        let operation = Operation::named(Dialect::Bonex, operation);
        let route = format!("{} {}", operation.method, operation.path);
        assert!(contract_declares(&route, status), "{route} {status}");
        assert!(!reason.is_empty());
    }
}
