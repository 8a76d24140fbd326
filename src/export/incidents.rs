//! The table of incidents.

use super::table::{Row, number};
use crate::journal::IncidentSummary;

impl Row for IncidentSummary {
    const COLUMNS: &'static [&'static str] =
        &["incident", "unit", "opened_at", "closed_at", "level", "highest", "transitions"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.incident.to_string(),
            self.unit.clone(),
            self.opened_at.clone(),
            number(self.closed_at.as_ref()),
            self.level.clone(),
            self.highest.clone(),
            self.transitions.to_string(),
        ]
    }
}
