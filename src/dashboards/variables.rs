//! What a reader of a board chooses, and how the questions follow it.
//!
//! Every selector of every question names the scrape job and the instance, so that a demo, a
//! second centre or an old instance beside the one that is looked at never adds to its numbers.

use super::look::{LEVEL_COLOURS, datasource};
use super::words::{Words, words};
use crate::config::Language;
use serde_json::{Value, json};

/// Short forms in questions, and the matchers that they stand for. `sum` is the sum of a unit,
/// which has no queue.
const SCOPES: [(&str, &str); 4] = [
    ("{@all", "{job=~\"$job\",instance=~\"$instance\""),
    ("{@unit", "{job=~\"$job\",instance=~\"$instance\",unit=~\"$unit\""),
    ("{@queue", "{job=~\"$job\",instance=~\"$instance\",unit=~\"$unit\",queue=~\"$queue\""),
    ("{@sum", "{job=~\"$job\",instance=~\"$instance\",unit=~\"$unit\",queue=\"\""),
];

/// A question with its short forms written out.
pub(super) fn in_scope(question: &str) -> String {
    SCOPES.iter().fold(question.to_owned(), |text, (short, long)| text.replace(short, long))
}

/// Name, label and query of a variable.
type Choice = (&'static str, Words, &'static str);

const JOB: Choice =
    ("job", words("Scrape job", "采集任务"), "label_values(callsurge_build_info, job)");
const INSTANCE: Choice = (
    "instance",
    words("Instance", "实例"),
    "label_values(callsurge_build_info{job=~\"$job\"}, instance)",
);
const UNIT: Choice =
    ("unit", words("Command unit", "指挥单元"), "label_values(callsurge_stage{@all}, unit)");
const QUEUE: Choice = (
    "queue",
    words("Queue", "队列"),
    "label_values(callsurge_queue_calls_offered_total{@unit}, queue)",
);

/// The variables of a board.
pub(super) fn list(language: Language, by_queue: bool) -> Vec<Value> {
    let mut list = vec![json!({
        "type": "datasource", "name": "datasource", "query": "prometheus",
        "label": words("Data source", "数据源").of(language),
    })];
    list.extend([JOB, INSTANCE, UNIT].map(|choice| variable(choice, language)));
    if by_queue {
        list.push(variable(QUEUE, language));
    }
    list
}

fn variable((name, label, query): Choice, language: Language) -> Value {
    let query = in_scope(query);
    json!({
        "type": "query", "name": name, "label": label.of(language),
        "query": query, "definition": query,
        "datasource": datasource(), "refresh": 2, "sort": 1,
        // Not ".*": a series without the label is none of them.
        "multi": true, "includeAll": true, "allValue": ".+",
        "current": {"selected": true, "text": ["All"], "value": ["$__all"]},
    })
}

/// Changes of level, as lines across every chart. Two minutes see each step of one minute with
/// any usual interval of scrapes; what overlaps becomes one mark.
pub(super) fn transitions(language: Language) -> Value {
    json!({
        "name": words("Changes of level", "级别变化").of(language),
        "datasource": datasource(), "enable": true, "iconColor": LEVEL_COLOURS[3],
        "expr": in_scope("increase(callsurge_stage_transitions_total{@unit}[2m]) > 0"),
        "step": "1m",
        "titleFormat": words("{{unit}}: {{from}} to {{to}}", "{{unit}}：{{from}} 转为 {{to}}")
            .of(language),
        "textFormat": words("cause: {{cause}}", "原因：{{cause}}").of(language),
        "tagKeys": "unit,to",
    })
}
