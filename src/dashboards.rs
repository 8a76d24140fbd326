//! Grafana dashboards, Prometheus rules and provisioning files, written by the program itself.
//!
//! Grafana has no translations inside a dashboard, so each board is written once here, with both
//! languages beside each other, and exported as two files whose queries are the same. Built with
//! a few functions instead of hand-written JSON: a panel then cannot lack its description, its
//! unit or its second language, and a test compares the committed files with what this writes.
//!
//! Classic model (schema version 41), which every Grafana since 9 reads. Nothing here asks
//! Grafana for anything: the files are data. The rules are the same in every language and are
//! written by hand; their annotations carry both.

mod analyst;
mod connectors;
mod leader;
mod look;
mod operator;
mod panel;
mod variables;
mod vocabulary;
mod wallboard;
mod words;

use crate::config::Language;
use panel::Panel;
use serde_json::{Value, json};
use words::{Words, words};

/// A board before it has a language.
struct Board {
    /// Stable: links to a board survive an update.
    uid: &'static str,
    title: Words,
    about: Words,
    /// Whether it lets one choose a queue.
    by_queue: bool,
    /// How far back it looks.
    from: &'static str,
    panels: Vec<Panel>,
}

/// A file of the export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Path inside the folder of the export, with `/`.
    pub path: String,
    /// Its whole text.
    pub text: String,
}

/// What a panel asks Prometheus, for whoever checks it against a running one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The board's name, which is that of its file.
    pub board: &'static str,
    /// The panel's English title.
    pub panel: &'static str,
    /// PromQL with Grafana's variables in it.
    pub expr: String,
    /// Whether an empty answer is right while all is well.
    pub may_be_empty: bool,
}

/// Rules, their unit tests and provisioning: the same in every language.
const PLAIN: [(&str, &str); 5] = [
    ("rules/alerts.yaml", include_str!("../dashboards/rules/alerts.yaml")),
    ("rules/recording.yaml", include_str!("../dashboards/rules/recording.yaml")),
    ("rules/tests.yaml", include_str!("../dashboards/rules/tests.yaml")),
    (
        "provisioning/dashboards/callsurge.yaml",
        include_str!("../dashboards/provisioning/dashboards/callsurge.yaml"),
    ),
    (
        "provisioning/datasources/prometheus.yaml",
        include_str!("../dashboards/provisioning/datasources/prometheus.yaml"),
    ),
];

/// Everything that `dashboards export` writes for these languages.
pub fn export(languages: &[Language]) -> Vec<File> {
    let mut files: Vec<File> = languages.iter().copied().flat_map(in_language).collect();
    files.extend(PLAIN.map(|(path, text)| File { path: path.to_owned(), text: text.to_owned() }));
    files
}

/// The folder of a language: the boards, and a mixin of them.
fn in_language(language: Language) -> Vec<File> {
    let file = |name: &str, text: String| File { path: format!("{}/{name}", language.tag()), text };
    let mut files = Vec::new();
    let mut imports = String::new();
    for board in boards() {
        let name = format!("{}.json", board.name());
        imports.push_str(&format!("    '{}.json': import '{name}',\n", board.uid_in(language)));
        files.push(file(&name, format!("{:#}\n", board.render(language))));
    }
    let mixin = format!(
        "// These files as a monitoring mixin; needs jsonnet 0.18 or later.\n{{\n  \
         grafanaDashboards+:: {{\n{imports}  }},\n  \
         prometheusAlerts+:: std.parseYaml(importstr '../rules/alerts.yaml'),\n  \
         prometheusRules+:: std.parseYaml(importstr '../rules/recording.yaml'),\n}}\n"
    );
    files.push(file("mixin.libsonnet", mixin));
    files
}

/// What every panel of every board asks.
pub fn questions() -> Vec<Question> {
    boards().iter().flat_map(|board| board.panels.iter().flat_map(|p| p.questions(board))).collect()
}

fn boards() -> [Board; 4] {
    [wallboard::board(), leader::board(), analyst::board(), operator::board()]
}

/// Address of the analyst's board under that of a Grafana.
pub fn analyst_address(base: &str, language: Language) -> String {
    format!("{}/d/{}", base.trim_end_matches('/'), analyst::board().uid_in(language))
}

impl Board {
    /// The name of its file.
    fn name(&self) -> &'static str {
        self.uid.trim_start_matches("callsurge-")
    }

    fn uid_in(&self, language: Language) -> String {
        match language {
            Language::En => self.uid.to_owned(),
            Language::ZhCn => format!("{}-zh", self.uid),
        }
    }

    fn render(&self, language: Language) -> Value {
        let panels: Vec<Value> =
            (1..).zip(&self.panels).map(|(id, panel)| panel.render(id, language)).collect();
        // Links go to the boards of the same language.
        let tag = format!("callsurge-{}", language.tag());
        json!({
            "uid": self.uid_in(language),
            "title": self.title.of(language),
            "description": self.about.of(language),
            "tags": ["callsurge", tag],
            "schemaVersion": 41,
            "version": 1,
            "editable": false,
            "graphTooltip": 1,
            "refresh": "10s",
            "time": {"from": self.from, "to": "now"},
            "timezone": "browser",
            "annotations": {"list": [variables::transitions(language)]},
            "links": [{
                "title": words("Boards", "看板").of(language), "type": "dashboards",
                "icon": "external link", "tooltip": "", "tags": [tag],
                "asDropdown": true, "targetBlank": false, "includeVars": true, "keepTime": true,
            }],
            "templating": {"list": variables::list(language, self.by_queue)},
            "panels": panels,
        })
    }
}
