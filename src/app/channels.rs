//! The channels of the configuration at work: providers from their settings, the roster as the
//! courier's book, whom the outbox is kept for.

use super::parts::Refused;
use super::preflight::Probe;
use crate::clock::Clock;
use crate::config::{
    self, Carrier, ChannelSettings, Config, HttpDescription, RecallMode, ReplyHook, SecretSource,
};
use crate::delivery::channel::Provider;
use crate::delivery::channel::alertmanager::{Alertmanager, Login};
use crate::delivery::channel::dingtalk_bot::DingtalkBot;
use crate::delivery::channel::dingtalk_work::DingtalkWork;
use crate::delivery::channel::feishu_app::FeishuApp;
use crate::delivery::channel::feishu_bot::FeishuBot;
use crate::delivery::channel::http::{Http, HttpSettings};
use crate::delivery::channel::pagerduty::Pagerduty;
use crate::delivery::channel::slack::Slack;
use crate::delivery::channel::smtp::{Smtp, SmtpSettings};
use crate::delivery::channel::teams::Teams;
use crate::delivery::channel::twilio::{Account, TwilioSms, TwilioVoice};
use crate::delivery::channel::wecom_app::WecomApp;
use crate::delivery::channel::wecom_bot::WecomBot;
use crate::delivery::courier::book::{Book, Reader};
use crate::delivery::courier::lane::{LaneSettings, Service};
use crate::delivery::courier::{CourierSettings, Links, PEOPLE};
use crate::delivery::retry::Retry;
use crate::delivery::secret::Secret;
use crate::engine::time::Span;
use crate::exit::Exit;
use crate::journal::{Audience, Channel};
use crate::recall::ChannelRate;
use crate::reply::hooks::{Format, Hook};
use crate::roster::seal::RosterKey;
use crate::roster::store::Store;
use crate::roster::{Kind, PersonId};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// An order is of use for one step of the ladder.
const COMMAND_USEFUL: Span = Span::minutes(30);
/// What commanders are told.
const COMMAND_TOPICS: [&str; 4] = ["transition", "outage", "reminder", "recall"];

/// Whom intents are written for.
pub(super) fn audiences(config: &Config) -> Vec<Channel> {
    let webhook = |settings: &config::WebhookSettings| {
        let topics = settings.on.iter().map(|topic| topic.word().to_owned()).collect();
        let useful_for = Some(settings.useful);
        Channel { topics, useful_for, ..Channel::all(&settings.name) }
    };
    let mut channels: Vec<Channel> = config.webhooks.iter().map(webhook).collect();
    for group in config.channels.iter().filter(|c| c.reaches.is_none()) {
        let topics = group.on.iter().map(|topic| topic.word().to_owned()).collect();
        let audience = Audience::Public;
        let useful_for = Some(group.useful);
        channels.push(Channel { topics, audience, useful_for, ..Channel::all(&group.name) });
    }
    if reaches_people(config) {
        // A word to somebody who is on the way is of use while they are.
        let useful_for = Some(config.recall.arrive_within);
        channels.push(Channel { audience: Audience::People, useful_for, ..Channel::all(PEOPLE) });
        for (unit, person) in &config.commanders {
            channels.push(Channel {
                topics: COMMAND_TOPICS.map(str::to_owned).to_vec(),
                units: vec![unit.clone()],
                audience: Audience::Command,
                useful_for: Some(COMMAND_USEFUL),
                ..Channel::all(&command_channel(unit, *person))
            });
        }
    }
    channels
}

/// The kinds of contact that a channel reaches, and how fast; `None`: people are reached by others.
pub(super) fn reach(settings: &CourierSettings) -> Option<BTreeMap<Kind, ChannelRate>> {
    let mut reach = BTreeMap::new();
    for lane in &settings.lanes {
        if let Some(kind) = lane.reaches {
            let rate = lane.service.rate();
            let (rate_per_minute, burst) = (rate.steady_per_minute(), rate.burst);
            // The first is preferred.
            reach.entry(kind).or_insert(ChannelRate { rate_per_minute, burst });
        }
    }
    (!reach.is_empty()).then_some(reach)
}

/// Whether people are reached from here, and not by an outside recall system alone.
fn reaches_people(config: &Config) -> bool {
    config.channels.iter().any(|c| c.reaches.is_some())
}

fn command_channel(unit: &str, person: PersonId) -> String {
    format!("command {unit} {person}")
}

/// What the courier is told; `None`: there is no channel.
pub(super) fn courier(
    config: &Config,
    links: Option<Links>,
) -> Result<Option<CourierSettings>, Refused> {
    if config.channels.is_empty() {
        return Ok(None);
    }
    let external = links.as_ref().map(|links| links.external_url.clone());
    let lane = |settings: &ChannelSettings| lane(settings, external.as_deref());
    let lanes = config.channels.iter().map(lane).collect::<Result<_, _>>()?;
    let commander = |(unit, person): &(String, PersonId)| (command_channel(unit, *person), *person);
    Ok(Some(CourierSettings {
        lanes,
        commanders: config.commanders.iter().map(commander).collect(),
        links,
        language: config.language,
        sender: config.recall.sender.clone(),
        retry: Retry::default(),
    }))
}

