//! `kopilka customer` and `kopilka adjust`: one customer of a chain.

use crate::admin::cli::Inquiry;
use crate::admin::cli::parse::{balance, card, date, tenant_id};
use crate::values::{Balance, Date, TenantId};
use clap::{ArgGroup, Args, Subcommand};

const CUSTOMER_LIST_EXAMPLE: &str =
    "Example:\n  kopilka customer list --tenant 1 --after 100 --limit 50";
const BLOCK_EXAMPLE: &str =
    "Example:\n  kopilka customer block --tenant 1 --customer +992901234567";
const UNBLOCK_EXAMPLE: &str =
    "Example:\n  kopilka customer unblock --tenant 1 --customer +992901234567";
const CARD_EXAMPLE: &str =
    "Example:\n  kopilka customer set-card --tenant 1 --customer +992901234567 --card 001-0000123";
const TIER_EXAMPLE: &str =
    "Example:\n  kopilka customer set-tier --tenant 1 --customer +992901234567 --tier Gold";
const STAFF_EXAMPLE: &str =
    "Example:\n  kopilka customer staff --tenant 1 --customer +992901234567 --yes";
const DEBIT_EXAMPLE: &str =
    "Example:\n  kopilka customer debit --tenant 1 --customer +992901234567 --denied";
const PHONE_EXAMPLE: &str = "Example:\n  kopilka customer set-phone --tenant 1 --customer +992901234567 --phone +992901234599 --reason \"Lost the SIM card\"";
const MERGE_EXAMPLE: &str = "Example:\n  kopilka customer merge --tenant 1 --customer 001-0000123 --into +992901234567 --reason \"Two cards of one person\"";
const FIND_EXAMPLE: &str = "Example:\n  kopilka customer find --tenant 1 --name Smith";
const CODE_EXAMPLE: &str =
    "Example:\n  kopilka customer send-code --tenant 1 --customer +992901234567";
const FORGET_EXAMPLE: &str = "Example:\n  kopilka customer forget --tenant 1 --customer +992901234567 --reason \"Letter of 2 March\"";
const EXPORT_EXAMPLE: &str =
    "Example:\n  kopilka customer export --tenant 1 --customer +992901234567 --out letter.txt";
pub(super) const CUSTOMER_EXAMPLE: &str =
    "Example:\n  kopilka customer show --tenant 1 --customer +992901234567";
pub(super) const ADJUST_EXAMPLE: &str = "Example:\n  kopilka adjust --tenant 1 --customer +992901234567 --amount 120.00 --reason \"Lost receipt\" --id lost-7";

#[derive(Debug, Subcommand)]
pub(in crate::admin) enum Customer {
    /// Show a customer: balances, tier, open lots
    #[command(after_help = CUSTOMER_EXAMPLE)]
    Show(CustomerName),
    /// List customers by number
    #[command(after_help = CUSTOMER_LIST_EXAMPLE)]
    List(CustomerList),
    /// Find customers by a part of their name
    #[command(after_help = FIND_EXAMPLE)]
    Find(CustomerFind),
    /// Block a customer: sales and redemptions get 403
    #[command(after_help = BLOCK_EXAMPLE)]
    Block(CustomerName),
    /// Unblock a customer
    #[command(after_help = UNBLOCK_EXAMPLE)]
    Unblock(CustomerName),
    /// Give a customer a club card, or take it away
    #[command(after_help = CARD_EXAMPLE)]
    SetCard(CustomerCard),
    /// Give a customer a tier that stays, or leave it to what they spend
    #[command(after_help = TIER_EXAMPLE)]
    SetTier(CustomerTier),
    /// Say whether a customer works for the chain: sales then earn nothing
    #[command(after_help = STAFF_EXAMPLE)]
    Staff(CustomerStaff),
    /// Say whether a customer may redeem bonuses
    #[command(after_help = DEBIT_EXAMPLE)]
    Debit(CustomerDebit),
    /// Give a customer another phone; sales by the one before still reach them for a while
    #[command(after_help = PHONE_EXAMPLE)]
    SetPhone(CustomerPhone),
    /// Merge a customer into another one, for good
    #[command(after_help = MERGE_EXAMPLE)]
    Merge(CustomerMerge),
    /// Send a customer a login code, as if they had asked for it
    #[command(after_help = CODE_EXAMPLE)]
    SendCode(CustomerName),
    /// Forget a customer, for good: bonuses are given up, and nothing that names them stays
    #[command(after_help = FORGET_EXAMPLE)]
    Forget(CustomerForget),
    /// Write all that is kept of a customer, for them to have
    #[command(after_help = EXPORT_EXAMPLE)]
    Export(CustomerExport),
}

