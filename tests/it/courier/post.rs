//! A unit at L2 with a recall, a roster in memory, gateways, and a courier that is told when to look.

use crate::fake::Fake;
use crate::rig::{Rig, T0, policy};
use callsurge::clock::Clock;
use callsurge::delivery::channel::http::{Http, HttpSettings, Success};
use callsurge::delivery::channel::pace::Rate;
use callsurge::delivery::channel::request::Method;
use callsurge::delivery::channel::template::Encoding;
use callsurge::delivery::courier::book::{Book, Reader};
use callsurge::delivery::courier::lane::{LaneSettings, Service};
use callsurge::delivery::courier::{Courier, CourierSettings, Links, PEOPLE, Surroundings};
use callsurge::delivery::receipts::Receipts;
use callsurge::delivery::retry::Retry;
use callsurge::delivery::secret::Secret;
use callsurge::driver::{Message, Settings as DriverSettings};
use callsurge::engine::Engine;
use callsurge::engine::command::{Act, Command, Level};
use callsurge::engine::observation::UnitId;
use callsurge::engine::time::{Span, Timestamp};
use callsurge::journal::outbox::{LiveJournal, Outbox};
use callsurge::journal::sqlite::SqliteJournal;
use callsurge::journal::step::Steps;
use callsurge::journal::{Audience, Channel, Settings, Stamp};
use callsurge::recall::{
    Candidate, ChannelId, Class, Input, Need, Order, RecallId, RecallPolicy, Shift, Skill, Words,
};
use callsurge::record::Record;
use callsurge::reply::token::LinkKey;
use callsurge::roster::{Kind, PersonId, Tier};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

/// For answers that do not come.
const TIMEOUT: Duration = Duration::from_millis(300);
/// The outbox channel of whoever commands.
pub(super) const COMMAND: &str = "command default p9000";
/// Who commands, and by what they would be reached.
pub(super) const COMMANDER: (PersonId, Kind) = (PersonId(9_000), Kind::Sms);

/// Everybody has a telephone and a mailbox, unless it is taken away.
#[derive(Clone, Default)]
pub(super) struct Roster {
    pub(super) without: Arc<Mutex<BTreeSet<(PersonId, Kind)>>>,
    pub(super) unreadable: Arc<Mutex<bool>>,
}

impl Book for Roster {
    fn look_up(&self, people: &BTreeSet<PersonId>) -> Result<BTreeMap<PersonId, Reader>, String> {
        if *self.unreadable.lock().unwrap() {
            return Err("it is locked".to_owned());
        }
        let without = self.without.lock().unwrap();
        let reader = |person: &PersonId| {
            let contacts = [
                (Kind::Sms, format!("+86139{:08}", person.0)),
                (Kind::Email, format!("{person}@example.org")),
            ];
            let has = |(kind, _): &(Kind, String)| !without.contains(&(*person, *kind));
            let contacts = contacts.into_iter().filter(has);
            let contacts = contacts.map(|(kind, to)| (kind, Secret::new(to))).collect();
            (*person, Reader { contacts, language: None, zone: chrono_tz::Asia::Shanghai })
        };
        Ok(people.iter().map(reader).collect())
    }
}

/// A gateway whose answers are `{"code": "…"}`; `0` is taken, `7` not now.
pub(super) fn lane(name: &str, reaches: Option<Kind>, fake: &Fake, keyed: bool) -> LaneSettings {
    at(name, reaches, &fake.base(), keyed)
}

/// The same, of another process.
pub(super) fn at(name: &str, reaches: Option<Kind>, base: &str, keyed: bool) -> LaneSettings {
    built(name, reaches, base, keyed, Rate::new(1_000, Span::secs(1)))
}

pub(super) fn paced(
    name: &str,
    reaches: Option<Kind>,
    fake: &Fake,
    keyed: bool,
    rate: Rate,
) -> LaneSettings {
    built(name, reaches, &fake.base(), keyed, rate)
}

