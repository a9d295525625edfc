//! What is done to gift cards and coupons by themselves: issued, changed, read, listed, settled.

use crate::engine::admission::Place;
use crate::engine::arbiters::Arbiters;
use crate::engine::claims::{Guard, Key};
use crate::engine::core::Core;
use crate::engine::error::EngineError;
use crate::engine::lone_marks::LoneClaim;
use crate::engine::marks::Mark;
use crate::engine::order::{Page, Window};
use crate::engine::voucher_hold::Held;
use crate::journal::{
    EntityEvents, LoneMark, Operation, OperationRef, Outcome, Reply, VoucherCapture, VoucherRow,
    voucher_key,
};
use crate::ledger::{
    Actor, OperationMark, Refusal, Voucher, VoucherCode, VoucherKind, VoucherStep,
};
use crate::values::{EventNumber, SettingsVersion, TenantId, Timestamp, VoucherId, ean13_with};
use std::collections::BTreeMap;
use tokio::sync::oneshot;

/// What the bar codes of gift cards begin with.
const GIFT_CARD_PREFIX: &str = "29";
/// Length of a coupon's code, in letters and digits that are hard to mistake for one another.
const COUPON_LENGTH: usize = 12;
const COUPON_ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// How often another code is drawn where the first is taken.
const DRAWS_MAX: usize = 16;

/// Who asks for something of vouchers, and when.
#[derive(Debug, Clone)]
pub struct VoucherOrder {
    pub tenant: TenantId,
    /// From [`crate::engine::House::stamp`], taken once per request.
    pub at: Timestamp,
    pub actor: Actor,
    /// The caller's Idempotency-Key and what it means.
    pub mark: Option<OperationMark>,
}

/// A voucher with a part of its history, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoucherHistory {
    pub voucher: Voucher,
    pub rows: Page<VoucherRow>,
}

/// Vouchers that were issued; `repeated`: by an earlier request with the same Idempotency-Key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    pub vouchers: Vec<Voucher>,
    pub repeated: bool,
}

/// Steps of vouchers on their way, each with its key and the turn at it.
pub(super) struct Changes {
    pub(super) steps: Vec<(Key, VoucherStep)>,
    pub(super) turns: Vec<Guard<()>>,
    /// The key of the request.
    pub(super) claim: Option<Guard<OperationRef>>,
}

impl Core {
    fn mark_of(&self, order: &VoucherOrder) -> Option<Mark> {
        order.mark.map(|mark| self.house_key.mark(mark))
    }

    /// What a voucher that is issued now keeps of what was meant.
    pub(super) fn meaning_of(&self, order: &VoucherOrder) -> Option<[u8; 16]> {
        self.mark_of(order).map(|mark| mark.meaning.kept)
    }

    /// The turn at a code that was never issued; the vouchers of the same request, if it was seen before.
    async fn claim_code(
        &self,
        order: &VoucherOrder,
        kind: VoucherKind,
        code: &VoucherCode,
    ) -> Result<Result<(Key, Guard<()>), Voucher>, EngineError> {
        let key = voucher_key(order.tenant, kind, code);
        let Held { known, turn } = self.hold_voucher(key).await?;
        let Some(VoucherCapture { voucher, .. }) = known else { return Ok(Ok((key, turn))) };
        let meant = order.mark.map(|mark| self.house_key.meaning(mark.meaning));
        let is_same = |kept: [u8; 16]| meant.is_some_and(|meant| meant.is(&kept));
        if voucher.meaning().is_some_and(is_same) {
            return Ok(Err(voucher));
        }
        Err(Refusal::VoucherCodeTaken { code: code.clone() }.into())
    }

    /// Issues vouchers in one operation: `codes` where the caller chose them, else `count` that are made
    /// here. With an Idempotency-Key they follow from it, so the same request finds them again.
    pub(super) async fn issue(
        &self,
        order: &VoucherOrder,
        kind: VoucherKind,
        (codes, count): (Vec<VoucherCode>, usize),
        make: impl Fn(VoucherId, VoucherCode) -> Result<VoucherStep, Refusal>,
    ) -> Result<Issued, EngineError> {
        let place = self.places.take()?;
        let entry = self.tenant_entry(order.tenant)?;
        // What the same key issued before is found by its codes.
        let claim = match self.claim_lone_mark(self.mark_of(order)).await? {
            LoneClaim::Fresh(claim) => claim,
            LoneClaim::Repeated(_) => None,
        };
        let chosen = !codes.is_empty();
        let mut codes = if chosen { codes } else { self.codes(order, kind, count) };
        // In the order of the keys, as every holder of several does.
        codes.sort_by_key(|code| voucher_key(order.tenant, kind, code));
        codes.dedup();
        let mut changes = Changes { steps: Vec::new(), turns: Vec::new(), claim };
        let mut found = Vec::new();
        for code in codes {
            let claimed = match self.claim_code(order, kind, &code).await {
                Err(EngineError::Refused(Refusal::VoucherCodeTaken { .. })) if !chosen => {
                    // A key that made this code before meant something else; else it is bad luck.
                    if order.mark.is_some() {
                        return Err(Refusal::IdempotencyKeyReused.into());
                    }
                    self.claim_another(order, kind).await?
                }
                claimed => claimed?.map(|(key, turn)| (code, key, turn)),
            };
            match claimed {
                Err(voucher) => found.push(voucher),
                Ok((code, key, turn)) => {
                    changes.steps.push((key, make(entry.counters.next_voucher(), code)?));
                    changes.turns.push(turn);
                }
            }
        }
        if !found.is_empty() {
            let whole = changes.steps.is_empty();
            found.sort_by_key(Voucher::id);
            let again = || Ok(Issued { vouchers: found, repeated: true });
            return if whole { again() } else { Err(Refusal::IdempotencyKeyReused.into()) };
        }
        let mut vouchers: Vec<Voucher> =
            changes.steps.iter().map(|(_, step)| step.voucher.clone()).collect();
        vouchers.sort_by_key(Voucher::id);
        self.commit_vouchers(order, changes, place).await?;
        Ok(Issued { vouchers, repeated: false })
    }

