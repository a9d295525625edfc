//! The operator's dialect: its routes, and the order in which a request can be refused.

mod abuse_report;
mod adjustments;
mod archive;
mod as_of;
mod audit;
mod caller;
mod category_rules_document;
mod codes;
mod coupons;
mod customer_export;
mod customers;
mod denial;
mod dispatch;
mod export_lines;
mod exports;
mod flags;
mod forget;
#[cfg(any(test, feature = "fuzzing"))]
pub(in crate::api) mod fuzzing;
mod gift_cards;
mod growing;
mod guard_document;
mod imports;
mod liability_report;
mod merge;
mod metrics;
mod operators;
mod phone;
mod plus_rules_document;
mod policy_document;
mod promotion_document;
mod promotions;
mod rates_document;
mod receipts;
mod render;
mod rights;
mod sales;
mod settings;
mod settings_changes;
mod settings_check;
mod settings_document;
mod settings_shape;
mod snapshots;
mod stores;
mod telegram;
mod tenants;
mod tiers;
mod verification;
mod verify_document;
mod vouchers;
mod webhooks;

pub(in crate::api) use denial::OperatorDenial;
pub(in crate::api) use promotion_document::kind_name;
pub use receipts::{HoleDocument, HoleKind, RECEIPTS_MAX, ReceiptsDocument};
pub(in crate::api) use rights::Right;
pub use settings_document::read_settings_document;
pub use settings_shape::write_settings_document;
pub use snapshots::{write_pruned, write_snapshot_list};
pub use verification::{VerificationDocument, VerificationState};
pub use verify_document::{BookDocument, CoveredDocument, DifferenceDocument, VerifyDocument};

use self::caller::{Caller, caller_of};
use self::dispatch::perform;
use crate::api::error::ApiError;
use crate::api::proven::proven;
use crate::api::request::{Asked, BODY_BYTES_MAX};
use crate::api::respond::failure;
use crate::api::router::{OperatorState, Row, Verb};
use crate::api::telemetry::Telemetry;
use crate::courier::Deliveries;
use crate::engine::House;
use crate::ledger::{Actor, Refusal, Role, Tenant};
use crate::values::TenantId;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use std::sync::Arc;

/// What the operator's router answers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Endpoint {
    CreateTenant,
    ListTenants,
    ShowTenant,
    ListSettings,
    ChangeSettings,
    Rotate,
    Suspend,
    Resume,
    ListCustomers,
    ShowCustomer,
    Block,
    Unblock,
    SetCard,
    Adjust,
    ChangePromotion,
    CreatePromotion,
    EndPromotion,
    ListPromotions,
    ListStores,
    SetTelegramBot,
    SetTier,
    ShowStores,
    BlockGiftCard,
    EndCoupon,
    IssueCoupons,
    IssueGiftCard,
    ListCoupons,
    ListGiftCards,
    ListWebhooks,
    Merge,
    MoveGiftCardExpiry,
    ReplayWebhook,
    ReportAbuse,
    SetDebit,
    SetPhone,
    SetStaff,
    ShowCoupon,
    ShowGiftCard,
    UnblockGiftCard,
    VoidGiftCard,
    AddOperator,
    CheckReceipts,
    CheckSettings,
    CreateSnapshot,
    ExportBalances,
    ExportLots,
    ExportOperations,
    FindSales,
    ImportCustomers,
    ImportSales,
    ListOperators,
    ListSnapshots,
    Metrics,
    PruneSnapshots,
    ReadAudit,
    ReportLiability,
    ReportTrialBalance,
    ReverseImport,
    RevokeOperator,
    RollBackSettings,
    RotateOperator,
    SendCode,
    ShowSale,
    ShowVerification,
    StartVerification,
    ExportCustomer,
    Forget,
    ShowArchive,
}

