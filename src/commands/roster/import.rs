//! `roster import`: read all of it, say what would change, change it at once or not at all.

use super::{about, key, sealed};
use crate::cli::{Encoding as Asked, ImportArgs};
use crate::commands::Stop;
use crate::engine::time::Timestamp;
use crate::exit::Exit;
use crate::ingest::encoding::{Encoding, beginning};
use crate::report::Output;
use crate::roster::plan::{Difference, Plan};
use crate::roster::seal::RosterKey;
use crate::roster::store::{Known, Store};
use crate::roster::table::Sheet;
use crate::roster::{Problem, Problems, calendar, table};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::io;

/// Changed people who are told one by one; --json tells all.
const CHANGES_SHOWN_MAX: usize = 50;

pub(super) fn run(
    args: &ImportArgs,
    now: Timestamp,
    output: &mut Output<'_>,
) -> Result<Exit, Stop> {
    let key = key(&args.key)?;
    let bytes = fs::read(&args.file).map_err(|error| {
        Stop::new(Exit::Input, format!("cannot read {}: {error}", args.file.display()))
    })?;
    let encoding = match args.encoding {
        Asked::Auto => Encoding::Auto,
        Asked::Utf8 => Encoding::Utf8,
        Asked::Gb18030 => Encoding::Gb18030,
    };
    if is_calendar(args, &bytes, encoding) {
        times(args, &key, &bytes, encoding, now, output)
    } else {
        people(args, &key, &bytes, encoding, now, output)
    }
}

fn is_calendar(args: &ImportArgs, bytes: &[u8], encoding: Encoding) -> bool {
    let named = args.file.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("ics"));
    let start = beginning(&bytes[..bytes.len().min(64)], encoding);
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start);
    named || start.trim_ascii_start().starts_with(b"BEGIN:VCALENDAR")
}

fn refused(args: &ImportArgs, problems: Vec<Problem>) -> Stop {
    let file = args.file.display().to_string();
    Stop::new(Exit::Input, Problems { file, problems }.to_string())
}

/// The roster for writing, or for reading where nothing is to change; `None` where there is none yet
/// and nothing is to change.
fn open(args: &ImportArgs, key: &RosterKey, now: Timestamp) -> Result<Option<Store>, Stop> {
    let path = &args.roster.roster;
    let store = match (args.dry_run, path.exists()) {
        (true, false) => return Ok(None),
        (true, true) => Store::read(path),
        (false, _) => Store::open(path, key, now),
    };
    store.map(Some).map_err(|error| about(&args.roster, &error))
}

