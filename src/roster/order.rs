//! Whom to ask first, of those who may be asked.
//!
//! By four keys, each of which decides only among equals of the ones before: how late a person would be
//! by their own promise, how much was asked of them lately, their place in the turn, and a draw. The
//! draw depends on nothing but the seed and the person, so that a drill that is replayed asks the same
//! people in the same order, and adding a person moves nobody else.

use super::PersonId;

/// A person who came pays with a free day, one who declined with a ring of the telephone.
const WEIGHT_CAME: u32 = 4;
const WEIGHT_DECLINED: u32 = 1;
/// Who promises nothing is taken to need so long.
pub const PROMISE_MINUTES_ASSUMED: u32 = 120;

/// What the order looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub id: PersonId,
    /// Within which time they promise to be at work.
    pub promise_minutes: Option<u32>,
    /// How often they came lately. What is lately is the caller's to say.
    pub came: u32,
    /// How often they declined lately.
    pub declined: u32,
    /// Their place in the turn.
    pub rotation: u32,
}

/// The candidates in the order in which they are asked, if help is needed within `need_minutes`.
pub fn select(candidates: &[Candidate], need_minutes: u32, seed: u64) -> Vec<PersonId> {
    let mut keyed: Vec<_> = candidates
        .iter()
        .map(|person| {
            let promise = person.promise_minutes.unwrap_or(PROMISE_MINUTES_ASSUMED);
            let late = promise.saturating_sub(need_minutes);
            let came = person.came.saturating_mul(WEIGHT_CAME);
            let asked = came.saturating_add(person.declined.saturating_mul(WEIGHT_DECLINED));
            (late, asked, person.rotation, draw(seed, person.id), person.id)
        })
        .collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|key| key.4).collect()
}

/// The finaliser of SplitMix64: every bit of seed and person moves every bit of the draw.
fn draw(seed: u64, person: PersonId) -> u64 {
    let mut bits = seed ^ u64::from(person.0).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn person(id: u32, promise: u32, came: u32, declined: u32, rotation: u32) -> Candidate {
        let promise_minutes = Some(promise);
        Candidate { id: PersonId(id), promise_minutes, came, declined, rotation }
    }

    fn ids(order: Vec<PersonId>) -> Vec<u32> {
        order.into_iter().map(|id| id.0).collect()
    }

    #[test]
    fn promise_then_fairness_then_turn() {
        let all = [
            person(1, 90, 0, 0, 0),
            person(2, 30, 1, 0, 0),
            person(3, 45, 0, 3, 9),
            person(4, 60, 0, 0, 2),
            person(5, 10, 0, 0, 3),
            Candidate { promise_minutes: None, ..person(6, 0, 0, 0, 0) },
        ];
        assert_eq!(ids(select(&all, 60, 7)), [4, 5, 3, 2, 1, 6]);
        assert_eq!(ids(select(&all, 240, 7))[..2].iter().max(), Some(&6), "all are in time");
    }

    proptest! {
        #[test]
        fn the_draw_is_the_same_for_the_same_seed_whoever_else_is_there(
            seed: u64, number in 2..40u32, out in 0..40u32,
        ) {
            let all: Vec<_> = (0..number).map(|id| person(id, 30, 0, 0, 0)).collect();
            let order = ids(select(&all, 60, seed));
            let mut back = all.clone();
            back.reverse();
            prop_assert_eq!(&order, &ids(select(&back, 60, seed)));
            back.retain(|one| one.id.0 != out);
            let without: Vec<_> = order.into_iter().filter(|id| *id != out).collect();
            prop_assert_eq!(without, ids(select(&back, 60, seed)));
        }
    }

    #[test]
    fn seeds_share_the_first_place() {
        let all: Vec<_> = (0..10).map(|id| person(id, 30, 0, 0, 0)).collect();
        let mut first = [0; 10];
        for seed in 0..1_000 {
            first[select(&all, 60, seed)[0].0 as usize] += 1;
        }
        assert!(first.iter().all(|times| (60..=150).contains(times)), "{first:?}");
    }
}
