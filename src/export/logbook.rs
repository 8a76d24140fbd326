//! The table of the log book.

use super::table::{Row, number};
use crate::record::Record;

impl Row for Record {
    const COLUMNS: &'static [&'static str] = &[
        "at",
        "type",
        "unit",
        "queue",
        "source",
        "incident",
        "from",
        "to",
        "cause",
        "act",
        "level",
        "actor",
        "reason",
        "until",
        "explanation_en",
        "explanation_zh_cn",
    ];

    fn cells(&self) -> Vec<String> {
        let text = |cell: &Option<String>| cell.clone().unwrap_or_default();
        let reason = self.refused.as_ref().map_or_else(
            || text(&self.reason),
            |refused| format!("{} (refused: {refused})", text(&self.reason)),
        );
        vec![
            self.at.clone(),
            self.kind.clone(),
            text(&self.unit),
            text(&self.queue),
            text(&self.source),
            number(self.incident),
            text(&self.from),
            text(&self.to),
            text(&self.cause),
            text(&self.act),
            text(&self.level),
            text(&self.actor),
            reason,
            text(&self.until),
            number(self.explanation.as_ref().map(|said| &said.en)),
            number(self.explanation.as_ref().map(|said| &said.zh_cn)),
        ]
    }
}
