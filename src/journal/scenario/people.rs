//! What shops write down about people: data, archived cards, confirmed phones.

use super::Scenario;
use crate::ledger::{Action, Change, CustomerChange, PersonChange, Relative, Sex};
use crate::values::Text;

impl Scenario {
    /// Something that a shop of the BonusPlus dialect may ask for.
    pub(super) fn person_action(&mut self) -> Action {
        match self.dice.below(6) {
            0 => Action::ConfirmPhone,
            1 => Action::Archive,
            2 => Action::ChangeCustomer(Box::new(CustomerChange {
                revives: true,
                ..CustomerChange::default()
            })),
            _ => {
                let relative = Relative {
                    name: Text::parse("Ольга").ok(),
                    birth_date: "1990-12-31".parse().ok(),
                    gender: Some(Sex::Female),
                };
                let address = Text::parse(&format!("12 Rudaki Ave, {}", self.dice.below(9)));
                let person = PersonChange {
                    address: address.map_or(Change::Keep, Change::Set),
                    relatives: Some(vec![relative]),
                    ..PersonChange::default()
                };
                Action::ChangeCustomer(Box::new(CustomerChange {
                    person,
                    ..CustomerChange::default()
                }))
            }
        }
    }
}
