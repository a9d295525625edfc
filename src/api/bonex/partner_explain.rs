//! `GET /partner/client/{identifier}/explain/{transaction_id}`: why this posting.

use super::Call;
use super::history_shapes::TransactionShape;
use super::line_figures::LineFigures;
use super::render::{Rendering, date_time};
use crate::api::amount::Amount;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::respond::success;
use crate::engine::{EngineError, Explained};
use crate::ledger::{
    AccountEvent, AccountView, AccrualStep, CommandKind, Credit, Draw, Lot, LotOrigin, OpenLots,
    Posting, Receipt, RecordedSale, Refusal, SettingsDraft, receipt_of,
};
use crate::values::{Bonus, LotId, TransactionId};
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;

const TRANSACTION: &str = "transaction_id";

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let who = call.asked.identifier()?;
    let id = read_transaction(call)?;
    let view = call.customer_named(who).await?;
    let found = call.house.explain(call.tenant.id, call.asked.at, view.id, id).await?;
    let explained = found.ok_or(Refusal::TransactionNotFound)?;
    let lost = || EngineError::Broken(format!("transaction {id} is not in its operation"));
    let posting = Posting::find(&explained.events, id).ok_or_else(lost)?;
    let shape = ExplanationShape::new(call, &view, &explained, &posting);
    Ok(success(StatusCode::OK, &shape))
}

fn read_transaction(call: &Call<'_>) -> Result<TransactionId, FieldError> {
    let text = call.asked.segment(TRANSACTION)?;
    let digits_only = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let id = text.parse().ok().filter(|_| digits_only);
    let complaint = || Complaint::NotWhole { least: 0, most: u64::MAX };
    id.map(TransactionId).ok_or_else(|| FieldError::new(TRANSACTION, complaint()))
}

#[derive(Debug, Serialize)]
struct ExplanationShape<'a> {
    transaction: TransactionShape<'a>,
    operation: OperationShape,
    /// Of a sale that this posting is part of.
    sale: Option<SaleFiguresShape>,
    /// Why an operator did it.
    reason: Option<String>,
    /// The lot that a credit made.
    made: Option<MadeLotShape>,
    /// The lots that a debit drew or that expired.
    drawn: Vec<LotPartShape>,
    /// The lots that something came back to.
    refilled: Vec<LotPartShape>,
    /// What no lot covered.
    debt_made: Amount,
    /// What paid an open debt and is in no lot.
    debt_paid: Amount,
    /// Of a merge: whose account it came from or went to.
    other_client_id: Option<u64>,
}

#[derive(Debug, Serialize)]
struct OperationShape {
    /// The tenant's own.
    number: u64,
    at: String,
    actor: &'static str,
    command: &'static str,
    settings_version: u32,
}

#[derive(Debug, Serialize)]
struct SaleFiguresShape {
    sale_id: u64,
    sale_date: String,
    late: bool,
    total_amount: Amount,
    bonus_accrued: Amount,
    bonus_redeemed: Amount,
    tier_id: u32,
    percent: Amount,
    settings_version: u32,
    rounding: &'static str,
    lines: Vec<LineFigures>,
    unlisted: Option<LineFigures>,
}

#[derive(Debug, Serialize)]
struct MadeLotShape {
    lot_id: u64,
    pool: &'static str,
    amount: Amount,
    activates_at: String,
    /// The first instant at which it can no longer be spent.
    expires_at: Option<String>,
    remaining: Amount,
}

#[derive(Debug, Serialize)]
struct LotPartShape {
    lot_id: u64,
    amount: Amount,
    /// As it is now; null where nothing is left in it.
    now: Option<OpenLotShape>,
}

#[derive(Debug, Serialize)]
struct OpenLotShape {
    pool: &'static str,
    sale_id: Option<u64>,
    remaining: Amount,
    expires_at: Option<String>,
}

