//! Amounts as JSON numbers: written at the door as they are in what leaves by courier.

pub(in crate::api) use crate::courier::Amount;
