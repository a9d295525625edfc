//! All promotions of a tenant with all their versions: which of them ran at an instant.

use crate::ledger::promotion::{Promotion, PromotionTerms, admit};
use crate::ledger::refusal::Refusal;
use crate::values::{PromotionId, PromotionVersion, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most promotions of a tenant that are not over.
pub const PROMOTIONS_MAX: usize = 1_000;
/// Most versions of all promotions of a tenant.
pub const PROMOTION_VERSIONS_MAX: usize = 10_000;

/// The promotions of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Promotions {
    /// In order of their numbers.
    versions: Vec<Arc<Promotion>>,
    courses: BTreeMap<PromotionId, Course>,
}

/// One promotion over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// In order; never empty.
    versions: Vec<Arc<Promotion>>,
    /// When it was ended for good.
    pub ended_at: Option<Timestamp>,
}

impl Promotions {
    /// All versions of all promotions, in order.
    #[must_use]
    pub fn versions(&self) -> &[Arc<Promotion>] {
        &self.versions
    }

    /// All promotions by id.
    pub fn courses(&self) -> impl Iterator<Item = (PromotionId, &Course)> {
        self.courses.iter().map(|(id, course)| (*id, course))
    }

    #[must_use]
    pub fn course(&self, id: PromotionId) -> Option<&Course> {
        self.courses.get(&id)
    }

    /// The promotions that run at an instant, by id, each in the version in force then.
    pub fn running_at(&self, at: Timestamp) -> impl Iterator<Item = &Arc<Promotion>> {
        self.courses.values().filter_map(move |course| course.running_at(at))
    }

    /// Takes a version in; one that is known already changes nothing.
    pub fn set(&mut self, promotion: &Arc<Promotion>) {
        let latest = self.versions.last().map(|known| known.version);
        if latest.is_some_and(|latest| latest >= promotion.version) {
            return;
        }
        self.versions.push(Arc::clone(promotion));
        let course = self.courses.entry(promotion.id);
        let course = course.or_insert(Course { versions: Vec::new(), ended_at: None });
        course.versions.push(Arc::clone(promotion));
    }

    /// Ends a promotion for good; the first end counts.
    pub fn end(&mut self, id: PromotionId, at: Timestamp) {
        if let Some(course) = self.courses.get_mut(&id) {
            course.ended_at.get_or_insert(at);
        }
    }

    /// Terms as the next version: of promotion `id`, or of a new one.
    ///
    /// # Errors
    /// `PromotionInvalid`, `PromotionNotFound`, `PromotionOver`, `TooManyPromotions`.
    pub(super) fn next(
        &self,
        id: Option<PromotionId>,
        terms: PromotionTerms,
        now: Timestamp,
    ) -> Result<Promotion, Refusal> {
        let terms = admit(terms)?;
        let id = match id {
            Some(id) => {
                let course = self.course(id).ok_or(Refusal::PromotionNotFound)?;
                if course.ended_at.is_some() {
                    return Err(Refusal::PromotionOver);
                }
                id
            }
            None => self.courses.last_key_value().map_or(PromotionId(1), |(last, _)| last.plus(1)),
        };
        let others = self.courses().filter(|(other, course)| *other != id && !course.is_over(now));
        if others.count() >= PROMOTIONS_MAX || self.versions.len() >= PROMOTION_VERSIONS_MAX {
            return Err(Refusal::TooManyPromotions);
        }
        let latest = self.versions.last().map_or(PromotionVersion(0), |known| known.version);
        Ok(Promotion { id, version: latest.plus(1), set_at: now, terms })
    }
}

impl Course {
    #[must_use]
    pub fn latest(&self) -> &Arc<Promotion> {
        self.versions.last().expect("a promotion begins with a version")
    }

