//! One batch, one transaction.

use super::{SqliteJournal, encode};
use crate::engine::effect::{Effect, EffectId, EffectKind, IntervalLine, Quality, Transition};
use crate::engine::entry::{Entry, Input};
use crate::engine::observation::{QueueId, SourceId};
use crate::engine::time::Timestamp;
use crate::journal::intervals::{self, Row};
use crate::journal::step::Step;
use crate::journal::{Audience, Batch, FORMAT, JournalError, Settings, Told};
use crate::record::{Names, Record};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};
use std::collections::{BTreeMap, HashMap};

/// Place of a row of history: start and length in milliseconds around the series' number.
type Key = (i64, i64, i64);

/// Writes everything of a batch. Returns the policy that is in force after it, if it is new.
pub(super) fn batch(
    journal: &mut SqliteJournal,
    batch: &Batch<'_>,
) -> Result<Option<Vec<u8>>, JournalError> {
    let SqliteJournal { settings, connection, identity, build, series, .. } = journal;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    inputs(&transaction, *build, batch.entries)?;
    let policy = facts(&transaction, batch.entries)?;
    if policy.is_some() {
        // Numbers of sources and units may mean others now.
        series.clear();
    }
    let mut told = batch.told.iter().peekable();
    for effect in batch.effects {
        let told = told.next_if(|t| t.id == effect.id);
        effect_rows(&transaction, settings, &identity.id, batch, effect, told)?;
    }
    history(&transaction, series, batch)?;
    for (key, record) in batch.answers {
        answer(&transaction, key, batch.entries, record)?;
    }
    settings.steps.at(Step::Written);
    transaction.commit()?;
    Ok(policy)
}

fn inputs(connection: &Connection, build: i64, entries: &[Entry]) -> Result<(), JournalError> {
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return Ok(()) };
    connection
        .prepare_cached(
            "INSERT INTO inputs (first_seq, last_seq, at, build, format, entries)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((
            first.seq.cast_signed(),
            last.seq.cast_signed(),
            last.at.as_millis(),
            build,
            FORMAT,
            encode(entries)?,
        ))?;
    Ok(())
}

/// What is known from the entries alone: the policy, and receipts that the engine now has.
fn facts(connection: &Connection, entries: &[Entry]) -> Result<Option<Vec<u8>>, JournalError> {
    let mut policy = None;
    for entry in entries {
        if let Input::Policy(settings) = &entry.input {
            policy = Some(encode(settings)?);
        } else if let Input::Receipt { effect, .. } = &entry.input {
            connection
                .prepare_cached("UPDATE outbox SET told = 1 WHERE seq = ?1 AND ordinal = ?2")?
                .execute((effect.seq.cast_signed(), effect.ordinal))?;
        }
    }
    if let Some(bytes) = &policy {
        connection.execute("UPDATE meta SET policy = ?1", [bytes])?;
    }
    Ok(policy)
}

fn effect_rows(
    transaction: &Transaction<'_>,
    settings: &Settings,
    journal: &str,
    batch: &Batch<'_>,
    effect: &Effect,
    told: Option<&Told>,
) -> Result<(), JournalError> {
    let Some(told) = told else { return Ok(()) };
    let record = &told.record;
    let text = json(record)?;
    logbook(transaction, told, &text)?;
    match &effect.kind {
        EffectKind::Transition(t) => {
            transition(transaction, told, t, &text)?;
            incident(transaction, record, t)?;
        }
        EffectKind::Quality(q) if q.what == Quality::LateRow => {
            late(transaction, batch.entries, told, &text)?;
        }
        EffectKind::Quality(_)
        | EffectKind::Outage(_)
        | EffectKind::Reminder(_)
        | EffectKind::Commanded(_)
        | EffectKind::Verdict(_)
        | EffectKind::Interval(_)
        | EffectKind::Recall(_)
        | EffectKind::Recalled(_)
        | EffectKind::RecallNote { .. } => {}
    }
    if told.notify {
        let takers: Vec<_> = settings.channels.iter().filter(|c| c.takes(record)).collect();
        // Where people are reached from here, only that says whether somebody was.
        let people = takers.iter().any(|c| c.audience == Audience::People);
        for channel in takers {
            let counts = !people || channel.audience == Audience::People;
            let useful = channel.useful_for.unwrap_or(settings.useful_for);
            let until = told.useful_until.unwrap_or(told.recorded_at + useful);
            let intent = (&*channel.name, counts, until);
            self::intent(transaction, settings, journal, intent, told, &text)?;
        }
    }
    Ok(())
}

