//! What the desk asks of the ledger, and nothing more: operations after a cursor, whom they concern, and
//! where the cursor stands.

use crate::journal::Numbered;
use crate::ledger::{CourierChannel, Tenant};
use crate::values::{CustomerId, Phone, TenantId};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use thiserror::Error;

/// An answer on its way.
pub type Asked<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Why the ledger does not answer now; the desk asks again.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the ledger does not answer: {0}")]
pub struct SourceError(pub String);

/// A login code and the phone it is for. Its `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct AddressedCode {
    pub phone: Phone,
    pub code: String,
}

/// The ledger as couriers see it. Everything it tells is durable.
pub trait Sources: Send + Sync + 'static {
    /// Waits until there are tenants beside `known`, and says which.
    fn new_tenants<'a>(&'a self, known: &'a [TenantId]) -> Asked<'a, Vec<TenantId>>;

    /// A tenant, for its cursors and for the words of its messages.
    ///
    /// # Errors
    /// There is no answer now.
    fn tenant(&self, tenant: TenantId) -> Result<Arc<Tenant>, SourceError>;

    /// Up to `limit` operations of a tenant with numbers above `after`, in order, without a gap.
    fn operations_after(
        &self,
        tenant: TenantId,
        after: u64,
        limit: u64,
    ) -> Asked<'_, Result<Vec<Numbered>, SourceError>>;

    /// The last of the operations right behind `after` that are known to have nothing to tell on a channel;
    /// `after` if the next one may have.
    fn quiet_through(&self, _tenant: TenantId, _channel: CourierChannel, after: u64) -> u64 {
        after
    }

    /// Waits until a tenant may have an operation above `after`; at its leisure for those that have nothing
    /// to tell on a channel.
    fn grows(&self, tenant: TenantId, channel: CourierChannel, after: u64) -> Asked<'_, ()>;

    /// The login codes that an operation sends.
    ///
    /// # Errors
    /// There is no answer now.
    fn login_codes(&self, operation: &Numbered) -> Result<Vec<AddressedCode>, SourceError>;

    /// Whether a login code is the last one that was sent to its phone, and was not used.
    ///
    /// # Errors
    /// There is no answer now.
    fn is_current(&self, tenant: TenantId, code: &AddressedCode) -> Result<bool, SourceError>;

    /// The registration tokens of a customer's devices.
    fn devices(
        &self,
        tenant: TenantId,
        customer: CustomerId,
    ) -> Asked<'_, Result<Vec<String>, SourceError>>;

    /// Takes a registration token away that is of no use any more.
    fn forget_device(
        &self,
        tenant: TenantId,
        customer: CustomerId,
        token: String,
    ) -> Asked<'_, Result<(), SourceError>>;

    /// Journals a cursor.
    fn advance(
        &self,
        tenant: TenantId,
        channel: CourierChannel,
        through: u64,
    ) -> Asked<'_, Result<(), SourceError>>;
}

impl std::fmt::Debug for AddressedCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AddressedCode(..)")
    }
}
