//! Stored twins of ledger enums that carry nothing.

/// Declares the stored twin of a ledger enum whose variants carry nothing, with both conversions.
macro_rules! stored_words {
    ($stored:ident is $word:ident { $($variant:ident),+ }) => {
        #[derive(Debug, Encode, Decode)]
        pub(in crate::journal) enum $stored {
            $($variant),+
        }

        impl From<$word> for $stored {
            fn from(word: $word) -> Self {
                match word {
                    $($word::$variant => Self::$variant),+
                }
            }
        }

        impl From<$stored> for $word {
            fn from(stored: $stored) -> Self {
                match stored {
                    $($stored::$variant => Self::$variant),+
                }
            }
        }
    };
}
