//! A table of people, as a personnel system or a spreadsheet exports it.
//!
//! UTF-8 or GBK, comma, semicolon or tab, English or Chinese column names. Every line is read before
//! anything is refused, so that one round of mending is enough. Values are checked here and brought to
//! one form; what differs from the roster is [`super::plan`]'s question.
//!
//! A second kind of table tells overtime that was worked: id, date, hours.
//!
//! It deliberately guesses nothing: a tier, a yes or a date that it does not know is an error, since a
//! person who was wrongly taken to agree would be called at night.

mod cells;
mod columns;
mod hours;
mod sheet;

pub use hours::{Hours, hours};
pub use sheet::Sheet;

use super::address::Address;
use super::{Fault, Kind, Problem, QuietHours, Tier};
use crate::config::Language;
use cells::Cells;
use chrono::NaiveDate;
use chrono_tz::Tz;
use columns::{Column, Columns};
use std::collections::{BTreeMap, BTreeSet};

/// Longest promise and farthest turn that have a meaning: a day, and a place among a million.
const PROMISE_MINUTES_MAX: u32 = 24 * 60;
const ROTATION_MAX: u32 = 1_000_000;

/// A person in the table. Where the table has no such column, a value is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Line of the file.
    pub line: u64,
    /// Number or key in the personnel system.
    pub staff_id: String,
    /// Name.
    pub name: String,
    /// Which levels call them.
    pub tiers: BTreeSet<Tier>,
    /// Where they can work.
    pub sites: Option<BTreeSet<String>>,
    /// Which calls they can take.
    pub skills: Option<BTreeSet<String>>,
    /// Promise of their response.
    pub promise_minutes: Option<Option<u32>>,
    /// Language.
    pub language: Option<Option<Language>>,
    /// Time zone.
    pub timezone: Option<Option<Tz>>,
    /// Place in the turn.
    pub rotation: Option<u32>,
    /// Quiet hours.
    pub quiet: Option<Option<QuietHours>>,
    /// Whether they agreed to be called in quiet hours all the same.
    pub pierce: Option<bool>,
    /// Whether they do not want to be asked.
    pub opted_out: Option<bool>,
    /// The day on which all their contacts were verified, as the importer attests.
    pub verified_on: Option<NaiveDate>,
    /// Contacts by kind, in the order of the columns.
    pub contacts: Vec<(Kind, Option<Address>)>,
}

/// A table that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its people.
    pub rows: Vec<Row>,
    /// Numbers, from 1, of columns that are not known and were left out.
    pub ignored: Vec<usize>,
}

/// Reads the people of a sheet; `today` is the day after which nothing can be verified yet.
///
/// # Errors
/// All that is wrong with it.
pub fn people(sheet: &Sheet, today: NaiveDate) -> Result<Table, Vec<Problem>> {
    let columns = Columns::of(&sheet.header)?;
    let (mut rows, mut problems) = (Vec::new(), Vec::new());
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for line in &sheet.lines {
        let (line, record) = match line {
            Ok((line, record)) => (*line, record),
            Err(problem) => {
                problems.push(problem.clone());
                continue;
            }
        };
        let mut cells = Cells { line, columns: &columns, record, problems: Vec::new() };
        let row = person(&mut cells, today);
        if let Some(row) = &row
            && let Some(first) = seen.insert(row.staff_id.clone(), line)
        {
            cells.refuse(Column::Id, Fault::Twice(first));
        }
        cells.problems.sort_by_key(|(column, _)| *column);
        problems.extend(cells.problems.into_iter().map(|(_, problem)| problem));
        rows.extend(row);
    }
    if problems.is_empty() { Ok(Table { rows, ignored: columns.ignored }) } else { Err(problems) }
}

fn person(cells: &mut Cells<'_>, today: NaiveDate) -> Option<Row> {
    let staff_id = cells.needed(Column::Id);
    let name = cells.needed(Column::Name);
    let tiers = cells.value(Column::Tier, cells::tiers).flatten();
    if cells.cell(Column::Tier) == Some("") {
        cells.refuse(Column::Tier, Fault::Empty);
    }
    let sites = cells.names(Column::Sites);
    let skills = cells.names(Column::Skills);
    let promise_minutes =
        cells.value(Column::PromiseMinutes, |c| cells::number(c, PROMISE_MINUTES_MAX));
    let language = cells.value(Column::Language, cells::language);
    let timezone = cells.value(Column::Timezone, cells::zone);
    let rotation = cells.value(Column::Rotation, |c| cells::number(c, ROTATION_MAX));
    let quiet = cells.value(Column::Quiet, |c| Ok(c.parse()?));
    let pierce = cells.value(Column::Pierce, cells::yes);
    let opted_out = cells.value(Column::OptOut, cells::yes);
    let verified_on = cells.value(Column::VerifiedOn, |c| match cells::day(c)? {
        day if day > today => Err(Fault::Future),
        day => Ok(day),
    });
    let contacts = contacts(cells);
    Some(Row {
        line: cells.line,
        staff_id: staff_id?,
        name: name?,
        tiers: tiers?,
        sites,
        skills,
        promise_minutes,
        language,
        timezone,
        rotation: rotation.map(Option::unwrap_or_default),
        quiet,
        pierce: pierce.map(Option::unwrap_or_default),
        opted_out: opted_out.map(Option::unwrap_or_default),
        verified_on: verified_on.flatten(),
        contacts,
    })
}

fn contacts(cells: &mut Cells<'_>) -> Vec<(Kind, Option<Address>)> {
    let mut contacts = Vec::new();
    let columns = cells.columns;
    for (_, column) in columns.contacts() {
        let kinds = if let Column::Contact(kind) = &column {
            std::slice::from_ref(kind)
        } else {
            &[Kind::Sms, Kind::Voice]
        };
        let address = cells.value(column, |cell| Ok(Address::parse(kinds[0], cell)?)).flatten();
        for kind in kinds {
            // Own columns of a kind win over the one number for both, wherever they stand.
            let own = columns.has(Column::Contact(*kind));
            if kinds.len() == 1 || !own {
                contacts.push((*kind, address.clone()));
            }
        }
    }
    contacts
}

#[cfg(test)]
mod tests;
