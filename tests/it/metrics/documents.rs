//! What the documents say of the metrics is what the catalogue says.

use callsurge::metrics::catalogue::{ALL, Family, Kind};

const DASHBOARDS: &str = include_str!("../../../dashboards/README.md");
const README: &str = include_str!("../../../README.md");

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Histogram => "histogram",
    }
}

#[test]
fn the_table_of_families_is_the_catalogue() {
    let row = |family: &Family| {
        let labels: Vec<_> = family.labels.iter().map(|label| format!("`{label}`")).collect();
        let labels = labels.join(", ");
        let space = if labels.is_empty() { "" } else { " " };
        let Family { name, help, .. } = family;
        format!("| `{name}` | {} |{space}{labels} | {help} |", kind(family.kind))
    };
    let wanted: Vec<String> = ALL.iter().map(row).collect();
    let found: Vec<&str> =
        DASHBOARDS.lines().filter(|line| line.starts_with("| `callsurge_")).collect();
    assert_eq!(found, wanted, "dashboards/README.md is to be:\n{}\n", wanted.join("\n"));
}

/// The short table of the README may abbreviate a name to its end, behind a full one, and leaves
/// out labels where it names several families at once.
#[test]
fn the_families_of_the_readme_exist_with_their_labels() {
    let mut found = 0;
    for line in README.lines().filter(|line| line.starts_with("| `callsurge_")) {
        let cell = line.split('|').nth(1).expect("a cell");
        for text in cell.split('`').skip(1).step_by(2) {
            let (name, labels) = text.split_once('{').unwrap_or((text, ""));
            let labels: Vec<&str> = labels.trim_end_matches('}').split_terminator(',').collect();
            let full = |family: &&Family| match name.strip_prefix("callsurge_") {
                Some(_) => family.name == name,
                None => name.starts_with('_') && family.name.ends_with(name),
            };
            let family = ALL.iter().find(full).unwrap_or_else(|| panic!("{name} is no family"));
            assert!(labels.is_empty() || labels == family.labels, "{text}: {:?}", family.labels);
            found += 1;
        }
    }
    assert!(found > 10, "{found} families in the table");
}
