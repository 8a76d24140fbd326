//! Panels: what they ask, and what is said of it. How they look is in [`super::look`].

use super::look::{self, datasource};
use super::variables::in_scope;
use super::vocabulary::Term;
use super::words::Words;
use super::{Board, Question};
use crate::config::Language;
use serde_json::{Value, json};

/// How a panel shows its answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One large value.
    Stat,
    /// One large value on the colour of its level.
    Level,
    /// One large yes or no.
    YesNo,
    /// The name of the series; its value says nothing.
    Name,
    /// Lines over time.
    Lines,
    /// The observed line, and the band from expected to upper limit.
    Band,
    /// Coloured stretches of time, by level.
    Levels,
    /// Coloured stretches of time: yes is as it should be.
    Good,
    /// Coloured stretches of time: yes is worth a look.
    Notable,
    /// One row for each set of labels, one column for each question.
    Table,
}

/// Where a value becomes worth a look.
#[derive(Clone, Copy)]
pub(super) enum Warn {
    Never,
    From(f64),
    Below(f64),
}

/// One question to Prometheus.
pub(super) struct Query {
    expr: String,
    pub(super) legend: Words,
    may_be_empty: bool,
    /// Unit of its column, in a table.
    pub(super) unit: Option<&'static str>,
}

/// A panel before it has a language.
pub(super) struct Panel {
    pub(super) kind: Kind,
    title: Words,
    about: Words,
    /// Grafana's name of the unit.
    pub(super) unit: &'static str,
    pub(super) warn: Warn,
    pub(super) queries: Vec<Query>,
    /// Values of labels in the legends, and what they are called.
    pub(super) terms: &'static [Term],
    /// Column, row, width, height on the grid of 24 columns.
    place: [u32; 4],
    /// The variable for each of whose values it stands there once, and how many fit in a row.
    per: Option<(&'static str, u32)>,
}

/// A panel without a question yet.
pub(super) const fn panel(kind: Kind, title: Words, about: Words, place: [u32; 4]) -> Panel {
    let (unit, warn, terms): (_, _, &[Term]) = ("short", Warn::Never, &[]);
    Panel { kind, title, about, unit, warn, queries: Vec::new(), terms, place, per: None }
}

impl Panel {
    pub(super) const fn unit(mut self, unit: &'static str) -> Self {
        self.unit = unit;
        self
    }

    pub(super) const fn warn(mut self, warn: Warn) -> Self {
        self.warn = warn;
        self
    }

    pub(super) const fn terms(mut self, terms: &'static [Term]) -> Self {
        self.terms = terms;
        self
    }

    pub(super) const fn per(mut self, variable: &'static str, in_a_row: u32) -> Self {
        self.per = Some((variable, in_a_row));
        self
    }

    /// Asks; data must be there whenever a centre is watched.
    pub(super) fn ask(self, expr: &str, legend: Words) -> Self {
        self.query(expr, legend, None, false)
    }

    /// Asks for what is absent while nothing is wrong, or what not every source tells.
    pub(super) fn ask_maybe(self, expr: &str, legend: Words) -> Self {
        self.query(expr, legend, None, true)
    }

    /// Asks for a column with a unit of its own; a cell may be empty.
    pub(super) fn column(self, expr: &str, title: Words, unit: &'static str) -> Self {
        self.query(expr, title, Some(unit), true)
    }

    fn query(
        mut self,
        expr: &str,
        legend: Words,
        unit: Option<&'static str>,
        may_be_empty: bool,
    ) -> Self {
        self.queries.push(Query { expr: in_scope(expr), legend, may_be_empty, unit });
        self
    }

    pub(super) fn questions(&self, board: &Board) -> impl Iterator<Item = Question> {
        let (board, panel) = (board.name(), self.title.of(Language::En));
        self.queries.iter().map(move |query| Question {
            board,
            panel,
            expr: query.expr.clone(),
            may_be_empty: query.may_be_empty,
        })
    }

    pub(super) fn render(&self, id: u32, language: Language) -> Value {
        let [x, y, w, h] = self.place;
        let targets: Vec<Value> = ('A'..)
            .zip(&self.queries)
            .map(|(letter, q)| self.target(letter, q, language))
            .collect();
        let mut panel = json!({
            "id": id,
            "type": look::plugin(self.kind),
            "title": self.title.of(language),
            "description": self.about.of(language),
            "datasource": datasource(),
            "gridPos": {"x": x, "y": y, "w": w, "h": h},
            "targets": targets,
            "options": look::options(self),
            "fieldConfig": {
                "defaults": look::defaults(self, language),
                "overrides": look::overrides(self, language),
            },
        });
        let changes = self.transformations(language);
        if !changes.is_empty() {
            panel["transformations"] = changes.into();
        }
        if let Some((variable, in_a_row)) = self.per {
            panel["title"] = format!("{} — ${variable}", self.title.of(language)).into();
            panel["repeat"] = variable.into();
            panel["repeatDirection"] = "h".into();
            panel["maxPerRow"] = in_a_row.into();
        }
        panel
    }

    /// Large values and tables ask for this moment: over a range, the newest value of a series
    /// that has ended, such as a deadline that has passed, would stay on the wall.
    const fn is_instant(&self) -> bool {
        matches!(self.kind, Kind::Stat | Kind::Level | Kind::YesNo | Kind::Name | Kind::Table)
    }

    fn target(&self, letter: char, query: &Query, language: Language) -> Value {
        json!({
            "refId": letter.to_string(),
            "expr": query.expr,
            "legendFormat": query.legend.of(language),
            "datasource": datasource(),
            "editorMode": "code",
            "format": if self.kind == Kind::Table { "table" } else { "time_series" },
            "instant": self.is_instant(),
            "range": !self.is_instant(),
        })
    }

    fn transformations(&self, language: Language) -> Vec<Value> {
        let mut changes: Vec<Value> = self
            .terms
            .iter()
            .map(|(raw, said)| (raw, said.of(language)))
            .filter(|(raw, said)| raw != &said)
            .map(|(raw, said)| {
                json!({"id": "renameByRegex", "options": {
                    "regex": format!("(|.* ){raw}"), "renamePattern": format!("$1{said}"),
                }})
            })
            .collect();
        if self.kind == Kind::Table {
            changes.push(json!({"id": "merge", "options": {}}));
            changes.push(json!({"id": "organize", "options": {
                "excludeByName": {"Time": true},
                "indexByName": {},
                "renameByName": look::columns(self, language),
            }}));
        }
        changes
    }
}
