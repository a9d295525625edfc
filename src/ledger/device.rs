//! A device that a customer's app runs on, as pushes reach it.

use crate::values::Text;

/// Most devices of one customer; one more lets the oldest go.
pub const DEVICES_PER_CUSTOMER_MAX: usize = 10;

/// The token under which a push service knows an app on a device.
pub type DeviceToken = Text<512>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    Android,
    Ios,
}

/// A device of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    pub token: DeviceToken,
    pub platform: Option<Platform>,
}
