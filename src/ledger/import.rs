//! What is taken over from an old system: customers with their opening balances, and sales as history.
//! Every batch is named, so that what it brought can be told from everything else, and be taken back.

use crate::ledger::account::{Account, Misfit};
use crate::ledger::command::Sell;
use crate::ledger::event::TakenBack;
use crate::ledger::former_phone::PhoneMark;
use crate::ledger::lot::LotOrigin;
use crate::ledger::person::CustomerChange;
use crate::ledger::row::{Row, RowKind};
use crate::values::{
    Bonus, CustomerId, Date, LotId, Money, Phone, ReferralCode, SaleId, Text, TierId, Timestamp,
};

/// Most rows of one batch.
pub const IMPORT_ROWS_MAX: usize = 500;
/// Most opening lots of one customer in one batch.
pub const IMPORT_LOTS_MAX: usize = 20;

/// The name that an operator gives a batch.
pub type BatchName = Text<64>;
/// The look-up key of a batch; what its lots remember of it.
pub type BatchKey = [u8; 16];
/// The look-up key of a row, in whatever batch it comes.
pub type RowKey = [u8; 16];

/// What an old system had counted of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Carried {
    pub total_spent: Money,
    pub purchases: u64,
    pub last_purchase_at: Option<Timestamp>,
}

/// A customer as an old system knew them.
#[derive(Debug, Clone)]
pub struct ImportCustomer {
    pub batch: BatchKey,
    pub row: RowKey,
    /// `None`: the customer is here already.
    pub newcomer: Option<Newcomer>,
    /// Of a customer who is here already, only what is not known yet is taken.
    pub change: Box<CustomerChange>,
    /// Stays until an operator takes it away.
    pub tier: Option<TierId>,
    pub carried: Carried,
    pub lots: Vec<OpeningLot>,
}

/// A customer whose account an import opens.
#[derive(Debug, Clone)]
pub struct Newcomer {
    pub customer: CustomerId,
    pub phone: Phone,
    /// By which it is remembered for ever that they got the phone: whoever comes from an old system is no new
    /// customer, so that there is no welcome bonus later either.
    pub mark: Option<PhoneMark>,
    pub referral_code: ReferralCode,
}

/// A part of an opening balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpeningLot {
    pub amount: Bonus,
    /// Absent: spendable at once.
    pub activates_at: Option<Timestamp>,
    pub end: LotEnd,
}

/// When an opening lot can no longer be spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LotEnd {
    /// As the tenant's settings say, counted from its activation.
    AsSettingsSay,
    Never,
    /// After this local day.
    After(Date),
}

/// A sale of an old system.
#[derive(Debug, Clone)]
pub struct ImportSale {
    pub batch: BatchKey,
    /// What it came to; it redeems nothing here.
    pub sell: Box<Sell>,
    /// The bonuses that had paid for it there.
    pub redeemed: Bonus,
    /// Whether it earns as a sale of its day would have.
    pub accrues: bool,
}

/// A batch of customers that is taken back, as far as it concerns one of them.
#[derive(Debug, Clone)]
pub struct ImportReversal {
    pub batch: BatchKey,
    pub row: RowKey,
    pub lots: Vec<ImportedLot>,
    pub carried: Carried,
}

/// A lot that a batch made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportedLot {
    pub lot: LotId,
    pub amount: Bonus,
    pub expires_at: Option<Timestamp>,
}

/// Something that an import did to an account; the credits of a batch stand beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportEvent {
    CustomerTaken {
        batch: BatchKey,
        row: RowKey,
        carried: Carried,
        at: Timestamp,
    },
    /// The sale that is recorded beside it is one of an old system.
    SaleTaken {
        batch: BatchKey,
        sale: SaleId,
        redeemed: Bonus,
    },
    /// A batch is taken back; what it had counted is not more than what is left.
    CustomerReversed {
        batch: BatchKey,
        row: RowKey,
        carried: Carried,
        /// Absent if there was nothing to take back.
        taken: Option<Box<TakenBack>>,
        at: Timestamp,
    },
}

impl ImportEvent {
    /// What of a balance went back.
    #[must_use]
    pub fn taken(&self) -> Option<&TakenBack> {
        match self {
            Self::CustomerReversed { taken, .. } => taken.as_deref(),
            Self::CustomerTaken { .. } | Self::SaleTaken { .. } => None,
        }
    }
}

impl Account {
    pub(super) fn take_import(&mut self, event: &ImportEvent) -> Result<Option<Row>, Misfit> {
        match event {
            ImportEvent::CustomerTaken { row, carried, at, .. } => {
                self.imported.push(*row);
                self.carry(carried, *at)?;
                Ok(None)
            }
            ImportEvent::SaleTaken { .. } => Ok(None),
            ImportEvent::CustomerReversed { row, carried, taken, at, .. } => {
                self.imported.retain(|known| known != row);
                self.uncarry(carried, *at)?;
                let taken = taken.as_deref();
                taken.map(|taken| self.take_back_as(RowKind::Import, taken)).transpose()
            }
        }
    }

    fn carry(&mut self, carried: &Carried, at: Timestamp) -> Result<(), Misfit> {
        let spent = self.total_spent.checked_add(carried.total_spent);
        self.total_spent = spent.ok_or(Misfit::OutOfRange)?;
        self.purchases = self.purchases.saturating_add(carried.purchases);
        self.standing.spend(carried.last_purchase_at.unwrap_or(at), carried.total_spent)?;
        self.last_visit_at = self.last_visit_at.max(carried.last_purchase_at);
        if let Some(at) = carried.last_purchase_at {
            self.turnover.purchase(at);
        }
        Ok(())
    }

    fn uncarry(&mut self, carried: &Carried, at: Timestamp) -> Result<(), Misfit> {
        let spent = self.total_spent.checked_sub(carried.total_spent);
        self.total_spent = spent.ok_or(Misfit::OutOfRange)?;
        let purchases = self.purchases.checked_sub(carried.purchases);
        self.purchases = purchases.ok_or(Misfit::OutOfRange)?;
        self.standing.unspend(carried.last_purchase_at.unwrap_or(at), carried.total_spent);
        Ok(())
    }

    /// Whether it has a lot that a batch brought.
    #[must_use]
    pub fn has_lots_of(&self, batch: BatchKey) -> bool {
        self.lots.iter().any(|lot| lot.origin == LotOrigin::Import(batch))
    }
}
