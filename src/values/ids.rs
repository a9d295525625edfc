//! Identifiers: small numbers that cannot be taken for one another.

use std::fmt;

macro_rules! id {
    ($name:ident, $inner:ty, $doc:literal) => {
        #[doc = $doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub $inner);

        impl $name {
            #[must_use]
            pub const fn number(self) -> $inner {
                self.0
            }

            /// The id `steps` further on.
            #[must_use]
            pub fn plus(self, steps: $inner) -> Self {
                Self(self.0.saturating_add(steps))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

id!(TenantId, u32, "A chain of shops with its own customers, settings and books.");
id!(CustomerId, u64, "The number of a customer (and so of the account) within a tenant.");
id!(SaleId, u64, "A sale record of a tenant: a purchase or a redemption.");
id!(TransactionId, u64, "A row of bonus history, per tenant.");
id!(LotId, u64, "Bonuses earned together, per tenant.");
id!(TokenId, u64, "The public part of a customer's Bearer token, per tenant.");
id!(TelegramId, u64, "A user of Telegram, by the number that Telegram gave them.");
id!(TierId, u32, "A tier of a tenant; it keeps its id as long as it keeps its name.");
id!(StoreId, u32, "A store of a tenant; it keeps its id as long as it keeps its name.");
id!(SettingsVersion, u32, "A version of a tenant's settings, from 1.");
id!(PromotionId, u32, "A promotion of a tenant, from 1.");
id!(
    PromotionVersion,
    u32,
    "A change of one of a tenant's promotions, counted over all of them, from 1."
);
id!(WebhookId, u32, "A webhook of a tenant; never used again.");
id!(VoucherId, u64, "A gift card or a coupon of a tenant, from 1.");
id!(
    EventNumber,
    u64,
    "The place of an event in the journal of a partition, from 1; 0 is before the first."
);
