//! A tenant's stores: the whole list is replaced at once, and a store is never forgotten, so that an
//! old purchase still knows where it was made.

use crate::ledger::command::StoreName;
use crate::ledger::refusal::Refusal;
use crate::values::{StoreId, Text};
use std::collections::{BTreeMap, BTreeSet};

/// Most stores of a tenant, closed ones included.
pub const STORES_MAX: usize = 10_000;

pub type StoreAddress = Text<255>;

/// A store as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreDraft {
    /// A store that is known already; absent: the one of this name, or a new one.
    pub id: Option<StoreId>,
    pub name: StoreName,
    pub address: Option<StoreAddress>,
}

/// A store of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    pub id: StoreId,
    pub name: StoreName,
    pub address: Option<StoreAddress>,
    /// Whether it was in the last list.
    pub open: bool,
}

/// All stores that a tenant has had.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoreCatalog {
    /// Goes up with every change; 0: there never was one.
    version: u32,
    /// By id, which begin at 1 and have no gaps.
    stores: Vec<Store>,
    by_name: BTreeMap<StoreName, StoreId>,
}

impl StoreCatalog {
    /// A catalog as it was; `None` if its ids are not 1, 2, 3 and so on.
    #[must_use]
    pub fn restore(version: u32, stores: Vec<Store>) -> Option<Self> {
        let in_order = stores.iter().zip(1_u32..).all(|(store, id)| store.id == StoreId(id));
        in_order.then(|| Self::of(version, stores))
    }

    /// A name may have been another store's before that was renamed: the open one has it.
    fn of(version: u32, stores: Vec<Store>) -> Self {
        let closed_first = stores.iter().filter(|store| !store.open);
        let all = closed_first.chain(stores.iter().filter(|store| store.open));
        let by_name = all.map(|store| (store.name.clone(), store.id)).collect();
        Self { version, stores, by_name }
    }

    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// By id.
    #[must_use]
    pub fn all(&self) -> &[Store] {
        &self.stores
    }

    /// Those that customers can go to, by id.
    pub fn open(&self) -> impl Iterator<Item = &Store> {
        self.stores.iter().filter(|store| store.open)
    }

    /// The store that a till means by a name.
    #[must_use]
    pub fn named(&self, name: &StoreName) -> Option<&Store> {
        self.stores.get(index_of(*self.by_name.get(name)?)?)
    }

    /// The catalog once `drafts` is the list of open stores; `None`: that is what it says already.
    ///
    /// # Errors
    /// `StoresInvalid` naming the entry.
    pub(super) fn revised(&self, drafts: &[StoreDraft]) -> Result<Option<Self>, Refusal> {
        let mut stores: Vec<Store> =
            self.stores.iter().map(|store| Store { open: false, ..store.clone() }).collect();
        let mut by_name = self.by_name.clone();
        let mut named = BTreeSet::new();
        // Names follow from ids, so that the order of the list does not matter.
        let mut entries: Vec<(usize, &StoreDraft)> = drafts.iter().enumerate().collect();
        entries.sort_by_key(|(_, draft)| draft.id.is_none());
        for (index, draft) in entries {
            let invalid = |field: &str, reason: &str| Refusal::StoresInvalid {
                field: format!("stores[{index}].{field}"),
                reason: reason.to_owned(),
            };
            if !named.insert(&draft.name) {
                return Err(invalid("name", "occurs twice"));
            }
            let known = draft.id.or_else(|| by_name.get(&draft.name).copied());
            let store = match known {
                Some(id) => {
                    let place = index_of(id).and_then(|index| stores.get_mut(index));
                    place.ok_or_else(|| invalid("id", "is not a store of this tenant"))?
                }
                None => new_store(&mut stores, draft)
                    .ok_or_else(|| invalid("name", "is one store too many"))?,
            };
            if std::mem::replace(&mut store.open, true) {
                return Err(invalid("id", "occurs twice"));
            }
            by_name.remove(&store.name);
            by_name.insert(draft.name.clone(), store.id);
            store.name.clone_from(&draft.name);
            store.address.clone_from(&draft.address);
        }
        let changed = stores != self.stores;
        Ok(changed.then(|| Self::of(self.version.saturating_add(1), stores)))
    }
}

/// A new store, not open yet; `None`: there is no room for it.
fn new_store<'a>(stores: &'a mut Vec<Store>, draft: &StoreDraft) -> Option<&'a mut Store> {
    if stores.len() >= STORES_MAX {
        return None;
    }
    let id = StoreId(u32::try_from(stores.len()).ok()?.saturating_add(1));
    stores.push(Store { id, name: draft.name.clone(), address: None, open: false });
    stores.last_mut()
}

