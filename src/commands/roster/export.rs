//! `roster export`: clear names and values, as a table that `import` reads again.
//!
//! The day of verification stands once a person, so it is the earliest of their contacts and is left out
//! where one is not verified. Kinds of contacts stand in the order in which people have them.

use super::{about, key};
use crate::cli::ExportRosterArgs;
use crate::commands::Stop;
use crate::exit::Exit;
use crate::report::Output;
use crate::roster::store::{Known, Store};
use crate::roster::{Kind, Verification};
use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

const HEAD: [&str; 12] = [
    "id",
    "name",
    "tier",
    "sites",
    "skills",
    "promise_minutes",
    "language",
    "timezone",
    "rotation",
    "quiet_hours",
    "pierce",
    "opt_out",
];

pub(super) fn run(args: &ExportRosterArgs, output: &mut Output<'_>) -> Result<Exit, Stop> {
    let key = key(&args.key)?;
    let broken = |error| about(&args.roster, &error);
    let store = Store::read(&args.roster.roster).map_err(broken)?;
    let known = store.known(&key).map_err(broken)?;
    let table = table(&known).map_err(|error| Stop::of(Exit::Failed, &error))?;
    match &args.output {
        None => output.people().write_all(&table)?,
        Some(path) => {
            write_private(path, &table).map_err(|error| {
                let said = format!("{} was not written: {error}", path.display());
                Stop::new(Exit::Failed, said)
            })?;
            let people = known.len();
            let file = path.display();
            writeln!(output.people(), "{file}: {people} people with clear values; keep it short")?;
        }
    }
    Ok(Exit::Ok)
}

fn write_private(path: &Path, table: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(table)
}

fn table(known: &[Known]) -> Result<Vec<u8>, csv::Error> {
    let mut kinds: Vec<Kind> = Vec::new();
    for one in known.iter().flat_map(|person| &person.contacts) {
        if !kinds.contains(&one.contact.kind) {
            kinds.push(one.contact.kind);
        }
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    let contacts = kinds.iter().map(|kind| kind.word());
    writer.write_record(HEAD.into_iter().chain(contacts).chain(["verified_on"]))?;
    for person in known {
        writer.write_record(row(person, &kinds))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

fn row(person: &Known, kinds: &[Kind]) -> Vec<String> {
    let facts = &person.facts;
    let joined =
        |names: &BTreeSet<String>| names.iter().map(String::as_str).collect::<Vec<_>>().join(";");
    let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    let tiers: Vec<_> = facts.tiers.iter().map(|tier| tier.word()).collect();
    let mut row = vec![
        person.identity.staff_id.clone(),
        person.identity.name.clone(),
        tiers.join(";"),
        joined(&facts.sites),
        joined(&facts.skills),
        facts.promise_minutes.map(|minutes| minutes.to_string()).unwrap_or_default(),
        facts.language.map(|language| language.tag().to_owned()).unwrap_or_default(),
        facts.timezone.name().to_owned(),
        facts.rotation.to_string(),
        facts.quiet.map(|quiet| quiet.to_string()).unwrap_or_default(),
        facts.quiet.map(|quiet| yes(quiet.pierce)).unwrap_or_default(),
        yes(facts.opted_out),
    ];
    for kind in kinds {
        let found = person.contacts.iter().find(|one| one.contact.kind == *kind);
        row.push(found.map(|one| one.address.reveal().to_owned()).unwrap_or_default());
    }
    let days: Option<Vec<_>> = person
        .contacts
        .iter()
        .map(|one| match one.contact.verification {
            Verification::Unverified => None,
            Verification::Attested { verified_on } => Some(verified_on),
            Verification::Answered { at } => Some(crate::roster::day(at, facts.timezone)),
        })
        .collect();
    let earliest = days.and_then(|days| days.into_iter().min());
    row.push(earliest.map(|day| day.to_string()).unwrap_or_default());
    row
}
