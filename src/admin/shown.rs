//! How an answer of the operator API is printed: one closed list, so that every command says the same
//! things in the same way, and `--json` is what the API said.

use crate::admin::cli::Inquiry;
use crate::admin::exit::Failure;
use crate::admin::gateway::Request;
use crate::admin::way_in::Missing;
use crate::admin::{sheet, terminal};

/// Below secrets that were just made.
const SHOWN_ONCE: &str = "These secrets are shown once: keep them now.";

/// What people see of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shown {
    /// Names and values.
    Lines,
    /// The same for each item of a list, or for the one that is there.
    Items,
    /// The same, once.
    Secrets,
    Table {
        /// Where the answer has the list; `None`: it is the list.
        list: Option<&'static str>,
        columns: &'static [&'static str],
    },
    Sentence(String),
}

impl Shown {
    /// A list that is the whole answer, as a table.
    pub(super) const fn table(columns: &'static [&'static str]) -> Self {
        Self::Table { list: None, columns }
    }

    /// A list in a page, as a table.
    pub(super) const fn page(list: &'static str, columns: &'static [&'static str]) -> Self {
        Self::Table { list: Some(list), columns }
    }

    /// The answer as text.
    pub(super) fn of(&self, data: &str) -> Result<String, Failure> {
        match self {
            Self::Lines => sheet::lines(data),
            Self::Items => {
                let items: Result<Vec<_>, _> =
                    sheet::items(data).into_iter().map(sheet::lines).collect();
                Ok(items?.join("\n\n"))
            }
            Self::Secrets => Ok(format!("{}\n{SHOWN_ONCE}", sheet::lines(data)?)),
            Self::Table { list: None, columns } => sheet::table(data, columns),
            Self::Table { list: Some(list), columns } => {
                let table = sheet::table(sheet::field_of(data, list)?, columns)?;
                Ok(table + &more(data))
            }
            Self::Sentence(sentence) => Ok(sentence.clone()),
        }
    }
}

/// Where the next page begins, if the list has pages and there is one.
fn more(data: &str) -> String {
    match sheet::field_of(data, "next_after") {
        Ok("null") | Err(_) => String::new(),
        Ok(after) => format!("\nthere is more: --after {after}"),
    }
}

impl Inquiry {
    /// Asks, and prints the answer.
    pub(super) async fn tell(&self, request: Request, shown: &Shown) -> Result<(), Failure> {
        self.tell_of(request, shown, Missing::Refuse).await
    }

    /// The same; `missing` says whether a data directory may be made.
    pub(super) async fn tell_of(
        &self,
        request: Request,
        shown: &Shown,
        missing: Missing,
    ) -> Result<(), Failure> {
        let answer = self.way_in.ask(request, missing).await?;
        self.print(answer.data()?, shown)
    }

    /// Prints an answer.
    pub(super) fn print(&self, data: &str, shown: &Shown) -> Result<(), Failure> {
        terminal::say(&if self.json { data.to_owned() } else { shown.of(data)? });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_shown_as_its_command_says() {
        let check = |shown: &Shown, data: &str, expected: &str| {
            assert_eq!(shown.of(data).as_deref(), Ok(expected));
        };
        let page = Shown::page("cards", &["id"]);
        check(&page, r#"{"cards":[{"id":1}],"next_after":null}"#, "id\n1");
        let more = "id\n1\nthere is more: --after 7";
        check(&page, r#"{"cards":[{"id":1}],"next_after":7}"#, more);
        check(&page, r#"{"cards":[{"id":1}]}"#, "id\n1");
        check(&Shown::table(&["id"]), r#"[{"id":1}]"#, "id\n1");
        let line = |value| format!("{:<30}{value}", "id");
        check(&Shown::Lines, r#"{"id":1}"#, &line(1));
        check(&Shown::Items, r#"[{"id":1},{"id":2}]"#, &format!("{}\n\n{}", line(1), line(2)));
        check(&Shown::Secrets, r#"{"id":1}"#, &format!("{}\n{SHOWN_ONCE}", line(1)));
        check(&Shown::Sentence("done".into()), "{}", "done");
    }
}
