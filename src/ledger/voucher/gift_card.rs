//! A gift card: money paid before, spent in sales, with an end of its own. What it was issued with is
//! what is open, spent or lost, at every step.

use crate::ledger::refusal::Refusal;
use crate::ledger::voucher::{Voucher, VoucherCode, VoucherEvent, VoucherMisfit, VoucherStep};
use crate::values::{Balance, CustomerId, Money, SaleId, Timestamp, VoucherId};

/// A gift card of a tenant. Its code is never used again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GiftCard {
    pub id: VoucherId,
    pub code: VoucherCode,
    pub nominal: Money,
    pub balance: Money,
    /// In sales, less what their returns gave back.
    pub spent: Money,
    /// Expired or voided.
    pub lost: Money,
    pub issued_at: Timestamp,
    pub activates_at: Timestamp,
    /// The first instant at which it can no longer be spent; `None`: always.
    pub expires_at: Option<Timestamp>,
    /// Whom it was issued to; anybody may spend it.
    pub owner: Option<CustomerId>,
    pub blocked: bool,
    pub void: bool,
    /// Events so far.
    pub rows: u64,
    pub last_at: Timestamp,
    /// What the issue meant, where its caller gave a key.
    pub meaning: Option<[u8; 16]>,
}

/// What of a sale a gift card pays, or gets back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GiftPart {
    pub card: VoucherCode,
    pub amount: Money,
}

/// Something that happened to a gift card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GiftCardEvent {
    Issued {
        card: VoucherId,
        code: VoucherCode,
        nominal: Money,
        activates_at: Timestamp,
        expires_at: Option<Timestamp>,
        owner: Option<CustomerId>,
        meaning: Option<[u8; 16]>,
        at: Timestamp,
    },
    Spent {
        sale: SaleId,
        customer: CustomerId,
        amount: Money,
        at: Timestamp,
    },
    /// By a return; the card lives at least until `expires_at`, whatever it was before.
    Restored {
        /// The record of the return.
        sale: SaleId,
        customer: CustomerId,
        amount: Money,
        expires_at: Option<Timestamp>,
        at: Timestamp,
    },
    Expired {
        amount: Money,
        at: Timestamp,
    },
    Blocked {
        at: Timestamp,
    },
    Unblocked {
        at: Timestamp,
    },
    ExpiryMoved {
        expires_at: Option<Timestamp>,
        at: Timestamp,
    },
    /// What was left is lost.
    Voided {
        amount: Money,
        at: Timestamp,
    },
}

/// What an operator makes of a gift card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GiftCardChange {
    Block,
    Unblock,
    /// `None`: it does not expire.
    MoveExpiry(Option<Timestamp>),
    Void,
}

/// How a gift card stands at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GiftCardStatus {
    /// Not active yet.
    Pending,
    Active,
    Blocked,
    Expired,
    Void,
}

impl GiftCardStatus {
    pub const ALL: [Self; 5] =
        [Self::Pending, Self::Active, Self::Blocked, Self::Expired, Self::Void];

    /// The name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Blocked => "blocked",
            Self::Expired => "expired",
            Self::Void => "void",
        }
    }
}

impl GiftCard {
    pub(super) fn issue(event: &GiftCardEvent) -> Result<Self, VoucherMisfit> {
        let GiftCardEvent::Issued {
            card,
            code,
            nominal,
            activates_at,
            expires_at,
            owner,
            meaning,
            at,
        } = event
        else {
            return Err(VoucherMisfit::NotIssued);
        };
        Ok(Self {
            id: *card,
            code: code.clone(),
            nominal: *nominal,
            balance: *nominal,
            spent: Money::ZERO,
            lost: Money::ZERO,
            issued_at: *at,
            activates_at: *activates_at,
            expires_at: *expires_at,
            owner: *owner,
            blocked: false,
            void: false,
            rows: 1,
            last_at: *at,
            meaning: *meaning,
        })
    }

