//! Whether a recall would work: pools, people and needs of a state, held against each other.

use crate::callup::{fallback, person, rules, view};
use crate::sample;
use callsurge::callup::Rules;
use callsurge::config::RecallMode;
use callsurge::engine::command::Level;
use callsurge::engine::view::{Agents, View};
use callsurge::preflight::{
    Check, Finding, Lag, Outcome, Reached, Report, Roster, Standing, What, look,
};
use callsurge::recall::Skill;
use callsurge::roster::{Person, Tier};
use std::collections::BTreeMap;

fn looked(view: &View, roster: Roster<'_>) -> Report {
    let rules: Rules = rules();
    look(&Standing {
        now: sample::now(),
        view,
        mode: RecallMode::Automatic,
        roster,
        rules: &rules,
        own_legal: false,
        channels: &[("desk".to_owned(), Reached::Delivered)],
        reply_links: None,
        clocks: &BTreeMap::from([("acd".into(), Lag::Stamps(callsurge::engine::time::Span::ZERO))]),
    })
}

/// A report in which everything that a metric tells is there.
pub(crate) fn report() -> Report {
    looked(&demand(), Roster::Read(&standby(3)))
}

/// Two units; the first lacks people of two skills at L2 and L3.
fn demand() -> View {
    view(10.0, 5.0)
}

fn standby(people: u32) -> Vec<Person> {
    (1..=people).map(|n| person(n, Tier::Standby, &["cards"], Some(30))).collect()
}

fn of<'a>(report: &'a Report, unit: Option<&str>, what: What) -> Vec<&'a Check> {
    let wanted = |c: &&Check| c.what == what && c.unit.as_deref() == unit;
    report.checks.iter().filter(wanted).collect()
}

fn one<'a>(report: &'a Report, unit: Option<&str>, what: What) -> &'a Check {
    let found = of(report, unit, what);
    assert_eq!(found.len(), 1, "{found:?}");
    found[0]
}

#[test]
fn each_skill_is_held_against_what_is_missing_of_it() {
    let (view, mut people) = (demand(), standby(60));
    people.extend((61..=62).map(|n| person(n, Tier::Standby, &["loans"], Some(30))));
    let report = looked(&view, Roster::Read(&people));
    let pools = of(&report, Some("north"), What::Pool(Level::L2));
    let found: Vec<_> = pools.iter().map(|c| (c.of.as_deref(), c.outcome())).collect();
    assert_eq!(found, [(Some("cards"), Outcome::Ok), (Some("loans"), Outcome::Wrong)]);
    let Finding::Pool { pool, fallback } = pools[1].finding else { panic!("{pools:?}") };
    assert_eq!((pool.people, pool.heads_p90, fallback), (2, 0, false), "0.4 · 0.4 is not 0.9");
    // Nobody is called at L3.
    for pool in of(&report, Some("north"), What::Pool(Level::L3)) {
        assert_eq!(pool.outcome(), Outcome::Wrong);
    }
    assert_eq!(one(&report, Some("north"), What::Need(Level::L2)).outcome(), Outcome::Ok);
    assert_eq!(report.outcome(), Outcome::Wrong);
    assert_eq!(report.pools.len(), 6, "two skills and two levels of one, any and two of the other");
}

#[test]
fn where_nobody_is_missing_the_heads_that_are_set_count() {
    let mut view = demand();
    for queue in &mut view.queues {
        queue.agents = Agents { logged_in: Some(99), paused: Some(0), ..Agents::default() };
    }
    let people = standby(30);
    let report = looked(&view, Roster::Read(&people));
    let pool = one(&report, Some("north"), What::Pool(Level::L2));
    assert!(matches!(pool.finding, Finding::PoolWithoutNeed { people: 30, .. }), "{pool:?}");
    assert_eq!(pool.outcome(), Outcome::Unknown);
    for (heads, outcome) in [(4, Outcome::Ok), (30, Outcome::Wrong)] {
        fallback(&mut view, Some(heads));
        let report = looked(&view, Roster::Read(&people));
        let pool = one(&report, Some("north"), What::Pool(Level::L2));
        let Finding::Pool { pool: counted, fallback: true } = pool.finding else {
            panic!("{pool:?}")
        };
        assert_eq!((counted.need, counted.skill), (heads, Skill::ANY));
        assert_eq!(pool.outcome(), outcome);
    }
}

#[test]
fn a_need_that_nobody_knows_is_wrong() {
    let report = looked(&demand(), Roster::Read(&standby(3)));
    let need = one(&report, Some("south"), What::Need(Level::L2));
    assert_eq!((need.finding, need.outcome()), (Finding::NoNeed, Outcome::Wrong));
    let pool = one(&report, Some("south"), What::Pool(Level::L2));
    assert_eq!(pool.outcome(), Outcome::Unknown);
}

#[test]
fn who_cannot_be_reached_is_counted_by_tier_and_who_opted_out_is_not() {
    let mut people = standby(4);
    people[0].contacts.clear();
    people[1].contacts[0].blocked_since = Some(sample::now());
    people[2].facts.opted_out = true;
    people[2].contacts.clear();
    people.push(person(9, Tier::Functional, &["cards"], None));
    let report = looked(&demand(), Roster::Read(&people));
    let standby = one(&report, None, What::Contacts(Level::L2)).finding;
    assert_eq!(standby, Finding::Contacts { without: 2, people: 3 });
    let functional = one(&report, None, What::Contacts(Level::L3)).finding;
    assert_eq!(functional, Finding::Contacts { without: 0, people: 1 });
}

#[test]
fn without_a_roster_nothing_is_said_of_people() {
    for (roster, outcome) in
        [(Roster::NotSet, Outcome::Unknown), (Roster::Unreadable, Outcome::Wrong)]
    {
        let report = looked(&demand(), roster);
        assert_eq!(one(&report, None, What::Roster).outcome(), outcome);
        let of_people =
            |c: &Check| matches!(c.what, What::Contacts(_) | What::Need(_) | What::Pool(_));
        assert!(!report.checks.iter().any(of_people), "{report:?}");
        assert!(report.pools.is_empty());
    }
}

#[test]
fn sources_and_channels_are_looked_at_whatever_is_asked() {
    let report = looked(&demand(), Roster::NotSet);
    let outcomes = |what| -> Vec<_> {
        of(&report, None, what).iter().map(|c| (c.of.as_deref(), c.outcome())).collect()
    };
    assert_eq!(outcomes(What::Channel), [(Some("desk"), Outcome::Ok)]);
    assert_eq!(
        outcomes(What::Feed),
        [(Some("acd"), Outcome::Ok), (Some("backup"), Outcome::Unknown)]
    );
    assert_eq!(
        outcomes(What::Clock),
        [(Some("acd"), Outcome::Ok), (Some("backup"), Outcome::Unknown)]
    );
    assert_eq!(one(&report, None, What::ReplyLinks).outcome(), Outcome::Unknown);
}
