//! `roster verify`: asks the owners of unverified contacts whether these may be used.

use super::about;
use crate::app::questions;
use crate::cli::{RosterFile, VerifyArgs};
use crate::clock::{Clock, SystemClock};
use crate::commands::Stop;
use crate::config::Config;
use crate::delivery::courier::asker::{AskError, Asker, Outcome, Wanted, reaches};
use crate::delivery::courier::lane::LaneSettings;
use crate::delivery::secret::Secret;
use crate::engine::time::Timestamp;
use crate::exit::Exit;
use crate::report::{Output, Progress};
use crate::roster::asking::{ASKED_AGAIN_AFTER, AskedContact};
use crate::roster::seal::RosterKey;
use crate::roster::store::{Known, Store, StoreError};
use crate::roster::{Kind, PersonId};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

/// Contacts that are told one by one; --json tells all.
const SHOWN_MAX: usize = 50;

/// A contact as it may be shown.
struct Shown {
    person: PersonId,
    kind: Kind,
    masked: String,
    channel: String,
}

/// What is to be done, and what is left out.
#[derive(Default)]
struct Plan {
    wanted: Vec<Wanted>,
    shown: BTreeMap<(PersonId, Kind), Shown>,
    no_channel: BTreeMap<&'static str, usize>,
    asked_already: usize,
    opted_out: usize,
}

/// What came of it.
#[derive(Default)]
struct Tally {
    sent: usize,
    failed: BTreeMap<&'static str, usize>,
    unclear: BTreeMap<&'static str, usize>,
    told: Vec<(PersonId, Kind, &'static str, Option<&'static str>)>,
}

pub(super) fn run(
    args: &VerifyArgs,
    now: Timestamp,
    output: &mut Output<'_>,
) -> Result<Exit, Stop> {
    let config = Config::load(&args.config).map_err(|e| Stop::new(Exit::Config, e.to_string()))?;
    let means = questions(&config).map_err(|refused| Stop::new(refused.0, refused.1))?;
    let file = RosterFile { roster: means.roster.clone() };
    let broken = |error: StoreError| about(&file, &error);
    let store = Store::read(&means.roster).map_err(broken)?;
    let known = chosen(store.known(&means.key).map_err(broken)?, &args.person).map_err(broken)?;
    let since = if args.again { Timestamp::MAX } else { now - ASKED_AGAIN_AFTER };
    let asked = store.asked(since).map_err(broken)?;
    drop(store);
    let mut plan =
        plan(&known, &asked, &means.key, &means.channels.lanes).map_err(|e| broken(e.into()))?;
    let mut tally = Tally::default();
    if !args.dry_run && !plan.wanted.is_empty() {
        let wanted = std::mem::take(&mut plan.wanted);
        let mut store = Store::open(&means.roster, &means.key, now).map_err(broken)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let bar = Progress::of_count(wanted.len() as u64, "asking");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let ways = (&means.channels, &means.links);
        let asker = Asker::new(ways, &mut store, clock, args.again);
        let asking = async {
            let tell = |asking: &AskedContact, outcome| {
                tally.add(asking, outcome);
                bar.advance(1);
            };
            asker?.ask(wanted, tell).await
        };
        let ended = runtime.block_on(asking);
        bar.finish();
        if let Err(error) = ended {
            tell(args, &plan, &tally, output)?;
            return Err(match error {
                AskError::Roster(error) => broken(error),
                AskError::Channel(error) => Stop::of(Exit::Failed, &error),
            });
        }
    }
    tell(args, &plan, &tally, output)?;
    let all_well = tally.failed.is_empty() && tally.unclear.is_empty();
    Ok(if all_well { Exit::Ok } else { Exit::Failed })
}

/// Those that were named, or everybody.
fn chosen(known: Vec<Known>, named: &[PersonId]) -> Result<Vec<Known>, StoreError> {
    let there: BTreeSet<PersonId> = known.iter().map(|person| person.id).collect();
    if let Some(nobody) = named.iter().find(|person| !there.contains(person)) {
        return Err(StoreError::Nobody(*nobody));
    }
    let is_chosen = |person: &Known| named.is_empty() || named.contains(&person.id);
    Ok(known.into_iter().filter(is_chosen).collect())
}