    pub(super) fn apply(&mut self, event: &GiftCardEvent) -> Result<(), VoucherMisfit> {
        match event {
            GiftCardEvent::Issued { .. } => return Err(VoucherMisfit::IssuedTwice),
            GiftCardEvent::Spent { amount, .. } => {
                self.balance = less(self.balance, *amount)?;
                self.spent = more(self.spent, *amount)?;
            }
            GiftCardEvent::Restored { amount, expires_at, .. } => {
                self.spent = less(self.spent, *amount)?;
                self.balance = more(self.balance, *amount)?;
                self.expires_at = *expires_at;
                self.void = false;
            }
            GiftCardEvent::Expired { amount, .. } => self.lose(*amount)?,
            GiftCardEvent::Blocked { .. } => self.blocked = true,
            GiftCardEvent::Unblocked { .. } => self.blocked = false,
            GiftCardEvent::ExpiryMoved { expires_at, .. } => self.expires_at = *expires_at,
            GiftCardEvent::Voided { amount, .. } => {
                self.lose(*amount)?;
                self.void = true;
            }
        }
        self.rows = self.rows.saturating_add(1);
        self.last_at = self.last_at.max(event.at());
        self.check()
    }

    /// All that is left is lost.
    fn lose(&mut self, amount: Money) -> Result<(), VoucherMisfit> {
        if amount != self.balance {
            return Err(VoucherMisfit::Figures);
        }
        self.balance = Money::ZERO;
        self.lost = more(self.lost, amount)?;
        Ok(())
    }

    /// Nothing is minted and nothing goes astray.
    fn check(&self) -> Result<(), VoucherMisfit> {
        let parts = Money::checked_sum([self.balance, self.spent, self.lost]);
        if parts == Some(self.nominal) { Ok(()) } else { Err(VoucherMisfit::Figures) }
    }

    /// How the card stands at an instant.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> GiftCardStatus {
        if self.void {
            GiftCardStatus::Void
        } else if self.is_over(now) {
            GiftCardStatus::Expired
        } else if self.blocked {
            GiftCardStatus::Blocked
        } else if now < self.activates_at {
            GiftCardStatus::Pending
        } else {
            GiftCardStatus::Active
        }
    }

    /// What is on the card at an instant; the same before and after what expired is written off.
    #[must_use]
    pub fn balance_at(&self, now: Timestamp) -> Money {
        if self.is_over(now) { Money::ZERO } else { self.balance }
    }

    fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.expires_at.filter(|_| !self.balance.is_zero())
    }

    /// The write-off that is due by `now`, with the exact instant.
    pub(super) fn expiry(&self, now: Timestamp) -> Option<GiftCardEvent> {
        let end = self.next_due().filter(|end| *end <= now)?;
        Some(GiftCardEvent::Expired { amount: self.balance, at: end.max(self.last_at) })
    }

    /// Pays `amount` of a sale.
    pub(in crate::ledger) fn spend(
        &self,
        (sale, customer): (SaleId, CustomerId),
        amount: Money,
        now: Timestamp,
    ) -> Result<VoucherStep, Refusal> {
        let card = self.code.clone();
        match self.status(now) {
            GiftCardStatus::Active => {}
            GiftCardStatus::Pending => return Err(Refusal::GiftCardNotActive { card }),
            GiftCardStatus::Blocked => return Err(Refusal::GiftCardBlocked { card }),
            GiftCardStatus::Expired => return Err(Refusal::GiftCardExpired { card }),
            GiftCardStatus::Void => return Err(Refusal::GiftCardVoid { card }),
        }
        if amount > self.balance {
            let balance = self.balance;
            return Err(Refusal::GiftCardBalanceTooLow { card, asked: amount, balance });
        }
        let at = now.max(self.last_at);
        Ok(self.step([GiftCardEvent::Spent { sale, customer, amount, at }]))
    }

    /// Takes back what a returned sale had spent; a card that is over lives again until `grace_until`
    /// (rule 25).
    pub(in crate::ledger) fn restore(
        &self,
        (sale, customer): (SaleId, CustomerId),
        amount: Money,
        grace_until: Timestamp,
        now: Timestamp,
    ) -> VoucherStep {
        let at = now.max(self.last_at);
        let expires_at = match self.expires_at {
            Some(end) => Some(end.max(grace_until)),
            None => self.void.then_some(grace_until),
        };
        let restored = GiftCardEvent::Restored { sale, customer, amount, expires_at, at };
        let step = self.step(self.expiry(now).into_iter().chain([restored]));
        // A return that comes late may come after the end of the grace, too.
        let late = step.voucher.settle(now).events;
        step.with(late)
    }

    /// What an operator's change makes of the card; nothing, if it is so already.
    ///
    /// # Errors
    /// `GiftCardVoid`, `GiftCardExpired`, `VoucherInvalid`.
    pub fn change(&self, change: GiftCardChange, now: Timestamp) -> Result<VoucherStep, Refusal> {
        let at = now.max(self.last_at);
        let card = || self.code.clone();
        let due = self.expiry(now);
        let event = match change {
            GiftCardChange::Void if self.void => None,
            _ if self.void => return Err(Refusal::GiftCardVoid { card: card() }),
            GiftCardChange::Block => (!self.blocked).then_some(GiftCardEvent::Blocked { at }),
            GiftCardChange::Unblock => self.blocked.then_some(GiftCardEvent::Unblocked { at }),
            GiftCardChange::MoveExpiry(_) if self.is_over(now) => {
                return Err(Refusal::GiftCardExpired { card: card() });
            }
            GiftCardChange::MoveExpiry(end) => {
                if end.is_some_and(|end| end <= now || end <= self.activates_at) {
                    let reason = "must be later than now and than activates_at";
                    return Err(Refusal::VoucherInvalid { field: "expires_at", reason });
                }
                let moved = GiftCardEvent::ExpiryMoved { expires_at: end, at };
                (end != self.expires_at).then_some(moved)
            }
            GiftCardChange::Void => {
                Some(GiftCardEvent::Voided { amount: self.balance_at(now), at })
            }
        };
        Ok(self.step(due.into_iter().chain(event)))
    }

    fn step(&self, events: impl IntoIterator<Item = GiftCardEvent>) -> VoucherStep {
        let voucher = Voucher::GiftCard(self.clone());
        let step = VoucherStep { voucher, events: Vec::new() };
        step.with(events.into_iter().map(VoucherEvent::GiftCard))
    }
}

