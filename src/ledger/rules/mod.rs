//! One file per bonus rule; each has its table of cases at the foot.

pub(super) mod birthday;
pub(super) mod business_time;
pub(super) mod earn;
pub(super) mod expiry;
pub(super) mod lines;
pub(super) mod maturity;
pub(super) mod notice;
pub(super) mod payment;
pub(super) mod referral;
pub(super) mod spend_cap;
pub(super) mod tier;
