//! Links of the program itself: pages, presses, a kill in between.

use super::recall::Rig;
use super::{Answer, Running, exchange, program, until};
use crate::fake::{Act, Fake};
use callsurge::delivery::secret::Secret;
use callsurge::engine::time::Timestamp;
use callsurge::reply::token::{Asked, LinkKey};
use callsurge::roster::store::Store;
use callsurge::roster::{Kind, PersonId};
use std::fs;
use std::net::SocketAddr;

const SECRET: &str = "a secret that links are made with";

/// A recall system with a listener of replies.
pub(super) fn rig() -> Rig {
    let rig = Rig::automatic();
    super::write(rig.folder.path(), "links", SECRET);
    let config = fs::read_to_string(&rig.config).expect("readable");
    let reply = "[reply]\nlisten = \"127.0.0.1:0\"\nexternal_url = \"https://reply.example.org\"\n\
                 secret_file = \"links\"\n";
    fs::write(&rig.config, format!("{config}{reply}")).expect("written");
    rig
}

/// Where a service listens for replies.
pub(super) fn at(served: &Running) -> SocketAddr {
    let line = served.line(", replies on ").expect("told");
    let address = line.split(", replies on ").nth(1).and_then(|rest| rest.split(',').next());
    address.expect("an address").parse().expect("an address")
}

/// The link of an offer, as whoever sends it makes it.
fn link(rig: &Rig, person: &str) -> String {
    let offer = rig.told().into_iter().find(|m| {
        (m["cause"].as_str(), m["recall"]["person"].as_str()) == (Some("offer"), Some(person))
    });
    let offer = offer.expect("an offer");
    let text = |name: &str| offer["recall"][name].as_str().expect("a text").to_owned();
    let asked = Asked {
        recall: text("id").parse().expect("a name"),
        person: person.parse().expect("a person"),
        deadline: Timestamp::parse_rfc3339(&text("answer_by")).expect("an instant"),
    };
    LinkKey::of(&Secret::new(SECRET)).token(&asked, Kind::Sms)
}

pub(super) fn get(at: SocketAddr, link: &str) -> Answer {
    exchange(at, &format!("GET /r/{link} HTTP/1.1\r\n"), b"").expect("an answer")
}

pub(super) fn post(at: SocketAddr, link: &str, body: &str) -> Answer {
    let head =
        format!("POST /r/{link} HTTP/1.1\r\ncontent-type: application/x-www-form-urlencoded\r\n");
    exchange(at, &head, body.as_bytes()).expect("an answer")
}