impl GiftCardEvent {
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Issued { at, .. }
            | Self::Spent { at, .. }
            | Self::Restored { at, .. }
            | Self::Expired { at, .. }
            | Self::Blocked { at }
            | Self::Unblocked { at }
            | Self::ExpiryMoved { at, .. }
            | Self::Voided { at, .. } => *at,
        }
    }

    /// The name in the API.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Issued { .. } => "issued",
            Self::Spent { .. } => "spent",
            Self::Restored { .. } => "restored",
            Self::Expired { .. } => "expired",
            Self::Blocked { .. } => "blocked",
            Self::Unblocked { .. } => "unblocked",
            Self::ExpiryMoved { .. } => "expiry_moved",
            Self::Voided { .. } => "voided",
        }
    }

    /// What it did to the balance: the rows of a card add up to what is on it.
    #[must_use]
    pub fn amount(&self) -> Balance {
        let cents = |amount: Money| i64::try_from(amount.cents()).unwrap_or(i64::MAX);
        Balance::from_cents(match self {
            Self::Issued { nominal, .. } => cents(*nominal),
            Self::Restored { amount, .. } => cents(*amount),
            Self::Spent { amount, .. }
            | Self::Expired { amount, .. }
            | Self::Voided { amount, .. } => cents(*amount).saturating_neg(),
            Self::Blocked { .. } | Self::Unblocked { .. } | Self::ExpiryMoved { .. } => 0,
        })
    }
}

fn less(from: Money, amount: Money) -> Result<Money, VoucherMisfit> {
    from.checked_sub(amount).ok_or(VoucherMisfit::Figures)
}

fn more(to: Money, amount: Money) -> Result<Money, VoucherMisfit> {
    to.checked_add(amount).ok_or(VoucherMisfit::Figures)
}
