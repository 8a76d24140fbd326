//! The reading side of a journal file: log book, incidents, intervals.
//!
//! It has a read-only connection of its own, so a long report never holds the writer up, and it
//! works as well on a journal that nobody writes. Every query is bounded by its limit.

use super::intervals::{IntervalQuery, IntervalRecord, Place};
use super::sqlite::{Identity, connect_read_only, identity, read_record};
use super::{History, IncidentSummary, JournalError, LogbookPage, LogbookQuery};
use crate::engine::time::{Span, Timestamp};
use crate::record::Record;
use rusqlite::types::ToSql;
use rusqlite::{Connection, Row};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Most lines or rows that one query returns, whatever is asked for.
pub const LIMIT_MAX: usize = 10_000;

/// Reads a journal file.
#[derive(Debug)]
pub struct Reader {
    connection: Mutex<Connection>,
    identity: Identity,
}

/// Lines of the log book about work, see [`Reader::recall_work`].
#[derive(Clone, Debug, PartialEq)]
pub struct WorkLines {
    /// Who came and went, each with its line, in order.
    pub lines: Vec<(i64, Record)>,
    /// The line up to which was read.
    pub upto: i64,
    /// The last line of the log book; beyond `upto` there is more to read.
    pub last: i64,
}

impl Reader {
    /// Opens a journal for reading.
    ///
    /// # Errors
    /// If it is no journal, a newer one, or not accessible.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let connection = connect_read_only(path)?;
        let identity = identity(&connection)?;
        Ok(Self { connection: Mutex::new(connection), identity })
    }

    /// What the journal says of itself.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Outages that begin behind a line of the log book, and the line up to which was counted.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn outages(&self, after: i64) -> Result<(u64, i64), JournalError> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(OUTAGES)?;
        let found: (i64, i64) =
            statement.query_row([after], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok((found.0.cast_unsigned(), found.1))
    }

    /// Work of recalls that ended behind a line of the log book, with all that was told of who came and
    /// went in those recalls before.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn recall_work(&self, after: i64) -> Result<WorkLines, JournalError> {
        let connection = self.lock();
        let last = "SELECT coalesce(max(cursor), 0) FROM logbook";
        let last: i64 = connection.prepare_cached(last)?.query_row([], |row| row.get(0))?;
        let upto = last.min(after.saturating_add(limit(LIMIT_MAX)));
        let mut statement = connection.prepare_cached(RECALL_WORK)?;
        let mut rows = statement.query((after, upto))?;
        let mut lines = Vec::new();
        while let Some(row) = rows.next()? {
            let record = read_record(row.get_ref(1)?.as_str().unwrap_or_default())?;
            lines.push((row.get(0)?, record));
        }
        Ok(WorkLines { lines, upto, last })
    }

    /// Per channel, when the oldest intent that still waits was ordered.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn oldest_pending(&self) -> Result<Vec<(String, Timestamp)>, JournalError> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(OLDEST_PENDING)?;
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, Timestamp::from_millis(row.get(1)?))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Nothing is written through this connection, so a panic elsewhere cannot have broken it.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const LOGBOOK: &str = "SELECT cursor, record FROM logbook
    WHERE (:unit IS NULL OR unit = :unit)
      AND (:kind IS NULL OR type = :kind)
      AND (:incident IS NULL OR incident = :incident)
      AND (:since IS NULL OR at >= :since)
      AND (:until IS NULL OR at < :until)
      AND (:cursor IS NULL OR cursor < :cursor)
      AND (:level IS NULL OR :level IN
        (record ->> '$.from', record ->> '$.to', record ->> '$.level'))
      AND (:text IS NULL OR EXISTS (SELECT 1 FROM json_tree(record) said
        WHERE said.type = 'text' AND instr(lower(said.atom), lower(:text))
          AND said.key IN ('unit', 'queue', 'source', 'actor', 'reason', 'refused', 'en', 'zh-CN')))
    ORDER BY cursor DESC LIMIT :limit";

const INCIDENTS: &str = "SELECT incident, unit, opened_at, closed_at, level, highest, transitions
    FROM incidents WHERE (?1 IS NULL OR unit = ?1) ORDER BY incident DESC LIMIT ?2";

const OUTAGES: &str = "SELECT count(*) FILTER
        (WHERE type = 'outage' AND record ->> '$.cause' = 'report'), coalesce(max(cursor), ?1)
    FROM logbook WHERE cursor > ?1";

/// A drill has no incident.
const RECALL_WORK: &str = "SELECT cursor, record FROM logbook
    WHERE cursor <= ?2 AND type = 'recall'
      AND record ->> '$.cause' IN ('arrived', 'release', 'closed')
      AND incident IN (SELECT incident FROM logbook
        WHERE cursor > ?1 AND cursor <= ?2 AND type = 'recall'
          AND record ->> '$.cause' IN ('release', 'closed'))
    ORDER BY cursor";

const OLDEST_PENDING: &str = "SELECT channel, min(created_at) FROM outbox
    WHERE state = 'pending' GROUP BY channel";

const ALL_INTERVALS: &str = "SELECT s.queue, s.source, r.start, r.length, r.offered, r.answered,
        r.abandoned, r.refused, r.exited, r.answered_in_target, r.wait, r.talk, r.expected, r.series
    FROM intervals r JOIN series s ON s.id = r.series
    WHERE (r.start, r.series, r.length) > (:start, :series, :length) AND r.start < :until
    ORDER BY r.start, r.series, r.length LIMIT :limit";

