//! Who is asked, and what do they answer? A roster in memory and the messages of a demo.
//!
//! People answer by seeded chance after a while, the first who accept fill the quota, the rest
//! are told not to come. That is the outline of a recall and no more: no waves, no rest rules, no
//! channels. It exists so that orders have consequences in the simulated centre.

use super::Lang;
use crate::engine::command::Level;
use crate::engine::time::{Span, Timestamp};
use crate::sim::draw::{self, Purpose};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, VecDeque};

/// Messages that are kept for showing; older ones are forgotten.
const KEPT: usize = 500;

/// A message to or from a person, as a phone would show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// When.
    pub at: Timestamp,
    /// Opaque id of the person.
    pub person: String,
    /// Level of the order that it belongs to.
    pub level: Level,
    /// What it says.
    pub kind: MessageKind,
}

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// To people in the house: take calls at once.
    Ordered,
    /// To people off duty: can you come?
    Asked,
    /// I come.
    Accepted {
        /// Minutes until then.
        eta_minutes: i64,
    },
    /// I cannot.
    Declined,
    /// To who accepted too late, or is still under way at the stand-down: do not come.
    DoNotCome,
    /// Logged on.
    Arrived,
    /// To who helped: thank you, stand down.
    Released,
}

/// The people that a level can ask for.
struct Pool {
    level: Level,
    people: u32,
    quota: u32,
    accepts: f64,
    answers_within: Span,
}

/// L1 is an order to people in the house; L2 asks standby people, L3 functional staff.
const POOLS: [Pool; 3] = [
    Pool { level: Level::L1, people: 30, quota: 30, accepts: 1.0, answers_within: Span::secs(30) },
    Pool {
        level: Level::L2,
        people: 90,
        quota: 40,
        accepts: 0.6,
        answers_within: Span::minutes(6),
    },
    Pool {
        level: Level::L3,
        people: 110,
        quota: 80,
        accepts: 0.8,
        answers_within: Span::minutes(4),
    },
];

/// The fake inbox.
#[derive(Clone, Debug)]
pub struct Inbox {
    rng: ChaCha8Rng,
    /// What happens when; the number keeps ties in order.
    agenda: BTreeMap<(Timestamp, u64), Planned>,
    planned: u64,
    called: [bool; 4],
    accepted: [u32; 4],
    here: Vec<(Level, String)>,
    messages: VecDeque<Message>,
    news: Vec<Message>,
}

#[derive(Clone, Debug)]
enum Planned {
    Answer { level: Level, person: String, accepts: bool },
    Arrival { level: Level, person: String },
}

impl Planned {
    const fn level(&self) -> Level {
        match self {
            Self::Answer { level, .. } | Self::Arrival { level, .. } => *level,
        }
    }
}

