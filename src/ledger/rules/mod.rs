//! One file per bonus rule; each has its table of cases at the foot.

pub(super) mod birthday;
pub(super) mod business_time;
pub(super) mod daily;
pub(super) mod earn;
pub(super) mod expiry;
pub(super) mod fixed_bonus;
pub(super) mod funding;
pub(super) mod gift_cards;
pub(super) mod guard;
pub(super) mod item_net;
pub(super) mod limits_back;
pub(super) mod lines;
#[cfg(test)]
mod lines_tests;
pub(super) mod maturity;
pub(super) mod notice;
pub(super) mod overstock;
pub(super) mod overstock_push;
pub(super) mod payment;
pub(super) mod promotion;
#[cfg(test)]
mod promotion_tests;
pub(super) mod referral;
pub(super) mod returns;
pub(super) mod spend_cap;
pub(super) mod tier;