/// Who may post replies to the hook of a channel.
pub(super) fn hooks(config: &Config) -> Result<BTreeMap<String, Hook>, Refused> {
    let mut hooks = BTreeMap::new();
    for channel in &config.channels {
        let hook = match (&channel.carrier, &channel.replies) {
            (Carrier::TwilioVoice { secret, .. }, _) => Hook::TwilioVoice { token: fetch(secret)? },
            (Carrier::TwilioSms { secret, .. }, Some(_)) => {
                Hook::TwilioSms { token: fetch(secret)? }
            }
            (_, Some(ReplyHook { secret: Some(secret), from, text, id })) => Hook::Http {
                // It guards what anybody can reach, and the centre chooses it.
                secret: chosen(secret)?,
                format: if from.starts_with('/') { Format::Json } else { Format::Form },
                from: from.clone(),
                text: text.clone(),
                id: id.clone(),
            },
            (_, Some(ReplyHook { secret: None, .. }) | None) => continue,
        };
        hooks.insert(channel.name.clone(), hook);
    }
    Ok(hooks)
}

/// The key of the roster, where one is named.
pub(super) fn key(config: &Config) -> Result<Option<RosterKey>, Refused> {
    let key = config.recall.key.as_ref().map(RosterKey::fetch).transpose();
    key.map_err(|e| Refused::of(Exit::Config, &e))
}

/// How each channel that can be asked for an answer is asked.
pub(super) fn probes(
    settings: &CourierSettings,
    clock: &Arc<dyn Clock>,
) -> BTreeMap<String, Probe> {
    let probe = |lane: &LaneSettings| {
        let (service, timeout, clock) = (lane.service.clone(), lane.timeout, clock.clone());
        let probe: Probe = Arc::new(move || {
            let (service, now) = (service.clone(), clock.now());
            Box::pin(async move {
                let answer = service.probe(timeout, now).await;
                answer.unwrap_or(Ok(())).map_err(|fault| fault.to_string())
            })
        });
        (lane.name.clone(), probe)
    };
    settings.lanes.iter().filter(|lane| lane.service.can_be_probed()).map(probe).collect()
}

/// The roster as the courier's book.
pub(super) fn book(config: &Config) -> Result<Arc<dyn Book>, Refused> {
    if !reaches_people(config) {
        return Ok(Arc::new(Nobody));
    }
    let refused = |what: &str| Refused(Exit::Config, what.to_owned());
    let roster = config.recall.roster.clone();
    match (roster, key(config)?) {
        (Some(path), Some(key)) => Ok(Arc::new(RosterBook { path, key })),
        (None, _) if config.recall.mode == RecallMode::Off && config.commanders.is_empty() => {
            Ok(Arc::new(Nobody))
        }
        (None, _) => Err(refused("a [[channel]] that reaches people needs `roster` in [recall]")),
        (Some(_), None) => Err(refused(
            "a [[channel]] that reaches people needs `key_file` or `key_env` in [recall]: what \
             `callsurge roster import` was given",
        )),
    }
}

/// A roster in its file, opened anew each time.
struct RosterBook {
    path: PathBuf,
    key: RosterKey,
}

impl Book for RosterBook {
    fn look_up(&self, people: &BTreeSet<PersonId>) -> Result<BTreeMap<PersonId, Reader>, String> {
        let known = Store::read(&self.path)
            .and_then(|store| store.some_known(&self.key, people))
            .map_err(|error| crate::commands::chain(&error))?;
        let reader = |person: crate::roster::store::Known| {
            let usable = person.contacts.into_iter().filter(|c| c.contact.is_usable());
            let contacts =
                usable.map(|c| (c.contact.kind, Secret::new(c.address.reveal()))).collect();
            let (language, zone) = (person.facts.language, person.facts.timezone);
            (person.id, Reader { contacts, language, zone })
        };
        Ok(known.into_iter().map(reader).collect())
    }
}

/// Where there is no roster.
struct Nobody;

impl Book for Nobody {
    fn look_up(&self, _: &BTreeSet<PersonId>) -> Result<BTreeMap<PersonId, Reader>, String> {
        Ok(BTreeMap::new())
    }
}

fn lane(settings: &ChannelSettings, external: Option<&str>) -> Result<LaneSettings, Refused> {
    let ChannelSettings { name, reaches, timeout, replies, .. } = settings;
    let timeout = Duration::from_millis(timeout.as_millis().unsigned_abs());
    let service = service(settings, timeout, external).map_err(|error| {
        let Refused(exit, why) = error;
        Refused(exit, format!("channel {name}: {why}"))
    })?;
    let answered = replies.is_some() && external.is_some();
    Ok(LaneSettings { name: name.clone(), reaches: *reaches, service, timeout, answered })
}

