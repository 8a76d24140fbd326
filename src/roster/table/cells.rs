//! Cells of a table of people as values.

use super::columns::{Column, Columns};
use crate::config::{Language, timezone};
use crate::ingest::name;
use crate::roster::{Fault, Problem, Tier};
use chrono::NaiveDate;
use chrono_tz::Tz;
use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization;

/// The cells of one line, and what was found to be wrong with them so far.
pub(super) struct Cells<'a> {
    pub(super) line: u64,
    pub(super) columns: &'a Columns,
    pub(super) record: &'a csv::StringRecord,
    /// Each with its column.
    pub(super) problems: Vec<(usize, Problem)>,
}

impl Cells<'_> {
    /// A cell without the space around it; `None` where there is no such column.
    pub(super) fn cell(&self, column: Column) -> Option<&str> {
        self.columns.at(column).map(|at| self.record.get(at).unwrap_or_default().trim())
    }

    /// Notes what is wrong with the cell of a column.
    pub(super) fn refuse(&mut self, column: Column, fault: impl Into<Fault>) {
        let at = self.columns.at(column).unwrap_or_default() + 1;
        let place = format!("column {at} ({})", column.name());
        self.problems.push((at, Problem::at(self.line, place, fault)));
    }

    /// A cell that must not be empty, as a name.
    pub(super) fn needed(&mut self, column: Column) -> Option<String> {
        let found = match self.cell(column).unwrap_or_default() {
            "" => Err(Fault::Empty),
            cell if cell.starts_with(['=', '+', '-', '@']) => Err(Fault::Formula),
            cell => name::checked(cell).map(|name| name.into_owned()).map_err(Fault::from),
        };
        self.kept(column, found)
    }

    /// The value of a cell: outside `None` where there is no column, inside where it is empty.
    pub(super) fn value<T>(
        &mut self,
        column: Column,
        read: impl FnOnce(&str) -> Result<T, Fault>,
    ) -> Option<Option<T>> {
        let found = match self.cell(column)? {
            "" => return Some(None),
            cell => read(cell),
        };
        Some(self.kept(column, found))
    }

    /// Names in one cell, parted by `;`, `|`, `、` or `/`.
    pub(super) fn names(&mut self, column: Column) -> Option<BTreeSet<String>> {
        self.value(column, |cell| {
            let parts = parts(cell).map(|part| Ok(name::checked(part)?.into_owned()));
            parts.collect::<Result<BTreeSet<_>, Fault>>()
        })
        .map(Option::unwrap_or_default)
    }

    fn kept<T>(&mut self, column: Column, found: Result<T, Fault>) -> Option<T> {
        found.map_err(|fault| self.refuse(column, fault)).ok()
    }
}

fn parts(cell: &str) -> impl Iterator<Item = &str> {
    cell.split([';', '；', '|', '、', '/']).map(str::trim).filter(|part| !part.is_empty())
}

pub(super) fn tiers(cell: &str) -> Result<BTreeSet<Tier>, Fault> {
    const ALLOWED: &str = "inside (L1, 在岗), standby (L2, 备班), functional (L3, 职能)";
    let tier = |word: &str| {
        let same = |known: &&str| known.eq_ignore_ascii_case(word);
        let found = Tier::ALL.into_iter().find(|tier| {
            let others: [&str; 3] = match tier {
                Tier::Inside => ["L1", "一级", "一级支持"],
                Tier::Standby => ["L2", "二级", "二级支持"],
                Tier::Functional => ["L3", "三级", "三级支持"],
            };
            [tier.word(), tier.zh()].iter().chain(&others).any(same)
        });
        found.ok_or(Fault::Choice(ALLOWED))
    };
    let tiers = parts(cell).map(tier).collect::<Result<BTreeSet<_>, _>>()?;
    if tiers.is_empty() { Err(Fault::Choice(ALLOWED)) } else { Ok(tiers) }
}

pub(super) fn yes(cell: &str) -> Result<bool, Fault> {
    match cell.to_lowercase().as_str() {
        "yes" | "y" | "true" | "1" | "是" => Ok(true),
        "no" | "n" | "false" | "0" | "否" => Ok(false),
        _ => Err(Fault::Choice("yes (是), no (否)")),
    }
}

pub(super) fn language(cell: &str) -> Result<Language, Fault> {
    match cell.to_lowercase().as_str() {
        "zh-cn" | "zh" | "中文" | "简体中文" => Ok(Language::ZhCn),
        "en" | "英文" | "english" => Ok(Language::En),
        _ => Err(Fault::Choice("zh-CN (中文), en (英文)")),
    }
}

pub(super) fn zone(cell: &str) -> Result<Tz, Fault> {
    timezone::parse(cell).map_err(Fault::Zone)
}

pub(super) fn number(cell: &str, most: u32) -> Result<u32, Fault> {
    let text: String = cell.nfkc().collect();
    let plain = text.bytes().all(|b| b.is_ascii_digit());
    let number = plain.then(|| text.parse().ok()).flatten().filter(|number| *number <= most);
    number.ok_or(Fault::Number(0, most))
}

/// `2026-11-28`, `2026/11/28`, `2026.11.28` or `2026年11月28日`.
pub(super) fn day(cell: &str) -> Result<NaiveDate, Fault> {
    let plain = cell.replace(['/', '.', '年', '月'], "-").replace('日', "");
    NaiveDate::parse_from_str(&plain, "%Y-%m-%d").map_err(|_| Fault::Date)
}
