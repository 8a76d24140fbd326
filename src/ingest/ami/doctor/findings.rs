//! What was seen, as sentences and as lines to add.

use super::Seen;
use crate::engine::time::Span;
use crate::ingest::ami::client::ClientSettings;
use crate::ingest::ami::meaning::Meaning;
use crate::ingest::ami::session::End;
use serde::Serialize;
use std::io::ErrorKind;
use std::net::IpAddr;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Good,
    /// It works, with less.
    Warning,
    /// It does not work.
    Bad,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub verdict: Verdict,
    /// What was looked at.
    pub what: &'static str,
    /// What was found.
    pub found: String,
    /// What to do, with the lines to add.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mend: Option<String>,
}

/// Clocks that differ by less need no word.
const OFFSET_MAX: Span = Span::secs(2);

struct Findings(Vec<Finding>);

impl Findings {
    fn good(&mut self, what: &'static str, found: impl Into<String>) {
        self.add(Verdict::Good, what, found.into(), None);
    }

    fn warn(&mut self, what: &'static str, found: impl Into<String>, mend: impl Into<String>) {
        self.add(Verdict::Warning, what, found.into(), Some(mend.into()));
    }

    fn bad(&mut self, what: &'static str, found: impl Into<String>, mend: impl Into<String>) {
        self.add(Verdict::Bad, what, found.into(), Some(mend.into()));
    }

    fn add(&mut self, verdict: Verdict, what: &'static str, found: String, mend: Option<String>) {
        self.0.push(Finding { verdict, what, found, mend });
    }
}

pub(super) fn of(
    settings: &ClientSettings,
    user: &str,
    seen: &Seen,
    meaning: &Meaning,
) -> Vec<Finding> {
    let mut all = Findings(Vec::new());
    if connection(&mut all, settings, seen) && login(&mut all, user, seen) {
        privileges(&mut all, user, seen, meaning);
        clock(&mut all, seen);
        queues(&mut all, settings, meaning);
    }
    queue_log(&mut all, settings);
    all.0
}

fn connection(all: &mut Findings, settings: &ClientSettings, seen: &Seen) -> bool {
    let place = format!("{}:{}", settings.host, settings.port);
    if let Some(version) = &seen.version {
        let how = if settings.tls.is_some() { "over TLS" } else { "without TLS" };
        all.good("connection", format!("{place} answers {how}, interface version {version}"));
        if settings.tls.is_none() && !is_loopback(settings) {
            all.warn(
                "connection",
                "the events, with the numbers of callers, cross the network in the clear",
                "set `tls = true` in callsurge.toml; in manager.conf:\n\
                 [general]\ntlsenable = yes\ntlsbindaddr = 0.0.0.0:5039\n\
                 tlscertfile = /etc/asterisk/keys/asterisk.pem",
            );
        }
        return true;
    }
    if seen.end == Some(End::NotAmi) {
        all.bad(
            "connection",
            format!("what answers at {place} is no manager interface"),
            "take `port` of [general] in manager.conf (or the port of tlsbindaddr, with \
             `tls = true`) into callsurge.toml",
        );
        return false;
    }
    let why = seen.error.as_ref().map_or_else(|| "no greeting".to_owned(), ToString::to_string);
    let refused = seen.error.as_ref().is_some_and(|e| e.kind() == ErrorKind::ConnectionRefused);
    let mend = if refused {
        "nobody listens there. In manager.conf:\n[general]\nenabled = yes\nport = 5038\n\
         bindaddr = 0.0.0.0\nthen: asterisk -rx \"manager reload\". Keep the port closed to \
         everybody but this machine."
    } else {
        "check host, port and `tls` in callsurge.toml, and that the firewall of the PBX lets this \
         machine in"
    };
    all.bad("connection", format!("{place} cannot be reached: {why}"), mend);
    false
}

