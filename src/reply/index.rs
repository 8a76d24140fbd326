//! Which offer a link or a code is of.
//!
//! A token is no name of anything that is kept: it can only be made again and compared. So those of
//! all offers of recalls that run are made once, under the key in use and the one before, and looked
//! up by their digest, at the same cost whether there are ten or ten thousand and whether the token is
//! known. Offers are only ever added to a recall, so a glance at each recall tells whether something
//! is missing here. A recall that is over takes its links with it.

use super::token::{Asked, LinkKey};
use crate::engine::time::Timestamp;
use crate::recall::{Campaigns, Offer, Recall, RecallId};
use crate::roster::{Kind, PersonId};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};

/// The keys under which links are valid.
#[derive(Clone, Debug)]
pub struct LinkKeys {
    /// Makes the links that are sent.
    pub current: LinkKey,
    /// Made those that were sent before it.
    pub previous: Option<LinkKey>,
}

/// What a link is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The recall.
    pub recall: RecallId,
    /// Who was asked.
    pub person: PersonId,
    /// By which contact the link came.
    pub kind: Kind,
    /// The end of the offer that it was made for.
    pub deadline: Timestamp,
    /// It was made under the key before the present one.
    pub of_previous_key: bool,
}

/// What recalls looked like when the index was made.
type Glance = Vec<(RecallId, usize, Option<Timestamp>)>;

/// Links and codes of all offers.
#[derive(Debug)]
pub struct Index {
    keys: LinkKeys,
    glance: Glance,
    known: HashSet<(RecallId, PersonId, Timestamp)>,
    links: HashMap<[u8; 32], Place>,
    codes: HashMap<(PersonId, String), (RecallId, Timestamp)>,
}

impl Index {
    /// Of no recall yet.
    pub fn new(keys: LinkKeys) -> Self {
        Self {
            keys,
            glance: Vec::new(),
            known: HashSet::new(),
            links: HashMap::new(),
            codes: HashMap::new(),
        }
    }

    /// Takes in what is new and forgets what is over.
    pub fn follow(&mut self, campaigns: &Campaigns) {
        let glance: Glance = campaigns.recalls().map(glance).collect();
        if glance == self.glance {
            return;
        }
        let there = |recall: RecallId, person: PersonId, deadline: Timestamp| {
            offer(campaigns, recall, person, deadline).is_some()
        };
        self.known.retain(|&(recall, person, deadline)| there(recall, person, deadline));
        self.links.retain(|_, place| there(place.recall, place.person, place.deadline));
        self.codes.retain(|(person, _), &mut (recall, deadline)| there(recall, *person, deadline));
        for recall in campaigns.recalls() {
            for (&person, offer) in recall.offers() {
                let asked = Asked { recall: recall.id(), person, deadline: offer.deadline };
                if self.known.insert((asked.recall, person, asked.deadline)) {
                    self.add(&asked);
                }
            }
        }
        self.glance = glance;
    }

    fn add(&mut self, asked: &Asked) {
        let &Asked { recall, person, deadline } = asked;
        let keys = [Some(&self.keys.current), self.keys.previous.as_ref()];
        for (key, of_previous_key) in keys.into_iter().zip([false, true]) {
            let Some(key) = key else { continue };
            for kind in Kind::ALL {
                let place = Place { recall, person, kind, deadline, of_previous_key };
                self.links.insert(digest(&key.token(asked, kind)), place);
            }
            self.codes.insert((person, key.code(asked)), (recall, deadline));
        }
    }

    /// The offer of a link.
    pub fn link(&self, token: &str) -> Option<Place> {
        self.links.get(&digest(token)).copied()
    }

    /// The recall in which a code was sent to a person.
    pub fn code(&self, person: PersonId, code: &str) -> Option<RecallId> {
        self.codes.get(&(person, code.to_owned())).map(|(recall, _)| *recall)
    }

    /// The code of a person's offer, as it is sent.
    pub fn code_of(&self, asked: &Asked) -> String {
        self.keys.current.code(asked)
    }
}

/// The offer of a place, where it still is the one that the link was made for.
pub fn offer(
    campaigns: &Campaigns,
    recall: RecallId,
    person: PersonId,
    deadline: Timestamp,
) -> Option<(&Recall, &Offer)> {
    let recall = campaigns.recall(recall)?;
    let offer = recall.offers().get(&person).filter(|offer| offer.deadline == deadline)?;
    Some((recall, offer))
}

fn glance(recall: &Recall) -> (RecallId, usize, Option<Timestamp>) {
    let last = recall.offers().last_key_value().map(|(_, offer)| offer.deadline);
    (recall.id(), recall.offers().len(), last)
}

