//! The Bonex dialect: its routes, and the order in which a request can be refused.

mod auth_register;
mod auth_send_otp;
mod auth_telegram;
mod auth_telegram_contact;
mod auth_verify_otp;
mod client_device_token;
mod client_link_telegram;
mod client_profile;
mod client_profile_change;
mod client_promotions;
mod client_purchases;
mod client_referral;
mod client_settings;
mod client_stores;
mod client_transactions;
mod confirmation;
mod customer_fields;
mod dispatch;
mod gate;
mod history_shapes;
mod inventory_sync;
mod line_figures;
mod paging;
mod partner_auth;
mod partner_client;
mod partner_events;
mod partner_explain;
mod partner_purchases;
mod partner_quote;
mod partner_redeem;
mod partner_refund;
mod partner_reserve;
mod partner_reserve_commit;
mod partner_reserve_release;
mod partner_sale;
mod partner_sales_batch;
mod partner_send_code;
mod partner_transactions;
mod partner_webhooks;
mod quick_sale;
mod refund_answer;
mod render;
mod render_history;
pub(in crate::api) mod sale_date;
mod sale_text;
mod shapes;

pub(in crate::api) use history_shapes::{PurchaseShape, TransactionShape};
pub(in crate::api) use line_figures::LineFigures;
pub(in crate::api) use partner_sale::{meaning as sale_meaning, read_lines as read_sale_lines};
pub(in crate::api) use refund_answer::{RefundShape, shape as refund_shape};
#[cfg(test)]
pub(in crate::api) use render::tests::view;
pub(in crate::api) use render::{Rendering, date_time};
pub(in crate::api) use sale_date::parse as parse_sale_date;
pub(in crate::api) use shapes::ClientShape;

use customer_fields::{phone, referral_code};

use crate::api::door::Arrival;
use crate::api::error::ApiError;
use crate::api::proven::proven;
use crate::api::request::{Asked, BATCH_BYTES_MAX, BODY_BYTES_MAX, INVENTORY_BYTES_MAX};
use crate::api::respond::failure;
use crate::api::router::{DoorState, Row, Verb};
use crate::api::{auth, health};
use crate::courier::Deliveries;
use crate::engine::{Done, EngineError, House, Identifier, Order, Wish};
use crate::ledger::{AccountView, Actor, BotToken, LookUp, Refusal, SettingsDraft, Tenant};
use crate::values::CustomerId;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use std::sync::Arc;

/// What the public router answers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Endpoint {
    PartnerAuth,
    PartnerClient,
    PartnerSale,
    PartnerRedeem,
    ClientProfile,
    ClientPromotions,
    ClientReferral,
    Healthz,
    Readyz,
    InventorySync,
    ClientProfileChange,
    ClientTransactions,
    ClientPurchases,
    ClientStores,
    ClientSettings,
    PartnerTransactions,
    PartnerPurchases,
    AuthRegister,
    AuthSendOtp,
    AuthTelegram,
    AuthTelegramContact,
    AuthVerifyOtp,
    ClientForgetDevice,
    ClientLinkTelegram,
    ClientRegisterDevice,
    ListWebhooks,
    PartnerEvents,
    PartnerRefund,
    PartnerReserve,
    PartnerReserveCommit,
    PartnerReserveRelease,
    RemoveWebhook,
    ReplayWebhook,
    SetWebhook,
    PartnerExplain,
    PartnerQuote,
    PartnerSalesBatch,
    PartnerSendCode,
}

