//! Sales of the dialect: what is asked, calculated, sold, given back and told of it.

pub(super) mod back;
pub(super) mod bonus_activities;
mod business_date;
pub(super) mod calc;
mod catalog;
pub(super) mod find;
mod item;
mod order_url;
mod position;
pub(super) mod product_import;
mod request;
mod row_words;
pub(super) mod sale;
mod store_number;
mod vouchers;

#[cfg(any(test, feature = "fuzzing"))]
pub(super) use self::business_date::parse as business_time;
pub(super) use self::order_url::order_url;
pub(super) use self::store_number::store_number;
