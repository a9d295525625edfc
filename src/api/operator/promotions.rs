//! Promotions of a tenant: all of them with their uses, a new one, a new version of one, the end of one.

use super::Call;
use super::promotion_document::{PromotionDocument, read_promotion};
use crate::api::error::ApiError;
use crate::api::idempotency::{KeyOwner, Meaning, mark_of};
use crate::api::respond::success;
use crate::engine::{EngineError, TenantOrder, TenantWish};
use crate::ledger::{Course, Refusal, Tenant};
use crate::values::{PromotionId, TenantId, Timestamp};
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;
use std::collections::BTreeMap;

/// How often promotions were used.
type Uses = BTreeMap<PromotionId, u64>;

/// A promotion in its latest version.
#[derive(Debug, Serialize)]
struct PromotionShape<'a> {
    promotion_id: u32,
    version: u32,
    set_at: String,
    ended_at: Option<String>,
    /// Whether it runs now.
    running: bool,
    /// Receipts it was used on.
    uses: u64,
    promotion: PromotionDocument<'a>,
}

impl<'a> PromotionShape<'a> {
    fn new(id: PromotionId, course: &'a Course, uses: &Uses, at: Timestamp) -> Self {
        let latest = course.latest();
        Self {
            promotion_id: id.number(),
            version: latest.version.number(),
            set_at: latest.set_at.to_string(),
            ended_at: course.ended_at.map(|at| at.to_string()),
            running: course.running_at(at).is_some(),
            uses: uses.get(&id).copied().unwrap_or(0),
            promotion: PromotionDocument::of(&latest.terms),
        }
    }
}

pub(super) fn list(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?;
    let uses = call.house.promotion_uses(tenant.id)?;
    let courses = tenant.promotions.courses();
    let shapes: Vec<_> =
        courses.map(|(id, course)| PromotionShape::new(id, course, &uses, call.asked.at)).collect();
    Ok(success(StatusCode::OK, &shapes))
}

pub(super) async fn create(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    set(call, None, StatusCode::CREATED).await
}

pub(super) async fn change(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    set(call, Some(promotion_of(call)?), StatusCode::OK).await
}

pub(super) async fn end(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?.id;
    let promotion = promotion_of(call)?;
    let wish = TenantWish::EndPromotion { tenant, promotion };
    once(call, (tenant, Some(promotion)), wish, StatusCode::OK).await
}

async fn set(
    call: &Call<'_>,
    promotion: Option<PromotionId>,
    status: StatusCode,
) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?.id;
    let terms = Box::new(read_promotion(call.asked.json()?)?);
    once(call, (tenant, promotion), TenantWish::SetPromotion { tenant, promotion, terms }, status)
        .await
}

/// Under one Idempotency-Key the change is made once, and answered with the promotion as it is now.
async fn once(
    call: &Call<'_>,
    of: (TenantId, Option<PromotionId>),
    wish: TenantWish,
    status: StatusCode,
) -> Result<Response<Body>, ApiError> {
    let mark = mark_of(&call.asked, KeyOwner::Operator, of.0, || meaning(of.1, &wish))?;
    let order = TenantOrder { at: call.asked.at, actor: call.actor.clone(), wish };
    let (tenant, promotion) = call.house.change_promotion(order, of, mark).await?;
    shown(call, &tenant, promotion, status)
}

/// The terms by value, however they were written.
fn meaning(promotion: Option<PromotionId>, wish: &TenantWish) -> Meaning {
    let mut meaning = Meaning::default();
    meaning.optional("promotion", promotion.map(PromotionId::number));
    if let TenantWish::SetPromotion { terms, .. } = wish {
        let document = serde_json::to_string(&PromotionDocument::of(terms));
        meaning.field("terms", document.expect("a document of a promotion is JSON"));
    }
    meaning
}

/// The promotion that the path names.
fn promotion_of(call: &Call<'_>) -> Result<PromotionId, ApiError> {
    let text = call.asked.segment("promotion")?;
    let digits_only = text.bytes().all(|byte| byte.is_ascii_digit());
    let id = text.parse().ok().filter(|_| digits_only).map(PromotionId);
    Ok(id.ok_or(Refusal::PromotionNotFound)?)
}

fn shown(
    call: &Call<'_>,
    tenant: &Tenant,
    id: PromotionId,
    status: StatusCode,
) -> Result<Response<Body>, ApiError> {
    let course = tenant.promotions.course(id);
    let lost = || EngineError::Broken("a promotion that was set is not there".into());
    let course = course.ok_or_else(lost)?;
    let uses = call.house.promotion_uses(tenant.id)?;
    Ok(success(status, &PromotionShape::new(id, course, &uses, call.asked.at)))
}
