//! Names of units, sources, tokens and webhooks: stable, unique, fit for a URL and a label.

use super::section::{At, Section};
use std::collections::BTreeMap;

/// Longest name: it stands in labels, URLs and table columns.
pub const NAME_CHARS_MAX: usize = 64;

/// Reads the obligatory `name` of a section.
pub(super) fn read(section: &Section<'_>, what: &str) -> Option<At<String>> {
    if section.given("name").is_none() {
        section.problem(
            section.span(),
            format!("this {what} has no `name`"),
            "add a line `name = \"…\"`; the name is stable, people read it in logs and labels",
        );
        return None;
    }
    let name = section.text("name", what)?;
    let fits = name.value.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    if !fits || name.value.len() > NAME_CHARS_MAX {
        section.problem(
            name.span,
            format!("{:?} is not a name", name.value),
            format!(
                "at most {NAME_CHARS_MAX} letters a-z, digits, `-`, `_` and `.`{}",
                if what == "unit" { "; `display` takes any text" } else { "" }
            ),
        );
        return None;
    }
    Some(At { value: name.value.to_owned(), span: name.span })
}

/// Reports names that are given twice; the second one is the problem.
pub(super) fn unique<'a>(
    section: &Section<'_>,
    what: &str,
    names: impl Iterator<Item = &'a At<String>>,
) {
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names {
        if let Some(&at) = first.get(name.value.as_str()) {
            section.problem(
                name.span.clone(),
                format!("two {what} are called {:?}", name.value),
                format!("the first is at line {}", section.sheet().line_of(at)),
            );
        } else {
            first.insert(&name.value, name.span.start);
        }
    }
}