impl<'a> ExplanationShape<'a> {
    fn new(
        call: &'a Call<'_>,
        view: &AccountView,
        explained: &Explained,
        posting: &Posting,
    ) -> Self {
        let rules = call.rules();
        let lots = Lots { open: &view.lots, rules };
        let part = |draw: &Draw| lots.part(draw.lot, draw.amount);
        let (mut made, mut drawn, mut refilled) = (None, Vec::new(), Vec::new());
        let (mut debt_made, mut debt_paid) = (Bonus::ZERO, Bonus::ZERO);
        let mut other = None;
        match posting {
            Posting::Credited(credit) => {
                (made, debt_paid) = (Some(lots.made(credit)), credit.debt_paid);
            }
            Posting::Drew { draws, debt } => {
                (drawn, debt_made) = (draws.iter().map(part).collect(), *debt);
            }
            Posting::Refilled { parts, debt_paid: paid } => {
                (refilled, debt_paid) = (parts.iter().map(part).collect(), *paid);
            }
            Posting::Moved { customer } => other = Some(customer.number()),
            Posting::DebtWrittenOff => {}
        }
        Self {
            transaction: Rendering::new(rules).transaction(&explained.row),
            operation: OperationShape {
                number: explained.number,
                at: date_time(explained.at, rules),
                actor: explained.actor.name(),
                command: CommandKind::of(&explained.events).name(),
                settings_version: explained.settings.number(),
            },
            sale: sale_of(call, explained),
            reason: reason_of(explained),
            made,
            drawn,
            refilled,
            debt_made: debt_made.into(),
            debt_paid: debt_paid.into(),
            other_client_id: other,
        }
    }
}

/// The sale that a posting is a part of.
fn sale_of(call: &Call<'_>, explained: &Explained) -> Option<SaleFiguresShape> {
    match receipt_of(&explained.events) {
        Some(Receipt::Sale(sale)) if explained.row.sale == Some(sale.id) => {
            Some(SaleFiguresShape::new(call, &sale))
        }
        Some(
            Receipt::Sale(_)
            | Receipt::Redemption(_)
            | Receipt::Adjustment(_)
            | Receipt::Return(_)
            | Receipt::Reserve(_)
            | Receipt::Commit(_)
            | Receipt::Release(_)
            | Receipt::Merge(_),
        )
        | None => None,
    }
}

/// What an operator gave as the reason of a correction.
fn reason_of(explained: &Explained) -> Option<String> {
    explained.events.iter().find_map(|event| {
        let (transaction, reason) =
            if let AccountEvent::AdjustmentRecorded { transaction, reason, .. } = event {
                (*transaction, reason)
            } else if let AccountEvent::MergedIn(merged) = event {
                (merged.transaction, &merged.reason)
            } else {
                return None;
            };
        (transaction == explained.row.id).then(|| reason.as_str().to_owned())
    })
}

impl SaleFiguresShape {
    fn new(call: &Call<'_>, sale: &RecordedSale) -> Self {
        let earned_under = &call.tenant.settings.at(sale.at).rules;
        Self {
            sale_id: sale.id.number(),
            sale_date: date_time(sale.at, call.rules()),
            late: sale.late,
            total_amount: sale.total.into(),
            bonus_accrued: sale.accrued.into(),
            bonus_redeemed: sale.redeemed.into(),
            tier_id: sale.tier.number(),
            percent: sale.percent.into(),
            settings_version: sale.earned_under.number(),
            rounding: rounding(earned_under.accrual_step),
            lines: LineFigures::of_lines(sale).collect(),
            unlisted: LineFigures::of_unlisted(sale),
        }
    }
}

/// How what a receipt earns becomes an accrual.
pub(super) const fn rounding(step: AccrualStep) -> &'static str {
    match step {
        AccrualStep::Cent => "half_up 0.01",
        AccrualStep::Whole => "half_up 0.01, floor 1",
    }
}

/// The open lots of a customer, and the rules that dates are shown by.
struct Lots<'a> {
    open: &'a OpenLots,
    rules: &'a SettingsDraft,
}

impl Lots<'_> {
    fn find(&self, id: LotId) -> Option<&Lot> {
        self.open.iter().find(|lot| lot.id == id)
    }

    fn made(&self, credit: &Credit) -> MadeLotShape {
        let remaining = self.find(credit.lot).map_or(Bonus::ZERO, |lot| lot.remaining);
        MadeLotShape {
            lot_id: credit.lot.number(),
            pool: credit.pool.name(),
            amount: credit.amount.into(),
            activates_at: date_time(credit.activates_at, self.rules),
            expires_at: credit.expires_at.map(|at| date_time(at, self.rules)),
            remaining: remaining.into(),
        }
    }

    fn part(&self, id: LotId, amount: Bonus) -> LotPartShape {
        let now = |lot: &Lot| OpenLotShape {
            pool: lot.pool.name(),
            sale_id: match lot.origin {
                LotOrigin::Sale(sale) => Some(sale.number()),
                LotOrigin::Registration
                | LotOrigin::Adjustment(_)
                | LotOrigin::Birthday
                | LotOrigin::Referral(_)
                | LotOrigin::Import(_) => None,
            },
            remaining: lot.remaining.into(),
            expires_at: lot.expires_at.map(|at| date_time(at, self.rules)),
        };
        LotPartShape { lot_id: id.number(), amount: amount.into(), now: self.find(id).map(now) }
    }
}