const INTERVALS: &str = "WITH RECURSIVE grid (start) AS (
        SELECT min(start) FROM intervals WHERE start >= :start
        UNION ALL
        SELECT (SELECT min(r.start) FROM intervals r WHERE r.start > grid.start)
        FROM grid WHERE grid.start < :until)
    SELECT s.queue, s.source, r.start, r.length, r.offered, r.answered, r.abandoned, r.refused,
        r.exited, r.answered_in_target, r.wait, r.talk, r.expected, r.series
    FROM grid CROSS JOIN series s CROSS JOIN intervals r ON r.start = grid.start AND r.series = s.id
    WHERE s.queue = :queue AND grid.start < :until
      AND (r.start, r.series, r.length) > (:start, :series, :length)
    ORDER BY r.start, r.series, r.length LIMIT :limit";

const ALL_QUARTERS: &str = "SELECT s.queue, s.source, r.start, r.length, r.offered, r.answered,
        r.abandoned, r.refused, r.exited, r.answered_in_target, r.wait, r.talk, r.expected, r.series
    FROM quarters r JOIN series s ON s.id = r.series
    WHERE (r.start, r.series, r.length) > (:start, :series, :length) AND r.start < :until
    ORDER BY r.start, r.series, r.length LIMIT :limit";

const QUARTERS: &str = "WITH RECURSIVE grid (start) AS (
        SELECT min(start) FROM quarters WHERE start >= :start
        UNION ALL
        SELECT (SELECT min(r.start) FROM quarters r WHERE r.start > grid.start)
        FROM grid WHERE grid.start < :until)
    SELECT s.queue, s.source, r.start, r.length, r.offered, r.answered, r.abandoned, r.refused,
        r.exited, r.answered_in_target, r.wait, r.talk, r.expected, r.series
    FROM grid CROSS JOIN series s CROSS JOIN quarters r ON r.start = grid.start AND r.series = s.id
    WHERE s.queue = :queue AND grid.start < :until
      AND (r.start, r.series, r.length) > (:start, :series, :length)
    ORDER BY r.start, r.series, r.length LIMIT :limit";

fn limit(asked: usize) -> i64 {
    i64::try_from(asked.min(LIMIT_MAX)).unwrap_or(i64::MAX)
}

fn interval(row: &Row<'_>) -> rusqlite::Result<IntervalRecord> {
    let start = Timestamp::from_millis(row.get(2)?);
    let length = Span::millis(row.get(3)?);
    let seconds = |millis: Option<i64>| millis.map(|ms| Span::millis(ms).as_secs_f64());
    Ok(IntervalRecord {
        place: Place { start, series: row.get(13)?, length },
        queue: row.get(0)?,
        source: row.get(1)?,
        start: start.to_string(),
        end: (start + length).to_string(),
        offered: row.get(4)?,
        answered: row.get(5)?,
        abandoned: row.get(6)?,
        refused: row.get(7)?,
        exited: row.get(8)?,
        answered_in_target: row.get(9)?,
        wait_seconds: seconds(row.get(10)?),
        talk_seconds: seconds(row.get(11)?),
        expected: row.get(12)?,
    })
}

impl History for Reader {
    fn logbook(&self, query: &LogbookQuery) -> Result<LogbookPage, JournalError> {
        let wanted = query.limit.min(LIMIT_MAX);
        let connection = self.lock();
        let mut statement = connection.prepare_cached(LOGBOOK)?;
        let parameters: [(&str, &dyn ToSql); 9] = [
            (":unit", &query.unit),
            (":level", &query.level),
            (":text", &query.text),
            (":kind", &query.kind),
            (":incident", &query.incident.map(u64::cast_signed)),
            (":since", &query.since.map(Timestamp::as_millis)),
            (":until", &query.until.map(Timestamp::as_millis)),
            (":cursor", &query.cursor),
            // One more tells whether there is a next page.
            (":limit", &(limit(wanted) + 1)),
        ];
        let mut rows = statement.query(&parameters[..])?;
        let mut page = LogbookPage::default();
        let mut last = 0;
        while let Some(row) = rows.next()? {
            if page.records.len() == wanted {
                page.next = Some(last);
                break;
            }
            last = row.get(0)?;
            page.records.push(read_record(row.get_ref(1)?.as_str().unwrap_or_default())?);
        }
        Ok(page)
    }

    fn incidents(
        &self,
        unit: Option<&str>,
        limit: usize,
    ) -> Result<Vec<IncidentSummary>, JournalError> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(INCIDENTS)?;
        let rows = statement.query_map((unit, self::limit(limit)), |row| {
            Ok(IncidentSummary {
                incident: row.get::<_, i64>(0)?.cast_unsigned(),
                unit: row.get(1)?,
                opened_at: row.get(2)?,
                closed_at: row.get(3)?,
                level: row.get(4)?,
                highest: row.get(5)?,
                transitions: row.get(6)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn intervals(&self, query: &IntervalQuery) -> Result<Vec<IntervalRecord>, JournalError> {
        // Rows are keyed by time first, so a queue's stretch is found by jumping from start to
        // start; reading the stretch of all queues would be thousands of times as much.
        let sql = match (&query.queue, query.quarters) {
            (Some(_), false) => INTERVALS,
            (Some(_), true) => QUARTERS,
            (None, false) => ALL_INTERVALS,
            (None, true) => ALL_QUARTERS,
        };
        let connection = self.lock();
        let mut statement = connection.prepare_cached(sql)?;
        let (start, series) = (query.after.start.as_millis(), query.after.series);
        let length = query.after.length.as_millis();
        let (until, limit) = (query.until.as_millis(), limit(query.limit));
        let mut parameters: Vec<(&str, &dyn ToSql)> = vec![
            (":start", &start),
            (":series", &series),
            (":length", &length),
            (":until", &until),
            (":limit", &limit),
        ];
        if query.queue.is_some() {
            parameters.push((":queue", &query.queue));
        }
        let rows = statement.query_map(&parameters[..], interval)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