fn logbook(connection: &Connection, told: &Told, text: &str) -> Result<(), JournalError> {
    connection
        .prepare_cached(
            "INSERT INTO logbook (seq, ordinal, at, recorded_at, type, unit, incident, record)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute((
            told.id.seq.cast_signed(),
            told.id.ordinal,
            told.at.as_millis(),
            told.recorded_at.as_millis(),
            &told.record.kind,
            &told.record.unit,
            told.record.incident.map(u64::cast_signed),
            text,
        ))?;
    Ok(())
}

fn transition(
    connection: &Connection,
    told: &Told,
    transition: &Transition,
    text: &str,
) -> Result<(), JournalError> {
    connection
        .prepare_cached(
            "INSERT INTO transitions
             (incident, number, seq, ordinal, at, unit, record, transition)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute((
            transition.incident.cast_signed(),
            transition.number,
            told.id.seq.cast_signed(),
            told.id.ordinal,
            told.at.as_millis(),
            told.record.unit.as_deref().unwrap_or_default(),
            text,
            encode(transition)?,
        ))?;
    Ok(())
}

/// Levels compare as their words do: "L1" < "L2" < "L3" < "none", and none is never a maximum
/// here because an incident starts above it.
fn incident(connection: &Connection, record: &Record, t: &Transition) -> Result<(), JournalError> {
    let closed = (t.to == crate::engine::command::Level::None).then_some(&record.at);
    connection
        .prepare_cached(
            "INSERT INTO incidents
             (incident, unit, opened_at, closed_at, level, highest, transitions)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5, 1)
             ON CONFLICT (incident) DO UPDATE SET
                closed_at = excluded.closed_at,
                level = excluded.level,
                highest = CASE WHEN excluded.level <> 'none' AND excluded.level > highest
                          THEN excluded.level ELSE highest END,
                transitions = transitions + 1",
        )?
        .execute((
            t.incident.cast_signed(),
            record.unit.as_deref().unwrap_or_default(),
            &record.at,
            closed,
            t.to.word(),
        ))?;
    Ok(())
}

fn late(
    connection: &Connection,
    entries: &[Entry],
    told: &Told,
    text: &str,
) -> Result<(), JournalError> {
    let Some(entry) = entry_of(entries, told.id) else { return Ok(()) };
    connection
        .prepare_cached(
            "INSERT INTO late_rows (seq, ordinal, at, record, entry) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute((
            told.id.seq.cast_signed(),
            told.id.ordinal,
            told.recorded_at.as_millis(),
            text,
            encode(entry)?,
        ))?;
    Ok(())
}

fn entry_of(entries: &[Entry], id: EffectId) -> Option<&Entry> {
    let offset = id.seq.checked_sub(entries.first()?.seq)?;
    entries.get(usize::try_from(offset).ok()?)
}

fn intent(
    connection: &Connection,
    settings: &Settings,
    journal: &str,
    (channel, counts, useful_until): (&str, bool, Timestamp),
    told: &Told,
    text: &str,
) -> Result<(), JournalError> {
    let EffectId { seq, ordinal } = told.id;
    connection
        .prepare_cached(
            "INSERT INTO outbox (key, seq, ordinal, channel, type, record, created_at,
                useful_until, state, next_attempt_at, told)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?7, ?10)",
        )?
        .execute((
            format!("{journal}-{seq}-{ordinal}"),
            seq.cast_signed(),
            ordinal,
            channel,
            &told.record.kind,
            text,
            told.recorded_at.as_millis(),
            useful_until.as_millis(),
            settings.stamp.intent(),
            !counts,
        ))?;
    Ok(())
}

fn answer(
    connection: &Connection,
    key: &str,
    entries: &[Entry],
    record: &Record,
) -> Result<(), JournalError> {
    let (seq, at) = entries.last().map_or((0, Timestamp::MIN), |e| (e.seq, e.at));
    connection
        .prepare_cached("INSERT INTO command_keys (key, seq, at, record) VALUES (?1, ?2, ?3, ?4)")?
        .execute((key, seq.cast_signed(), at.as_millis(), json(record)?))?;
    Ok(())
}

