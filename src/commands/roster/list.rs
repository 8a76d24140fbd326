//! `roster list`: everybody, with the middle of every contact struck out.

use super::{about, key_if_given};
use crate::cli::ListArgs;
use crate::commands::Stop;
use crate::config::Language;
use crate::exit::Exit;
use crate::report::{Look, Output};
use crate::roster::store::{Known, Store};
use crate::roster::{Contact, Kind, Person, PersonId, Tier, Verification};
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

pub(super) fn run(args: &ListArgs, output: &mut Output<'_>) -> Result<Exit, Stop> {
    let key = key_if_given(&args.key)?;
    let broken = |error| about(&args.roster, &error);
    let store = Store::read(&args.roster.roster).map_err(broken)?;
    let people = store.people().map_err(broken)?;
    let known: Option<BTreeMap<PersonId, Known>> = match &key {
        Some(key) => Some(by_id(store.known(key).map_err(broken)?)),
        None => None,
    };
    let of = |id: PersonId| known.as_ref().and_then(|known| known.get(&id));
    for person in &people {
        let known = of(person.id);
        output.object(&json!({
            "type": "person",
            "person": person.id,
            "name": known.map(|known| &known.identity.name),
            "facts": person.facts,
            "contacts": contacts(person, known).iter().map(|(contact, value)| json!({
                "kind": contact.kind,
                "value": value,
                "verification": contact.verification,
                "blocked_since": contact.blocked_since.map(|at| at.to_string()),
            })).collect::<Vec<_>>(),
            "shifts": person.shifts.len(),
            "leave": person.leave.len(),
        }))?;
    }
    let language = args.lang.unwrap_or_default();
    let zh = language == Language::ZhCn;
    let mut table = table(if zh {
        ["人员", "姓名", "梯队", "职场", "技能", "联系方式"]
    } else {
        ["person", "name", "tier", "sites", "skills", "contacts"]
    });
    for person in &people {
        let known = of(person.id);
        let reached: Vec<String> = contacts(person, known)
            .iter()
            .map(|(contact, value)| {
                format!("{} {} {}", kind(contact.kind, zh), value, state(contact, zh))
            })
            .collect();
        table.add_row([
            person.id.to_string(),
            known.map_or("********", |known| known.identity.name.as_str()).to_owned(),
            tiers(&person.facts.tiers, zh),
            joined(&person.facts.sites),
            joined(&person.facts.skills),
            reached.join("\n"),
        ]);
    }
    if people.is_empty() {
        writeln!(output.people(), "{}", if zh { "名册为空。" } else { "The roster is empty." })?;
    } else {
        writeln!(output.people(), "{table}")?;
    }
    Ok(Exit::Ok)
}

pub(super) fn by_id(known: Vec<Known>) -> BTreeMap<PersonId, Known> {
    known.into_iter().map(|person| (person.id, person)).collect()
}

/// A table as wide as the terminal.
pub(super) fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    let columns = Look::of(&io::stdout()).columns;
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(columns).unwrap_or(u16::MAX))
        .set_header(header);
    table
}

/// Contacts with their masks, or stars where there is no key.
fn contacts<'a>(person: &'a Person, known: Option<&Known>) -> Vec<(&'a Contact, String)> {
    let value = |at: usize| known.and_then(|known| known.contacts.get(at));
    let mask = |at| value(at).map_or_else(|| "********".to_owned(), |c| c.address.masked());
    person.contacts.iter().enumerate().map(|(at, contact)| (contact, mask(at))).collect()
}

fn tiers(tiers: &BTreeSet<Tier>, zh: bool) -> String {
    let words: Vec<_> = tiers.iter().map(|t| if zh { t.zh() } else { t.word() }).collect();
    words.join(", ")
}

fn joined(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

pub(super) const fn kind(kind: Kind, zh: bool) -> &'static str {
    match (kind, zh) {
        (Kind::Sms, true) => "短信",
        (Kind::Voice, true) => "电话",
        (Kind::Email, true) => "邮箱",
        (Kind::Wecom, true) => "企业微信",
        (Kind::Dingtalk, true) => "钉钉",
        (Kind::Feishu, true) => "飞书",
        (other, false) => other.word(),
    }
}

fn state(contact: &Contact, zh: bool) -> String {
    if contact.blocked_since.is_some() {
        return if zh { "已停用" } else { "blocked" }.to_owned();
    }
    match (contact.verification, zh) {
        (Verification::Unverified, true) => "未验证".to_owned(),
        (Verification::Unverified, false) => "unverified".to_owned(),
        (Verification::Attested { verified_on }, true) => format!("{verified_on} 已核实"),
        (Verification::Attested { verified_on }, false) => format!("verified {verified_on}"),
        (Verification::Answered { .. }, true) => "本人已确认".to_owned(),
        (Verification::Answered { .. }, false) => "answered by its owner".to_owned(),
    }
}
