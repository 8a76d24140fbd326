//! Which column of a table is which.

use super::cells::CsvProblem;
use crate::ingest::name::shown;

/// The columns that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Start,
    Offered,
    Queue,
    End,
    Answered,
    Abandoned,
    Refused,
    Exited,
    AnsweredInTarget,
    WaitSeconds,
    TalkSeconds,
    Revision,
    Final,
}

const COLUMNS: usize = 13;

impl Column {
    const NAMES: [(Self, &'static str); COLUMNS] = [
        (Self::Start, "start"),
        (Self::Offered, "offered"),
        (Self::Queue, "queue"),
        (Self::End, "end"),
        (Self::Answered, "answered"),
        (Self::Abandoned, "abandoned"),
        (Self::Refused, "refused"),
        (Self::Exited, "exited"),
        (Self::AnsweredInTarget, "answered_in_target"),
        (Self::WaitSeconds, "wait_seconds"),
        (Self::TalkSeconds, "talk_seconds"),
        (Self::Revision, "revision"),
        (Self::Final, "final"),
    ];
    const OTHER_NAMES: [(Self, &'static str); 17] = [
        (Self::Start, "ts"),
        (Self::Start, "时间"),
        (Self::Start, "开始时间"),
        (Self::End, "结束时间"),
        (Self::Offered, "calls"),
        (Self::Offered, "呼入量"),
        (Self::Offered, "来电量"),
        (Self::Offered, "呼入总量"),
        (Self::Offered, "总呼入量"),
        (Self::Queue, "队列"),
        (Self::Queue, "队列名称"),
        (Self::Queue, "技能组"),
        (Self::Answered, "接起量"),
        (Self::Answered, "接通量"),
        (Self::Answered, "应答量"),
        (Self::Abandoned, "放弃量"),
        (Self::Refused, "溢出量"),
    ];

    pub(super) const fn name(self) -> &'static str {
        Self::NAMES[self as usize].1
    }

    fn of(name: &str) -> Option<Self> {
        let mut known = Self::NAMES.iter().chain(&Self::OTHER_NAMES);
        known.find(|(_, known)| name.eq_ignore_ascii_case(known)).map(|(column, _)| *column)
    }
}

/// Where the columns are.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    at: [Option<usize>; COLUMNS],
    width: usize,
    ignored: Vec<String>,
}

impl Columns {
    /// Reads a header.
    pub(super) fn of(header: &csv::ByteRecord) -> Result<Self, CsvProblem> {
        let mut columns = Self { at: [None; COLUMNS], width: header.len(), ignored: Vec::new() };
        for (at, cell) in header.iter().enumerate() {
            let cell = cell.strip_prefix(b"\xef\xbb\xbf").unwrap_or(cell);
            let name = String::from_utf8_lossy(cell.trim_ascii());
            match Column::of(&name) {
                None => columns.ignored.push(shown(&name)),
                Some(column) if columns.has(column) => {
                    return Err(CsvProblem::ColumnTwice(column.name()));
                }
                Some(column) => columns.at[column as usize] = Some(at),
            }
        }
        for (column, names) in
            [(Column::Start, "start` or `ts"), (Column::Offered, "offered` or `calls")]
        {
            if !columns.has(column) {
                let found: Vec<String> =
                    header.iter().take(8).map(|c| shown(&String::from_utf8_lossy(c))).collect();
                return Err(CsvProblem::NoColumn { names, found: found.join(", ") });
            }
        }
        Ok(columns)
    }

    /// Columns at fixed places, of a table without a header.
    pub(super) fn fixed(places: &[(Column, usize)]) -> Self {
        let width = places.iter().map(|&(_, at)| at + 1).max().unwrap_or(0);
        let mut columns = Self { at: [None; COLUMNS], width, ignored: Vec::new() };
        for &(column, at) in places {
            columns.at[column as usize] = Some(at);
        }
        columns
    }

    pub(super) fn has(&self, column: Column) -> bool {
        self.at(column).is_some()
    }

    pub(super) fn at(&self, column: Column) -> Option<usize> {
        self.at[column as usize]
    }

    /// Cells of the header.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn ignored(&self) -> &[String] {
        &self.ignored
    }
}

/// A cell without the quotes around it.
pub(super) fn unquoted(cell: &[u8]) -> &[u8] {
    let cell = cell.trim_ascii();
    cell.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_the_order_of_the_columns() {
        for (at, (column, name)) in Column::NAMES.into_iter().enumerate() {
            assert_eq!(column as usize, at);
            assert_eq!(Column::of(name), Some(column));
        }
    }

    #[test]
    fn chinese_names_are_known() {
        let header = csv::ByteRecord::from(vec!["时间", "技能组", "呼入总量", "接起量", "放弃量"]);
        let columns = Columns::of(&header).unwrap();
        for (at, column) in [
            (0, Column::Start),
            (1, Column::Queue),
            (2, Column::Offered),
            (3, Column::Answered),
            (4, Column::Abandoned),
        ] {
            assert_eq!(columns.at(column), Some(at));
        }
    }
}
