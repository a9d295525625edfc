//! Promotions of a tenant: all of them with their uses, a new one, a new version of one, the end of one.

use super::Call;
use super::promotion_document::{PromotionDocument, read_promotion};
use super::tenants::order;
use crate::api::error::ApiError;
use crate::api::respond::success;
use crate::engine::{EngineError, TenantWish};
use crate::ledger::{Course, Refusal, Tenant};
use crate::values::{PromotionId, Timestamp};
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
    let tenant = call.tenant()?.id;
    let terms = Box::new(read_promotion(call.asked.json()?)?);
    let done = order(call, TenantWish::SetPromotion { tenant, promotion: None, terms }).await?;
    let created = done.tenant.promotions.versions().last().map(|latest| latest.id);
    shown(call, &done.tenant, created, StatusCode::CREATED)
}

pub(super) async fn change(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?.id;
    let promotion = promotion_of(call)?;
    let terms = Box::new(read_promotion(call.asked.json()?)?);
    let wish = TenantWish::SetPromotion { tenant, promotion: Some(promotion), terms };
    let done = order(call, wish).await?;
    shown(call, &done.tenant, Some(promotion), StatusCode::OK)
}

pub(super) async fn end(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?.id;
    let promotion = promotion_of(call)?;
    let done = order(call, TenantWish::EndPromotion { tenant, promotion }).await?;
    shown(call, &done.tenant, Some(promotion), StatusCode::OK)
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
    promotion: Option<PromotionId>,
    status: StatusCode,
) -> Result<Response<Body>, ApiError> {
    let found = promotion.and_then(|id| Some((id, tenant.promotions.course(id)?)));
    let (id, course) =
        found.ok_or_else(|| EngineError::Broken("a promotion that was set is not there".into()))?;
    let uses = call.house.promotion_uses(tenant.id)?;
    Ok(success(status, &PromotionShape::new(id, course, &uses, call.asked.at)))
}
