//! Imports: all rows of a batch are claimed, held and decided before any is written, and one operation
//! carries all of them. Either the whole batch happened or nothing of it.

use crate::engine::claims::{Guard, Key, Lead};
use crate::engine::core::{AccountKey, Core};
use crate::engine::error::EngineError;
use crate::engine::external_ids::ever_by_store;
use crate::engine::house::House;
use crate::engine::import_batch::{
    CustomerRow, ImportBatch, ImportReport, ImportRows, RowProblem, SaleRow,
};
use crate::engine::import_crowd::Crowd;
use crate::engine::marks::Meaning;
use crate::engine::perform::Errand;
use crate::journal::{
    OperationRef, card_key, import_batch_key, import_reversal_key, import_row_key, imports_key,
    referral_key, sale_key,
};
use crate::ledger::{
    Action, BatchKey, CardNumber, Change, Dialect, ExternalIdScope, ImportCustomer, ImportSale,
    Newcomer, OperationMark, Refusal,
};
use crate::values::{Bonus, CustomerId, Money, Phone, SaleId, TenantId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A batch on its way, with what was found out about it so far.
pub(super) struct Import {
    pub(super) errand: Errand,
    pub(super) batch: BatchKey,
    pub(super) crowd: Crowd,
    pub(super) report: ImportReport,
}

/// What becomes of a row before it is decided.
enum Admitted {
    /// To this customer.
    For(CustomerId),
    /// Another batch brought it.
    Known,
}

impl House {
    /// Takes a batch over, or tells what would become of it.
    ///
    /// # Errors
    /// `ImportBatchReused`, `ImportBatchReversed`; as [`Self::perform`]. What is wrong with rows is in
    /// the report.
    pub async fn import(&self, batch: ImportBatch) -> Result<ImportReport, EngineError> {
        let core = self.core()?;
        Box::pin(core.import(batch)).await
    }
}

impl Core {
    async fn import(self: &Arc<Self>, batch: ImportBatch) -> Result<ImportReport, EngineError> {
        let ImportBatch { tenant, at, actor, name, meaning, dry_run, rows } = batch;
        let place = self.places.take()?;
        let entry = self.tenants.entry(tenant).ok_or(Refusal::TenantNotFound)?;
        // One batch at a time, so that no two wait for each other's customers.
        let _turn = self.turns.turn(imports_key(tenant)).await;
        let key = import_batch_key(tenant, &name);
        let mark = self.house_key.mark(OperationMark { key, meaning });
        let guard = match self.claim_operation(key).await? {
            Ok(guard) => guard,
            Err(known) => return self.imported_before((tenant, key), known, mark.meaning).await,
        };
        let errand = Errand { tenant: entry, at, actor, mark: Some(mark), place };
        let report = ImportReport::default();
        let mut import = Import { errand, batch: key, crowd: Crowd::default(), report };
        match rows {
            ImportRows::Customers(rows) => self.import_customers(&mut import, rows).await?,
            ImportRows::Sales { rows, accrues } => {
                self.import_sales(&mut import, rows, accrues).await?;
            }
        }
        import.look_back(self).await?;
        import.decide()?;
        if dry_run || !import.report.problems.is_empty() {
            return Ok(import.report);
        }
        if let Some(error) = import.crowd.cannot_keep(self, &import.errand.actor) {
            return Err(error);
        }
        self.write_import(import, guard).await
    }

    /// The same batch again: nothing is done, and that is said.
    async fn imported_before(
        &self,
        (tenant, batch): (TenantId, BatchKey),
        known: OperationRef,
        asked: Meaning,
    ) -> Result<ImportReport, EngineError> {
        let OperationRef::Marked { customer, event, meaning } = known else {
            return Err(Refusal::ImportBatchReused.into());
        };
        let reversal = import_reversal_key(tenant, batch, customer);
        if self.operation_under(reversal).await?.is_some() {
            return Err(Refusal::ImportBatchReversed.into());
        }
        if !asked.is(&meaning) {
            return Err(Refusal::ImportBatchReused.into());
        }
        Ok(ImportReport { repeated: true, event: Some(event), ..ImportReport::default() })
    }

    async fn import_customers(
        self: &Arc<Self>,
        import: &mut Import,
        rows: Vec<(usize, CustomerRow)>,
    ) -> Result<(), EngineError> {
        let mut twice = Twice::default();
        for (number, row) in rows {
            let card = match &row.change.card {
                Change::Set(card) => Some(format!("card {card}")),
                Change::Keep | Change::Clear => None,
            };
            let names = [
                ("key", Some(format!("key {}", row.key))),
                ("phone", Some(format!("phone {}", row.phone))),
                ("card", card),
            ];
            let admitted = match twice.meet(number, names) {
                Some(refusal) => Err(refusal.into()),
                None => self.admit_customer(import, row).await,
            };
            import.note(number, admitted)?;
        }
        Ok(())
    }

    async fn admit_customer(
        self: &Arc<Self>,
        import: &mut Import,
        row: CustomerRow,
    ) -> Result<Admitted, EngineError> {
        let tenant = import.errand.tenant_id();
        let unkeyed = import_row_key(tenant, &row.key);
        let row_key = self.house_key.row_key(&unkeyed);
        let Ok(row_guard) = self.claim_identifier(row_key).await? else {
            return Ok(Admitted::Known);
        };
        // Releases before kept it without a key.
        if self.customer_of(unkeyed, false).await?.is_some() {
            return Ok(Admitted::Known);
        }
        let mut identifiers = vec![(row_key, row_guard)];
        let (customer, newcomer) = match self.claim_phone(tenant, row.phone, None).await? {
            Err(holder) => (self.follow(tenant, holder).await?, None),
            Ok(claimed) => {
                identifiers.push(claimed);
                let (newcomer, code) = self.newcomer_of(import, row.phone).await?;
                identifiers.push(code);
                (newcomer.customer, Some(newcomer))
            }
        };
        if let Change::Set(card) = &row.change.card {
            identifiers.extend(self.claim_card_for(import, card, customer).await?);
        }
        let opened = newcomer.is_some();
        let CustomerRow { change, tier, carried, lots, .. } = row;
        let amounts = lots.iter().map(|lot| lot.amount);
        let balance = Bonus::checked_sum(amounts.chain([import.report.balance]));
        import.report.balance = balance.ok_or(Refusal::AmountTooLarge { field: "lots" })?;
        import.report.add_spent(carried.total_spent, "total_spent")?;
        let batch = import.batch;
        let change = Box::new(change);
        let action = ImportCustomer { batch, row: row_key, newcomer, change, tier, carried, lots };
        let action = Action::ImportCustomer(Box::new(action));
        self.join_crowd(import, customer, opened).await?;
        import.crowd.ask(customer, action, identifiers);
        if opened {
            import.report.opened += 1
        } else {
            import.report.joined += 1
        }
        Ok(Admitted::For(customer))
    }

    /// A customer about to be, with the code that others are brought by.
    async fn newcomer_of(
        &self,
        import: &mut Import,
        phone: Phone,
    ) -> Result<(Newcomer, (Key, Guard<Lead>)), EngineError> {
        let tenant = import.errand.tenant_id();
        let customer = self.next_customer(&import.errand)?;
        let marked = self.claim_next_mark(tenant, phone).await?.claimed;
        let mark = marked.as_ref().map(|(mark, _)| *mark);
        import.crowd.claims(customer).operations.extend(marked);
        let (referral_code, guard) = self.claim_referral_code(tenant).await?;
        let newcomer = Newcomer { customer, phone, mark, referral_code };
        Ok((newcomer, (referral_key(tenant, referral_code), guard)))
    }

    async fn claim_card_for(
        &self,
        import: &Import,
        card: &CardNumber,
        customer: CustomerId,
    ) -> Result<Option<(Key, Guard<Lead>)>, EngineError> {
        let tenant = import.errand.tenant_id();
        let key = card_key(tenant, card);
        match self.claim_identifier(key).await? {
            Ok(guard) => Ok(Some((key, guard))),
            Err(holder) if self.follow(tenant, holder).await? == customer => Ok(None),
            Err(_) => Err(Refusal::CardTaken.into()),
        }
    }

    async fn import_sales(
        self: &Arc<Self>,
        import: &mut Import,
        mut rows: Vec<(usize, SaleRow)>,
        accrues: bool,
    ) -> Result<(), EngineError> {
        // The tier of a sale comes from those before it.
        rows.sort_by_key(|(number, row)| (import.errand.business_instant(&row.sell), *number));
        let mut twice = Twice::default();
        for (number, row) in rows {
            let external = row.sell.external_id.as_ref().map(|id| format!("sale {id}"));
            let admitted = match twice.meet(number, [("external_sale_id", external)]) {
                Some(refusal) => Err(refusal.into()),
                None => self.admit_sale(import, row, accrues).await,
            };
            import.note(number, admitted)?;
        }
        Ok(())
    }

    async fn admit_sale(
        self: &Arc<Self>,
        import: &mut Import,
        row: SaleRow,
        accrues: bool,
    ) -> Result<Admitted, EngineError> {
        let SaleRow { phone, mut sell, redeemed } = row;
        let tenant = import.errand.tenant_id();
        let customer = self.customer_of_phone(tenant, phone).await?;
        let customer = self.follow(tenant, customer.ok_or(Refusal::CustomerNotFound)?).await?;
        let rules = &import.errand.tenant.tenant.settings.at(import.errand.at).rules;
        sell.external_scope = rules.policy.guard.external_id_scope;
        let external = sell.external_id.as_ref().ok_or(Refusal::ExternalIdRequired)?;
        let store = sell.point_of_sale.store.as_ref();
        let key = |scope: ExternalIdScope| sale_key(tenant, Dialect::Bonex, scope, store, external);
        let own = key(sell.external_scope);
        let guard = match self.claim_operation(own).await? {
            Ok(guard) => guard,
            Err(known) => return self.known_sale(import, known, customer).await,
        };
        if ever_by_store(&import.errand)
            && let Some(known) = self.operation_under(key(sell.external_scope.other())).await?
        {
            return self.known_sale(import, known, customer).await;
        }
        import.report.add_spent(sell.total_amount, "total_amount")?;
        let batch = import.batch;
        let action = Action::ImportSale(Box::new(ImportSale { batch, sell, redeemed, accrues }));
        self.join_crowd(import, customer, false).await?;
        import.crowd.claims(customer).operations.push((own, guard));
        import.crowd.ask(customer, action, Vec::new());
        import.report.sales += 1;
        Ok(Admitted::For(customer))
    }

    /// A sale that is here already is the same one if it is the same customer's.
    async fn known_sale(
        &self,
        import: &Import,
        known: OperationRef,
        customer: CustomerId,
    ) -> Result<Admitted, EngineError> {
        if let Some(owner) = known.customer()
            && self.follow(import.errand.tenant_id(), owner).await? == customer
        {
            return Ok(Admitted::Known);
        }
        let sale = if let OperationRef::Sale { sale, .. } = known { sale } else { SaleId(0) };
        Err(Refusal::DuplicateSale { sale }.into())
    }

    /// Holds a customer who is here already, once for all rows of the batch.
    async fn join_crowd(
        self: &Arc<Self>,
        import: &mut Import,
        customer: CustomerId,
        opens: bool,
    ) -> Result<(), EngineError> {
        let key = AccountKey { tenant: import.errand.tenant_id(), customer };
        if opens {
            import.crowd.open(key);
        } else if !import.crowd.has(customer) {
            import.crowd.hold(self, key, import.errand.at).await?;
        }
        Ok(())
    }
}

impl Import {
    /// What is the row's own fault is told; all else ends the import.
    fn note(
        &mut self,
        row: usize,
        admitted: Result<Admitted, EngineError>,
    ) -> Result<(), EngineError> {
        match admitted {
            Ok(Admitted::For(customer)) => self.crowd.number(customer, row),
            Ok(Admitted::Known) => self.report.known.push(row),
            Err(EngineError::Refused(refusal)) => {
                self.report.problems.push(RowProblem { row, refusal });
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

impl ImportReport {
    fn add_spent(&mut self, amount: Money, field: &'static str) -> Result<(), Refusal> {
        let spent = self.spent.checked_add(amount);
        self.spent = spent.ok_or(Refusal::AmountTooLarge { field })?;
        Ok(())
    }
}

/// What rows of a batch name; two rows that name the same cannot both be right.
#[derive(Default)]
struct Twice(BTreeMap<String, usize>);

impl Twice {
    fn meet<const N: usize>(
        &mut self,
        row: usize,
        names: [(&'static str, Option<String>); N],
    ) -> Option<Refusal> {
        let mut refusal = None;
        for (field, name) in names {
            let Some(name) = name else { continue };
            match self.0.get(&name) {
                Some(first) => {
                    let first = *first;
                    refusal.get_or_insert(Refusal::ImportRowTwice { field, row: first });
                }
                None => drop(self.0.insert(name, row)),
            }
        }
        refusal
    }
}
