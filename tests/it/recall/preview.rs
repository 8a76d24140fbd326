//! What is shown before anything is sent, held to what then happens.

use super::night::{candidate, minute, recall_id};
use callsurge::engine::observation::UnitId;
use callsurge::engine::time::Span;
use callsurge::recall::*;
use callsurge::roster::PersonId;
use callsurge::staffing::wave_size;
use std::collections::BTreeMap;

fn order(heads: u32, people: u32) -> Order {
    Order {
        id: recall_id("L2"),
        unit: UnitId(0),
        need: BTreeMap::from([(Skill(0), heads)]),
        deadline: minute(180),
        candidates: (1..=people).map(|p| candidate(PersonId(p), "a")).collect(),
        policy: RecallPolicy::DEFAULT,
    }
}

fn circumstances(rate_per_minute: u32) -> Circumstances {
    Circumstances {
        channels: BTreeMap::from([(ChannelId(0), ChannelRate { rate_per_minute, burst: 0 })]),
        pay: PayProfile { hour_price: Some(4_000), ..PayProfile::PRC },
        day: PayDay::RestDay,
        engagement: Span::hours(3),
        excluded: vec![Excluded { person: PersonId(99), reason: "on leave".to_owned() }],
    }
}

#[test]
fn six_heads_from_a_pool_of_sixty() {
    let campaigns = Campaigns::default();
    let given = circumstances(6);
    let preview = campaigns.preview(minute(0), &order(6, 60), &given).unwrap();
    assert_eq!(preview.first.len() as u32, wave_size(6, 0.4, 0.9).unwrap());
    let line = |w: &WavePlan| {
        let reached = (w.reached_by - minute(0)).to_string();
        format!(
            "{} at {} needed {:.3} asks {:.2} by {reached} filled {:.3}",
            w.number,
            w.at - minute(0),
            w.needed,
            w.asked_mean,
            w.filled
        )
    };
    let told: Vec<String> = preview.waves.iter().map(line).collect();
    let expected = [
        "1 at 0:00:00 needed 1.000 asks 21.00 by 0:03:30 filled 0.904",
        "2 at 0:05:00 needed 0.096 asks 0.67 by 0:08:30 filled 0.993",
        "3 at 0:10:00 needed 0.007 asks 0.04 by 0:13:00 filled 0.999",
    ];
    assert_eq!(told, expected);
    assert_eq!(preview.filled_p50, Some(minute(8) + Span::secs(30)));
    assert_eq!(preview.filled_p90, Some(minute(8) + Span::secs(30)));
    assert_eq!(preview.cost, Cost { paid_minutes: 2_160, money: Some(144_000) });
    assert_eq!(preview.excluded, given.excluded);
}

#[test]
fn a_preview_changes_nothing_and_is_what_the_order_then_does() {
    let mut campaigns = Campaigns::default();
    let mut out = Vec::new();
    campaigns.apply(minute(0), Input::Start(order(2, 12)), &mut out);
    let mut second = order(3, 40);
    second.id = recall_id("L3");
    second.candidates[20].contacts = 0;
    second.candidates[21].promise = Span::hours(4);
    second.candidates[22].skills.clear();
    let before = campaigns.clone();
    let preview = campaigns.preview(minute(1), &second, &circumstances(60)).unwrap();
    assert_eq!(campaigns, before);
    let held = |p: &PersonId| preview.not_asked.contains(&(*p, NotAsked::Held));
    assert!((1..=9).map(PersonId).all(|p| held(&p)), "{:?}", preview.not_asked);
    for (person, why) in
        [(21, NotAsked::NoContact), (22, NotAsked::TooFar), (23, NotAsked::NoSkill)]
    {
        assert!(preview.not_asked.contains(&(PersonId(person), why)), "{:?}", preview.not_asked);
    }
    out.clear();
    campaigns.apply(minute(1), Input::Start(second.clone()), &mut out);
    let asked: Vec<PersonId> = out.iter().filter_map(|e| e.key.person).collect();
    assert_eq!(asked, preview.first);
    assert_eq!(campaigns.preview(minute(1), &second, &circumstances(60)), Err(Refusal::Known));
}

#[test]
fn three_hundred_people_over_twenty_a_minute_are_reached_after_fifteen_minutes() {
    let heads = (1..300).find(|&n| wave_size(n, 0.4, 0.9).unwrap() >= 300).unwrap();
    let preview = Campaigns::default().preview(minute(0), &order(heads, 300), &circumstances(20));
    let preview = preview.unwrap();
    assert_eq!(preview.first.len(), 300);
    assert_eq!(preview.waves[0].reached_by, minute(15));
}

#[test]
fn a_pool_that_is_too_small_has_no_time_at_which_it_is_filled() {
    let preview = Campaigns::default().preview(minute(0), &order(6, 9), &circumstances(60));
    let preview = preview.unwrap();
    assert_eq!((preview.waves.len(), preview.filled_p90), (1, None));
}

#[test]
fn preflight_finds_the_pool_that_is_too_thin() {
    let mut people: Vec<Candidate> = (1..=30).map(|p| candidate(PersonId(p), "a")).collect();
    people.extend((31..=36).map(|p| candidate(PersonId(p), "b")));
    people[0].contacts = 0;
    let need = BTreeMap::from([(Skill(0), 6), (Skill(1), 3)]);
    let leave = |p| Excluded { person: PersonId(p), reason: "on leave".to_owned() };
    let found = preflight(&need, &people, &[leave(50), leave(51)], &Learned::default());
    assert_eq!((found.without_contact, found.excluded["on leave"]), (1, 2));
    let pools: Vec<_> =
        found.pools.iter().map(|p| (p.people, p.heads_p90, p.deep_enough)).collect();
    assert_eq!(pools, [(29, 8, true), (6, 1, false)]);
    // The same by the other road: the most heads for which a wave of everybody is large enough.
    for pool in &found.pools {
        let fits = |n: &u32| wave_size(*n, 0.4, 0.9).unwrap() <= pool.people;
        assert_eq!((0..30).take_while(fits).last(), Some(pool.heads_p90));
    }
}