fn service(
    settings: &ChannelSettings,
    timeout: Duration,
    external: Option<&str>,
) -> Result<Service, Refused> {
    let or = |base: &Option<String>, usual: &str| base.clone().unwrap_or_else(|| usual.to_owned());
    let provider: Arc<dyn Provider> = match &settings.carrier {
        Carrier::Http(description) => Arc::new(http(description)?),
        Carrier::TwilioSms { base, account, secret, from, rate } => {
            let account = twilio(or(base, TWILIO), account, secret, from)?;
            Arc::new(TwilioSms { account, rate: *rate })
        }
        Carrier::TwilioVoice { base, account, secret, from, rate } => {
            let Some(external) = external else {
                let why = "calls are answered by keys, which needs [reply] with `external_url`";
                return Err(Refused(Exit::Config, why.to_owned()));
            };
            let account = twilio(or(base, TWILIO), account, secret, from)?;
            let action = format!("{external}/hooks/{}", settings.name);
            Arc::new(TwilioVoice { account, rate: *rate, action })
        }
        Carrier::Smtp { host, port, security, login, from, rate } => {
            let login = login.as_ref().map(|(name, source)| Ok((name.clone(), fetch(source)?)));
            let smtp = SmtpSettings {
                host: host.clone(),
                port: *port,
                security: *security,
                login: login.transpose()?,
                from: from.clone(),
                rate: *rate,
                timeout,
            };
            let smtp = Smtp::new(&smtp).map_err(|e| Refused::of(Exit::Config, &e))?;
            return Ok(Service::Mail(Arc::new(smtp)));
        }
        Carrier::WecomApp { base, account, secret, agent } => Arc::new(WecomApp {
            base: or(base, "https://qyapi.weixin.qq.com"),
            corp_id: account.clone(),
            corp_secret: fetch(secret)?,
            agent_id: *agent,
        }),
        Carrier::DingtalkWork { base, account, secret, agent } => Arc::new(DingtalkWork {
            base: or(base, "https://oapi.dingtalk.com"),
            app_key: account.clone(),
            app_secret: fetch(secret)?,
            agent_id: *agent,
        }),
        Carrier::FeishuApp { base, account, secret, id_type } => Arc::new(FeishuApp {
            base: or(base, "https://open.feishu.cn"),
            app_id: account.clone(),
            app_secret: fetch(secret)?,
            id_type: id_type.clone(),
        }),
        Carrier::WecomBot { url, mention_all } => {
            Arc::new(WecomBot { url: fetch(url)?, mention_all: *mention_all })
        }
        Carrier::DingtalkBot { url, secret, mention_all } => Arc::new(DingtalkBot {
            url: fetch(url)?,
            secret: secret.as_ref().map(fetch).transpose()?,
            mention_all: *mention_all,
        }),
        Carrier::FeishuBot { url, secret } => {
            let secret = secret.as_ref().map(fetch).transpose()?;
            Arc::new(FeishuBot { url: fetch(url)?, secret })
        }
        Carrier::Slack { url } => Arc::new(Slack { url: fetch(url)? }),
        Carrier::Teams { url } => Arc::new(Teams { url: fetch(url)? }),
        Carrier::Pagerduty { base, secret, source } => Arc::new(Pagerduty {
            base: or(base, "https://events.pagerduty.com"),
            routing_key: fetch(secret)?,
            source: source.clone(),
        }),
        Carrier::Alertmanager { base, login, secret } => {
            let login = match (login, secret) {
                (Some(name), Some(secret)) => Login::Basic(name.clone(), fetch(secret)?),
                (None, Some(secret)) => Login::Bearer(fetch(secret)?),
                (_, None) => Login::None,
            };
            Arc::new(Alertmanager { base: base.clone(), login })
        }
    };
    Ok(Service::Http(provider))
}

const TWILIO: &str = "https://api.twilio.com";

fn twilio(base: String, sid: &str, token: &SecretSource, from: &str) -> Result<Account, Refused> {
    let (sid, from) = (sid.to_owned(), from.to_owned());
    Ok(Account { base, sid, token: fetch(token)?, from, status_callback: None })
}

fn http(description: &HttpDescription) -> Result<Http, Refused> {
    let HttpDescription { settings, secret } = description;
    let secret = secret.as_ref().map_or_else(|| Ok(Secret::new("")), fetch)?;
    let settings = HttpSettings { secret, ..settings.clone() };
    Http::new(settings).map_err(|e| Refused::of(Exit::Config, &e))
}

/// A secret that the centre chose.
fn chosen(source: &SecretSource) -> Result<Secret, Refused> {
    let secret = source.read().map_err(|e| Refused::of(Exit::Config, &e))?;
    Ok(Secret::new(secret.expose()))
}

/// A secret that somebody else chose.
fn fetch(source: &SecretSource) -> Result<Secret, Refused> {
    let secret = source.read_any().map_err(|e| Refused::of(Exit::Config, &e))?;
    Ok(Secret::new(secret.expose()))
}