fn is_loopback(settings: &ClientSettings) -> bool {
    settings.host == "localhost"
        || settings.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The account as it should stand in manager.conf.
fn account(user: &str, local: Option<IpAddr>, read: &str) -> String {
    let permit = local.map_or_else(|| "<address of this machine>".to_owned(), |ip| ip.to_string());
    let mask = if local.is_some_and(|ip| ip.is_ipv6()) { "128" } else { "255.255.255.255" };
    format!(
        "in manager.conf:\n[{user}]\nsecret = <the same as in callsurge.toml's secret_file>\n\
         deny = 0.0.0.0/0.0.0.0\npermit = {permit}/{mask}\nread = {read}\nwrite =\n\
         then: asterisk -rx \"manager reload\""
    )
}

fn login(all: &mut Findings, user: &str, seen: &Seen) -> bool {
    if seen.up {
        all.good("login", format!("the account {user} may log in"));
        return true;
    }
    let why = match (&seen.end, &seen.error) {
        (Some(End::Refused(said)), _) => format!("the PBX refuses the account {user}: {said}"),
        (Some(end), _) => end.to_string(),
        (None, Some(error)) => format!("the PBX closed the connection: {error}"),
        (None, None) => "the PBX did not answer the login in time".to_owned(),
    };
    all.bad("login", why, account(user, seen.local, "system,agent"));
    false
}

fn privileges(all: &mut Findings, user: &str, seen: &Seen, meaning: &Meaning) {
    let figures = meaning.figures();
    if meaning.started().is_some() {
        all.good("class system", "restarts of the PBX can be told");
    } else {
        all.bad(
            "class system",
            "no FullyBooted came: the account may not read `system`, so a restart of the PBX \
             cannot be told from a lost link",
            account(user, seen.local, "system,agent"),
        );
    }
    if figures.agent_events > 0 {
        all.good(
            "class agent",
            format!("{} events of calls and agents came", figures.agent_events),
        );
        if figures.stamped_events == 0 {
            all.warn(
                "event times",
                "events do not say when they happened; their arrival is taken instead",
                "in manager.conf:\n[general]\ntimestampevents = yes",
            );
        }
    } else {
        all.warn(
            "class agent",
            format!(
                "no event of a call or an agent came in {} s; that proves nothing at a quiet hour",
                seen.listened.as_millis() / 1_000
            ),
            format!(
                "call a queue, or pause an agent, while `callsurge doctor asterisk --seconds 60` \
                 runs. If nothing comes then, {}",
                account(user, seen.local, "system,agent")
            ),
        );
    }
    match seen.probe {
        Some(false) => all.good("no more than needed", "the account can change nothing"),
        Some(true) => all.warn(
            "no more than needed",
            "the account may do more than listen",
            account(user, seen.local, "system,agent"),
        ),
        None => {}
    }
}

fn clock(all: &mut Findings, seen: &Seen) {
    let Some(offset) = seen.clock_offset else {
        all.bad(
            "clock",
            "Ping was not answered, so a dead link could not be told from a quiet hour",
            "is there a proxy in between? callsurge needs the manager interface itself",
        );
        return;
    };
    let millis = offset.as_millis();
    let way = if millis < 0 { "behind" } else { "ahead" };
    let found = format!("the clock of the PBX is {} ms {way}", millis.abs());
    if offset.max(Span::ZERO - offset) < OFFSET_MAX {
        all.good("clock", found);
    } else {
        let mend = "times are corrected by it; let both machines keep time by NTP";
        all.warn("clock", found, mend);
    }
}

fn queues(all: &mut Findings, settings: &ClientSettings, meaning: &Meaning) {
    let standing: Vec<_> = meaning.standing().collect();
    let names: Vec<_> = standing.iter().map(|queue| queue.queue.as_ref()).collect();
    if names.is_empty() {
        all.bad(
            "queues",
            "the PBX has no queue that is listened to",
            "compare `allow` and `deny` in callsurge.toml with: asterisk -rx \"queue show\"",
        );
    } else {
        all.good("queues", format!("{} found: {}", names.len(), names.join(", ")));
    }
    for wanted in &settings.meaning.queues.allow {
        if !wanted.ends_with('*') && !names.contains(&wanted.as_str()) {
            all.bad(
                "queues",
                format!("the queue {wanted:?} of `allow` does not exist at the PBX"),
                "to the PBX an unknown queue is an empty one, so nobody would notice; take the \
                 name from: asterisk -rx \"queue show\"",
            );
        }
    }
    let limited: Vec<_> =
        standing.iter().filter(|q| q.max.is_some_and(|max| max > 0)).map(|q| &*q.queue).collect();
    if !limited.is_empty() {
        let event = &settings.meaning.refused_event;
        all.warn(
            "refused calls",
            format!(
                "calls that come while {} is full are in no event and in no log: in a surge the \
                 count of calls stops at what the queue admits",
                limited.join(", ")
            ),
            format!(
                "after Queue() in extensions.conf:\n\
                 same => n,ExecIf($[\"${{QUEUESTATUS}}\" = \"FULL\"]?QueueLog(${{QN}},${{UNIQUEID}},NONE,REFUSED,FULL))\n\
                 or, with read = system,agent,user:\n\
                 same => n,ExecIf($[\"${{QUEUESTATUS}}\" = \"FULL\"]?UserEvent({event},Queue: ${{QN}},Uniqueid: ${{UNIQUEID}}))\n\
                 where ${{QN}} is the name of the queue"
            ),
        );
    }
}

fn queue_log(all: &mut Findings, settings: &ClientSettings) {
    match &settings.queue_log {
        None => all.warn(
            "queue_log",
            "no queue log is read: calls that come while the link is down stay unknown, and a \
             timeout in the queue counts as abandoned",
            "where the file can be read here, add to the source in callsurge.toml:\n\
             queue_log = \"/var/log/asterisk/queue_log\"",
        ),
        Some((path, _)) => match std::fs::File::open(path) {
            Ok(_) => all.good("queue_log", format!("{} can be read", path.display())),
            Err(error) => all.bad(
                "queue_log",
                format!("{} cannot be read: {error}", path.display()),
                "let the user that runs callsurge read it (usermod -aG asterisk callsurge), and \
                 check `queue_log = yes` in [general] of logger.conf",
            ),
        },
    }
}