fn plan(
    known: &[Known],
    asked: &[AskedContact],
    key: &RosterKey,
    lanes: &[LaneSettings],
) -> Result<Plan, crate::roster::seal::SealError> {
    let asked: BTreeSet<_> = asked.iter().map(|a| (a.person, a.kind, a.value)).collect();
    let mut plan = Plan::default();
    for person in known {
        let open = person
            .contacts
            .iter()
            .filter(|known| !known.contact.is_verified() && known.contact.blocked_since.is_none());
        for known in open {
            let (kind, address) = (known.contact.kind, &known.address);
            let value = key.index(kind.word(), address.reveal())?;
            let Some(lane) = reaches(lanes, kind) else {
                *plan.no_channel.entry(kind.word()).or_default() += 1;
                continue;
            };
            if person.facts.opted_out {
                plan.opted_out += 1;
            } else if asked.contains(&(person.id, kind, value)) {
                plan.asked_already += 1;
            } else {
                let (id, at) = (person.id, Timestamp::MIN);
                let (masked, channel) = (address.masked(), lanes[lane].name.clone());
                plan.shown.insert((id, kind), Shown { person: id, kind, masked, channel });
                plan.wanted.push(Wanted {
                    asking: AskedContact { person: id, kind, value, at },
                    to: Secret::new(address.reveal()),
                    language: person.facts.language,
                });
            }
        }
    }
    Ok(plan)
}

impl Tally {
    fn add(&mut self, asking: &AskedContact, outcome: Outcome) {
        let (word, reason) = match outcome {
            Outcome::Sent => {
                self.sent += 1;
                ("sent", None)
            }
            Outcome::Failed(reason) => {
                *self.failed.entry(reason.word()).or_default() += 1;
                ("failed", Some(reason.word()))
            }
            Outcome::Unclear(reason) => {
                *self.unclear.entry(reason.word()).or_default() += 1;
                ("unclear", Some(reason.word()))
            }
            Outcome::NotNeeded => ("not_needed", None),
        };
        self.told.push((asking.person, asking.kind, word, reason));
    }
}

fn tell(args: &VerifyArgs, plan: &Plan, tally: &Tally, output: &mut Output<'_>) -> io::Result<()> {
    let told: Vec<_> = if args.dry_run {
        plan.shown.keys().map(|(person, kind)| (*person, *kind, "would_be_asked", None)).collect()
    } else {
        tally.told.clone()
    };
    let shown = |person, kind| plan.shown.get(&(person, kind));
    for (person, kind, outcome, reason) in &told {
        let shown = shown(*person, *kind);
        output.object(&json!({
            "type": "roster_contact",
            "person": person,
            "kind": kind,
            "value": shown.map(|shown| &shown.masked),
            "channel": shown.map(|shown| &shown.channel),
            "outcome": outcome,
            "reason": reason,
        }))?;
    }
    output.object(&json!({
        "type": "roster_verify",
        "dry_run": args.dry_run,
        "would_be_asked": if args.dry_run { told.len() } else { 0 },
        "sent": tally.sent,
        "failed": tally.failed,
        "unclear": tally.unclear,
        "no_channel": plan.no_channel,
        "asked_already": already(plan, tally),
        "opted_out": plan.opted_out,
    }))?;
    let people = output.people();
    let lines: Vec<_> = told.iter().filter(|(_, _, outcome, _)| *outcome != "sent").collect();
    for (person, kind, outcome, reason) in lines.iter().take(SHOWN_MAX) {
        let Some(Shown { person, kind, masked, channel }) = shown(*person, *kind) else { continue };
        let what = match (*outcome, reason) {
            ("would_be_asked", _) => format!("would be asked by {channel}"),
            ("failed", Some(reason)) => format!("not sent by {channel}: {reason}"),
            ("unclear", Some(reason)) => format!("may have been sent by {channel}: {reason}"),
            _ => "needs no asking any more".to_owned(),
        };
        writeln!(people, "{person} {} {masked}: {what}", kind.word())?;
    }
    let more = lines.len().saturating_sub(SHOWN_MAX);
    if more > 0 {
        writeln!(people, "… and {more} more; --json has all of them")?;
    }
    let mut parts = if args.dry_run {
        vec![format!("{} would be asked", told.len())]
    } else {
        vec![format!("{} asked", tally.sent)]
    };
    let by_word = |parts: &mut Vec<String>, what: &str, counts: &BTreeMap<&str, usize>| {
        parts.extend(counts.iter().map(|(word, count)| format!("{count} {what} ({word})")));
    };
    by_word(&mut parts, "not sent", &tally.failed);
    by_word(&mut parts, "perhaps sent", &tally.unclear);
    by_word(&mut parts, "without a channel", &plan.no_channel);
    for (count, what) in [
        (already(plan, tally), "asked already in the last 7 days"),
        (plan.opted_out, "of people who opted out"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    writeln!(people, "contacts: {}", parts.join(", "))?;
    if args.dry_run {
        writeln!(people, "nothing was sent (--dry-run)")?;
    }
    Ok(())
}

/// Those whom another run asked meanwhile are counted with those who were asked before.
fn already(plan: &Plan, tally: &Tally) -> usize {
    let meanwhile = tally.told.iter().filter(|(_, _, outcome, _)| *outcome == "not_needed");
    plan.asked_already + meanwhile.count()
}