pub(in crate::api) const ROWS: &[Row<Endpoint>] = &[
    Row::new(Verb::Post, "/operator/v1/tenants", Endpoint::CreateTenant),
    Row::new(Verb::Get, "/operator/v1/tenants", Endpoint::ListTenants),
    Row::new(Verb::Get, "/operator/v1/tenants/{tenant}", Endpoint::ShowTenant),
    Row::new(Verb::Get, "/operator/v1/tenants/{tenant}/settings", Endpoint::ListSettings),
    Row::new(Verb::Put, "/operator/v1/tenants/{tenant}/settings", Endpoint::ChangeSettings),
    Row::new(Verb::Post, "/operator/v1/tenants/{tenant}/rotate", Endpoint::Rotate),
    Row::new(Verb::Post, "/operator/v1/tenants/{tenant}/suspend", Endpoint::Suspend),
    Row::new(Verb::Post, "/operator/v1/tenants/{tenant}/resume", Endpoint::Resume),
    Row::new(Verb::Get, "/operator/v1/tenants/{tenant}/customers", Endpoint::ListCustomers),
    Row::new(
        Verb::Get,
        "/operator/v1/tenants/{tenant}/customers/{identifier}",
        Endpoint::ShowCustomer,
    ),
    Row::new(
        Verb::Post,
        "/operator/v1/tenants/{tenant}/customers/{identifier}/block",
        Endpoint::Block,
    ),
    Row::new(
        Verb::Post,
        "/operator/v1/tenants/{tenant}/customers/{identifier}/unblock",
        Endpoint::Unblock,
    ),
    Row::new(
        Verb::Put,
        "/operator/v1/tenants/{tenant}/customers/{identifier}/card",
        Endpoint::SetCard,
    ),
    Row::new(
        Verb::Post,
        "/operator/v1/tenants/{tenant}/customers/{identifier}/adjustments",
        Endpoint::Adjust,
    ),
    Row::new(Verb::Get, "/operator/v1/tenants/{tenant}/stores", Endpoint::ShowStores),
    Row::new(Verb::Put, "/operator/v1/tenants/{tenant}/stores", Endpoint::ListStores),
    Row::new(Verb::Get, "/operator/v1/tenants/{tenant}/promotions", Endpoint::ListPromotions),
    Row::new(Verb::Post, "/operator/v1/tenants/{tenant}/promotions", Endpoint::CreatePromotion),
    Row::new(
        Verb::Put,
        "/operator/v1/tenants/{tenant}/promotions/{promotion}",
        Endpoint::ChangePromotion,
    ),
    Row::new(
        Verb::Post,
        "/operator/v1/tenants/{tenant}/promotions/{promotion}/end",
        Endpoint::EndPromotion,
    ),
    Row::new(Verb::Put, "/operator/v1/tenants/{tenant}/telegram", Endpoint::SetTelegramBot),
    Row::new(
        Verb::Put,
        "/operator/v1/tenants/{tenant}/customers/{identifier}/tier",
        Endpoint::SetTier,
    ),
    Row::new(
        Verb::Put,
        "/operator/v1/tenants/{tenant}/customers/{identifier}/staff",
        Endpoint::SetStaff,
    ),
    Row::new(
        Verb::Put,
        "/operator/v1/tenants/{tenant}/customers/{identifier}/debit",
        Endpoint::SetDebit,
    ),
    Row::new(Verb::Get, "/operator/v1/tenants/{tenant}/reports/abuse", Endpoint::ReportAbuse),
    Row::new(
        Verb::Put,
        "/operator/v1/tenants/{tenant}/customers/{identifier}/phone",
        Endpoint::SetPhone,
    ),
    Row::new(
        Verb::Post,
        "/operator/v1/tenants/{tenant}/customers/{identifier}/merge",
        Endpoint::Merge,
    ),
    Row::new(Verb::Post, "/operator/v1/tenants/{tenant}/gift-cards", Endpoint::IssueGiftCard),
    Row::new(Verb::Get, "/operator/v1/tenants/{tenant}/gift-cards", Endpoint::ListGiftCards),
    Row::new(Verb::Get, "/operator/v1/tenants/{tenant}/gift-cards/{code}", Endpoint::ShowGiftCard),
    Row::new(
        Verb::Post,
        "/operator/v1/tenants/{tenant}/gift-cards/{code}/block",
        Endpoint::BlockGiftCard,
    ),
    Row::new(
        Verb::Post,
        "/operator/v1/tenants/{tenant}/gift-cards/{code}/unblock",
        Endpoint::UnblockGiftCard,
    ),
    Row::new(
        Verb::Put,
        "/operator/v1/tenants/{tenant}/gift-cards/{code}/expiry",
        Endpoint::MoveGiftCardExpiry,
    ),
    Row::new(
        Verb::Post,
        "/operator/v1/tenants/{tenant}/gift-cards/{code}/void",
        Endpoint::VoidGiftCard,
    ),
    Row::new(Verb::Post, "/operator/v1/tenants/{tenant}/coupons", Endpoint::IssueCoupons),
    Row::new(Verb::Get, "/operator/v1/tenants/{tenant}/coupons", Endpoint::ListCoupons),
    Row::new(Verb::Get, "/operator/v1/tenants/{tenant}/coupons/{code}", Endpoint::ShowCoupon),
    Row::new(Verb::Post, "/operator/v1/tenants/{tenant}/coupons/{code}/end", Endpoint::EndCoupon),
    Row::new(Verb::Get, "/operator/v1/tenants/{tenant}/webhooks", Endpoint::ListWebhooks),
    Row::new(
        Verb::Post,
        "/operator/v1/tenants/{tenant}/webhooks/{webhook}/replay",
        Endpoint::ReplayWebhook,
    ),
    Row::new(
        Verb::Post,
        "/operator/v1/tenants/{tenant}/imports/customers",
        Endpoint::ImportCustomers,
    ),
    Row::new(Verb::Post, "/operator/v1/tenants/{tenant}/imports/sales", Endpoint::ImportSales),
    Row::new(
        Verb::Post,
        "/operator/v1/tenants/{tenant}/imports/reversals",
        Endpoint::ReverseImport,
    ),
    Row::new(
        Verb::Get,
        "/operator/v1/tenants/{tenant}/reports/liability",
        Endpoint::ReportLiability,
    ),
    Row::new(
        Verb::Get,
        "/operator/v1/tenants/{tenant}/reports/trial-balance",
        Endpoint::ReportTrialBalance,
    ),
    Row::new(
        Verb::Get,
        "/operator/v1/tenants/{tenant}/exports/operations",
        Endpoint::ExportOperations,
    ),
    Row::new(Verb::Get, "/operator/v1/tenants/{tenant}/exports/balances", Endpoint::ExportBalances),
    Row::new(Verb::Get, "/operator/v1/tenants/{tenant}/exports/lots", Endpoint::ExportLots),
    Row::new(Verb::Post, "/operator/v1/snapshots", Endpoint::CreateSnapshot),
    Row::new(Verb::Get, "/operator/v1/snapshots", Endpoint::ListSnapshots),
    Row::new(Verb::Delete, "/operator/v1/snapshots", Endpoint::PruneSnapshots),
    Row::new(Verb::Get, "/operator/v1/archive", Endpoint::ShowArchive),
    Row::new(Verb::Post, "/operator/v1/operators", Endpoint::AddOperator),
    Row::new(Verb::Get, "/operator/v1/operators", Endpoint::ListOperators),
    Row::new(Verb::Post, "/operator/v1/operators/{operator}/rotate", Endpoint::RotateOperator),
    Row::new(Verb::Post, "/operator/v1/operators/{operator}/revoke", Endpoint::RevokeOperator),
    Row::new(Verb::Get, "/operator/v1/audit", Endpoint::ReadAudit),
    Row::new(Verb::Post, "/operator/v1/tenants/{tenant}/settings/check", Endpoint::CheckSettings),
    Row::new(
        Verb::Post,
        "/operator/v1/tenants/{tenant}/settings/rollback",
        Endpoint::RollBackSettings,
    ),
    Row::new(Verb::Get, "/operator/v1/tenants/{tenant}/sales", Endpoint::FindSales),
    Row::new(Verb::Get, "/operator/v1/tenants/{tenant}/sales/{sale}", Endpoint::ShowSale),
    Row::new(
        Verb::Post,
        "/operator/v1/tenants/{tenant}/customers/{identifier}/code",
        Endpoint::SendCode,
    ),
    Row::new(
        Verb::Post,
        "/operator/v1/tenants/{tenant}/customers/{identifier}/forget",
        Endpoint::Forget,
    ),
    Row::new(
        Verb::Get,
        "/operator/v1/tenants/{tenant}/customers/{identifier}/export",
        Endpoint::ExportCustomer,
    ),
    Row::new(Verb::Get, "/metrics", Endpoint::Metrics),
    Row::new(Verb::Post, "/operator/v1/receipts/check", Endpoint::CheckReceipts),
    Row::new(Verb::Get, "/operator/v1/verification", Endpoint::ShowVerification),
    Row::new(Verb::Post, "/operator/v1/verification", Endpoint::StartVerification),
];

