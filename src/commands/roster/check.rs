//! `roster check`: who may be asked, in which order, and why not of everybody else.

use super::list::{by_id, kind, table};
use super::{about, key_if_given};
use crate::cli::{CheckArgs, GroundsArg};
use crate::commands::Stop;
use crate::config::Language;
use crate::engine::time::{Span, Timestamp};
use crate::exit::Exit;
use crate::report::Output;
use crate::roster::store::{Known, Store};
use crate::roster::{
    Ask, Candidate, Grounds, Kind, LegalProfile, Lift, Period, Person, PersonId, Standing, Why,
    eligibility, select,
};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

pub(super) fn run(args: &CheckArgs, now: Timestamp, output: &mut Output<'_>) -> Result<Exit, Stop> {
    let law = law(args.legal.as_deref())?;
    let key = key_if_given(&args.key)?;
    let broken = |error| about(&args.roster, &error);
    let store = Store::read(&args.roster.roster).map_err(broken)?;
    let people = store.people().map_err(broken)?;
    let known = match &key {
        Some(key) => by_id(store.known(key).map_err(broken)?),
        None => BTreeMap::new(),
    };
    let now = args.at.unwrap_or(now);
    let ask = ask(args, now);
    let (mut eligible, mut excluded) = (Vec::new(), Vec::new());
    for person in &people {
        match eligibility(person, &ask, now, &law) {
            Standing::Eligible { lifted } => eligible.push((person, lifted)),
            Standing::Excluded(why) => excluded.push((person, why)),
        }
    }
    let candidates: Vec<_> = eligible.iter().map(|(person, _)| candidate(person)).collect();
    let order = select(&candidates, args.need_minutes, args.seed);
    let place: BTreeMap<PersonId, usize> =
        order.into_iter().enumerate().map(|(at, id)| (id, at)).collect();
    eligible.sort_by_key(|(person, _)| place.get(&person.id));

    let language = args.lang.unwrap_or_default();
    let zh = language == Language::ZhCn;
    let mut shown = table(if zh {
        ["顺序", "人员", "姓名", "结论"]
    } else {
        ["order", "person", "name", "standing"]
    });
    let name =
        |person: &Person| known.get(&person.id).map_or("********", |known| &known.identity.name);
    for (at, (person, lifted)) in eligible.iter().enumerate() {
        let (off, reason) = lifted
            .as_ref()
            .map_or((&[][..], None), |(off, reason)| (off.as_slice(), Some(reason.as_str())));
        tell(output, person, Some(at + 1), off, reason)?;
        let mut standing = if zh { "可以邀请" } else { "may be asked" }.to_owned();
        if let Some(reason) = reason {
            let off = sentences(person, off, language);
            standing = if zh {
                format!("{standing}；已解除（{reason}）：\n{off}")
            } else {
                format!("{standing}; lifted ({reason}):\n{off}")
            };
        }
        let order = (at + 1).to_string();
        shown.add_row([order, person.id.to_string(), name(person).to_owned(), standing]);
    }
    for (person, why) in &excluded {
        tell(output, person, None, why, None)?;
        let standing = sentences(person, why, language);
        shown.add_row(["–".to_owned(), person.id.to_string(), name(person).to_owned(), standing]);
    }
    let (may, may_not) = (eligible.len(), excluded.len());
    let text = if zh {
        format!("可以邀请 {may} 人，不可邀请 {may_not} 人（{}）", law.name)
    } else {
        format!("{may} may be asked, {may_not} may not ({})", law.name)
    };
    let people_out = output.people();
    if !people.is_empty() {
        writeln!(people_out, "{shown}")?;
    }
    writeln!(people_out, "{text}")?;
    shared(&known, zh, output)?;
    Ok(if may == 0 { Exit::Failed } else { Exit::Ok })
}

fn law(path: Option<&Path>) -> Result<LegalProfile, Stop> {
    let Some(path) = path else {
        return LegalProfile::cn().map_err(|error| Stop::of(Exit::Config, &error));
    };
    let wrong = |said: String| Stop::new(Exit::Config, format!("{}: {said}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    LegalProfile::parse(&text).map_err(|error| wrong(crate::commands::chain(&error)))
}

fn ask(args: &CheckArgs, now: Timestamp) -> Ask {
    let from = now + Span::minutes(i64::from(args.need_minutes));
    let reason = args.reason.clone().unwrap_or_default();
    let grounds = match args.grounds {
        GroundsArg::Ordinary => Grounds::Ordinary,
        GroundsArg::Special => Grounds::Special,
        GroundsArg::Emergency => Grounds::Emergency { reason: reason.clone() },
    };
    let rules: BTreeSet<_> = args.lift.iter().copied().collect();
    Ask {
        tier: args.tier,
        skill: args.skill.clone(),
        site: args.site.clone(),
        work: Period { from, until: from + Span::hours(i64::from(args.hours)) },
        grounds,
        engaged: BTreeSet::new(),
        lift: (!rules.is_empty()).then_some(Lift { rules, reason }),
    }
}

const fn candidate(person: &Person) -> Candidate {
    Candidate {
        id: person.id,
        promise_minutes: person.facts.promise_minutes,
        came: 0,
        declined: 0,
        rotation: person.facts.rotation,
    }
}

fn tell(
    output: &mut Output<'_>,
    person: &Person,
    order: Option<usize>,
    why: &[Why],
    lifted: Option<&str>,
) -> Result<(), Stop> {
    let zone = person.facts.timezone;
    let told: Vec<_> = why
        .iter()
        .map(|why| {
            let mut told = json!(why);
            told["en"] = json!(why.sentence(Language::En, zone));
            told["zh-CN"] = json!(why.sentence(Language::ZhCn, zone));
            told
        })
        .collect();
    output.object(&json!({
        "type": "standing",
        "person": person.id,
        "eligible": order.is_some(),
        "order": order,
        "reasons": told,
        "lifted": lifted,
    }))?;
    Ok(())
}

fn sentences(person: &Person, why: &[Why], language: Language) -> String {
    let zone = person.facts.timezone;
    why.iter().map(|why| why.sentence(language, zone)).collect::<Vec<_>>().join("\n")
}

/// Contacts that several people have: a slip more often than a shared telephone.
fn shared(
    known: &BTreeMap<PersonId, Known>,
    zh: bool,
    output: &mut Output<'_>,
) -> Result<(), Stop> {
    let mut owners: BTreeMap<(Kind, &str), Vec<PersonId>> = BTreeMap::new();
    for person in known.values() {
        for one in &person.contacts {
            let value = (one.contact.kind, one.address.reveal());
            owners.entry(value).or_default().push(person.id);
        }
    }
    for ((channel, _), owners) in owners.into_iter().filter(|(_, owners)| owners.len() > 1) {
        let who: Vec<_> = owners.iter().map(PersonId::to_string).collect();
        let (channel, who) = (kind(channel, zh), who.join(", "));
        let said = if zh {
            format!("{who} 的{channel}相同")
        } else {
            format!("{who} have the same {channel} contact")
        };
        output.warn(&said)?;
    }
    Ok(())
}