#[derive(Debug, Args)]
pub(in crate::admin) struct CustomerName {
    /// The number of the chain
    #[arg(long, value_name = "ID", value_parser = tenant_id)]
    pub tenant: TenantId,
    /// The customer's phone, bar code or club card
    #[arg(long, value_name = "IDENTIFIER")]
    pub customer: String,
    #[command(flatten)]
    pub inquiry: Inquiry,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct CustomerList {
    /// The number of the chain
    #[arg(long, value_name = "ID", value_parser = tenant_id)]
    pub tenant: TenantId,
    /// Begin after this customer number
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub after: u64,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=200))]
    pub limit: u16,
    #[command(flatten)]
    pub inquiry: Inquiry,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct CustomerFind {
    /// A part of the name, in any case
    #[arg(long, value_name = "TEXT")]
    pub name: String,
    #[command(flatten)]
    pub list: CustomerList,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("which").required(true).args(["card", "none"])))]
pub(in crate::admin) struct CustomerCard {
    #[command(flatten)]
    pub who: CustomerName,
    /// The number on the card
    #[arg(long, value_name = "NUMBER", value_parser = card)]
    pub card: Option<String>,
    /// Take the card away
    #[arg(long)]
    pub none: bool,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("which").required(true).args(["tier", "none"])))]
pub(in crate::admin) struct CustomerTier {
    #[command(flatten)]
    pub who: CustomerName,
    /// The name of a tier of the settings
    #[arg(long, value_name = "NAME")]
    pub tier: Option<String>,
    /// Leave it to what the customer spends
    #[arg(long)]
    pub none: bool,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("which").required(true).args(["yes", "no"])))]
pub(in crate::admin) struct CustomerStaff {
    #[command(flatten)]
    pub who: CustomerName,
    /// They do
    #[arg(long)]
    pub yes: bool,
    /// They do not, or no longer
    #[arg(long)]
    pub no: bool,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("which").required(true).args(["denied", "allowed"])))]
pub(in crate::admin) struct CustomerDebit {
    #[command(flatten)]
    pub who: CustomerName,
    /// They may not
    #[arg(long)]
    pub denied: bool,
    /// They may, as everybody
    #[arg(long)]
    pub allowed: bool,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct CustomerPhone {
    #[command(flatten)]
    pub who: CustomerName,
    /// The new phone
    #[arg(long, value_name = "PHONE")]
    pub phone: String,
    /// Why; kept in the journal
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct CustomerMerge {
    /// The one who hands everything over
    #[command(flatten)]
    pub who: CustomerName,
    /// The one who stays: phone, bar code or club card
    #[arg(long, value_name = "IDENTIFIER")]
    pub into: String,
    /// Why; kept in the journal
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// A key of your own: the same merge asked for twice under it is answered twice
    #[arg(long, value_name = "KEY")]
    pub id: Option<String>,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct CustomerForget {
    #[command(flatten)]
    pub who: CustomerName,
    /// Why; kept in the journal for ever, so name nobody in it
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// A key of your own: asked for twice under it, it is answered twice
    #[arg(long, value_name = "KEY")]
    pub id: Option<String>,
    /// Do not ask whether it is meant
    #[arg(long)]
    pub yes: bool,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct CustomerExport {
    #[command(flatten)]
    pub who: CustomerName,
    /// Into this file, which must not be there yet; onto the terminal unless given
    #[arg(long, value_name = "FILE")]
    pub out: Option<std::path::PathBuf>,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct Adjust {
    #[command(flatten)]
    pub who: CustomerName,
    /// How many bonuses to give (or, negative, to take)
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true, value_parser = balance)]
    pub amount: Balance,
    /// Why; kept in the journal
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// How long the bonuses are held before they can be spent
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub hold_seconds: u32,
    /// The last day on which they can be spent; as the settings say unless given
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    pub expires: Option<Date>,
    /// A key of your own: the same adjustment sent twice under it happens once
    #[arg(long, value_name = "KEY")]
    pub id: Option<String>,
    /// Allow to take more than the customer can spend, and leave a debt
    #[arg(long)]
    pub allow_debt: bool,
}
