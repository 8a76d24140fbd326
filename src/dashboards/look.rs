//! How panels look in Grafana's classic model: plugins, options, colours, mappings.

use super::panel::{Kind, Panel, Warn};
use super::vocabulary::LEVELS;
use super::words::words;
use crate::config::Language;
use serde_json::{Map, Value, json};

/// Colours of the levels none, L1, L2, L3: told apart by every kind of colour vision (smallest
/// distance dE2000 13.5), always beside a number and a word.
pub(super) const LEVEL_COLOURS: [&str; 4] = ["#2E6DB4", "#F7E04A", "#F08A00", "#A50026"];
/// As it should be.
const CALM: &str = LEVEL_COLOURS[0];
/// Worth a look.
const WARNING: &str = LEVEL_COLOURS[2];
/// Nothing to say.
const QUIET: &str = "#8A9099";

pub(super) fn datasource() -> Value {
    json!({"type": "prometheus", "uid": "${datasource}"})
}

pub(super) const fn plugin(kind: Kind) -> &'static str {
    match kind {
        Kind::Stat | Kind::Level | Kind::YesNo | Kind::Name => "stat",
        Kind::Lines | Kind::Band => "timeseries",
        Kind::Levels | Kind::Good | Kind::Notable => "state-timeline",
        Kind::Table => "table",
    }
}

pub(super) fn options(panel: &Panel) -> Value {
    match panel.kind {
        Kind::Stat => stat("auto", if warns(panel) { "background" } else { "none" }),
        Kind::YesNo => stat("auto", "background"),
        Kind::Level => stat("value_and_name", "background_solid"),
        Kind::Name => stat("name", "none"),
        Kind::Lines | Kind::Band => json!({
            "legend": legend(true),
            "tooltip": {"mode": "multi", "sort": "desc"},
        }),
        Kind::Levels | Kind::Good | Kind::Notable => json!({
            "showValue": "auto", "rowHeight": 0.9, "mergeValues": true, "alignValue": "left",
            "legend": legend(false),
            "tooltip": {"mode": "single", "sort": "none"},
        }),
        Kind::Table => json!({"frameIndex": 0, "showHeader": true, "cellHeight": "sm"}),
    }
}

fn stat(text: &str, colour: &str) -> Value {
    json!({
        "graphMode": "none", "colorMode": colour, "justifyMode": "center", "textMode": text,
        "wideLayout": true, "showPercentChange": false, "percentChangeColorMode": "standard",
        "orientation": "auto",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": false},
    })
}

fn legend(shown: bool) -> Value {
    json!({"displayMode": "list", "placement": "bottom", "showLegend": shown, "calcs": []})
}

const fn warns(panel: &Panel) -> bool {
    !matches!(panel.warn, Warn::Never)
}

pub(super) fn defaults(panel: &Panel, language: Language) -> Value {
    let mut fields = Map::new();
    let mut set = |name: &str, value: Value| drop(fields.insert(name.to_owned(), value));
    set("unit", panel.unit.into());
    set("noValue", "—".into());
    set("color", json!({"mode": "thresholds"}));
    set("thresholds", json!({"mode": "absolute", "steps": steps(panel)}));
    match panel.kind {
        Kind::Level => set("mappings", json!([levels(language)])),
        Kind::YesNo => set("mappings", json!([truth(language, WARNING, CALM)])),
        Kind::Lines | Kind::Band => {
            set("color", json!({"mode": "palette-classic"}));
            set("custom", lines());
        }
        Kind::Levels => {
            set("mappings", json!([levels(language)]));
            set("custom", stretches());
        }
        Kind::Good => {
            set("mappings", json!([truth(language, WARNING, CALM)]));
            set("custom", stretches());
        }
        Kind::Notable => {
            set("mappings", json!([truth(language, QUIET, WARNING)]));
            set("custom", stretches());
        }
        Kind::Table => set("custom", json!({"align": "auto", "inspect": false})),
        Kind::Stat | Kind::Name => {}
    }
    Value::Object(fields)
}

