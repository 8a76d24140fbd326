//! Tables that are not as they should be: told on standard error, and to programs.

use super::{objects, path, run, text, write};

#[test]
fn a_table_grouped_by_queue_and_columns_that_are_not_read_are_told() {
    let folder = tempfile::tempdir().expect("folder");
    let rows = |queue: &str| -> String {
        (0..30).map(|n| format!("2026-03-10T08:{n:02}:00Z,{queue},10,7\n")).collect()
    };
    let head = "start,queue,offered,skill_level\n";
    let grouped = format!("{head}{}{}", rows("cards"), rows("sales"));
    let grouped = write(folder.path(), "grouped.csv", &grouped);
    let order = "29 rows are older than a row before them";
    let columns = "columns that are not read: `skill_level`";
    let plain = run(&["replay", "--input", path(&grouped)]);
    assert_eq!(plain.status.code(), Some(0));
    for words in [order, columns] {
        assert!(text(&plain.stderr).contains(&format!("warning: {words}")), "{plain:?}");
        assert!(!text(&plain.stdout).contains(words));
    }
    let json = run(&["replay", "--json", "--input", path(&grouped)]);
    let warnings: Vec<_> =
        objects(&json).into_iter().filter(|object| object["type"] == "warning").collect();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    for (warning, words) in warnings.iter().zip([columns, order]) {
        assert!(warning["message"].as_str().expect("a message").starts_with(words), "{warning}");
        assert!(text(&json.stderr).contains(words));
    }
    let journal = folder.path().join("j");
    let learned = run(&["learn", "--json", "--input", path(&grouped), "--journal", path(&journal)]);
    let said = text(&learned.stderr);
    assert!(said.contains(columns) && !said.contains(order), "learning sorts: {said}");
    let sorted = format!("start,queue,offered,answered\n{}", rows("cards"));
    let sorted = run(&["replay", "--input", path(&write(folder.path(), "sorted.csv", &sorted))]);
    assert_eq!((sorted.status.code(), text(&sorted.stderr)), (Some(0), ""));
}
