//! Who operates a house: names, roles, tokens, and every change of them. What each role may do is said
//! where requests come in.

use crate::ledger::command::TokenHash;
use crate::values::{Text, Timestamp};
use std::collections::BTreeMap;
use std::fmt;
use thiserror::Error;

/// Most operators of a house, revoked ones included: their names stay in the trail.
pub const OPERATORS_MAX: usize = 1_000;
/// Longest name of an operator who has a token of their own.
const NAME_LENGTH_MAX: usize = 32;

/// How the journal names who operated.
pub type ActingName = Text<64>;
/// The number that a request goes by in logs and answers.
pub type RequestId = Text<64>;

/// What an operator is trusted with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Everything, operators and secrets included.
    Owner,
    /// The daily work: customers, settings, promotions, vouchers.
    Operator,
    /// Reads everything, changes nothing.
    Auditor,
    /// Helps customers: finds, blocks, sends codes, corrects small amounts.
    Support,
}

/// An operator as the journal names one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    pub name: ActingName,
    /// `None`: recorded before operators had roles.
    pub acting: Option<ActingAs>,
}

/// How an operator came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActingAs {
    pub role: Role,
    /// Whether by a token of their own, which vouches for the name; else by the token of the house, and
    /// the name is what they said.
    pub own_token: bool,
    pub request: Option<RequestId>,
}

/// The name of an operator who has a token: lower-case letters, digits, `.`, `_` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OperatorName(Text<64>);

/// An operator with a token, as the changes made one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownOperator {
    pub role: Role,
    pub token: TokenHash,
    pub added_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
}

/// What is done about an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperatorChange {
    Added { role: Role, token: TokenHash },
    Rotated { token: TokenHash },
    Revoked,
}

/// A change, with who made it and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorEvent {
    pub name: OperatorName,
    pub change: OperatorChange,
    pub at: Timestamp,
    pub by: ActingName,
}

/// All operators who have or had a token, and how that came about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Operators {
    known: BTreeMap<OperatorName, KnownOperator>,
    tokens: BTreeMap<TokenHash, OperatorName>,
    history: Vec<OperatorEvent>,
}

/// Why a change of an operator is not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OperatorRefusal {
    #[error("There is no operator of this name.")]
    NotFound,
    /// Also one who was revoked keeps it: the trail must stay clear.
    #[error("There is, or was, an operator of this name already.")]
    NameTaken,
    #[error("This operator is revoked; add another one instead.")]
    Revoked,
    #[error("The house has {OPERATORS_MAX} operators, revoked ones included: that is the most.")]
    TooMany,
}

impl OperatorRefusal {
    /// The stable code of the error envelope.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotFound => "operator_not_found",
            Self::NameTaken => "operator_name_taken",
            Self::Revoked => "operator_revoked",
            Self::TooMany => "too_many_operators",
        }
    }
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Owner, Self::Operator, Self::Auditor, Self::Support];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Operator => "operator",
            Self::Auditor => "auditor",
            Self::Support => "support",
        }
    }

    /// The role with a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Operator {
    /// Somebody of whom no more is known than what they called themselves.
    #[must_use]
    pub const fn unsigned(name: ActingName) -> Self {
        Self { name, acting: None }
    }
}

