//! What every operation answers before it looks at what it is asked: generated from the document.

use super::operation::{Dialect, Door, Operation};
use super::row::{Row, Sent, done};
use super::world::World;

const MIB: usize = 1 << 20;

/// What is told whether the ledger is served or not.
const ALWAYS_TOLD: &str = "metrics";

/// The rows that an operation has because of its door and its body.
pub(super) fn rows(operation: &Operation, world: &World) -> Vec<Row> {
    if operation.door() == Door::Open {
        return Vec::new();
    }
    let mut rows = callers(operation, world);
    rows.extend(bodies(operation));
    rows
}

/// Who calls is not who may.
fn callers(operation: &Operation, world: &World) -> Vec<Row> {
    let refused = |status, code| Row::refused(operation, status, code);
    let nobody = "x".repeat(64);
    let tenant = |code| refused(401, code);
    let mut rows = match operation.door() {
        Door::Open => Vec::new(),
        Door::Operator => {
            let code = "operator_token_invalid";
            vec![
                tenant(code).without("authorization"),
                tenant(code).header("authorization", "Bearer wrong"),
                refused(422, "too_long").header("x-operator-name", &nobody.repeat(2)),
            ]
            .into_iter()
            .chain(not_allowed(operation, world))
            .collect()
        }
        Door::Tenant | Door::Partner | Door::Customer { .. } => vec![
            tenant("tenant_token_invalid").without("x-tenant-token"),
            tenant("tenant_token_invalid").header("x-tenant-token", &nobody),
            refused(403, "tenant_suspended").of(&world.suspended),
        ],
        Door::Till => vec![
            tenant("api_key_invalid").without("authorization"),
            tenant("api_key_invalid").header("authorization", "ApiKey bm9ib2R5"),
            refused(403, "tenant_suspended").of(&world.suspended),
        ],
    };
    rows.extend(match operation.door() {
        Door::Partner => vec![
            tenant("signature_missing").without("x-partner-signature"),
            tenant("signature_missing").without("x-partner-timestamp"),
            tenant("signature_invalid").header("x-partner-signature", &"0".repeat(64)),
            tenant("timestamp_out_of_range").header("x-partner-timestamp", "1767769016"),
        ],
        Door::Customer { optional } => {
            let mut rows = vec![
                tenant("bearer_invalid").header("authorization", "Bearer nonsense"),
                tenant("bearer_invalid").header("authorization", &world.foreign_bearer),
            ];
            rows.extend((!optional).then(|| tenant("bearer_invalid").without("authorization")));
            rows
        }
        Door::Operator if operation.path.contains("{tenant}") => {
            vec![refused(404, "tenant_not_found").at("tenant", "999")]
        }
        Door::Operator | Door::Open | Door::Tenant | Door::Till => Vec::new(),
    });
    rows
}

/// An operator whose role may not do this, where there is such a role.
fn not_allowed(operation: &Operation, world: &World) -> Option<Row> {
    let token = world.token_that_may_not(operation)?;
    let row = Row::refused(operation, 403, "operator_not_allowed");
    Some(row.header("authorization", &format!("Bearer {token}")))
}

/// What is sent is no body of this operation.
fn bodies(operation: &Operation) -> Vec<Row> {
    let refused = |status, code| Row::refused(operation, status, code);
    let (broken_off, malformed) = match operation.dialect {
        Dialect::BonusPlus => (400, 400),
        Dialect::Bonex if operation.declares(400) => (422, 400),
        Dialect::Bonex => (422, 422),
    };
    let mut rows = vec![
        refused(413, "body_too_large").sent(Sent::Spaces(bytes_max(operation.id) + 1)),
        refused(broken_off, "malformed_json").sent(Sent::BreaksOff),
    ];
    // A batch is read line by line.
    if operation.example_body().is_some() && operation.id != "partnerSalesBatch" {
        rows.push(refused(malformed, "malformed_json").sent(Sent::Text("{".to_owned())));
    }
    rows
}

fn bytes_max(id: &str) -> usize {
    match id {
        "inventorySync" => 8 * MIB,
        "partnerSalesBatch" => 16 * MIB,
        _ => MIB,
    }
}

/// Every operation, answered by a house that has this reason not to.
pub(super) fn all_unavailable(dialect: Dialect, code: &'static str) -> Vec<Row> {
    let behind_a_door =
        |operation: &Operation| operation.door() != Door::Open && operation.id != ALWAYS_TOLD;
    let all = Operation::all(dialect).into_iter().filter(behind_a_door);
    all.map(|operation| Row::refused(&operation, 503, code)).collect()
}

/// The probes of a house that serves, and what it counts.
pub(super) fn probes() -> Vec<Row> {
    vec![done("healthz", 200), done("readyz", 200), done(ALWAYS_TOLD, 200)]
}