fn people(
    args: &ImportArgs,
    key: &RosterKey,
    bytes: &[u8],
    encoding: Encoding,
    now: Timestamp,
    output: &mut Output<'_>,
) -> Result<Exit, Stop> {
    let today = crate::roster::day(now, args.timezone);
    let sheet = Sheet::read(bytes, encoding).map_err(|all| refused(args, all))?;
    if let Some(exit) = overtime(args, key, &sheet, now, output)? {
        return Ok(exit);
    }
    let table = table::people(&sheet, today).map_err(|all| refused(args, all))?;
    let mut store = open(args, key, now)?;
    let broken = |error| about(&args.roster, &error);
    let known = store.as_ref().map_or(Ok(Vec::new()), |s| s.known(key)).map_err(broken)?;
    let plan = Plan::of(&known, &table.rows, args.timezone, args.remove_missing);
    if let (Some(store), false) = (&mut store, args.dry_run) {
        store.apply(&plan, key, now).map_err(broken)?;
    }
    if !table.ignored.is_empty() {
        let numbers: Vec<_> = table.ignored.iter().map(usize::to_string).collect();
        let said = format!("columns that are not known are left out: {}", numbers.join(", "));
        output.warn(&said)?;
    }
    output.object(&json!({
        "type": "roster_import",
        "dry_run": args.dry_run,
        "added": plan.added.len(),
        "changed": plan.changed.iter().map(|(id, _, what)| json!({
            "person": id,
            "what": what.iter().map(|what| what.word()).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "unchanged": plan.unchanged.len(),
        "removed": plan.removed,
        "missing": plan.missing,
        "attested": plan.attested(),
    }))?;
    tell(args, &plan, output)?;
    Ok(Exit::Ok)
}

/// Overtime, if the sheet is of that kind. Like a calendar it needs a roster that is there.
fn overtime(
    args: &ImportArgs,
    key: &RosterKey,
    sheet: &Sheet,
    now: Timestamp,
    output: &mut Output<'_>,
) -> Result<Option<Exit>, Stop> {
    if table::hours(sheet, &BTreeMap::new()).is_none() {
        return Ok(None);
    }
    let broken = |error| about(&args.roster, &error);
    let path = &args.roster.roster;
    let readable = Store::read(path).map_err(broken)?;
    let (known, people) =
        (readable.known(key).map_err(broken)?, readable.people().map_err(broken)?);
    drop(readable);
    let ledgers: BTreeMap<_, _> = people.iter().map(|one| (one.id, &one.ledger)).collect();
    let of = |one: &'_ Known| ledgers.get(&one.id).map(|ledger| (one.id, *ledger));
    let known =
        known.iter().filter_map(|one| Some((one.identity.staff_id.as_str(), of(one)?))).collect();
    let Some(told) = table::hours(sheet, &known) else { return Ok(None) };
    let told = told.map_err(|all| refused(args, all))?;
    if !args.dry_run {
        let mut store = Store::open(path, key, now).map_err(broken)?;
        store.keep_ledgers(&told.changed).map_err(broken)?;
    }
    output.object(&json!({
        "type": "roster_overtime",
        "dry_run": args.dry_run,
        "lines": told.lines,
        "changed": told.changed.keys().collect::<Vec<_>>(),
    }))?;
    let people = output.people();
    let (file, changed) = (args.file.display(), told.changed.len());
    writeln!(people, "{file}: overtime: {} days read, {changed} people changed", told.lines)?;
    close(args, people)?;
    Ok(Some(Exit::Ok))
}

fn tell(args: &ImportArgs, plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    let people = output.people();
    for (id, _, what) in plan.changed.iter().take(CHANGES_SHOWN_MAX) {
        let what: Vec<_> = what.iter().copied().map(Difference::word).collect();
        writeln!(people, "{id}: {}", what.join(", "))?;
    }
    let more = plan.changed.len().saturating_sub(CHANGES_SHOWN_MAX);
    if more > 0 {
        writeln!(people, "… and {more} more; --json has all of them")?;
    }
    for id in &plan.removed {
        writeln!(people, "{id}: erased")?;
    }
    writeln!(
        people,
        "{}: {} added, {} changed, {} unchanged, {} erased; {} contacts attested as verified",
        args.file.display(),
        plan.added.len(),
        plan.changed.len(),
        plan.unchanged.len(),
        plan.removed.len(),
        plan.attested()
    )?;
    if !plan.missing.is_empty() {
        let missing = plan.missing.len();
        writeln!(
            people,
            "{missing} people are not in the file and stay; --remove-missing erases them"
        )?;
    }
    close(args, people)
}

fn close(args: &ImportArgs, people: &mut dyn io::Write) -> io::Result<()> {
    if args.dry_run {
        writeln!(people, "nothing was changed (--dry-run)")?;
    }
    Ok(())
}

fn times(
    args: &ImportArgs,
    key: &RosterKey,
    bytes: &[u8],
    encoding: Encoding,
    now: Timestamp,
    output: &mut Output<'_>,
) -> Result<Exit, Stop> {
    let events = calendar::read(bytes, encoding).map_err(|all| refused(args, all))?;
    let broken = |error| about(&args.roster, &error);
    // A calendar makes no roster: it needs the people of one.
    let path = &args.roster.roster;
    let readable = Store::read(path).map_err(broken)?;
    let known = readable.known(key).map_err(broken)?;
    let before = readable.times().map_err(broken)?;
    drop(readable);
    let plan = calendar::plan(&events, &known, &before, key, args.remove_missing)
        .map_err(|error| sealed(&args.roster, error))?
        .map_err(|all| refused(args, all))?;
    if !args.dry_run {
        let mut store = Store::open(path, key, now).map_err(broken)?;
        store.apply_times(&plan).map_err(broken)?;
    }
    let counts = [plan.added.len(), plan.changed.len(), plan.unchanged, plan.removed.len()];
    let [added, changed, unchanged, removed] = counts;
    output.object(&json!({
        "type": "roster_times",
        "dry_run": args.dry_run,
        "added": added,
        "changed": changed,
        "unchanged": unchanged,
        "removed": removed,
    }))?;
    let people = output.people();
    writeln!(
        people,
        "{}: shifts and leave: {added} added, {changed} changed, {unchanged} unchanged, {removed} \
         removed",
        args.file.display()
    )?;
    close(args, people)?;
    Ok(Exit::Ok)
}
