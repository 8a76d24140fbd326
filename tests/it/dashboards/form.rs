//! The rules of grafana/dashboard-linter that bind these boards, and those of two languages.

use super::promql::{selectors, windows};
use super::{boards, list, panels, questions, word};
use callsurge::config::Language;
use serde_json::Value;
use std::collections::BTreeSet;

fn all() -> Vec<(String, Value)> {
    Language::ALL.into_iter().flat_map(boards).collect()
}

/// Every panel, with words that say where it is.
fn each_panel(mut check: impl FnMut(&str, &Value)) {
    for (path, board) in all() {
        for panel in panels(&board) {
            check(&format!("{path}: {}", word(panel, "title")), panel);
        }
    }
}

fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

#[test]
fn a_board_has_a_name_of_its_own_and_stays_as_it_is() {
    let mut names = BTreeSet::new();
    for (path, board) in all() {
        let uid = word(&board, "uid");
        assert!(uid.starts_with("callsurge-") && uid.len() <= 40, "{uid}");
        assert!(names.insert(uid.to_owned()), "{uid} twice");
        assert!(names.insert(word(&board, "title").to_owned()), "{path}: a title twice");
        assert!(list(&board, "/tags").contains(&"callsurge".into()), "{path}");
        assert_eq!(board["editable"], false, "{path}");
        assert_eq!(board["schemaVersion"], 41, "{path}");
        assert_eq!(board["refresh"], "10s", "{path}");
        assert!(word(&board["time"], "from").starts_with("now-"), "{path}");
        assert_eq!(list(&board, "/annotations/list").len(), 1, "{path}");
        let names: Vec<_> =
            list(&board, "/templating/list").iter().map(|v| word(v, "name")).collect();
        assert_eq!(names[..4], ["datasource", "job", "instance", "unit"], "{path}");
        assert!(names.len() == 4 || names[4..] == ["queue"], "{path}");
        let chosen = |name: &str| questions(&board).iter().any(|q| q.contains(&format!("${name}")));
        assert!(names[1..].iter().all(|name| chosen(name)), "{path}: a variable changes nothing");
        assert_eq!(chosen("queue"), names.contains(&"queue"), "{path}");
    }
}

#[test]
fn every_panel_says_what_it_shows_in_which_unit() {
    each_panel(|place, panel| {
        assert!(!word(panel, "title").is_empty(), "{place}");
        let about = word(panel, "description");
        assert!(about.ends_with(['.', '。']), "{place}: {about}");
        assert!(!word(&panel["fieldConfig"]["defaults"], "unit").is_empty(), "{place}");
        assert!(!list(panel, "/targets").is_empty(), "{place} asks nothing");
        let mut letters = BTreeSet::new();
        for target in list(panel, "/targets") {
            assert!(letters.insert(word(target, "refId").to_owned()), "{place}");
            assert!(!word(target, "legendFormat").is_empty(), "{place} has no legend");
        }
    });
}

#[test]
fn every_question_goes_to_the_chosen_source_job_and_instance() {
    let chosen = "${datasource}";
    each_panel(|place, panel| {
        assert_eq!(panel["datasource"]["uid"], chosen, "{place}");
        for target in list(panel, "/targets") {
            assert_eq!(target["datasource"]["uid"], chosen, "{place}");
        }
    });
    for (path, board) in all() {
        for variable in list(&board, "/templating/list").iter().filter(|v| v["type"] == "query") {
            assert_eq!(variable["datasource"]["uid"], chosen, "{path}");
        }
        assert_eq!(board["annotations"]["list"][0]["datasource"]["uid"], chosen, "{path}");
        for expr in questions(&board) {
            for selector in selectors(&expr) {
                let has = |label: &str| {
                    let matcher = format!("=~\"${label}\"");
                    selector.matchers.iter().any(|(l, m)| l == label && *m == matcher)
                };
                let choice = ["callsurge_build_info"].contains(&&*selector.metric)
                    && !expr.contains("instance");
                assert!(choice || has("job") && has("instance"), "{path}: {expr}");
            }
        }
    }
}

