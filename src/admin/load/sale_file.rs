//! A file of sales, one JSON body of `POST /partner/sale` a line, and who buys in it.

use crate::admin::exit::Failure;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What a line of a file must at least say.
#[derive(Deserialize)]
struct Buyer {
    client_phone: String,
}

/// The sales of a file, at least one.
pub(super) fn read(path: &Path) -> Result<Vec<String>, Failure> {
    let shown = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::Usage(format!("cannot read {shown}: {error}")))?;
    let lines: Vec<String> =
        text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
    if lines.is_empty() {
        return Err(Failure::Usage(format!("{shown} holds no sale")));
    }
    Ok(lines)
}

/// The phones of those who buy in these sales, each once.
pub(super) fn buyers(lines: &[String]) -> Result<BTreeSet<String>, Failure> {
    let mut phones = BTreeSet::new();
    for (index, line) in lines.iter().enumerate() {
        let buyer: Buyer = serde_json::from_str(line).map_err(|error| {
            let number = index.saturating_add(1);
            Failure::Usage(format!("line {number} of the file is not a sale: {error}"))
        })?;
        phones.insert(buyer.client_phone);
    }
    Ok(phones)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_must_be_sales() {
        let lines =
            ["{\"client_phone\":\"+992900000001\"}", "{\"client_phone\":\"+992900000001\"}"];
        let lines: Vec<String> = lines.map(str::to_owned).to_vec();
        assert_eq!(buyers(&lines).unwrap().len(), 1);
        let failure = buyers(&["{}".to_owned()]).unwrap_err();
        assert!(failure.to_string().contains("line 1"), "{failure}");
    }
}
