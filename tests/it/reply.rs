//! Replies over a real socket, in front of a real driver whose clock the test moves.

mod contact;
mod hooks;
mod limits;
mod link;
mod pages;

use crate::rig::{Rig, T0, policy};
use callsurge::api::serve;
use callsurge::config::Language;
use callsurge::delivery::secret::Secret;
use callsurge::driver::{Message, Settings as DriverSettings};
use callsurge::engine::Engine;
use callsurge::engine::command::{Act, Command, Level};
use callsurge::engine::observation::UnitId;
use callsurge::engine::time::Span;
use callsurge::journal::memory::MemoryJournal;
use callsurge::journal::{Settings as Kept, Stamp};
use callsurge::metrics::render;
use callsurge::recall::{
    Candidate, ChannelId, Class, Command as Order, Input, Need, Order as Start, RecallId,
    RecallPolicy, Shift, Skill,
};
use callsurge::record::Record;
use callsurge::reply::askings::{AskedContacts, NoContacts};
use callsurge::reply::hooks::Hook;
use callsurge::reply::index::LinkKeys;
use callsurge::reply::server::router;
use callsurge::reply::state::Settings;
use callsurge::reply::token::{Asked, LinkKey};
use callsurge::roster::{Kind, PersonId, Tier};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

const REAL: RecallId = RecallId { incident: 1, level: Level::L2, generation: 1, drill: false };
const DRILL: RecallId = RecallId { drill: true, ..REAL };
/// How the listener is reached from outside, in signatures.
const OUTSIDE: &str = "https://reply.example.org/surge";

/// Fields of a form as the body of a request.
trait Fields {
    fn form(self, fields: &[(&str, &str)]) -> Self;
}

impl Fields for RequestBuilder {
    fn form(self, fields: &[(&str, &str)]) -> Self {
        let url = Url::parse_with_params("http://form/", fields).expect("an address");
        let body = url.query().unwrap_or_default().to_owned();
        self.header("content-type", "application/x-www-form-urlencoded").body(body)
    }
}

fn key(secret: &str) -> LinkKey {
    LinkKey::of(&Secret::new(secret))
}

/// A recall of two heads among twelve people, and the listener.
pub(crate) struct Night {
    rig: Rig,
    journal: MemoryJournal,
    service: Arc<callsurge::metrics::Service>,
    pub(crate) base: String,
    client: Client,
    recall: RecallId,
    blocked: Arc<Mutex<Vec<(PersonId, Kind)>>>,
    shutdown: Option<oneshot::Sender<()>>,
}

/// What differs from night to night.
pub(crate) struct Plan {
    pub(crate) recall: RecallId,
    pub(crate) need: u32,
    pub(crate) unit: &'static str,
    pub(crate) hooks: BTreeMap<String, Hook>,
    pub(crate) contacts: Arc<dyn AskedContacts>,
    pub(crate) sender: &'static str,
    pub(crate) language: Language,
}

impl Default for Plan {
    fn default() -> Self {
        let hooks = BTreeMap::new();
        let contacts = Arc::new(NoContacts);
        let (recall, language, sender) = (REAL, Language::En, "Example <Centre>");
        Self { recall, need: 2, unit: "North", hooks, contacts, sender, language }
    }
}

impl Plan {
    pub(crate) fn drill() -> Self {
        Self { recall: DRILL, ..Self::default() }
    }
}

fn start(id: RecallId, need: u32) -> Start {
    let candidate = |n| Candidate {
        person: PersonId(n),
        skills: BTreeSet::from([Skill::ANY]),
        promise: Span::minutes(30),
        class: Class { tier: Tier::Standby, shift: Shift::Day },
        contacts: 1,
        channel: ChannelId(0),
        worked: Span::ZERO,
    };
    Start {
        id,
        unit: UnitId(0),
        need: Need::from([(Skill::ANY, need)]),
        deadline: T0 + Span::hours(2),
        candidates: (1..=12).map(candidate).collect(),
        policy: RecallPolicy { reserve_percent: 50, ..RecallPolicy::DEFAULT },
    }
}