pub(super) fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::secret::Secret;
    use crate::engine::command::Level;
    use crate::engine::observation::UnitId;
    use crate::engine::time::Span;
    use crate::recall::{
        Candidate, ChannelId, Class, Command, Input, Need, Order, RecallPolicy, Shift, Skill,
    };
    use crate::roster::Tier;
    use std::collections::BTreeSet;

    const T0: Timestamp = Timestamp::from_secs(1_795_896_000);
    const ID: RecallId = RecallId { incident: 1, level: Level::L2, generation: 1, drill: false };

    fn key(secret: &str) -> LinkKey {
        LinkKey::of(&Secret::new(secret))
    }

    fn start(campaigns: &mut Campaigns, at: Timestamp, people: u32) {
        start_for(campaigns, at, people, 2);
    }

    fn start_for(campaigns: &mut Campaigns, at: Timestamp, people: u32, heads: u32) {
        let candidate = |n| Candidate {
            person: PersonId(n),
            skills: BTreeSet::from([Skill::ANY]),
            promise: Span::minutes(30),
            class: Class { tier: Tier::Standby, shift: Shift::Day },
            contacts: 1,
            channel: ChannelId(0),
            worked: Span::ZERO,
        };
        let order = Order {
            id: ID,
            unit: UnitId(0),
            need: Need::from([(Skill::ANY, heads)]),
            deadline: at + Span::hours(2),
            candidates: (0..people).map(candidate).collect(),
            policy: RecallPolicy::DEFAULT,
        };
        campaigns.apply(at, Input::Start(order), &mut Vec::new());
    }

    fn token(campaigns: &Campaigns, person: u32) -> String {
        let recall = campaigns.recall(ID).expect("it runs");
        let deadline = recall.offers()[&PersonId(person)].deadline;
        let asked = Asked { recall: ID, person: PersonId(person), deadline };
        key("new").token(&asked, Kind::Sms)
    }

    #[test]
    fn every_offer_is_found_under_both_keys_and_a_later_wave_too() {
        let mut campaigns = Campaigns::default();
        let keys = LinkKeys { current: key("new"), previous: Some(key("old")) };
        let mut index = Index::new(keys);
        start(&mut campaigns, T0, 40);
        index.follow(&campaigns);
        let first = campaigns.recall(ID).expect("it runs").offers().len();
        // Nobody answers: the next wave is asked.
        campaigns.apply(T0 + Span::minutes(6), Input::Tick, &mut Vec::new());
        let recall = campaigns.recall(ID).expect("it runs");
        assert!(recall.offers().len() > first);
        index.follow(&campaigns);
        for (&person, offer) in recall.offers() {
            let asked = Asked { recall: ID, person, deadline: offer.deadline };
            for (secret, of_previous_key) in [("new", false), ("old", true)] {
                for kind in Kind::ALL {
                    let deadline = offer.deadline;
                    let place = Place { recall: ID, person, kind, deadline, of_previous_key };
                    assert_eq!(index.link(&key(secret).token(&asked, kind)), Some(place));
                }
                assert_eq!(index.code(person, &key(secret).code(&asked)), Some(ID));
            }
            assert_eq!(index.link(&key("other").token(&asked, Kind::Sms)), None);
        }
    }

    #[test]
    fn a_recall_of_a_whole_centre_is_indexed_once() {
        let mut campaigns = Campaigns::default();
        let keys = LinkKeys { current: key("new"), previous: Some(key("old")) };
        let mut index = Index::new(keys);
        start_for(&mut campaigns, T0, 1_300, 600);
        let offers = campaigns.recall(ID).expect("it runs").offers().len();
        assert!(offers > 1_000, "{offers}");
        index.follow(&campaigns);
        assert_eq!(index.links.len(), offers * Kind::ALL.len() * 2);
        // Of a view that says nothing new nothing is taken in, even where much is missing.
        index.links.clear();
        index.follow(&campaigns);
        assert!(index.links.is_empty());
    }

    #[test]
    fn a_recall_that_is_over_takes_its_links_with_it_even_where_its_name_comes_again() {
        let mut campaigns = Campaigns::default();
        let mut index = Index::new(LinkKeys { current: key("new"), previous: None });
        start(&mut campaigns, T0, 5);
        index.follow(&campaigns);
        let old = token(&campaigns, 0);
        assert!(index.link(&old).is_some());
        let over = Input::Command(ID, Command::CancelAll);
        campaigns.apply(T0, over, &mut Vec::new());
        assert!(campaigns.recall(ID).is_none());
        // Between two looks one recall ends and another of its name begins.
        start(&mut campaigns, T0 + Span::minutes(1), 5);
        index.follow(&campaigns);
        assert_eq!(index.link(&old), None);
        assert!(index.link(&token(&campaigns, 0)).is_some());
        campaigns.apply(
            T0 + Span::minutes(2),
            Input::Command(ID, Command::CancelAll),
            &mut Vec::new(),
        );
        index.follow(&campaigns);
        assert_eq!((index.links.len(), index.codes.len(), index.known.len()), (0, 0, 0));
    }
}
