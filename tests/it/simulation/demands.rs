//! Whatever a house answered is asked for again: it is there, once, and the answer is the same.

use super::checks::check_unknown;
use super::deed::Deed;
use super::world::{Fails, Told, World};
use serde_json::{Value, json};

impl World {
    /// Asks for something again that was answered: with its key the answer is the same, without it is known.
    pub(super) async fn demand(&mut self, which: u64) -> Fails {
        let Some(index) = usize::try_from(which).unwrap().checked_rem(self.told.len()) else {
            return Ok(());
        };
        let Told { deed, key, asked_at, status, body, .. } = &self.told[index];
        if let Some(batch) = deed.batch() {
            return self.demand_batch(deed, batch, *asked_at).await;
        }
        if matches!(deed, Deed::TakeBack { .. }) {
            return self.demand_taken_back(deed, *asked_at).await;
        }
        if !deed.moves_value() {
            return Ok(());
        }
        let again = self.ask(deed, key, *asked_at).await.unwrap();
        if self.is_of_nobody(&self.told[index]) {
            return check_unknown(deed, &again);
        }
        // A sale of the BonusPlus dialect shows its customer as of now.
        let of_plus = matches!(deed, Deed::SellPlus(_));
        let told = |body: &Value| if of_plus { body["id"].clone() } else { body.clone() };
        if (again.status, told(&again.body)) != (*status, told(body)) {
            return Err(format!("{deed:?} again: {again:?} instead of {status} {body}"));
        }
        let has_id = matches!(deed, Deed::Sell(_) | Deed::Redeem { .. } | Deed::Refund { .. });
        if has_id && index.is_multiple_of(3) {
            let duplicate = self.ask(deed, "", *asked_at).await.unwrap();
            if duplicate.status != 422 {
                return Err(format!("{deed:?} is done twice: {duplicate:?}"));
            }
        }
        if of_plus {
            let duplicate = self.ask(deed, "", *asked_at).await.unwrap();
            if (duplicate.status, told(&duplicate.body)) != (200, told(body)) {
                return Err(format!("{deed:?} is not known: {duplicate:?}"));
            }
        }
        let mut other = deed.clone();
        if let Deed::Adjust { amount, .. } = &mut other {
            *amount += 1;
            let other = self.ask(&other, key, *asked_at).await.unwrap();
            if other.status != 422 {
                return Err(format!("another meaning under {key}: {other:?}"));
            }
        }
        Ok(())
    }

    /// Whether its answer showed a customer who was forgotten since: they are unknown to everybody.
    fn is_of_nobody(&self, told: &Told) -> bool {
        let forgotten = |person| self.naive.is_forgotten(person);
        matches!(told.deed, Deed::SellPlus(_)) && told.person.is_some_and(forgotten)
    }

    /// A batch that was imported is there, and not imported again; nor if it was taken back since.
    async fn demand_batch(&self, deed: &Deed, batch: &str, asked_at: i64) -> Fails {
        let again = self.ask(deed, "", asked_at).await.unwrap();
        let is_there = again.status == 200 && again.body["data"]["repeated"] == json!(true);
        let is_gone = again.body["code"] == json!("import_batch_reversed");
        if if self.naive.batches.contains_key(batch) { is_there } else { is_gone } {
            return Ok(());
        }
        Err(format!("{deed:?} is done twice: {again:?}"))
    }

    /// What was taken back had been before.
    async fn demand_taken_back(&self, deed: &Deed, asked_at: i64) -> Fails {
        let again = self.ask(deed, "", asked_at).await.unwrap();
        let nothing = ["customers", "sales", "taken"].map(|name| &again.body["data"][name]);
        if again.status == 200 && nothing.into_iter().all(|figure| *figure == json!(0)) {
            return Ok(());
        }
        Err(format!("{deed:?} is done twice: {again:?}"))
    }

    /// All that was ever answered, once more.
    pub(super) async fn demand_all(&mut self) -> Fails {
        for which in 0..self.told.len() {
            self.demand(u64::try_from(which).unwrap()).await?;
        }
        Ok(())
    }
}