#[test]
fn windows_follow_the_scrapes_or_are_fixed_and_counters_are_rates() {
    // Since the start of the process, or of the journal: that is what the panel says.
    let totals = [
        "callsurge_quarantined_inputs_total",
        "callsurge_clock_regressions_total",
        "callsurge_commit_failures_total",
        "callsurge_snapshot_failures_total",
        "callsurge_recovery_mismatches_total",
        "callsurge_detection_alarms_total",
        "callsurge_incidents_total",
        "callsurge_stage_duration_seconds_total",
    ];
    for (path, board) in boards(Language::En) {
        for expr in questions(&board) {
            for window in windows(&expr) {
                let fixed = ["2m", "30m", "1d", "30d"];
                assert!(window == "$__rate_interval" || fixed.contains(&window), "{path}: {expr}");
            }
            for selector in selectors(&expr) {
                let counter =
                    ["_total", "_bucket"].iter().any(|end| selector.metric.ends_with(end));
                let rate = selector.inside.last().is_some_and(|f| f == "rate" || f == "increase");
                let exempt = totals.contains(&&*selector.metric) || !expr.contains(['(', '[']);
                assert_eq!(counter && !exempt, rate, "{path}: {expr}");
            }
        }
    }
}

/// A series that has ended has a newest value all the same: a deadline that has passed would stay
/// on the wall.
#[test]
fn large_values_and_tables_ask_for_this_moment() {
    each_panel(|place, panel| {
        let moment = ["stat", "table"].contains(&word(panel, "type"));
        for target in list(panel, "/targets") {
            assert_eq!(target["instant"], moment, "{place}");
            assert_eq!(target["range"], !moment, "{place}");
        }
    });
}

#[test]
fn no_panel_lies_on_another_and_none_hangs_in_the_air() {
    for (path, board) in all() {
        let mut cells = BTreeSet::new();
        let mut bottom = 0;
        for panel in panels(&board) {
            let side = |name: &str| panel["gridPos"][name].as_u64().expect("a number");
            let (x, y, w, h) = (side("x"), side("y"), side("w"), side("h"));
            assert!(x + w <= 24, "{path}: {}", panel["title"]);
            for cell in (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))) {
                assert!(cells.insert(cell), "{path}: {} overlaps", panel["title"]);
            }
            bottom = bottom.max(y + h);
            let repeats = panel.get("repeat").is_some();
            assert!(!repeats || y + h == bottom, "{path}: what repeats pushes others down");
        }
        let full = |y: u64| (0..24).any(|x| cells.contains(&(x, y)));
        assert!((0..bottom).all(full), "{path}: an empty row");
    }
}

#[test]
fn both_languages_ask_the_same_and_say_it_in_their_own_words() {
    for ((path, en), (_, zh)) in boards(Language::En).iter().zip(&boards(Language::ZhCn)) {
        assert_eq!(questions(en), questions(zh), "{path}");
        assert_eq!(format!("{}-zh", word(en, "uid")), word(zh, "uid"));
        assert!(is_chinese(word(zh, "title")) && is_chinese(word(zh, "description")), "{path}");
        for (a, b) in panels(en).iter().zip(panels(zh)) {
            let place = format!("{path}: {}", word(a, "title"));
            for same in ["id", "type", "gridPos", "datasource"] {
                assert_eq!(a[same], b[same], "{place}");
            }
            assert_eq!(a["fieldConfig"]["defaults"]["unit"], b["fieldConfig"]["defaults"]["unit"]);
            for text in ["title", "description"] {
                assert!(is_chinese(word(b, text)), "{place}: {text} of zh-CN is {}", b[text]);
            }
            for (a, b) in list(a, "/targets").iter().zip(list(b, "/targets")) {
                let bare = word(b, "legendFormat").split("{{").map(|p| p.rsplit("}}").next());
                let bare: String = bare.flatten().collect();
                let plain = bare.trim().is_empty() || ["p99", "p50"].contains(&bare.trim());
                assert!(plain || is_chinese(&bare), "{place}: legend {bare:?} of zh-CN");
                let values = |t: &Value| word(t, "legendFormat").matches("{{").count();
                assert_eq!(values(a), values(b), "{place}");
            }
        }
        assert!(!is_chinese(&en.to_string()), "{path}: Chinese in an English board");
    }
}