impl Night {
    pub(crate) async fn of(plan: Plan) -> Self {
        let journal = MemoryJournal::new(Kept::new(Stamp::Test));
        let mut policy = policy();
        policy.units[0].display = plan.unit.to_owned();
        let settings = DriverSettings::new(policy);
        let rig = Rig::of::<Engine>(Box::new(journal.clone()), settings).expect("it starts");
        let service = Arc::new(callsurge::metrics::Service::new(T0).expect("sound families"));
        let blocked: Arc<Mutex<Vec<_>>> = Arc::default();
        let noted = blocked.clone();
        let settings = Settings {
            handle: rig.handle.clone(),
            clock: rig.clock.clone(),
            service: service.clone(),
            keys: LinkKeys {
                current: key("the present key"),
                previous: Some(key("the key before")),
            },
            external_url: OUTSIDE.to_owned(),
            language: plan.language,
            // The first lives in Shanghai, the second has not said, the rest speak English.
            manners: Arc::new(|person| match person {
                PersonId(1) => Some((Some(Language::ZhCn), chrono_tz::Asia::Shanghai)),
                PersonId(2) => Some((None, chrono_tz::Asia::Shanghai)),
                PersonId(_) => Some((Some(Language::En), chrono_tz::Europe::Berlin)),
            }),
            // Of a number the last digits tell whose it is; 99 is shared by two.
            who: Arc::new(|kind, number| {
                assert_eq!(kind, Kind::Sms);
                let digits = number.reveal();
                Ok(match digits[digits.len() - 2..].parse().expect("digits") {
                    99 => vec![PersonId(3), PersonId(4)],
                    98 => return Err("the roster is away".to_owned()),
                    n @ 1..=12 => vec![PersonId(n)],
                    n @ 50..=60 => vec![PersonId(n)],
                    _ => vec![],
                })
            }),
            block: Arc::new(move |person, kind| {
                if person == PersonId(5) && noted.lock().unwrap().is_empty() {
                    noted.lock().unwrap().push((PersonId(0), kind));
                    return Err("the roster is locked".to_owned());
                }
                noted.lock().unwrap().push((person, kind));
                Ok(())
            }),
            contacts: plan.contacts,
            sender: Some(plan.sender.to_owned()),
            hooks: plan.hooks,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let (shutdown, stopped) = oneshot::channel::<()>();
        tokio::spawn(serve(listener, router(settings), async {
            drop(stopped.await);
        }));
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let night = Self {
            rig,
            journal,
            service,
            base,
            client: client.build().expect("a client"),
            recall: plan.recall,
            blocked,
            shutdown: Some(shutdown),
        };
        if !plan.recall.drill {
            night.level(Act::Raise(Level::L2)).await;
        }
        night.input(Input::Start(start(plan.recall, plan.need))).await;
        night
    }

    async fn level(&self, act: Act) {
        let (actor, reason) = ("desk".to_owned(), "night".to_owned());
        let command = Command { unit: UnitId(0), act, actor, reason, expires_at: None };
        let (ack, answer) = oneshot::channel();
        let command = Message::Command { command: Box::new(command), key: None, ack };
        self.rig.handle.send(command).await.expect("room");
        assert_eq!(answer.await.expect("an answer").refused, None);
    }

    /// Gives the driver an input and waits until it is committed.
    async fn input(&self, input: Input) -> Record {
        let (ack, answer) = oneshot::channel();
        let input = Box::new(input);
        let message = Message::Recall { input, order: None, key: None, ack };
        self.rig.handle.send(message).await.expect("room");
        answer.await.expect("an answer")
    }

    /// Lets time pass, and the driver see it.
    pub(crate) async fn later(&self, span: Span) {
        use callsurge::clock::Clock as _;
        self.rig.clock.advance_to(self.rig.clock.now() + span);
        self.input(Input::Tick).await;
    }

    pub(crate) async fn command(&self, order: Order) {
        self.input(Input::Command(self.recall, order)).await;
    }

    async fn arrive(&self, person: u32) {
        self.input(Input::LoggedOn(PersonId(person))).await;
    }

    fn asked(&self, person: u32) -> Asked {
        let view = self.rig.handle.view();
        let recall = view.recalls.recall(self.recall).expect("it runs");
        let deadline = recall.offers()[&PersonId(person)].deadline;
        Asked { recall: self.recall, person: PersonId(person), deadline }
    }

    /// The token of the link that went to a person by text message.
    pub(crate) fn token(&self, person: u32) -> String {
        key("the present key").token(&self.asked(person), Kind::Sms)
    }

    fn code(&self, person: u32) -> String {
        key("the present key").code(&self.asked(person))
    }

    fn state(&self, person: u32) -> &'static str {
        let view = self.rig.handle.view();
        let recall = view.recalls.recall(self.recall).expect("it runs");
        recall.offers()[&PersonId(person)].state.word()
    }

    async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.base)).send().await.expect("an answer")
    }

    /// The page of a token.
    async fn page(&self, token: &str) -> (StatusCode, String) {
        let response = self.get(&format!("/r/{token}")).await;
        (response.status(), response.text().await.expect("text"))
    }

    /// What the page of a person shows.
    async fn shows(&self, person: u32) -> String {
        let (status, page) = self.page(&self.token(person)).await;
        assert_eq!(status, 200, "{page}");
        headline(&page)
    }

    async fn post(&self, token: &str, form: &[(&str, &str)]) -> Response {
        let request = self.client.post(format!("{}/r/{token}", self.base)).form(form);
        request.send().await.expect("an answer")
    }

    /// Opens the page of a person and presses a button; what is shown then.
    async fn press(&self, person: u32, reply: &str, minutes: &str) -> String {
        let token = self.token(person);
        let (_, page) = self.page(&token).await;
        let form = [("nonce", &*nonce(&page)), ("reply", reply), ("minutes", minutes)];
        let response = self.post(&token, &form).await;
        assert_eq!(response.status(), 303, "{reply}");
        assert_eq!(response.headers()["location"], *token);
        self.shows(person).await
    }

    /// How often replies ended so.
    fn counted(&self, via: &str, answer: &str) -> u64 {
        let page = render(&self.rig.handle.view(), &self.service).expect("renders");
        let series = format!("callsurge_replies_total{{answer=\"{answer}\",via=\"{via}\"}} ");
        let value = page.lines().find_map(|line| line.strip_prefix(&series)).expect("a series");
        value.parse().expect("a number")
    }

    fn blocked(&self) -> Vec<(PersonId, Kind)> {
        self.blocked.lock().unwrap().clone()
    }

    pub(crate) async fn stop(mut self) {
        drop(self.shutdown.take());
        let rig = self.rig;
        tokio::task::spawn_blocking(move || rig.stop()).await.expect("stopped");
    }
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    text.split_once(from)?.1.split_once(to).map(|(inside, _)| inside)
}

fn headline(page: &str) -> String {
    let inside = between(page, "<h1", "</h1>").expect("a headline");
    inside.split_once('>').expect("a tag").1.to_owned()
}

fn nonce(page: &str) -> String {
    between(page, "name=\"nonce\" value=\"", "\"").expect("a number").to_owned()
}

/// What a page lets press.
fn buttons(page: &str) -> Vec<&str> {
    page.split("name=\"reply\" value=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}
