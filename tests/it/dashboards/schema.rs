//! The boards against the JSON Schema that Grafana publishes.
//!
//! A small validator of the part of draft 7 that those schemas use; it refuses a keyword that it
//! does not know, so that nothing passes unread. One reading differs from the letter: where the
//! schema says "an object of anything" Grafana's own files hold texts and numbers too (CUE's `_`).

use super::{boards, list, panels, word};
use callsurge::config::Language;
use serde_json::{Value, json};
use std::path::PathBuf;

struct Schema {
    root: Value,
}

impl Schema {
    /// The published file; `None` where the data are absent.
    fn published(name: &str) -> Option<Self> {
        let shared = std::env::var_os("CALLSURGE_SHARED").map_or_else(
            || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"),
            PathBuf::from,
        );
        let file = shared.join(format!("data/grafana-schema/{name}.jsonschema.json"));
        let Ok(text) = std::fs::read_to_string(&file) else {
            println!("skipped: {} is absent (CALLSURGE_SHARED)", file.display());
            return None;
        };
        Some(Self { root: serde_json::from_str(&text).expect("JSON") })
    }

    /// What is wrong with a value by one of the definitions.
    fn faults(&self, definition: &str, value: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        self.check(&self.root["definitions"][definition], value, definition, &mut faults);
        faults
    }

    fn fits(&self, schema: &Value, value: &Value, at: &str) -> bool {
        let mut faults = Vec::new();
        self.check(schema, value, at, &mut faults);
        faults.is_empty()
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let rules = schema.as_object().unwrap_or_else(|| panic!("{at}: {schema} is no schema"));
        if *schema == json!({}) || is_anything(schema) {
            return;
        }
        for (rule, says) in rules {
            let every = || says.as_array().expect("a list").iter();
            let bound = || (value.as_f64(), says.as_f64().expect("a number"));
            let holds = match rule.as_str() {
                "$ref" => {
                    let name = says.as_str().expect("text").trim_start_matches('#');
                    let target = self.root.pointer(name).expect("a definition");
                    self.check(target, value, at, faults);
                    true
                }
                "type" => is_of_type(value, says.as_str().expect("text")),
                "enum" => every().any(|one| one == value),
                "const" => says == value,
                "oneOf" => every().filter(|one| self.fits(one, value, at)).count() == 1,
                "anyOf" => every().any(|one| self.fits(one, value, at)),
                "allOf" => every().all(|one| self.fits(one, value, at)),
                "minimum" => bound().0.is_none_or(|v| v >= bound().1),
                "maximum" => bound().0.is_none_or(|v| v <= bound().1),
                "exclusiveMinimum" => bound().0.is_none_or(|v| v > bound().1),
                "exclusiveMaximum" => bound().0.is_none_or(|v| v < bound().1),
                "minLength" => value.as_str().is_none_or(|t| t.len() as f64 >= bound().1),
                "required" => every().all(|name| value.get(name.as_str().expect("text")).is_some()),
                "items" => {
                    for (i, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(says, item, &format!("{at}[{i}]"), faults);
                    }
                    true
                }
                "properties" | "additionalProperties" => {
                    self.members(rule, schema, value, at, faults);
                    true
                }
                "description" | "default" | "format" | "deprecated" | "x-deprecation-message" => {
                    true
                }
                other => panic!("{at}: the keyword {other} is not known"),
            };
            if !holds {
                faults.push(format!("{at}: {rule} {says}: {value}"));
            }
        }
    }

    fn members(
        &self,
        rule: &str,
        schema: &Value,
        value: &Value,
        at: &str,
        faults: &mut Vec<String>,
    ) {
        for (name, member) in value.as_object().into_iter().flatten() {
            let at = format!("{at}.{name}");
            let named = schema["properties"].get(name);
            match (rule, named, &schema["additionalProperties"]) {
                ("properties", Some(named), _) => self.check(named, member, &at, faults),
                ("additionalProperties", None, Value::Bool(true)) => {}
                ("additionalProperties", None, Value::Bool(false)) => {
                    faults.push(format!("{at} is not known"));
                }
                ("additionalProperties", None, further) => {
                    self.check(further, member, &at, faults);
                }
                _ => {}
            }
        }
    }
}

fn is_anything(schema: &Value) -> bool {
    schema["type"] == "object"
        && schema["additionalProperties"] == json!({})
        && schema.get("properties").is_none()
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("the type {other} is not known"),
    }
}

#[test]
fn every_board_panel_and_question_fits_the_published_schema() {
    let Some(dashboard) = Schema::published("dashboard") else { return };
    let Some(question) = Schema::published("prometheus") else { return };
    for (path, board) in Language::ALL.into_iter().flat_map(boards) {
        let mut faults = dashboard.faults("Dashboard", &board);
        for panel in panels(&board) {
            let file = word(panel, "type").replace('-', "");
            let Some(plugin) = Schema::published(&file) else { return };
            faults.extend(dashboard.faults("Panel", panel));
            faults.extend(plugin.faults("Options", &panel["options"]));
            if let Some(custom) = panel["fieldConfig"]["defaults"].get("custom") {
                faults.extend(plugin.faults("FieldConfig", custom));
            }
            for target in list(panel, "/targets") {
                faults.extend(question.faults("Dataquery", target));
            }
        }
        assert!(faults.is_empty(), "{path}:\n{}", faults.join("\n"));
    }
}

#[test]
fn every_unit_is_one_that_grafana_knows() {
    let Some(units) = Schema::published("units") else { return };
    let known = units.root.to_string();
    for (path, board) in boards(Language::En) {
        for panel in panels(&board) {
            let own = word(&panel["fieldConfig"]["defaults"], "unit");
            let overrides = list(panel, "/fieldConfig/overrides").iter();
            let properties = overrides.flat_map(|o| list(o, "/properties"));
            let columns = properties.filter(|p| p["id"] == "unit").map(|p| word(p, "value"));
            for unit in columns.chain([own]) {
                assert!(known.contains(&format!("\"{unit}\"")), "{path}: unit {unit}");
            }
        }
    }
}

#[test]
fn a_misspelt_key_and_a_wrong_word_are_found() {
    let Some(dashboard) = Schema::published("dashboard") else { return };
    let Some(stat) = Schema::published("stat") else { return };
    let (_, board) = boards(Language::En).swap_remove(0);
    let spoilt = |change: fn(&mut Value)| {
        let mut board = board.clone();
        change(&mut board);
        dashboard.faults("Dashboard", &board).len()
            + stat.faults("Options", &board["panels"][0]["options"]).len()
    };
    assert_eq!(spoilt(|_| {}), 0);
    assert!(spoilt(|board| board["titel"] = "x".into()) > 0);
    assert!(spoilt(|board| board["panels"][0]["gridpos"] = json!({})) > 0);
    assert!(spoilt(|board| board["panels"][0]["gridPos"]["w"] = 25.into()) > 0);
    assert!(spoilt(|board| board["panels"][0]["options"]["textMode"] = "loud".into()) > 0);
    assert!(spoilt(|board| board["templating"]["list"][1]["refresh"] = "often".into()) > 0);
}