    /// A code that was made here and is not taken.
    async fn claim_another(
        &self,
        order: &VoucherOrder,
        kind: VoucherKind,
    ) -> Result<Result<(VoucherCode, Key, Guard<()>), Voucher>, EngineError> {
        for _ in 0..DRAWS_MAX {
            let code = code_of(kind, self.entropy.bytes());
            match self.claim_code(order, kind, &code).await {
                Ok(claimed) => return Ok(claimed.map(|(key, turn)| (code, key, turn))),
                Err(EngineError::Refused(Refusal::VoucherCodeTaken { .. })) => {}
                Err(error) => return Err(error),
            }
        }
        Err(EngineError::Overloaded)
    }

    fn codes(&self, order: &VoucherOrder, kind: VoucherKind, count: usize) -> Vec<VoucherCode> {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        let code = |index: u32| {
            let bytes = match order.mark {
                Some(mark) => self.house_key.voucher_bytes(order.tenant, &mark.key, index),
                None => self.entropy.bytes(),
            };
            code_of(kind, bytes)
        };
        (0..count).map(code).collect()
    }

    /// What `decide` makes of a voucher, done once under an Idempotency-Key, and answered with the voucher
    /// as it is now.
    pub(super) async fn change_voucher(
        &self,
        order: &VoucherOrder,
        (kind, code): (VoucherKind, &VoucherCode),
        decide: impl FnOnce(&Voucher) -> Result<VoucherStep, Refusal>,
    ) -> Result<Voucher, EngineError> {
        let place = self.places.take()?;
        let claim = match self.claim_lone_mark(self.mark_of(order)).await? {
            LoneClaim::Fresh(claim) => Some(claim),
            LoneClaim::Repeated(_) => None,
        };
        let key = voucher_key(order.tenant, kind, code);
        let Held { known, turn } = self.hold_voucher(key).await?;
        let known = known.ok_or_else(|| Refusal::VoucherNotFound { code: code.clone() })?;
        let Some(claim) = claim else { return Ok(known.voucher) };
        let step = decide(&known.voucher)?;
        let voucher = step.voucher.clone();
        if !step.events.is_empty() {
            let changes = Changes { steps: vec![(key, step)], turns: vec![turn], claim };
            self.commit_vouchers(order, changes, place).await?;
        }
        Ok(voucher)
    }

    /// A voucher with a part of its history; what is due by then is settled before.
    pub(super) async fn voucher_history(
        &self,
        order: &VoucherOrder,
        (kind, code): (VoucherKind, &VoucherCode),
        window: Window,
    ) -> Result<VoucherHistory, EngineError> {
        let settle = |voucher: &Voucher| Ok(voucher.settle(order.at));
        let of_house = VoucherOrder { actor: Actor::House, mark: None, ..order.clone() };
        self.change_voucher(&of_house, (kind, code), settle).await?;
        let key = voucher_key(order.tenant, kind, code);
        let Held { known, turn: _turn } = self.hold_voucher(key).await?;
        let known = known.ok_or_else(|| Refusal::VoucherNotFound { code: code.clone() })?;
        let total = known.voucher.rows();
        let end = total.saturating_sub(window.skip);
        let limit = u64::try_from(window.limit).unwrap_or(u64::MAX);
        let begin = end.saturating_sub(limit);
        let in_memory = u64::try_from(known.rows.len()).unwrap_or(u64::MAX);
        let oldest = total.saturating_sub(in_memory);
        let missing = length(end.min(oldest).saturating_sub(begin));
        let mut rows = match missing {
            0 => Vec::new(),
            missing => {
                let read = move |sources: &crate::engine::readers::Sources| {
                    sources.tables.voucher_rows(&key, begin, missing)
                };
                self.readers.read(read).await?
            }
        };
        let from = length(begin.saturating_sub(oldest));
        let kept = known.rows.into_iter().take(length(end.saturating_sub(oldest))).skip(from);
        rows.extend(kept);
        rows.reverse();
        Ok(VoucherHistory { voucher: known.voucher, rows: Page { total, entries: rows } })
    }