fn json(record: &Record) -> Result<String, JournalError> {
    serde_json::to_string(record).map_err(|e| JournalError::Unreadable(e.to_string()))
}

/// Adds the batch's interval lines up in memory and writes each row once.
fn history(
    connection: &Connection,
    series: &mut HashMap<(QueueId, SourceId), i64>,
    batch: &Batch<'_>,
) -> Result<(), JournalError> {
    let mut lines: BTreeMap<Key, Vec<&IntervalLine>> = BTreeMap::new();
    for effect in batch.effects {
        if let EffectKind::Interval(line) = &effect.kind {
            let number = series_of(connection, series, batch.names, line)?;
            let key = (line.row.start.as_millis(), number, line.row.length().as_millis());
            lines.entry(key).or_default().push(line);
        }
    }
    let mut quarters: BTreeMap<Key, Row> = BTreeMap::new();
    for (key, lines) in lines {
        let old = stored(connection, SELECT_INTERVAL, key)?;
        let new = lines.iter().fold(old, |row, line| Some(intervals::merge(row, line)));
        let Some(new) = new.filter(|n| old.as_ref() != Some(n)) else { continue };
        put(connection, PUT_INTERVAL, key, &new)?;
        let row = &lines[0].row;
        let (start, length) = intervals::quarter_of(row.start, row.length());
        let quarter = quarters.entry((start.as_millis(), key.1, length.as_millis())).or_default();
        *quarter = intervals::plus(*quarter, &intervals::difference(old, &new));
    }
    for (key, more) in quarters {
        let sum = stored(connection, SELECT_QUARTER, key)?.unwrap_or_default();
        put(connection, PUT_QUARTER, key, &intervals::plus(sum, &more))?;
    }
    Ok(())
}

fn series_of(
    connection: &Connection,
    series: &mut HashMap<(QueueId, SourceId), i64>,
    names: &dyn Names,
    line: &IntervalLine,
) -> Result<i64, JournalError> {
    if let Some(number) = series.get(&(line.queue, line.source)) {
        return Ok(*number);
    }
    let pair = (names.queue(line.queue), names.source(line.source));
    connection
        .prepare_cached(
            "INSERT INTO series (queue, source) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        )?
        .execute(pair)?;
    let number = connection
        .prepare_cached("SELECT id FROM series WHERE queue = ?1 AND source = ?2")?
        .query_row(pair, |row| row.get(0))?;
    series.insert((line.queue, line.source), number);
    Ok(number)
}

const SELECT_INTERVAL: &str = "SELECT last_word, revision, offered, answered, abandoned, refused,
    exited, answered_in_target, wait, talk, expected
    FROM intervals WHERE start = ?1 AND series = ?2 AND length = ?3";
const SELECT_QUARTER: &str = "SELECT last_word, revision, offered, answered, abandoned, refused,
    exited, answered_in_target, wait, talk, expected
    FROM quarters WHERE start = ?1 AND series = ?2 AND length = ?3";
const PUT_INTERVAL: &str = "INSERT OR REPLACE INTO intervals
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
const PUT_QUARTER: &str = "INSERT OR REPLACE INTO quarters
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";

fn stored(connection: &Connection, sql: &str, key: Key) -> Result<Option<Row>, JournalError> {
    let found = connection
        .prepare_cached(sql)?
        .query_row(key, |row| {
            let mut sums = [None; intervals::SUMS];
            for (at, sum) in sums.iter_mut().enumerate() {
                *sum = row.get(at + 2)?;
            }
            let (last_word, revision) = (row.get(0)?, row.get(1)?);
            Ok(Row { last_word, revision, sums, expected: row.get(10)? })
        })
        .optional()?;
    Ok(found)
}

fn put(connection: &Connection, sql: &str, key: Key, row: &Row) -> Result<(), JournalError> {
    let [a, b, c, d, e, f, g, h] = row.sums;
    connection.prepare_cached(sql)?.execute((
        key.0,
        key.1,
        key.2,
        row.last_word,
        row.revision,
        a,
        b,
        c,
        d,
        e,
        f,
        g,
        h,
        row.expected,
    ))?;
    Ok(())
}
