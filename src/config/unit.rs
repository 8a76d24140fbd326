//! `[[unit]]`: which queues are under one command, and what differs for them.
//!
//! A unit may carry `detector`, `control`, `ladder` and `staffing` of its own; what it leaves out is taken
//! from the sections of the same name at the top. A unit without `queues` takes every queue that
//! no other unit lists; if all units list theirs, other queues are rejected.

use super::section::{At, Section};
use super::{control, detector, holidays, ladder, name, opening, staffing, timezone};
use crate::engine::calendar::Date;
use crate::engine::observation::UnitId;
use crate::engine::policy::{
    ControlPolicy, DetectorPolicy, LadderPolicy, StaffingPolicy, UnitPolicy,
};
use crate::roster::PersonId;
use chrono_tz::Tz;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// Most units: a national centre has a few dozen commands; their numbers have 16 bits.
pub const UNITS_MAX: usize = 1_000;
/// Longest name of a queue, as observations allow it.
pub const QUEUE_CHARS_MAX: usize = 128;

/// The settings at the top of the file, which a unit may override.
#[derive(Clone, Debug)]
struct Defaults {
    detector: DetectorPolicy,
    control: ControlPolicy,
    ladder: LadderPolicy,
    staffing: StaffingPolicy,
    /// `None` where nothing is said.
    holidays: Option<Arc<[Date]>>,
}

/// The units and the one that takes unlisted queues.
pub(super) struct Units {
    pub(super) units: Vec<UnitPolicy>,
    pub(super) default_unit: Option<UnitId>,
    /// Names of those of which nothing says which holidays they have.
    pub(super) without_holidays: Vec<String>,
    /// Units and who commands them.
    pub(super) commanders: Vec<(String, PersonId)>,
}

pub(super) fn read(root: &Section<'_>, base: &Path) -> Units {
    let defaults = Defaults {
        detector: detector::read(&root.section("detector"), DetectorPolicy::default()),
        control: control::read(&root.section("control"), ControlPolicy::default()),
        ladder: ladder::read(&root.section("ladder"), LadderPolicy::ROBUST),
        staffing: staffing::read(&root.section("staffing"), &StaffingPolicy::default()),
        holidays: holidays::read(root, base),
    };
    let sections = root.sections("unit");
    if sections.is_empty() {
        let unit = with_defaults("default", &defaults);
        let silent = defaults.holidays.is_none().then(|| unit.name.clone());
        return Units {
            units: vec![unit],
            default_unit: Some(UnitId(0)),
            without_holidays: silent.into_iter().collect(),
            commanders: Vec::new(),
        };
    }
    if let Some(over) = sections.get(UNITS_MAX) {
        over.problem(
            over.span(),
            format!("more than {UNITS_MAX} units"),
            "put queues under one command into one unit",
        );
    }
    let mut names = Vec::new();
    let mut units = Vec::new();
    let mut listed = BTreeMap::new();
    let mut without_holidays = Vec::new();
    let mut commanders = Vec::new();
    let mut takes_all: Option<(usize, usize)> = None;
    for section in &sections {
        let name = name::read(section, "unit");
        let own = holidays::read(section, base).or_else(|| defaults.holidays.clone());
        let unit = read_one(section, name.as_ref(), &defaults, &mut listed);
        let unit = UnitPolicy { special_days: own.clone().unwrap_or_default(), ..unit };
        hours_of_holidays(section, &unit);
        commanders.extend(read_command(section).into_iter().map(|p| (unit.name.clone(), p)));
        if own.is_none() {
            without_holidays.push(unit.name.clone());
        }
        if section.given("queues").is_none() {
            if let Some((_, first)) = takes_all {
                let line = section.sheet().line_of(first);
                section.problem(
                    section.span(),
                    "two units without `queues`: both would take every unlisted queue",
                    format!("the first is at line {line}; give one of them its queues"),
                );
            } else {
                takes_all = Some((units.len(), section.span().start));
            }
        }
        units.push(unit);
        names.extend(name);
    }
    name::unique(root, "units", names.iter());
    let default_unit = takes_all.and_then(|(at, _)| Some(UnitId(u16::try_from(at).ok()?)));
    Units { units, default_unit, without_holidays, commanders }
}