    /// Whether it can never run again.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.ended_at.is_some() || self.latest().terms.ends_at.is_some_and(|end| end <= now)
    }

    /// The version that runs at an instant. The first version serves earlier instants too, as far as
    /// it says itself that it had begun by then.
    #[must_use]
    pub fn running_at(&self, at: Timestamp) -> Option<&Arc<Promotion>> {
        let first = self.versions.first()?;
        let in_force = self.versions.iter().rev().find(|version| version.set_at <= at);
        let promotion = in_force.unwrap_or(first);
        let terms = &promotion.terms;
        let runs = terms.active
            && at >= terms.starts_at.unwrap_or(first.set_at)
            && terms.ends_at.is_none_or(|end| at < end)
            && self.ended_at.is_none_or(|end| at < end);
        runs.then_some(promotion)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::promotion::tests::{on_categories, times};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000).plus_seconds(seconds)
    }

    fn double() -> PromotionTerms {
        on_categories(&["dairy"], times("2"))
    }

    fn set(
        promotions: &mut Promotions,
        id: Option<u32>,
        terms: PromotionTerms,
        seconds: i64,
    ) -> Result<u32, Refusal> {
        let next = promotions.next(id.map(PromotionId), terms, at(seconds))?;
        promotions.set(&Arc::new(next.clone()));
        Ok(next.id.number())
    }

    fn running(promotions: &Promotions, seconds: i64) -> Vec<(u32, u32)> {
        let running = promotions.running_at(at(seconds));
        running.map(|it| (it.id.number(), it.version.number())).collect()
    }

    #[test]
    fn the_version_in_force_at_an_instant_runs() {
        let mut promotions = Promotions::default();
        assert_eq!(set(&mut promotions, None, double(), 0), Ok(1));
        assert_eq!(set(&mut promotions, None, double(), 5), Ok(2));
        assert_eq!(set(&mut promotions, Some(1), double(), 10), Ok(1));
        let paused = PromotionTerms { active: false, ..double() };
        assert_eq!(set(&mut promotions, Some(1), paused, 20), Ok(1));
        assert_eq!(running(&promotions, -1), []);
        assert_eq!(running(&promotions, 0), [(1, 1)]);
        assert_eq!(running(&promotions, 9), [(1, 1), (2, 2)]);
        assert_eq!(running(&promotions, 10), [(1, 3), (2, 2)]);
        assert_eq!(running(&promotions, 20), [(2, 2)]);
        promotions.end(PromotionId(2), at(30));
        promotions.end(PromotionId(2), at(40));
        assert_eq!(running(&promotions, 29), [(2, 2)]);
        assert_eq!(running(&promotions, 30), []);
        assert_eq!(set(&mut promotions, Some(2), double(), 31), Err(Refusal::PromotionOver));
        assert_eq!(set(&mut promotions, Some(9), double(), 31), Err(Refusal::PromotionNotFound));
        assert_eq!(promotions.versions().len(), 4);
    }

    #[test]
    fn a_promotion_keeps_to_its_time() {
        let mut promotions = Promotions::default();
        let spring = PromotionTerms { starts_at: Some(at(-10)), ends_at: Some(at(10)), ..double() };
        set(&mut promotions, None, spring, 0).unwrap();
        assert_eq!(running(&promotions, -11), []);
        assert_eq!(running(&promotions, -10), [(1, 1)]);
        assert_eq!(running(&promotions, 9), [(1, 1)]);
        assert_eq!(running(&promotions, 10), []);
        // A later version does not reach back before it was set.
        let longer = PromotionTerms { starts_at: Some(at(-20)), ends_at: None, ..double() };
        set(&mut promotions, Some(1), longer, 50).unwrap();
        assert_eq!(running(&promotions, -11), []);
        assert_eq!(running(&promotions, 49), []);
        assert_eq!(running(&promotions, 50), [(1, 2)]);
    }

    #[test]
    fn only_so_many_may_be_open() {
        let mut promotions = Promotions::default();
        for _ in 0..PROMOTIONS_MAX {
            set(&mut promotions, None, double(), 0).unwrap();
        }
        let refused = Err(Refusal::TooManyPromotions);
        assert_eq!(set(&mut promotions, None, double(), 1), refused);
        assert_eq!(set(&mut promotions, Some(1), double(), 1), Ok(1));
        promotions.end(PromotionId(7), at(2));
        let over = PromotionTerms { ends_at: Some(at(5)), ..double() };
        assert_eq!(set(&mut promotions, None, over, 3), Ok(1_001));
        assert_eq!(set(&mut promotions, None, double(), 4), refused);
        assert_eq!(set(&mut promotions, None, double(), 5), Ok(1_002));
    }
}