fn index_of(id: StoreId) -> Option<usize> {
    usize::try_from(id.number().checked_sub(1)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(text: &str) -> StoreDraft {
        let (id, text) = text.split_once('#').map_or((None, text), |(id, name)| (Some(id), name));
        let (name, address) =
            text.split_once('@').map_or((text, None), |(name, at)| (name, Some(at)));
        StoreDraft {
            id: id.map(|id| StoreId(id.parse().unwrap())),
            name: Text::parse(name).unwrap(),
            address: address.map(|address| Text::parse(address).unwrap()),
        }
    }

    fn revise(catalog: &StoreCatalog, list: &str) -> Result<Option<StoreCatalog>, Refusal> {
        catalog.revised(&list.split_whitespace().map(draft).collect::<Vec<_>>())
    }

    fn told(catalog: &StoreCatalog) -> String {
        let one = |store: &Store| {
            let address = store.address.as_ref().map_or(String::new(), |it| format!("@{it}"));
            let closed = if store.open { "" } else { " closed" };
            format!("{}#{}{address}{closed}", store.id, store.name)
        };
        let stores: Vec<_> = catalog.all().iter().map(one).collect();
        format!("v{}: {}", catalog.version(), stores.join(", "))
    }

    #[test]
    fn a_store_keeps_its_id_with_its_name_or_is_renamed_by_it() {
        let mut catalog = StoreCatalog::default();
        let mut check = |list: &str, expected: &str| {
            let next = revise(&catalog, list).unwrap();
            let said = next.as_ref().map_or_else(|| "same".to_owned(), told);
            assert_eq!(said, expected, "{list}");
            catalog = next.unwrap_or_else(|| catalog.clone());
            let restored = StoreCatalog::restore(catalog.version(), catalog.all().to_vec());
            assert_eq!(restored.as_ref(), Some(&catalog));
        };
        check("", "same");
        check("Rudaki@12 Somoni", "v1: 1#Rudaki@12, 2#Somoni");
        check("Somoni Rudaki@12", "same");
        check("Somoni", "v2: 1#Rudaki@12 closed, 2#Somoni");
        check("Somoni Rudaki", "v3: 1#Rudaki, 2#Somoni");
        check("1#Center Somoni@5", "v4: 1#Center, 2#Somoni@5");
        check("Rudaki Center Somoni@5", "v5: 1#Center, 2#Somoni@5, 3#Rudaki");
        check("1#Rudaki 3#Center 2#Somoni@5", "v6: 1#Rudaki, 2#Somoni@5, 3#Center");
        // What was another's name is a new store's, wherever it stands in the list.
        check("Rudaki 1#Old", "v7: 1#Old, 2#Somoni@5 closed, 3#Center closed, 4#Rudaki");
        check("3#Rudaki", "v8: 1#Old closed, 2#Somoni@5 closed, 3#Rudaki, 4#Rudaki closed");
        let named = |name: &str| catalog.named(&Text::parse(name).unwrap()).map(|store| store.id);
        assert_eq!((named("Rudaki"), named("Center")), (Some(StoreId(3)), None));
    }

    #[test]
    fn what_cannot_be_is_refused_by_its_place() {
        let catalog = revise(&StoreCatalog::default(), "Rudaki Somoni").unwrap().unwrap();
        let check = |list: &str, expected: &str| {
            let refusal = revise(&catalog, list).unwrap_err();
            assert_eq!(refusal.field(), Some(expected), "{list}");
            assert_eq!(refusal.code(), "stores_invalid");
        };
        check("Rudaki Rudaki", "stores[1].name");
        check("Rudaki 3#Center", "stores[1].id");
        check("0#Center", "stores[0].id");
        check("1#Rudaki 1#Center", "stores[1].id");
        check("1#Rudaki Rudaki", "stores[1].name");
    }

    #[test]
    fn closed_stores_count_as_well() {
        let list = |from: usize| {
            let drafts = (from..from + STORES_MAX).map(|number| draft(&number.to_string()));
            drafts.collect::<Vec<_>>()
        };
        let full = StoreCatalog::default().revised(&list(0)).unwrap().unwrap();
        assert_eq!(full.open().count(), STORES_MAX);
        let refusal = full.revised(&list(1)).unwrap_err();
        assert_eq!(refusal.field(), Some("stores[9999].name"));
    }

    #[test]
    fn a_catalog_with_gaps_is_none() {
        let store = |id| Store {
            id: StoreId(id),
            name: Text::parse("a").unwrap(),
            address: None,
            open: true,
        };
        assert!(StoreCatalog::restore(1, vec![store(1), store(2)]).is_some());
        assert_eq!(StoreCatalog::restore(1, vec![store(1), store(3)]), None);
        assert_eq!(StoreCatalog::restore(1, vec![store(0)]), None);
    }
}
