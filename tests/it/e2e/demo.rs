//! The demo on the terminal: the same night each time, up the ladder and down again.

use super::{objects, run, text};
use callsurge::engine::time::{Span, Timestamp};

#[test]
fn a_night_climbs_the_ladder_and_comes_down_the_same_way_each_time() {
    let night = || run(&["demo", "--headless", "--speed", "max", "--json"]);
    let first = night();
    assert_eq!(first.status.code(), Some(0), "{}", text(&first.stderr));
    let changes: Vec<_> =
        objects(&first).into_iter().filter(|record| record["type"] == "transition").collect();
    let to: Vec<_> = changes.iter().map(|change| change["to"].as_str().expect("a level")).collect();
    assert_eq!(to, ["L1", "L2", "L3", "L2", "L1", "none"]);
    let at: Vec<_> = changes
        .iter()
        .map(|change| Timestamp::parse_rfc3339(change["at"].as_str().expect("at")).expect("at"))
        .collect();
    assert_eq!(at[1] - at[0], Span::minutes(30));
    assert_eq!(at[2] - at[1], Span::minutes(30));
    let second = night();
    assert!(first.stdout == second.stdout, "standard output differs");
    assert!(first.stderr == second.stderr, "standard error differs");
    let other = run(&["demo", "--headless", "--speed", "max", "--json", "--seed", "2"]);
    assert!(other.stdout != first.stdout, "another seed is another night");
}
