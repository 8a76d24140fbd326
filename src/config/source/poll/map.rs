//! `[source.map]`: what the values of an answer mean.

use super::{parsed_pointer, pointer};
use crate::config::section::{At, Section};
use crate::config::timezone;
use crate::ingest::ami::QueueFilter;
use crate::ingest::name;
use crate::ingest::poll::{Field, Mapping, Metrics, Pick, Pointer, QueueName, Reset, WaitUnit};
use chrono_tz::Tz;

const UNITS: [(&str, WaitUnit); 3] = [
    ("seconds", WaitUnit::Seconds),
    ("milliseconds", WaitUnit::Milliseconds),
    ("timestamp", WaitUnit::Timestamp),
];

const RESETS: [(&str, Reset); 4] = [
    ("unknown", Reset::Unknown),
    ("midnight", Reset::Midnight),
    ("hour", Reset::Hour),
    ("half_hour", Reset::HalfHour),
];

/// Reads the mapping of a source.
pub(super) fn read(source: &Section<'_>) -> Option<Mapping> {
    if source.given("map").is_none() {
        source.problem(
            source.span(),
            "a source of kind \"poll\" needs a [source.map]",
            "docs/http-poller.md and config/examples/poll show how to write one",
        );
        return None;
    }
    let map = source.section("map");
    let queue = queue(&map)?;
    let mut mapping = Mapping::new(queue);
    mapping.each = each(&map);
    mapping.success = conditions(&map, "success", "{ \"/code\" = \"0\" }");
    mapping.only = conditions(&map, "only", "{ \"/channel\" = \"voice\" }");
    mapping.names = source
        .pairs("names", "{ \"d5b2\" = \"support\" }")
        .into_iter()
        .map(|(id, name)| (id.value.to_owned(), name))
        .collect();
    let listed = |key| {
        let names = source.texts(key, "[\"support\", \"vip-*\"]").unwrap_or_default();
        names.into_iter().map(|name| name.value.to_owned()).collect()
    };
    mapping.filter = QueueFilter { allow: listed("allow"), deny: listed("deny") };
    mapping.metrics = metrics(&map);
    mapping.at = pointer(&map, "at");
    for field in Field::ALL {
        let picks = picks(&map, field, mapping.metrics.is_some());
        if !picks.is_empty() {
            mapping.fields.insert(field, picks);
        }
    }
    mapping.wait_unit = map.word("longest_wait_unit", WaitUnit::Seconds, &UNITS);
    mapping.counted_from = pointer(&map, "counted_from");
    mapping.reset = map.word("reset", Reset::Unknown, &RESETS);
    mapping.timezone = zone(&map);
    if let Some(absent) = map.texts_or_empty("absent", "[\"-1\", \"N/A\"]") {
        mapping.absent = absent.into_iter().map(str::to_owned).collect();
    }
    check(&map, &mapping);
    Some(mapping)
}

fn queue(map: &Section<'_>) -> Option<QueueName> {
    let fixed = map.text("queue_name", "support");
    let at = map.text("queue", "/queueId");
    match (&fixed, &at) {
        (Some(fixed), Some(_)) => {
            let help = "`queue` points at the name in the answer, `queue_name` is the name itself";
            map.problem(fixed.span.clone(), "both `queue` and `queue_name` are given", help);
            None
        }
        (Some(fixed), None) => match name::checked(fixed.value) {
            Ok(name) => Some(QueueName::Fixed(name.into_owned())),
            Err(error) => {
                let message = format!("`queue_name` is no name: {error}");
                map.problem(fixed.span.clone(), message, "for example `queue_name = \"support\"`");
                None
            }
        },
        (None, Some(at)) => parsed_pointer(map, "queue", at).map(QueueName::At),
        (None, None) if map.given("queue").or(map.given("queue_name")).is_some() => None,
        (None, None) if map.given("each").is_some() => Some(QueueName::Key),
        (None, None) => {
            let help = "`queue = \"/queueId\"` points at the name in the answer; an answer that \
                        is of one queue has `queue_name = \"support\"`";
            map.problem(map.span(), "this mapping does not say which queue is meant", help);
            None
        }
    }
}

/// The list of queues; `/` alone, which points at a name that nobody uses, is the whole answer.
fn each(map: &Section<'_>) -> Option<Pointer> {
    if map.is_text("each", "/") { Some(Pointer::default()) } else { pointer(map, "each") }
}

fn conditions(map: &Section<'_>, key: &'static str, example: &str) -> Vec<(Pointer, String)> {
    let pairs = map.pairs(key, example).into_iter();
    pairs.filter_map(|(at, value)| Some((parsed_pointer(map, key, &at)?, value))).collect()
}

fn metrics(map: &Section<'_>) -> Option<Metrics> {
    let needed = ["metrics", "metric_name", "metric_value"];
    let given = |key: &&&str| map.given(key).is_some();
    let all = ["metrics", "metric_name", "metric_value", "metric_qualifier"];
    if !all.iter().any(|key| given(&key)) {
        return None;
    }
    if let Some(missing) = needed.iter().find(|key| !given(key)) {
        let help = "`metrics` points at the list, `metric_name` and `metric_value` into an element";
        map.problem(map.span(), format!("a list of metrics needs `{missing}`"), help);
    }
    Some(Metrics {
        list: pointer(map, "metrics")?,
        name: pointer(map, "metric_name")?,
        qualifier: pointer(map, "metric_qualifier"),
        value: pointer(map, "metric_value")?,
    })
}

fn picks(map: &Section<'_>, field: Field, named: bool) -> Vec<Pick> {
    let key = field.word();
    let pick = |text: At<&str>| {
        if text.value.starts_with('/') {
            return parsed_pointer(map, key, &text).map(Pick::At);
        }
        if !named {
            let help = "a JSON Pointer begins with `/`; the name of a metric needs `metrics`, \
                        `metric_name` and `metric_value`";
            map.problem(text.span, format!("`{key}` is no JSON Pointer"), help);
            return None;
        }
        Some(Pick::Metric(text.value.to_owned()))
    };
    map.some_texts(key, "/waiting").into_iter().filter_map(pick).collect()
}

fn zone(map: &Section<'_>) -> Option<Tz> {
    let text = map.text("timezone", "Asia/Shanghai")?;
    timezone::parse(text.value)
        .map_err(|help| {
            map.problem(text.span.clone(), format!("no time zone {:?}", text.value), help);
        })
        .ok()
}

fn check(map: &Section<'_>, mapping: &Mapping) {
    if mapping.fields.is_empty() {
        let all = Field::ALL.map(Field::word).join(", ");
        let help = format!("point at least one of these at its value: {all}");
        map.problem(map.span(), "this mapping reads nothing", help);
    }
    let span = [Field::Answered, Field::Abandoned].iter().find_map(|f| map.given(f.word()));
    if let (Some(span), false) = (span, mapping.counts()) {
        let help = "`offered` is the total of calls that entered the queue; where the ACD has \
                    none, a list adds up what it has: `offered = [\"/answered\", \"/abandoned\"]`";
        map.problem(span, "totals without `offered` say nothing of arrivals", help);
    }
    if let (Some(span), None) = (map.given("reset"), mapping.timezone)
        && mapping.reset != Reset::Unknown
    {
        let help = "add `timezone`, whose midnight or hour is meant";
        map.problem(span, "`reset` needs a time zone", help);
    }
    if let (Some(span), true) = (map.given("reset"), mapping.counted_from.is_some()) {
        let help = "take one of them out: `counted_from` is what the answer says itself";
        map.problem(span, "both `reset` and `counted_from` are given", help);
    }
}
