//! A tenant's stores, as they are stored.

use crate::journal::codec::{BorrowDecode, CodecError, Encode};
use crate::journal::record::fields::{optional, text};
use crate::ledger::{Store, StoreCatalog};
use crate::values::{StoreId, Text};

#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) struct StoredStore<'a> {
    id: u32,
    name: &'a str,
    address: Option<&'a str>,
    open: bool,
}

impl<'a> From<&'a Store> for StoredStore<'a> {
    fn from(store: &'a Store) -> Self {
        Self {
            id: store.id.number(),
            name: store.name.as_str(),
            address: store.address.as_ref().map(Text::as_str),
            open: store.open,
        }
    }
}

impl TryFrom<StoredStore<'_>> for Store {
    type Error = CodecError;

    fn try_from(stored: StoredStore<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            id: StoreId(stored.id),
            name: text(stored.name)?,
            address: optional(stored.address, text)?,
            open: stored.open,
        })
    }
}

/// The catalog of all stores, by id.
pub(in crate::journal) fn store_catalog(
    version: u32,
    stores: Vec<Store>,
) -> Result<StoreCatalog, CodecError> {
    StoreCatalog::restore(version, stores).ok_or(CodecError::OutOfRange("the ids of stores"))
}