fn read_command(section: &Section<'_>) -> BTreeSet<PersonId> {
    let mut people = BTreeSet::new();
    for given in section.texts("command", "[\"p3\", \"p7\"]").unwrap_or_default() {
        match given.value.parse() {
            Ok(person) => {
                people.insert(person);
            }
            Err(help) => {
                let message = format!("{:?} is nobody's number", given.value);
                section.problem(given.span, message, help);
            }
        }
    }
    people
}

/// Hours of holidays mean nothing where no day is one.
fn hours_of_holidays(section: &Section<'_>, unit: &UnitPolicy) {
    let hours = unit.opening.as_ref().is_some_and(|hours| hours.holiday.is_some());
    if let (true, true, Some(span)) =
        (hours, unit.special_days.is_empty(), section.given("opening"))
    {
        section.problem(
            span,
            "hours of holidays without holidays",
            "say which days are: `holidays = \"cn\"` or the path of a calendar",
        );
    }
}

fn with_defaults(name: &str, defaults: &Defaults) -> UnitPolicy {
    UnitPolicy {
        detector: defaults.detector,
        control: defaults.control,
        ladder: defaults.ladder,
        staffing: Arc::new(defaults.staffing.clone()),
        special_days: defaults.holidays.clone().unwrap_or_default(),
        ..UnitPolicy::with_defaults(name)
    }
}

fn read_one<'s>(
    section: &Section<'s>,
    name: Option<&At<String>>,
    defaults: &Defaults,
    listed: &mut BTreeMap<&'s str, Range<usize>>,
) -> UnitPolicy {
    let base = with_defaults(name.map_or("", |n| n.value.as_str()), defaults);
    UnitPolicy {
        retired: false,
        display: section.text("display", "售后").map_or(base.display, |d| d.value.to_owned()),
        queues: read_queues(section, listed),
        timezone: read_timezone(section),
        opening: opening::read(section),
        special_days: base.special_days,
        expected: base.expected,
        detector: detector::read(&section.section("detector"), base.detector),
        control: control::read(&section.section("control"), base.control),
        ladder: ladder::read(&section.section("ladder"), base.ladder),
        staffing: Arc::new(staffing::read(&section.section("staffing"), &base.staffing)),
        name: base.name,
    }
}

fn read_queues<'s>(
    section: &Section<'s>,
    listed: &mut BTreeMap<&'s str, Range<usize>>,
) -> Vec<String> {
    let Some(given) = section.texts("queues", "[\"sales\", \"support\"]") else {
        return Vec::new();
    };
    if let (true, Some(span)) = (section.is_empty_list("queues"), section.given("queues")) {
        section.problem(
            span,
            "this unit lists no queue",
            "leave `queues` out to take every queue that no other unit lists",
        );
    }
    let mut queues = Vec::with_capacity(given.len());
    for queue in given {
        if queue.value.chars().count() > QUEUE_CHARS_MAX || queue.value.contains(char::is_control) {
            section.problem(
                queue.span,
                "this is not the name of a queue",
                format!("at most {QUEUE_CHARS_MAX} printable characters"),
            );
        } else if let Some(first) = listed.get(queue.value) {
            section.problem(
                queue.span,
                format!("the queue {:?} is listed twice", queue.value),
                format!(
                    "a queue belongs to one unit; the first is at line {}",
                    section.sheet().line_of(first.start),
                ),
            );
        } else {
            queues.push(queue.value.to_owned());
            listed.insert(queue.value, queue.span);
        }
    }
    queues
}

fn read_timezone(section: &Section<'_>) -> Tz {
    let Some(given) = section.text("timezone", "Asia/Shanghai") else { return Tz::UTC };
    timezone::parse(given.value).unwrap_or_else(|help| {
        section.problem(given.span, format!("no time zone is called {:?}", given.value), help);
        Tz::UTC
    })
}
