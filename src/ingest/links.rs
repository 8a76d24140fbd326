//! Who knows how the wire behind each source stands, for `/metrics`.
//!
//! Beside the engine, not in it: what a source told is history and is judged; how its connector
//! fares is of this process, dies with it and must not change a verdict. Only sources that are
//! fetched are here; who posts is known by what it posts.

use super::ami::Floor;
use super::ami::status::{LinkStatus, LinkView};
use super::poll::{PollStatus, PollView};
use crate::engine::observation::UnitId;
use crate::engine::view::Agents;
use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

/// The connector of a source.
#[derive(Clone, Debug)]
pub enum Link {
    /// Listens to a manager interface.
    Ami(LinkStatus),
    /// Polls.
    Poll(PollStatus),
}

/// How the connector of a source stands.
#[derive(Clone, Debug, PartialEq)]
pub enum LinkReport {
    /// Listens to a manager interface.
    Ami(Box<LinkView>),
    /// Polls.
    Poll(PollView),
}

/// The connectors by the name of their source. A clone shares them.
#[derive(Clone, Debug, Default)]
pub struct Links(Arc<RwLock<BTreeMap<String, Link>>>);

impl Links {
    /// A connector started; one of the same source that was there is forgotten.
    pub fn put(&self, source: &str, link: Link) {
        if let Ok(mut links) = self.0.write() {
            links.insert(source.to_owned(), link);
        }
    }

    /// A source is no longer fetched.
    pub fn remove(&self, source: &str) {
        if let Ok(mut links) = self.0.write() {
            links.remove(source);
        }
    }

    /// Agents of each unit, of all sources that know one from another. Who is known to two of
    /// them is two: an address of a phone means nothing outside its PBX.
    pub fn agents(&self) -> BTreeMap<UnitId, Agents> {
        let mut sums: BTreeMap<UnitId, Floor> = BTreeMap::new();
        let Ok(links) = self.0.read() else { return BTreeMap::new() };
        for link in links.values() {
            let Link::Ami(status) = link else { continue };
            for (unit, floor) in status.floors() {
                *sums.entry(unit).or_default() += floor;
            }
        }
        sums.into_iter().map(|(unit, floor)| (unit, floor.into())).collect()
    }

    /// How all of them stand.
    pub fn report(&self) -> Vec<(String, LinkReport)> {
        let Ok(links) = self.0.read() else { return Vec::new() };
        let report = |link: &Link| match link {
            Link::Ami(status) => LinkReport::Ami(Box::new(status.view())),
            Link::Poll(status) => LinkReport::Poll(status.view()),
        };
        links.iter().map(|(source, link)| (source.clone(), report(link))).collect()
    }
}