impl OperatorName {
    /// `None`: not a name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
        let fits = text.len() <= NAME_LENGTH_MAX
            && text.bytes().all(plain)
            && text.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric());
        Text::parse(text).ok().filter(|_| fits).map(Self)
    }

    /// As the journal writes it.
    #[must_use]
    pub fn acting(&self) -> ActingName {
        self.0.clone()
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for OperatorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Operators {
    /// Whether a change may be made; `Ok(false)`: it is made already.
    ///
    /// # Errors
    /// Why it may not.
    pub fn decide(
        &self,
        name: &OperatorName,
        change: &OperatorChange,
    ) -> Result<bool, OperatorRefusal> {
        let known = self.known.get(name);
        match (change, known) {
            (OperatorChange::Added { .. }, Some(_)) => Err(OperatorRefusal::NameTaken),
            (OperatorChange::Added { .. }, None) if self.known.len() >= OPERATORS_MAX => {
                Err(OperatorRefusal::TooMany)
            }
            (OperatorChange::Added { .. }, None) => Ok(true),
            (OperatorChange::Rotated { .. } | OperatorChange::Revoked, None) => {
                Err(OperatorRefusal::NotFound)
            }
            (OperatorChange::Rotated { .. }, Some(known)) if known.revoked_at.is_some() => {
                Err(OperatorRefusal::Revoked)
            }
            (OperatorChange::Rotated { .. }, Some(_)) => Ok(true),
            (OperatorChange::Revoked, Some(known)) => Ok(known.revoked_at.is_none()),
        }
    }

    /// Takes a change in.
    pub fn apply(&mut self, event: OperatorEvent) {
        let OperatorEvent { name, change, at, .. } = &event;
        match change {
            OperatorChange::Added { role, token } => {
                let (role, token) = (*role, *token);
                let known = KnownOperator { role, token, added_at: *at, revoked_at: None };
                self.known.insert(name.clone(), known);
                self.tokens.insert(token, name.clone());
            }
            OperatorChange::Rotated { token } => {
                if let Some(known) = self.known.get_mut(name) {
                    self.tokens.remove(&known.token);
                    self.tokens.insert(*token, name.clone());
                    known.token = *token;
                }
            }
            OperatorChange::Revoked => {
                if let Some(known) = self.known.get_mut(name) {
                    self.tokens.remove(&known.token);
                    known.revoked_at = Some(*at);
                }
            }
        }
        self.history.push(event);
    }

    /// Whose token this is, unless it was revoked. Hashes are compared, so that time tells nothing about
    /// the token.
    #[must_use]
    pub fn by_token(&self, hash: &TokenHash) -> Option<(&OperatorName, Role)> {
        let name = self.tokens.get(hash)?;
        self.known.get(name).map(|known| (name, known.role))
    }

    /// All of them, by name.
    pub fn all(&self) -> impl Iterator<Item = (&OperatorName, &KnownOperator)> {
        self.known.iter()
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, name: &OperatorName) -> Option<&KnownOperator> {
        self.known.get(name)
    }

    /// Every change, oldest first.
    #[must_use]
    pub fn history(&self) -> &[OperatorEvent] {
        &self.history
    }
}

impl OperatorChange {
    /// What was done, in a word.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Added { .. } => "added",
            Self::Rotated { .. } => "rotated",
            Self::Revoked => "revoked",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> OperatorName {
        OperatorName::parse(text).unwrap()
    }

    fn token(byte: u8) -> TokenHash {
        [byte; 32]
    }

    #[test]
    fn a_name_fits_a_line_and_a_path() {
        for (text, fits) in [
            ("anna", true),
            ("till-3.support_night", true),
            ("7", true),
            ("", false),
            ("-anna", false),
            ("Anna", false),
            ("anna b", false),
            ("анна", false),
            ("abcdefghijklmnopqrstuvwxyz0123456", false),
        ] {
            assert_eq!(OperatorName::parse(text).is_some(), fits, "{text}");
        }
        let named = Role::ALL.map(|role| Role::named(role.name()));
        assert_eq!((named, Role::named("root")), (Role::ALL.map(Some), None));
    }

    /// What each change is answered with, and whose the tokens are after it.
    #[test]
    fn a_token_is_good_from_its_making_to_its_end() {
        let mut operators = Operators::default();
        let added = |byte| OperatorChange::Added { role: Role::Support, token: token(byte) };
        let rotated = |byte| OperatorChange::Rotated { token: token(byte) };
        let table = [
            ("anna", rotated(1), Err(OperatorRefusal::NotFound), vec![]),
            ("anna", OperatorChange::Revoked, Err(OperatorRefusal::NotFound), vec![]),
            ("anna", added(1), Ok(true), vec![1]),
            ("anna", added(2), Err(OperatorRefusal::NameTaken), vec![1]),
            ("boris", added(3), Ok(true), vec![1, 3]),
            ("anna", rotated(4), Ok(true), vec![3, 4]),
            ("anna", OperatorChange::Revoked, Ok(true), vec![3]),
            ("anna", OperatorChange::Revoked, Ok(false), vec![3]),
            ("anna", rotated(5), Err(OperatorRefusal::Revoked), vec![3]),
            ("anna", added(6), Err(OperatorRefusal::NameTaken), vec![3]),
        ];
        for (who, change, expected, good) in table {
            let found = operators.decide(&name(who), &change);
            assert_eq!(found, expected, "{who} {change:?}");
            if found == Ok(true) {
                let by = Text::parse("olga").unwrap();
                let at = Timestamp::default();
                operators.apply(OperatorEvent { name: name(who), change, at, by });
            }
            let known: Vec<u8> =
                (0..9).filter(|byte| operators.by_token(&token(*byte)).is_some()).collect();
            assert_eq!(known, good, "{who}");
        }
        assert_eq!(operators.by_token(&token(3)), Some((&name("boris"), Role::Support)));
        assert_eq!((operators.all().count(), operators.history().len()), (2, 4));
    }

    #[test]
    fn there_is_room_for_so_many() {
        let mut operators = Operators::default();
        let change = OperatorChange::Added { role: Role::Owner, token: token(1) };
        for number in 0..OPERATORS_MAX {
            let (at, by) = (Timestamp::default(), Text::parse("o").unwrap());
            let event =
                OperatorEvent { name: name(&format!("o{number}")), change: change.clone(), at, by };
            operators.apply(event);
        }
        assert_eq!(operators.decide(&name("late"), &change), Err(OperatorRefusal::TooMany));
    }
}
