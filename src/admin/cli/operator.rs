//! `kopilka operator` and `kopilka audit`: who operates a house, and what they did.

use crate::admin::cli::Inquiry;
use crate::admin::cli::parse::{operator_name, tenant_id, timestamp};
use crate::values::{TenantId, Timestamp};
use clap::{Args, Subcommand, ValueEnum};

const ADD_EXAMPLE: &str = "Example:\n  kopilka operator add anna --role support --url http://127.0.0.1:8082 --token-file data/ledger/operator.token";
const ROTATE_EXAMPLE: &str = "Example:\n  kopilka operator rotate anna";
const REVOKE_EXAMPLE: &str = "Example:\n  kopilka operator revoke anna";
pub(super) const OPERATOR_EXAMPLE: &str = "Example:\n  kopilka operator list";
pub(super) const AUDIT_EXAMPLE: &str =
    "Example:\n  kopilka audit --tenant 1 --operator anna --from 2026-03-01T00:00:00+05:00";

#[derive(Debug, Subcommand)]
pub(in crate::admin) enum Operator {
    /// Add an operator; their token is shown once
    #[command(after_help = ADD_EXAMPLE)]
    Add(OperatorAdd),
    /// List operators, revoked ones included
    #[command(after_help = OPERATOR_EXAMPLE)]
    List(Inquiry),
    /// Make a new token, shown once; the one before is no longer good
    #[command(after_help = ROTATE_EXAMPLE)]
    Rotate(OperatorNamed),
    /// Take an operator's access away, for good
    #[command(after_help = REVOKE_EXAMPLE)]
    Revoke(OperatorNamed),
}

#[derive(Debug, Args)]
pub(in crate::admin) struct OperatorNamed {
    /// The name: a-z, 0-9, dot, dash and underscore
    #[arg(value_name = "NAME", value_parser = operator_name)]
    pub name: String,
    #[command(flatten)]
    pub inquiry: Inquiry,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct OperatorAdd {
    #[command(flatten)]
    pub operator: OperatorNamed,
    /// What they may do (docs/operators.md)
    #[arg(long, value_enum)]
    pub role: OperatorRole,
}

/// A role, as the API names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::admin) enum OperatorRole {
    /// Everything, operators and secrets included
    Owner,
    /// The daily work: customers, settings, promotions, vouchers
    Operator,
    /// Reads everything, changes nothing
    Auditor,
    /// Finds customers, blocks, sends codes, corrects small amounts
    Support,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct Audit {
    /// In this chain alone
    #[arg(long, value_name = "ID", value_parser = tenant_id)]
    pub tenant: Option<TenantId>,
    /// By operators of this name alone
    #[arg(long, value_name = "NAME")]
    pub operator: Option<String>,
    /// Of this kind alone, such as adjustment or customer_blocked
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
    /// On this customer alone: phone, bar code or club card
    #[arg(long, value_name = "IDENTIFIER", requires = "tenant")]
    pub customer: Option<String>,
    /// From this time on
    #[arg(long, value_name = "TIME", value_parser = timestamp)]
    pub from: Option<Timestamp>,
    /// Before this time
    #[arg(long, value_name = "TIME", value_parser = timestamp)]
    pub to: Option<Timestamp>,
    /// Begin behind this event
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub after: u64,
    /// At most so many entries
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=200))]
    pub limit: u16,
    #[command(flatten)]
    pub inquiry: Inquiry,
}

impl OperatorRole {
    /// The name in the API.
    pub(in crate::admin) const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Operator => "operator",
            Self::Auditor => "auditor",
            Self::Support => "support",
        }
    }
}
