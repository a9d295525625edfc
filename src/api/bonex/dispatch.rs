//! Which file answers which endpoint, once it is known who calls.

use super::{
    Call, Endpoint, auth_register, auth_send_otp, auth_telegram, auth_telegram_contact,
    auth_verify_otp, client_device_token, client_link_telegram, client_profile,
    client_profile_change, client_promotions, client_purchases, client_referral, client_settings,
    client_stores, client_transactions, inventory_sync, partner_auth, partner_client,
    partner_events, partner_explain, partner_purchases, partner_quote, partner_redeem,
    partner_refund, partner_reserve, partner_reserve_commit, partner_reserve_release, partner_sale,
    partner_sales_batch, partner_send_code, partner_transactions, partner_webhooks,
};
use crate::api::error::ApiError;
use crate::api::health;
use axum::body::Body;
use axum::http::Response;

/// What an endpoint says to a call.
pub(super) async fn answer(call: Call<'_>, endpoint: Endpoint) -> Result<Response<Body>, ApiError> {
    match endpoint {
        Endpoint::PartnerAuth => partner_auth::answer(&call).await,
        Endpoint::PartnerClient => partner_client::answer(&call).await,
        Endpoint::PartnerSale => partner_sale::answer(&call).await,
        Endpoint::PartnerRedeem => partner_redeem::answer(&call).await,
        Endpoint::ClientProfile => client_profile::answer(&call).await,
        Endpoint::InventorySync => inventory_sync::answer(&call).await,
        Endpoint::ClientPromotions => client_promotions::answer(&call).await,
        Endpoint::PartnerReserve => partner_reserve::answer(&call).await,
        Endpoint::PartnerReserveCommit => partner_reserve_commit::answer(&call).await,
        Endpoint::PartnerReserveRelease => partner_reserve_release::answer(&call).await,
        Endpoint::AuthSendOtp => auth_send_otp::answer(&call).await,
        Endpoint::AuthVerifyOtp => auth_verify_otp::answer(&call).await,
        Endpoint::AuthRegister => auth_register::answer(&call).await,
        Endpoint::AuthTelegram => auth_telegram::answer(&call).await,
        Endpoint::AuthTelegramContact => auth_telegram_contact::answer(&call).await,
        Endpoint::ClientLinkTelegram => client_link_telegram::answer(&call).await,
        Endpoint::ClientRegisterDevice => client_device_token::register(&call).await,
        Endpoint::ClientForgetDevice => client_device_token::forget(&call).await,
        Endpoint::ClientReferral => client_referral::answer(&call).await,
        Endpoint::Healthz => Ok(health::healthz()),
        Endpoint::Readyz => Ok(health::readyz(call.house)),
        Endpoint::ClientProfileChange => client_profile_change::answer(&call).await,
        Endpoint::ClientTransactions => client_transactions::answer(&call).await,
        Endpoint::ClientPurchases => client_purchases::answer(&call).await,
        Endpoint::ClientStores => client_stores::answer(&call).await,
        Endpoint::ClientSettings => Ok(client_settings::answer(&call)),
        Endpoint::PartnerTransactions => partner_transactions::answer(&call).await,
        Endpoint::PartnerPurchases => partner_purchases::answer(&call).await,
        Endpoint::PartnerRefund => partner_refund::answer(&call).await,
        Endpoint::PartnerEvents => partner_events::answer(&call).await,
        Endpoint::SetWebhook => partner_webhooks::set(&call).await,
        Endpoint::ListWebhooks => Ok(partner_webhooks::list(&call)),
        Endpoint::RemoveWebhook => partner_webhooks::remove(&call).await,
        Endpoint::ReplayWebhook => partner_webhooks::replay(&call).await,
        Endpoint::PartnerSalesBatch => partner_sales_batch::answer(call).await,
        Endpoint::PartnerQuote => partner_quote::answer(&call).await,
        Endpoint::PartnerExplain => partner_explain::answer(&call).await,
        Endpoint::PartnerSendCode => partner_send_code::answer(&call).await,
    }
}