fn lines() -> Value {
    json!({"drawStyle": "line", "lineWidth": 2, "fillOpacity": 0, "showPoints": "never",
        "spanNulls": false})
}

fn stretches() -> Value {
    json!({"lineWidth": 0, "fillOpacity": 90})
}

fn steps(panel: &Panel) -> Value {
    let step = |value: Option<f64>, colour: &str| json!({"value": value, "color": colour});
    match (panel.kind, panel.warn) {
        (Kind::Level | Kind::Levels, _) => {
            let [none, l1, l2, l3] = LEVEL_COLOURS;
            json!([step(None, none), step(Some(1.0), l1), step(Some(2.0), l2), step(Some(3.0), l3)])
        }
        (Kind::Good | Kind::YesNo, _) => json!([step(None, WARNING), step(Some(1.0), CALM)]),
        (Kind::Notable, _) => json!([step(None, QUIET), step(Some(1.0), WARNING)]),
        (_, Warn::From(value)) => json!([step(None, CALM), step(Some(value), WARNING)]),
        (_, Warn::Below(value)) => json!([step(None, WARNING), step(Some(value), CALM)]),
        (_, Warn::Never) => json!([step(None, CALM)]),
    }
}

/// The numbers of the levels with their words.
fn levels(language: Language) -> Value {
    let mut options = Map::new();
    for (n, (word, colour)) in LEVELS.iter().zip(LEVEL_COLOURS).enumerate() {
        let option = json!({"text": word.of(language), "color": colour, "index": n});
        options.insert(n.to_string(), option);
    }
    json!({"type": "value", "options": options})
}

fn truth(language: Language, no: &str, yes: &str) -> Value {
    json!({"type": "value", "options": {
        "0": {"text": words("no", "否").of(language), "color": no, "index": 0},
        "1": {"text": words("yes", "是").of(language), "color": yes, "index": 1},
    }})
}

/// What the columns of a table are called.
pub(super) fn columns(panel: &Panel, language: Language) -> Value {
    let labels = [
        ("unit", words("Unit", "单元")),
        ("queue", words("Queue", "队列")),
        ("from", words("From", "自")),
        ("to", words("To", "至")),
        ("cause", words("Cause", "原因")),
    ];
    let mut names: Map<String, Value> = labels
        .iter()
        .map(|(label, said)| ((*label).to_owned(), said.of(language).into()))
        .collect();
    // A lone answer's column has no letter.
    let lone = panel.queries.len() == 1;
    for (letter, query) in ('A'..).zip(&panel.queries) {
        let name = if lone { "Value".to_owned() } else { format!("Value #{letter}") };
        names.insert(name, query.legend.of(language).into());
    }
    Value::Object(names)
}

pub(super) fn overrides(panel: &Panel, language: Language) -> Value {
    if panel.kind == Kind::Band {
        return band(panel, language);
    }
    let columns = panel.queries.iter().filter_map(|query| {
        Some(json!({
            "matcher": {"id": "byName", "options": query.legend.of(language)},
            "properties": [{"id": "unit", "value": query.unit?}],
        }))
    });
    columns.collect()
}

/// The band reaches from expected (B) to the upper limit (C); A is what was observed.
fn band(panel: &Panel, language: Language) -> Value {
    let of = |letter: &str| json!({"id": "byFrameRefID", "options": letter});
    let fixed =
        |colour: &str| json!({"id": "color", "value": {"mode": "fixed", "fixedColor": colour}});
    let expected = panel.queries.get(1).map_or("", |query| query.legend.of(language));
    json!([
        {"matcher": of("A"), "properties": [
            fixed(WARNING), {"id": "custom.lineWidth", "value": 3}]},
        {"matcher": of("B"), "properties": [
            fixed(CALM), {"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [8, 6]}}]},
        {"matcher": of("C"), "properties": [
            fixed(CALM), {"id": "custom.lineWidth", "value": 1},
            {"id": "custom.fillOpacity", "value": 18},
            {"id": "custom.fillBelowTo", "value": expected}]},
    ])
}