fn built(name: &str, reaches: Option<Kind>, base: &str, keyed: bool, rate: Rate) -> LaneSettings {
    let to = if reaches.is_some() { "{to}" } else { "group" };
    let body = format!("{{\"to\": \"{to}\", \"key\": \"{{key}}\", \"text\": \"{{text}}\"}}");
    let settings = HttpSettings {
        method: Method::Post,
        url: Secret::new(format!("{base}/{name}")),
        headers: Vec::new(),
        body: Some(Secret::new(body)),
        encoding: Encoding::Json,
        secret: Secret::new("hush"),
        keyed,
        success: Some(Success {
            pointer: "/code".into(),
            values: vec!["0".into()],
            again: vec!["7".into()],
            id: None,
        }),
        delivers: false,
        rate,
        bytes_max: 2_000,
    };
    let service = Service::Http(Arc::new(Http::new(settings).unwrap()));
    LaneSettings { name: name.into(), reaches, service, timeout: TIMEOUT, answered: true }
}

pub(super) struct Post {
    pub(super) folder: TempDir,
    pub(super) rig: Rig,
    pub(super) roster: Roster,
    pub(super) courier: Courier,
    lanes: Vec<LaneSettings>,
    runtime: Runtime,
}

impl Post {
    /// At L2, nobody asked yet.
    pub(super) fn new(lanes: Vec<LaneSettings>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        let rig = open(&path, &lanes, Steps::default());
        let roster = Roster::default();
        // Only where it matters has the commander a contact.
        roster.without.lock().unwrap().extend([COMMANDER, (COMMANDER.0, Kind::Email)]);
        let courier = courier(&path, &rig, &lanes, &roster, Steps::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let post = Self { folder, rig, roster, courier, lanes, runtime };
        raise(&post.rig);
        post
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("journal.db")
    }

    pub(super) fn now(&self) -> Timestamp {
        self.rig.clock.now()
    }

    pub(super) fn later(&self, span: Span) {
        self.rig.clock.advance_to(self.now() + span);
        self.rig.handle.try_send(Message::Wake).unwrap();
    }

    pub(super) fn pass(&mut self) -> Option<Timestamp> {
        self.runtime.block_on(self.courier.pass()).unwrap()
    }

    /// Passes until an instant, at each of which there is something to do.
    pub(super) fn pass_until(&mut self, end: Timestamp) {
        while let Some(next) = self.pass().filter(|next| *next <= end) {
            self.rig.clock.advance_to(next);
        }
    }

    /// Another courier, as after a crash of the one that is there.
    pub(super) fn restart(&mut self) {
        let path = self.path();
        self.courier = courier(&path, &self.rig, &self.lanes, &self.roster, Steps::default());
    }

    pub(super) fn outbox(&self) -> Outbox {
        Outbox::open(&LiveJournal::at(&self.path()).unwrap(), Steps::default()).unwrap()
    }

    /// State and attempts of the rows of a channel, in order.
    pub(super) fn states(&self, channel: &str) -> Vec<(String, u32)> {
        let db = Connection::open(self.path()).unwrap();
        let sql = "SELECT state, attempts FROM outbox WHERE channel = ?1 ORDER BY id";
        let mut statement = db.prepare(sql).unwrap();
        let rows = statement.query_map([channel], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    /// The outbox channels of all attempts, in the order in which they began.
    pub(super) fn began(&self) -> Vec<String> {
        let db = Connection::open(self.path()).unwrap();
        let sql = "SELECT channel FROM attempts a JOIN outbox o ON o.id = a.intent ORDER BY a.id";
        let mut statement = db.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    /// The state of a person's offer, once the driver has taken everything.
    pub(super) fn offer(&self, person: u32) -> &'static str {
        reply(&self.rig, 999_999, Words::Decline);
        let view = self.rig.handle.view();
        let recall = view.recalls.recall(recall_id()).unwrap();
        recall.offers().get(&PersonId(person)).map_or("not asked", |offer| offer.state.word())
    }
}

pub(super) fn recall_id() -> RecallId {
    RecallId { incident: 1, level: Level::L2, generation: 1, drill: false }
}

pub(super) fn key() -> LinkKey {
    LinkKey::of(&Secret::new("0123456789abcdef"))
}

/// A driver on a live journal with the channels of these lanes.
pub(super) fn open(path: &Path, lanes: &[LaneSettings], steps: Steps) -> Rig {
    let mut channels = vec![
        Channel { audience: Audience::People, ..Channel::all(PEOPLE) },
        Channel {
            audience: Audience::Public,
            units: vec!["default".into()],
            ..Channel::all(COMMAND)
        },
    ];
    for lane in lanes.iter().filter(|lane| lane.reaches.is_none()) {
        channels.push(Channel { audience: Audience::Public, ..Channel::all(&lane.name) });
    }
    let settings = Settings { channels, steps: steps.clone(), ..Settings::new(Stamp::Live) };
    let journal = SqliteJournal::open(path, settings, T0).unwrap();
    let settings = DriverSettings { steps, ..DriverSettings::new(policy()) };
    Rig::of::<Engine>(Box::new(journal), settings).unwrap()
}

pub(super) fn courier(
    path: &Path,
    rig: &Rig,
    lanes: &[LaneSettings],
    roster: &Roster,
    steps: Steps,
) -> Courier {
    let external_url = "https://r.example.org".to_owned();
    let settings = CourierSettings {
        lanes: lanes.to_vec(),
        commanders: vec![(COMMAND.into(), COMMANDER.0)],
        links: Some(Links { external_url, key: key() }),
        language: callsurge::config::Language::En,
        sender: None,
        retry: Retry::default(),
    };
    let around = Surroundings {
        outbox: Outbox::open(&LiveJournal::at(path).unwrap(), steps).unwrap(),
        book: Arc::new(roster.clone()),
        clock: rig.clock.clone(),
        driver: rig.handle.clone(),
        receipts: Receipts::default(),
        wake: tokio::sync::watch::Sender::new(()).subscribe(),
    };
    Courier::new(settings, around).unwrap()
}

/// Raises the unit to L2.
pub(super) fn raise(rig: &Rig) -> Record {
    rig.row(0).expect("committed");
    command(rig, Act::Raise(Level::L2))
}

pub(super) fn command(rig: &Rig, act: Act) -> Record {
    let (actor, reason) = ("desk".to_owned(), "night".to_owned());
    let command = Command { unit: UnitId(0), act, actor, reason, expires_at: None };
    let (ack, answer) = oneshot::channel();
    let message = Message::Command { command: Box::new(command), key: None, ack };
    rig.handle.try_send(message).unwrap();
    answer.blocking_recv().unwrap()
}

/// Asks for so many heads among so many people.
pub(super) fn ask(rig: &Rig, heads: u32, people: u32) -> Record {
    let candidate = |n| Candidate {
        person: PersonId(n),
        skills: BTreeSet::from([Skill::ANY]),
        promise: Span::minutes(30),
        class: Class { tier: Tier::Standby, shift: Shift::Day },
        contacts: 2,
        channel: ChannelId(0),
        worked: Span::ZERO,
    };
    let order = Order {
        id: recall_id(),
        unit: UnitId(0),
        need: Need::from([(Skill::ANY, heads)]),
        deadline: rig.clock.now() + Span::hours(2),
        candidates: (1..=people).map(candidate).collect(),
        policy: RecallPolicy { reserve_percent: 0, ..RecallPolicy::DEFAULT },
    };
    send(rig, Input::Start(order))
}

/// A person answers.
pub(super) fn reply(rig: &Rig, person: u32, words: Words) -> Record {
    let number = rig.handle.view().seq;
    send(
        rig,
        Input::Reply(callsurge::recall::Reply {
            recall: recall_id(),
            person: PersonId(person),
            contact: callsurge::recall::ContactId(0),
            number,
            words,
        }),
    )
}

pub(super) fn send(rig: &Rig, input: Input) -> Record {
    let (ack, answer) = oneshot::channel();
    let message = Message::Recall { input: Box::new(input), order: None, key: None, ack };
    rig.handle.try_send(message).unwrap();
    answer.blocking_recv().unwrap()
}
