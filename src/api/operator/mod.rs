//! The operator's dialect: its routes, and the order in which a request can be refused.

mod abuse_report;
mod adjustments;
mod as_of;
mod category_rules_document;
mod coupons;
mod customers;
mod export_lines;
mod exports;
mod flags;
mod gift_cards;
mod guard_document;
mod imports;
mod liability_report;
mod merge;
mod phone;
mod plus_rules_document;
mod policy_document;
mod promotion_document;
mod promotions;
mod render;
mod settings;
mod settings_document;
mod settings_shape;
mod stores;
mod telegram;
mod tenants;
mod tiers;
mod vouchers;
mod webhooks;

pub(in crate::api) use promotion_document::kind_name;
pub use settings_document::read_settings_document;
pub use settings_shape::write_settings_document;

use crate::api::auth;
use crate::api::complaint::FieldError;
use crate::api::error::ApiError;
use crate::api::request::{Asked, BODY_BYTES_MAX};
use crate::api::respond::failure;
use crate::api::router::{OperatorState, Row, Verb};
use crate::courier::Deliveries;
use crate::engine::House;
use crate::ledger::{Actor, Refusal, Tenant};
use crate::values::{TenantId, Text};
use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use std::sync::Arc;

/// Who an operator is who does not say so.
const UNNAMED: &str = "operator";
const NAME_HEADER: &str = "X-Operator-Name";

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
    ImportCustomers,
    ImportSales,
    ReverseImport,
    ReportLiability,
    ReportTrialBalance,
    ExportOperations,
    ExportBalances,
    ExportLots,
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
];

/// A request of an operator who showed the token.
struct Call<'a> {
    house: &'a House,
    deliveries: &'a Deliveries,
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
    answer(state, row, request).await.unwrap_or_else(|error| failure(&error))
}

/// The order of refusals: too large, operator's token; then what the endpoint says.
async fn answer(
    state: &OperatorState,
    row: &'static Row<Endpoint>,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    let house = &state.house;
    let at = house.stamp()?;
    let asked = Asked::take_in(request, row.path, at, BODY_BYTES_MAX).await?;
    auth::check_operator(&state.token, &asked)?;
    let actor = actor_of(&asked)?;
    let call = Call { house, deliveries: &state.deliveries, actor, asked };
    match row.endpoint {
        Endpoint::CreateTenant => tenants::create(&call).await,
        Endpoint::ListTenants => tenants::list(&call),
        Endpoint::ShowTenant => tenants::show(&call),
        Endpoint::Rotate => tenants::rotate(&call).await,
        Endpoint::Suspend => tenants::suspend(&call).await,
        Endpoint::Resume => tenants::resume(&call).await,
        Endpoint::ListSettings => settings::list(&call),
        Endpoint::ChangeSettings => settings::change(&call).await,
        Endpoint::ListCustomers => customers::list(&call).await,
        Endpoint::ShowCustomer => customers::show(&call).await,
        Endpoint::Block => customers::block(&call).await,
        Endpoint::Unblock => customers::unblock(&call).await,
        Endpoint::SetCard => customers::set_card(&call).await,
        Endpoint::Adjust => adjustments::answer(&call).await,
        Endpoint::ShowStores => stores::show(&call),
        Endpoint::ListStores => stores::list(&call).await,
        Endpoint::ListPromotions => promotions::list(&call),
        Endpoint::CreatePromotion => promotions::create(&call).await,
        Endpoint::ChangePromotion => promotions::change(&call).await,
        Endpoint::EndPromotion => promotions::end(&call).await,
        Endpoint::SetTelegramBot => telegram::answer(&call).await,
        Endpoint::SetTier => tiers::set(&call).await,
        Endpoint::SetStaff => flags::set_staff(&call).await,
        Endpoint::SetDebit => flags::set_debit(&call).await,
        Endpoint::ReportAbuse => abuse_report::answer(&call).await,
        Endpoint::SetPhone => phone::set(&call).await,
        Endpoint::Merge => merge::answer(&call).await,
        Endpoint::IssueGiftCard => gift_cards::issue(&call).await,
        Endpoint::ListGiftCards => gift_cards::list(&call).await,
        Endpoint::ShowGiftCard => gift_cards::show(&call).await,
        Endpoint::BlockGiftCard => gift_cards::block(&call).await,
        Endpoint::UnblockGiftCard => gift_cards::unblock(&call).await,
        Endpoint::MoveGiftCardExpiry => gift_cards::move_expiry(&call).await,
        Endpoint::VoidGiftCard => gift_cards::void(&call).await,
        Endpoint::IssueCoupons => coupons::issue(&call).await,
        Endpoint::ListCoupons => coupons::list(&call).await,
        Endpoint::ShowCoupon => coupons::show(&call).await,
        Endpoint::EndCoupon => coupons::end(&call).await,
        Endpoint::ListWebhooks => webhooks::list(&call),
        Endpoint::ReplayWebhook => webhooks::replay(&call).await,
        Endpoint::ImportCustomers => imports::customers(&call).await,
        Endpoint::ImportSales => imports::sales(&call).await,
        Endpoint::ReverseImport => imports::reverse(&call).await,
        Endpoint::ReportLiability => liability_report::liability(&call).await,
        Endpoint::ReportTrialBalance => liability_report::trial_balance(&call).await,
        Endpoint::ExportOperations => exports::operations(&call).await,
        Endpoint::ExportBalances => exports::balances(&call).await,
        Endpoint::ExportLots => exports::lots(&call).await,
    }
}

/// Who the journal will name.
fn actor_of(asked: &Asked) -> Result<Actor, FieldError> {
    let text = match asked.headers.get(NAME_HEADER) {
        Some(value) => String::from_utf8_lossy(value.as_bytes()),
        None => UNNAMED.into(),
    };
    let name = Text::parse(text.trim()).map_err(|error| FieldError::new(NAME_HEADER, error))?;
    Ok(Actor::Operator(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::request::tests::asked;
    use crate::values::Timestamp;

    #[test]
    fn an_operator_may_say_who_they_are() {
        let actor = |headers: &[(&'static str, &str)]| {
            actor_of(&asked(Timestamp::default(), ("GET", "/", "/"), headers, ""))
        };
        let named = |name| Ok(Actor::Operator(Text::parse(name).unwrap()));
        assert_eq!(actor(&[]), named("operator"));
        assert_eq!(actor(&[("x-operator-name", " Анна ")]), named("Анна"));
        let long = "x".repeat(65);
        assert_eq!(actor(&[("x-operator-name", &long)]).unwrap_err().field, NAME_HEADER);
    }
}