#[test]
fn a_link_is_opened_pressed_and_pressed_again_after_a_kill() {
    let rig = rig();
    let mut served = rig.raised();
    let asked = rig.wait("offer", 3);
    let links: Vec<String> = asked.iter().map(|person| link(&rig, person)).collect();
    let page = get(at(&served), &links[0]);
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("Can you come in to work?"), "{}", page.body);
    let yes = "nonce=one&reply=yes&minutes=45";
    let pressed = post(at(&served), &links[0], yes);
    assert_eq!(pressed.status, 303, "{}", pressed.body);
    assert!(pressed.head.contains(&format!("location: {}\r\n", links[0])), "{}", pressed.head);
    assert_eq!(rig.wait("thank", 1), [asked[0].clone()]);
    served.signal("KILL");
    served.wait();
    let served = rig.serve();
    assert_eq!(post(at(&served), &links[0], yes).status, 303, "the same press once more");
    let shown = get(at(&served), &links[0]).body;
    assert!(shown.contains("Noted: you are coming."), "{shown}");
    assert_eq!(post(at(&served), &links[1], "nonce=two&reply=no").status, 303);
    let said = |person: &str| {
        let acts = served.logbook("type=recall_act");
        let of = |r: &&serde_json::Value| r["recall"]["person"] == *person;
        acts.iter().filter(of).map(|r| r["recall"]["answer"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        (said(&asked[0]), said(&asked[1])),
        (vec!["coming".into()], vec!["declined".into()])
    );

    assert_eq!(post(at(&served), &links[2], "nonce=three&reply=wrong_number").status, 303);
    let people = Store::read(&rig.folder.path().join("roster.db")).expect("a roster");
    let people = people.people().expect("people");
    let wrong: PersonId = asked[2].parse().expect("a person");
    let blocked = people.iter().filter(|p| p.contacts.iter().any(|c| c.blocked_since.is_some()));
    assert_eq!(blocked.map(|p| p.id).collect::<Vec<_>>(), [wrong]);

    let metrics = served.get("/metrics").body;
    for (answer, count) in [("coming", 1), ("declined", 1), ("blocked", 1), ("reserve", 0)] {
        let series =
            format!("\ncallsurge_replies_total{{answer=\"{answer}\",via=\"link\"}} {count}\n");
        assert!(metrics.contains(&series), "{series}");
    }
    // The service serves no link, the listener of replies nothing else.
    assert_eq!(get(served.at, &links[0]).status, 404);
    let metrics = exchange(at(&served), "GET /metrics HTTP/1.1\r\n", b"").expect("an answer");
    assert_eq!(metrics.status, 404);
    let lines = served.lines.lock().unwrap().join("\n");
    let own = at(&served);
    assert!(served.terminate().success());
    assert!(exchange(own, "GET / HTTP/1.1\r\n", b"").is_none(), "it ends with the service");
    // No link lies in the journal or a log.
    let journal = fs::read(rig.folder.path().join("j")).expect("a journal");
    let journal = String::from_utf8_lossy(&journal);
    for link in &links {
        assert!(!journal.contains(link.as_str()) && !lines.contains(link.as_str()), "{link}");
    }
}

/// From a text message that the gateway is given to the answers that it brings back.
#[test]
fn who_is_asked_by_a_channel_answers_by_its_link_or_by_a_text_message() {
    const HOOK: &str = "a secret of the gateway";
    let rig = rig();
    let gateway = Fake::start_then([], Act::Say(200, "{\"code\": 0}".into()));
    super::write(rig.folder.path(), "hook", HOOK);
    let config = fs::read_to_string(&rig.config).expect("readable");
    let config = config.replace("[recall]\n", "[recall]\nkey_file = \"roster.key\"\n");
    let channel = format!(
        "[[channel]]\nname = \"sms\"\nkind = \"http\"\nreaches = \"sms\"\nurl = \"{}/send\"\n\
         success_at = \"/code\"\nsuccess = [\"0\"]\nbody = '{{\"to\": \"{{to}}\", \"text\": \
         \"{{text}}\", \"code\": \"{{code}}\"}}'\nreply_from = \"/from\"\nreply_text = \"/text\"\n\
         reply_secret_file = \"hook\"\n",
        gateway.base()
    );
    fs::write(&rig.config, format!("{config}{channel}")).expect("written");
    let served = rig.raised();
    let count = rig.wait("offer", 3).len();
    let offers: Vec<serde_json::Value> = until("offers leave", || {
        let lines = gateway.heard();
        let offers = lines.iter().filter(|line| line.contains("Can you come"));
        let body = |line: &String| line[line.find('{')?..].parse().ok();
        (lines.len() >= count).then(|| offers.filter_map(body).collect())
    });
    let field = |offer: usize, name: &str| offers[offer][name].as_str().expect("a text").to_owned();

    let text = field(0, "text");
    let link = text.split("https://reply.example.org/r/").nth(1).expect("a link");
    let link = link.split_whitespace().next().expect("a token");
    assert_eq!(get(at(&served), link).status, 200, "{text}");
    assert_eq!(post(at(&served), link, "nonce=one&reply=yes").status, 303);
    rig.wait("thank", 1);

    let says = |body: &serde_json::Value, secret: &str| {
        let head = format!(
            "POST /hooks/sms HTTP/1.1\r\ncontent-type: application/json\r\n\
             authorization: Bearer {secret}\r\n"
        );
        exchange(at(&served), &head, body.to_string().as_bytes()).expect("an answer")
    };
    let yes =
        serde_json::json!({"from": field(1, "to"), "text": format!("{} 1 40", field(1, "code"))});
    assert_eq!(says(&yes, "not the secret").status, 403);
    let other =
        serde_json::json!({"from": field(2, "to"), "text": format!("{} 1", field(1, "code"))});
    assert_eq!(says(&other, HOOK).status, 200, "the code of somebody else");
    assert_eq!(rig.whom("thank").len(), 1);
    let answer = says(&yes, HOOK);
    assert_eq!(answer.status, 200, "{}", answer.body);
    rig.wait("thank", 2);
    let heads = &served.json("/api/v1/recalls")["recalls"][0]["heads"];
    assert_eq!(heads["coming"], 2, "{heads}");
    assert!(served.terminate().success());
}

#[test]
fn what_stands_in_the_way_of_a_listener_is_told() {
    let rig = rig();
    let start = |what: &str| {
        let served = program()
            .args(["serve", "--listen", "127.0.0.1:0", "--config"])
            .arg(&rig.config)
            .arg("--journal")
            .arg(rig.folder.path().join(what))
            .output()
            .expect("it runs");
        (served.status.code(), String::from_utf8_lossy(&served.stderr).into_owned())
    };
    fs::remove_file(rig.folder.path().join("links")).expect("it was there");
    let (code, told) = start("a");
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("links cannot be read"), "{told}");
    super::write(rig.folder.path(), "links", SECRET);
    let busy = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = busy.local_addr().expect("an address");
    let config = fs::read_to_string(&rig.config).expect("readable");
    let config = config.replace("listen = \"127.0.0.1:0\"", &format!("listen = \"{port}\""));
    fs::write(&rig.config, config).expect("written");
    let (code, told) = until("it gives up", || Some(start("b")));
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("choose another address with [reply] listen"), "{told}");
}
