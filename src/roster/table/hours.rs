//! Overtime that was worked, day by day, from the time sheet of the personnel system.
//!
//! A line sets the overtime of a day, it does not add to it: the same file twice changes nothing.

use super::Sheet;
use super::cells::day;
use crate::engine::time::Timestamp;
use crate::roster::{Fault, Ledger, PersonId, Problem};
use std::collections::BTreeMap;

const ID: &[&str] = &["id", "工号", "员工编号", "编号", "staff_id"];
const DATE: &[&str] = &["date", "日期"];
const HOURS: &[&str] = &["overtime_hours", "加班小时", "加班时长", "加班时数"];
const ENDED: &[&str] = &["ended_at", "结束时间"];
const DAY_MINUTES: u32 = 24 * 60;

/// Ledgers as they are to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    /// Of the people whose ledger changes: as it was, and as it is to be.
    pub changed: BTreeMap<PersonId, [Ledger; 2]>,
    /// Lines that were read.
    pub lines: usize,
}

/// Reads overtime from a sheet; `None` if the sheet is not of that kind. `people` are staff ids, with
/// who that is and their ledger so far.
///
/// # Errors
/// All that is wrong with it.
pub fn hours(
    sheet: &Sheet,
    people: &BTreeMap<&str, (PersonId, &Ledger)>,
) -> Option<Result<Hours, Vec<Problem>>> {
    let columns = [sheet.column(ID)?, sheet.column(DATE)?, sheet.column(HOURS)?];
    let ended = sheet.column(ENDED);
    let (mut ledgers, mut problems) = (BTreeMap::new(), Vec::new());
    let mut seen = BTreeMap::new();
    for line in &sheet.lines {
        let mut row = || {
            let (line, record) = line.as_ref().map_err(Clone::clone)?;
            let cell = |at: usize| record.get(at).unwrap_or_default().trim();
            let wrong = |at: usize, name: &str, fault| {
                Problem::at(*line, format!("column {} ({name})", at + 1), fault)
            };
            let [id, date, worked] = columns;
            let found = people.get(cell(id)).ok_or_else(|| wrong(id, "id", Fault::Unknown))?;
            let day = day(cell(date)).map_err(|fault| wrong(date, "date", fault))?;
            let minutes = minutes(cell(worked))
                .ok_or_else(|| wrong(worked, "overtime_hours", Fault::Hours))?;
            if let Some(first) = seen.insert((found.0, day), *line) {
                return Err(wrong(date, "date", Fault::DayTwice(first)));
            }
            let ledger = ledgers.entry(found.0).or_insert_with(|| found.1.clone());
            ledger.set(day, minutes);
            if let Some(at) = ended.filter(|at| !cell(*at).is_empty()) {
                let end = Timestamp::parse_rfc3339(cell(at))
                    .map_err(|_| wrong(at, "ended_at", Fault::Instant))?;
                ledger.ended(end);
            }
            Ok(())
        };
        if let Err(problem) = row() {
            problems.push(problem);
        }
    }
    if sheet.lines.is_empty() {
        problems.push(Problem::line(0, Fault::Nobody));
    }
    if !problems.is_empty() {
        return Some(Err(problems));
    }
    let before: BTreeMap<PersonId, &Ledger> = people.values().copied().collect();
    let change = |(id, after): (PersonId, Ledger)| {
        let before: &Ledger = before.get(&id)?;
        (*before != after).then(|| (id, [before.clone(), after]))
    };
    let changed = ledgers.into_iter().filter_map(change).collect();
    Some(Ok(Hours { changed, lines: sheet.lines.len() }))
}

/// `3`, `1.5`, `0.25` or `1:30`.
fn minutes(text: &str) -> Option<u32> {
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (whole, part, sixty) = match (text.split_once('.'), text.split_once(':')) {
        (None, None) => (text, "0", false),
        (Some((whole, part)), None) => (whole, part, false),
        (None, Some((whole, part))) if part.len() == 2 => (whole, part, true),
        (Some(_) | None, Some(_)) => return None,
    };
    if whole.is_empty() || !(1..=2).contains(&part.len()) || !plain(whole) || !plain(part) {
        return None;
    }
    let (hours, number): (u32, u32) = (whole.parse().ok()?, part.parse().ok()?);
    let rest = match (sixty, part.len()) {
        (true, _) => (number < 60).then_some(number)?,
        (false, 1) => number * 6,
        (false, _) => (number * 60).div_ceil(100),
    };
    hours.checked_mul(60)?.checked_add(rest).filter(|minutes| *minutes <= DAY_MINUTES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::encoding::Encoding;

    fn read(text: &str) -> Option<Result<Hours, Vec<String>>> {
        let sheet = Sheet::read(text.as_bytes(), Encoding::Auto).expect("a table");
        let mut before = Ledger::default();
        before.set("2026-11-01".parse().expect("a date"), 60);
        let people = BTreeMap::from([("A", (PersonId(1), &before)), ("B", (PersonId(2), &before))]);
        let shown = |all: Vec<Problem>| all.iter().map(ToString::to_string).collect();
        hours(&sheet, &people).map(|result| result.map_err(shown))
    }

    #[test]
    fn days_are_set_and_what_stays_is_no_change() {
        let text = "工号,日期,加班小时,结束时间\nA,2026/11/1,1.0,\nB,2026-11-01,2:15,\n\
                    B,2026-11-03,0.25,2026-11-03T22:15:00+08:00\n";
        let told = read(text).expect("overtime").expect("good");
        assert_eq!((told.lines, told.changed.len()), (3, 1));
        let [before, ledger] = &told.changed[&PersonId(2)];
        assert_eq!(before.days().count(), 1);
        let days: Vec<_> = ledger.days().map(|(day, minutes)| (day.to_string(), minutes)).collect();
        assert_eq!(days, [("2026-11-01".to_owned(), 135), ("2026-11-03".to_owned(), 15)]);
        assert_eq!(ledger.last_end(), Timestamp::parse_rfc3339("2026-11-03T14:15:00Z").ok());
    }

    #[test]
    fn what_is_wrong_is_told_and_other_tables_are_not_taken() {
        let text = "id,date,overtime_hours,ended_at\nC,2026-11-01,1,\nA,1.11.,1,\nA,2026-11-02,25,\n\
                    A,2026-11-04,1,22:15\nB,2026-11-02,1,\nB,2026-11-02,2,\nB,2026-11-05\n";
        let said = read(text).expect("overtime").expect_err("wrong");
        for (problem, wanted) in said.iter().zip([
            "2: column 1 (id): nobody in the roster",
            "3: column 2 (date): it is no date",
            "4: column 3 (overtime_hours): it is no number of hours",
            "5: column 4 (ended_at): it is no instant",
            "7: column 2 (date): the same day of the same person stands in line 6",
            "8: it has 2 cells, the first line 4",
        ]) {
            assert!(problem.starts_with(wanted), "{problem}\n  is not\n{wanted}");
        }
        assert_eq!(said.len(), 6, "{said:?}");
        assert_eq!(read("id,name,tier\n1,A,L2\n"), None);
        for (text, wanted) in [("24", Some(1_440)), ("24.01", None), ("1.005", None), ("-1", None)]
        {
            assert_eq!(minutes(text), wanted, "{text}");
        }
        for text in ["", ".5", "1.", "1:5", "1:60", "1.5:00", "NaN", "1e1"] {
            assert_eq!(minutes(text), None, "{text}");
        }
    }
}