impl Inbox {
    /// An inbox before the first order.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            rng: draw::stream(seed, Purpose::Answers, 0),
            agenda: BTreeMap::new(),
            planned: 0,
            called: [false; 4],
            accepted: [0; 4],
            here: Vec::new(),
            messages: VecDeque::new(),
            news: Vec::new(),
        }
    }

    /// The latest messages, oldest first.
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        self.messages.iter()
    }

    /// Messages since the last call of this function, at most 500.
    pub fn take_news(&mut self) -> Vec<Message> {
        std::mem::take(&mut self.news)
    }

    /// People of a level who accepted since it was last called out.
    pub fn accepted(&self, level: Level) -> u32 {
        self.accepted[usize::from(level.number())]
    }

    /// Asks the people of a level, unless they are asked already.
    pub(crate) fn call_out(&mut self, level: Level, at: Timestamp) {
        let number = usize::from(level.number());
        let Some(pool) = POOLS.iter().find(|p| p.level == level) else { return };
        if std::mem::replace(&mut self.called[number], true) {
            return;
        }
        self.accepted[number] = 0;
        let asked = if level == Level::L1 { MessageKind::Ordered } else { MessageKind::Asked };
        for place in 1..=pool.people {
            let person = format!("p{}-{place:03}", level.number());
            let share = self.rng.random::<f64>();
            let accepts = self.rng.random::<f64>() < pool.accepts;
            let after = draw::scaled(pool.answers_within, share).max(Span::secs(1));
            self.say(at, &person, level, asked);
            self.plan(at + after, Planned::Answer { level, person, accepts });
        }
    }

    /// Lets time pass. Returns who accepted inside the quota.
    pub(crate) fn advance(&mut self, until: Timestamp) -> Vec<(Level, String)> {
        let mut coming = Vec::new();
        while let Some(first) = self.agenda.first_entry()
            && first.key().0 <= until
        {
            let ((at, _), planned) = first.remove_entry();
            match planned {
                Planned::Answer { level, person, accepts } => {
                    if self.takes(at, level, &person, accepts) {
                        coming.push((level, person));
                    }
                }
                Planned::Arrival { level, person } => {
                    self.say(at, &person, level, MessageKind::Arrived);
                    self.here.push((level, person));
                }
            }
        }
        coming
    }

    /// Someone who accepted is under way.
    pub(crate) fn under_way(&mut self, person: String, level: Level, at: Timestamp, travel: Span) {
        let eta_minutes = travel.as_millis().div_euclid(60_000) + 1;
        self.say(at, &person, level, MessageKind::Accepted { eta_minutes });
        self.plan(at + travel, Planned::Arrival { level, person });
    }

    /// Ends the call-out of a level.
    pub(crate) fn release(&mut self, level: Level, at: Timestamp) {
        self.called[usize::from(level.number())] = false;
        let (gone, kept) = std::mem::take(&mut self.here).into_iter().partition(|p| p.0 == level);
        self.here = kept;
        for (_, person) in gone as Vec<(Level, String)> {
            self.say(at, &person, level, MessageKind::Released);
        }
        let off: Vec<_> =
            self.agenda.iter().filter(|(_, p)| p.level() == level).map(|(k, _)| *k).collect();
        for key in off {
            if let Some(Planned::Arrival { person, .. }) = self.agenda.remove(&key) {
                self.say(at, &person, level, MessageKind::DoNotCome);
            }
        }
    }

    fn takes(&mut self, at: Timestamp, level: Level, person: &str, accepts: bool) -> bool {
        let accepted = &mut self.accepted[usize::from(level.number())];
        let quota = POOLS.iter().find(|p| p.level == level).map_or(0, |p| p.quota);
        if !accepts {
            self.say(at, person, level, MessageKind::Declined);
            return false;
        }
        if *accepted >= quota {
            self.say(at, person, level, MessageKind::DoNotCome);
            return false;
        }
        *accepted += 1;
        true
    }

    fn plan(&mut self, at: Timestamp, planned: Planned) {
        self.planned += 1;
        self.agenda.insert((at, self.planned), planned);
    }

    fn say(&mut self, at: Timestamp, person: &str, level: Level, kind: MessageKind) {
        let message = Message { at, person: person.to_owned(), level, kind };
        if self.messages.len() == KEPT {
            self.messages.pop_front();
        }
        self.messages.push_back(message.clone());
        if self.news.len() < KEPT {
            self.news.push(message);
        }
    }
}

impl Message {
    /// The text, without the person's id.
    pub fn text(&self, lang: Lang) -> String {
        let level = self.level.word();
        match (lang, self.kind) {
            (Lang::Zh, MessageKind::Ordered) => format!("{level} 支持令：请立即上线接听来话"),
            (Lang::En, MessageKind::Ordered) => {
                format!("{level} ordered: take inbound calls at once")
            }
            (Lang::Zh, MessageKind::Asked) => format!("{level} 召回：您能前来支援吗？"),
            (Lang::En, MessageKind::Asked) => format!("{level} recall: can you come and help?"),
            (Lang::Zh, MessageKind::Accepted { eta_minutes }) => {
                format!("可以，约 {eta_minutes} 分钟后到")
            }
            (Lang::En, MessageKind::Accepted { eta_minutes }) => {
                format!("yes, there in about {eta_minutes} min")
            }
            (Lang::Zh, MessageKind::Declined) => "抱歉，来不了".to_owned(),
            (Lang::En, MessageKind::Declined) => "sorry, I cannot".to_owned(),
            (Lang::Zh, MessageKind::DoNotCome) => "不需要前来".to_owned(),
            (Lang::En, MessageKind::DoNotCome) => "do not come".to_owned(),
            (Lang::Zh, MessageKind::Arrived) => "已签入，开始接听".to_owned(),
            (Lang::En, MessageKind::Arrived) => "logged on, taking calls".to_owned(),
            (Lang::Zh, MessageKind::Released) => "支持解除，感谢支援".to_owned(),
            (Lang::En, MessageKind::Released) => "stand-down, thank you".to_owned(),
        }
    }
}