pub(in crate::api) const ROWS: &[Row<Endpoint>] = &[
    Row::new(Verb::Post, "/api/v1/partner/auth", Endpoint::PartnerAuth),
    Row::new(Verb::Get, "/api/v1/partner/client/{identifier}", Endpoint::PartnerClient),
    Row::new(Verb::Post, "/api/v1/partner/sale", Endpoint::PartnerSale),
    Row::new(Verb::Post, "/api/v1/partner/redeem", Endpoint::PartnerRedeem),
    Row::new(Verb::Get, "/api/v1/client/profile", Endpoint::ClientProfile),
    Row::new(Verb::Post, "/api/v1/integration/inventory/sync", Endpoint::InventorySync),
    Row::new(Verb::Get, "/api/v1/client/promotions", Endpoint::ClientPromotions),
    Row::new(Verb::Get, "/api/v1/client/referral", Endpoint::ClientReferral),
    Row::new(Verb::Get, "/healthz", Endpoint::Healthz),
    Row::new(Verb::Get, "/readyz", Endpoint::Readyz),
    Row::new(Verb::Put, "/api/v1/client/profile", Endpoint::ClientProfileChange),
    Row::new(Verb::Get, "/api/v1/client/transactions", Endpoint::ClientTransactions),
    Row::new(Verb::Get, "/api/v1/client/purchases", Endpoint::ClientPurchases),
    Row::new(Verb::Get, "/api/v1/client/stores", Endpoint::ClientStores),
    Row::new(Verb::Get, "/api/v1/client/settings", Endpoint::ClientSettings),
    Row::new(
        Verb::Get,
        "/api/v1/partner/client/{identifier}/transactions",
        Endpoint::PartnerTransactions,
    ),
    Row::new(
        Verb::Get,
        "/api/v1/partner/client/{identifier}/purchases",
        Endpoint::PartnerPurchases,
    ),
    Row::new(Verb::Post, "/api/v1/partner/refund", Endpoint::PartnerRefund),
    Row::new(Verb::Get, "/api/v1/partner/events", Endpoint::PartnerEvents),
    Row::new(Verb::Post, "/api/v1/partner/webhooks", Endpoint::SetWebhook),
    Row::new(Verb::Get, "/api/v1/partner/webhooks", Endpoint::ListWebhooks),
    Row::new(Verb::Delete, "/api/v1/partner/webhooks/{id}", Endpoint::RemoveWebhook),
    Row::new(Verb::Post, "/api/v1/partner/webhooks/{id}/replay", Endpoint::ReplayWebhook),
    Row::new(Verb::Post, "/api/v1/partner/reserve", Endpoint::PartnerReserve),
    Row::new(Verb::Post, "/api/v1/partner/reserve/{id}/commit", Endpoint::PartnerReserveCommit),
    Row::new(Verb::Delete, "/api/v1/partner/reserve/{id}", Endpoint::PartnerReserveRelease),
    Row::new(Verb::Post, "/api/v1/auth/send-otp", Endpoint::AuthSendOtp),
    Row::new(Verb::Post, "/api/v1/auth/verify-otp", Endpoint::AuthVerifyOtp),
    Row::new(Verb::Post, "/api/v1/auth/register", Endpoint::AuthRegister),
    Row::new(Verb::Post, "/api/v1/auth/telegram", Endpoint::AuthTelegram),
    Row::new(Verb::Post, "/api/v1/auth/telegram-contact", Endpoint::AuthTelegramContact),
    Row::new(Verb::Post, "/api/v1/client/link-telegram", Endpoint::ClientLinkTelegram),
    Row::new(Verb::Post, "/api/v1/client/device-token", Endpoint::ClientRegisterDevice),
    Row::new(Verb::Delete, "/api/v1/client/device-token", Endpoint::ClientForgetDevice),
    Row::new(Verb::Post, "/api/v1/partner/sales/batch", Endpoint::PartnerSalesBatch),
    Row::new(Verb::Post, "/api/v1/partner/quote", Endpoint::PartnerQuote),
    Row::new(
        Verb::Get,
        "/api/v1/partner/client/{identifier}/explain/{transaction_id}",
        Endpoint::PartnerExplain,
    ),
    Row::new(
        Verb::Post,
        "/api/v1/partner/client/{identifier}/send-code",
        Endpoint::PartnerSendCode,
    ),
];

impl Endpoint {
    /// Whether only a partner may call it, by a signature.
    const fn is_signed(self) -> bool {
        match self {
            Self::PartnerAuth
            | Self::PartnerClient
            | Self::PartnerSale
            | Self::PartnerRedeem
            | Self::PartnerRefund
            | Self::PartnerTransactions
            | Self::PartnerPurchases
            | Self::PartnerEvents
            | Self::SetWebhook
            | Self::ListWebhooks
            | Self::RemoveWebhook
            | Self::ReplayWebhook
            | Self::PartnerReserve
            | Self::PartnerReserveCommit
            | Self::PartnerReserveRelease
            | Self::PartnerSalesBatch => true,
            Self::PartnerQuote | Self::PartnerExplain | Self::PartnerSendCode => true,
            Self::ClientProfile
            | Self::Healthz
            | Self::Readyz
            | Self::ClientProfileChange
            | Self::ClientTransactions
            | Self::ClientPurchases
            | Self::ClientStores
            | Self::ClientSettings
            | Self::InventorySync
            | Self::ClientPromotions
            | Self::ClientReferral
            | Self::AuthSendOtp
            | Self::AuthVerifyOtp
            | Self::AuthRegister
            | Self::AuthTelegram
            | Self::AuthTelegramContact
            | Self::ClientLinkTelegram
            | Self::ClientRegisterDevice
            | Self::ClientForgetDevice => false,
        }
    }

    /// The largest body it reads, in bytes.
    fn bytes_max(self) -> usize {
        if self == Self::InventorySync {
            INVENTORY_BYTES_MAX
        } else if self == Self::PartnerSalesBatch {
            BATCH_BYTES_MAX
        } else {
            BODY_BYTES_MAX
        }
    }
}

/// A request whose tenant is known and, where that is asked for, whose partner signed it.
struct Call<'a> {
    house: &'a House,
    deliveries: &'a Deliveries,
    tenant: Arc<Tenant>,
    asked: Asked,
}