/// A request of an operator whose role may make it.
struct Call<'a> {
    house: &'a House,
    deliveries: &'a Deliveries,
    telemetry: &'a Telemetry,
    caller: Caller,
    /// The caller, as the journal names them.
    actor: Actor,
    asked: Asked,
}

impl Call<'_> {
    /// The tenant that the path names.
    fn tenant(&self) -> Result<Arc<Tenant>, ApiError> {
        let text = self.asked.segment("tenant")?;
        let digits_only = text.bytes().all(|byte| byte.is_ascii_digit());
        let id = text.parse().ok().filter(|_| digits_only).map(TenantId);
        let id = id.ok_or(Refusal::TenantNotFound)?;
        self.house.tenant(id)?.ok_or_else(|| Refusal::TenantNotFound.into())
    }
}

/// Serves one request of the operator's router.
pub(in crate::api) async fn serve(
    state: &OperatorState,
    row: &'static Row<Endpoint>,
    request: Request,
) -> Response<Body> {
    let answer = Box::pin(answer(state, row, request));
    proven(async { answer.await.unwrap_or_else(|error| failure(&error)) }).await
}

/// The order of refusals: too large, the operator's token, the right; then what the endpoint says.
async fn answer(
    state: &OperatorState,
    row: &'static Row<Endpoint>,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    let house = &state.house;
    let is_metrics = row.endpoint == Endpoint::Metrics;
    // A ledger that is not served, or whose clock stepped back, is asked for its metrics all the more.
    let at = if is_metrics { house.clock().now() } else { house.stamp()? };
    let asked = Asked::take_in(request, row.path, at, BODY_BYTES_MAX).await?;
    if is_metrics && state.metrics_open {
        return Ok(metrics::answer(&state.telemetry));
    }
    let verdict = caller_of(&state.token, &house.operators(), &asked);
    let caller = state.limits.told(&asked, verdict, |caller| Some(caller.regular()))?;
    check_right(&caller, row)?;
    let actor = Actor::Operator(caller.operator());
    let (deliveries, telemetry) = (&state.deliveries, &state.telemetry);
    let call = Call { house, deliveries, telemetry, caller, actor, asked };
    perform(&call, row.endpoint).await
}

/// What is not allowed is told to whoever reads the log: it changes nothing, so no journal has it.
fn check_right(caller: &Caller, row: &Row<Endpoint>) -> Result<(), OperatorDenial> {
    let (role, right) = (caller.acting.role, row.endpoint.right());
    if right.is_of(role) {
        return Ok(());
    }
    let (operator, verb, path) = (&caller.name, row.verb.name(), row.path);
    tracing::warn!(%operator, %role, verb, path, "an operator asked for more than their role may");
    Err(OperatorDenial::NotAllowed { role, right })
}

/// Method, path and the roles that may call it, of every route of the operator's router.
pub(in crate::api) fn permissions() -> Vec<(&'static str, &'static str, Vec<Role>)> {
    let roles = |right: Right| Role::ALL.into_iter().filter(|role| right.is_of(*role)).collect();
    ROWS.iter().map(|row| (row.verb.name(), row.path, roles(row.endpoint.right()))).collect()
}
