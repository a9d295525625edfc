//! One line of a batch: read as the single call reads it, done as the single call does it, told in the
//! envelope of the single call.

use super::plan::{Deed, Place, Task};
use super::{Batch, number_of, sale_line};
use crate::api::bonex::render::Rendering;
use crate::api::bonex::{partner_refund, partner_sale, quick_sale, refund_answer};
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::{ApiError, RETRY_AFTER_SECONDS};
use crate::api::idempotency::{KeyOwner, Meaning, mark_of};
use crate::api::request::{BODY_BYTES_MAX, json_text};
use crate::api::respond::{failure_line, success_line};
use crate::api::scan;
use crate::engine::{Done, EngineError, Order, proof_of_this};
use crate::ledger::{
    BusinessTime, ExternalId, OperationMark, Portion, Refund, Sell, business_instant,
};
use crate::values::Phone;
use axum::http::StatusCode;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How often a line is tried while the house cannot serve.
const TRIES_MAX: usize = 6;

/// How much a line takes of itself, in receipt lines.
const OWN_SIZE: usize = 4;

/// The ids that a line must carry; whoever has the second one is a return.
const SALE_ID: &str = "external_sale_id";
const REFUND_ID: &str = "external_refund_id";

/// A line that was read.
pub(super) struct Line {
    phone: Phone,
    /// What makes a repetition harmless, so it must be there.
    external_id: ExternalId,
    said_at: Option<BusinessTime>,
    wish: LineWish,
}

/// What a line asks for.
enum LineWish {
    Sell(Box<Sell>),
    Refund(Box<Refund>),
}

impl Line {
    pub(super) fn read(batch: &Batch, index: usize) -> Result<Self, ApiError> {
        let bytes = batch.text_of(index);
        if bytes.len() > BODY_BYTES_MAX {
            return Err(ApiError::BodyTooLarge);
        }
        let (json, country) = (json_text(bytes)?, batch.rules().default_country);
        // Whatever names a return is no sale to this reader.
        if let Some(sale) = quick_sale::read(json, country) {
            return Ok(Self::of_sale(sale)?);
        }
        let line = if scan::mentions(json, REFUND_ID) {
            Self::of_refund(partner_refund::read(json, country)?)
        } else {
            Self::of_sale(partner_sale::read_closely(json, country)?)
        };
        Ok(line?)
    }

    fn of_sale((phone, sell): (Phone, Sell)) -> Result<Self, FieldError> {
        let external_id = required(SALE_ID, sell.external_id.as_ref())?;
        let said_at = sell.sale_date;
        Ok(Self { phone, external_id, said_at, wish: LineWish::Sell(Box::new(sell)) })
    }

    fn of_refund((phone, refund): (Phone, Refund)) -> Result<Self, FieldError> {
        let external_id = required(REFUND_ID, refund.external_id.as_ref())?;
        let said_at = refund.refund_date;
        Ok(Self { phone, external_id, said_at, wish: LineWish::Refund(Box::new(refund)) })
    }

    pub(super) fn place(&self, batch: &Batch, index: usize) -> Place {
        Place {
            phone: self.phone,
            at: business_instant(self.said_at, batch.rules(), batch.asked.at),
            deed: self.deed(),
            external_id: self.external_id.clone(),
            index,
        }
    }

    /// How much it takes to keep it, in receipt lines: itself, and those it has.
    pub(super) fn size(&self) -> usize {
        let lines = match &self.wish {
            LineWish::Sell(sell) => sell.lines.len(),
            LineWish::Refund(refund) => match &refund.portion {
                Portion::Lines(lines) => lines.len(),
                Portion::Whole | Portion::Amount(_) => 0,
            },
        };
        lines.saturating_add(OWN_SIZE)
    }

    fn deed(&self) -> Deed {
        match self.wish {
            LineWish::Sell(_) => Deed::Sale,
            LineWish::Refund(_) => Deed::Return,
        }
    }

    fn meaning(&self) -> Meaning {
        match &self.wish {
            LineWish::Sell(sell) => partner_sale::meaning(self.phone, sell),
            LineWish::Refund(refund) => partner_refund::meaning(self.phone, refund),
        }
    }

    fn order(self, batch: &Batch, mark: Option<OperationMark>) -> Order {
        let (tenant, at) = (batch.tenant.id, batch.asked.at);
        match self.wish {
            LineWish::Sell(sell) => partner_sale::order(tenant, at, (self.phone, *sell), mark),
            LineWish::Refund(refund) => {
                partner_refund::order(tenant, at, (self.phone, *refund), mark)
            }
        }
    }
}

fn required(name: &str, id: Option<&ExternalId>) -> Result<ExternalId, FieldError> {
    id.cloned().ok_or_else(|| FieldError::new(name, Complaint::Required))
}

impl Batch {
    /// Does a line; its result as it is written.
    pub(super) async fn result_of(&self, task: Task) -> Vec<u8> {
        let index = task.index;
        let done = self.done(task).await;
        done.unwrap_or_else(|error| Self::refusal_of(index, &error))
    }

    pub(super) fn refusal_of(index: usize, error: &ApiError) -> Vec<u8> {
        failure_line(number_of(index), error)
    }

    async fn done(&self, Task { index, read }: Task) -> Result<Vec<u8>, ApiError> {
        let line = read.map_or_else(|| Line::read(self, index), Ok)?;
        let owner = KeyOwner::BatchLine(u32::try_from(index).expect("lines are few"));
        let mark = mark_of(&self.asked, owner, self.tenant.id, || line.meaning())?;
        let deed = line.deed();
        let done = self.perform(line, index, mark).await;
        let proof = proof_of_this();
        let (done, proof) = (done?, proof.as_ref());
        let rendering = Rendering::new(self.rules());
        match deed {
            Deed::Sale => {
                let (customer, sale) = partner_sale::recorded(done)?;
                Ok(sale_line::written(number_of(index), proof, &rendering.sale(customer, &sale)))
            }
            Deed::Return => {
                let returned = partner_refund::recorded(done)?;
                let shape = refund_answer::shape(&returned, self.rules());
                Ok(success_line(number_of(index), StatusCode::CREATED, proof, &shape))
            }
        }
    }

    /// Asks the house, and asks again while it cannot serve. A try whose outcome is not known may have
    /// been written all the same; then the next one finds that out. A line is hardly ever tried twice: then
    /// it is read again, so that nothing of it is copied for that.
    async fn perform(
        &self,
        mut line: Line,
        index: usize,
        mark: Option<OperationMark>,
    ) -> Result<Done, ApiError> {
        let pause = Duration::from_secs(u64::from(RETRY_AFTER_SECONDS));
        for _ in 1..TRIES_MAX {
            let done = self.house.perform(line.order(self, mark)).await;
            if !waiting_helps(&done) || self.waited_in_vain.load(Ordering::Relaxed) {
                return Ok(done?);
            }
            tokio::time::sleep(pause).await;
            line = Line::read(self, index)?;
        }
        let last = self.house.perform(line.order(self, mark)).await;
        if waiting_helps(&last) {
            self.waited_in_vain.store(true, Ordering::Relaxed);
        }
        Ok(last?)
    }
}

fn waiting_helps(done: &Result<Done, EngineError>) -> bool {
    match done {
        Err(EngineError::Overloaded | EngineError::Unavailable(_)) => true,
        Ok(_)
        | Err(EngineError::Refused(_) | EngineError::ClockSteppedBack | EngineError::Broken(_)) => {
            false
        }
    }
}