    /// Up to `limit` vouchers of a tenant with numbers above `after` that are `wanted`, of the next
    /// `scan` there are; and the number to go on after, if there may be more.
    pub(super) async fn list_vouchers(
        &self,
        of_kind: (TenantId, VoucherKind),
        after: VoucherId,
        (limit, scan): (usize, usize),
        wanted: impl Fn(&Voucher) -> bool,
    ) -> Result<(Vec<Voucher>, Option<VoucherId>), EngineError> {
        let _place = self.places.take()?;
        // Before the tables are read: what leaves memory is in them by then.
        let changed = self.vouchers.after(of_kind, after);
        let newest = changed.iter().map(|known| known.as_of).max();
        if let Some(as_of) = newest {
            self.until_durable(as_of).await?;
        }
        let read = self.readers.read(move |sources| {
            sources.tables.vouchers_after(of_kind, after, scan.saturating_add(1))
        });
        let all = read.await?.into_iter().chain(changed);
        let by_id: BTreeMap<VoucherId, Voucher> =
            all.map(|known| (known.voucher.id(), known.voucher)).collect();
        let mut found = Vec::new();
        for (index, (id, voucher)) in by_id.into_iter().enumerate() {
            if found.len() >= limit || index >= scan {
                return Ok((found, Some(VoucherId(id.number().saturating_sub(1)))));
            }
            if wanted(&voucher) {
                found.push(voucher);
            }
        }
        Ok((found, None))
    }

    /// Writes off what is due on one voucher.
    pub(super) async fn settle_voucher(&self, key: Key, at: Timestamp) -> Result<(), EngineError> {
        let place = self.places.take()?;
        let Held { known, turn } = self.hold_voucher(key).await?;
        let Some(VoucherCapture { tenant, voucher, .. }) = known else { return Ok(()) };
        let step = voucher.settle(at);
        if step.events.is_empty() {
            return Ok(());
        }
        let order = VoucherOrder { tenant, at, actor: Actor::House, mark: None };
        let changes = Changes { steps: vec![(key, step)], turns: vec![turn], claim: None };
        self.commit_vouchers(&order, changes, place).await
    }

    /// Journals what happened to vouchers alone, all of it or nothing; their turns end when it is durable,
    /// whoever still waits.
    async fn commit_vouchers(
        &self,
        order: &VoucherOrder,
        changes: Changes,
        place: Place,
    ) -> Result<(), EngineError> {
        let Changes { steps, turns, claim } = changes;
        let tenant = order.tenant;
        let entity = |(key, step): &(Key, VoucherStep)| {
            EntityEvents::Voucher(*key, step.voucher.id(), step.events.clone())
        };
        let operation = Operation {
            tenant,
            at: order.at,
            actor: order.actor.clone(),
            rule_version: SettingsVersion(0),
            mark: self.mark_of(order).filter(|_| claim.is_some()).map(|mark| mark.kept()),
            entities: steps.iter().map(entity).collect(),
        };
        let marked = operation.lone_mark(EventNumber(0));
        let (told, outcome) = oneshot::channel();
        let home = Arbiters::home();
        let submitted = self.journal.submit(operation, |numbers| {
            let mut last = numbers.first.number().saturating_sub(1);
            for (key, step) in steps {
                let count = u64::try_from(step.events.len()).unwrap_or(u64::MAX);
                last = last.saturating_add(count);
                self.vouchers.enter((tenant, key), step, EventNumber(last));
            }
            let marked = marked.map(|mark| LoneMark { event: numbers.first, ..mark });
            if let Some(mark) = marked {
                self.lone_marks.enter(mark);
            }
            let finish = Box::new(move |outcome| {
                if let (Outcome::Durable(_), Some(claim), Some(mark)) = (outcome, claim, marked) {
                    claim.commit(mark.reference());
                }
                drop((turns, place));
                let _ = told.send(outcome);
            });
            Some(Reply { home, finish })
        });
        self.concluded(submitted, outcome.await)
    }
}

/// The code that random bytes stand for.
fn code_of(kind: VoucherKind, bytes: [u8; 16]) -> VoucherCode {
    let text = match kind {
        VoucherKind::GiftCard => {
            let number = u128::from_be_bytes(bytes).rem_euclid(10_000_000_000);
            ean13_with(GIFT_CARD_PREFIX, u64::try_from(number).unwrap_or_default())
        }
        VoucherKind::Coupon => {
            let letter = |byte: &u8| COUPON_ALPHABET.get(usize::from(*byte & 31)).copied();
            bytes.iter().take(COUPON_LENGTH).filter_map(letter).map(char::from).collect()
        }
    };
    VoucherCode::parse(&text).expect("letters and digits are a code")
}

fn length(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
