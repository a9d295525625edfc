//! `kopilka gift-card` and `kopilka coupon`: vouchers of a chain.

use crate::admin::cli::parse::{money, timestamp};
use crate::admin::cli::tenant::TenantName;
use crate::values::{Money, Timestamp};
use clap::{ArgGroup, Args, Subcommand};

const CARD_LIST_EXAMPLE: &str = "Example:\n  kopilka gift-card list --tenant 1 --status active";
const CARD_SHOW_EXAMPLE: &str =
    "Example:\n  kopilka gift-card show --tenant 1 --code 2900000000018";
const CARD_BLOCK_EXAMPLE: &str =
    "Example:\n  kopilka gift-card block --tenant 1 --code 2900000000018";
const CARD_UNBLOCK_EXAMPLE: &str =
    "Example:\n  kopilka gift-card unblock --tenant 1 --code 2900000000018";
const CARD_VOID_EXAMPLE: &str =
    "Example:\n  kopilka gift-card void --tenant 1 --code 2900000000018";
const CARD_EXPIRY_EXAMPLE: &str = "Example:\n  kopilka gift-card set-expiry --tenant 1 --code 2900000000018 --expires-at 2028-01-01T00:00:00Z";
const COUPON_LIST_EXAMPLE: &str = "Example:\n  kopilka coupon list --tenant 1";
const COUPON_SHOW_EXAMPLE: &str = "Example:\n  kopilka coupon show --tenant 1 --code SUMMER";
const COUPON_END_EXAMPLE: &str = "Example:\n  kopilka coupon end --tenant 1 --code SUMMER";
pub(super) const GIFT_CARD_EXAMPLE: &str =
    "Example:\n  kopilka gift-card issue --tenant 1 --nominal 500.00 --id order-77";
pub(super) const COUPON_EXAMPLE: &str = "Example:\n  kopilka coupon issue --tenant 1 --promotion 7 --codes SUMMER,SUMMER-2 --uses-max 100";

#[derive(Debug, Subcommand)]
pub(in crate::admin) enum GiftCard {
    /// Issue a gift card
    #[command(after_help = GIFT_CARD_EXAMPLE)]
    Issue(GiftCardIssue),
    /// List gift cards by number
    #[command(after_help = CARD_LIST_EXAMPLE)]
    List(VoucherList),
    /// Show a gift card and its history
    #[command(after_help = CARD_SHOW_EXAMPLE)]
    Show(VoucherNamed),
    /// Block a gift card: it pays nothing
    #[command(after_help = CARD_BLOCK_EXAMPLE)]
    Block(VoucherNamed),
    /// Unblock a gift card
    #[command(after_help = CARD_UNBLOCK_EXAMPLE)]
    Unblock(VoucherNamed),
    /// Give a gift card another end, or none
    #[command(after_help = CARD_EXPIRY_EXAMPLE)]
    SetExpiry(GiftCardExpiry),
    /// Make a gift card worth nothing, for good
    #[command(after_help = CARD_VOID_EXAMPLE)]
    Void(VoucherNamed),
}

#[derive(Debug, Subcommand)]
pub(in crate::admin) enum Coupon {
    /// Issue coupons of a promotion
    #[command(after_help = COUPON_EXAMPLE)]
    Issue(CouponIssue),
    /// List coupons by number
    #[command(after_help = COUPON_LIST_EXAMPLE)]
    List(VoucherList),
    /// Show a coupon and its uses
    #[command(after_help = COUPON_SHOW_EXAMPLE)]
    Show(VoucherNamed),
    /// End a coupon for good
    #[command(after_help = COUPON_END_EXAMPLE)]
    End(VoucherNamed),
}

#[derive(Debug, Args)]
pub(in crate::admin) struct VoucherNamed {
    #[command(flatten)]
    pub of: TenantName,
    /// The code, in any case
    #[arg(long, value_name = "CODE")]
    pub code: String,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct VoucherList {
    #[command(flatten)]
    pub of: TenantName,
    /// With this status alone
    #[arg(long, value_name = "STATUS")]
    pub status: Option<String>,
    /// Begin after this number
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub after: u64,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=200))]
    pub limit: u16,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct GiftCardIssue {
    #[command(flatten)]
    pub of: TenantName,
    /// What it is worth
    #[arg(long, value_name = "AMOUNT", value_parser = money)]
    pub nominal: Money,
    /// Its code; one is made unless given
    #[arg(long, value_name = "CODE")]
    pub code: Option<String>,
    /// From when it pays; from now on unless given
    #[arg(long, value_name = "TIME", value_parser = timestamp)]
    pub activates_at: Option<Timestamp>,
    /// Until when; for ever unless given
    #[arg(long, value_name = "TIME", value_parser = timestamp)]
    pub expires_at: Option<Timestamp>,
    /// The number of the customer whose it is
    #[arg(long, value_name = "N")]
    pub customer_id: Option<u32>,
    /// A key of your own: the same card asked for twice under it is issued once
    #[arg(long, value_name = "KEY")]
    pub id: Option<String>,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("end").required(true).args(["expires_at", "never"])))]
pub(in crate::admin) struct GiftCardExpiry {
    #[command(flatten)]
    pub card: VoucherNamed,
    /// The first instant at which it can no longer be spent
    #[arg(long, value_name = "TIME", value_parser = timestamp)]
    pub expires_at: Option<Timestamp>,
    /// It no longer expires
    #[arg(long)]
    pub never: bool,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("which").required(true).args(["codes", "count"])))]
pub(in crate::admin) struct CouponIssue {
    #[command(flatten)]
    pub of: TenantName,
    /// The number of the promotion whose condition asks for a coupon
    #[arg(long, value_name = "N")]
    pub promotion: u32,
    /// Codes of your own
    #[arg(long, value_name = "CODE,CODE", value_delimiter = ',')]
    pub codes: Vec<String>,
    /// So many codes are made
    #[arg(long, value_name = "N")]
    pub count: Option<u32>,
    /// How often each can be used in all
    #[arg(long, value_name = "N")]
    pub uses_max: Option<u32>,
    /// How often by one customer
    #[arg(long, value_name = "N")]
    pub per_customer: Option<u32>,
    /// From when
    #[arg(long, value_name = "TIME", value_parser = timestamp)]
    pub starts_at: Option<Timestamp>,
    /// Until when
    #[arg(long, value_name = "TIME", value_parser = timestamp)]
    pub ends_at: Option<Timestamp>,
    /// A key of your own: the same coupons asked for twice under it are issued once
    #[arg(long, value_name = "KEY")]
    pub id: Option<String>,
}