impl Call<'_> {
    /// The rules of the tenant at the instant of the request.
    fn rules(&self) -> &SettingsDraft {
        &self.tenant.settings.at(self.asked.at).rules
    }

    /// The customer behind the Bearer token.
    async fn customer(&self) -> Result<AccountView, ApiError> {
        let (token, hash) = auth::bearer_of(&self.asked)?;
        let found = self.house.bearer(self.tenant.id, self.asked.at, token, hash).await?;
        found.ok_or(ApiError::BearerInvalid)
    }

    /// The customer that a phone, bar code or card number names.
    async fn customer_named(&self, who: String) -> Result<AccountView, ApiError> {
        let who = Identifier::Text(who);
        let look_up = LookUp::default();
        Ok(self.house.look_up(self.tenant.id, self.asked.at, who, look_up).await?)
    }

    /// The token of the tenant's Telegram bot.
    fn bot(&self) -> Result<&BotToken, Refusal> {
        self.tenant.telegram.as_ref().map(|bot| &bot.token).ok_or(Refusal::TelegramDisabled)
    }

    /// Logs a customer in through an app.
    async fn log_in(&self, who: Identifier, wish: Wish) -> Result<LoggedIn, ApiError> {
        match self.house.perform(self.order(who, wish)).await? {
            Done::LoggedIn { token, created, view } => Ok(LoggedIn { token, created, view }),
            Done::Receipt { .. } | Done::Changed(_) | Done::Quoted { .. } => {
                Err(EngineError::Broken("a login was answered with something else".into()).into())
            }
        }
    }

    /// Does what a customer who is logged in wants changed.
    async fn change(&self, customer: CustomerId, wish: Wish) -> Result<(), ApiError> {
        let order = self.order(Identifier::Customer(customer), wish);
        Ok(self.house.perform(order).await.map(drop)?)
    }

    /// What a customer asks for through an app.
    fn order(&self, who: Identifier, wish: Wish) -> Order {
        let (tenant, at) = (self.tenant.id, self.asked.at);
        Order { tenant, at, actor: Actor::Customer, mark: None, who, wish }
    }
}

/// A customer with a token that is shown once. Not `Debug`: the token is for the caller alone.
struct LoggedIn {
    token: String,
    created: bool,
    view: Box<AccountView>,
}

/// Serves one request of the public router.
pub(in crate::api) async fn serve(
    state: &DoorState,
    row: &'static Row<Endpoint>,
    arrival: Option<Arrival>,
    request: Request,
) -> Response<Body> {
    match row.endpoint {
        Endpoint::Healthz => health::healthz(),
        Endpoint::Readyz => health::readyz(&state.house),
        Endpoint::PartnerAuth
        | Endpoint::PartnerClient
        | Endpoint::PartnerSale
        | Endpoint::PartnerRedeem
        | Endpoint::ClientProfile
        | Endpoint::InventorySync
        | Endpoint::ClientProfileChange
        | Endpoint::ClientTransactions
        | Endpoint::ClientPurchases
        | Endpoint::ClientStores
        | Endpoint::ClientSettings
        | Endpoint::PartnerTransactions
        | Endpoint::PartnerPurchases
        | Endpoint::PartnerRefund
        | Endpoint::ClientPromotions
        | Endpoint::PartnerEvents
        | Endpoint::SetWebhook
        | Endpoint::ListWebhooks
        | Endpoint::RemoveWebhook
        | Endpoint::ReplayWebhook
        | Endpoint::PartnerQuote
        | Endpoint::PartnerExplain
        | Endpoint::PartnerReserve
        | Endpoint::PartnerReserveCommit
        | Endpoint::PartnerReserveRelease
        | Endpoint::PartnerSalesBatch
        | Endpoint::PartnerSendCode
        | Endpoint::AuthSendOtp
        | Endpoint::AuthVerifyOtp
        | Endpoint::AuthRegister
        | Endpoint::AuthTelegram
        | Endpoint::AuthTelegramContact
        | Endpoint::ClientLinkTelegram
        | Endpoint::ClientRegisterDevice
        | Endpoint::ClientForgetDevice
        | Endpoint::ClientReferral => {
            let client = arrival.map(|arrival| arrival.client);
            let noted = |error| state.limits.noted(&state.house, client, error);
            let answer = Box::pin(answer(state, row, arrival, request));
            proven(async { answer.await.unwrap_or_else(|error| failure(&noted(error))) }).await
        }
    }
}

/// The order of refusals: too large, tenant, suspended, signature, too often; then what the endpoint says.
async fn answer(
    state: &DoorState,
    row: &'static Row<Endpoint>,
    arrival: Option<Arrival>,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    let DoorState { house, deliveries, .. } = state;
    let at = house.stamp()?;
    let within = (at, row.endpoint.bytes_max());
    let asked = Asked::take_in_from(arrival, request, row.path, within).await?;
    let tenant = gate::tenant_of(state, &asked, row.endpoint.is_signed())?;
    let call = Call { house, deliveries, tenant, asked };
    if row.endpoint == Endpoint::PartnerSale {
        return partner_sale::answer(&call).await;
    }
    // Apart: a sale does not make room for what others keep while they wait.
    Box::pin(dispatch::answer(call, row.endpoint)).await
}
