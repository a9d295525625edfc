//! What every operation answers before it looks at what it is asked: generated from the document.

use super::operation::{Door, Operation};
use super::row::{Row, Sent, done, refused};
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
    let id = operation.id;
    let nobody = "x".repeat(64);
    let tenant = |code| refused(id, 401, code);
    let mut rows = match operation.door() {
        Door::Open => Vec::new(),
        Door::Operator => {
            let code = "operator_token_invalid";
            vec![
                tenant(code).without("authorization"),
                tenant(code).header("authorization", "Bearer wrong"),
                refused(id, 422, "too_long").header("x-operator-name", &nobody.repeat(2)),
            ]
        }
        Door::Tenant | Door::Partner | Door::Customer { .. } => vec![
            tenant("tenant_token_invalid").without("x-tenant-token"),
            tenant("tenant_token_invalid").header("x-tenant-token", &nobody),
            refused(id, 403, "tenant_suspended").of(&world.suspended),
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
            vec![refused(id, 404, "tenant_not_found").at("tenant", "999")]
        }
        Door::Operator | Door::Open | Door::Tenant => Vec::new(),
    });
    rows
}

/// What is sent is no body of this operation.
fn bodies(operation: &Operation) -> Vec<Row> {
    let id = operation.id;
    let mut rows = vec![
        refused(id, 413, "body_too_large").sent(Sent::Spaces(bytes_max(id) + 1)),
        refused(id, 422, "malformed_json").sent(Sent::BreaksOff),
    ];
    let malformed = if operation.declares(400) { 400 } else { 422 };
    // A batch is read line by line.
    if operation.example_body().is_some() && id != "partnerSalesBatch" {
        rows.push(refused(id, malformed, "malformed_json").sent(Sent::Text("{".to_owned())));
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
pub(super) fn all_unavailable(code: &'static str) -> Vec<Row> {
    let behind_a_door =
        |operation: &Operation| operation.door() != Door::Open && operation.id != ALWAYS_TOLD;
    let all = Operation::all().into_iter().filter(behind_a_door);
    all.map(|operation| refused(operation.id, 503, code)).collect()
}

/// The probes of a house that serves, and what it counts.
pub(super) fn probes() -> Vec<Row> {
    vec![done("healthz", 200), done("readyz", 200), done(ALWAYS_TOLD, 200)]
}
