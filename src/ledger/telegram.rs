//! Telegram as a tenant and its customers know it: the bot that vouches, and who it vouches for.

use crate::values::{TelegramId, Text};
use std::fmt;

/// A user name of Telegram, without "@".
pub type TelegramName = Text<64>;

/// A user as a tenant's bot vouches for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TelegramUser {
    pub id: TelegramId,
    pub username: Option<TelegramName>,
}

/// The token of a bot: whoever has it can sign as Telegram does. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct BotToken(Box<str>);

/// A tenant's bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TelegramBot {
    pub token: BotToken,
    pub username: TelegramName,
}

impl BotToken {
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The text that signs.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for BotToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BotToken(..)")
    }
}
